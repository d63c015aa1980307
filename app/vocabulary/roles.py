"""Who somebody is, and what they answer for."""

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


class GrantState(StrEnum):
    """Where the giving of a role stands. Only `current` lets anybody do anything."""

    AWAITING_SECOND_PERSON = "awaiting_second_person"
    SCHEDULED = "scheduled"
    CURRENT = "current"
    ENDED = "ended"


class GrantEnd(StrEnum):
    """Why somebody has a role no more, or never came to have it."""

    ENDED = "ended"
    GIVEN_UP = "given_up"
    DECLINED = "declined"
    NOT_CONFIRMED = "not_confirmed"
    RAN_OUT = "ran_out"
    LEFT = "left"


class Scope(StrEnum):
    """What a program of a school's IT may do: never a report, a page, a roster, nor anything else of a person's own."""

    DIRECTORY_READ = "directory:read"
    DIRECTORY_WRITE = "directory:write"
    WEBHOOKS_WRITE = "webhooks:write"
    PEOPLE_WRITE = "people:write"


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


_ROLE_OF_LINE = {
    RosterLine.PEER_SUPPORT: Role.SUPPORTER,
    RosterLine.CLINICAL_ADVICE: Role.ADVISER,
    RosterLine.ACADEMIC_ADVICE: Role.ADVISER,
    RosterLine.INDEPENDENT_ADVICE: Role.INDEPENDENT_HANDLER,
    RosterLine.TRIAGE: Role.TRIAGER,
}


def roles_on(line: RosterLine, level: Level) -> frozenset[Role]:
    """Who may serve on a line: whoever has one of these. At the last level inside the programme its coordinators may,
    as a policy asks them last; independent handlers have no substitute (J14)."""
    role = _ROLE_OF_LINE[line]
    if level is Level.COORDINATOR and line is not RosterLine.INDEPENDENT_ADVICE:
        return frozenset({role, Role.COORDINATOR})
    return frozenset({role})
