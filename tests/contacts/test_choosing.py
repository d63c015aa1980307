"""A peer chooses a supporter themselves, and nobody learns more of it than they must (STUDY D06; domain, 2.1)."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from typing import Any

import pytest
from choosing_story import (
    CHOICE,
    CODES,
    REACH,
    SESSION,
    SUPPORTERS,
    WORDS,
    answer,
    asked,
    choose,
    chosen,
    code_from,
    contacts_of,
    friend,
    opened,
    peer,
    state,
    supporter,
)
from sqlmodel import Session, select

from app.contacts import forgetting
from app.core import clock
from app.models import AuditEntry, Choice, Contact, ContactCode, Event, GivenContactCode, Report, School, WorkItem
from app.routers.openapi import guards_of
from app.vocabulary import Role
from app.vocabulary.supporters import SupporterStatus, YearBand
from app.work import queue
from app.worker import NOTHING
from tests.support.world import Someone, World

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
# Of the API itself: the same for everybody, and slow.
DOCUMENTS = ("/v1/openapi.json", "/openapi.json", "/docs", "/v1/docs")
MONDAY = dt.datetime(2027, 3, 15, 1, 20, tzinfo=dt.UTC)


async def rows(world: World, table: Any) -> list[Any]:
    return await world.write(lambda session: list(session.exec(select(table))))


async def hourly(world: World) -> None:
    """What is dropped every hour."""
    now = clock.now()
    await world.write(
        lambda s: queue.enqueue(s, forgetting.FORGET, NOTHING, due_at=now, now=now, key=forgetting.FORGET)
    )
    await world.settle()


def told(world: World, who: Someone) -> list[str]:
    return [request.json()["type"] for request in world.receiver.requests(who.hook)]


async def test_a_friend_passes_a_code_on_and_the_peer_meets_somebody_of_their_choice(world: World) -> None:
    await world.school()
    ana, ana_id = await supporter(world, "Ana")
    bo, _ = await supporter(world, "Bo")
    headers = await friend(world, narrative="She sits alone at lunch behind her scarf.")
    code = await code_from(world, headers)
    assert (await world.http.get(CODES, headers=headers)).json()["open"] == 1

    session = await opened(world, code.lower().replace("-", " "))
    listed = (await world.http.get(SUPPORTERS, headers=session)).json()["items"]
    assert {item["alias"] for item in listed} == {"Ana", "Bo"}
    again = await world.http.get(SUPPORTERS, headers=session)
    assert [item["id"] for item in again.json()["items"]] == [item["id"] for item in listed]
    back = await chosen(world, session, preferred=[ana_id])
    assert await asked(world, ana, bo) == ["Ana"]
    [offered] = await contacts_of(world, ana)
    assert (offered["summary"], offered["contact"], offered["note_is_read"]) == (WORDS, None, False)
    assert await state(world, back) == ("asked", None)

    accepted = await answer(world, ana, "accept")
    assert accepted.json()["contact"] == REACH
    assert await state(world, back) == ("accepted", "Ana")
    refused = await answer(world, ana, "end", body={"note": "We met."})
    assert (refused.status_code, refused.json()["code"]) == (409, "nobody_reads_notes")
    ended = await answer(world, ana, "end", body={})
    assert (ended.json()["summary"], ended.json()["contact"], ended.json()["state"]) == (None, None, "ended")
    assert await state(world, back) == ("over", None)

    [contact], [choice] = await rows(world, Contact), await rows(world, Choice)
    assert (contact.summary_sealed, contact.reach_sealed, contact.note_sealed, contact.report_id) == (None,) * 4
    assert (choice.wishes_sealed, choice.reach_sealed, choice.words_sealed) == (None,) * 3
    # Its friend's code is spent, and is gone; that one was given is all that is left on the report's side.
    assert await rows(world, ContactCode) == []
    assert (await world.http.get(CODES, headers=headers)).json()["open"] == 1
    world.time.advance(days=31)
    await hourly(world)
    assert [await rows(world, table) for table in (Choice, Contact, GivenContactCode)] == [[], [], []]


async def test_two_who_use_one_code_at_the_same_time_are_one(world: World) -> None:
    await world.school()
    await supporter(world, "Ana")
    code = await code_from(world, await friend(world))
    one, two = await opened(world, code), await opened(world, code)
    answers = await asyncio.gather(choose(world, one), choose(world, two))
    assert sorted(each.status_code for each in answers) == [201, 404]
    assert len(await rows(world, Choice)) == len(await rows(world, Contact)) == 1
    # Who lost the answer gets it again, until the code in it is used.
    headers = await peer(world) | world.once()
    first, repeated = await choose(world, headers), await choose(world, headers)
    assert (first.json(), repeated.headers["Idempotency-Replayed"]) == (repeated.json(), "true")
    await opened(world, first.json()["code"], "choice")
    assert (await choose(world, headers)).json()["code"] == "already_received"


@on_sqlite
async def test_a_code_that_opens_nothing_is_one_and_the_same_whatever_became_of_it(world: World) -> None:
    await world.school()
    await supporter(world, "Ana")
    headers = await friend(world)
    used, taken_back, late = [await code_from(world, headers) for _ in range(3)]
    full = await world.http.post(CODES, headers=headers)
    assert (full.status_code, full.json()["code"]) == (409, "too_many_contact_codes")
    await chosen(world, await opened(world, used))
    assert (await world.http.delete(CODES, headers=headers)).status_code == 204
    assert (await world.http.get(CODES, headers=headers)).json()["open"] == 0
    late = await code_from(world, headers)
    world.time.advance(days=15)
    await hourly(world)

    async def refused(code: str) -> tuple[int, dict[str, Any]]:
        answered = await world.http.post(SESSION, json={"code": code})
        return answered.status_code, answered.json() | {"instance": ""}

    nothing = await refused("00000-00000-00000-00000")
    assert nothing[0] == 404
    assert [await refused(code) for code in (used, taken_back, late, "x")] == [nothing] * 4
    assert await rows(world, ContactCode) == await rows(world, GivenContactCode) == []


@on_sqlite
async def test_a_worry_that_is_taken_back_takes_nothing_from_the_peer(world: World) -> None:
    await world.school()
    await supporter(world, "Ana")
    headers = await friend(world)
    code = await code_from(world, headers)
    preview = (await world.http.get("/v1/me/report/withdraw-preview", headers=headers)).json()
    body = {"expected": preview["outcome"]}
    assert (await world.http.post("/v1/me/report/withdraw", headers=headers, json=body)).status_code == 200
    assert (await world.http.post(CODES, headers=headers)).json()["code"] == "report_withdrawn"
    world.time.advance(days=2)
    await world.settle()
    [report] = await rows(world, Report)
    assert report.erased_hour is not None
    assert await rows(world, GivenContactCode) == []
    await chosen(world, await opened(world, code))


@on_sqlite
async def test_it_goes_on_to_the_next_until_nobody_is_left_and_then_says_so(world: World) -> None:
    await world.school()
    world.time.set(MONDAY)
    coordinator = await world.person(Role.COORDINATOR, paged=True)
    people = {alias: await supporter(world, alias) for alias in ("Ana", "Bo", "Cleo", "Dev")}
    ana, bo, cleo, dev = [who for who, _ in people.values()]
    headers = await peer(world)
    made = await choose(world, headers, preferred=[people["Bo"][1], people["Ana"][1]], **{"not": [people["Dev"][1]]})
    # Three could be asked, with a day each; from twenty past one that is by two.
    assert made.json()["answer_by"] == "2027-03-18T02:00:00Z"
    code = made.json()["code"]
    await world.settle()
    assert await asked(world, ana, bo, cleo, dev) == ["Bo"]
    await answer(world, bo, "decline")
    assert await asked(world, ana, bo, cleo, dev) == ["Ana"]
    world.time.advance(hours=23)
    await world.settle()
    assert await asked(world, ana, bo, cleo, dev) == ["Ana"]
    world.time.advance(hours=1, minutes=1)
    await world.settle()
    assert await asked(world, ana, bo, cleo, dev) == ["Cleo"]
    assert await state(world, code) == ("asked", None)
    [gone] = await contacts_of(world, ana)
    assert (gone["state"], gone["summary"], gone["contact"]) == ("ended", None, None)
    assert (await answer(world, ana, "accept", gone["id"])).json()["code"] == "contact_over"

    await answer(world, cleo, "decline")
    assert await state(world, code) == ("nobody_could", None)
    [choice] = await rows(world, Choice)
    assert (choice.wishes_sealed, choice.reach_sealed, choice.words_sealed) == (None,) * 3
    assert [event.type for event in await rows(world, Event) if event.type == "contacts.unanswered"] == []
    world.time.advance(days=7)
    await world.settle()
    [event] = [event for event in await rows(world, Event) if event.type == "contacts.unanswered"]
    assert event.data == {"school": "harbour"}
    assert told(world, coordinator) == ["contacts.unanswered"]
    # That somebody said no is written down nowhere.
    log = {entry.action for entry in await rows(world, AuditEntry) if entry.action.startswith("contact")}
    assert log <= {"contact.read", "contact.accepted", "contact.ended"}


@on_sqlite
async def test_for_somebody_who_is_excluded_it_never_was(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever they can ask, and whatever is sent to them: byte for byte what they had before."""
    await world.school()
    world.time.set(MONDAY)
    ana, ana_id = await supporter(world, "Ana")
    bo, bo_id = await supporter(world, "Bo")
    coordinator = await world.person(Role.COORDINATOR, paged=True)

    async def seen(who: Someone) -> list[bytes]:
        paths = [path.replace("{school}", "harbour") for method, path in guards_of(world.app) if method == "GET"]
        asked_for = [path for path in paths if "{" not in path and path not in DOCUMENTS]
        answers = [await world.http.get(path, headers=who.headers) for path in asked_for]
        return [each.content for each in answers if each.status_code == 200]

    async def all_seen() -> list[list[bytes]]:
        return [await seen(who) for who in (bo, coordinator)]

    # Nothing but the choice happens, not even a second.
    monkeypatch.setattr(clock, "now", lambda: MONDAY + dt.timedelta(minutes=1))
    before = await all_seen()
    assert sum(map(len, before)) > 40
    code = await chosen(world, await peer(world), **{"not": [bo_id]})
    assert await all_seen() == before
    await answer(world, ana, "decline")
    assert await state(world, code) == ("nobody_could", None)
    assert await all_seen() == before
    assert told(world, bo) == []
    assert ana_id not in json.dumps([row.model_dump(mode="json") for row in await rows(world, WorkItem)])


