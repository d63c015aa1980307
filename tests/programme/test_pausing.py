"""Pausing counts at once, needs no reason, and drops nobody (J8; STUDY D10, T08)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import httpx

from app.vocabulary import Role, RosterLine
from tests.paging import story as paging
from tests.planning.scene import Scene, one_database
from tests.reports import passing_on
from tests.reports.harbour import told, write_to_reporter
from tests.reports.passing_on import Held
from tests.support.world import Someone, World

PAUSES = "/v1/supporters/me/pauses"


async def pause(world: World, person: Someone, **body: Any) -> httpx.Response:
    return await world.http.post(PAUSES, headers=person.headers | world.once(), json=body)


async def resume(world: World, person: Someone, **body: Any) -> dict[str, Any]:
    done = await world.http.post("/v1/supporters/me/resume", headers=person.headers, json=body)
    assert done.status_code == 200, done.text
    found: dict[str, Any] = done.json()
    return found


async def contacts_of(world: World, story: Held) -> list[tuple[str, str, bool]]:
    found = await world.http.get(f"{story.path}/contacts", headers=story.people.triager.headers)
    return [(each["alias"], each["state"], each["needs_handover"]) for each in found.json()["items"]]


async def in_touch(world: World, **fields: Any) -> tuple[Held, str]:
    """Wren has accepted a contact and is on call for peers, and everybody has read what they were told."""
    story = await passing_on.held(world, **fields)
    await world.settle()
    await write_to_reporter(world, story.people.triager, story.report_id, "We are here.")
    contact = await passing_on.offered(world, story)
    assert (await passing_on.answer(world, story.supporter, contact, "accept")).status_code == 200
    await world.on_call(story.supporter, line=RosterLine.PEER_SUPPORT)
    await world.settle()
    world.receiver.reset()
    return story, contact


async def test_a_supporter_pauses_and_nobody_is_dropped(world: World) -> None:
    """J8 whole, of a peer for whom it is urgent: whoever is on call is asked before Wren lets go."""
    story, contact = await in_touch(world, priority="now")
    made = await pause(world, story.supporter, reason="own_wellbeing")
    assert made.status_code == 201, made.text
    paused = made.json()
    assert paused["contacts"] == [{"contact": contact, "looked_after": "on_call_asked"}]
    assert [each["change"]["gaps_opened"][0]["cause"] for each in paused["released"]] == ["paused"]
    assert (paused["going_on"], paused["reason"], paused["until"]) == (True, None, None)
    assert paused["support"]["on_call"] is True
    assert paused["support"]["help"]
    zone = dt.timezone(dt.timedelta(hours=9))
    assert dt.date.fromisoformat(paused["review_on"]) > world.time.now().astimezone(zone).date()
    await world.settle()
    # The adviser on call is paged; the triager who handles it is told that a contact needs somebody, not why.
    assert "page.requested" in told(world)[story.people.adviser.hook or ""]
    assert "contact.needs_handover" in told(world)[story.people.triager.hook or ""]
    # Covered before dropped: it stays Wren's until somebody else has it.
    assert await contacts_of(world, story) == [("Wren", "accepted", True)]
    assert [each["state"] for each in await passing_on.my_contacts(world, story.supporter)] == ["accepted"]
    # Twice is once, and the same pause; nobody new is asked.
    again = await pause(world, story.supporter)
    assert (again.json()["id"], again.json()["contacts"]) == (paused["id"], paused["contacts"])
    assert again.json()["released"] == []
    # Asking for advice stays open.
    question = {"topic": "when_to_escalate", "summary": "How do I let go?"}
    advice = "/v1/schools/harbour/advice-requests"
    asked = await world.http.post(advice, headers=story.supporter.headers | world.once(), json=question)
    assert asked.status_code == 201
    # Somebody else is asked, and has it: only then is it over for Wren.
    ana = await world.person(Role.SUPPORTER, alias="Ana", paged=True)
    assert (await passing_on.ask(world, story)).status_code == 422
    handed = await passing_on.ask(world, story, ana)
    assert handed.status_code == 201, handed.text
    assert ("Wren", "accepted", True) in await contacts_of(world, story)
    await passing_on.answer(world, ana, handed.json()["id"], "accept")
    assert sorted(await contacts_of(world, story)) == [("Ana", "accepted", False), ("Wren", "ended", False)]
    await world.settle()
    assert "contact.over" in told(world)[story.supporter.hook or ""]

    world.time.advance(days=3)
    lee = story.people.coordinator
    [away] = (await world.http.get("/v1/schools/harbour/absences", headers=lee.headers)).json()["items"]
    path = f"/v1/schools/harbour/absences/{away['id']}"
    ended = await world.http.delete(path, headers=lee.headers | {"If-Match": "*"})
    assert ended.status_code == 403
    back = await resume(world, story.supporter, check_in="ready")
    assert back["paused"] is False
    assert (await resume(world, story.supporter))["paused"] is False
    assert (await world.http.get("/v1/schools/harbour/absences", headers=lee.headers)).json()["items"] == []
    [mine] = (await world.http.get(PAUSES, headers=story.supporter.headers)).json()["items"]
    assert (mine["id"], mine["going_on"]) == (paused["id"], False)
    able = await world.http.get(f"{story.path}/supporters", headers=story.people.triager.headers)
    assert [each["alias"] for each in able.json()["items"]] == ["Ana", "Wren"]


@one_database
async def test_what_was_not_accepted_goes_back_and_what_nobody_else_was_asked_for_is_theirs_again(world: World) -> None:
    story, _ = await in_touch(world)
    assert (await pause(world, story.supporter)).json()["contacts"][0]["looked_after"] == "handler_told"
    await world.settle()
    assert "page.requested" not in told(world).get(story.people.adviser.hook or "", [])
    await resume(world, story.supporter)
    assert await contacts_of(world, story) == [("Wren", "accepted", False)]
    ends = await passing_on.answer(
        world, story.supporter, (await passing_on.my_contacts(world, story.supporter))[0]["id"], "end", {}
    )
    assert ends.status_code == 200
    waits = await passing_on.ask(world, story)
    assert waits.status_code == 201, waits.text
    given = (await pause(world, story.supporter)).json()["contacts"]
    assert given == [{"contact": waits.json()["id"], "looked_after": "given_back"}]
    assert sorted(await contacts_of(world, story)) == [("Wren", "declined", False), ("Wren", "ended", False)]


@one_database
async def test_for_what_was_taken_back_nobody_is_asked_however_urgent_it_was(world: World) -> None:
    """Its words are for nobody any more: whoever was woken could not read for whom. What was accepted ends at once."""
    story, contact = await in_touch(world, priority="now")
    taken = await world.http.post("/v1/me/report/withdraw", headers=story.reporter, json={"expected": "restricted"})
    assert taken.status_code == 200, taken.text
    await world.settle()
    world.receiver.reset()
    made = await pause(world, story.supporter)
    assert made.json()["contacts"] == [{"contact": contact, "looked_after": "given_back"}]
    await world.settle()
    assert "page.requested" not in told(world).get(story.people.adviser.hook or "", [])
    [over] = await passing_on.my_contacts(world, story.supporter)
    assert (over["state"], over["summary"], over["contact"]) == ("ended", None, None)


@one_database
async def test_a_page_in_the_hands_of_somebody_who_pauses_goes_on_in_the_same_second(world: World) -> None:
    """Unanswered or acknowledged; by the roster's route, for an adviser is no supporter. Nobody asks them again."""
    team = await paging.team(world)
    for answered in (False, True):
        await paging.urgent(world)
        if answered:
            await paging.ack(world, team.primary)
        asked = len(paging.pages(world, team.backup))
        start = world.time.now().replace(second=0, microsecond=0).isoformat()
        made = await world.http.post(
            "/v1/schools/harbour/absences",
            headers=team.primary.headers | world.once(),
            json={"kind": "paused", "start": start},
        )
        assert made.status_code == 201, made.text
        # No time has passed.
        await world.settle()
        assert len(paging.pages(world, team.backup)) == asked + 1
        absence = f"/v1/schools/harbour/absences/{made.json()['id']}"
        back = await world.http.delete(absence, headers=team.primary.headers | {"If-Match": "*"})
        assert back.status_code == 204, back.text
        world.time.advance(minutes=2)


