"""What is told of conversations, of what two people decide, and of help that is passed on."""

from __future__ import annotations

import uuid

from app.core.schemas import Instant, OutputModel
from app.events.fields import Code, SchoolSlug
from app.vocabulary import ClaimEnd, SubjectKind


class MessageAdded(OutputModel):
    """There is something to read in a conversation that you take part in, or were asked to."""

    school: SchoolSlug
    subject_kind: SubjectKind
    subject_id: uuid.UUID


class SecondPersonRequested(OutputModel):
    """Something takes a second person, and you may be it: read it with your token. `matter` says what kind of thing.

    `subject_id` is the decision's. Sent to people only, never to a school's endpoint.
    """

    school: SchoolSlug
    matter: Code
    subject_id: uuid.UUID


class SecondPersonChanged(OutputModel):
    """What you asked a second person about: somebody has answered, or nobody has in time. Read it with your token."""

    school: SchoolSlug
    matter: Code
    subject_id: uuid.UUID
    state: Code


class DecisionReviewDue(OutputModel):
    """Something was decided alone, and somebody must look into it by `review_by`. Sent to people only."""

    school: SchoolSlug
    subject_id: uuid.UUID
    review_by: Instant


class RelayAnswered(OutputModel):
    """What you asked for somebody's sake has an answer: of whoever shared the worry, about a relay summary, or of a
    supporter, about a contact. Read it with your token."""

    school: SchoolSlug
    subject_kind: SubjectKind
    subject_id: uuid.UUID


class ClaimEnded(OutputModel):
    """A report is not in the hands that it was in. `given_back`: it waits for somebody else, and may be you.
    `taken_over`: you had done nothing about it for 24 hours, and somebody else has it now. Sent to people only."""

    school: SchoolSlug
    subject_kind: SubjectKind
    subject_id: uuid.UUID
    because: ClaimEnd


class ContactOffered(OutputModel):
    """You are asked whether you would get in touch with somebody. Read it with your token; saying no needs no
    reason."""

    school: SchoolSlug
    contact_id: uuid.UUID


class ContactOver(OutputModel):
    """A contact of yours is over, without you having to do anything. Your list shows which."""

    school: SchoolSlug