@on_sqlite
async def test_that_somebody_said_no_is_forgotten_after_a_month_and_they_are_not_asked_again(world: World) -> None:
    """Also where somebody else is in touch for much longer."""
    await world.school()
    world.time.set(MONDAY)
    ana, ana_id = await supporter(world, "Ana")
    bo, bo_id = await supporter(world, "Bo")
    code = await chosen(world, await peer(world), preferred=[ana_id, bo_id])
    await answer(world, ana, "decline")
    await answer(world, bo, "accept")
    world.time.advance(days=29)
    await hourly(world)
    assert [each["state"] for each in await contacts_of(world, ana)] == ["declined"]
    world.time.advance(days=2)
    await hourly(world)
    assert await contacts_of(world, ana) == []
    assert [each.person_id for each in await rows(world, Contact)] == [bo.id]
    # Bo cannot go on, and Ana had said no.
    await world.http.post("/v1/supporters/me/pauses", headers=bo.headers | world.once(), json={})
    await world.settle()
    assert await state(world, code) == ("nobody_could", None)
    assert await contacts_of(world, ana) == []


@on_sqlite
async def test_a_choice_that_is_taken_back_is_gone(world: World) -> None:
    await world.school()
    ana, _ = await supporter(world, "Ana")
    code = await chosen(world, await peer(world))
    await answer(world, ana, "accept")
    headers = await opened(world, code, "choice")
    withdrawn = await world.http.post(f"{CHOICE}/withdraw", headers=headers)
    assert withdrawn.json()["help"]
    await world.settle()
    assert (await world.http.get(CHOICE, headers=headers)).status_code == 404
    assert (await world.http.post(SESSION, json={"code": code})).status_code == 404
    assert await rows(world, Choice) == []
    [contact] = await contacts_of(world, ana)
    assert (contact["state"], contact["summary"], contact["contact"]) == ("ended", None, None)
    assert told(world, ana) == ["contact.offered", "contact.over"]
    assert (await answer(world, ana, "end", contact["id"], {})).json()["state"] == "ended"


