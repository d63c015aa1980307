"""A peer's own way to a supporter: the code that lets them choose, what they ask for, and open invitations.

Nothing here leads from a report to a peer, or back (decision 46).
"""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.core.ids import new_id, new_opaque_id
from app.models.columns import bytes_column, enum_column
from app.vocabulary.contacts import ChoiceState, InvitationAudience
from app.vocabulary.supporters import YearBand


class GivenContactCode(SQLModel, table=True):
    """That the reporter of a report was given a code for a peer. Neither the code nor whether it was used is here."""

    __tablename__ = "given_contact_codes"
    __table_args__ = ({"sqlite_with_rowid": False},)

    id: uuid.UUID = Field(default_factory=new_opaque_id, primary_key=True)
    report_id: uuid.UUID = Field(foreign_key="reports.id", index=True)
    # Its last day, in UTC.
    good_until: dt.date = Field(index=True)


class ContactCode(SQLModel, table=True):
    """Leave to choose a supporter, once: the row is gone with the choice, and nothing of it stays.

    Of a friend's code the hash is kept, and `back_hash`: a keyed hash of the row that the report's side has, so that it
    can be taken back from there while it is not used. Of somebody who came by an open invitation both are null: that is
    for as long as their session.
    """

    __tablename__ = "contact_codes"
    __table_args__ = ({"sqlite_with_rowid": False},)

    id: uuid.UUID = Field(default_factory=new_opaque_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id")
    code_hash: bytes | None = Field(default=None, sa_column=sa.Column(sa.LargeBinary, nullable=True, unique=True))
    back_hash: bytes | None = Field(default=None, sa_column=sa.Column(sa.LargeBinary, nullable=True, unique=True))
    # A midnight in UTC, or a whole hour: it must not tell when it was made.
    good_until: dt.datetime = Field(index=True)


class Choice(SQLModel, table=True):
    """What a peer without an account asks for, under a code that only they have. It refers to no report.

    `wishes_sealed`: whom they would like, whom not, and whether anybody else will do. All three texts are destroyed
    when it is over; the row goes a month later, or at once when they take it back.
    """

    __tablename__ = "choices"
    __table_args__ = (sa.Index(None, "school_id", "state"), {"sqlite_with_rowid": False})

    id: uuid.UUID = Field(default_factory=new_opaque_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id")
    code_hash: bytes = Field(sa_column=sa.Column(sa.LargeBinary, nullable=False, unique=True))
    state: ChoiceState = Field(sa_column=enum_column(ChoiceState, "choice_state"))
    wishes_sealed: bytes | None = Field(default=None, sa_column=bytes_column(nullable=True))
    reach_sealed: bytes | None = Field(default=None, sa_column=bytes_column(nullable=True))
    words_sealed: bytes | None = Field(default=None, sa_column=bytes_column(nullable=True))
    asked_hour: dt.datetime
    # By then somebody has accepted, or it is said that nobody could.
    answer_by: dt.datetime
    over_hour: dt.datetime | None = Field(default=None, index=True)


class OpenInvitation(SQLModel, table=True):
    """An offer to all, to a part of the degree, or to a site. It has no recipients, so that nobody can be listed."""

    __tablename__ = "open_invitations"
    __table_args__ = (sa.Index(None, "school_id", "opens_at"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id")
    made_by: uuid.UUID = Field(foreign_key="people.id")
    audience: InvitationAudience = Field(sa_column=enum_column(InvitationAudience, "invitation_audience"))
    year_band: YearBand | None = Field(
        default=None, sa_column=enum_column(YearBand, "invitation_year_band", nullable=True)
    )
    site_id: uuid.UUID | None = Field(default=None, foreign_key="sites.id")
    title: str = Field(max_length=200)
    words: str = Field(max_length=2000)
    # Where and when people meet; null: they choose a supporter from here.
    meeting: str | None = Field(default=None, max_length=500)
    opens_at: dt.datetime
    closes_at: dt.datetime
    taken_down_at: dt.datetime | None = None
    version: int = Field(default=1)
    created_at: dt.datetime
    updated_at: dt.datetime
