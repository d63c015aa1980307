"""Independent handlers find what they have in hand, nothing else; another school may lend its own (J11, J14, B14)."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
from harbour import (
    REPORTS,
    act,
    came_of,
    cast,
    leave,
    listed,
    my_pages,
    my_report,
    nobody_answers,
    not_found_body,
    one_database,
    random_id,
    rows,
    take,
    told,
    write_to_reporter,
)

from app.models import Page, ReportGrant
from app.schools import service as schools
from app.vocabulary import Level, Role, RosterLine
from tests.support.world import Someone, World


async def give_to(world: World, by: Someone, report_id: str, person: str) -> httpx.Response:
    return await world.http.post(f"{REPORTS}/{report_id}/grants", headers=by.headers, json={"person": person})


async def on_page(world: World, person: Someone, page_id: str, what: str) -> httpx.Response:
    body = {"text": "I am here."} if what == "reply" else None
    headers = person.headers | world.once() | {"If-Match": "*"}
    return await world.http.post(f"/v1/pages/{page_id}/{what}", headers=headers, json=body)


async def agree(world: World, *schools_: tuple[str, str | None]) -> None:
    """Each of these schools names another, or none."""

    def change(session: Any) -> None:
        for slug, partner in schools_:
            row = schools.find(session, slug)
            row.policies = {**row.policies, "independent_partner": partner}
            session.add(row)

    await world.write(change)


async def test_what_a_handler_took_on_is_the_one_report_they_find(world: World) -> None:
    """Read, answered, claimed and closed like any other; until then, and beside it, they find none."""
    people = await cast(world)
    receipt = (await world.report("tearful", about_role="staff", narrative="It is about Lee.")).json()["receipt"]
    await world.report("tearful", about_role="staff")
    await world.report("tearful")
    assert await listed(world, people.handler) == []
    page = (await my_pages(world, people.handler))[-1]
    assert (await on_page(world, people.handler, page["id"], "ack")).status_code == 200

    [report] = await listed(world, people.handler)
    url = f"{REPORTS}/{report['id']}"
    found = await world.http.get(url, headers=people.handler.headers)
    assert found.json()["narrative"] == "It is about Lee."
    assert (await write_to_reporter(world, people.handler, report["id"])).json()["author"] == "adviser"
    assert (await act(world, people.handler, report["id"], "close")).json()["code"] == "not_claimed"
    assert (await act(world, people.handler, report["id"], "claim")).json()["claimed_by_me"] is True
    seen = await my_report(world, receipt)
    assert {each["role"] for each in seen["access_summary"]} == {"independent_handler"}
    for person in (people.triager, people.adviser):
        answer = await world.http.get(url, headers=person.headers)
        assert answer.status_code in (403, 404)
    assert (await act(world, people.handler, report["id"], "close")).status_code == 200
    assert len(await listed(world, people.handler)) == 1
    world.time.advance(hours=26)
    assert await listed(world, people.handler) == []


@one_database
async def test_who_has_it_in_hand_gives_it_to_a_colleague_and_to_nobody_of_the_programme(world: World) -> None:
    people = await cast(world)
    colleague = await world.person(Role.INDEPENDENT_HANDLER, alias="Bo", paged=True)
    receipt = (await world.report("tearful", about_role="staff")).json()["receipt"]
    [page] = await my_pages(world, people.handler)
    await on_page(world, people.handler, page["id"], "ack")
    [report] = await listed(world, people.handler)
    for name in ("Lee", "Nobody", str(people.coordinator.id)):
        refused = await give_to(world, people.handler, report["id"], name)
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "unknown_handler")
    assert not_found_body(await give_to(world, colleague, report["id"], "Bo"))
    given = await give_to(world, people.handler, report["id"], "bo")
    assert (given.status_code, given.json()["alias"]) == (200, "Bo")
    assert (await give_to(world, people.handler, report["id"], "bo")).json() == given.json()

    assert [each["id"] for each in await listed(world, colleague)] == [report["id"]]
    await act(world, colleague, report["id"], "claim")
    assert (await on_page(world, people.handler, page["id"], "close")).json()["code"] == "already_claimed"
    assert (await write_to_reporter(world, colleague, report["id"])).status_code == 201
    await leave(world, people.handler)
    await world.settle()
    world.receiver.reset()
    await world.http.post("/v1/me/report/messages", headers=await world.reporter(receipt), json={"text": "Hello?"})
    await world.settle()
    assert told(world) == {colleague.hook: ["conversation.message_added"]}
    await take(world, colleague, Role.INDEPENDENT_HANDLER)
    assert (await world.http.get(f"{REPORTS}/{report['id']}", headers=colleague.headers)).status_code == 403


@one_database
async def test_what_a_handler_lets_go_of_is_theirs_no_longer(world: World) -> None:
    """Handed over, declined, or not answered in time: the next one has it in hand then."""
    people = await cast(world)
    other = await world.person(Role.INDEPENDENT_HANDLER, alias="Bo", paged=True)
    await world.on_call(other, line=RosterLine.INDEPENDENT_ADVICE, level=Level.BACKUP)
    await world.report("tearful", about_role="staff", priority="now")
    for what in ("decline", "wait"):
        page = (await my_pages(world, people.handler if what == "decline" else other))[0]
        who = people.handler if what == "decline" else other
        await on_page(world, who, page["id"], "ack")
        assert len(await listed(world, who)) == 1
        if what == "decline":
            assert (await on_page(world, who, page["id"], "decline")).status_code == 200
        else:
            world.time.advance(minutes=11)
            await world.settle()
        assert await listed(world, who) == []
    grants = await rows(world, ReportGrant)
    assert grants
    assert all(each.ended_hour is not None for each in grants)


async def test_the_handlers_of_a_school_that_agreed_are_asked_before_anybody_is_sent_elsewhere(world: World) -> None:
    """They read and answer that one report through its page. Of the other school they see nothing else."""
    people = await cast(world)
    await world.school("ridge", region="NSW", zone="Australia/Sydney")
    rowan, kai = await asyncio.gather(
        world.person(Role.INDEPENDENT_HANDLER, Role.TRIAGER, school="ridge", alias="Rowan", paged=True),
        world.person(Role.TRIAGER, Role.COORDINATOR, school="ridge", alias="Kai", paged=True),
    )
    await agree(world, ("harbour", "ridge"))
    await world.report("tearful", about_role="staff", keep_from=["Asha"])
    await nobody_answers(world)
    assert await my_pages(world, rowan) == []

    # One of the two alone cannot decide it; both have now.
    await agree(world, ("ridge", "harbour"))
    made = await world.report("tearful", about_role="staff", keep_from=["independent_handler"], narrative="Lee.")
    receipt = made.json()["receipt"]
    assert made.json()["expect"]["staffed_now"] is True
    await world.settle()
    assert {hook: events for hook, events in told(world).items() if "page.requested" in events} == {
        rowan.hook: ["page.requested"]
    }
    [page] = await my_pages(world, rowan)
    brief = await world.http.get(f"/v1/pages/{page['id']}", headers=rowan.headers)
    assert brief.json()["text"] == "Lee."
    assert (await on_page(world, rowan, page["id"], "reply")).status_code == 201
    [grant] = await rows(world, ReportGrant)
    assert (grant.person_id, (await my_report(world, receipt))["status"]) == (rowan.id, "someone_has_replied")
    world.receiver.reset()
    await world.http.post("/v1/me/report/messages", headers=await world.reporter(receipt), json={"text": "Thanks."})
    await world.settle()
    assert told(world) == {rowan.hook: ["conversation.message_added"]}

    # Nothing but that page: not the report by its id, no list, no name, and nothing for anybody else at Ridge.
    assert await listed(world, rowan) == []
    for school, id_ in (("ridge", str(grant.report_id)), ("harbour", str(grant.report_id)), ("ridge", random_id())):
        answer = await world.http.get(f"/v1/schools/{school}/reports/{id_}", headers=rowan.headers)
        assert answer.status_code == 404
    body = {"person": str(rowan.id), "reason": "?"}
    own = await world.http.post(f"/v1/pages/{page['id']}/conflicts", headers=rowan.headers, json=body)
    assert own.json()["errors"][0]["code"] == "unknown_reader"
    assert await my_pages(world, kai) == []
    for text in (brief.text, (await world.http.get("/v1/me/pages", headers=rowan.headers)).text):
        assert not [each for each in people.everyone if str(each.id) in text]
    load = await world.http.get(
        "/v1/schools/ridge/rosters/load",
        headers=kai.headers,
        params={"from": "2026-01-01T00:00Z", "to": "2026-01-08T00:00Z"},
    )
    assert load.json()["people"] == []

    # However long it takes, until they are no handler any more.
    world.time.advance(days=3)
    done = await came_of(world, rowan, f"/v1/pages/{page['id']}/outcomes")
    assert done.status_code == 201, done.text
    await on_page(world, rowan, page["id"], "close")
    assert (await my_report(world, receipt))["status"] == "closed"
    await take(world, rowan, Role.INDEPENDENT_HANDLER)
    assert await my_pages(world, rowan) == []
    assert {(each.school_id == each.lent_by) for each in await rows(world, Page) if each.lent_by} == {False}


@one_database
async def test_own_handlers_come_first_and_a_partner_who_leaves_it_is_asked_no_more(world: World) -> None:
    people = await cast(world)
    await world.school("ridge", region="NSW", zone="Australia/Sydney")
    rowan = await world.person(Role.INDEPENDENT_HANDLER, school="ridge", alias="Rowan", paged=True)
    await agree(world, ("harbour", "ridge"), ("ridge", "harbour"))
    receipt = (await world.report("tearful", about_role="program_person", priority="now")).json()["receipt"]
    assert (len(await my_pages(world, people.handler)), await my_pages(world, rowan)) == (1, [])
    for _ in range(3):
        world.time.advance(minutes=11)
        await world.settle()
    [page] = await my_pages(world, rowan)
    left = await world.http.post(f"/v1/pages/{page['id']}/recuse", headers=rowan.headers, json={})
    assert left.status_code == 204
    assert await my_pages(world, rowan) == []
    assert (await my_report(world, receipt))["nobody_has_answered"] is True
    assert {people.sponsor.hook, people.coordinator.hook}.isdisjoint(told(world))


@one_database
async def test_whoever_is_paused_at_their_own_school_is_lent_to_no_other(world: World) -> None:
    people = await cast(world)
    await world.school("ridge", region="NSW", zone="Australia/Sydney")
    rowan = await world.person(Role.INDEPENDENT_HANDLER, school="ridge", alias="Rowan", paged=True)
    await agree(world, ("harbour", "ridge"), ("ridge", "harbour"))
    pause = {"kind": "paused", "start": world.time.now().replace(second=0, microsecond=0).isoformat()}
    paused = await world.http.post("/v1/schools/ridge/absences", headers=rowan.headers | world.once(), json=pause)
    assert paused.status_code == 201, paused.text
    await world.report("tearful", about_role="program_person", priority="now")
    for _ in range(3):
        world.time.advance(minutes=11)
        await world.settle()
    assert len(await my_pages(world, people.handler)) == 2
    assert await my_pages(world, rowan) == []
