"""A report about the programme's own people is for independent handlers, and nobody inside learns of it (J14)."""

from __future__ import annotations

import pytest
from harbour import (
    SCHOOL_HOOK,
    act,
    cast,
    listed,
    my_pages,
    my_report,
    nobody_answers,
    not_found_body,
    one_database,
    random_id,
    rows,
    told,
    write_to_reporter,
)

from app.guidance.signs import AboutRole
from app.models import Report
from app.vocabulary import Role
from tests.support.world import World

ABOUT_THE_PROGRAMME = sorted(set(AboutRole) - {AboutRole.STUDENT})


async def test_it_is_invisible_inside_and_only_independent_handlers_are_paged(world: World) -> None:
    people = await cast(world)
    for about_role in ABOUT_THE_PROGRAMME:
        made = await world.report("tearful", about_role=about_role, narrative="It is about Noor.")
        assert made.status_code == 201
        assert made.json()["expect"]["staffed_now"] is True
    await world.settle()

    assert told(world) == {people.handler.hook: ["page.requested"] * len(ABOUT_THE_PROGRAMME)}
    row = (await rows(world, Report))[0]
    for triager in (people.triager, people.second_triager):
        assert await listed(world, triager) == []
        for action in ("claim", "close"):
            answer = not_found_body(await act(world, triager, str(row.id), action))
            assert answer == not_found_body(await act(world, triager, random_id(), action))
        assert (await write_to_reporter(world, triager, str(row.id))).status_code == 404
        shown = await world.http.get(f"/v1/schools/harbour/reports/{row.id}", headers=triager.headers)
        assert shown.status_code == 404


@one_database
@pytest.mark.parametrize("sign", ["tearful", "said_thoughts_of_suicide"])
async def test_nobody_inside_hears_of_it_even_when_nobody_answers(world: World, sign: str) -> None:
    """No gap, no exhausted escalation and no copy reaches a coordinator, a sponsor or the school's endpoint."""
    people = await cast(world)
    made = await world.report(sign, about_role="program_person", priority="now")
    await nobody_answers(world)
    assert set(told(world)) == {people.handler.hook}
    assert SCHOOL_HOOK not in told(world)
    for person in (people.adviser, people.backup, people.coordinator, people.triager):
        assert await my_pages(world, person) == []
    seen = await my_report(world, made.json()["receipt"])
    assert seen["nobody_has_answered"] is True
    assert seen["expect"]["fallback"]


@one_database
async def test_a_handler_reads_and_answers_from_the_page_and_the_reporter_sees_which_role_it_was(
    world: World,
) -> None:
    people = await cast(world)
    made = await world.report("tearful", about_role="staff", narrative="It is about Lee.")
    [page] = await my_pages(world, people.handler)
    brief = await world.http.get(f"/v1/pages/{page['id']}", headers=people.handler.headers)
    assert brief.json()["text"] == "It is about Lee."
    replied = await world.http.post(
        f"/v1/pages/{page['id']}/reply",
        headers=people.handler.headers | world.once(),
        json={"text": "I do not work at your school."},
    )
    assert replied.status_code == 201, replied.text

    seen = await my_report(world, made.json()["receipt"])
    assert seen["status"] == "someone_has_replied"
    assert {access["role"] for access in seen["access_summary"]} == {"independent_handler"}


@one_database
async def test_without_independent_handlers_no_time_is_promised(world: World) -> None:
    """Whoever is on duty inside the programme never gets to read it: their hours promise nothing here."""
    await world.school()
    await world.person(Role.TRIAGER)
    adviser = await world.person(Role.ADVISER, paged=True)
    days = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
    # On for two of every three hours: somebody comes on duty soon, whenever this runs.
    hours = [{"days": days, "start": f"{hour:02}:00", "end": f"{hour + 1:02}:30"} for hour in range(0, 23, 2)]
    await world.on_call(adviser, restrictions=hours)
    for about_role in ABOUT_THE_PROGRAMME:
        for minute in (0, 45):
            world.time.advance(minutes=minute)
            made = await world.report("unsafe_right_now", about_role=about_role)
            expect = made.json()["expect"]
            assert (expect["staffed_now"], expect["read_by"], expect["read_by_local"]) == (False, None, None)
            assert expect["fallback"]
    assert await my_pages(world, adviser) == []


@one_database
async def test_an_independent_report_is_shown_as_any_other_to_its_reporter(world: World) -> None:
    """A reporter's phone must not show, to whoever looks, that a report is about somebody of the programme."""
    await cast(world)
    plain = await world.report("tearful")
    independent = await world.report("tearful", about_role="staff")
    mine = [await my_report(world, made.json()["receipt"]) for made in (plain, independent)]
    assert set(mine[0]) == set(mine[1])
    assert mine[0]["status"] == mine[1]["status"] == "received"
    assert mine[0]["status_text"] == mine[1]["status_text"]
