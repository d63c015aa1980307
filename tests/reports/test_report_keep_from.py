"""For those a report was kept from it does not exist: not in a list, a count, a page, an error or an event (J14)."""

from __future__ import annotations

from typing import Any

import pytest
from harbour import (
    REPORTS,
    SCHOOL_HOOK,
    act,
    came_of,
    cast,
    give,
    leave,
    listed,
    my_pages,
    nobody_answers,
    not_found_body,
    one_database,
    random_id,
    rows,
    told,
    write_to_reporter,
)

from app.models import Report, ReportExclusion
from app.vocabulary import Level, Role, RosterLine
from tests.support.world import Someone, World


async def answers_about(world: World, reader: Someone, report_id: str) -> list[dict[str, Any]]:
    """What every route of a report says of this id."""
    url = f"{REPORTS}/{report_id}"
    return [
        not_found_body(answer)
        for answer in (
            await world.http.get(url, headers=reader.headers),
            await world.http.get(f"{url}/messages", headers=reader.headers),
            await act(world, reader, report_id, "claim"),
            await world.http.post(f"{url}/claim", headers=reader.headers),
            await act(world, reader, report_id, "release"),
            await act(world, reader, report_id, "close"),
            await world.http.get(f"{url}/proposals", headers=reader.headers),
            await world.http.get(f"{url}/outcomes", headers=reader.headers),
            await came_of(world, reader, f"{url}/outcomes"),
            await world.http.post(f"{url}/ungroup", headers=reader.headers),
            await world.http.post(f"{url}/hurtful", headers=reader.headers, json={"hurtful": True}),
            await world.http.post(f"{url}/priority", headers=reader.headers, json={"priority": "now"}),
            await write_to_reporter(world, reader, report_id),
        )
    ]


async def test_a_triager_named_by_alias_does_not_find_the_report_and_another_does(world: World) -> None:
    people = await cast(world)
    made = await world.report("tearful", narrative="It is about Noor.", keep_from=["  nOOR "])
    assert made.status_code == 201, made.text

    assert await listed(world, people.triager) == []
    [report] = await listed(world, people.second_triager)
    found = await answers_about(world, people.triager, report["id"])
    assert found == await answers_about(world, people.triager, random_id())
    assert (await act(world, people.second_triager, report["id"], "claim")).status_code == 200


async def test_a_kept_back_report_leaves_no_gap_in_the_pages_of_a_list(world: World) -> None:
    people = await cast(world)
    for keep_from in ([], ["Noor"], [], ["Noor"], ["Noor"], []):
        assert (await world.report("tearful", keep_from=keep_from)).status_code == 201

    walked, cursor = [], None
    for _ in range(10):
        query = {"limit": 1} | ({"cursor": cursor} if cursor else {})
        page = (await world.http.get(REPORTS, headers=people.triager.headers, params=query)).json()
        walked.append(len(page["items"]))
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert walked == [1, 1, 1]
    assert len(await listed(world, people.triager, state="new")) == 3
    assert len(await listed(world, people.second_triager, state="new")) == 6


@one_database
async def test_everyone_of_a_role_can_be_kept_out(world: World) -> None:
    people = await cast(world)
    await world.report("said_thoughts_of_suicide", keep_from=["adviser"])
    await nobody_answers(world)
    assert [await my_pages(world, person) for person in (people.adviser, people.backup)] == [[], []]
    # The line falls to the next that somebody is on.
    assert {page["line"] for page in await my_pages(world, people.handler)} == {"independent_advice"}
    assert len(await listed(world, people.triager)) == 1


@one_database
@pytest.mark.parametrize("named", ["Jo", "adviser"])
async def test_somebody_named_in_one_role_is_kept_out_in_every_other_they_hold(world: World, named: str) -> None:
    """J14: backups and deputies who are the same person."""
    people = await cast(world)
    jo = await world.person(Role.TRIAGER, Role.ADVISER, Role.COORDINATOR, alias="Jo", paged=True)
    await world.on_call(jo, line=RosterLine.ACADEMIC_ADVICE)
    await world.report("hurt_themselves", narrative="Jo knows him.", keep_from=[named])
    await nobody_answers(world)

    assert await listed(world, jo) == []
    assert await my_pages(world, jo) == []
    assert jo.hook not in told(world)
    [report] = await listed(world, people.triager)
    assert len(await answers_about(world, jo, report["id"])) == 13


@one_database
async def test_the_next_person_is_paged_instead_of_the_one_it_was_kept_from(world: World) -> None:
    people = await cast(world)
    made = await world.report("hurt_themselves", keep_from=["Mira"])
    assert made.json()["expect"]["staffed_now"] is True
    await world.settle()
    assert told(world) == {people.backup.hook: ["page.requested"]}
    assert await my_pages(world, people.adviser) == []


