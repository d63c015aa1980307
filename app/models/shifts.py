"""Shifts that change hands, and the calendars that people read them in."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.core.ids import new_id
from app.models.columns import enum_column
from app.vocabulary import OfferState, SwapState


class ShiftOffer(SQLModel, table=True):
    """A shift that somebody gives away, or a stretch without anybody (`person_id` null).

    A shift is named by its layer and the start of its slot, or by the override that put the person there. `starts_at`
    and `ends_at` are where it lay when this was last looked at, or the part of it that is given away.
    """

    __tablename__ = "shift_offers"
    __table_args__ = (sa.CheckConstraint("ends_at > starts_at", name="order"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id", index=True)
    roster_id: uuid.UUID = Field(foreign_key="rosters.id", index=True)
    person_id: uuid.UUID | None = Field(default=None, foreign_key="people.id")
    layer_id: str | None = Field(default=None, max_length=200)
    slot_start: dt.datetime | None = None
    override_id: uuid.UUID | None = None
    whole: bool
    starts_at: dt.datetime
    ends_at: dt.datetime
    state: OfferState = Field(sa_column=enum_column(OfferState, "offer_state"))
    taken_by: uuid.UUID | None = Field(default=None, foreign_key="people.id")
    version: int = Field(default=1)
    created_at: dt.datetime
    updated_at: dt.datetime


class ShiftSwap(SQLModel, table=True):
    """Two people exchange a shift each: both replacements are made in one transaction, or neither."""

    __tablename__ = "shift_swaps"

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id", index=True)
    state: SwapState = Field(sa_column=enum_column(SwapState, "swap_state"))
    person_id: uuid.UUID = Field(foreign_key="people.id", index=True)
    other_id: uuid.UUID = Field(foreign_key="people.id", index=True)
    roster_id: uuid.UUID = Field(foreign_key="rosters.id")
    layer_id: str | None = Field(default=None, max_length=200)
    slot_start: dt.datetime | None = None
    override_id: uuid.UUID | None = None
    other_roster_id: uuid.UUID = Field(foreign_key="rosters.id")
    other_layer_id: str | None = Field(default=None, max_length=200)
    other_slot_start: dt.datetime | None = None
    other_override_id: uuid.UUID | None = None
    version: int = Field(default=1)
    created_at: dt.datetime
    updated_at: dt.datetime


class CalendarFeed(SQLModel, table=True):
    """A secret address at which a calendar program reads shifts: a person's own, or those of one roster."""

    __tablename__ = "calendar_feeds"

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id", index=True)
    person_id: uuid.UUID = Field(foreign_key="people.id", index=True)
    roster_id: uuid.UUID | None = Field(default=None, foreign_key="rosters.id")
    token_hash: bytes = Field(sa_column=sa.Column(sa.LargeBinary, nullable=False, unique=True))
    # To the hour: somebody can see whether a lost address is still being read.
    last_read_at: dt.datetime | None = None
    revoked_at: dt.datetime | None = None
    created_at: dt.datetime
