"""The way into the programme: criteria, attestations, and what comes of an application (domain T07, 5)."""

from __future__ import annotations

from enum import StrEnum


class Criterion(StrEnum):
    """By what somebody is chosen (STUDY T07). `ready_and_supported_now` asks how it is now, never what was."""

    EXPERIENCE_AND_TRAINING = "experience_and_training"
    ACCESSIBLE_AND_ABLE_TO_CONTRIBUTE = "accessible_and_able_to_contribute"
    READY_AND_SUPPORTED_NOW = "ready_and_supported_now"
    STUDY_ON_TRACK = "study_on_track"


class SupportINeed(StrEnum):
    """Whether somebody has the support that they themselves need now. None of these is a no to them."""

    YES = "yes"
    NOT_NOW = "not_now"
    WANT_TO_TALK = "want_to_talk"


class StudyOnTrack(StrEnum):
    """Who says that their study is on track: never a mark."""

    BY_STUDENT = "attested_by_student"
    BY_SCHOOL = "attested_by_school"
    NOT_YET = "not_yet"


class InterestState(StrEnum):
    """Of an expression of interest. One that is closed or taken back is no longer there."""

    WAITING = "waiting"
    INVITED = "invited"


class ApplicationState(StrEnum):
    """`later`: not now, and nobody has said no. One that was withdrawn is no longer there."""

    WAITING = "waiting"
    LATER = "later"
    ACCEPTED = "accepted"
    NOT_PROCEEDING = "not_proceeding"


class SelectionDecision(StrEnum):
    """What a coordinator says to an application. `wait` is no no."""

    ACCEPT = "accept"
    NOT_PROCEEDING = "not_proceeding"
    WAIT = "wait"


class AppealState(StrEnum):
    """`changed`: the decision was put right. Either of the two ends it."""

    WAITING = "waiting"
    STANDS = "stands"
    CHANGED = "changed"


class ApplicationAppealDecision(StrEnum):
    """What the other person says."""

    STANDS = "stands"
    CHANGED = "changed"


class BindingText(StrEnum):
    """What a supporter says yes to before they are active."""

    AGREEMENT = "agreement"
    ROLE_CARD = "role_card"


class Owed(StrEnum):
    """What stands between somebody in training and being active."""

    AGREEMENT = "agreement"
    ROLE_CARD = "role_card"
    TRAINING = "training"
