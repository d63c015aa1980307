"""A write can show words of a case as well: whoever makes it leaves an entry, as whoever reads them (R1)."""

from __future__ import annotations

import datetime as dt

from sqlmodel import select

from app.core import clock
from app.models import AuditEntry
from app.vocabulary import Role
from tests.reports import passing_on
from tests.reports.harbour import my_report, one_database
from tests.reports.passing_on import Held
from tests.support.world import Someone, World

NOTE = "We met twice, and she told me of her brother."


async def recorded(world: World, who: Someone) -> set[tuple[str, str | None]]:
    """What somebody did in this hour, and with what."""
    rows = await world.db.read(
        lambda session: session.exec(select(AuditEntry).where(AuditEntry.hour == clock.hour_of(clock.now()))).all()
    )
    return {(row.action, row.subject) for row in rows if row.person_id == who.id}


async def over(world: World, story: Held) -> str:
    """A contact that its supporter has ended, with a note for whoever handles the report."""
    contact = await passing_on.offered(world, story)
    assert (await passing_on.answer(world, story.supporter, contact, "accept")).status_code == 200
    ended = await passing_on.answer(world, story.supporter, contact, "end", {"note": NOTE})
    assert ended.status_code == 200, ended.text
    return f"{story.path}/contacts/{contact}/end"


@one_database
async def test_to_end_what_is_over_shows_its_note_and_is_a_reading(world: World) -> None:
    story = await passing_on.held(world)
    url = await over(world, story)
    world.time.advance(hours=1)
    shown = await world.http.post(url, headers=story.people.triager.headers)
    assert (shown.status_code, shown.json()["note"]) == (200, NOTE)
    assert ("report.read", story.report_id) in await recorded(world, story.people.triager)
    hours = {
        dt.datetime.fromisoformat(each["hour"]) for each in (await my_report(world, story.receipt))["access_summary"]
    }
    assert clock.hour_of(clock.now()) in hours


@one_database
async def test_of_what_was_taken_back_it_shows_no_word(world: World) -> None:
    story = await passing_on.held(world)
    url = await over(world, story)
    taken = await world.http.post("/v1/me/report/withdraw", headers=story.reporter, json={"expected": "restricted"})
    assert taken.status_code == 200, taken.text
    world.time.advance(hours=1)
    shown = await world.http.post(url, headers=story.people.triager.headers)
    assert (shown.status_code, shown.json()["note"]) == (200, None)
    assert await recorded(world, story.people.triager) == set()


@one_database
async def test_to_accept_once_more_is_to_read_it_once_more(world: World) -> None:
    story = await passing_on.held(world)
    contact = await passing_on.offered(world, story)
    assert (await passing_on.answer(world, story.supporter, contact, "accept")).status_code == 200
    world.time.advance(hours=1)
    again = await passing_on.answer(world, story.supporter, contact, "accept")
    assert (again.status_code, again.json()["contact"]) == (200, passing_on.REACH)
    assert ("contact.read", story.report_id) in await recorded(world, story.supporter)


@one_database
async def test_to_change_nothing_about_an_incident_is_to_read_it(world: World) -> None:
    await world.school()
    adviser = await world.person(Role.ADVISER)
    officer = await world.person(Role.PRIVACY_OFFICER)
    day = str(world.time.now().date() - dt.timedelta(days=1))
    told = await world.http.post(
        "/v1/schools/harbour/privacy-incidents",
        headers=adviser.headers | world.once(),
        json={"kind": "other", "what_happened": "It lay open.", "happened_on": day},
    )
    url = told.headers["Location"]
    world.time.advance(hours=1)
    same = await world.http.patch(url, headers=officer.headers | {"If-Match": "*"}, json={})
    assert (same.status_code, same.json()["what_happened"]) == (200, "It lay open.")
    assert ("privacy_incident.read", told.json()["id"]) in await recorded(world, officer)
