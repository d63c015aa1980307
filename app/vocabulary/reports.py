"""Where a report stands, what came of it, and what takes two people."""

from __future__ import annotations

from enum import StrEnum


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


class ClaimEnd(StrEnum):
    """Why somebody does not hold a report any more that they had taken on."""

    GIVEN_BACK = "given_back"
    TAKEN_OVER = "taken_over"


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
    PRIVACY_INCIDENT = "privacy_incident"
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
