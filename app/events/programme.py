"""What is told of the supporters' programme: that there is something to read, never what; of no choice of theirs."""

from __future__ import annotations

import uuid

from app.core.schemas import OutputModel
from app.events.fields import Code, SchoolSlug
from app.vocabulary import SubjectKind


class PauseChanged(OutputModel):
    """There is something to read of a pause that the programme asked for: it was made, somebody appeals, or a sponsor
    has decided. Sent only to those who may read it."""

    school: SchoolSlug
    pause_id: uuid.UUID


class DebriefOffered(OutputModel):
    """Somebody has time to talk with you, if you like. Saying no, or nothing, is as good. Sent to you alone."""

    school: SchoolSlug
    debrief_id: uuid.UUID


class DebriefTaken(OutputModel):
    """Somebody would like the talk that they were offered with you. Read with your token who, and when."""

    school: SchoolSlug
    debrief_id: uuid.UUID


class ContactNeedsHandover(OutputModel):
    """A contact needs somebody else, for whatever reason. Read it with your token; sent to people only."""

    school: SchoolSlug
    subject_kind: SubjectKind
    subject_id: uuid.UUID


class TrainingDue(OutputModel):
    """Training is due: told to the supporter once for each `notice` (28 days ahead, 7 days ahead, `overdue`), and to
    coordinators when it is overdue. What is due, and until when, is read with a token."""

    school: SchoolSlug
    supporter_id: uuid.UUID
    notice: Code


class ContactsUnanswered(OutputModel):
    """Lately somebody asked for a supporter, and nobody could take it on: one notice a week, however often, and nothing
    of whom. Sent to people only."""

    school: SchoolSlug


class SupervisionOverdue(OutputModel):
    """A supporter has gone longer without supervision than the school wants. Told once, to them and to coordinators;
    nothing is taken away for it."""

    school: SchoolSlug
    supporter_id: uuid.UUID


class SelectionWaiting(OutputModel):
    """Somebody waits to be read on the way into the programme: `what` is `interest`, `application` or `appeal`. Who,
    and how many, is in the lists. Sent to people only, at a full hour."""

    school: SchoolSlug
    what: Code


class ApplicationDecided(OutputModel):
    """Your application to become a supporter was answered, or your appeal. Read it with your token; sent to you
    alone."""

    school: SchoolSlug
