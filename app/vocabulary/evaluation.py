"""Evaluation: who is asked, about what, and what may become of it (domain, 3.6 and 5)."""

from __future__ import annotations

from enum import StrEnum


class Population(StrEnum):
    """Whom a wave asks. Each is counted by itself and shown beside the others, never added to them (STUDY D16)."""

    RECEIVED_SUPPORT = "received_support"
    PROVIDED_SUPPORT = "provided_support"
    REPORTED_A_CONCERN = "reported_a_concern"
    GENERAL_COHORT = "general_cohort"
    STAFF = "staff"
    DID_NOT_USE = "did_not_use"


# Those that support happens between (STUDY D19).
PARTIES = (Population.RECEIVED_SUPPORT, Population.PROVIDED_SUPPORT)
# Those that took part by their own wish: what they think is not what everybody thinks (STUDY B10).
VOLUNTARY = (*PARTIES, Population.REPORTED_A_CONCERN)


class Direction(StrEnum):
    """Whether an item looks for what is hoped for, or for harm (STUDY D19)."""

    INTENDED = "intended"
    UNINTENDED = "unintended"


class Domain(StrEnum):
    """What an item is about."""

    FELT_LESS_ALONE = "felt_less_alone"
    KNEW_WHERE_TO_GO = "knew_where_to_go"
    FOUND_HELP_SOONER = "found_help_sooner"
    CONFIDENCE_TO_HELP = "confidence_to_help"
    SENSE_OF_COLLEGIALITY = "sense_of_collegiality"
    FELT_EXPOSED = "felt_exposed"
    WORRIED_WHO_WOULD_KNOW = "worried_who_would_know"
    RELATIONSHIP_CHANGED = "relationship_changed"
    STUDY_AFFECTED = "study_affected"
    IMPACT_OF_CARING = "impact_of_caring"
    WORRY_ABOUT_CAREER = "worry_about_career"
    TRUST_IN_PROGRAM = "trust_in_program"
    TRUST_IN_SCHOOL = "trust_in_school"


class WaveState(StrEnum):
    """Only forward. A wave that is open is not changed any more, one that is closed takes no answers."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"


class InstrumentOrigin(StrEnum):
    """Whose the words of an instrument are that are held here: of the product, of the school, or of nobody: facts."""

    SHIPPED = "shipped"
    SCHOOL = "school"
    FACTS_ONLY = "facts_only"


class DesignWarning(StrEnum):
    """What a wave cannot tell because of how it is made. It is said, and stops nobody."""

    ONE_PARTY = "one_party"
    ONE_DIRECTION = "one_direction"
    POPULATION_IN_ONE_DIRECTION = "population_in_one_direction"
    NO_GENERAL_COHORT = "no_general_cohort"
    NO_STAFF = "no_staff"
    ONLY_VOLUNTARY = "only_voluntary"
    NO_BASELINE = "no_baseline"
    ASKED_ONCE = "asked_once"
    DESIGN_CHANGED = "design_changed"
    TOO_FEW_INVITED = "too_few_invited"
    TRUST_NOT_ASKED = "trust_not_asked"


class Withheld(StrEnum):
    """Why there is no figure. `not_closed`: one that grows by one says that somebody has just answered."""

    NOT_CLOSED = "not_closed"
    BELOW_RESPONSE_THRESHOLD = "below_response_threshold"
    SMALL = "small"
    COMPLEMENTARY = "complementary"
