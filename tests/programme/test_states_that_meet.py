"""One person in several states at once: each ends for itself, and nobody gets by one what another keeps from them."""

from __future__ import annotations

import pytest

from app.vocabulary import Role, RosterLine
from app.vocabulary.supporters import SupporterStatus
from tests.programme.going import MINE as LAST_DAY
from tests.programme.going import say, step_down
from tests.programme.test_pausing import pause
from tests.support.world import World
from tests.supporters.joining import APPLICATIONS, MINE, apply, change, supporter_in

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


async def test_an_adviser_who_pauses_and_steps_down_as_a_supporter_is_not_on_call_again(world: World) -> None:
    await world.school()
    wren = await world.person(Role.SUPPORTER, Role.ADVISER, paged=True)
    await world.on_call(wren, line=RosterLine.CLINICAL_ADVICE)
    assert (await pause(world, wren)).status_code == 201
    assert (await step_down(world, wren)).json()["status"] == "alumni"
    await world.settle()
    lines = (await world.http.get("/v1/schools/harbour/coverage/now")).json()["lines"]
    assert {each["line"]: each["staffed"] for each in lines}["clinical_advice"] is False
    [away] = (await world.http.get("/v1/schools/harbour/absences", headers=wren.headers)).json()["items"]
    back = await world.http.delete(
        f"/v1/schools/harbour/absences/{away['id']}", headers=wren.headers | {"If-Match": "*"}
    )
    assert back.status_code == 204, back.text


async def test_nobody_in_training_becomes_active_by_stepping_down_and_staying(world: World) -> None:
    await world.school()
    rook = await supporter_in(world, SupporterStatus.IN_TRAINING)
    assert (await step_down(world, rook, last_day="2099-03-10")).json()["status"] == "in_training"
    assert (await say(world, rook, None)).json()["status"] == "in_training"


async def test_an_alumna_who_is_given_the_role_again_trains_first(world: World) -> None:
    """By the giving of roles alone, as anybody who is given it."""
    await world.school()
    lee = await world.person(Role.COORDINATOR)
    wren = await supporter_in(world, SupporterStatus.ALUMNI)
    given = {"person": str(wren.id), "role": "supporter"}
    path = "/v1/schools/harbour/role-grants"
    made = await world.http.post(path, headers=lee.headers | world.once(), json=given)
    assert made.status_code == 201, made.text
    await world.settle()
    me = await world.http.get("/v1/supporters/me", headers=wren.headers)
    assert me.json()["status"] == "in_training"


async def test_the_last_days_of_the_calendar_are_days(world: World) -> None:
    await world.school()
    lee = await world.person(Role.COORDINATOR)
    wren = await world.person(Role.SUPPORTER)
    assert (await say(world, wren, "9999-12-31")).json()["expected_end"] == "9999-12-31"
    assert (await world.http.get(LAST_DAY, headers=wren.headers)).json()["ends_at"].startswith("9999-12-")
    path = f"/v1/supporters/{await world.supporter_id(wren)}/training/records"
    held = {"module": "mental_health_responses", "kind": "workshop", "held_on": "9999-12-31"}
    refused = await world.http.post(path, headers=lee.headers | world.once(), json=held)
    assert refused.json()["errors"][0]["code"] == "not_held_yet"


async def test_an_old_no_takes_nothing_from_somebody_who_was_given_the_role_since(world: World) -> None:
    """Neither its erasing nor a decision about what still waits."""
    await world.school()
    lee = await world.person(Role.COORDINATOR)
    wren, finn = await world.person(Role.STUDENT), await world.person(Role.STUDENT)
    no = {"decision": "not_proceeding", "words": "Not this year.", "because": ["study_on_track"]}
    for who in (wren, finn):
        application, _ = await apply(world, who)
        if who is wren:
            at = f"{APPLICATIONS}/{application}"
            assert (await change(world, lee, at, "/decision", no)).json()["state"] == "not_proceeding"
        given = {"person": str(who.id), "role": "supporter"}
        path = "/v1/schools/harbour/role-grants"
        made = await world.http.post(path, headers=lee.headers | world.once(), json=given)
        assert made.status_code == 201, made.text
        await world.settle()
    late = await change(world, lee, f"{APPLICATIONS}/{application}", "/decision", no)
    assert (late.status_code, late.json()["code"]) == (409, "application_settled")
    assert (await world.http.post(f"{MINE}/withdraw", headers=finn.headers)).status_code == 204
    world.time.advance(days=61)
    await world.settle()
    for who in (wren, finn):
        me = await world.http.get("/v1/supporters/me", headers=who.headers)
        assert (me.status_code, me.json().get("status")) == (200, "in_training")
