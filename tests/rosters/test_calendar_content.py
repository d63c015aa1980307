"""What stands in calendars while a roster is edited: the same minutes as everywhere else, and nothing is forgotten."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from calendars import Entry, cancelled, entries, held, reader, subscribe
from sqlmodel import Session, select

from app.core import clock
from app.core.preconditions import Version
from app.identity.actors import Actor, current_roles
from app.models import Absence, Person, Roster, RosterOverride, RosterVersion
from app.rosters import calendar_content, duty, ical, override_edits, records, version_edits
from app.rosters.definition import Rendering
from app.rosters.editing_schemas import OverrideCreate, VersionCreate
from app.schools import service as schools
from app.vocabulary import AbsenceKind, OverrideOrigin, Role
from tests.support.world import Someone, World

# What is asked is no matter of the database.
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
DAY = dt.timedelta(days=1)
ANY = Version("*")


class Team:
    """A coordinator, and advisers who take weekly turns from Monday, 09:00, three weeks after they were made."""

    def __init__(self, world: World, lee: Someone, people: list[Someone], roster_id: uuid.UUID) -> None:
        self.world, self.lee, self.people, self.id = world, lee, people, roster_id

    @classmethod
    async def meet(cls, world: World, *, slug: str = "harbour", unit: str = "week", **rotation: Any) -> Team:
        await world.school(slug)
        lee = await reader(world)
        people = [await world.person(Role.ADVISER, alias=alias) for alias in ("Mira", "Tomas", "Noor")]
        plan = plan_of(people, unit=unit, **rotation)
        body = {"roster": plan | {"name": "Clinical, by day", "line": "clinical_advice"}}
        made = await world.http.post(f"/v1/schools/{slug}/rosters", headers=lee.headers | world.once(), json=body)
        assert made.status_code == 201, made.text
        world.time.advance(days=21)
        return cls(world, lee, people, uuid.UUID(made.json()["id"]))

    async def act(self, work: Callable[[Session, Actor], Any]) -> Any:
        return await self.world.write(lambda session: work(session, self._actor(session)))

    def _actor(self, session: Session) -> Actor:
        school_id = session.get_one(Person, self.lee.id).school_id
        return Actor(self.lee.id, "Lee", school_id, "harbour", current_roles(session, self.lee.id), uuid.uuid4())

    async def version(self, plan: dict[str, Any], *, at: dt.datetime | None = None) -> Any:
        body = VersionCreate.model_validate({"plan": plan, "effective_from": at and at.isoformat()})
        return await self.act(lambda s, actor: version_edits.add(s, actor, self.id, body, version=ANY))

    async def override(self, person: Someone | None, start: dt.datetime, end: dt.datetime, **more: Any) -> Any:
        fields = {"person": person and str(person.id), "start": start.isoformat(), "end": end.isoformat()}
        rules = ["rest_hours", "weekly_cap", "double_booked"]
        body = OverrideCreate.model_validate(fields | {"reason": "A test", "despite": rules} | more)
        return await self.act(lambda s, actor: override_edits.add(s, actor, self.id, body, version=ANY))

    async def take_back(self, override_id: uuid.UUID) -> None:
        await self.act(lambda s, actor: override_edits.remove(s, actor, self.id, override_id, version=ANY))

    async def rendering(self) -> Rendering:
        """What everything else says of the time that a calendar shows."""

        def read(session: Session) -> Rendering:
            roster = session.get_one(Roster, self.id)
            zone = schools.zone_of(schools.find(session, "harbour"))
            window = calendar_content.window_at(clock.now(), zone)
            return records.rendered(session, duty.of(roster), start=window.start, end=window.end)

        return await self.world.db.read(read)

    async def agrees(self, path: str) -> list[Entry]:
        """Read the roster's calendar; every minute is that of the rendering."""
        found, rendering = await entries(self.world, path), await self.rendering()
        names = {str(person.id): person.alias for person in self.people}
        same_minutes(
            held(found),
            rendering,
            {person: f"{name} on call: clinical advice (primary)" for person, name in names.items()},
        )
        return found


def plan_of(people: list[Someone], *, hour: int = 9, unit: str = "week", **rotation: Any) -> dict[str, Any]:
    turns = {"unit": unit, "length": 1, "start_local": f"2026-01-05T{hour:02}:00"} | rotation
    turns["participants"] = [str(person.id) for person in people]
    return {"time_zone": "Australia/Melbourne", "layers": [{"id": "L1", "rank": 1, "rotation": turns}]}


def same_minutes(found: list[Entry], rendering: Rendering, titles: dict[str, str]) -> None:
    start, end = rendering.segments[0].start, rendering.segments[-1].end
    edges = {edge for each in found for edge in (each.start, each.end)} | {each.start for each in rendering.segments}
    on_edge = {edge: {each.summary for each in found if each.start <= edge < each.end} for edge in edges}
    for segment in rendering.segments:
        for edge in edges:
            if start <= edge < end and segment.start <= edge < segment.end:
                shown = {title for title in on_edge[edge] if not title.startswith("Nobody")}
                assert shown == {titles[person] for person in segment.on_call if person in titles}


