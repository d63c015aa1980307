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