@one_database
async def test_nobody_but_those_paged_is_told_anything_of_a_report_kept_from_somebody(world: World) -> None:
    """An announced gap or an exhausted escalation would tell the one it was kept from that there is something."""
    people = await cast(world)
    await world.report("hurt_themselves", keep_from=["Noor"])
    await nobody_answers(world)
    paged = {people.adviser.hook, people.backup.hook, people.coordinator.hook}
    assert set(told(world)) == paged
    assert SCHOOL_HOOK not in told(world)
    assert {event for events in told(world).values() for event in events} == {"page.requested"}


@one_database
async def test_a_line_with_nobody_left_falls_to_the_next_that_somebody_is_on(world: World) -> None:
    """Keeping the adviser out must not cost the report the colleague who is on the other line."""
    await world.school()
    triager = await world.person(Role.TRIAGER)
    adviser = await world.person(Role.ADVISER, alias="Mira", paged=True)
    academic = await world.person(Role.ADVISER, alias="Ines", paged=True)
    await world.on_call(adviser)
    await world.on_call(academic, line=RosterLine.ACADEMIC_ADVICE)

    made = await world.report("hurt_themselves", keep_from=["Mira"])
    assert made.json()["expect"]["staffed_now"] is True
    assert [page["line"] for page in await my_pages(world, academic)] == ["academic_advice"]
    assert await my_pages(world, adviser) == []
    assert len(await listed(world, triager)) == 1


@one_database
async def test_without_a_reader_who_may_know_it_goes_to_the_independent_handlers(world: World) -> None:
    """J14: never the least bad insider."""
    people = await cast(world)
    made = await world.report("tearful", keep_from=["triager"])
    assert made.status_code == 201
    await world.settle()
    assert told(world) == {people.handler.hook: ["page.requested"]}
    for triager in (people.triager, people.second_triager):
        assert await listed(world, triager) == []


@one_database
async def test_a_handler_who_is_named_is_kept_out_too_and_then_nobody_is_asked(world: World) -> None:
    people = await cast(world)
    made = await world.report("tearful", about_role="staff", keep_from=["Asha"])
    assert made.status_code == 201
    expect = made.json()["expect"]
    assert (expect["staffed_now"], expect["read_by"], expect["read_by_local"]) == (False, None, None)
    assert expect["fallback"]
    await nobody_answers(world)
    assert told(world) == {}
    assert await my_pages(world, people.handler) == []


@one_database
async def test_a_name_that_nobody_has_is_refused_with_its_place_and_without_being_repeated(world: World) -> None:
    await cast(world)
    refused = await world.report("tearful", keep_from=["coordinator", "CANARY-wren", "Mira"])
    assert refused.status_code == 422
    [error] = refused.json()["errors"]
    assert (error["pointer"], error["code"]) == ("#/keep_from/1", "unknown_reader")
    assert "CANARY" not in refused.text
    assert refused.json()["help"]
    assert await rows(world, Report) == []


async def test_an_urgent_report_with_such_a_name_is_taken_and_handled_by_independent_handlers(world: World) -> None:
    """J2: nothing may stand in its way, and whom the name meant cannot be known."""
    people = await cast(world)
    made = await world.report("said_thoughts_of_suicide", keep_from=["the one who runs Tuesdays"])
    assert made.status_code == 201
    await nobody_answers(world)
    assert set(told(world)) == {people.handler.hook}
    for triager in (people.triager, people.second_triager):
        assert await listed(world, triager) == []
    for person in (people.adviser, people.backup, people.coordinator):
        assert await my_pages(world, person) == []


@one_database
async def test_the_public_list_of_readers_has_every_name_that_can_be_kept_out_and_nothing_more(world: World) -> None:
    people = await cast(world)
    supporter = await world.person(Role.SUPPORTER, alias="Wren")
    student = await world.person(Role.STUDENT, alias="Kai")
    readers = (await world.http.get("/v1/schools/harbour/readers")).json()["items"]
    assert {frozenset(reader) for reader in readers} == {frozenset({"role", "alias"})}
    aliases = {reader["alias"] for reader in readers}
    assert aliases == {"Noor", "Eli", "Mira", "Tomas", "Lee", "Asha"}
    for reader in readers:
        for name in reader.values():
            assert (await world.report("tearful", keep_from=[name])).status_code == 201, name
    text = str(readers)
    assert not any(person.login in text or str(person.id) in text for person in (*people.everyone, supporter, student))


