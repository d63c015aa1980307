"""A reporter takes their report back: told before what comes of it, and that is what comes of it (J15)."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

import httpx
import pytest
from harbour import (
    REPORTS,
    Cast,
    act,
    cast,
    is_whole_hour,
    listed,
    my_pages,
    my_report,
    not_found_body,
    one_database,
    rows,
    the_report,
    the_row,
    write_to_reporter,
)

from app.core import clock
from app.core.receipts import new_receipt
from app.models import AuditEntry, Escalation, Report, ReportAccess, ReportMessage, ReportWithdrawal, WorkItem
from app.reports import holds, withdrawal
from app.vocabulary import EscalationState, ReportState, WithdrawalOutcome
from tests.reports.decision_story import BODY as DECISION_FOR_LIFE
from tests.support.world import Someone, World

MINE = "/v1/me/report"
SESSION = "/v1/receipts/session"
NARRATIVE = "She has stopped coming to lunch."


async def sent(world: World, *signs: str, **fields: Any) -> tuple[str, dict[str, str]]:
    """A report, its receipt, and headers of a session for it."""
    made = await world.report(*signs, narrative=NARRATIVE, **fields)
    receipt: str = made.json()["receipt"]
    await world.settle()
    return receipt, await world.reporter(receipt)


async def preview(world: World, reporter: dict[str, str]) -> dict[str, Any]:
    found = await world.http.get(f"{MINE}/withdraw-preview", headers=reporter)
    assert found.status_code == 200, found.text
    shown: dict[str, Any] = found.json()
    return shown


async def withdraw(world: World, reporter: dict[str, str], expected: str, **more: Any) -> httpx.Response:
    return await world.http.post(f"{MINE}/withdraw", headers=reporter, json={"expected": expected, **more})


async def undo(world: World, reporter: dict[str, str]) -> httpx.Response:
    return await world.http.post(f"{MINE}/withdraw/undo", headers=reporter)


async def read(world: World, reader: Someone) -> httpx.Response:
    [report] = await listed(world, reader)
    return await world.http.get(f"{REPORTS}/{report['id']}", headers=reader.headers)


async def decide(world: World, person: Someone, decision: str) -> httpx.Response:
    [row] = await rows(world, Report)
    path = f"{REPORTS}/{row.id}/withdrawal-decision"
    body = {"decision": decision, "note": "He is with his brother."}
    return await world.http.post(path, headers=person.headers | world.once(), json=body)


async def a_day_later(world: World) -> None:
    world.time.advance(hours=25, minutes=1)
    await world.settle()


async def test_what_nobody_has_read_is_locked_at_once_and_destroyed_a_day_later(world: World) -> None:
    people = await cast(world)
    receipt, reporter = await sent(world, "tearful", about_person="Zephyrine", wants="not_sure")
    before = await preview(world, reporter)
    assert (before["outcome"], before["was_read"], before["because"], before["withdrawn"]) == (
        "destroyed",
        False,
        [],
        False,
    )
    assert before["actions_stand"] is None
    done = await withdraw(world, reporter, "destroyed")
    assert done.json() == before | {"withdrawn": True}
    until = dt.datetime.fromisoformat(done.json()["undo_until"])
    assert is_whole_hour(until)
    assert dt.timedelta(hours=24) <= until - clock.now() <= dt.timedelta(hours=25)
    assert (await withdraw(world, reporter, "destroyed")).json() == done.json()
    assert len(await rows(world, ReportWithdrawal)) == 1

    shown = (await read(world, people.triager)).json()
    assert (shown["state"], shown["withdrawal"], shown["narrative"], shown["signs"]) == (
        "withdrawn",
        "withdrawn",
        None,
        [],
    )
    assert (shown["identity_given"], shown["concern_types"], shown["about_whom"]) == (False, [], "prefer_not_to_say")
    assert await rows(world, ReportAccess) == [], "nobody has read anything"
    for action in ("claim", "close"):
        assert (await act(world, people.triager, shown["id"], action)).json()["code"] == "report_withdrawn"
    assert (await write_to_reporter(world, people.triager, shown["id"])).json()["code"] == "report_withdrawn"
    talk = await world.http.get(f"{REPORTS}/{shown['id']}/messages", headers=people.triager.headers)
    assert talk.json()["code"] == "report_withdrawn"

    await a_day_later(world)
    tombstone = await the_row(world, Report)
    assert (tombstone.state, tombstone.narrative_sealed, tombstone.identity_sealed, tombstone.signs) == (
        ReportState.WITHDRAWN,
        None,
        None,
        [],
    )
    assert tombstone.erased_hour is not None
    kinds = {item.kind for item in await rows(world, WorkItem)}
    assert not kinds & {"reports.unread", withdrawal.UNDO_OVER}
    not_found_body(await world.http.post(SESSION, json={"receipt": receipt}))
    not_found_body(await world.http.get(MINE, headers=reporter))
    [listing] = await listed(world, people.triager, state="withdrawn")
    assert (listing["signs"], listing["withdrawal"]) == ([], "withdrawn")
    actions = [entry.action for entry in await rows(world, AuditEntry) if entry.subject == str(tombstone.id)]
    assert sorted(actions) == ["report.erased", "report.withdrawn"]


@one_database
async def test_within_the_day_the_receipt_opens_it_to_undo_that_and_nothing_else(world: World) -> None:
    """By whoever held the phone: the true reporter finds it as it was."""
    people = await cast(world)
    receipt, old = await sent(world, "tearful")
    await withdraw(world, old, "destroyed")
    world.time.advance(hours=23)
    fresh = await world.reporter(receipt)
    for reporter in (old, fresh):
        for method, path in (("GET", "/messages"), ("POST", "/messages"), ("POST", "/extend")):
            body = {"text": "x"} if path == "/messages" and method == "POST" else None
            refused = await world.http.request(method, MINE + path, headers=reporter, json=body)
            assert (refused.status_code, refused.json()["code"]) == (409, "report_withdrawn"), path
    shown = await my_report(world, receipt)
    assert (shown["status"], shown["expect"]["read_by"], shown["nobody_has_answered"]) == ("withdrawn", None, False)
    assert shown["undo_until"] == (await preview(world, fresh))["undo_until"]
    assert shown["expect"]["fallback"]

    back = await undo(world, fresh)
    assert (back.status_code, back.json()["status"], back.json()["undo_until"]) == (200, "received", None)
    assert (await undo(world, fresh)).json()["code"] == "not_withdrawn"
    await a_day_later(world)
    assert (await the_report(world, people.triager))["narrative"] == NARRATIVE
    assert await rows(world, ReportWithdrawal) == []


def _before_a_working_day() -> dt.datetime:
    """Eleven at night in Melbourne, before a Wednesday that is no holiday: it is read in the morning."""
    night = (clock.now() + dt.timedelta(days=1)).replace(hour=12, minute=0)
    while night.weekday() != 1 or night.strftime("%m-%d") in ("12-24", "12-25", "12-31", "01-25", "04-24"):
        night += dt.timedelta(days=1)
    return night


@one_database
async def test_what_was_to_be_read_by_a_time_is_asked_about_again_once_the_withdrawal_is_undone(world: World) -> None:
    people = await cast(world)
    world.time.set(_before_a_working_day())
    receipt, reporter = await sent(world, "tearful")
    read_by = dt.datetime.fromisoformat((await my_report(world, receipt))["expect"]["read_by"])
    assert (await withdraw(world, reporter, "destroyed")).status_code == 200
    world.time.set(max(read_by, clock.now()) + dt.timedelta(minutes=1))
    await world.settle()
    assert await my_pages(world, people.adviser) == []
    assert (await undo(world, await world.reporter(receipt))).status_code == 200
    await world.settle()
    assert len(await my_pages(world, people.adviser)) == 1


@one_database
async def test_paging_for_one_that_is_taken_back_ends_and_begins_again_when_that_is_undone(world: World) -> None:
    people = await cast(world)
    receipt, reporter = await sent(world, "tearful", priority="now")
    [page] = await my_pages(world, people.adviser)
    assert (await withdraw(world, reporter, "destroyed")).status_code == 200
    await world.settle()
    assert (await the_row(world, Escalation)).state is EscalationState.CLOSED
    not_found_body(await world.http.get(f"/v1/pages/{page['id']}", headers=people.adviser.headers))
    await undo(world, reporter)
    await world.settle()
    assert (await the_row(world, Escalation)).state is EscalationState.OPEN
    again = next(each for each in await my_pages(world, people.adviser) if each["id"] != page["id"])
    brief = await world.http.get(f"/v1/pages/{again['id']}", headers=people.adviser.headers)
    assert brief.json()["text"] == NARRATIVE
    assert (await my_report(world, receipt))["status"] == "being_read"


async def test_what_was_read_is_locked_and_not_destroyed_and_the_preview_says_so(world: World) -> None:
    people = await cast(world)
    receipt, reporter = await sent(world, "hurt_themselves")
    [page] = await my_pages(world, people.adviser)
    await world.http.post(f"/v1/pages/{page['id']}/ack", headers=people.adviser.headers)
    await world.http.get(f"/v1/pages/{page['id']}", headers=people.adviser.headers)
    before = await preview(world, reporter)
    assert (before["outcome"], before["because"], before["was_read"]) == ("restricted", ["read"], True)
    assert before["actions_stand"]
    assert (await withdraw(world, reporter, "restricted")).status_code == 200
    brief = (await world.http.get(f"/v1/pages/{page['id']}", headers=people.adviser.headers)).json()
    assert (brief["text"], brief["signs"], brief["withdrawal"], brief["messages"]) == (None, [], "withdrawn", [])
    for path, body in (("notes", {"text": "x"}), ("reply", {"text": "x"}), ("hand-over", {"note": None})):
        refused = await world.http.post(
            f"/v1/pages/{page['id']}/{path}", headers=people.adviser.headers | world.once(), json=body
        )
        assert refused.json()["code"] == "report_withdrawn", path
    await a_day_later(world)
    row = await the_row(world, Report)
    assert (row.erased_hour, row.restricted, row.state) == (None, True, ReportState.WITHDRAWN)
    assert row.narrative_sealed is not None
    assert (row.closed_hour, is_whole_hour(row.submitted_at)) == (row.closed_hour and row.closed_hour, True)
    assert row.closed_hour is not None
    assert (await read(world, people.triager)).json()["narrative"] is None
    not_found_body(await world.http.post(SESSION, json={"receipt": receipt}))


@one_database
async def test_a_first_reading_after_the_preview_stops_a_withdrawal_that_promised_to_destroy(world: World) -> None:
    people = await cast(world)
    _, reporter = await sent(world, "tearful")
    await preview(world, reporter)
    await read(world, people.triager)
    refused = await withdraw(world, reporter, "destroyed")
    assert (refused.status_code, refused.json()["code"]) == (409, "outcome_changed")
    assert refused.json()["preview"] == await preview(world, reporter)
    assert refused.json()["preview"]["outcome"] == "restricted"
    assert await rows(world, ReportWithdrawal) == []
    assert (await withdraw(world, reporter, "restricted")).status_code == 200


async def test_of_a_withdrawal_and_a_first_reading_at_once_one_is_first_and_both_know_it(world: World) -> None:
    people = await cast(world)
    for turn in range(6):
        made = await world.report("tearful", narrative=NARRATIVE)
        reporter = await world.reporter(made.json()["receipt"])
        mine = await listed(world, people.triager, state="new")
        url = f"{REPORTS}/{mine[-1]['id']}"
        both = [withdraw(world, reporter, "destroyed"), world.http.get(url, headers=people.triager.headers)]
        # Whoever is asked first has a small lead: each of them in turn.
        answers = await asyncio.gather(*(both if turn % 2 else reversed(both)))
        withdrawn, shown = answers if turn % 2 else reversed(answers)
        read_words = shown.json()["narrative"] is not None
        accesses = [each for each in await rows(world, ReportAccess) if str(each.report_id) == mine[-1]["id"]]
        assert (withdrawn.status_code == 200) is (not read_words), (withdrawn.text, shown.text)
        assert bool(accesses) is read_words
        if read_words:
            assert withdrawn.json()["code"] == "outcome_changed"
            assert (await withdraw(world, reporter, "restricted")).status_code == 200


async def red_flag_unread(world: World) -> tuple[Cast, str, dict[str, str]]:
    """Withdrawn, although nobody has read it and somebody may be in danger."""
    people = await cast(world)
    receipt, reporter = await sent(world, "hurt_themselves")
    before = await preview(world, reporter)
    assert (before["outcome"], before["because"]) == ("restricted_until_decided", ["red_flag"])
    done = await withdraw(world, reporter, "restricted_until_decided", reason="His brother is with him.")
    assert done.status_code == 200, done.text
    assert (await my_report(world, receipt))["status"] == "withdrawn"
    return people, receipt, reporter


async def test_an_unread_red_flag_report_is_destroyed_only_after_somebody_has_read_it_and_let_it_go(
    world: World,
) -> None:
    people, receipt, _ = await red_flag_unread(world)
    assert (await the_row(world, Escalation)).state is EscalationState.OPEN, "whoever is on call is still asked"
    [in_queue] = await listed(world, people.triager)
    assert in_queue["withdrawal"] == "to_be_decided"
    assert in_queue["signs"] == ["hurt_themselves"]
    assert (await decide(world, people.triager, "let_go")).json()["code"] == "not_read"
    not_found_body(await decide(world, people.backup, "let_go"))
    await a_day_later(world)
    assert (await the_row(world, Report)).erased_hour is None
    not_found_body(await world.http.post(SESSION, json={"receipt": receipt}))

    [page] = [each for each in await my_pages(world, people.coordinator) if not each["drill"]][:1] or [None]
    shown = await the_report(world, people.triager)
    assert shown["narrative"] == NARRATIVE
    talk = await world.http.get(f"{REPORTS}/{shown['id']}/messages", headers=people.triager.headers)
    assert [message["text"] for message in talk.json()["items"]] == ["His brother is with him."]
    assert (await write_to_reporter(world, people.triager, shown["id"])).json()["code"] == "report_withdrawn"
    done = await decide(world, people.triager, "let_go")
    assert done.status_code == 201, done.text
    row = await the_row(world, Report)
    assert (row.erased_hour is not None, row.narrative_sealed, row.state) == (True, None, ReportState.WITHDRAWN)
    assert await rows(world, ReportMessage) == []
    assert (await the_row(world, ReportWithdrawal)).note_sealed is None
    assert (await the_row(world, Escalation)).state is EscalationState.CLOSED
    assert "report.withdrawal_let_go" in {entry.action for entry in await rows(world, AuditEntry)}
    assert page is None or page["subject_kind"] == "report"


async def test_whoever_is_paged_may_decide_to_go_on_and_the_work_goes_on_without_the_reporter(world: World) -> None:
    people, receipt, reporter = await red_flag_unread(world)
    [page] = await my_pages(world, people.adviser)
    brief = (await world.http.get(f"/v1/pages/{page['id']}", headers=people.adviser.headers)).json()
    assert (brief["text"], brief["withdrawal"]) == (NARRATIVE, "to_be_decided")
    assert (await preview(world, reporter))["because"] == ["red_flag"]
    done = await decide(world, people.adviser, "continue")
    assert (done.status_code, done.json()["destroyed_from"]) == (201, None)
    assert (await decide(world, people.adviser, "continue")).json() == done.json()
    assert (await decide(world, people.adviser, "let_go")).json()["code"] == "already_decided"
    await a_day_later(world)
    not_found_body(await world.http.post(SESSION, json={"receipt": receipt}))
    shown = await the_report(world, people.triager)
    assert (shown["state"], shown["withdrawal"], shown["narrative"]) == ("new", "goes_on", NARRATIVE)
    assert (await act(world, people.triager, shown["id"], "claim")).status_code == 200
    assert (await write_to_reporter(world, people.triager, shown["id"])).json()["code"] == "report_withdrawn"
    assert (await act(world, people.triager, shown["id"], "close")).status_code == 200
    decided = await the_row(world, ReportWithdrawal)
    assert (decided.decided_by, decided.note_sealed is not None) == (people.adviser.id, True)


@one_database
async def test_letting_go_within_the_day_can_still_be_undone_by_the_reporter(world: World) -> None:
    people, receipt, reporter = await red_flag_unread(world)
    await the_report(world, people.triager)
    assert (await decide(world, people.triager, "let_go")).status_code == 201
    assert (await read(world, people.triager)).json()["narrative"] is None
    assert (await undo(world, reporter)).status_code == 200
    assert (await decide(world, people.triager, "let_go")).json()["code"] == "not_to_be_decided"
    await world.settle()
    assert (await the_row(world, Escalation)).state is EscalationState.OPEN
    await a_day_later(world)
    assert (await the_report(world, people.triager))["narrative"] == NARRATIVE
    assert (await my_report(world, receipt))["status"] == "being_read"


@one_database
@pytest.mark.parametrize(("function", "reason"), [("records_law", "records_law"), ("held", "legal_hold")])
async def test_a_law_or_a_hold_turns_destroying_into_locking_and_the_reporter_is_told_which(
    world: World, monkeypatch: pytest.MonkeyPatch, function: str, reason: str
) -> None:
    await world.school(keeps_withdrawn_reports=function == "records_law")
    if function == "held":
        monkeypatch.setattr(holds, "held", lambda session, report: True)
    _, reporter = await sent(world, "tearful")
    before = await preview(world, reporter)
    assert (before["outcome"], before["because"], before["was_read"]) == ("restricted", [reason], False)
    assert (await withdraw(world, reporter, "restricted")).status_code == 200
    await a_day_later(world)
    row = await the_row(world, Report)
    assert (row.erased_hour, row.narrative_sealed is None, row.restricted) == (None, False, True)


@one_database
async def test_where_it_was_decided_to_tell_somebody_the_work_goes_on_and_the_reporter_is_told_so(world: World) -> None:
    people = await cast(world)
    _, reporter = await sent(world, "tearful")
    await the_report(world, people.triager)

    row = await the_row(world, Report)
    proposed = await world.http.post(
        f"{REPORTS}/{row.id}/confidentiality-decisions",
        headers=people.triager.headers | world.once(),
        json=DECISION_FOR_LIFE | {"opens_identity": False},
    )
    assert proposed.status_code == 201, proposed.text
    confirmed = await world.http.post(
        f"{proposed.headers['location']}/confirm", headers=people.second_triager.headers | {"If-Match": "*"}, json={}
    )
    assert confirmed.status_code == 200, confirmed.text
    before = await preview(world, reporter)
    assert (before["outcome"], before["because"]) == ("continues", ["decision_stands"])
    assert (await withdraw(world, reporter, "continues")).status_code == 200
    shown = await the_report(world, people.triager)
    assert (shown["narrative"], shown["withdrawal"], shown["state"]) == (
        NARRATIVE,
        "goes_on",
        "confidentiality_decision",
    )
    assert (await write_to_reporter(world, people.triager, shown["id"])).json()["code"] == "report_withdrawn"
    assert (await the_row(world, ReportWithdrawal)).outcome is WithdrawalOutcome.CONTINUES


@one_database
async def test_access_is_extended_from_today_and_its_end_takes_nothing_from_the_report(world: World) -> None:
    people = await cast(world)
    receipt, reporter = await sent(world, "tearful")
    world.time.advance(days=10)
    reporter = await world.reporter(receipt)
    extended = await world.http.post(f"{MINE}/extend", headers=reporter)
    assert extended.json() == {"receipt_good_until": (clock.now() + dt.timedelta(days=90)).date().isoformat()}
    world.time.advance(days=91)
    not_found_body(await world.http.post(SESSION, json={"receipt": receipt}))
    await world.settle()
    assert (await the_report(world, people.triager))["narrative"] == NARRATIVE


@one_database
async def test_a_receipt_of_what_was_destroyed_and_one_that_never_was_get_the_same_answer(world: World) -> None:
    await world.school()
    receipt, reporter = await sent(world, "tearful")
    await withdraw(world, reporter, "destroyed")
    # Also in the moment before the worker has come to it.
    world.time.advance(hours=25)
    late = await world.http.post(SESSION, json={"receipt": receipt})
    await world.settle()
    gone = await world.http.post(SESSION, json={"receipt": receipt})
    wrong = await world.http.post(SESSION, json={"receipt": new_receipt()})
    assert not_found_body(late) == not_found_body(gone) == not_found_body(wrong)
    assert len({len(answer.content) for answer in (late, gone, wrong)}) == 1