@on_sqlite
async def test_a_supporter_who_leaves_hands_the_peer_on_to_the_next(world: World) -> None:
    await world.school()
    ana, ana_id = await supporter(world, "Ana")
    bo, _ = await supporter(world, "Bo")
    coordinator = await world.person(Role.COORDINATOR)
    code = await chosen(world, await peer(world), preferred=[ana_id])
    await answer(world, ana, "accept")
    place = f"/v1/schools/harbour/people/{ana.id}"
    read = await world.http.get(place, headers=coordinator.headers)
    headers = coordinator.headers | {"If-Match": read.headers["ETag"]}
    assert (await world.http.post(f"{place}/leave", headers=headers)).status_code == 200
    await world.settle()
    assert await state(world, code) == ("asked", None)
    assert await asked(world, bo) == ["Bo"]
    await answer(world, bo, "accept")
    assert await state(world, code) == ("accepted", "Bo")
    # A pause is answered at once, and the peer is not left with somebody who is not there.
    cleo, _ = await supporter(world, "Cleo")
    paused = await world.http.post("/v1/supporters/me/pauses", headers=bo.headers | world.once(), json={})
    assert [each["looked_after"] for each in paused.json()["contacts"]] == ["given_back"]
    await world.settle()
    assert await state(world, code) == ("asked", None)
    assert await asked(world, bo, cleo) == ["Cleo"]


