"""The trail to take away, for privacy officers: what they see of it, no sign of the rest, and a head that proves it."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import sqlite3
import uuid
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy.engine import make_url
from sqlmodel import Session

from app.audit import trail
from app.core import clock
from app.privacy import audit_lines, audit_log
from app.schools import service as schools
from app.vocabulary import Role
from tests.reports.harbour import REPORTS, act, cast, listed, my_pages, one_database
from tests.support.server import call_cli
from tests.support.world import Someone, World

AUDIT = "/v1/schools/harbour/audit-log"
EXPORT = f"{AUDIT}/export"
START = dt.datetime(2026, 3, 2, 9, 20, tzinfo=dt.UTC)
DAY = {"from": "2026-03-02T00:00Z", "to": "2026-03-03T00:00Z"}


async def take(world: World, who: Someone, *, accept: str = "*/*", **query: str) -> httpx.Response:
    return await world.http.get(EXPORT, headers=who.headers | {"Accept": accept}, params=DAY | query)


async def lines(world: World, who: Someone, **query: str) -> tuple[list[dict[str, Any]], str]:
    """The entries, and the head that the file ends with."""
    taken = await take(world, who, **query)
    assert taken.status_code == 200, taken.text
    *entries, last = map(json.loads, taken.text.splitlines())
    assert set(last) == {"head"}
    return entries, last["head"]


async def acted(world: World, *subjects: str) -> str:
    """The id of the school."""

    def work(session: Session) -> str:
        school = schools.find(session, "harbour").id
        for subject in subjects:
            trail.record(
                session, action="test.acted", school_id=school, person_id=None, subject=subject, now=clock.now()
            )

        return str(school)

    return await world.db.write(work)


async def test_an_officer_takes_out_what_they_see_and_that_is_in_it_once_an_hour(world: World) -> None:
    world.time.set(START)
    people = await cast(world)
    officer, foreign = await world.person(Role.PRIVACY_OFFICER), await elsewhere(world)
    await world.report("tearful")
    [report] = await listed(world, people.triager)
    await act(world, people.triager, report["id"], "claim")
    world.time.advance(hours=2)
    await act(world, people.triager, report["id"], "close")
    seen = (await world.http.get(AUDIT, headers=officer.headers, params={"limit": 100})).json()["items"]
    taken = await take(world, officer)
    entries, head = await lines(world, officer)

    assert (taken.status_code, taken.headers["Content-Type"]) == (200, "application/x-ndjson")
    assert taken.headers["Cache-Control"] == "no-store"
    assert taken.headers["Content-Disposition"] == 'attachment; filename="harbour-audit-log.ndjson"'
    first = [json.loads(line) for line in taken.text.splitlines()][:-1]
    told = ("id", "hour", "person", "action", "subject")
    assert {tuple(each[name] for name in told) for each in first} == {
        tuple(each[name] for name in told) for each in seen
    }
    assert {"report.claimed", "report.closed", "report.read"} <= {each["action"] for each in first}
    assert {tuple(each) for each in first} == {audit_lines.COLUMNS}
    hours = [each["hour"] for each in first]
    assert hours == sorted(hours)
    assert {hours[0], hours[-1]} == {"2026-03-02T09:00:00Z", "2026-03-02T11:00:00Z"}

    # The first time is in the second: by whom, once.
    again, other = [each for each in entries if each not in first], await take(world, officer, accept="text/csv")
    assert [(each["action"], each["person"]) for each in again] == [("audit_log.exported", str(officer.id))]
    assert taken.headers["Audit-Log-Head"] == other.headers["Audit-Log-Head"] == head
    assert other.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert other.headers["Content-Disposition"] == 'attachment; filename="harbour-audit-log.csv"'
    rows = list(csv.DictReader(io.StringIO(other.text)))
    assert [row | {"mac": row["mac"].lstrip("'")} for row in rows] == [
        {name: cell or "" for name, cell in each.items()} for each in entries
    ]
    refused = [(await take(world, who)).status_code for who in (people.triager, people.coordinator, people.it, foreign)]
    assert refused == [403, 403, 403, 404]


async def elsewhere(world: World) -> Someone:
    await world.school("ridge")
    return await world.person(Role.PRIVACY_OFFICER, school="ridge")


@one_database
async def test_what_is_kept_from_an_officer_leaves_no_sign_in_what_they_take_out(world: World) -> None:
    """No entry, no number that skips one, and a head that is the same whether anything happened or not."""
    world.time.set(START)
    people = await cast(world)
    named = await world.person(Role.PRIVACY_OFFICER, alias="Ines")
    officer = await world.person(Role.PRIVACY_OFFICER, alias="Priya")
    await lines(world, named)
    world.time.advance(hours=1)
    before, head = await lines(world, named)
    before, _ = await lines(world, named)
    await world.report("hurt_themselves", keep_from=["Ines"])
    await world.settle()
    [page] = await my_pages(world, people.adviser)
    await world.http.post(f"/v1/pages/{page['id']}/ack", headers=people.adviser.headers)
    [report] = await listed(world, people.triager)
    await world.http.get(f"{REPORTS}/{report['id']}", headers=people.triager.headers)
    await act(world, people.triager, report["id"], "claim")

    all_of_it, _ = await lines(world, officer)
    hidden = [each for each in all_of_it if each["subject"] in {report["id"], page["id"]}]
    assert {"report.claimed", "report.read", "page.acknowledged"} <= {each["action"] for each in hidden}
    after, head_after = await lines(world, named)
    own = [each for each in after if each["person"] == str(officer.id)]
    assert [each["action"] for each in own] == ["audit_log.exported"]
    assert [each for each in after if each not in own] == before
    assert head_after == head
    table = await take(world, named, accept="text/csv")
    assert len(table.text.splitlines()) == 1 + len(after)
    for each in hidden:
        assert each["id"] not in table.text
        assert each["mac"] not in table.text


@one_database
async def test_where_nothing_was_finished_a_head_looks_like_any_other(world: World) -> None:
    """Else its absence would tell whether anything had happened before, also what is kept from whoever asks."""
    world.time.set(START)
    await world.school()
    officer = await world.person(Role.PRIVACY_OFFICER)
    entries, first = await lines(world, officer)
    world.time.advance(hours=1)
    _, second = await lines(world, officer)
    assert (entries, len(first)) == ([], len(second))
    assert first != second


@one_database
async def test_more_than_is_given_out_at_once_is_refused_and_not_recorded(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.time.set(START)
    await world.school()
    officer = await world.person(Role.PRIVACY_OFFICER)
    for number in range(3):
        school = await acted(world, f"first {number}", f"second {number}")
        world.time.advance(hours=1)
    monkeypatch.setattr(audit_log, "MOST_EXPORTED", 4)

    async def refused(**query: str) -> tuple[int, str, str]:
        answer = await take(world, officer, **query)
        [fault] = answer.json()["errors"]
        return answer.status_code, fault["parameter"], fault["code"]

    assert await refused() == (422, "to", "too_many_entries")
    assert await refused(to=DAY["from"]) == (422, "to", "window_refused")
    assert await refused(to="2026-04-02T00:01Z") == (422, "to", "window_refused")
    entries, _ = await lines(world, officer, **{"from": "2026-03-02T10:00Z", "to": "2026-03-02T11:00Z"})
    assert {each["subject"] for each in entries} == {"first 1", "second 1"}
    entries, _ = await lines(world, officer, **{"from": "2026-03-02T11:00Z", "to": "2026-04-02T11:00Z"})
    assert [each["subject"] for each in entries if each["action"] == "audit_log.exported"] == [school]


@one_database
async def test_a_head_that_was_taken_out_shows_that_the_log_was_put_back(world: World, tmp_path: Path) -> None:
    """By the command, on the database and on the copy of it that somebody puts in its place."""
    world.time.set(START)
    await world.school()
    officer = await world.person(Role.PRIVACY_OFFICER)
    for number in range(4):
        await acted(world, f"act {number}")
        world.time.advance(hours=1)
        if number == 1:
            file = make_url(world.settings.url).database or ""
            with closing(sqlite3.connect(file)) as now, closing(sqlite3.connect(tmp_path / "earlier")) as copy:
                now.backup(copy)
    _, head = await lines(world, officer)
    (kept := tmp_path / "head").write_text(f"{head}\n")

    def verify(url: str, *more: str) -> int:
        keys = {"PEERLINE_MASTER_KEYS": world.settings.master_keys}
        return call_cli("audit", "verify", *more, database_url=url, env=keys).returncode

    earlier = f"sqlite:///{tmp_path / 'earlier'}"
    assert verify(world.settings.url, "--head", str(kept)) == 0
    assert verify(earlier) == 0
    assert verify(earlier, "--head", head) == 7


def test_a_cell_of_the_table_begins_no_formula() -> None:
    entry = audit_lines.Entry(uuid.UUID(int=1), START, None, "=1+1", "@SUM(A1)", b"\xfb" * 32)
    [_, row] = csv.reader(io.StringIO(audit_lines.table([entry]).decode()))
    assert row[2:5] == ["", "'=1+1", "'@SUM(A1)"]
    assert row[5].startswith("'-")
