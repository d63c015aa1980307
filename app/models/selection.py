"""The way into the programme: who is interested, who applies, what was agreed to, and what a school says of it."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.core.ids import new_id, new_opaque_id
from app.models.columns import bytes_column, enum_column, json_column
from app.vocabulary.selection import (
    AppealState,
    ApplicationState,
    BindingText,
    InterestState,
    StudyOnTrack,
    SupportINeed,
)
from app.vocabulary.supporters import SupporterStatus


class SelectionPage(SQLModel, table=True):
    """What a school says of its own selection beside the text for all. One row for each school that says anything.

    `agreement_points` are the school's own lines of the confidentiality agreement, after those that are shipped.
    """

    __tablename__ = "selection_pages"

    school_id: uuid.UUID = Field(foreign_key="schools.id", primary_key=True)
    supporter_title: str | None = Field(default=None, max_length=80)
    note: str | None = Field(default=None, max_length=2000)
    agreement_points: list[str] = Field(default_factory=list, sa_column=json_column())
    version: int = Field(default=1)
    updated_at: dt.datetime


class Interest(SQLModel, table=True):
    """Somebody without an account would like to hear of the programme, under a code that only they have.

    What they wrote, with how to reach them, is in `words_sealed`. Nothing links it to a person or a report.
    """

    __tablename__ = "interests"
    __table_args__ = (sa.Index(None, "school_id", "state"), {"sqlite_with_rowid": False})

    id: uuid.UUID = Field(default_factory=new_opaque_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id")
    code_hash: bytes = Field(sa_column=sa.Column(sa.LargeBinary, nullable=False, unique=True))
    state: InterestState = Field(sa_column=enum_column(InterestState, "interest_state"))
    words_sealed: bytes = Field(sa_column=bytes_column())
    received_hour: dt.datetime
    invited_by: uuid.UUID | None = Field(default=None, foreign_key="people.id")
    invited_hour: dt.datetime | None = None


class SupporterApplication(SQLModel, table=True):
    """An application: attestations and nothing else (STUDY T07), what was decided, and an appeal.

    One for each person at a time. `was`: where they stood before, null for somebody new; a withdrawal puts it back.
    The attestations are null of one who was never asked for any, such as a supporter of an earlier release.
    """

    __tablename__ = "supporter_applications"
    __table_args__ = (sa.Index(None, "school_id", "state"), {"sqlite_with_rowid": False})

    id: uuid.UUID = Field(default_factory=new_opaque_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id")
    person_id: uuid.UUID = Field(foreign_key="people.id", unique=True)
    was: SupporterStatus | None = Field(
        default=None, sa_column=enum_column(SupporterStatus, "supporter_status", nullable=True)
    )
    state: ApplicationState = Field(sa_column=enum_column(ApplicationState, "application_state"))
    has_training: bool | None = None
    can_give_time: bool | None = None
    has_support_i_need: SupportINeed | None = Field(
        default=None, sa_column=enum_column(SupportINeed, "support_i_need", nullable=True)
    )
    study_on_track: StudyOnTrack | None = Field(
        default=None, sa_column=enum_column(StudyOnTrack, "study_on_track", nullable=True)
    )
    note_sealed: bytes | None = Field(default=None, sa_column=bytes_column(nullable=True))
    applied_hour: dt.datetime
    decided_by: uuid.UUID | None = Field(default=None, foreign_key="people.id")
    decided_hour: dt.datetime | None = None
    # Codes of criteria, of a decision not to proceed.
    because: list[str] = Field(default_factory=list, sa_column=json_column())
    # To the applicant.
    words_sealed: bytes | None = Field(default=None, sa_column=bytes_column(nullable=True))
    appeal: AppealState | None = Field(default=None, sa_column=enum_column(AppealState, "appeal_state", nullable=True))
    appeal_note_sealed: bytes | None = Field(default=None, sa_column=bytes_column(nullable=True))
    appealed_hour: dt.datetime | None = None
    appeal_decided_by: uuid.UUID | None = Field(default=None, foreign_key="people.id")
    appeal_decided_hour: dt.datetime | None = None
    appeal_words_sealed: bytes | None = Field(default=None, sa_column=bytes_column(nullable=True))
    version: int = Field(default=1)


class SupporterSignature(SQLModel, table=True):
    """Somebody has signed a version of the agreement, or accepted one of the role card: the text, and the hour.

    It stays when they leave: what was promised in confidence goes on (STUDY P03).
    """

    __tablename__ = "supporter_signatures"
    __table_args__ = (sa.UniqueConstraint("person_id", "kind", "text_version"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id", index=True)
    person_id: uuid.UUID = Field(foreign_key="people.id")
    kind: BindingText = Field(sa_column=enum_column(BindingText, "binding_text"))
    text_version: str = Field(max_length=40)
    text: dict[str, Any] = Field(sa_column=json_column())
    signed_hour: dt.datetime


class BindingTextInForce(SQLModel, table=True):
    """Since when a school asks for a version of a text: whoever accepted an earlier one has a while for it."""

    __tablename__ = "binding_texts_in_force"
    __table_args__ = (sa.UniqueConstraint("school_id", "kind"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id")
    kind: BindingText = Field(sa_column=enum_column(BindingText, "binding_text"))
    text_version: str = Field(max_length=40)
    since: dt.datetime
