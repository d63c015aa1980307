"""A school whose reports are over, some of them long ago, and what its privacy officers see of them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from typing import Any

import httpx
from sqlmodel import Session, select

from app.core.clock import hour_of
from app.models import Report, ReportAccess
from app.vocabulary import Role
from tests.reports.harbour import REPORTS, act, listed
from tests.support.world import Someone, World

SCHOOL = "/v1/schools/harbour"
RUNS = f"{SCHOOL}/retention-runs"
RECORDS = f"{SCHOOL}/report-records"
HOLDS = f"{SCHOOL}/legal-holds"
WORDS = "She told me on the train."


@dataclasses.dataclass
class Office:
    triager: Someone
    officer: Someone
    other: Someone


async def office(world: World) -> Office:
    """Harbour with a triager and two privacy officers."""
    await world.school()
    return Office(
        triager=await world.person(Role.TRIAGER, alias="Noor"),
        officer=await world.person(Role.PRIVACY_OFFICER, alias="Priya", paged=True),
        other=await world.person(Role.PRIVACY_OFFICER, alias="Ines", paged=True),
    )


async def closed(world: World, triager: Someone, **fields: Any) -> str:
    """One more report that was read and closed; its id."""
    before = {row["id"] for row in await listed(world, triager, limit=100)}
    made = await world.report("tearful", **{"narrative": WORDS, **fields})
    assert made.status_code == 201, made.text
    [report] = [row["id"] for row in await listed(world, triager, limit=100) if row["id"] not in before]
    assert (await world.http.get(f"{REPORTS}/{report}", headers=triager.headers)).status_code == 200
    await act(world, triager, report, "claim")
    assert (await act(world, triager, report, "close")).status_code == 200
    return str(report)


async def run(world: World, officer: Someone, *, dry: bool = True) -> dict[str, Any]:
    """A run to its end, as its officer sees it then."""
    begun = await begin(world, officer, dry=dry)
    assert begun.status_code == 202, begun.text
    await world.settle()
    found = await world.http.get(begun.headers["Location"], headers=officer.headers)
    assert found.json()["state"] == "finished"
    shown: dict[str, Any] = found.json()
    return shown


async def begin(world: World, officer: Someone, *, dry: bool) -> httpx.Response:
    query = {"dry_run": str(dry).lower()}
    return await world.http.post(RUNS, headers=officer.headers | world.once(), params=query)


def results(shown: dict[str, Any]) -> dict[str, int]:
    """How many of each result, whatever their class."""
    found: dict[str, int] = {}
    for each in shown["counts"]:
        found[each["result"]] = found.get(each["result"], 0) + each["count"]
    return found


async def items(world: World, officer: Someone, run_id: str) -> dict[str, str]:
    """What a run found, by the id of what it is about."""
    answer = await world.http.get(f"{RUNS}/{run_id}/items", headers=officer.headers, params={"limit": 100})
    assert answer.status_code == 200, answer.text
    return {row["subject_id"]: row["result"] for row in answer.json()["items"]}


async def records(world: World, officer: Someone) -> dict[str, dict[str, Any]]:
    answer = await world.http.get(RECORDS, headers=officer.headers, params={"limit": 100})
    assert answer.status_code == 200, answer.text
    return {row["id"]: row for row in answer.json()["items"]}


async def hold(world: World, officer: Someone, report_id: str | None) -> httpx.Response:
    body = {"report_id": report_id, "reason": "The ombudsman has asked.", "authority_ref": "A request of 4 March"}
    return await world.http.post(HOLDS, headers=officer.headers | world.once(), json=body)


async def put_policy(world: World, officer: Someone, retention_class: str, **body: Any) -> httpx.Response:
    url = f"{SCHOOL}/retention-policies/{retention_class}"
    return await world.http.put(url, headers=officer.headers | {"If-Match": "*"}, json={"period_days": 90} | body)


async def report_of(world: World, report_id: str) -> Report:
    return await world.db.read(lambda session: session.get_one(Report, uuid.UUID(report_id)))


async def change(world: World, report_id: str, **columns: Any) -> None:
    """Put something into a report's row, for what no route can bring about."""

    def work(session: Session) -> None:
        report = session.get_one(Report, uuid.UUID(report_id))
        for name, value in columns.items():
            setattr(report, name, value)
        session.add(report)

    await world.write(work)


async def never_opened(world: World, report_id: str) -> None:
    def work(session: Session) -> None:
        for row in session.exec(select(ReportAccess).where(ReportAccess.report_id == uuid.UUID(report_id))):
            session.delete(row)

    await world.write(work)


def hour(world: World, **ago: float) -> dt.datetime:
    return hour_of(world.time.now() - dt.timedelta(**ago))
