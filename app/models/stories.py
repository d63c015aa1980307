"""Stories: rows that say nothing of who wrote them, and who of the school has looked at each."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.core.ids import new_opaque_id
from app.models.columns import bytes_column, enum_column
from app.vocabulary import AuthorKind, StoryDecision, StoryState


class Story(SQLModel, table=True):
    """What somebody tells of themselves, under a code that only they have. Nothing links it to a person or a report.

    All words are in `words_sealed`, also while they are public: what is erased is then erased in one place. Of one that
    was public once and is no more, `words_sealed` is null and the row a tombstone.
    """

    __tablename__ = "stories"
    __table_args__ = (
        sa.Index(None, "school_id", "state"),
        sa.Index(None, "school_id", "public_hour"),
        {"sqlite_with_rowid": False},
    )

    id: uuid.UUID = Field(default_factory=new_opaque_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id")
    code_hash: bytes = Field(sa_column=sa.Column(sa.LargeBinary, nullable=False, unique=True))
    state: StoryState = Field(sa_column=enum_column(StoryState, "story_state"))
    author_kind: AuthorKind | None = Field(sa_column=enum_column(AuthorKind, "author_kind", nullable=True))
    includes_careers_advice: bool
    words_sealed: bytes | None = Field(default=None, sa_column=bytes_column(nullable=True))
    consent_version: str | None = Field(default=None, max_length=40)
    # Of the words as they are now: an edit is received like a new story.
    received_hour: dt.datetime
    decided_hour: dt.datetime | None = None
    # When it last became public, or ceased to be. Null: it never was.
    public_hour: dt.datetime | None = None


class StoryReview(SQLModel, table=True):
    """One look at a story: each gate with its yes or no, what was decided, and the second person. Rows are only added.

    `number` counts within the story. `careers_advice_checked` is null where the author had marked none.
    """

    __tablename__ = "story_reviews"
    __table_args__ = (sa.UniqueConstraint("story_id", "number"), {"sqlite_with_rowid": False})

    id: uuid.UUID = Field(default_factory=new_opaque_id, primary_key=True)
    story_id: uuid.UUID = Field(foreign_key="stories.id")
    number: int
    reviewed_by: uuid.UUID = Field(foreign_key="people.id")
    reviewed_hour: dt.datetime
    strengths_based: bool
    safe_messaging_checked: bool
    nobody_else_recognisable: bool
    careers_advice_checked: bool | None = None
    decision: StoryDecision = Field(sa_column=enum_column(StoryDecision, "story_decision"))
    # To the author.
    words_sealed: bytes | None = Field(default=None, sa_column=bytes_column(nullable=True))
    second_by: uuid.UUID | None = Field(default=None, foreign_key="people.id")
    second_hour: dt.datetime | None = None
    second_agreed: bool | None = None
