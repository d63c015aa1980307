"""Asking somebody: conversations, escalations, pages, and how they are told."""

from __future__ import annotations

from enum import StrEnum


class MessageAuthor(StrEnum):
    """Who wrote a message: a side of the conversation, never a name."""

    REPORTER = "reporter"
    SUPPORTER = "supporter"
    ADVISER = "adviser"
    TRIAGER = "triager"
    COORDINATOR = "coordinator"


class AdviceStatus(StrEnum):
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    ANSWERED = "answered"
    CLOSED = "closed"
    UNANSWERED_FALLBACK_GIVEN = "unanswered_fallback_given"


class AdviceOutcome(StrEnum):
    """What a supporter does next, in their own words (J4)."""

    I_CONTINUE = "i_continue"
    I_HAND_OVER = "i_hand_over"
    I_PAUSE = "i_pause"


class EscalationState(StrEnum):
    """`exhausted`: everybody was asked in vain. It stays so until it is closed, or asked once more (decision 9)."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    EXHAUSTED = "exhausted"
    CLOSED = "closed"


class PageState(StrEnum):
    """`timed_out`: the clock ran out. `escalated`: it could not be delivered, and nobody waited for the clock.

    `handed_over` is ours: whoever held it has passed it to those who are on now (J5).
    """

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    ACKNOWLEDGED = "acknowledged"
    DECLINED = "declined"
    TIMED_OUT = "timed_out"
    ESCALATED = "escalated"
    CANCELLED = "cancelled"
    HANDED_OVER = "handed_over"


class SubjectKind(StrEnum):
    """What an escalation is about."""

    REPORT = "report"
    ADVICE_REQUEST = "advice_request"
    DRILL = "drill"


class NeedKind(StrEnum):
    """What an escalation policy is for. `independent`: whatever is kept from people of the programme (J14)."""

    REPORT = "report"
    ADVICE = "advice"
    INDEPENDENT = "independent"


class NoteKind(StrEnum):
    """What a note among those who are paged is: along the way, at a hand-over, or the review of an unanswered one."""

    NOTE = "note"
    HAND_OVER = "hand_over"
    REVIEW = "review"


class EndpointFormat(StrEnum):
    """What a webhook endpoint is sent: the event as JSON, or a sentence in the form of a messenger."""

    STANDARD = "standard"
    SLACK = "slack"
    NTFY = "ntfy"
