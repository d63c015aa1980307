"""What a reporter can say by ticking: everyday observations, never a diagnosis or a score (STUDY I09, D12).

Codes are stable; labels may differ by school. Source: domain, section 5.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum


class Sign(StrEnum):
    """What somebody saw or heard (STUDY E01-E07). `just_a_feeling` is enough (B04)."""

    ABSENT_OR_MISSING_THINGS = "absent_or_missing_things"
    WITHDRAWN_OR_KEEPING_TO_SELF = "withdrawn_or_keeping_to_self"
    VISIBLY_UPSET_OR_DISTRESSED = "visibly_upset_or_distressed"
    TEARFUL = "tearful"
    MOOD_SEEMS_LOW = "mood_seems_low"
    CARRYING_THEMSELVES_DIFFERENTLY = "carrying_themselves_differently"
    SLEEPING_MORE = "sleeping_more"
    SLEEPING_LESS = "sleeping_less"
    TALKING_NEGATIVELY_ABOUT_SELF_OR_FUTURE = "talking_negatively_about_self_or_future"
    ISOLATED = "isolated"
    NOT_REPLYING = "not_replying"
    FALLING_BEHIND = "falling_behind"
    STOPPED_DOING_THINGS_THEY_ENJOY = "stopped_doing_things_they_enjoy"
    ON_EDGE_OR_IRRITABLE = "on_edge_or_irritable"
    EATING_DIFFERENTLY = "eating_differently"
    USING_MORE_ALCOHOL_OR_DRUGS = "using_more_alcohol_or_drugs"
    SOUNDS_HOPELESS_OR_TRAPPED = "sounds_hopeless_or_trapped"
    SAYING_GOODBYE_OR_PUTTING_AFFAIRS_IN_ORDER = "saying_goodbye_or_putting_affairs_in_order"
    SAID_THOUGHTS_OF_SUICIDE = "said_thoughts_of_suicide"
    HURT_THEMSELVES = "hurt_themselves"
    UNSAFE_RIGHT_NOW = "unsafe_right_now"
    TOLD_ME_SOMETHING_HAPPENED = "told_me_something_happened"
    JUST_A_FEELING = "just_a_feeling"
    OTHER = "other"


RED_FLAG_SIGNS: frozenset[Sign] = frozenset(
    {
        Sign.SAID_THOUGHTS_OF_SUICIDE,
        Sign.HURT_THEMSELVES,
        Sign.UNSAFE_RIGHT_NOW,
        Sign.SAYING_GOODBYE_OR_PUTTING_AFFAIRS_IN_ORDER,
        Sign.SOUNDS_HOPELESS_OR_TRAPPED,
    }
)


class ConcernType(StrEnum):
    """What the worry is about: a context, not a condition."""

    GENERAL_WELLBEING = "general_wellbeing"
    ISOLATION = "isolation"
    PLACEMENT_ISOLATION = "placement_isolation"
    STUDY_PRESSURE_OR_EXAMS = "study_pressure_or_exams"
    PLACEMENT_WORKLOAD_OR_HOURS = "placement_workload_or_hours"
    DISTRESSING_CLINICAL_EVENT = "distressing_clinical_event"
    GRIEF_OR_LOSS = "grief_or_loss"
    RELATIONSHIPS_OR_FAMILY = "relationships_or_family"
    MONEY_OR_HOUSING = "money_or_housing"
    BULLYING_DISCRIMINATION_OR_RACISM = "bullying_discrimination_or_racism"
    SEXUAL_OR_GENDER_BASED_HARM = "sexual_or_gender_based_harm"
    ALCOHOL_OR_OTHER_DRUGS = "alcohol_or_other_drugs"
    SAFETY_OF_THE_PERSON = "safety_of_the_person"
    SAFETY_OF_OTHERS = "safety_of_others"
    WORRY_ABOUT_CAREER_OR_DISCLOSURE = "worry_about_career_or_disclosure"
    NOT_SURE = "not_sure"


class Priority(StrEnum):
    """How soon a person should answer. People set it; it says nothing about how ill anybody is."""

    NOW = "now"
    TODAY = "today"
    SOON = "soon"
    WHEN_YOU_CAN = "when_you_can"


class AboutWhom(StrEnum):
    SOMEONE_ELSE = "someone_else"
    ME = "me"
    PREFER_NOT_TO_SAY = "prefer_not_to_say"


class AboutRole(StrEnum):
    """Which part the person has at the school. `not_sure` goes to readers outside it (journey J14)."""

    STUDENT = "student"
    PROGRAM_PERSON = "program_person"
    STAFF = "staff"
    NOT_SURE = "not_sure"


class Relationship(StrEnum):
    FRIEND = "friend"
    SAME_GROUP_OR_CLASS = "same_group_or_class"
    SAME_PLACEMENT = "same_placement"
    HOUSEMATE = "housemate"
    PARTNER_OR_FAMILY = "partner_or_family"
    BARELY_KNOW_THEM = "barely_know_them"
    PEER_SUPPORTER = "peer_supporter"
    STAFF = "staff"
    PREFER_NOT_TO_SAY = "prefer_not_to_say"


class Wants(StrEnum):
    """What the reporter asks for. `advice_only` is the default: nothing about the peer moves (STUDY I04)."""

    ADVICE_ONLY = "advice_only"
    OFFER_OF_SUPPORT_TO_PEER = "offer_of_support_to_peer"
    HELP_CONNECTING_TO_A_SERVICE = "help_connecting_to_a_service"
    HELP_FOR_ME_TOO = "help_for_me_too"
    JUST_LETTING_YOU_KNOW = "just_letting_you_know"
    NOT_SURE = "not_sure"


class PeerKnows(StrEnum):
    KNOWS_AND_AGREES = "knows_and_agrees"
    KNOWS_AND_DOES_NOT_WANT_IT = "knows_and_does_not_want_it"
    DOES_NOT_KNOW = "does_not_know"
    NOT_SURE = "not_sure"


class HelpSoFar(StrEnum):
    SENT_A_MESSAGE = "sent_a_message"
    TALKED_IN_PERSON = "talked_in_person"
    SPENT_TIME_TOGETHER = "spent_time_together"
    MADE_AN_ACTION_PLAN = "made_an_action_plan"
    SUGGESTED_A_SERVICE = "suggested_a_service"
    WENT_WITH_THEM = "went_with_them"
    ASKED_DIRECTLY_ABOUT_SAFETY = "asked_directly_about_safety"
    WAS_TURNED_DOWN = "was_turned_down"
    NOTHING_YET = "nothing_yet"


class WhenNoticed(StrEnum):
    """Days, never times: a time can show who was there."""

    TODAY = "today"
    PAST_WEEK = "past_week"
    PAST_MONTH = "past_month"
    LONGER = "longer"
    NOT_SURE = "not_sure"


class Certainty(StrEnum):
    SURE = "sure"
    FAIRLY_SURE = "fairly_sure"
    JUST_A_FEELING = "just_a_feeling"


PRIORITY_RANK: dict[Priority, int] = {priority: rank for rank, priority in enumerate(Priority)}


def priority_rank(priority: Priority) -> int:
    """0 for `now`, rising with the time that a person may take to answer: sort by it, ascending."""
    return PRIORITY_RANK[priority]


def priority_of_rank(rank: int) -> Priority:
    """The priority that has this rank."""
    return next(priority for priority, each in PRIORITY_RANK.items() if each == rank)


def has_red_flag(signs: Collection[Sign]) -> bool:
    """Whether any sign asks for help at once, whatever else was said."""
    return not RED_FLAG_SIGNS.isdisjoint(signs)


def is_urgent(signs: Collection[Sign], priority: Priority) -> bool:
    """Whether the answer begins with emergency help: a red-flag sign, or the reporter says `now` (journey J2)."""
    return priority == Priority.NOW or has_red_flag(signs)


def clock_priority(signs: Collection[Sign], priority: Priority) -> Priority:
    """The clock that an answer runs on. A red-flag sign means `now`; nothing here ever lowers what was stated."""
    return Priority.NOW if has_red_flag(signs) else priority
