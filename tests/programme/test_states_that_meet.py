"""One person in several states at once: each ends for itself, and nobody gets by one what another keeps from them."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlmodel import Session, select

from app.models import AuditEntry, School
from app.readiness import digests
from app.vocabulary import Role, RosterLine
from app.vocabulary.supporters import SupporterStatus
from app.work import queue
from app.worker import NOTHING
from tests.programme.going import MINE as LAST_DAY
from tests.programme.going import say, step_down, told, watched
from tests.programme.test_pausing import PAUSES, contacts_of, in_touch, pause, resume
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


async def test_a_pause_for_tonight_leaves_the_one_for_the_exams_and_what_touches_becomes_one(world: World) -> None:
    """Nobody is paused for less than they have ever asked for, until they are back."""
    await world.school()
    wren = await world.person(Role.SUPPORTER)
    today = world.time.now().replace(second=0, microsecond=0)

    def day(number: int) -> str:
        return (today + dt.timedelta(days=number)).strftime("%Y-%m-%dT%H:%M:00Z")

    async def times() -> list[tuple[str, str | None]]:
        found = (await world.http.get(PAUSES, headers=wren.headers)).json()["items"]
        return sorted((each["from"], each["until"]) for each in found)

    assert (await pause(world, wren, **{"from": day(14), "until": day(40)})).status_code == 201
    tonight = (await pause(world, wren, until=day(1))).json()
    assert await times() == [(day(0), day(1)), (day(14), day(40))]
    longer = (await pause(world, wren, until=day(3))).json()
    assert (longer["id"], longer["until"]) == (tonight["id"], day(3))
    assert (await pause(world, wren, until=day(2))).json()["until"] == day(3)
    assert (await pause(world, wren, **{"from": day(20), "until": day(50)})).json()["from"] == day(14)
    assert await times() == [(day(0), day(3)), (day(14), day(50))]
    world.time.advance(hours=1)
    await resume(world, wren)
    assert (day(14), day(50)) in await times()
    last = (await pause(world, wren)).json()
    assert (last["going_on"], last["until"]) == (True, None)
    assert (day(14), day(50)) not in await times()


async def test_nobody_in_training_becomes_active_by_stepping_down_and_staying(world: World) -> None:
    await world.school()
    rook = await supporter_in(world, SupporterStatus.IN_TRAINING)
    assert (await step_down(world, rook, last_day="2099-03-10")).json()["status"] == "in_training"
    assert (await say(world, rook, None)).json()["status"] == "in_training"


async def test_the_last_day_of_a_training_that_did_not_go_on_ends_no_later_one(world: World) -> None:
    await world.school()
    lee, kim = await world.person(Role.COORDINATOR), await world.person(Role.COORDINATOR)
    rook = await supporter_in(world, SupporterStatus.IN_TRAINING)
    await watched(world)
    soon = (world.time.now() + dt.timedelta(days=20)).date().isoformat()
    assert (await say(world, rook, soon)).json()["expected_end"] == soon
    no = {"words": "You were at none of the evenings.", "because": ["accessible_and_able_to_contribute"]}
    done = await change(world, lee, f"/v1/supporters/{await world.supporter_id(rook)}", "/not-proceeding", no)
    assert done.status_code == 200, done.text
    assert (await change(world, rook, MINE, "/appeal", {})).status_code == 200
    world.time.advance(days=27)
    await world.settle()
    [item] = (await world.http.get(APPLICATIONS, headers=kim.headers)).json()["items"]
    changed = {"decision": "changed", "words": "They were on placement."}
    at = f"{APPLICATIONS}/{item['id']}"
    assert (await change(world, kim, at, "/appeal-decision", changed)).json()["state"] == "accepted"
    world.time.advance(hours=2)
    await world.settle()
    me = await world.http.get("/v1/supporters/me", headers=rook.headers)
    assert (me.json()["status"], me.json()["expected_end"]) == ("in_training", None)


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


async def test_the_name_of_somebody_who_has_gone_is_nobody_elses_also_while_they_apply_again(world: World) -> None:
    await world.school()
    lee = await world.person(Role.COORDINATOR)
    wren = await world.person(Role.SUPPORTER, Role.STUDENT, alias="Wren")
    named = {"login": "new@harbour.example", "alias": "wren", "roles": []}

    async def invite() -> list[str]:
        path = "/v1/schools/harbour/invitations"
        made = await world.http.post(path, headers=lee.headers | world.once(), json=named)
        return [each["code"] for each in made.json().get("errors", ())]

    assert (await step_down(world, wren)).json()["status"] == "alumni"
    assert await invite() == ["alias_retired"]
    application, _ = await apply(world, wren)
    assert await invite() == ["alias_retired"]
    no = {"decision": "not_proceeding", "words": "Not this year.", "because": ["study_on_track"]}
    assert (await change(world, lee, f"{APPLICATIONS}/{application}", "/decision", no)).status_code == 200
    assert await invite() == ["alias_retired"]


async def test_whoever_left_and_is_back_before_the_worker_has_looked_has_no_contact_and_trains_first(
    world: World,
) -> None:
    """As if it had looked in between."""
    story, _ = await in_touch(world)
    lee, wren = story.people.coordinator, story.supporter
    people = f"/v1/schools/harbour/people/{wren.id}"
    assert (await world.http.post(f"{people}/leave", headers=lee.headers)).status_code == 200
    world.time.advance(minutes=3)
    assert (await world.http.post(f"{people}/come-back", headers=lee.headers)).status_code == 200
    given = {"person": str(wren.id), "role": "supporter"}
    path = "/v1/schools/harbour/role-grants"
    assert (await world.http.post(path, headers=lee.headers | world.once(), json=given)).status_code == 201
    await world.settle()
    assert await contacts_of(world, story) == [("Wren", "ended", False)]
    shown = await world.http.get(f"/v1/supporters/{await world.supporter_id(wren)}", headers=lee.headers)
    assert shown.json()["status"] == "in_training"
    grants = (await world.http.get(path, headers=lee.headers, params={"person": str(wren.id)})).json()["items"]
    assert [each["state"] for each in grants] == ["current", "ended"]


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


async def test_whoever_takes_a_new_application_back_is_what_they_were_whatever_came_of_an_old_one(world: World) -> None:
    await world.school()
    lee = await world.person(Role.COORDINATOR)
    wren = await world.person(Role.STUDENT, alias="Wren")
    application, _ = await apply(world, wren)
    no = {"decision": "not_proceeding", "words": "Not this year.", "because": ["study_on_track"]}
    assert (await change(world, lee, f"{APPLICATIONS}/{application}", "/decision", no)).status_code == 200
    given, once = {"person": str(wren.id), "role": "supporter"}, lee.headers | world.once()
    assert (await world.http.post("/v1/schools/harbour/role-grants", headers=once, json=given)).status_code == 201
    await world.settle()
    supporter, sessions = await world.supporter_id(wren), "/v1/schools/harbour/supervision-sessions"
    talk = {"kind": "group", "supervisor": str(lee.id), "starts_local": "2030-03-24T17:30", "minutes": 60}
    planned = await world.http.post(
        sessions, headers=lee.headers | world.once(), json=talk | {"attendees": [supporter]}
    )
    assert planned.status_code == 201, planned.text
    gone = await world.http.post(f"/v1/supporters/{supporter}/step-down", headers=lee.headers | world.once(), json={})
    assert gone.json()["status"] == "alumni"
    await apply(world, wren)
    assert (await world.http.post(f"{MINE}/withdraw", headers=wren.headers)).status_code == 204
    me = await world.http.get("/v1/supporters/me", headers=wren.headers)
    assert (me.status_code, me.json().get("status")) == (200, "alumni")
    assert (await world.http.get(sessions, headers=lee.headers)).status_code == 200


async def test_a_school_whose_rows_cannot_be_read_keeps_no_other_from_being_looked_at(world: World) -> None:
    await world.school("adrift")
    await world.person(Role.SUPPORTER, school="adrift")
    await world.school()
    lee = await world.person(Role.COORDINATOR, paged=True)
    wren = await world.person(Role.SUPPORTER)
    assert (await say(world, wren, (world.time.now() + dt.timedelta(days=30)).date().isoformat())).is_success

    def spoil(session: Session) -> None:
        for school in session.exec(select(School).where(School.slug == "adrift")):
            school.policies = {"minimum_supporters": "some"}
            school.time_zone = "Nowhere/None"
            session.add(school)

    await world.write(spoil)
    world.time.advance(hours=1)
    await watched(world)
    now = world.time.now()
    await world.write(lambda s: queue.enqueue(s, digests.WEEKLY, NOTHING, due_at=now, now=now, key=digests.WEEKLY))
    assert told(world, lee, "succession.at_risk")
    for days in (*[1] * 7, 25):
        world.time.advance(days=days)
        await world.settle()
    me = await world.http.get("/v1/supporters", headers=lee.headers)
    assert [each["status"] for each in me.json()["items"]] == ["alumni"]
    assert told(world, lee, "digest.weekly")


async def test_what_a_supporter_invites_to_is_taken_down_when_they_go(world: World) -> None:
    await world.school()
    wren = await world.person(Role.SUPPORTER)
    now = world.time.now()
    tea = {
        "audience": "everybody",
        "title": "Tea after rounds",
        "words": "Come and sit with us.",
        "meeting": "Fridays at four in the canteen",
        "opens_at": now.isoformat(),
        "closes_at": (now + dt.timedelta(days=30)).isoformat(),
    }
    made = await world.http.post("/v1/supporters/open-invitations", headers=wren.headers | world.once(), json=tea)
    assert made.status_code == 201, made.text
    path = "/v1/schools/harbour/open-invitations"
    assert len((await world.http.get(path)).json()["items"]) == 1
    assert (await step_down(world, wren)).status_code == 200
    assert (await world.http.get(path)).json()["items"] == []


async def test_the_audit_log_tells_no_pause_from_other_time_away(world: World) -> None:
    """Also of somebody who was in touch with somebody, and was there again."""
    story, _ = await in_touch(world)
    before = await actions(world)
    await pause(world, story.supporter)
    await resume(world, story.supporter)
    await world.settle()
    assert set(await actions(world)) - set(before) == {"absence.started", "absence.ended"}


async def actions(world: World) -> list[str]:
    return list(await world.db.read(lambda session: session.exec(select(AuditEntry.action)).all()))
