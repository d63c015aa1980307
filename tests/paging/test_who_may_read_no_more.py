"""Whoever loses their role, or goes away, keeps nothing that waits for them: somebody else is asked (decision 16)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from story import Team, ack, kinds, later, on_sqlite, pages, reply, team, told, urgent

from app.core import clock
from app.paging import auditor
from app.vocabulary import Level, Role, RosterLine
from tests.advice.test_case_advice import ADVICE, asked, seen
from tests.identity.giving import act, given, grant_of
from tests.support.world import Someone, World

OUT_OF_TIME = {"minutes": 10, "seconds": 1}


async def end_role(world: World, people: Team, someone: Someone, role: Role = Role.ADVISER) -> None:
    """A coordinator ends it, and what follows is done."""
    grant = await grant_of(world, people.coordinator, someone, role)
    ended = await act(world, people.coordinator, grant, "end")
    assert ended.status_code == 200, ended.text
    await world.settle()


async def be_away(world: World, someone: Someone, *, kind: str = "leave", start: dt.datetime) -> dict[str, Any]:
    minute = start.replace(second=0, microsecond=0)
    body = {"kind": kind, "start": minute.isoformat(), "end": (minute + dt.timedelta(days=20)).isoformat()}
    made = await world.http.post("/v1/schools/harbour/absences", headers=someone.headers | world.once(), json=body)
    assert made.status_code == 201, made.text
    await world.settle()
    found: dict[str, Any] = made.json()
    return found


async def question(world: World, supporter: Someone, priority: str = "soon") -> str:
    made = await asked(world, supporter, priority=priority)
    assert made.status_code == 201, made.text
    await world.settle()
    return str(made.json()["id"])


# A role that is ended


async def test_what_waits_for_somebody_whose_role_was_ended_is_asked_of_the_next(world: World) -> None:
    people = await team(world)
    supporter = await world.person(Role.SUPPORTER, alias="Wren")
    request = await question(world, supporter)
    await end_role(world, people, people.primary)
    assert (await world.http.get("/v1/me/pages", headers=people.primary.headers)).status_code == 403
    assert len(pages(world, people.backup)) == 1
    assert (await seen(world, supporter, request))["on_duty"] == [{"alias": "Backup", "line": "clinical_advice"}]


async def test_what_somebody_holds_whose_role_was_ended_is_asked_of_the_next(world: World) -> None:
    people = await team(world)
    await urgent(world)
    assert (await ack(world, people.primary))["first"] is True
    await end_role(world, people, people.primary)
    assert len(pages(world, people.backup)) == 1
    # One of several roles is none the less a role.
    await world.person(Role.SPONSOR)
    second = await given(world, people.coordinator, people.backup, Role.TRIAGER)
    assert (await act(world, people.sponsor, second, "confirm")).status_code == 200
    await end_role(world, people, people.backup, Role.TRIAGER)
    assert pages(world, people.coordinator) == []
    assert (await ack(world, people.backup))["first"] is True


async def test_when_a_supporter_writes_to_whoever_may_read_no_more_those_who_are_on_are_asked(world: World) -> None:
    people = await team(world)
    supporter = await world.person(Role.SUPPORTER, alias="Wren")
    request = await question(world, supporter)
    await reply(world, people.primary)
    await end_role(world, people, people.primary)
    assert pages(world, people.backup) == []
    world.receiver.reset()
    wrote = await world.http.post(
        f"{ADVICE}/{request}/messages", headers=supporter.headers | world.once(), json={"text": "It got worse."}
    )
    assert wrote.status_code == 201
    await world.settle()
    assert kinds(world, people.primary) == []
    assert kinds(world, people.backup) == ["page.requested", "conversation.message_added"]
    assert (await seen(world, supporter, request))["status"] == "open"


async def test_a_reporter_is_heard_by_others_when_whoever_answered_may_read_no_more(world: World) -> None:
    people = await team(world)
    triager = await world.person(Role.TRIAGER, paged=True)
    receipt = await urgent(world)
    await reply(world, people.primary)
    await end_role(world, people, people.primary)
    world.receiver.reset()
    await world.http.post("/v1/me/report/messages", headers=await world.reporter(receipt), json={"text": "Help."})
    await world.settle()
    assert (kinds(world, people.primary), kinds(world, triager)) == ([], ["conversation.message_added"])


@on_sqlite
async def test_another_handler_is_asked_when_whoever_answered_is_a_handler_no_more(world: World) -> None:
    people = await team(world)
    first = await world.person(Role.INDEPENDENT_HANDLER, paged=True)
    await world.on_call(first, line=RosterLine.INDEPENDENT_ADVICE)
    receipt = await urgent(world, about_role="staff")
    await reply(world, first)
    second = await world.person(Role.INDEPENDENT_HANDLER, paged=True)
    await world.on_call(second, line=RosterLine.INDEPENDENT_ADVICE, level=Level.BACKUP)
    await end_role(world, people, first, Role.INDEPENDENT_HANDLER)
    world.receiver.reset()
    await world.http.post("/v1/me/report/messages", headers=await world.reporter(receipt), json={"text": "Help."})
    await world.settle()
    assert (kinds(world, first), len(pages(world, second))) == ([], 1)


async def test_the_link_of_a_page_opens_nothing_for_who_may_read_no_more(world: World) -> None:
    people = await team(world)
    await urgent(world)
    link = pages(world, people.primary)[-1]["ack_url"].removeprefix(world.settings.base_url)
    assert (await world.http.get(link)).status_code == 200
    await end_role(world, people, people.primary)
    for method in ("GET", "POST"):
        assert (await world.http.request(method, link)).status_code == 404
    assert (await ack(world, people.backup))["first"] is True


# A role that runs out


async def test_a_role_that_runs_out_by_its_date_leaves_nothing_waiting_either(world: World) -> None:
    people = await team(world)
    await end_role(world, people, people.primary)
    until = (clock.now() + dt.timedelta(hours=1)).isoformat()
    grant = await given(world, people.coordinator, people.primary, Role.ADVISER, ends_at=until)
    assert (await act(world, people.sponsor, grant, "confirm")).status_code == 200
    supporter = await world.person(Role.SUPPORTER, alias="Wren")
    await question(world, supporter)
    assert (len(pages(world, people.primary)), pages(world, people.backup)) == (1, [])
    await world.write(lambda session: auditor.start_audit(session, now=clock.now()))
    await later(world, minutes=59)
    assert pages(world, people.backup) == []
    # The auditor comes each minute.
    await later(world, minutes=2)
    assert len(pages(world, people.backup)) == 1
    await later(world, minutes=5)
    assert len(pages(world, people.backup)) == 1


# Leave, exams, placement


@pytest.mark.parametrize("kind", ["leave", "exam_window", "placement"])
async def test_what_waits_for_somebody_on_the_roster_who_goes_away_is_asked_of_the_next(
    world: World, kind: str
) -> None:
    people = await team(world)
    supporter = await world.person(Role.SUPPORTER, alias="Wren")
    await question(world, supporter, "when_you_can")
    await be_away(world, people.primary, kind=kind, start=clock.now())
    assert len(pages(world, people.backup)) == 1


@on_sqlite
async def test_whoever_goes_away_had_a_contact_that_worked(world: World) -> None:
    people = await team(world)
    await urgent(world)
    await be_away(world, people.primary, start=clock.now())
    assert len(pages(world, people.backup)) == 1
    causes = [each["data"]["cause"] for each in told(world, people.sponsor, "coverage.gap_live")]
    assert causes == ["unfilled"]


@on_sqlite
async def test_what_waits_is_asked_of_the_next_when_being_away_begins_and_not_if_it_was_called_off(
    world: World,
) -> None:
    people = await team(world)
    supporter = await world.person(Role.SUPPORTER, alias="Wren")
    await question(world, supporter, "when_you_can")
    soon = clock.now() + dt.timedelta(hours=2)
    off = await be_away(world, people.primary, start=soon)
    path = f"/v1/schools/harbour/absences/{off['id']}"
    called_off = await world.http.delete(path, headers=people.primary.headers | {"If-Match": "*"})
    assert called_off.status_code == 204
    await later(world, hours=2, minutes=1)
    assert pages(world, people.backup) == []
    await be_away(world, people.primary, start=clock.now() + dt.timedelta(hours=2))
    await later(world, hours=1)
    assert pages(world, people.backup) == []
    await later(world, hours=1, minutes=1)
    assert len(pages(world, people.backup)) == 1


@on_sqlite
async def test_what_somebody_has_taken_on_or_was_asked_in_a_role_stays_theirs_while_they_are_away(
    world: World,
) -> None:
    people = await team(world)
    await urgent(world)
    await ack(world, people.primary)
    await be_away(world, people.primary, start=clock.now())
    assert pages(world, people.backup) == []
    await later(world, **OUT_OF_TIME)
    await later(world, **OUT_OF_TIME)
    assert len(pages(world, people.coordinator)) == 1
    await be_away(world, people.coordinator, start=clock.now())
    assert told(world, people.sponsor, "page.exhausted") == []
    assert (await ack(world, people.coordinator))["first"] is True
