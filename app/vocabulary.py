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
    WITH_SUPPORTER = "with_supporter"
    REFERRED = "referred"
    CONFIDENTIALITY_DECISION = "confidentiality_decision"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


# Nothing can be added to a report in one of these.
REPORT_IS_OVER = frozenset({ReportState.CLOSED, ReportState.WITHDRAWN, ReportState.EXPIRED})


class ReportStatus(StrEnum):
    """Where a report stands, in the reporter's words."""

    RECEIVED = "received"
    BEING_READ = "being_read"
    SOMEONE_HAS_REPLIED = "someone_has_replied"
    WAITING_FOR_YOU = "waiting_for_you"
    PASSED_ON = "passed_on"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class Outcome(StrEnum):
    """What came of a report, several allowed. None of them judges anybody (domain, 5)."""

    ADVICE_GIVEN_TO_REPORTER = "advice_given_to_reporter"
    SUPPORT_OFFERED = "support_offered"
    SUPPORT_ACCEPTED = "support_accepted"
    SUPPORT_DECLINED = "support_declined"
    CONNECTED_TO_SERVICE = "connected_to_service"
    ALREADY_SUPPORTED = "already_supported"
    EMERGENCY_HELP_CALLED = "emergency_help_called"
    SHARED_WITHOUT_CONSENT = "shared_without_consent"
    REDIRECTED_TO_OTHER_PROCESS = "redirected_to_other_process"
    UNABLE_TO_REACH = "unable_to_reach"
    NOT_ENOUGH_TO_ACT_ON = "not_enough_to_act_on"
    WORRY_EASED = "worry_eased"
    NOT_SUPPORTED_BY_WHAT_WE_FOUND = "not_supported_by_what_we_found"
    MISUSE = "misuse"
    WITHDRAWN = "withdrawn"


class WithdrawalOutcome(StrEnum):
    """What becomes of a report that its reporter takes back (J15). They are told before they confirm it.

    `restricted`: it was read, or must be kept; nobody works on it, and its words are for nobody until they are erased.
    `restricted_until_decided`: nobody has read it and it has a red-flag sign; a person decides whether it may go.
    `continues`: it was decided that somebody must be told; the work goes on without the reporter.
    """

    DESTROYED = "destroyed"
    RESTRICTED = "restricted"
    RESTRICTED_UNTIL_DECIDED = "restricted_until_decided"
    CONTINUES = "continues"


class WithdrawalReason(StrEnum):
    """Why a report that is taken back is not simply destroyed."""

    READ = "read"
    RED_FLAG = "red_flag"
    RECORDS_LAW = "records_law"
    LEGAL_HOLD = "legal_hold"
    DECISION_STANDS = "decision_stands"


class WithdrawalDecision(StrEnum):
    """Of a withdrawn report with a red-flag sign that nobody had read: whether it may go."""

    LET_GO = "let_go"
    CONTINUE = "continue"


class ContactMethod(StrEnum):
    """How somebody was spoken with. An outcome says it: a concern that was only ever mailed about was missed before
    (domain, 2.3)."""

    RECEIPT_MESSAGE = "receipt_message"
    PHONE = "phone"
    IN_PERSON = "in_person"
    VIDEO = "video"
    TEXT_MESSAGE = "text_message"
    EMAIL = "email"
    THROUGH_SOMEONE_ELSE = "through_someone_else"
    NO_CONTACT = "no_contact"


class SecondPersonState(StrEnum):
    """Where something stands that takes two people."""

    AWAITING_SECOND_PERSON = "awaiting_second_person"
    IN_EFFECT = "in_effect"
    DECLINED = "declined"
    TAKEN_BACK = "taken_back"


class ProposalKind(StrEnum):
    """What a triager sets for a report with their reasons, or proposes to a second person."""

    PRIORITY = "priority"
    MISUSE = "misuse"


class ConfidentialityBasis(StrEnum):
    """On what ground somebody is told without the peer's say, or with it (domain, 5)."""

    CONSENT = "consent"
    SERIOUS_THREAT = "serious_threat_to_life_health_or_safety"
    REQUIRED_BY_LAW = "required_by_law"
    AUTHORISED_BY_LAW = "authorised_by_law"


class DecisionReview(StrEnum):
    """Whether somebody has looked into a decision that one person made alone."""

    DUE = "due"
    DONE = "done"


class RelaySummaryState(StrEnum):
    """Where a relay summary stands: shown to the reporter, and what they said to it."""

    AWAITING_REPORTER = "awaiting_reporter"
    APPROVED = "approved"
    EDITED_BY_REPORTER = "edited_by_reporter"
    NOT_AGREED = "not_agreed"


