"""Gaps as rows through long random stories: found, told once for each nearness and on time, covered or passed."""

from __future__ import annotations

import random
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hours import at, hour_of
from small_school import SmallSchool
from sqlmodel import select

from app.core import clock
from app.models import CoverageGap, Event, WorkItem
from app.rosters import gaps
from tests.support.thorough import some_of

NEAR = {"days_28": 28 * 24, "days_14": 14 * 24, "days_7": 7 * 24, "days_2": 48, "live": 0}
NEARNESS = list(NEAR)
HORIZON = 90 * 24


@pytest.fixture
def school(migrated_sqlite: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallSchool]:
    file = tmp_path / "peerline.sqlite3"
    shutil.copy(migrated_sqlite, file)
    small = SmallSchool(file)
    monkeypatch.setattr(clock, "now", small.now)
    small.begin()
    yield small
    small.close()


def told(events: list[Event]) -> list[tuple[str, str]]:
    """Which gap, and how near; of the same time, the nearest last."""
    found = [
        (event.occurred_at, nearness(event.data.get("notice", "live")), event.data["gap_id"])
        for event in events
        if event.type in ("coverage.gap_upcoming", "coverage.gap_live")
    ]
    return [(gap_id, NEARNESS[near]) for _, near, gap_id in sorted(found)]


def nearness(notice: str | None) -> int:
    return -1 if notice is None else NEARNESS.index(notice)


def do_something(school: SmallSchool, chance: random.Random) -> None:
    now, ahead = school.hour, school.hour + chance.choice([0, 1, 30, 24 * 7, 24 * 20, 24 * 50])
    end = ahead + chance.choice([1, 5, 24, 60])
    person = chance.choice(school.people)
    match chance.randrange(9):
        case 0 | 1:
            school.override(chance.choice([None, None, person]), ahead, end)
        case 2:
            if school.model.overrides:
                school.take_back(chance.choice(list(school.model.overrides)))
        case 3:
            school.version(tuple(chance.sample(school.people, chance.choice([1, 2, 3]))), ahead)
        case 4:
            school.absent(person, ahead, end)
        case 5:
            school.contact(person, works=person in school.model.unreachable)
        case 6:
            open_now = school.gaps()
            if open_now:
                gap = chance.choice(open_now)
                school.external(gap.id, None if gap.external_entry_id else "au-lifeline")
        case _:
            school.pass_hours(chance.choice([1, 5, 24, 100]))
    assert school.hour >= now
    school.look()


def components(
    rows: list[CoverageGap], runs: list[tuple[int, int, str]], now: int
) -> list[tuple[list[CoverageGap], list[int]]]:
    """Earlier rows and later gaps that overlap, directly or by way of others."""
    spans = [(max(hour_of(row.starts_at), now), hour_of(row.ends_at), row) for row in rows]
    everything = sorted(
        [(start, end, row, None) for start, end, row in spans if start < end]
        + [(start, end, None, n) for n, (start, end, _) in enumerate(runs)],
        key=lambda each: each[:2],
    )
    parts: list[tuple[list[CoverageGap], list[int]]] = []
    reach = -1
    for start, end, row, number in everything:
        if start >= reach:
            parts.append(([], []))
        reach = max(reach, end)
        if row is not None:
            parts[-1][0].append(row)
        else:
            parts[-1][1].append(number)
    return parts


