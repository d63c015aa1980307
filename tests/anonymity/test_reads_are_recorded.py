"""Whoever of the programme is shown what was written of a case leaves an entry: asked of every route that there is."""

from __future__ import annotations

import itertools
import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, SQLModel, select
from test_no_order_is_kept import everything_that_can_happen_to_reports, hand_over, looked_after

from app.core import clock
from app.models import AuditEntry, Escalation
from app.vault import columns
from app.vault.columns import SealedColumn
from app.vocabulary import Role
from tests.reports.harbour import Cast, act, cast, listed, one_database
from tests.support.world import Someone, World
from tests.test_access import STAFF

HERE = "/v1/schools/harbour"
# No case: what an entry of the directory should say, the words of whoever offers them to be printed, what is sent,
# what was said of a pause.
NO_CASE = {
    columns.CORRECTION,
    columns.SUGGESTION,
    columns.STORY,
    columns.STORY_REVIEW,
    columns.PAUSE_NOTE,
    columns.PAUSE_APPEAL,
    columns.EVENT,
    columns.SECRET,
    columns.PREVIOUS_SECRET,
}
# What a path parameter names, where that is not the table called as it is.
TABLES = {
    "page_id": "pages",
    "request_id": "advice_requests",
    "decision_id": "confidentiality_decisions",
    "hold_id": "legal_holds",
    "incident_id": "privacy_incidents",
    "run_id": "retention_runs",
}
CASES = {"report_id", "contact_id", *TABLES}
SHOWS = {
    "GET /v1/me/contacts",
    "GET /v1/me/contacts/{contact_id}",
    "GET /v1/pages/{page_id}",
    "GET /v1/schools/{school}/advice-requests",
    "GET /v1/schools/{school}/advice-requests/{request_id}",
    "GET /v1/schools/{school}/advice-requests/{request_id}/messages",
    "GET /v1/schools/{school}/reports/{report_id}",
    "GET /v1/schools/{school}/reports/{report_id}/messages",
    "GET /v1/schools/{school}/reports/{report_id}/outcomes",
    "GET /v1/schools/{school}/reports/{report_id}/proposals",
    "GET /v1/schools/{school}/reports/{report_id}/relay-summary",
    "GET /v1/schools/{school}/confidentiality-decisions/{decision_id}",
    "GET /v1/schools/{school}/legal-holds",
    "GET /v1/schools/{school}/legal-holds/{hold_id}",
    "GET /v1/schools/{school}/privacy-incidents",
    "GET /v1/schools/{school}/privacy-incidents/{incident_id}",
}


class Opened:
    """What is unsealed of cases, as it happens: the record that it belongs to."""

    def __init__(self) -> None:
        self.seen: list[tuple[SealedColumn, Any]] = []

    def subjects(self, session: Session) -> set[str]:
        return {str(self._subject(session, column, row)) for column, row in self.seen if column not in NO_CASE}

    @staticmethod
    def _subject(session: Session, column: SealedColumn, row: Any) -> uuid.UUID:
        if column is columns.CASE_NOTE:
            found: uuid.UUID = session.get_one(Escalation, row.escalation_id).subject_id
            return found
        owner: uuid.UUID = row.id if column.link is None else getattr(row, column.link)
        return owner


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opened:
    found, real = Opened(), SealedColumn.open

    def see(self: SealedColumn, session: Session, row: Any, value: bytes, **owner: Any) -> str:
        found.seen.append((self, row))
        return real(self, session, row, value, **owner)

    monkeypatch.setattr(SealedColumn, "open", see)
    return found


def gets() -> dict[str, list[str]]:
    """Every GET for people of the programme, and its roles."""
    return {route: roles.split() for route, roles in STAFF.items() if route.startswith("GET ")}


def names_of(path: str) -> list[str]:
    return [name for name in re.findall(r"{(\w+)}", path) if name != "school"]


def urls_of(path: str, ids: dict[str, list[str]]) -> Iterator[str]:
    """One for whatever it can name."""
    names = names_of(path)
    for values in itertools.product(*(ids[name] for name in names)):
        yield path.format(school="harbour", **dict(zip(names, values, strict=True)))