# Its reporter wants it passed on as it stands.
RELAY_AGREED = frozenset({RelaySummaryState.APPROVED, RelaySummaryState.EDITED_BY_REPORTER})


class RelayDecision(StrEnum):
    """What a reporter says to a relay summary: as it stands, in words of their own, or not at all."""

    APPROVE = "approve"
    EDIT = "edit"
    NOT_AGREED = "not_agreed"


class RelayPurpose(StrEnum):
    """Whom a relay summary is for."""

    SUPPORTER = "supporter"
    SERVICE = "service"


class WhoIsMet(StrEnum):
    """With whom somebody gets in touch: the person whom the worry is about, or whoever shared it."""

    PEER = "peer"
    REPORTER = "reporter"


class OutingAnswer(StrEnum):
    """What a handler answers to each question of the outing check. `not_sure` counts as a yes."""

    YES = "yes"
    NO = "no"
    NOT_SURE = "not_sure"


class ContactState(StrEnum):
    """Where a supporter's contact with somebody stands."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    ENDED = "ended"


CONTACT_IS_OPEN = frozenset({ContactState.OFFERED, ContactState.ACCEPTED})


class ConflictKind(StrEnum):
    """Why a report must not exist for somebody from now on: they were found to be concerned, or said so themselves."""

    CONFLICT = "conflict"
    RECUSED = "recused"


class RetentionAction(StrEnum):
    """What happens to a report's texts when their time is over."""

    DESTROY = "destroy"
    DE_IDENTIFY = "de_identify"


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


class AdviceOutcome(StrEnum):
    """What a supporter does next, in their own words (J4)."""

    I_CONTINUE = "i_continue"
    I_HAND_OVER = "i_hand_over"
    I_PAUSE = "i_pause"


class GapCause(StrEnum):
    """Why nobody is there (roster-semantics, "Rules around it"). `placement` is ours: nights there are not leave."""

    UNFILLED = "unfilled"
    PAUSED = "paused"
    TRAINING_LAPSED = "training_lapsed"
    ENDED = "ended"
    LEAVE = "leave"
    EXAM_WINDOW = "exam_window"
    PLACEMENT = "placement"
    DOUBLE_BOOKED = "double_booked"
    NO_WORKING_CONTACT = "no_working_contact"


class AbsenceKind(StrEnum):
    """Why somebody is on no roster for a while. The last two are set for a person, not by them (STUDY T09, J8)."""

    LEAVE = "leave"
    EXAM_WINDOW = "exam_window"
    PLACEMENT = "placement"
    PAUSED = "paused"
    TRAINING_LAPSED = "training_lapsed"


class Expects(StrEnum):
    """When a roster must have somebody: at any time, in the hours that its layers are open, or never."""

    ALWAYS = "always"
    PLANNED_HOURS = "planned_hours"
    NOTHING = "nothing"


class OverrideOrigin(StrEnum):
    """What an override came from. `roster`: it was part of the roster when that was made."""

    ROSTER = "roster"
    COORDINATOR = "coordinator"
    IMPORT = "import"
    OFFER = "offer"
    SWAP = "swap"


class OfferState(StrEnum):
    """`void`: the shift is gone, or somebody else has it now."""

    OPEN = "open"
    TAKEN = "taken"
    WITHDRAWN = "withdrawn"
    VOID = "void"


class SwapState(StrEnum):
    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    VOID = "void"


class GapState(StrEnum):
    """`covered`: somebody is there again, or is expected no more. `passed`: it is over, and nobody was there."""

    OPEN = "open"
    COVERED = "covered"
    PASSED = "passed"


class GapNotice(StrEnum):
    """How near a gap is, each told once: weeks ahead, days ahead, and now (J7)."""

    DAYS_28 = "days_28"
    DAYS_14 = "days_14"
    DAYS_7 = "days_7"
    DAYS_2 = "days_2"
    LIVE = "live"


# Who may serve on a line: the role that its people hold.
ROLE_OF_LINE = {
    RosterLine.PEER_SUPPORT: Role.SUPPORTER,
    RosterLine.CLINICAL_ADVICE: Role.ADVISER,
    RosterLine.ACADEMIC_ADVICE: Role.ADVISER,
    RosterLine.INDEPENDENT_ADVICE: Role.INDEPENDENT_HANDLER,
    RosterLine.TRIAGE: Role.TRIAGER,
}


class EndpointFormat(StrEnum):
    """What a webhook endpoint is sent: the event as JSON, or a sentence in the form of a messenger."""

    STANDARD = "standard"
    SLACK = "slack"
    NTFY = "ntfy"
