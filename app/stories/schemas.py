"""Stories as they arrive and leave. What an author sent is one document, which is sealed whole."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from app.core.pagination import Page
from app.core.schemas import InputModel, Instant, Line, OutputModel, ShortText, Text
from app.directory.help_now import HelpMemberOut
from app.schools.published import SyncToken, Tombstone
from app.stories.texts import ConsentVersion
from app.vocabulary import AuthorKind, StoryDecision, StoryState

Title = Annotated[str, StringConstraints(min_length=1, max_length=120)]
# Some three pages: a story is no book, and two people read each with care.
StoryText = Annotated[str, StringConstraints(min_length=1, max_length=8000)]
ShownAs = Annotated[str, StringConstraints(min_length=1, max_length=60)]
# As it is typed: with spaces, dashes, and letters for digits.
StoryCode = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Alias = Annotated[str, StringConstraints(max_length=80)]
Lines = Annotated[list[Line], Field(max_length=20)]
Help = Annotated[list[HelpMemberOut], Field(max_length=20)]


class Strengths(InputModel):
    """What carried somebody (STUDY T04). Each is optional, and shown as it was written."""

    what_helped: Text | None = None
    what_i_learned: Text | None = None
    what_i_would_say: Text | None = None


class ConsentGiven(InputModel):
    """Which text was agreed to; without agreement there is no story."""

    version: ConsentVersion
    agreed: Literal[True]


class StoryCreate(InputModel):
    """A story of one's own. `shown_as`: a name of the author's choice, or none; it need not be theirs."""

    author_kind: AuthorKind
    title: Title
    text: StoryText
    includes_careers_advice: bool
    shown_as: ShownAs | None = None
    strengths: Strengths = Strengths()
    consent: ConsentGiven


class StoryEdit(StoryCreate):
    """All of the story anew, with its code: what is left out is no longer there."""

    code: StoryCode


class StoryCodeOnly(InputModel):
    code: StoryCode


class ConsentOut(OutputModel):
    """What an author agrees to, and how to write so that nobody is hurt by it."""

    version: ConsentVersion
    title: ShortText
    points: Lines
    how_to_write: Lines


class StoryCreated(OutputModel):
    """The code is shown here and never again: it is the only way back to the story."""

    story_code: Annotated[str, StringConstraints(max_length=40)]
    what_happens_next: Lines
    help: Help


class StrengthsOut(OutputModel):
    what_helped: Text | None
    what_i_learned: Text | None
    what_i_would_say: Text | None


class StoryWords(OutputModel):
    """What the author wrote, to the letter. This is what is sealed, and what is published."""

    title: Title
    text: StoryText
    shown_as: ShownAs | None
    strengths: StrengthsOut


class MyStory(OutputModel):
    """An author's own story. `words` is what the school last said to them; `story_id` its address while it is public.

    `kept_until`: the day of the school on which it is erased, where nothing else happens to it.
    """

    state: StoryState
    state_text: Line
    words: Text | None
    author_kind: AuthorKind
    includes_careers_advice: bool
    story: StoryWords
    consent_version: ConsentVersion
    story_id: uuid.UUID | None
    kept_until: dt.date | None
    help: Help


class StoryEdited(OutputModel):
    state: StoryState
    what_happens_next: Lines


class StoryTakenBack(OutputModel):
    what_happened: Lines


class PublishedStory(OutputModel):
    """A story that two people agreed to publish, as its author wrote it. `careers_note` goes with careers advice."""

    id: uuid.UUID
    author_kind: AuthorKind
    title: Title
    text: StoryText
    shown_as: ShownAs | None
    strengths: StrengthsOut
    includes_careers_advice: bool
    careers_note: Line | None
    published_hour: Instant


class StoryShown(OutputModel):
    story: PublishedStory
    help: Help


class StoryPage(Page[PublishedStory]):
    """`deleted`: what is gone since a `sync_token`; nothing without one. `next_sync_token` is on the last page."""

    deleted: Annotated[list[Tombstone], Field(max_length=100)]
    next_sync_token: SyncToken | None
    help: Help


class StoryGates(InputModel):
    """What has to be true before a story is published, each looked at and answered by a person.

    `strengths_based`: it tells what carried somebody, not only what was hard. `safe_messaging_checked`: no method, no
    place, no means, and nothing that makes it look like an answer. `nobody_else_recognisable`: nobody but the author.
    `careers_advice_checked` is for a story that its author marked as having some; elsewhere it is left out.
    """

    strengths_based: bool
    safe_messaging_checked: bool
    nobody_else_recognisable: bool
    careers_advice_checked: bool | None = None


class StoryReviewCreate(InputModel):
    """`words` to the author: needed unless it is to be published."""

    gates: StoryGates
    decision: StoryDecision
    words: Text | None = None


class StoryReviewOut(OutputModel):
    """Who looked, when, and what they found; and the second person, once there is one."""

    number: Annotated[int, Field(ge=1, le=10_000)]
    reviewed_by: Alias
    reviewed_hour: Instant
    strengths_based: bool
    safe_messaging_checked: bool
    nobody_else_recognisable: bool
    careers_advice_checked: bool | None
    decision: StoryDecision
    words: Text | None
    second_by: Alias | None
    second_hour: Instant | None
    second_agreed: bool | None


class SubmissionSummary(OutputModel):
    id: uuid.UUID
    state: StoryState
    author_kind: AuthorKind
    includes_careers_advice: bool
    received_hour: Instant
    decided_hour: Instant | None


class SubmissionOut(SubmissionSummary):
    """A story as whoever reviews it reads it: all that is known of it."""

    story: StoryWords
    consent_version: ConsentVersion
    reviews: Annotated[list[StoryReviewOut], Field(max_length=100)]


class SubmissionPage(Page[SubmissionSummary]):
    """One page of stories to review."""