def later(days: float) -> dt.datetime:
    return clock.now().replace(second=0, microsecond=0) + days * DAY


async def test_a_roster_reads_the_same_minute_by_minute_through_all_edits(world: World) -> None:
    # In a week in which it is not Noor's turn three days later: she would stand in for herself.
    world.time.set(dt.datetime(2027, 10, 28, 21, tzinfo=dt.UTC))
    team = await Team.meet(world)
    path = await subscribe(world, team.lee, team.id)
    before = await team.agrees(path)
    assert cancelled(before) == []
    assert {each.sequence for each in before} == {1}

    mira, tomas, noor = team.people
    await team.override(noor, later(3), later(5))
    await team.override(None, later(8), later(8.5))
    await team.override(noor, later(10), later(40), replaces=str(mira.id))
    after = await team.agrees(path)
    assert {each.sequence for each in after} == {4}
    assert sum(each.summary.startswith("Nobody") for each in held(after)) == 1

    world.time.advance(days=9, hours=3)
    await team.version(plan_of([tomas, noor, mira], hour=8), at=later(7))
    world.time.advance(days=4)
    await team.version(plan_of([noor, mira]), at=None)
    await team.agrees(path)
    assert cancelled(await team.agrees(path))


@on_sqlite
@pytest.mark.parametrize("day", ["2027-03-20", "2027-09-20"])
async def test_both_clock_changes_are_in_it(world: World, day: str) -> None:
    world.time.set(dt.datetime.fromisoformat(f"{day}T00:00Z"))
    team = await Team.meet(world, unit="day")
    found = await team.agrees(await subscribe(world, team.lee, team.id))
    hours = {(each.end - each.start) / dt.timedelta(hours=1) for each in found if each.start > clock.now() - 20 * DAY}
    assert hours == {24.0, 25.0 if day < "2027-06" else 23.0}


async def test_ones_own_calendar_has_ones_own_shifts_on_all_rosters(world: World) -> None:
    team = await Team.meet(world)
    mira = team.people[0]
    backup = await world.on_call(mira, team.people[1])
    found = held(await entries(world, await subscribe(world, mira)))
    assert {each.summary for each in found} == {"On call: clinical advice (primary)"}
    shared = held(await entries(world, await subscribe(world, team.lee, backup)))
    of_both = {each.uid for each in shared if each.summary.startswith("Mira")}
    assert of_both < {each.uid for each in found}
    of_turns = [each for each in found if each.uid not in of_both]
    same_minutes(of_turns, await team.rendering(), {str(mira.id): "On call: clinical advice (primary)"})


@on_sqlite
async def test_a_shift_keeps_its_uid_there_and_back(world: World) -> None:
    team = await Team.meet(world)
    mira, tomas, _ = team.people
    path = await subscribe(world, mira)
    shift = next(each for each in await entries(world, path) if each.start > clock.now())
    given = await team.override(tomas, shift.start, shift.end, replaces=str(mira.id))
    [gone] = cancelled(await entries(world, path))
    assert (gone.uid, gone.start, gone.end) == (shift.uid, shift.start, shift.end)
    theirs = await subscribe(world, tomas)
    [taken] = [each for each in held(await entries(world, theirs)) if each.start == shift.start]
    await team.take_back(given.id)
    assert cancelled(await entries(world, path)) == []
    assert shift.uid in {each.uid for each in held(await entries(world, path))}
    [back] = cancelled(await entries(world, theirs))
    assert back.uid == taken.uid
    assert back.sequence > taken.sequence


@on_sqlite
async def test_an_edit_cancels_what_it_takes_away_and_keeps_the_rest(world: World) -> None:
    team = await Team.meet(world)
    mira, tomas, noor = team.people
    path = await subscribe(world, team.lee, team.id)
    before = await entries(world, path)
    cut = later(30)
    await team.version(plan_of([mira, tomas]), at=cut)
    after = await team.agrees(path)
    kept = {each.uid for each in before if each.end <= cut}
    assert kept <= {each.uid for each in held(after)}
    assert {each.uid for each in before} <= {each.uid for each in after}
    assert {each.summary for each in cancelled(after) if each.start > cut + 7 * DAY} >= {
        f"{noor.alias} on call: clinical advice (primary)"
    }
    # What nobody was ever shown is not cancelled: the old plan counts for 120 days from when it was given up.
    world.time.advance(days=100)
    await team.agrees(path)
    assert max(each.start for each in cancelled(await entries(world, path))) < later(-100 + 120)
    world.time.advance(days=60)
    assert cancelled(await entries(world, path)) == []


