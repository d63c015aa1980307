"""Every event type, and the schema of its `data`. The schemas stand beside, one file for each subject."""

from __future__ import annotations

import inspect
from typing import Literal

from app.core.schemas import OutputModel
from app.events.conversations import (
    ContactOffered,
    ContactOver,
    DecisionReviewDue,
    MessageAdded,
    RelayAnswered,
    SecondPersonChanged,
    SecondPersonRequested,
)
from app.events.duty import (
    AbsenceChanged,
    CoverageGapClosed,
    CoverageGapLive,
    CoverageGapUpcoming,
    RosterChanged,
    RosterRulesChanged,
    ShiftOfferChanged,
    ShiftSwapChanged,
)
from app.events.keeping import (
    ContentReviewOverdue,
    DirectoryBaseChanged,
    DirectoryCorrectionReceived,
    DirectoryVerificationOverdue,
    PostVacant,
    PrivacyIncidentOpened,
    RetentionDue,
    SchoolActivated,
    SchoolSuspended,
    StorySubmitted,
    StoryWithdrawn,
)
from app.events.pages import (
    DrillFinished,
    EscalationExhausted,
    PageCancelled,
    PageRequested,
    PageWaiting,
    ReliefOffered,
)
from app.events.people import (
    PasswordLinkAsked,
    PersonLeft,
    RoleGrantChanged,
    RoleGrantWaiting,
)
from app.events.plumbing import (
    EndpointDisabled,
    Ping,
    WorkDead,
)
from app.events.programme import ContactNeedsHandover, ContactsUnanswered, SupervisionOverdue, TrainingDue
from app.events.succession import DigestWeekly, SuccessionAtRisk, SuccessionDue, SupporterLeft

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
    "contact.needs_handover",
    "contacts.unanswered",
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
    "school.activated",
    "school.suspended",
    "post.vacant",
    "content.review_overdue",
    "story.submitted",
    "story.withdrawn",
    "directory.verification_overdue",
    "directory.base_changed",
    "directory.correction_received",
    "person.left",
    "training.due",
    "supervision.overdue",
    "role_grant.waiting",
    "role_grant.changed",
    "sign_in.password_link_made",
    "supporter.left",
    "succession.due",
    "succession.at_risk",
    "digest.weekly",
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
    "contact.needs_handover": ContactNeedsHandover,
    "contacts.unanswered": ContactsUnanswered,
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
    "school.activated": SchoolActivated,
    "school.suspended": SchoolSuspended,
    "post.vacant": PostVacant,
    "content.review_overdue": ContentReviewOverdue,
    "story.submitted": StorySubmitted,
    "story.withdrawn": StoryWithdrawn,
    "directory.verification_overdue": DirectoryVerificationOverdue,
    "directory.base_changed": DirectoryBaseChanged,
    "directory.correction_received": DirectoryCorrectionReceived,
    "person.left": PersonLeft,
    "training.due": TrainingDue,
    "supervision.overdue": SupervisionOverdue,
    "role_grant.waiting": RoleGrantWaiting,
    "role_grant.changed": RoleGrantChanged,
    "sign_in.password_link_made": PasswordLinkAsked,
    "supporter.left": SupporterLeft,
    "succession.due": SuccessionDue,
    "succession.at_risk": SuccessionAtRisk,
    "digest.weekly": DigestWeekly,
    "privacy_incident.opened": PrivacyIncidentOpened,
    "retention.due": RetentionDue,
    "work.dead": WorkDead,
    "webhook_endpoint.disabled": EndpointDisabled,
    "webhook_endpoint.ping": Ping,
}


def described(event_type: EventType) -> str:
    """What an event says, for whoever chooses which to be told of."""
    return inspect.cleandoc(PAYLOADS[event_type].__doc__ or "")
