"""What a wave cannot tell because of how it is made; and what no item may ask (STUDY B10, D16, D19; domain, 3.6)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from app.evaluation.design import Asked, Design, warnings
from app.evaluation.item_words import asks_about_ending_life, names_one_of
from app.evaluation.pack import load_evaluation
from app.vocabulary.evaluation import Direction, Domain, Population

FEBRUARY = dt.date(2027, 2, 1)
EVERYBODY = tuple(Population)


def a_design(
    *asked: Population, directions: tuple[Direction, ...] = tuple(Direction), invited: int = 60, **other: Any
) -> Design:
    """Each of them is asked one item in each direction, about trust."""
    items = [
        Asked(f"{other.get('name', 'item')}-{direction}", frozenset(asked), direction, Domain.TRUST_IN_PROGRAM)
        for direction in directions
    ]
    return Design(dict.fromkeys(asked, invited), items, other.get("closes_on", dt.date(2027, 3, 14)))


BEFORE = a_design(*EVERYBODY, closes_on=dt.date(2027, 1, 10))


def told(design: Design, *earlier: Design, programme: bool = True, began: dt.date | None = FEBRUARY) -> set[str]:
    found = warnings(design, earlier=earlier, program_started_on=began, programme=programme, k=10)
    return {each.code if each.population is None else f"{each.code} {each.population}" for each in found}


def test_a_whole_design_that_was_asked_before_the_program_began_is_warned_of_nothing() -> None:
    assert told(a_design(*EVERYBODY), BEFORE) == set()


@pytest.mark.parametrize(
    ("without", "expected"),
    [
        ({Population.RECEIVED_SUPPORT}, {"one_party"}),
        ({Population.PROVIDED_SUPPORT}, {"one_party"}),
        ({Population.GENERAL_COHORT}, {"no_general_cohort"}),
        ({Population.STAFF}, {"no_staff"}),
        (
            {Population.GENERAL_COHORT, Population.STAFF, Population.DID_NOT_USE},
            {"no_general_cohort", "no_staff", "only_voluntary"},
        ),
    ],
)
def test_whoever_is_left_out_is_said(without: set[Population], expected: set[str]) -> None:
    asked = [each for each in Population if each not in without]
    assert told(a_design(*asked), BEFORE) == expected


@pytest.mark.parametrize("one", list(Direction))
def test_one_direction_is_said_of_the_whole_and_of_each_of_its_people(one: Direction) -> None:
    alike = a_design(*EVERYBODY, directions=(one,), closes_on=dt.date(2027, 1, 10))
    found = told(a_design(*EVERYBODY, directions=(one,)), alike)
    assert found == {"one_direction", *(f"population_in_one_direction {each}" for each in Population)}


def test_staff_alone_in_one_direction_are_said_where_the_others_are_asked_in_both() -> None:
    whole = a_design(*EVERYBODY)
    others = frozenset(EVERYBODY) - {Population.STAFF}
    harm = Asked("item-unintended", others, Direction.UNINTENDED, Domain.TRUST_IN_PROGRAM)
    lacking = Design(whole.invited, [whole.items[0], harm], whole.closes_on)
    assert told(lacking, lacking, began=None) == {"population_in_one_direction staff"}


def test_without_a_wave_before_the_program_there_is_no_baseline_however_long_the_series() -> None:
    later = a_design(*EVERYBODY, closes_on=dt.date(2027, 2, 2))
    assert told(a_design(*EVERYBODY), later, later) == {"no_baseline"}
    assert told(a_design(*EVERYBODY), later, BEFORE) == set()
    assert told(a_design(*EVERYBODY)) == {"no_baseline", "asked_once"}
    assert told(a_design(*EVERYBODY), began=None) == {"asked_once"}


def test_other_questions_than_the_wave_before_and_too_few_people_are_said_of_whom_they_are_about() -> None:
    other = a_design(*EVERYBODY, name="other", closes_on=dt.date(2027, 1, 10))
    assert told(a_design(*EVERYBODY), other) == {f"design_changed {each}" for each in Population}
    assert told(a_design(*EVERYBODY, invited=9), BEFORE) == {f"too_few_invited {each}" for each in Population}
    assert told(a_design(*EVERYBODY, invited=10), BEFORE) == set()


def test_a_school_without_a_programme_has_no_two_sides_to_leave_one_out_of() -> None:
    students = a_design(Population.GENERAL_COHORT, Population.STAFF)
    assert "one_party" in told(students, students, began=None)
    assert told(students, students, programme=False, began=None) == set()


def test_what_is_not_about_trust_is_said_not_to_be() -> None:
    items = [Asked(f"one-{each}", frozenset(EVERYBODY), each, Domain.STUDY_AFFECTED) for each in Direction]
    untrusting = Design(dict.fromkeys(EVERYBODY, 60), items, dt.date(2027, 3, 14))
    assert told(untrusting, untrusting, began=None) == {"trust_not_asked"}


@pytest.mark.parametrize(
    "text",
    [
        "In the last month, how often have you thought about suicide?",
        "I had suicidal thoughts.",
        "Have you hurt yourself on purpose?",
        "Self-harm is common among my friends.",
        "thoughts of self harm",
        "Thoughts that you would be better off dead",
        "How often did you wish you were dead?",
        "I wanted to die",
        "I have thought of ending my life.",
        "I've thought of ending it all",
        "Life isn't worth living",
        "I wish I had never been born",
        "SELBSTMORD",
        "ideas of su\u00efcide",
    ],
)
def test_no_item_may_ask_about_suicide_or_self_harm(text: str) -> None:
    assert asks_about_ending_life(text)


@pytest.mark.parametrize(
    "text",
    [
        "How often did you feel so low that nothing could cheer you up?",
        "I felt worthless.",
        "I felt hopeless about the exam.",
        "After a night shift I am dead tired.",
        "Caring for others has hurt my study.",
        "It took time out of my life.",
        "I would rather talk to a friend.",
        "The deadline worried me.",
    ],
)
def test_what_only_sounds_like_it_may_be_asked(text: str) -> None:
    assert not asks_about_ending_life(text)


def test_what_is_forbidden_is_known_by_its_names_and_nothing_else_is() -> None:
    names = [name for each in load_evaluation().refused for name in each.names]
    for text in ("PHQ-9", "phq9", "Maslach Burnout Inventory", "MBI-HSS", "GAD-7", "gad7", "DASS-21", "dass 42"):
        assert names_one_of(text, names), text
    for text in ("Copenhagen Burnout Inventory", "K6", "Combine 7", "Nomad 7", "WHO-5", "Dassie"):
        assert not names_one_of(text, names), text
