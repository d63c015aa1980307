"""A pause that the programme asks for: after a conversation, with somebody else to say no to (J8; STUDY D10)."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import httpx
from sqlmodel import Session, select

from app.models import Absence, DebriefOffer, Pause, Supporter
from app.vocabulary import Role
from tests.planning.scene import one_database
from tests.programme.test_pausing import PAUSES, contacts_of, in_touch, pause, resume
from tests.reports import passing_on
from tests.reports.harbour import act, leave, listed, rows, told
from tests.support.world import Someone, World

NOTE = "We talked on Tuesday: four contacts are too many."
APPEALS = "/v1/pause-appeals"


async def path_of(world: World, supporter: Someone) -> str:
    def find(session: Session) -> uuid.UUID:
        return session.exec(select(Supporter.id).where(Supporter.person_id == supporter.id)).one()

    return f"/v1/supporters/{await world.write(find)}/pauses"


async def ask(world: World, path: str, by: Someone, **body: Any) -> httpx.Response:
    return await world.http.post(path, headers=by.headers | world.once(), json={"note": NOTE, **body})


async def test_the_programme_asks_and_a_sponsor_decides(world: World) -> None:
    story, contact = await in_touch(world)
    lee, wren, okafor = story.people.coordinator, story.supporter, story.people.sponsor
    # Lee answers for the programme as a sponsor too, and still does not judge what Lee has asked for.
    both = await world.person(Role.COORDINATOR, Role.SPONSOR, alias="Bo", paged=True)
    path = await path_of(world, wren)
    assert (await world.http.post(path, headers=lee.headers | world.once(), json={})).status_code == 422
    assert (await ask(world, path, okafor)).status_code == 403
    made = await ask(world, path, both)
    assert made.status_code == 201, made.text
    assert (await ask(world, path, lee)).json()["code"] == "pause_goes_on"
    assert await contacts_of(world, story) == [("Wren", "accepted", True)]
    await world.settle()
    sent = "".join(each.body.decode() for each in world.receiver.requests())
    assert "pause.changed" in told(world)[wren.hook or ""]
    assert [word for word in (NOTE, "Tuesday") if word in sent] == []
    [mine] = (await world.http.get(PAUSES, headers=wren.headers)).json()["items"]
    assert (mine["asked_by_programme"], mine["note"], mine["going_on"]) == (True, NOTE, True)
    [seen] = (await world.http.get(path, headers=lee.headers)).json()["items"]
    assert seen["note"] == NOTE
    # It is not theirs to end; what they may do is say no.
    assert (await resume(world, wren))["paused"] is True
    words = {"text": "I would rather keep the one person."}
    no = await world.http.post(mine["appeal_to"], headers=wren.headers | world.once(), json=words)
    assert no.status_code == 200, no.text
    await world.settle()
    assert "pause.changed" in told(world)[okafor.hook or ""]
    assert "pause.changed" not in told(world).get(both.hook or "", [])
    assert (await world.http.get(APPEALS, headers=both.headers)).json()["items"] == []
    decide = f"{APPEALS}/{mine['id']}/decide"
    assert (await world.http.post(decide, headers=both.headers, json={"decision": "kept"})).status_code == 404
    [waits] = (await world.http.get(APPEALS, headers=okafor.headers)).json()["items"]
    assert (waits["alias"], waits["text"], NOTE in str(waits)) == ("Wren", words["text"], False)
    for _ in range(2):
        done = await world.http.post(decide, headers=okafor.headers, json={"decision": "ended"})
        assert done.status_code == 200, done.text
    other = await world.http.post(decide, headers=okafor.headers, json={"decision": "kept"})
    assert (other.status_code, other.json()["code"]) == (409, "appeal_decided")
    await world.settle()
    assert told(world)[both.hook or ""].count("pause.changed") == 1
    assert (await resume(world, wren))["paused"] is False
    # Nobody else was asked meanwhile: the contact is Wren's as before.
    assert await contacts_of(world, story) == [("Wren", "accepted", False)]
    assert [each["id"] for each in await passing_on.my_contacts(world, wren)] == [contact]


@one_database
async def test_a_coordinator_sees_of_a_pause_of_their_own_only_that_it_goes_on(world: World) -> None:
    story, _ = await in_touch(world)
    wren, lee = story.supporter, story.people.coordinator
    path = await path_of(world, wren)
    silent = {"until": (world.time.now() + dt.timedelta(days=9)).replace(second=0, microsecond=0).isoformat()}
    for body, reason in (
        (silent | {"reason": "own_wellbeing"}, None),
        ({"reason": "workload", "share_reason": True}, "workload"),
    ):
        assert (await pause(world, wren, **body)).status_code == 201
        [seen] = (await world.http.get(path, headers=lee.headers)).json()["items"]
        assert (seen["reason"], seen["note"], seen["asked_by_programme"]) == (reason, None, False)
        assert (seen["until"] is not None) == ("until" in body)
        world.time.advance(minutes=2)
        await resume(world, wren)
        assert (await world.http.get(path, headers=lee.headers)).json()["items"] == []
    # What is not shared is nowhere.
    assert {each.reason for each in await rows(world, Pause)} == {None, "workload"}
    assert (await world.http.get(path, headers=wren.headers)).status_code == 403


@one_database
async def test_four_weeks_after_its_end_it_was_time_away_and_no_pause(world: World) -> None:
    story, _ = await in_touch(world)
    await pause(world, story.supporter, reason="workload", share_reason=True)
    world.time.advance(hours=1)
    await resume(world, story.supporter)
    world.time.advance(days=27)
    await world.settle()
    assert len(await rows(world, Pause)) == 1
    world.time.advance(days=2)
    await world.settle()
    assert await rows(world, Pause) == []
    assert {each.kind for each in await rows(world, Absence)} == {"leave"}


@one_database
async def test_a_hold_on_the_school_keeps_pauses_and_offers_of_a_talk(world: World) -> None:
    story, contact = await in_touch(world, priority="now")
    officer = await world.person(Role.PRIVACY_OFFICER)
    body = {"report_id": None, "reason": "A coroner asks.", "authority_ref": "A letter"}
    holds = "/v1/schools/harbour/legal-holds"
    placed = await world.http.post(holds, headers=officer.headers | world.once(), json=body)
    assert placed.status_code == 201, placed.text
    assert (await passing_on.answer(world, story.supporter, contact, "end", {})).status_code == 200
    await pause(world, story.supporter)
    world.time.advance(minutes=2)
    await resume(world, story.supporter)
    await world.settle()
    for days in (43, 2):
        world.time.advance(days=days)
        await world.settle()
        assert (len(await rows(world, Pause)), len(await rows(world, DebriefOffer))) == (1, 1)
    at, note = placed.headers["Location"], {"note": "It is over."}
    released = await world.http.post(f"{at}/release", headers=officer.headers | {"If-Match": "*"}, json=note)
    assert released.status_code == 200, released.text
    world.time.advance(days=2)
    await world.settle()
    assert (await rows(world, Pause), await rows(world, DebriefOffer)) == ([], [])


@one_database
async def test_a_talk_is_offered_after_something_urgent_and_saying_no_is_nobodys_business(world: World) -> None:
    story, contact = await in_touch(world, priority="now")
    wren, lee, mira = story.supporter, story.people.coordinator, story.people.adviser
    talks = "/v1/supporters/me/debriefs"

    async def offered() -> list[dict[str, Any]]:
        await world.settle()
        found: list[dict[str, Any]] = (await world.http.get(talks, headers=wren.headers)).json()["items"]
        return found

    async def seen() -> Any:
        load = (await path_of(world, wren)).replace("/pauses", "/load")
        return (await world.http.get(load, headers=lee.headers)).json()["talk_offered"]

    assert (await offered(), await seen()) == ([], False)
    ended = await passing_on.answer(world, wren, contact, "end", {})
    assert ended.status_code == 200
    [talk] = await offered()
    assert (talk["state"], talk["adviser"], await seen()) == ("offered", "Mira", True)
    assert told(world)[wren.hook or ""].count("debrief.offered") == 1
    assert story.report_id not in str(talk)
    said_no = await world.http.post(f"{talks}/{talk['id']}/decline", headers=wren.headers)
    assert said_no.json()["state"] == "declined"
    await world.settle()
    # Coordinators see that it was offered, as before; nobody was told of the no, and nobody's list has it.
    assert await seen() is True
    for who in (mira, lee):
        assert (await world.http.get("/v1/debriefs", headers=who.headers)).json()["items"] == []
        assert "debrief.taken" not in told(world).get(who.hook or "", [])
    # Another one, of a contact that Wren cannot go on with; with its end there is no second offer.
    asked = await passing_on.ask(world, story)
    assert (await passing_on.answer(world, wren, asked.json()["id"], "accept")).status_code == 200
    await pause(world, wren)
    [second] = [each for each in await offered() if each["state"] == "offered"]
    path = f"{story.path}/contacts/{asked.json()['id']}/end"
    assert (await world.http.post(path, headers=story.people.triager.headers)).status_code == 200
    assert len(await offered()) == 2
    for at in ("9999-12-31T23:30:00-05:00", "0001-01-01T00:30:00+10:00"):
        refused = await world.http.post(f"{talks}/{second['id']}/take", headers=wren.headers, json={"when": at})
        assert refused.status_code == 422, "in no year of UTC"
    when = (world.time.now() + dt.timedelta(days=2)).replace(microsecond=0).isoformat()
    taken = await world.http.post(f"{talks}/{second['id']}/take", headers=wren.headers, json={"when": when})
    assert taken.json()["state"] == "taken", taken.text
    await world.settle()
    assert told(world)[mira.hook or ""].count("debrief.taken") == 1
    [wanted] = (await world.http.get("/v1/debriefs", headers=mira.headers)).json()["items"]
    assert wanted["alias"] == "Wren"
    over = await world.http.post(f"{talks}/{second['id']}/decline", headers=wren.headers)
    assert (over.status_code, over.json()["code"]) == (409, "debrief_over")


@one_database
async def test_a_talk_is_not_offered_with_an_adviser_from_whom_it_is_kept(world: World) -> None:
    """Mira is on call, and must not learn that there is anything to talk about (J14)."""
    story, contact = await in_touch(world, priority="now", keep_from=["Mira"])
    assert (await passing_on.answer(world, story.supporter, contact, "end", {})).status_code == 200
    await world.settle()
    talks = await world.http.get("/v1/supporters/me/debriefs", headers=story.supporter.headers)
    assert [each["adviser"] for each in talks.json()["items"]] not in ([], ["Mira"])


@one_database
async def test_a_talk_with_somebody_who_has_left_is_a_coordinators_to_find(world: World) -> None:
    """Before it is taken, or after."""
    story, contact = await in_touch(world, priority="now")
    wren, lee, mira = story.supporter, story.people.coordinator, story.people.adviser
    talks = "/v1/supporters/me/debriefs"
    await passing_on.answer(world, wren, contact, "end", {})
    await world.settle()
    [talk] = (await world.http.get(talks, headers=wren.headers)).json()["items"]
    assert talk["adviser"] == "Mira"
    taken = await world.http.post(f"{talks}/{talk['id']}/take", headers=wren.headers, json={})
    assert (await world.http.get("/v1/debriefs", headers=lee.headers)).json()["items"] == []
    await leave(world, mira)
    [wanted] = (await world.http.get("/v1/debriefs", headers=lee.headers)).json()["items"]
    assert (taken.json()["adviser"], wanted["alias"]) == ("Mira", "Wren")
    later = (world.time.now() + dt.timedelta(days=2)).replace(microsecond=0).isoformat()
    again = await world.http.post(f"{talks}/{talk['id']}/take", headers=wren.headers, json={"when": later})
    assert again.json()["adviser"] is None
    await world.settle()
    assert told(world)[lee.hook or ""].count("debrief.taken") == 1


@one_database
async def test_an_offer_lapses_and_what_was_not_urgent_makes_none(world: World) -> None:
    story, contact = await in_touch(world)
    await passing_on.answer(world, story.supporter, contact, "end", {})
    await world.settle()
    talks = "/v1/supporters/me/debriefs"
    assert (await world.http.get(talks, headers=story.supporter.headers)).json()["items"] == []
    urgent, contact = await again(world, story)
    await passing_on.answer(world, urgent.supporter, contact, "end", {})
    await leave(world, story.people.adviser)
    await world.settle()
    [talk] = (await world.http.get(talks, headers=story.supporter.headers)).json()["items"]
    world.time.advance(days=15)
    [talk] = (await world.http.get(talks, headers=story.supporter.headers)).json()["items"]
    assert talk["state"] == "lapsed"
    late = await world.http.post(f"{talks}/{talk['id']}/take", headers=story.supporter.headers, json={})
    assert (late.status_code, late.json()["code"]) == (409, "debrief_over")
    world.time.advance(days=28)
    await world.settle()
    assert (await world.http.get(talks, headers=story.supporter.headers)).json()["items"] == []


async def again(world: World, story: passing_on.Held) -> tuple[passing_on.Held, str]:
    """Another report, urgent by a sign, for the same supporter."""
    made = await world.report("said_thoughts_of_suicide", wants="offer_of_support_to_peer")
    [found] = [each for each in await listed(world, story.people.triager) if each["id"] != story.report_id]
    await act(world, story.people.triager, found["id"], "claim")
    receipt = made.json()["receipt"]
    other = passing_on.Held(story.people, story.supporter, receipt, await world.reporter(receipt), found["id"])
    contact = await passing_on.offered(world, other)
    assert (await passing_on.answer(world, story.supporter, contact, "accept")).status_code == 200
    return other, contact
