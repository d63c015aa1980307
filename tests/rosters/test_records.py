"""The past is a record: what was on call at each hour stays, whatever is edited, arranged or left afterwards."""

from __future__ import annotations

import datetime as dt
import random
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hours import HOUR, at
from small_school import SmallSchool
from sqlmodel import col, select

from app.core import clock
from app.models import Roster, RosterRecord
from app.rosters import duty, records
from app.rosters import service as rosters
from app.rosters.definition import Rendering


@pytest.fixture
def school(migrated_sqlite: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallSchool]:
    file = tmp_path / "peerline.sqlite3"
    shutil.copy(migrated_sqlite, file)
    small = SmallSchool(file)
    monkeypatch.setattr(clock, "now", small.now)
    small.begin()
    yield small
    small.close()


def shifts(school: SmallSchool, start: int, end: int) -> list[tuple[str, ...]]:
    """What GET shifts says of each hour."""
    out = school.db.read_now(
        lambda session: rosters.shifts(session, school.actor, school.roster_id, start=at(start), end=at(end))
    )
    assert [(gap.start, gap.end) for gap in out.gaps] == [(s.start, s.end) for s in out.segments if not s.on_call]
    return [tuple(each.on_call) for each in out.segments for _ in range((each.end - each.start) // HOUR)]


def rendered(school: SmallSchool, start: int, end: int) -> Rendering:
    def render(session: Any) -> Rendering:
        roster = duty.of(session.get_one(Roster, school.roster_id))
        return records.rendered(session, roster, start=at(start), end=at(end))

    return school.db.read_now(render)


def hours_of(rendering: Rendering) -> list[object]:
    return [
        (each.on_call, each.turns, each.override_id, each.away)
        for each in rendering.stretches
        for _ in range((each.end - each.start) // HOUR)
    ]


def rows(school: SmallSchool) -> list[tuple[Any, ...]]:
    statement = select(RosterRecord).order_by(col(RosterRecord.starts_at))
    found = school.db.read_now(lambda session: session.exec(statement).all())
    return [(row.starts_at, row.ends_at, row.on_call, row.turns, row.override_id, row.away, row.id) for row in found]


def recorded_until(school: SmallSchool) -> dt.datetime:
    return school.db.read_now(lambda session: session.get_one(Roster, school.roster_id).recorded_until)


def do_something(school: SmallSchool, chance: random.Random) -> None:
    ahead = school.hour + chance.choice([0, 0, 1, 10, 24 * 4])
    end = ahead + chance.choice([1, 5, 24, 60])
    person = chance.choice(school.people)
    staying = [each for each in school.people if each not in school.model.left]
    match chance.randrange(10):
        case 0:
            school.override(chance.choice([None, *staying]), ahead, end)
        case 1:
            if school.model.overrides:
                school.take_back(chance.choice(list(school.model.overrides)))
        case 2:
            if staying:
                school.version(tuple(chance.sample(staying, chance.randint(1, len(staying)))), ahead)
        case 3:
            # Some are told of late: an absence that began before now leaves what was as it was.
            school.absent(person, chance.choice([ahead, max(0, school.hour - 9)]), end)
        case 4:
            school.leave(person, gone=person not in school.model.left)
        case 5:
            school.look()
        case _:
            school.pass_hours(chance.choice([1, 3, 24, 70]))


@pytest.mark.parametrize("seed", range(4))
def test_the_past_stays_through_a_long_story(school: SmallSchool, seed: int) -> None:
    chance = random.Random(seed)
    kept = rows(school)
    for _ in range(35):
        do_something(school, chance)
        now, model = school.hour, school.model
        assert shifts(school, 0, now + 100) == [*model.past, *map(model.on_call, range(now, now + 100))]
        start, cut = sorted(chance.sample(range(now + 50), 2))
        end = now + 60
        whole = hours_of(rendered(school, start, end))
        assert whole == hours_of(rendered(school, start, cut)) + hours_of(rendered(school, cut, end))
        found = rows(school)
        if kept:
            assert found[: len(kept) - 1] == kept[:-1]
            old, new = kept[-1], found[len(kept) - 1]
            assert (old[0], *old[2:]) == (new[0], *new[2:])
            assert new[1] >= old[1]
        if found:
            assert (found[0][0], found[-1][1]) == (at(0), recorded_until(school))
        assert all(one[1] == other[0] and one[2:-1] != other[2:-1] for one, other in pairwise(found))
        assert recorded_until(school) <= school.now()
        kept = found


def test_before_a_roster_was_made_there_was_nobody(school: SmallSchool) -> None:
    school.pass_hours(10)
    assert shifts(school, -5, 2) == [()] * 5 + [(str(school.people[0]),)] * 2
    school.look()
    assert shifts(school, -5, 2) == [()] * 5 + [(str(school.people[0]),)] * 2


def test_what_was_on_call_stays_when_somebody_leaves_and_all_is_planned_anew(school: SmallSchool) -> None:
    one, other, third = map(str, school.people)
    school.pass_hours(30)
    school.leave(school.people[0])
    school.version((school.people[2],), 30)
    school.pass_hours(10)
    assert shifts(school, 0, 50) == [(one,)] * 24 + [(other,)] * 6 + [(third,)] * 20


def test_writing_the_past_down_twice_or_backwards_changes_nothing(school: SmallSchool) -> None:
    school.pass_hours(30)
    school.look()
    before = rows(school)
    assert len(before) == 2
    for hour in (30, 29, 0):

        def again(session: Any, hour: int = hour) -> None:
            records.record(session, session.get_one(Roster, school.roster_id), until=at(hour))

        school.db.write_now(again)
    assert rows(school) == before