class Watch:
    """What has to hold after each step."""

    def __init__(self, school: SmallSchool) -> None:
        self.school = school
        self.rows = school.gaps()
        self.told: list[tuple[str, str]] = []
        self.seen: set[uuid.UUID] = set()

    def look(self) -> None:
        school = self.school
        rows, events = school.gaps(), school.events()
        runs = school.model.runs(school.hour, school.hour + HORIZON)
        self._rows_are_the_gaps(rows, runs)
        self._rows_stay(rows, runs)
        self._told_once_and_in_time(rows, events)
        self._somebody_comes_again(rows)
        for row in school.gaps(open_only=False):
            assert (row.closed_at is None) == (row.state == "open")
            if row.state == "passed":
                assert row.ends_at <= row.closed_at
        self.rows = rows
        self.seen |= {row.id for row in rows}

    def _rows_are_the_gaps(self, rows: list[CoverageGap], runs: list[tuple[int, int, str]]) -> None:
        now = self.school.hour
        assert [(hour_of(row.ends_at), str(row.cause)) for row in rows] == [(end, cause) for _, end, cause in runs]
        for row, (start, _, _) in zip(rows, runs, strict=True):
            assert hour_of(row.starts_at) == start or (start == now and hour_of(row.starts_at) < now)

    def _rows_stay(self, rows: list[CoverageGap], runs: list[tuple[int, int, str]]) -> None:
        """Each gap keeps its row; of one that is cut in two, each part knows what was told of the whole."""
        for before, numbers in components(self.rows, runs, self.school.hour):
            after = [rows[number] for number in numbers]
            kept = {row.id for row in before} & {row.id for row in after}
            put_off = all(self._put_off(old, new) for old in before for new in after)
            assert kept or put_off or not (before and after)
            if len(before) == 1:
                for row in after:
                    own = self._nearest(row)
                    assert nearness(row.notice) >= min(nearness(before[0].notice), nearness(own))

    def _nearest(self, row: CoverageGap) -> str | None:
        left = hour_of(row.starts_at) - self.school.hour
        return ([None] + [notice for notice in NEARNESS if left <= NEAR[notice]])[-1]

    def _put_off(self, old: CoverageGap, new: CoverageGap) -> bool:
        """What had begun is over and goes on later, or is further away than was told: another gap."""
        begun = hour_of(old.starts_at) < self.school.hour < hour_of(new.starts_at)
        return begun or nearness(old.notice) > nearness(self._nearest(new))

    def _told_once_and_in_time(self, rows: list[CoverageGap], events: list[Event]) -> None:
        now, notices = self.school.hour, told(events)
        assert len(notices) == len(set(notices))
        for gap_id in {each for each, _ in notices}:
            levels = [nearness(notice) for each, notice in notices if each == gap_id]
            assert levels == sorted(levels)
        for row in rows:
            due = [notice for notice in NEARNESS if hour_of(row.starts_at) - now <= NEAR[notice]]
            if row.external_entry_id is None and due:
                assert nearness(row.notice) >= nearness(due[-1]), "somebody must have been told by now"
        silent = {str(row.id) for row in rows if row.external_entry_id is not None}
        assert not silent & {gap_id for gap_id, _ in set(notices) - set(self.told)}
        self.told = notices

    def _somebody_comes_again(self, rows: list[CoverageGap]) -> None:
        school = self.school
        items = school.db.read_now(
            lambda session: session.exec(
                select(WorkItem.due_at).where(WorkItem.kind == gaps.LOOK, WorkItem.dead == False)  # noqa: E712
            ).all()
        )
        thresholds = [
            threshold
            for row in rows
            if row.external_entry_id is None
            for notice in NEARNESS[nearness(row.notice) + 1 :]
            if (threshold := hour_of(row.starts_at) - NEAR[notice]) > school.hour
        ]
        if thresholds:
            assert min(items) <= at(min(thresholds))


@pytest.mark.parametrize("seed", range(some_of(6)))
def test_gaps_through_a_long_story(school: SmallSchool, seed: int) -> None:
    chance, watch = random.Random(seed), Watch(school)
    for _ in range(30):
        do_something(school, chance)
        watch.look()
        if chance.random() < 0.3:
            before = [(row.id, row.version) for row in school.gaps()], len(school.events())
            school.look()
            assert ([(row.id, row.version) for row in school.gaps()], len(school.events())) == before


def only(school: SmallSchool) -> CoverageGap:
    (row,) = school.gaps()
    return row