@one_database
async def test_keep_from_does_not_tell_who_else_is_at_the_school(world: World) -> None:
    """Anybody may ask, without an account: a student's alias must be refused as one that nobody has."""
    await cast(world)
    await world.person(Role.STUDENT, alias="Kai")
    await world.school("ridge", region="NSW", zone="Australia/Sydney")
    await world.person(Role.TRIAGER, school="ridge", alias="Rowan")
    bodies = []
    for name in ("Kai", "Rowan", "Nobody At All"):
        refused = await world.report("tearful", keep_from=[name])
        assert refused.status_code == 422, name
        bodies.append(refused.json() | {"instance": None})
    assert bodies[0] == bodies[1] == bodies[2]


@one_database
async def test_two_people_of_one_alias_are_both_kept_out(world: World) -> None:
    await world.school()
    first = await world.person(Role.TRIAGER, alias="Sasha")
    second = await world.person(Role.TRIAGER, alias="Sasha")
    third = await world.person(Role.TRIAGER, alias="Kim")
    await world.report("tearful", keep_from=["Sasha"])
    assert [len(await listed(world, person)) for person in (first, second, third)] == [0, 0, 1]
    assert {row.person_id for row in await rows(world, ReportExclusion)} == {first.id, second.id}


@one_database
async def test_a_roster_that_changes_while_an_escalation_runs_lets_nobody_in(world: World) -> None:
    """Whom an escalation leaves out is a fact of its beginning: put on call later, they are still not asked."""
    await world.school()
    await world.person(Role.TRIAGER)
    adviser = await world.person(Role.ADVISER, paged=True)
    named = await world.person(Role.ADVISER, alias="Mira", paged=True)
    coordinator = await world.person(Role.COORDINATOR, paged=True)
    await world.on_call(adviser)
    await world.report("hurt_themselves", keep_from=["Mira"])
    await world.on_call(named, level=Level.BACKUP)
    await nobody_answers(world)
    assert [len(await my_pages(world, person)) for person in (adviser, named, coordinator)] == [1, 0, 1]
    assert named.hook not in told(world)


async def test_who_is_given_a_role_later_finds_nothing_that_was_kept_from_it(world: World) -> None:
    """Not in the list they had, not as a page of the new role, not in the brief of a page they got before."""
    people = await cast(world)
    await world.report("hurt_themselves", narrative="He told me.", keep_from=["coordinator"])
    await world.settle()
    [page] = await my_pages(world, people.adviser)
    [report] = await listed(world, people.triager)
    for person in (people.adviser, people.triager):
        await give(world, person, Role.COORDINATOR)
    newcomer = await world.person(Role.COORDINATOR, paged=True)

    url = f"/v1/pages/{page['id']}"
    assert (await world.http.get(url, headers=people.adviser.headers)).status_code == 404
    reply = await world.http.post(f"{url}/reply", headers=people.adviser.headers | world.once(), json={"text": "x"})
    assert reply.status_code == 404
    assert await listed(world, people.triager) == []
    found = await answers_about(world, people.triager, report["id"])
    assert found == await answers_about(world, people.triager, random_id())
    assert len(await listed(world, people.second_triager)) == 1
    await nobody_answers(world)
    assert [len(await my_pages(world, person)) for person in (people.backup, newcomer)] == [1, 0]
    assert set(told(world)) == {people.adviser.hook, people.backup.hook}


@one_database
async def test_who_is_given_another_role_later_finds_it_as_before(world: World) -> None:
    people = await cast(world)
    await world.report("hurt_themselves", keep_from=["coordinator"])
    await give(world, people.triager, Role.ADVISER)
    assert len(await listed(world, people.triager)) == 1


@one_database
async def test_a_role_that_nobody_holds_yet_can_be_kept_out_too(world: World) -> None:
    await world.school()
    handler = await world.person(Role.INDEPENDENT_HANDLER, paged=True)
    await world.on_call(handler, line=RosterLine.INDEPENDENT_ADVICE)
    assert (await world.report("tearful", keep_from=["triager"])).status_code == 201
    triager = await world.person(Role.TRIAGER)
    assert await listed(world, triager) == []
    assert len(await my_pages(world, handler)) == 1


@one_database
@pytest.mark.parametrize("named", ["Noor", "Eli"])
async def test_who_has_left_is_no_reader_who_could_read_it_instead(world: World, named: str) -> None:
    """With the last triager who is there kept out, it is for the independent handlers."""
    people = await cast(world)
    await leave(world, people.second_triager)
    made = await world.report("tearful", keep_from=[named])
    assert made.status_code == 201
    last = named == "Noor"
    assert len(await my_pages(world, people.handler)) == (1 if last else 0)
    assert len(await listed(world, people.triager)) == (0 if last else 1)
    # Should they come back, it is still kept from them.
    assert people.second_triager.id in {row.person_id for row in await rows(world, ReportExclusion)}
