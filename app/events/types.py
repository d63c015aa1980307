"""Every event type with the schema of its `data`: ids and codes, never what anybody wrote (contract 1.5)."""

from __future__ import annotations

import datetime as dt
import inspect
import uuid
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from app.core.schemas import Instant, OutputModel
from app.vocabulary import Level, RosterLine, SubjectKind

SchoolSlug = Annotated[str, StringConstraints(max_length=40)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
Code = Annotated[str, StringConstraints(max_length=60)]
# Of what is told together; a list says the rest.
MOST_NAMED = 100
EntryCode = Annotated[str, StringConstraints(max_length=80)]


class PageRequested(OutputModel):
    """Somebody needs you. Acknowledge by POST before `ack_by`; the brief is fetched with your token.

    `ack_url` is null in every copy but the one to the person paged.
    """

    page_id: uuid.UUID
    school: SchoolSlug
    priority: Code
    level: Level
    ack_by: Instant
    ack_url: Annotated[str, StringConstraints(max_length=600)] | None
    drill: bool


class PageWaiting(OutputModel):
    """More pages wait for you than could be told one by one. Sign in and look at them; the first is due at `ack_by`."""

    school: SchoolSlug
    waiting: Count
    ack_by: Instant


class PageCancelled(OutputModel):
    """Somebody else has answered; you need do nothing."""

    page_id: uuid.UUID
    school: SchoolSlug


class EscalationExhausted(OutputModel):
    """Nobody acknowledged. A person must look, and close it with a note."""

    escalation_id: uuid.UUID
    school: SchoolSlug
    line: RosterLine
    priority: Code


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


class ContactOffered(OutputModel):
    """You are asked whether you would get in touch with somebody. Read it with your token; saying no needs no
    reason."""

    school: SchoolSlug
    contact_id: uuid.UUID


class ContactOver(OutputModel):
    """A contact of yours is over, without you having to do anything. Your list shows which."""

    school: SchoolSlug


class DrillFinished(OutputModel):
    """A round of test pages is over: how many were asked, answered, and could not be reached. The names are read with a
    token."""

    school: SchoolSlug
    drill_id: uuid.UUID
    asked: Count
    answered: Count
    unreached: Count


class ReliefOffered(OutputModel):
    """You were paged so often tonight that nobody would ask more of you. Hand over what you hold, and offer the rest of
    your shift; nobody else is told of this."""

    school: SchoolSlug
    night_pages: Count


class CoverageGapLive(OutputModel):
    """Nobody who can be reached is on a line now, from `since` on.

    `gap_id` is null when somebody was needed just now and nobody was there: that is told each time.
    """

    school: SchoolSlug
    line: RosterLine
    level: Level
    cause: Code
    since: Instant
    gap_id: uuid.UUID | None


class CoverageGapUpcoming(OutputModel):
    """Nobody who can be reached will be on a line. Told once for each `notice`: 28, 14, 7 and 2 days ahead.

    `cause` is `unfilled` where it would say why somebody is away: coordinators read that with their token.
    """

    school: SchoolSlug
    gap_id: uuid.UUID
    line: RosterLine
    level: Level
    cause: Code
    starts_at: Instant
    ends_at: Instant
    notice: Code


class CoverageGapClosed(OutputModel):
    """A gap that was told of is one no more: `covered`, or `passed` without anybody."""

    school: SchoolSlug
    gap_id: uuid.UUID
    line: RosterLine
    level: Level
    state: Code


class RosterChanged(OutputModel):
    """A roster says something else now. Read it with your token; calendars are up to date."""

    school: SchoolSlug
    roster_id: uuid.UUID
    line: RosterLine
    level: Level
    change: Code


class RosterRulesChanged(OutputModel):
    """Rest and caps of some line are others now; they count from the next shift that is given or taken."""

    school: SchoolSlug


class AbsenceChanged(OutputModel):
    """Somebody will be away, or there again. For coordinators only; who and why is read with a token."""

    school: SchoolSlug
    absence_id: uuid.UUID


class ShiftOfferChanged(OutputModel):
    """A shift is offered, or an offer has changed hands. Look at it with your token."""

    school: SchoolSlug
    offer_id: uuid.UUID
    roster_id: uuid.UUID
    state: Code


class ShiftSwapChanged(OutputModel):
    """Somebody proposes to exchange shifts with you, or has answered."""

    school: SchoolSlug
    swap_id: uuid.UUID
    state: Code


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


class WorkDead(OutputModel):
    """The service gave up on a piece of its own work. School IT should look at the server's log."""

    school: SchoolSlug
    kind: Code
    item_id: uuid.UUID


class EndpointDisabled(OutputModel):
    """An endpoint asked for no more deliveries (HTTP 410), or did not work for days."""

    school: SchoolSlug
    endpoint_id: uuid.UUID
    reason: Code


class Ping(OutputModel):
    """A test delivery: answer 2xx and the endpoint counts as working."""

    school: SchoolSlug
    endpoint_id: uuid.UUID


EventType = Literal[
    "page.requested",
    "page.waiting",
    "page.cancelled",
    "page.exhausted",
    "conversation.message_added",
    "second_person.requested",
    "second_person.changed",
    "confidentiality_decision.review_due",
    "relay.answered",
    "contact.offered",
    "contact.over",
    "drill.finished",
    "duty.relief_offered",
    "coverage.gap_live",
    "coverage.gap_upcoming",
    "coverage.gap_closed",
    "roster.changed",
    "roster_rules.changed",
    "absence.changed",
    "shift_offer.changed",
    "shift_swap.changed",
    "post.vacant",
    "content.review_overdue",
    "story.submitted",
    "story.withdrawn",
    "directory.verification_overdue",
    "directory.base_changed",
    "directory.correction_received",
    "privacy_incident.opened",
    "retention.due",
    "work.dead",
    "webhook_endpoint.disabled",
    "webhook_endpoint.ping",
]

PAYLOADS: dict[EventType, type[OutputModel]] = {
    "page.requested": PageRequested,
    "page.waiting": PageWaiting,
    "page.cancelled": PageCancelled,
    "page.exhausted": EscalationExhausted,
    "conversation.message_added": MessageAdded,
    "second_person.requested": SecondPersonRequested,
    "second_person.changed": SecondPersonChanged,
    "confidentiality_decision.review_due": DecisionReviewDue,
    "relay.answered": RelayAnswered,
    "contact.offered": ContactOffered,
    "contact.over": ContactOver,
    "drill.finished": DrillFinished,
    "duty.relief_offered": ReliefOffered,
    "coverage.gap_live": CoverageGapLive,
    "coverage.gap_upcoming": CoverageGapUpcoming,
    "coverage.gap_closed": CoverageGapClosed,
    "roster.changed": RosterChanged,
    "roster_rules.changed": RosterRulesChanged,
    "absence.changed": AbsenceChanged,
    "shift_offer.changed": ShiftOfferChanged,
    "shift_swap.changed": ShiftSwapChanged,
    "post.vacant": PostVacant,
    "content.review_overdue": ContentReviewOverdue,
    "story.submitted": StorySubmitted,
    "story.withdrawn": StoryWithdrawn,
    "directory.verification_overdue": DirectoryVerificationOverdue,
    "directory.base_changed": DirectoryBaseChanged,
    "directory.correction_received": DirectoryCorrectionReceived,
    "privacy_incident.opened": PrivacyIncidentOpened,
    "retention.due": RetentionDue,
    "work.dead": WorkDead,
    "webhook_endpoint.disabled": EndpointDisabled,
    "webhook_endpoint.ping": Ping,
}


def described(event_type: EventType) -> str:
    """What an event says, for whoever chooses which to be told of."""
    return inspect.cleandoc(PAYLOADS[event_type].__doc__ or "")