def test_each_nearness_is_told_at_its_hour(school: SmallSchool) -> None:
    school.override(None, 24 * 40, 24 * 41)
    school.pass_hours(24 * 42)
    events = [(hour_of(event.occurred_at.replace(second=0)), event.type, event.data) for event in school.events()]
    assert [(hour, data.get("notice"), data.get("state")) for hour, _, data in events] == [
        (24 * 12, "days_28", None),
        (24 * 26, "days_14", None),
        (24 * 33, "days_7", None),
        (24 * 38, "days_2", None),
        (24 * 40, None, None),
        (24 * 41, None, "passed"),
    ]


def test_a_gap_that_is_found_late_is_told_once_as_near_as_it_is(school: SmallSchool) -> None:
    school.override(None, 24 * 5, 24 * 6)
    assert told(school.events()) == [(str(only(school).id), "days_7")]


def test_nobody_is_told_where_a_service_stands_in(school: SmallSchool) -> None:
    school.override(None, 24 * 60, 24 * 61)
    school.external(only(school).id, "au-lifeline")
    school.pass_hours(24 * 61)
    assert told(school.events()) == []


def test_gaps_that_become_one_are_not_told_of_as_covered(school: SmallSchool) -> None:
    """There is still nobody: the end of a gap is news only when it has ended."""
    first = school.override(None, 24 * 5, 24 * 5 + 5)
    school.override(None, 24 * 5 + 6, 24 * 6)
    assert first is not None
    before = told(school.events())
    school.override(None, 24 * 5, 24 * 6)
    only(school)
    assert [event.type for event in school.events() if event.type == "coverage.gap_closed"] == []
    assert told(school.events()) == before


def test_a_live_gap_that_joins_a_longer_one_is_not_told_of_again(school: SmallSchool) -> None:
    school.override(None, 0, 10)
    school.override(None, 20, 100)
    assert sorted(notice for _, notice in told(school.events())) == ["days_2", "live"]
    school.pass_hours(5)
    school.override(None, 5, 25)
    assert sorted(notice for _, notice in told(school.events())) == ["days_2", "live"]


def test_a_contact_that_works_every_other_time_is_news_each_time(school: SmallSchool) -> None:
    """Whoever was told that it works again must hear that it does not."""
    person = school.people[0]
    school.contact(person, works=False)
    first = school.gaps()[0].id
    school.pass_hours(1)
    school.contact(person, works=True)
    school.pass_hours(1)
    school.contact(person, works=False)
    again = school.gaps()[0].id
    assert again != first
    assert {gap for gap, notice in told(school.events()) if notice == "live"} == {str(first), str(again)}


def test_a_gap_ahead_that_comes_back_is_another(school: SmallSchool) -> None:
    """Whoever was told that it is covered must hear that it is not."""
    taken = school.override(None, 24 * 5, 24 * 6)
    row = only(school).id
    assert taken is not None
    school.take_back(taken)
    assert school.gaps() == []
    school.override(None, 24 * 5, 24 * 6)
    assert [gap for gap, _ in told(school.events())] == [str(row), str(only(school).id)]


def test_a_gap_that_is_put_off_is_told_when_it_begins(school: SmallSchool) -> None:
    """Whoever was told of it hours ago, and that somebody stands in, must hear when there is nobody again."""
    school.override(None, 0, 24 * 4)
    school.override(school.people[2], 0, 24 * 3)
    school.pass_hours(24 * 3)
    live = [event for event in school.events() if event.type == "coverage.gap_live"]
    assert [hour_of(event.occurred_at.replace(second=0)) for event in live] == [0, 24 * 3]


def test_a_gap_that_is_cut_in_two_is_not_told_of_again(school: SmallSchool) -> None:
    school.override(None, 24 * 5, 24 * 7)
    whole = only(school).id
    before = told(school.events())
    school.override(school.people[2], 24 * 5 + 20, 24 * 6)
    parts = school.gaps()
    assert len(parts) == 2
    assert whole in {row.id for row in parts}
    assert told(school.events()) == before
    assert {str(row.notice) for row in parts} == {"days_7"}


def test_ids_of_gaps_are_those_of_rows(school: SmallSchool) -> None:
    school.override(None, 24, 48)
    assert {uuid.UUID(gap) for gap, _ in told(school.events())} == {only(school).id}