@on_sqlite
async def test_an_hour_later_is_the_same_shift(world: World) -> None:
    team = await Team.meet(world)
    path = await subscribe(world, team.lee, team.id)
    before = await entries(world, path)
    await team.version(plan_of(team.people, hour=11))
    after = await team.agrees(path)
    assert {each.uid for each in before} == {each.uid for each in held(after)}
    assert cancelled(after) == []
    assert before[-1].end + dt.timedelta(hours=2) == after[-1].end


@on_sqlite
async def test_whoever_is_away_or_has_left_is_cancelled(world: World) -> None:
    team = await Team.meet(world)
    mira, tomas, _ = team.people
    path = await subscribe(world, mira)
    shift = next(each for each in await entries(world, path) if each.start > clock.now())

    def leave(session: Session) -> None:
        roster = session.get_one(Roster, team.id)
        session.add(
            Absence(
                school_id=roster.school_id,
                person_id=mira.id,
                kind=AbsenceKind.LEAVE,
                starts_at=shift.start,
                ends_at=shift.end,
                created_at=clock.now(),
            )
        )

    await world.write(leave)
    [gone] = cancelled(await entries(world, path))
    assert gone.uid == shift.uid

    def left(session: Session) -> None:
        row = session.get_one(Person, tomas.id)
        row.active = False
        session.add(row)

    await world.write(left)
    found = await team.agrees(await subscribe(world, team.lee, team.id))
    theirs = [each for each in found if each.summary.startswith("Tomas") and each.start > clock.now()]
    assert {each.cancelled for each in theirs} == {True}
    assert {each.summary for each in held(found) if each.start in {t.start for t in theirs}} == {
        "Nobody on call: clinical advice (primary)"
    }


@on_sqlite
async def test_a_gap_is_told_where_somebody_is_expected_and_not_before_the_roster_was_made(world: World) -> None:
    await world.school()
    lee, mira = await reader(world), await world.person(Role.ADVISER, alias="Mira, 🦉; the first\n")
    office = [{"days": ["MO", "TU", "WE", "TH", "FR"], "start": "09:00", "end": "17:00"}]
    made = clock.now()
    roster = await world.on_call(mira, restrictions=office)
    found = await entries(world, await subscribe(world, lee, roster))
    gaps = [each for each in found if each.summary.startswith("Nobody")]
    assert min(each.start for each in gaps) >= made - dt.timedelta(minutes=1)
    assert {each.summary for each in found} - {gaps[0].summary} == {
        "Mira, 🦉; the first on call: clinical advice (primary)"
    }

    def planned_hours(session: Session) -> None:
        row = session.get_one(Roster, roster)
        row.expects = "planned_hours"
        session.add(row)

    await world.write(planned_hours)
    found = await entries(world, await subscribe(world, lee, roster))
    assert [each for each in found if each.summary.startswith("Nobody")] == []


@on_sqlite
async def test_a_busy_roster_is_bounded(world: World) -> None:
    """Hourly handoffs, twelve edits and a thousand overrides: the nearest two thousand, in a time that is bounded."""
    team = await Team.meet(world, unit="hour")

    def many(session: Session) -> None:
        ruling = session.exec(select(RosterVersion).where(RosterVersion.roster_id == team.id)).one()
        for number in range(2, 14):
            ruling.effective_until = later(number)
            session.add(ruling)
            ruling = RosterVersion(
                roster_id=team.id,
                number=number,
                effective_from=later(number),
                definition=plan_of(team.people[number % 2 :], unit="hour"),
                created_at=clock.now(),
            )
        session.add(ruling)
        for number in range(1000):
            session.add(
                RosterOverride(
                    roster_id=team.id,
                    person_id=team.people[number % 3].id,
                    replaces=team.people[(number + 1) % 3].id,
                    starts_at=later(number / 10),
                    ends_at=later(number / 10 + 1),
                    created_seq=number,
                    origin=OverrideOrigin.COORDINATOR,
                    whole=False,
                    removed_at=clock.now() if number % 2 else None,
                )
            )

    await world.write(many)
    path = await subscribe(world, team.lee, team.id)
    ical.document.cache_clear()
    began = time.process_time()
    answer = await world.http.get(path)
    took = time.process_time() - began
    assert answer.status_code == 200
    assert answer.text.count("BEGIN:VEVENT") == calendar_content.MOST_EVENTS
    assert len(answer.content) < 4_000_000
    # Three to four seconds on a core of 2026 that has nothing else to do.
    assert took < 30


@on_sqlite
async def test_rosters_that_do_not_name_somebody_are_not_looked_at(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    team = await Team.meet(world)
    other = await world.person(Role.ADVISER)
    await world.on_call(other)
    looked: list[uuid.UUID] = []
    rendered = records.rendered

    def counted(session: Session, roster: duty.Stored, **how: Any) -> Rendering:
        looked.append(roster.id)
        return rendered(session, roster, **how)

    monkeypatch.setattr(records, "rendered", counted)
    path = await subscribe(world, team.people[0])
    assert await entries(world, path)
    assert looked == [team.id]
