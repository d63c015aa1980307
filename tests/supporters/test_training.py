"""Nobody is given anybody without training; what ends is seen weeks ahead, and nothing of an attempt is kept (T09)."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, select

from app.core import clock
from app.models import TrainingAssignment
from app.rosters import gaps
from app.schools import service as schools
from app.supporters import standing
from app.vocabulary import Role, RosterLine
from tests.planning.scene import BASE, Scene, one_database
from tests.support.world import Someone, World
from tests.supporters.joining import change, signs_both
from tests.supporters.training_story import (
    ISOLATED,
    RESPONSES,
    attempt,
    comes_into_training,
    look,
    passes_both,
    told,
)

PAST = ("2027-03-01T00:00Z", "2027-03-29T00:00Z")


async def own(world: World, who: Someone) -> dict[str, Any]:
    shown = await world.http.get("/v1/supporters/me/training", headers=who.headers)
    assert shown.status_code == 200, shown.text
    return shown.json()


async def open_gaps(scene: Scene) -> list[tuple[str, str, str]]:
    found = await scene.get(f"rosters/{scene.roster}/gaps", state="open")
    return [(each["start"], each["end"], each["cause"]) for each in found.json()["items"]]


async def may_have_contact(world: World, who: Someone) -> bool:
    found = await world.write(lambda session: standing.may_have_contact(session, {who.id}, now=clock.now()))
    return who.id in found


async def test_a_record_that_ends_is_a_gap_four_weeks_ahead_and_passing_again_closes_it(world: World) -> None:
    scene = await Scene.set_up(world, line="peer_support", role=Role.SUPPORTER)
    await comes_into_training(world, scene.b)
    assert ("2027-03-07T22:00:00Z", "2027-03-14T22:00:00Z", "training_lapsed") in await open_gaps(scene)
    override = {"person": str(scene.b.id), "start": "2027-03-02T00:00Z", "end": "2027-03-03T00:00Z"}
    refused = await scene.edit("overrides", override, key=True)
    assert (refused.status_code, refused.json()["code"]) == (409, "rules_broken")
    assert "training_lapsed" in {each["code"] for each in refused.json()["errors"]}

    await signs_both(world, scene.b)
    at = f"/v1/supporters/{await world.supporter_id(scene.b)}"
    untrained = await change(world, scene.coordinator, at, "/activate")
    assert [each["code"] for each in untrained.json()["errors"]] == ["training"]
    await passes_both(world, scene.b)
    active = await change(world, scene.coordinator, at, "/activate")
    assert active.json()["status"] == "active", active.text
    training = await own(world, scene.b)
    # 365 days, to the end of the last one in Melbourne.
    assert (training["valid"], training["valid_until"]) == (True, "2028-02-29")
    assert training["lapses_at"] == "2028-02-29T13:00:00Z"
    assert [each["assignment"] for each in training["modules"]] == [None, None]
    assert await open_gaps(scene) == []

    world.time.set(dt.datetime(2028, 2, 2, tzinfo=dt.UTC))
    before = await scene.shifts(*PAST)
    await look(world)
    await world.write(lambda s: gaps.look_at_school(s, schools.find(s, "harbour").id, now=clock.now()))
    await world.settle()
    assert ("2028-02-29T13:00:00Z", "2028-03-05T22:00:00Z", "training_lapsed") in await open_gaps(scene)
    [upcoming] = [
        each for each in told(world, scene.coordinator, "coverage.gap_upcoming") if each["notice"] == "days_28"
    ][-1:]
    assert (upcoming["starts_at"], upcoming["cause"]) == ("2028-02-29T13:00:00Z", "unfilled")
    assert told(world, scene.b, "training.due")[-1]["notice"] == "days_28"

    await passes_both(world, scene.b)
    assert await open_gaps(scene) == []
    assert (await own(world, scene.b))["valid_until"] == "2029-02-01"
    assert await scene.shifts(*PAST) == before

    world.time.set(dt.datetime(2029, 2, 1, 13, 0, tzinfo=dt.UTC))
    assert not (await own(world, scene.b))["valid"]
    assert await may_have_contact(world, scene.a)
    assert await scene.shifts(*PAST) == before


@one_database
async def test_what_is_not_passed_leaves_nothing_behind(world: World) -> None:
    await world.school()
    supporter = await world.person(Role.SUPPORTER)
    await comes_into_training(world, supporter)
    await world.settle()
    before = await world.write(everything)
    critical = await attempt(world, supporter, RESPONSES, wrong=("how-to-ask",))
    too_few = await attempt(world, supporter, RESPONSES, wrong=("what-you-noticed", "first-answer", "too-much"))
    for answer in (critical, too_few):
        assert (answer.status_code, answer.json()["passed"]) == (200, False)
        assert (answer.json()["valid_until"], answer.json()["missing"]) == (None, ["exercises"])
    [asked] = [each for each in critical.json()["exercises"] if each["exercise"] == "how-to-ask"]
    assert not asked["right"]
    assert all(each["feedback"] for each in asked["choices"])
    assert await world.write(everything) == before

    # As many as the module asks, and each that must be right.
    enough = await attempt(world, supporter, RESPONSES, wrong=("what-you-noticed", "first-answer"))
    assert enough.json()["passed"]
    again = await attempt(world, supporter, RESPONSES)
    assert again.json()["passed"]
    training = await own(world, supporter)
    assert [(each["module"], each["kind"]) for each in training["records"]] == [(RESPONSES, "exercises")]
    assert not training["valid"]
    assert not await may_have_contact(world, supporter)


@one_database
async def test_a_module_is_answered_whole(world: World) -> None:
    await world.school()
    supporter = await world.person(Role.SUPPORTER)
    path = f"/v1/supporters/me/training/{RESPONSES}/attempts"
    for body, pointer in (
        ([{"exercise": "how-to-ask", "choices": ["plain"]}], "#/answers"),
        ([{"exercise": "not-there", "choices": []}], "#/answers/0/exercise"),
        ([{"exercise": "how-to-ask", "choices": ["plain", "not-there"]}], "#/answers/0/choices/1"),
    ):
        refused = await world.http.post(path, headers=supporter.headers, json={"answers": body})
        assert refused.status_code == 422
        assert pointer in {each["pointer"] for each in refused.json()["errors"]}


@one_database
async def test_both_are_assigned_to_whoever_comes_and_each_reminder_is_given_once(world: World) -> None:
    scene = await Scene.set_up(world)
    someone = await world.person(Role.EVALUATOR, paged=True)
    given = await scene.post("role-grants", {"person": str(someone.id), "role": "supporter"}, key=True)
    assert given.status_code == 201, given.text
    await world.settle()
    path = f"/v1/supporters/{await world.supporter_id(someone)}/training"
    seen = []
    for days in (0, 0, 20, 1, 7, 1, 1):
        world.time.advance(days=days)
        await look(world)
        seen.append([each["notice"] for each in told(world, someone, "training.due")])
    assert seen == [
        ["days_28"],
        ["days_28"],
        ["days_28"],
        ["days_28", "days_7"],
        ["days_28", "days_7"],
        ["days_28", "days_7", "overdue"],
        ["days_28", "days_7", "overdue"],
    ]
    assert [each["notice"] for each in told(world, scene.coordinator, "training.due")] == ["overdue"]
    # Whoever pauses is left alone, and hears of the nearest when they are back.
    paused = await world.person(Role.SUPPORTER, paged=True)
    await comes_into_training(world, paused)
    once = paused.headers | world.once()
    assert (await world.http.post("/v1/supporters/me/pauses", headers=once, json={})).status_code == 201
    await look(world)
    assert told(world, paused, "training.due") == []
    await world.http.post("/v1/supporters/me/resume", headers=paused.headers, json={})
    world.time.advance(minutes=1)
    await look(world)
    assert [each["notice"] for each in told(world, paused, "training.due")] == ["days_28"]
    assert set(told(world, someone, "training.due")[0]) == {"school", "supporter_id", "notice"}
    shown = (await world.http.get(path, headers=scene.coordinator.headers)).json()
    assert [each["assignment"]["overdue"] for each in shown["modules"]] == [True, True]
    # A new day is told of anew.
    due_on = str((world.time.now() + dt.timedelta(days=3)).date())
    made = await world.http.post(
        f"{path}/assignments",
        headers=scene.coordinator.headers | world.once(),
        json={"module": ISOLATED, "due_on": due_on},
    )
    assert (made.status_code, made.headers["Location"]) == (201, path)
    await look(world)
    assert [each["notice"] for each in told(world, someone, "training.due")][3:] == ["days_7"]


@one_database
async def test_training_in_person_is_asked_beside_the_exercises_and_not_instead(world: World) -> None:
    await world.school()
    coordinator, supporter = await world.person(Role.COORDINATOR), await world.person(Role.SUPPORTER)
    earlier = await world.person(Role.SUPPORTER)
    await comes_into_training(world, earlier)
    await passes_both(world, earlier)
    policies = await world.http.get(f"{BASE}/policies", headers=coordinator.headers)
    wanted = {name: value for name, value in policies.json().items() if name not in ("time_zone", "partner_agrees")}
    wanted["training"] |= {"in_person": True, "valid_days": 200}
    put = await world.http.put(
        f"{BASE}/policies", headers=coordinator.headers | {"If-Match": policies.headers["ETag"]}, json=wanted
    )
    assert put.json()["training"] == {"valid_days": 200, "in_person": True, "supervision_weeks": 8}
    # What was passed before it was asked stays as good as it was.
    assert (await own(world, earlier))["valid"]

    await comes_into_training(world, supporter)
    path = f"/v1/supporters/{await world.supporter_id(supporter)}/training/records"

    async def workshop(module: str, days: int) -> Any:
        body = {"module": module, "kind": "workshop", "held_on": str(world.time.now().date() - dt.timedelta(days=days))}
        return await world.http.post(path, headers=coordinator.headers | world.once(), json=body)

    assert (await workshop(RESPONSES, -3)).json()["errors"][0]["code"] == "not_held_yet"
    assert (await workshop(RESPONSES, 300)).json()["errors"][0]["code"] == "too_long_ago"
    alone = (await workshop(RESPONSES, 50)).json()
    assert (alone["valid"], alone["modules"][0]["missing"]) == (False, ["exercises"])
    await passes_both(world, supporter)
    between = await own(world, supporter)
    assert [each["missing"] for each in between["modules"]] == [[], ["in_person"]]
    assert [each["assignment"] is None for each in between["modules"]] == [True, False]
    assert not between["valid"]
    assert (await workshop(ISOLATED, 10)).status_code == 201
    done = await own(world, supporter)
    assert (done["valid"], [each["assignment"] for each in done["modules"]]) == (True, [None, None])
    # The first of all parts to end ends it.
    assert done["valid_until"] == done["modules"][0]["valid_until"]


@one_database
async def test_lapsed_training_keeps_an_adviser_on_the_lines_that_ask_no_such_thing(world: World) -> None:
    await world.school()
    coordinator = await world.person(Role.COORDINATOR)
    both = await world.person(Role.SUPPORTER, Role.ADVISER, paged=True)
    advice = await world.on_call(both)
    peers = await world.on_call(both, line=RosterLine.PEER_SUPPORT)
    await comes_into_training(world, both)

    async def on_call(roster: Any) -> list[str]:
        found = await world.http.get(f"{BASE}/rosters/{roster}/on-call", headers=coordinator.headers)
        return [each["alias"] for each in found.json()["on_call"]]

    assert (await on_call(advice), await on_call(peers)) == ([both.alias], [])
    [away] = (await world.http.get(f"{BASE}/absences", headers=coordinator.headers)).json()["items"]
    at = f"{BASE}/absences/{away['id']}"
    shown = await world.http.get(at, headers=coordinator.headers)
    kept = await world.http.delete(at, headers=coordinator.headers | {"If-Match": shown.headers["ETag"]})
    assert (kept.status_code, kept.json()["code"]) == (409, "absence_follows_a_rule")
    await passes_both(world, both)
    world.time.advance(minutes=1)
    assert await on_call(peers) == [both.alias]


def everything(session: Session) -> dict[str, list[Any]]:
    """All rows of all tables."""
    tables = SQLModel.metadata.sorted_tables
    return {table.name: sorted(map(repr, session.connection().execute(sa.select(table)))) for table in tables}


@one_database
async def test_what_somebody_left_without_doing_is_forgotten_a_year_after_they_left(world: World) -> None:
    """And what they are to do who are there stays, however long ago it was given to them."""
    scene = await Scene.set_up(world)
    gone, stays = await world.person(Role.SUPPORTER), await world.person(Role.SUPPORTER)
    for each in (gone, stays):
        await comes_into_training(world, each)

    async def assigned() -> list[uuid.UUID]:
        return list(await world.db.read(lambda session: session.exec(select(TrainingAssignment.person_id)).all()))

    assert sorted(await assigned()) == sorted([gone.id, stays.id] * 2)
    world.time.advance(days=40)
    path = f"/v1/schools/harbour/people/{gone.id}/leave"
    assert (await world.http.post(path, headers=scene.coordinator.headers)).status_code == 200
    await world.settle()
    for days, left in ((364, [gone.id] * 2), (2, [])):
        world.time.advance(days=days)
        await look(world)
        assert [each for each in await assigned() if each == gone.id] == left
    assert await assigned() == [stays.id] * 2