@on_sqlite
async def test_only_who_may_be_asked_now_is_shown_and_by_what_a_peer_looks_for(world: World) -> None:
    await world.school()
    site = str(await world.site("Coast clinic"))
    _, ana_id = await supporter(world, "Ana", languages=["zh-Hant", "en"], site_ids=[site], remote_ok=False)
    await supporter(world, "Bo", year_band=YearBand.EARLIER_YEARS)
    await supporter(world, "Unlisted", listed=False)
    await supporter(world, "Training", status=SupporterStatus.IN_TRAINING)
    _, gone_id = await supporter(world, "Alum", status=SupporterStatus.ALUMNI)
    await world.school("coast")
    _, theirs = await supporter(world, "Elsewhere", school="coast")
    headers = await peer(world)

    async def found(**query: str) -> set[str]:
        listed = await world.http.get(SUPPORTERS, headers=headers, params=query)
        assert listed.status_code == 200, listed.text
        return {item["alias"] for item in listed.json()["items"]}

    assert await found() == {"Ana", "Bo"}
    assert await found(language="zh") == await found(site=site) == await found(year_band="final_years") == {"Ana"}
    assert await found(language="en", year_band="earlier_years") == set()
    [ana] = (await world.http.get(SUPPORTERS, headers=headers, params={"language": "ZH"})).json()["items"]
    assert ana == {
        "id": ana_id,
        "alias": "Ana",
        "year_band": "final_years",
        "languages": ["zh-Hant", "en"],
        "sites": [{"id": site, "name": "Coast clinic"}],
        "remote_ok": False,
    }
    strange = await choose(world, headers, preferred=[theirs])
    assert strange.json()["errors"][0]["code"] == "unknown_supporter"
    # Of those one would have nobody can: said at once, and the code is as good as before.
    nobody = await choose(world, headers, preferred=[gone_id], anybody_else=False)
    assert (nobody.status_code, nobody.json()["code"]) == (409, "nobody_to_choose")
    assert nobody.json()["help"]
    assert (await choose(world, headers, preferred=[gone_id])).status_code == 201


@on_sqlite
async def test_where_there_is_no_programme_nobody_is_promised_one(world: World) -> None:
    await world.school("ridge", region="NSW", zone="Australia/Sydney")

    def end_programme(session: Session) -> None:
        school = session.exec(select(School)).one()
        school.features = {"formal_program": False}
        session.add(school)

    await world.write(end_programme)
    headers = await friend(world, school="ridge")
    refused = await world.http.post(CODES, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "nobody_to_choose")
    assert refused.json()["help"]
    assert (await world.http.get(CODES, headers=headers)).json()["open"] == 0
