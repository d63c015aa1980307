"""Who is on call: gaps, absences, and shifts that change hands."""

from __future__ import annotations

from enum import StrEnum


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
