"""The codes of the product: roles, lines, states, topics. Labels may differ by school, codes never do (domain, 5)."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a signed-in person may do, school by school. `reporter` is a receipt session, not a person."""

    SUPPORTER = "supporter"
    ADVISER = "adviser"
    TRIAGER = "triager"
    INDEPENDENT_HANDLER = "independent_handler"
    COORDINATOR = "coordinator"
    SPONSOR = "sponsor"
    EVALUATOR = "evaluator"
    SCHOOL_IT = "school_it"
    PRIVACY_OFFICER = "privacy_officer"
    PLATFORM_OPERATOR = "platform_operator"
    STUDENT = "student"


class RosterLine(StrEnum):
    """What a roster answers for."""

    PEER_SUPPORT = "peer_support"
    CLINICAL_ADVICE = "clinical_advice"
    ACADEMIC_ADVICE = "academic_advice"
    INDEPENDENT_ADVICE = "independent_advice"
    TRIAGE = "triage"


class Level(StrEnum):
    """A step of an escalation: who is asked next."""

    PRIMARY = "primary"
    BACKUP = "backup"
    COORDINATOR = "coordinator"


class Topic(StrEnum):
    """What a supporter asks advice about (domain, 5; marked ones are the study's)."""

    STARTING_A_CONVERSATION = "starting_a_conversation"
    ROLE_BOUNDARIES = "role_boundaries"
    WHEN_TO_ESCALATE = "when_to_escalate"
    CONFIDENTIALITY_AND_LIMITS = "confidentiality_and_limits"
    THOUGHTS_OF_SUICIDE = "thoughts_of_suicide"
    CANNOT_REACH_THEM = "cannot_reach_them"
    ISOLATED_STUDENT = "isolated_student"
    REFERRAL_OPTIONS = "referral_options"
    STUDY_OR_PLACEMENT_ARRANGEMENTS = "study_or_placement_arrangements"
    PROFESSIONAL_OBLIGATIONS = "professional_obligations"
    LOOKING_AFTER_MYSELF = "looking_after_myself"
    CONFLICT_OF_INTEREST = "conflict_of_interest"
    HANDING_OVER_OR_PAUSING = "handing_over_or_pausing"


ACADEMIC_TOPICS = frozenset(
    {
        Topic.STUDY_OR_PLACEMENT_ARRANGEMENTS,
        Topic.PROFESSIONAL_OBLIGATIONS,
        Topic.ROLE_BOUNDARIES,
        Topic.HANDING_OVER_OR_PAUSING,
    }
)

# A line that nobody is on falls to the next of these that somebody is on (domain, 5).
ADVICE_LINES = (RosterLine.CLINICAL_ADVICE, RosterLine.ACADEMIC_ADVICE, RosterLine.INDEPENDENT_ADVICE)


def line_for(topic: Topic) -> RosterLine:
    """The line that a topic goes to first (domain, 5)."""
    if topic is Topic.CONFLICT_OF_INTEREST:
        return RosterLine.INDEPENDENT_ADVICE
    return RosterLine.ACADEMIC_ADVICE if topic in ACADEMIC_TOPICS else RosterLine.CLINICAL_ADVICE


class ReportState(StrEnum):
    """Where a report stands, for those who work on it. Only forward moves."""

    NEW = "new"
    CLAIMED = "claimed"
    IN_CONVERSATION = "in_conversation"
    AWAITING_REPORTER = "awaiting_reporter"
    CLOSED = "closed"


class ReportStatus(StrEnum):
    """Where a report stands, in the reporter's words."""

    RECEIVED = "received"
    BEING_READ = "being_read"
    SOMEONE_HAS_REPLIED = "someone_has_replied"
    WAITING_FOR_YOU = "waiting_for_you"
    PASSED_ON = "passed_on"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


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


class EscalationState(StrEnum):
    """`exhausted`: everybody was asked in vain. It stays so until it is closed, or asked once more (decision 9)."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    EXHAUSTED = "exhausted"
    CLOSED = "closed"


class PageState(StrEnum):
    """`timed_out`: the clock ran out. `escalated`: it could not be delivered, and nobody waited for the clock."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    ACKNOWLEDGED = "acknowledged"
    DECLINED = "declined"
    TIMED_OUT = "timed_out"
    ESCALATED = "escalated"
    CANCELLED = "cancelled"


class SubjectKind(StrEnum):
    """What an escalation is about."""

    REPORT = "report"
    ADVICE_REQUEST = "advice_request"


class GapCause(StrEnum):
    UNFILLED = "unfilled"
    NO_WORKING_CONTACT = "no_working_contact"
