"""Supporters: where somebody stands in the programme, and what they may say of a pause (domain, 5)."""

from __future__ import annotations

from enum import StrEnum


class SupporterStatus(StrEnum):
    """`paused` is no stored state: whoever pauses stays what they were (supporters/standing.py)."""

    INTERESTED = "interested"
    IN_SELECTION = "in_selection"
    IN_TRAINING = "in_training"
    ACTIVE = "active"
    PAUSED = "paused"
    STEPPING_DOWN = "stepping_down"
    ALUMNI = "alumni"
    NOT_PROCEEDING = "not_proceeding"


# Whom a contact or a shift may be given to, if nothing else is in the way.
SERVES = (SupporterStatus.ACTIVE, SupporterStatus.STEPPING_DOWN)
# Whoever is one of these is of the programme: they sign in as supporters, train, and ask for advice.
OF_THE_PROGRAMME = (SupporterStatus.IN_TRAINING, *SERVES)


class YearBand(StrEnum):
    """How far along somebody is in their degree, as coarse as a peer needs to choose by (STUDY D06)."""

    EARLIER_YEARS = "earlier_years"
    MIDDLE_YEARS = "middle_years"
    FINAL_YEARS = "final_years"
    NOT_SAID = "not_said"


class PauseReason(StrEnum):
    """Why somebody pauses, if they say so (domain, 5)."""

    STUDY_OR_EXAMS = "study_or_exams"
    OWN_WELLBEING = "own_wellbeing"
    PLACEMENT = "placement"
    WORKLOAD = "workload"
    PERSONAL = "personal"
    PREFER_NOT_TO_SAY = "prefer_not_to_say"
    PROGRAM_ASKED = "program_asked"


class AppealDecision(StrEnum):
    """What a sponsor says to a pause that the programme asked for."""

    KEPT = "kept"
    ENDED = "ended"


class DebriefState(StrEnum):
    """`lapsed`: nobody answered, and nobody asks why."""

    OFFERED = "offered"
    TAKEN = "taken"
    DECLINED = "declined"
    LAPSED = "lapsed"


class LookedAfter(StrEnum):
    """Who sees to a contact whose supporter cannot go on. `nobody_on_call`: its handler is told, and the helplines of
    the school are what there is meanwhile."""

    GIVEN_BACK = "given_back"
    HANDLER_TOLD = "handler_told"
    ON_CALL_ASKED = "on_call_asked"
    NOBODY_ON_CALL = "nobody_on_call"
