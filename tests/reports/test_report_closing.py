"""When a conversation ends, nothing keeps the minute of anything that belonged to it (design, 3)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from harbour import (
    REPORTS,
    Cast,
    act,
    cast,
    instants,
    is_whole_hour,
    listed,
    my_pages,
    my_report,
    nobody_answers,
    one_database,
    rows,
    the_report,
    the_row,
    write_to_reporter,
)
from sqlmodel import Session, SQLModel

from app.core import clock
from app.models import Escalation, Report, WebhookAttempt, WorkItem
from app.models import Event as EventRow
from tests.support.world import World

# Everything that a report causes. Its people and their endpoints were there before.
CAUSED = (
    "reports",
    "report_messages",
    "report_exclusions",
    "report_excluded_roles",
    "report_accesses",
    "confidentiality_decisions",
    "report_outcomes",
    "report_proposals",
    "escalations",
    "pages",
    "events",
    "webhook_deliveries",
    "webhook_attempts",
    "audit_entries",
    "idempotency_keys",
    "work_items",
)
MESSAGES = "/v1/me/report/messages"


def off_the_hour(table: str, row: sa.Row[Any], *, since: dt.datetime) -> Iterator[str]:
    """The columns of a row that hold a time of this report with minutes in it, inside JSON too."""
    for column, value in row._mapping.items():
        times = [value] if isinstance(value, dt.datetime) else list(instants(value))
        if any(not is_whole_hour(time) and time >= since for time in times):
            yield f"{table}.{column} {value!r} of {row._mapping.get('type') or row._mapping.get('kind') or ''}"


async def exact_times(world: World, *, since: dt.datetime) -> list[str]:
    """Every place in the database where the minute of something since then can be read."""

    def look(session: Any) -> list[str]:
        found: list[str] = []
        for name in CAUSED:
            table = SQLModel.metadata.tables[name]
            for row in session.connection().execute(sa.select(table)):
                found += off_the_hour(name, row, since=since)
        return found

    return await world.db.read(look)


def at_an_odd_minute(world: World) -> dt.datetime:
    """No time from here on is a whole hour by chance."""
    world.time.set(clock.now().replace(minute=17, second=23, microsecond=456789) + dt.timedelta(hours=1))
    return clock.now() - dt.timedelta(minutes=1)


async def closed(world: World, people: Cast) -> str:
    """Claim and close the one report there is; give its id."""
    [report] = await listed(world, people.triager)
    for action in ("claim", "close"):
        done = await act(world, people.triager, report["id"], action)
        assert done.status_code == 200, done.text
    report_id: str = report["id"]
    return report_id


async def test_after_closing_no_row_of_the_report_has_a_minute(world: World) -> None:
    """A whole life: paged, delivered, declined, acknowledged, answered, written to, read, claimed, closed."""
    people = await cast(world)
    since = at_an_odd_minute(world)
    made = await world.http.post(
        REPORTS,
        headers=world.once(),
        json={"signs": ["hurt_themselves"], "narrative": "He told me.", "keep_from": ["Eli"]},
    )
    receipt = made.json()["receipt"]
    await world.settle()
    reporter = await world.reporter(receipt)
    [page] = await my_pages(world, people.adviser)
    await world.http.post(f"/v1/pages/{page['id']}/decline", headers=people.adviser.headers)
    await world.settle()
    [page] = await my_pages(world, people.backup)
    await world.http.post(f"/v1/pages/{page['id']}/ack", headers=people.backup.headers)
    await world.http.get(f"/v1/pages/{page['id']}", headers=people.backup.headers)
    await world.http.post(
        f"/v1/pages/{page['id']}/reply", headers=people.backup.headers | world.once(), json={"text": "I am here."}
    )
    await world.http.post(MESSAGES, headers=reporter, json={"text": "Thank you."})
    await the_report(world, people.triager)
    await world.settle()
    assert await exact_times(world, since=since), "the test looks where nothing is"
    world.time.advance(minutes=3)

    await closed(world, people)
    await world.settle()
    assert await exact_times(world, since=since) == []
    row = await the_row(world, Report)
    assert row.promise["read_by_local"] is None
    assert len(await rows(world, WebhookAttempt)) >= 3


async def test_after_closing_no_row_has_a_minute_although_nobody_had_answered(world: World) -> None:
    """The announcements that nobody came: gaps, the end of the escalation, a cancelled page."""
    people = await cast(world)
    since = at_an_odd_minute(world)
    for person in (people.adviser, people.backup):
        world.receiver.behave(person.hook or "", 500)
    await world.report("said_thoughts_of_suicide")
    await nobody_answers(world)
    [report] = await listed(world, people.triager)
    await write_to_reporter(world, people.triager, report["id"])
    await world.settle()
    told_of = {event.type for event in await rows(world, EventRow)}
    assert {"page.requested", "page.exhausted"} <= told_of
    await closed(world, people)
    await world.settle()
    left = await exact_times(world, since=since)
    # A delivery that is still being retried knows when to try again, until it is given up; and a roster's own gaps are
    # found when the hour is over, whatever went on in it (here the clock was moved past that).
    roster = ("work_items.due_at", "'gap_id': '")
    assert [place for place in left if not any(mark in place for mark in roster)] == []


@one_database
async def test_after_closing_a_page_that_somebody_else_answered_has_no_minute(world: World) -> None:
    people = await cast(world)
    since = at_an_odd_minute(world)
    await world.report("hurt_themselves")
    await world.settle()
    report_id = (await listed(world, people.triager))[0]["id"]
    await write_to_reporter(world, people.triager, report_id)
    await world.settle()
    assert "page.cancelled" in {event.type for event in await rows(world, EventRow)}
    await closed(world, people)
    await world.settle()
    assert await exact_times(world, since=since) == []


def nobody_on_any_roster(session: Session) -> None:
    for table in ("roster_versions", "rosters"):
        session.connection().execute(sa.text(f"DELETE FROM {table}"))


@one_database
async def test_an_announced_gap_has_no_minute_from_the_start(world: World) -> None:
    """It names no report, so that closing one cannot find it: it is written down to the hour at once."""
    people = await cast(world)
    since = at_an_odd_minute(world)
    await world.write(nobody_on_any_roster)
    await world.report("hurt_themselves")
    await world.settle()
    gaps = [event for event in await rows(world, EventRow) if event.type == "coverage.gap_live"]
    assert gaps
    assert all(is_whole_hour(gap.occurred_at) for gap in gaps)
    assert since < clock.now()
    assert [page["level"] for page in await my_pages(world, people.coordinator)] == ["coordinator"]


@one_database
async def test_a_closed_conversation_takes_no_message_from_either_side(world: World) -> None:
    people = await cast(world)
    receipt = (await world.report("hurt_themselves", narrative="He told me.")).json()["receipt"]
    reporter = await world.reporter(receipt)
    [page] = await my_pages(world, people.adviser)
    await world.http.post(f"/v1/pages/{page['id']}/ack", headers=people.adviser.headers)
    report_id = await closed(world, people)

    for answer in (
        await world.http.post(MESSAGES, headers=reporter, json={"text": "One more thing."}),
        await write_to_reporter(world, people.triager, report_id),
        await world.http.post(
            f"/v1/pages/{page['id']}/reply", headers=people.adviser.headers | world.once(), json={"text": "Late."}
        ),
        await act(world, people.triager, report_id, "close"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "report_closed"), answer.text
    shown = await my_report(world, receipt)
    assert shown["status"] == "closed"
    # What it says can be done is what can be done.
    assert "nothing can be added" in shown["status_text"]
    assert "share a new worry" in shown["status_text"]
    assert (await world.report("tearful")).status_code == 201
    assert (await world.http.get(MESSAGES, headers=reporter)).json()["items"] == []


@one_database
async def test_only_whoever_has_taken_a_report_on_closes_it(world: World) -> None:
    people = await cast(world)
    await world.report("tearful")
    [report] = await listed(world, people.triager)
    early = await act(world, people.triager, report["id"], "close")
    assert (early.status_code, early.json()["code"]) == (409, "not_claimed")
    await act(world, people.triager, report["id"], "claim")
    for action in ("claim", "close"):
        other = await act(world, people.second_triager, report["id"], action)
        assert (other.status_code, other.json()["code"]) == (409, "already_claimed")
    assert (await act(world, people.triager, report["id"], "close")).status_code == 200


@one_database
async def test_closing_ends_the_paging_for_it(world: World) -> None:
    people = await cast(world)
    await world.report("hurt_themselves")
    await world.settle()
    await closed(world, people)
    await world.settle()
    world.receiver.reset()
    await nobody_answers(world)
    assert world.receiver.requests() == []
    [escalation] = await rows(world, Escalation)
    assert (escalation.state, escalation.next_due_at) == ("closed", None)
    assert not [item for item in await rows(world, WorkItem) if item.subject == escalation.id]
    assert json.dumps(await my_pages(world, people.backup)) == "[]"


async def test_a_report_that_is_closed_while_somebody_reads_the_list_is_not_skipped(world: World) -> None:
    """Closing cuts its time to the hour: that must not move it past their cursor."""
    people = await cast(world)
    at_an_odd_minute(world)
    for _ in range(6):
        await world.report("tearful")
        world.time.advance(minutes=5)
    everything = {report["id"] for report in await listed(world, people.triager)}
    query = {"limit": 3}
    first = (await world.http.get(REPORTS, headers=people.triager.headers, params=query)).json()
    read = [report["id"] for report in first["items"]]
    for report_id in everything - set(read):
        for action in ("claim", "close"):
            assert (await act(world, people.triager, report_id, action)).status_code == 200
    rest = await listed(world, people.triager, cursor=first["next_cursor"])
    assert sorted([*read, *(report["id"] for report in rest)]) == sorted(everything)


async def test_no_list_tells_which_report_of_an_hour_came_first(world: World) -> None:
    people = await cast(world)
    at_an_odd_minute(world)
    for _ in range(12):
        await world.report("tearful")
        world.time.advance(seconds=30)
    world.time.advance(hours=1)
    await world.report("tearful")
    *first, last = await listed(world, people.triager)
    assert len(first) == 12
    assert [report["id"] for report in first] == sorted(report["id"] for report in first)
    assert max(report["submitted_hour"] for report in first) < last["submitted_hour"]


@one_database
async def test_when_a_handler_closes_an_independent_report_no_row_has_a_minute_left(world: World) -> None:
    people = await cast(world)
    since = at_an_odd_minute(world)
    await world.report("tearful", about_role="staff")
    await world.settle()
    [page] = await my_pages(world, people.handler)
    for action, body in (
        ("reply", {"text": "I am here."}),
        ("outcomes", {"outcome": "advice_given_to_reporter", "contact_method": "receipt_message"}),
        ("close", None),
    ):
        headers = people.handler.headers | world.once() | {"If-Match": "*"}
        done = await world.http.post(f"/v1/pages/{page['id']}/{action}", headers=headers, json=body)
        assert done.is_success, done.text
    await world.settle()
    assert await exact_times(world, since=since) == []
