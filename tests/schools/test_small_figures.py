"""Figures that are about people whom others know, and figures that are not (schools/small_figures.py)."""

from __future__ import annotations

import pytest

from app.schools.small_figures import has_small_figure

OF_PEOPLE = [
    "In year 4, 3 students are Aboriginal.",
    "At site 3 students come from Tonga",
    "In year 2, two are from Tonga",
    "Term 2: 4 carers",
    "5 of the regions students",
    "two state school leavers",
    "2 region-born students",
    "² students",
    "a couple of students",
    "half a dozen students",
    "The only student from Tonga",
    "One Tongan",
]
OF_NOBODY = [
    "Students in years 3 and 4 live near the hospital.",
    "Year 4 students come from everywhere.",
    "A 5-year degree for students who come from school.",
    "Two of our hospitals take students from elsewhere.",
    "3 sites where students live together",
    "between 400 and 450",
    "Terms 1 and 2, and six weeks of placement",
]


@pytest.mark.parametrize("text", OF_PEOPLE)
def test_it_counts_people(text: str) -> None:
    assert has_small_figure(text)


@pytest.mark.parametrize("text", OF_NOBODY)
def test_it_counts_no_people(text: str) -> None:
    assert not has_small_figure(text)