@one_database
async def test_no_route_shows_words_of_a_case_without_an_entry(world: World, opened: Opened) -> None:
    people = await cast(world)
    officer = await world.person(Role.PRIVACY_OFFICER)
    supporter = await world.person(Role.SUPPORTER, alias="Wren", paged=True)
    await everything_that_can_happen_to_reports(world, people, supporter)
    await looked_after(world, officer)
    question = {"topic": "when_to_escalate", "priority": "soon", "summary": "What can I say?"}
    asked = await world.http.post(f"{HERE}/advice-requests", headers=supporter.headers | world.once(), json=question)
    assert asked.status_code == 201, asked.text
    thread = f"{asked.headers['location']}/messages"
    said = await world.http.post(thread, headers=supporter.headers | world.once(), json={"text": "It is urgent."})
    assert said.status_code == 201, said.text
    # The flood is over.
    world.time.advance(hours=3)
    await handed_over(world, people, supporter)
    ids = await ids_of(world)
    everybody = {
        Role.TRIAGER: people.triager,
        Role.ADVISER: people.adviser,
        Role.INDEPENDENT_HANDLER: people.handler,
        Role.COORDINATOR: people.coordinator,
        Role.SPONSOR: people.sponsor,
        Role.PRIVACY_OFFICER: officer,
        Role.SUPPORTER: supporter,
    }
    # In an hour of its own: what was read before is no entry for now.
    world.time.advance(hours=1)
    showing, shown = set(), dict[uuid.UUID, set[str]]()
    for route, roles in gets().items():
        for role in everybody.keys() & set(roles):
            for url in urls_of(route.split()[1], ids):
                opened.seen.clear()
                answer = await world.http.get(url, headers=everybody[role].headers)
                if answer.status_code == 200 and (found := await world.db.read(opened.subjects)):
                    showing.add(route)
                    shown.setdefault(everybody[role].id, set()).update(found)
    assert showing >= SHOWS
    # Their own question is nothing that a supporter is shown.
    shown[supporter.id].discard(asked.json()["id"])
    recorded = await recorded_since(world)
    for person, subjects in shown.items():
        assert subjects - recorded.get(person, set()) == set()
    assert {people.triager.id, people.adviser.id, officer.id, supporter.id} <= shown.keys()


async def handed_over(world: World, people: Cast, supporter: Someone) -> None:
    """One that names somebody is in a supporter's hands."""
    before = {each["id"] for each in await listed(world, people.triager)}
    made = await world.report("tearful", about_person="Zephyrine Quill")
    reporter = await world.reporter(made.json()["receipt"])
    [report_id] = {each["id"] for each in await listed(world, people.triager)} - before
    await act(world, people.triager, report_id, "claim")
    await hand_over(world, people, supporter, reporter, report_id)


async def ids_of(world: World) -> dict[str, list[str]]:
    """Of every path parameter that there is: the rows of its table, or of any whose name ends like it."""
    wanted = {name for route in gets() for name in names_of(route)}

    def read(session: Session) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {name: [] for name in wanted}
        for table in SQLModel.metadata.sorted_tables:
            for name in wanted & {f"{table.name.removesuffix('s').rpartition('_')[2]}_id", _named(table.name)}:
                if TABLES.get(name, table.name) == table.name and "id" in table.c:
                    some = sa.select(table.c.id).limit(None if name in CASES else 2)
                    found[name] += [str(each) for each in session.connection().execute(some).scalars()]
        return found

    found = await world.db.read(read)
    assert all(found[name] for name in CASES)
    return found


def _named(table: str) -> str:
    return next((name for name, called in TABLES.items() if called == table), f"{table.removesuffix('s')}_id")


async def recorded_since(world: World) -> dict[uuid.UUID | None, set[str]]:
    """What each is said to have read in this hour."""
    hour = clock.hour_of(clock.now())

    def read(session: Session) -> dict[uuid.UUID | None, set[str]]:
        found: dict[uuid.UUID | None, set[str]] = {}
        for row in session.exec(select(AuditEntry).where(AuditEntry.hour == hour)):
            if row.action.endswith(".read"):
                found.setdefault(row.person_id, set()).add(row.subject or "")
        return found

    return await world.db.read(read)
