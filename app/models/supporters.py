"""Supporters: who is in the programme, how a peer may choose them, and how much they take on."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Field, SQLModel

from app.core.ids import new_id
from app.models.columns import enum_column, json_column
from app.vocabulary.supporters import SupporterStatus, YearBand


class Supporter(SQLModel, table=True):
    """Where a person stands in the programme. One row for each, made when they apply or are given the role.

    `status` is never `paused`: that is what an open pause makes of it. The role `supporter` lets somebody sign in as
    one, train and ask for advice; only the status lets them be given anything. `languages` are BCP 47 tags,
    `site_ids` of this school. Null in a limit: what the school's policy says.
    """

    __tablename__ = "supporters"

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id", index=True)
    person_id: uuid.UUID = Field(foreign_key="people.id", unique=True)
    status: SupporterStatus = Field(sa_column=enum_column(SupporterStatus, "supporter_status"))
    year_band: YearBand = Field(
        default=YearBand.NOT_SAID, sa_column=enum_column(YearBand, "supporter_year_band", default=YearBand.NOT_SAID)
    )
    languages: list[str] = Field(default_factory=list, sa_column=json_column())
    site_ids: list[str] = Field(default_factory=list, sa_column=json_column())
    remote_ok: bool = True
    # Whether peers may find them and choose them.
    listed: bool = False
    max_open_contacts: int | None = None
    max_on_call_hours_per_week: int | None = None
    # The last day, in the school's zone, on which they expect to be there (STUDY D09).
    expected_end: dt.date | None = None
    # When that day is over there: from then on rosters have nobody. Kept by supporters/endings.py alone.
    ends_at: dt.datetime | None = None
    # The last day of which they and the coordinators were told that it comes near.
    told_end: dt.date | None = None
    # The day on which they became alumni, the last time.
    left_on: dt.date | None = None
    version: int = Field(default=1)
    created_at: dt.datetime
    updated_at: dt.datetime
