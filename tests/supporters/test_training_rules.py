"""Until when a training holds, as values (T09)."""

from __future__ import annotations

import datetime as dt

import pytest

from app.supporters.training_rules import Had, earliest, missing, notice_of, valid_until
from app.vocabulary.training import TrainingKind as Kind
from app.vocabulary.training import TrainingNotice, TrainingPart

TODAY = dt.date(2027, 3, 10)


def day(days: int) -> dt.date:
    return TODAY + dt.timedelta(days=days)


def had(kind: Kind, days: int, *, asked: bool = False) -> Had:
    return Had(kind, day(days), asked)


@pytest.mark.parametrize(
    ("records", "until", "lacks"),
    [
        ([], None, ["exercises"]),
        ([had(Kind.WORKSHOP, 90)], None, ["exercises"]),
        ([had(Kind.EXERCISES, 0)], 0, []),
        ([had(Kind.EXERCISES, -1)], -1, ["exercises"]),
        ([had(Kind.EXERCISES, 90, asked=True)], None, ["in_person"]),
        ([had(Kind.EXERCISES, 90, asked=True), had(Kind.ROLE_PLAY, 40)], 40, []),
        ([had(Kind.EXERCISES, 40, asked=True), had(Kind.ROLE_PLAY, 90), had(Kind.WORKSHOP, 20)], 40, []),
        ([had(Kind.EXERCISES, 90, asked=True), had(Kind.ROLE_PLAY, -1)], -1, ["in_person"]),
        # What was passed before the school asked for more is as good as it was.
        ([had(Kind.EXERCISES, 30), had(Kind.EXERCISES, 90, asked=True)], 30, []),
        ([had(Kind.BROUGHT_OVER, 60), had(Kind.EXERCISES, 30)], 60, []),
    ],
)
def test_a_module_holds_by_its_records(records: list[Had], until: int | None, lacks: list[str]) -> None:
    assert valid_until(records) == (None if until is None else day(until))
    assert missing(records, today=TODAY, asks_in_person=False) == [TrainingPart(each) for each in lacks]


def test_a_school_that_asks_for_more_says_so_before_anybody_begins() -> None:
    assert missing([], today=TODAY, asks_in_person=True) == [TrainingPart.EXERCISES, TrainingPart.IN_PERSON]


def test_the_first_module_to_end_ends_it_and_one_alone_is_none() -> None:
    assert earliest([day(3), day(5)]) == day(3)
    assert earliest([day(3), None]) is None


@pytest.mark.parametrize(
    ("days", "notice"), [(29, None), (28, "days_28"), (8, "days_28"), (7, "days_7"), (0, "days_7"), (-1, "overdue")]
)
def test_the_nearest_notice_is_the_one_that_is_given(days: int, notice: str | None) -> None:
    assert notice_of(day(days), today=TODAY) == (None if notice is None else TrainingNotice(notice))
