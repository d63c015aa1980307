"""Supervision is planned, and somebody was there or not: who was is theirs, and who is overdue is told once (D11)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import httpx
import sqlalchemy as sa
from sqlmodel import Session, select

from app.models import Absence, LegalHold, Pause, SupervisionAttendee, SupervisionSession, TrainingRecord
from app.readiness import digests
from app.schools import service as schools
from app.vocabulary import Role
from tests.planning.scene import BASE, MONDAY, one_database
from tests.support.world import Someone, World
from tests.supporters.training_story import comes_into_training, look, told

SESSIONS = f"{BASE}/supervision-sessions"


async def send(world: World, who: Someone, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
    given = who.headers | world.once() | {name.replace("_", "-"): value for name, value in headers.items()}
    return await world.http.request(method, path, headers=given, json=body)


async def plan(world: World, by: Someone, supervisor: Someone, *attendees: Someone, **fields: Any) -> httpx.Response:
    body = {
        "kind": "group",
        "supervisor": str(supervisor.id),
        "starts_local": "2027-03-24T17:30",
        "minutes": 60,
        "attendees": [await world.supporter_id(each) for each in attendees],
    }
    return await send(world, by, "POST", SESSIONS, body | fields)


async def standing(world: World, who: Someone, of: Someone | None = None) -> dict[str, Any]:
    path = "me" if of is None else await world.supporter_id(of)
    found = await world.http.get(f"/v1/supporters/{path}/supervision", headers=who.headers)
    assert found.status_code == 200, found.text
    return found.json()


async def test_a_series_is_planned_moved_attended_and_seen_by_those_whom_it_concerns(world: World) -> None:
    await world.school()
    world.time.set(MONDAY)
    lee = await world.person(Role.COORDINATOR)
    mira, other = await world.person(Role.ADVISER, alias="Mira"), await world.person(Role.ADVISER)
    wren = await world.person(Role.SUPPORTER, alias="Wren")
    robin = await world.person(Role.SUPPORTER, alias="Robin")
    made = await plan(world, lee, mira, wren, robin, every_weeks=2, ends_on="2027-05-10", place="Room 2")
    assert made.status_code == 201, made.text
    series = (await world.http.get(f"{SESSIONS}?series={made.json()['series']}", headers=lee.headers)).json()["items"]
    assert [each["start"] for each in series] == [
        "2027-03-24T06:30:00Z",
        "2027-04-07T07:30:00Z",
        "2027-04-21T07:30:00Z",
        "2027-05-05T07:30:00Z",
    ]
    seen = {
        who.alias: [line["alias"] for each in (await listed(world, who))[:1] for line in each["attendees"]]
        for who in (lee, mira, other, wren, robin)
    }
    assert seen == {lee.alias: ["Robin", "Wren"], "Mira": ["Robin", "Wren"], other.alias: []} | {
        "Wren": ["Wren"],
        "Robin": ["Robin"],
    }
    assert (await standing(world, wren))["next"] == "2027-03-24T06:30:00Z"

    second = f"{SESSIONS}/{series[1]['id']}"
    etag = (await world.http.get(second, headers=mira.headers)).headers["ETag"]
    moved = await send(world, mira, "PATCH", second, {"starts_local": "2027-04-08T18:00"}, If_Match=etag)
    assert (moved.json()["start"], moved.json()["end"]) == ("2027-04-08T08:00:00Z", "2027-04-08T09:00:00Z")
    etag = (await world.http.get(second, headers=lee.headers)).headers["ETag"]
    gone = await send(world, lee, "DELETE", f"{second}?and_following=true", If_Match=etag)
    assert (gone.status_code, len(await listed(world, lee))) == (204, 1)

    first = f"{SESSIONS}/{series[0]['id']}"
    early = await send(world, wren, "PUT", f"{first}/attendance", {"attendance": "attended"})
    assert (early.status_code, early.json()["code"]) == (409, "session_not_begun")
    world.time.set(dt.datetime(2027, 3, 24, 8, 0, tzinfo=dt.UTC))
    assert (await send(world, wren, "PUT", f"{first}/attendance", {"attendance": "attended"})).status_code == 200
    robins = {"attendance": "missed", "supporter": await world.supporter_id(robin)}
    assert (await send(world, wren, "PUT", f"{first}/attendance", robins)).status_code == 403
    assert (await send(world, lee, "PUT", f"{first}/attendance", robins)).status_code == 403
    assert (await send(world, mira, "PUT", f"{first}/attendance", robins)).status_code == 200
    attendance = {
        who.alias: {
            line["alias"]: line["attendance"]
            for line in (await world.http.get(first, headers=who.headers)).json()["attendees"]
        }
        for who in (lee, mira, wren)
    }
    assert attendance == {
        lee.alias: {"Robin": None, "Wren": None},
        "Mira": {"Robin": "missed", "Wren": "attended"},
        "Wren": {"Wren": "attended"},
    }
    assert (await world.http.get(first, headers=other.headers)).status_code == 404


@one_database
async def test_a_hold_on_the_school_keeps_training_and_supervision_past_their_time(world: World) -> None:
    await world.school()
    lee, mira = await world.person(Role.COORDINATOR), await world.person(Role.ADVISER)
    wren, officer = await world.person(Role.SUPPORTER), await world.person(Role.PRIVACY_OFFICER)
    world.time.set(MONDAY)
    assert (await plan(world, lee, mira, wren)).status_code == 201

    def lapses(session: Session) -> None:
        for row in session.exec(select(TrainingRecord)):
            row.valid_until = MONDAY.date()
            session.add(row)

    async def kept() -> tuple[int, int, int]:
        def count(session: Session) -> tuple[int, ...]:
            tables = (TrainingRecord, SupervisionSession, SupervisionAttendee)
            return tuple(len(session.exec(select(table)).all()) for table in tables)

        return await world.db.read(count)

    await world.write(lapses)
    body = {"report_id": None, "reason": "A coroner asks.", "authority_ref": "A letter"}
    held = await send(world, officer, "POST", f"{BASE}/legal-holds", body)
    assert held.status_code == 201, held.text
    before = await kept()
    world.time.advance(days=400)
    await look(world)
    assert (await kept(), before) == (before, (2, 1, 1))

    def release(session: Session) -> None:
        [hold] = session.exec(select(LegalHold))
        hold.released_hour = world.time.now()
        session.add(hold)

    await world.write(release)
    await look(world)
    assert await kept() == (0, 0, 0)


@one_database
async def test_who_can_lead_and_who_can_be_there(world: World) -> None:
    await world.school()
    world.time.set(MONDAY)
    lee, mira = await world.person(Role.COORDINATOR), await world.person(Role.ADVISER)
    wren, both = await world.person(Role.SUPPORTER), await world.person(Role.SUPPORTER, Role.ADVISER)
    for refused, code in (
        (await plan(world, lee, wren, both), "no_supervisor"),
        (await plan(world, lee, both, both), "own_supervisor"),
        (await plan(world, mira, both, wren), "not_oneself"),
        (await plan(world, lee, mira, wren, starts_local="2027-02-24T17:30"), "in_the_past"),
        (await plan(world, lee, mira, attendees=[str(mira.id)]), "unknown_supporter"),
        (await plan(world, lee, mira, wren, both, kind="individual"), "more_than_one"),
        (await plan(world, lee, mira, wren, every_weeks=2), "series_incomplete"),
        (await plan(world, lee, mira, wren, every_weeks=2, ends_on="2029-01-01"), "series_too_long"),
    ):
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, code)
    made = await plan(world, mira, mira, wren)
    assert made.status_code == 201
    said = {"attendance": "attended", "supporter": str(mira.id)}
    nobody = await send(world, mira, "PUT", f"{SESSIONS}/{made.json()['id']}/attendance", said)
    [fault] = nobody.json()["errors"]
    assert (fault["pointer"], fault["code"]) == ("#/supporter", "unknown_supporter")


@one_database
async def test_overdue_is_told_once_each_time_and_never_while_somebody_pauses(world: World) -> None:
    await world.school()
    world.time.set(MONDAY)
    lee, mira = await world.person(Role.COORDINATOR, paged=True), await world.person(Role.ADVISER)
    wren = await world.person(Role.SUPPORTER, paged=True)
    robin = await world.person(Role.SUPPORTER, paged=True)
    new = await world.person(Role.SUPPORTER, paged=True)
    await comes_into_training(world, new)
    await look(world)
    # Eight weeks from when the product first saw that they serve.
    assert (await standing(world, wren))["due_by"] == "2027-04-26"
    world.time.set(MONDAY + dt.timedelta(days=7))
    paused = await send(world, robin, "POST", "/v1/supporters/me/pauses", {})
    assert paused.status_code == 201, paused.text
    world.time.set(MONDAY + dt.timedelta(days=57))
    for _ in range(2):
        await look(world)
    assert [len(told(world, who, "supervision.overdue")) for who in (wren, lee, robin, new)] == [1, 1, 0, 0]
    assert set(told(world, lee, "supervision.overdue")[0]) == {"school", "supporter_id"}
    assert (await standing(world, wren))["overdue"]
    assert await in_the_digest(world)
    assert await standing(world, lee, wren) == {
        "supporter": await world.supporter_id(wren),
        "overdue": True,
        "due_by": None,
        "next": None,
    }
    assert not (await standing(world, lee, robin))["overdue"]
    assert (await standing(world, robin))["due_by"] is None
    back = await send(world, robin, "POST", "/v1/supporters/me/resume", {})
    assert back.status_code == 200, back.text
    # A week had gone by before the pause: seven are left, also once the pause itself is forgotten.
    assert (await standing(world, robin))["due_by"] == "2027-06-15"
    world.time.advance(minutes=2)
    await look(world)
    await world.write(lambda session: session.exec(sa.delete(Pause).where(Pause.person_id == robin.id)))
    await world.write(lambda session: session.exec(sa.delete(Absence).where(Absence.person_id == robin.id)))
    assert (await standing(world, robin))["due_by"] == "2027-06-15"

    # Nothing is taken away, and one session later nobody speaks of it.
    made = await plan(world, mira, mira, wren, kind="individual", starts_local="2027-05-01T10:00")
    assert made.status_code == 201, made.text
    world.time.set(dt.datetime(2027, 5, 1, 1, 0, tzinfo=dt.UTC))
    attendance = f"{SESSIONS}/{made.json()['id']}/attendance"
    assert (await send(world, wren, "PUT", attendance, {"attendance": "missed"})).status_code == 200
    assert (await standing(world, lee, wren))["overdue"]
    assert (await send(world, wren, "PUT", attendance, {"attendance": "attended"})).status_code == 200
    assert (await standing(world, wren), (await standing(world, lee, wren))["overdue"]) == (
        {"supporter": await world.supporter_id(wren), "overdue": False, "due_by": "2027-06-26", "next": None},
        False,
    )
    assert not await in_the_digest(world)
    world.time.set(dt.datetime(2027, 6, 27, tzinfo=dt.UTC))
    await look(world)
    assert [len(told(world, who, "supervision.overdue")) for who in (wren, robin, lee)] == [2, 1, 3]


@one_database
async def test_nobody_is_overdue_on_the_day_by_which_supervision_is_due(world: World) -> None:
    """Who is there every eight weeks at one hour is there again in that very hour, and not late for it."""
    await world.school()
    world.time.set(MONDAY)
    lee, wren = await world.person(Role.COORDINATOR, paged=True), await world.person(Role.SUPPORTER, paged=True)
    await look(world)
    # Half past eleven at night of the day, and midnight.
    for at, overdue in (((2027, 4, 26, 13, 30), False), ((2027, 4, 26, 14, 0), True)):
        world.time.set(dt.datetime(*at, tzinfo=dt.UTC))
        await look(world)
        assert (await standing(world, wren))["due_by"] == "2027-04-26"
        seen = [(await standing(world, wren))["overdue"], (await standing(world, lee, wren))["overdue"]]
        assert seen == [overdue] * 2
        assert [len(told(world, who, "supervision.overdue")) for who in (wren, lee)] == [overdue] * 2


async def in_the_digest(world: World) -> bool:
    """Whether a digest that is made now says that somebody is overdue."""

    def made(session: Session) -> bool:
        return digests.made(session, schools.find(session, "harbour"), now=world.time.now()).supervision_overdue

    return await world.db.read(made)


async def listed(world: World, who: Someone) -> list[dict[str, Any]]:
    found = await world.http.get(SESSIONS, headers=who.headers)
    assert found.status_code == 200, found.text
    return list(found.json()["items"])