@one_database
async def test_everybody_pauses_and_the_school_says_so(world: World) -> None:
    """J6: no error, nobody promised, and whom to call instead."""
    story, _ = await in_touch(world, priority="now")
    people = story.people
    for each in (people.adviser, people.backup, people.coordinator, people.handler):
        start = world.time.now().replace(second=0, microsecond=0).isoformat()
        body = {"kind": "paused", "start": start}
        made = await world.http.post("/v1/schools/harbour/absences", headers=each.headers | world.once(), json=body)
        assert made.status_code == 201, made.text
    last = (await pause(world, story.supporter)).json()
    assert [each["looked_after"] for each in last["contacts"]] == ["nobody_on_call"]
    assert last["support"]["on_call"] is False
    assert last["support"]["help"]
    await world.settle()
    now = (await world.http.get("/v1/schools/harbour/coverage/now")).json()
    assert {line["staffed"] for line in now["lines"]} == {False}
    made = await world.report(paging.URGENT)
    assert made.status_code == 201
    assert (made.json()["expect"]["staffed_now"], bool(made.json()["expect"]["fallback"])) == (False, True)
    await world.settle()
    assert "coverage.gap_live" in told(world)[people.sponsor.hook or ""]


@one_database
async def test_a_pause_can_begin_later_end_by_itself_and_be_called_off(world: World) -> None:
    story, _ = await in_touch(world)
    minute = world.time.now().replace(second=0, microsecond=0)
    body = {
        "from": (minute + dt.timedelta(days=1)).isoformat(),
        "until": (minute + dt.timedelta(days=3)).isoformat(),
        "reason": "study_or_exams",
        "share_reason": True,
    }
    made = (await pause(world, story.supporter, **body)).json()
    assert (made["going_on"], made["contacts"], made["reason"]) == (False, [], "study_or_exams")
    await world.settle()
    assert await contacts_of(world, story) == [("Wren", "accepted", False)]
    world.time.advance(days=1, minutes=1)
    await world.settle()
    assert await contacts_of(world, story) == [("Wren", "accepted", True)]
    world.time.advance(days=2)
    [mine] = (await world.http.get(PAUSES, headers=story.supporter.headers)).json()["items"]
    assert (mine["going_on"], mine["until"]) == (False, made["until"])
    await world.settle()
    assert await contacts_of(world, story) == [("Wren", "accepted", False)]
    past = await pause(world, story.supporter, **{"from": minute.isoformat()})
    assert (past.status_code, past.json()["errors"][0]["code"]) == (422, "in_the_past")


