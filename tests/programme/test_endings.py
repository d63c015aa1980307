"""J9: a supporter graduates, and what becomes of their shifts, of those they met, and of the programme (STUDY D09)."""

from __future__ import annotations

import pytest

from app.vocabulary import Role, RosterLine
from tests.planning.scene import Scene
from tests.programme.going import MINE, say, step_down, told, until, watched
from tests.reports.passing_on import answer, held, my_contacts, offered
from tests.support.world import World

one_database = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


async def test_a_last_day_is_a_gap_weeks_ahead_and_no_shift_is_given_beyond_it(world: World) -> None:
    """To the midnight in Melbourne; told once to them and to the coordinator; and taken back, it was never."""
    scene = await Scene.set_up(world, line="peer_support", role=Role.SUPPORTER)
    await watched(world)
    said = await say(world, scene.b, "2027-05-12")
    assert said.status_code == 200, said.text
    assert (said.json()["ends_at"], said.json()["status"]) == ("2027-05-12T14:00:00Z", "active")
    await world.settle()
    gaps = (await scene.get(f"rosters/{scene.roster}/gaps")).json()["items"]
    ended = [(each["start"], each["end"]) for each in gaps if each["cause"] == "ended"]
    assert ended[0] == ("2027-05-12T14:00:00Z", "2027-05-16T23:00:00Z"), "the rest of their week"
    for who in (scene.b, scene.coordinator):
        assert told(world, who, "succession.due") == [{"school": "harbour", "supporter_id": said.json()["id"]}]

    given = {"person": str(scene.b.id), "reason": "Ill", "start": "2027-05-18T00:00Z", "end": "2027-05-18T06:00Z"}
    refused = await scene.edit("overrides", given)
    assert refused.status_code == 409, refused.text
    assert "ended" in {each["code"] for each in refused.json()["errors"]}

    await world.settle()
    assert len(told(world, scene.b, "succession.due")) == 1
    assert (await say(world, scene.b, "2027-02-28")).json()["errors"][0]["code"] == "in_the_past"
    assert (await say(world, scene.b, None)).json()["ends_at"] is None
    await world.settle()
    gaps = (await scene.get(f"rosters/{scene.roster}/gaps")).json()["items"]
    assert "ended" not in {each["cause"] for each in gaps if each["state"] == "open"}


@one_database
async def test_whoever_steps_down_hands_over_and_is_an_alumnus_after_the_last_day(world: World) -> None:
    """No reason is asked; nobody new; what is open goes back to whoever handed it over; their token opens nothing."""
    story = await held(world)
    wren = story.supporter
    contact = await offered(world, story)
    assert (await answer(world, wren, contact, "accept")).status_code == 200
    await watched(world)
    stepping = await step_down(world, wren, last_day="2099-03-10")
    assert (stepping.status_code, stepping.json()["status"]) == (200, "stepping_down")
    triager = story.people.triager.headers
    shown = (await world.http.get(f"{story.path}/contacts", headers=triager)).json()["items"]
    assert [each["leaves_on"] for each in shown] == ["2099-03-10"]
    assert (await world.http.get(f"{story.path}/supporters", headers=triager)).json()["items"] == []
    assert (await my_contacts(world, wren))[0]["state"] == "accepted", "what is open goes on"

    etag = (await world.http.get(MINE, headers=wren.headers)).headers["etag"]
    gone = await step_down(world, wren)
    assert (gone.status_code, gone.json()["status"], gone.json()["expected_end"]) == (200, "alumni", None)
    assert (await world.http.get(MINE, headers=wren.headers | {"If-None-Match": etag})).status_code == 401
    shown = (await world.http.get(f"{story.path}/contacts", headers=triager)).json()["items"]
    assert [(each["state"], each["leaves_on"]) for each in shown] == [("ended", None)]
    await world.settle()
    [last] = told(world, wren, "supporter.left")
    assert last["exit_evaluation"] is True


@one_database
async def test_the_last_day_ends_at_midnight_of_the_school_and_ends_everything(world: World) -> None:
    scene = await Scene.set_up(world, line="peer_support", role=Role.SUPPORTER)
    await watched(world)
    assert (await step_down(world, scene.a, last_day="2027-03-03")).status_code == 200
    await until(world, "2027-03-03T12:30+00:00")
    assert (await world.http.get(MINE, headers=scene.a.headers)).status_code == 200, "half past eleven at night"
    await until(world, "2027-03-03T13:00+00:00")
    assert (await world.http.get(MINE, headers=scene.a.headers)).status_code == 401, "midnight, and no look is due yet"
    assert await scene.on_call() == []
    assert await scene.on_call("2027-03-02T00:00Z") == ["Mira"], "the past is a record"


@one_database
async def test_whoever_has_the_role_no_more_is_an_alumnus_within_the_hour(world: World) -> None:
    """A coordinator ended it: what is open does not stay with somebody who cannot sign in."""
    story = await held(world)
    contact = await offered(world, story)
    assert (await answer(world, story.supporter, contact, "accept")).status_code == 200
    lee = story.people.coordinator
    grants = await world.http.get("/v1/schools/harbour/role-grants", headers=lee.headers, params={"limit": 100})
    [grant] = [each for each in grants.json()["items"] if each["person"] == str(story.supporter.id)]
    ended = await world.http.post(
        f"/v1/schools/harbour/role-grants/{grant['id']}/end", headers=lee.headers | {"If-Match": "*"}
    )
    assert ended.is_success, ended.text
    await watched(world)
    shown = await world.http.get(f"{story.path}/contacts", headers=story.people.triager.headers)
    assert [each["state"] for each in shown.json()["items"]] == ["ended"]


@one_database
async def test_the_last_supporter_leaves_tonight_and_everything_answers(world: World) -> None:
    """J6 holds: nobody is there, and it says so; the programme is at risk, and that is told once."""
    await world.school()
    lee = await world.person(Role.COORDINATOR, alias="Lee", paged=True)
    bell = await world.person(Role.SPONSOR, alias="Bell", paged=True)
    wren = await world.person(Role.SUPPORTER, alias="Wren", paged=True)
    await world.on_call(wren, line=RosterLine.PEER_SUPPORT)
    left = await world.http.post(f"/v1/schools/harbour/people/{wren.id}/leave", headers=lee.headers)
    assert left.status_code == 200, left.text
    await world.settle()
    lines = (await world.http.get("/v1/schools/harbour/coverage/now")).json()["lines"]
    assert {each["line"]: each["staffed"] for each in lines}["peer_support"] is False
    assert (await world.http.get("/v1/schools/harbour/help-now")).json()["always_open"]
    assert (await world.report("tearful")).status_code == 201
    await watched(world)
    for who in (lee, bell):
        [risk] = told(world, who, "succession.at_risk")
        assert risk["reasons"] == ["too_few_now", "too_few_after_term"]
    forecast = await world.http.get("/v1/schools/harbour/succession/forecast", headers=bell.headers)
    assert (forecast.json()["active"], forecast.json()["at_risk"]) == (0, risk["reasons"])
    again = await world.http.post(f"/v1/schools/harbour/people/{wren.id}/come-back", headers=lee.headers)
    assert again.status_code == 200
    await world.settle()
    assert [len(told(world, who, "succession.at_risk")) for who in (lee, bell)] == [1, 1]
    named = {"login": "new@harbour.example", "alias": "wren", "roles": []}
    path = "/v1/schools/harbour/invitations"
    refused = await world.http.post(path, headers=lee.headers | world.once(), json=named)
    assert refused.json()["errors"][0]["code"] == "alias_retired", "peers would write to the wrong person"
