"""Succession: what follows whoever goes, and what makes a programme end with them (STUDY D09, T11)."""

from __future__ import annotations

from enum import StrEnum


class PlanState(StrEnum):
    OPEN = "open"
    DONE = "done"


class RiskReason(StrEnum):
    """Why a programme may end with whoever goes next. `term`: the next one, or half of a year where none is set."""

    TOO_FEW_NOW = "too_few_now"
    TOO_FEW_AFTER_TERM = "too_few_after_term"
    LAST_SUPPORTER_ENDS = "last_supporter_ends"
    LAST_SPONSOR_ENDS = "last_sponsor_ends"
    NO_SPONSOR = "no_sponsor"


class SuggestionState(StrEnum):
    """`answered`: in general, in public. Nobody can be answered who said it."""

    NEW = "new"
    READ = "read"
    ANSWERED = "answered"
