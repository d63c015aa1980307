"""What is told to those who keep a school's programme, its texts, its stories and its directory."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated

from pydantic import Field

from app.core.schemas import OutputModel
from app.events.fields import MOST_NAMED, Code, Count, EntryCode, SchoolSlug


class SchoolActivated(OutputModel):
    """Your school is open: from now on people send it reports, questions and stories."""

    school: SchoolSlug


class SchoolSuspended(OutputModel):
    """Your school was stopped by whoever runs the service: nothing new is sent to it. Go on with what was received."""

    school: SchoolSlug


class PostVacant(OutputModel):
    """Nobody holds a post. `covered`: its deputy stands in; told once more when they are gone too."""

    school: SchoolSlug
    post: Code
    covered: bool


class OverduePiece(OutputModel):
    """A text that was to be looked over by the end of `due_on`."""

    sort: Code
    piece_id: Code
    due_on: dt.date


class ContentReviewOverdue(OutputModel):
    """Texts were to be looked over and were not: so many, and the first hundred of them. Each is told of once for the
    day on which it was due, together with the others of that look, and shown with a warning until somebody has."""

    school: SchoolSlug
    overdue: Count
    pieces: Annotated[list[OverduePiece], Field(max_length=MOST_NAMED)]


class StorySubmitted(OutputModel):
    """Stories wait for a review: so many now. Told at a full hour, of all that came in it together."""

    school: SchoolSlug
    waiting: Count


class StoryWithdrawn(OutputModel):
    """A story that was public is so no more. Take it down wherever else you have put it. Told at a full hour."""

    school: SchoolSlug
    story_id: uuid.UUID


class DirectoryVerificationOverdue(OutputModel):
    """Nobody has checked entries of the directory by the day on which it was due: so many, and the first hundred of
    them. Each is told of once for each such day, together with the others of that look."""

    school: SchoolSlug
    overdue: Count
    entry_ids: Annotated[list[EntryCode], Field(max_length=MOST_NAMED)]


class DirectoryBaseChanged(OutputModel):
    """The country's directory says something else of an entry that your school has changed, or has it no more
    (`state`). Look at it, and change or confirm what the school says."""

    school: SchoolSlug
    entry_id: EntryCode
    state: Code


class DirectoryCorrectionReceived(OutputModel):
    """Somebody says that an entry of the directory is wrong. Told once a day for each entry; read it with your
    token."""

    school: SchoolSlug
    entry_id: EntryCode


class PrivacyIncidentOpened(OutputModel):
    """Somebody has told of a privacy incident that you look into. Read it with your token."""

    school: SchoolSlug
    incident_id: uuid.UUID


class RetentionDue(OutputModel):
    """The time of something is over, as the school's policies say. Nothing is erased by this; read the list with your
    token."""

    school: SchoolSlug
    run_id: uuid.UUID