@one_database
async def test_a_step_of_advice_is_the_same_pause(world: World) -> None:
    """There is one way to pause."""
    story, _ = await in_touch(world, priority="now")
    question = {"topic": "when_to_escalate", "summary": "How do I let go?"}
    advice = "/v1/schools/harbour/advice-requests"
    asked = await world.http.post(advice, headers=story.supporter.headers | world.once(), json=question)
    headers = story.supporter.headers | {"If-Match": "*"}
    outcome = f"{advice}/{asked.json()['id']}/outcome"
    assert (await world.http.post(outcome, headers=headers, json={"outcome": "i_pause"})).status_code == 200
    assert await contacts_of(world, story) == [("Wren", "accepted", True)]
    [mine] = (await world.http.get(PAUSES, headers=story.supporter.headers)).json()["items"]
    assert (await pause(world, story.supporter)).json()["id"] == mine["id"]
    assert (await resume(world, story.supporter))["paused"] is False
    # Said again it counts again.
    assert (await world.http.post(outcome, headers=headers, json={"outcome": "i_pause"})).status_code == 200
    assert (await resume(world, story.supporter, check_in="not_quite"))["paused"] is False


@one_database
async def test_a_supporter_is_not_paused_by_a_coordinator_in_passing(world: World) -> None:
    scene = await Scene.set_up(world, line="peer_support", role=Role.SUPPORTER)
    body = {"kind": "paused", "start": "2027-03-08T00:00Z", "person": str(scene.b.id)}
    refused = await scene.post("absences", body, key=True)
    assert (refused.status_code, refused.json()["code"]) == (409, "pause_needs_conversation")
