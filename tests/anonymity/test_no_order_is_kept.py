"""No row that a report causes says which came first, and no row says which report it was (design, 3)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from evidence import cells_of, count, trace
from sqlmodel import Session, select

from app.idempotency.service import fingerprint
from app.models import IdempotencyKey, Report
from app.vocabulary import Role
from tests.reports.harbour import (
    REPORTS,
    Cast,
    act,
    cast,
    listed,
    my_pages,
    nobody_answers,
    one_database,
    write_to_reporter,
)
from tests.reports.passing_on import Held, agreed, answer, ask
from tests.reports.working import flooded, solved
from tests.stories.telling import published
from tests.support.world import Someone, World
from tests.test_access import DECISION

# Whole numbers that count within one report, or count nothing that has an order.
NUMBERS = {
    "reports.response_rank",
    "reports.version",
    "privacy_incidents.version",
    "report_messages.position",
    "relay_summaries.number",
    "contacts.summary_number",
    "story_reviews.number",
    "escalations.round",
    "escalations.step",
    "escalations.fence",
    "pages.round",
    "pages.step",
    "webhook_deliveries.attempts",
    "webhook_attempts.number",
    "webhook_attempts.status",
    "webhook_attempts.duration_ms",
    # Links of a chain, an hour each at the least, and how many acts of people of the programme are in one.
    "audit_entries.block",
    "audit_blocks.number",
    "audit_blocks.count",
    "audit_heads.number",
    "audit_heads.count",
    "audit_heads.pruned_to",
    "work_items.fence",
    "work_items.attempts",
}
Counts = dict[str, int]


async def counts(world: World) -> Counts:
    """How many rows each table has."""

    def look(session: Session) -> Counts:
        connection = session.connection()
        tables = sa.inspect(connection).get_table_names()
        return {table: connection.exec_driver_sql(f'SELECT count(*) FROM "{table}"').scalar_one() for table in tables}

    return await world.db.read(look)


async def hand_over(world: World, people: Cast, supporter: Someone, reporter: dict[str, str], report_id: str) -> None:
    story = Held(people, supporter, "", reporter, report_id)
    await agreed(world, story)
    made = await ask(world, story)
    await answer(world, supporter, made.json()["id"], "accept")


async def everything_that_can_happen_to_reports(world: World, people: Cast, supporter: Someone) -> None:
    """One is answered by its triager and closed, one by whoever was paged, one by nobody; one is for handlers."""
    quiet = {"signs": ["tearful"], "narrative": "On the train.", "keep_from": ["Eli"]}
    made = await world.http.post(REPORTS, json=quiet, headers=world.once())
    reporter = await world.reporter(made.json()["receipt"])
    [report] = await listed(world, people.triager)
    await world.http.get(f"{REPORTS}/{report['id']}", headers=people.triager.headers)
    await act(world, people.triager, report["id"], "claim")
    await write_to_reporter(world, people.triager, report["id"])
    await world.http.post("/v1/me/report/messages", headers=reporter, json={"text": "Thank you."})
    url, headers = f"{REPORTS}/{report['id']}", people.triager.headers | {"If-Match": "*"}
    for what, body in (
        ("priority", {"priority": "when_you_can", "note": "They are with family."}),
        ("outcomes", {"outcome": "misuse", "note": "It mocks whoever reads it."}),
        ("hurtful", {"hurtful": True}),
    ):
        done = await world.http.post(f"{url}/{what}", headers=headers | world.once(), json=body)
        assert done.is_success, done.text
    await hand_over(world, people, supporter, reporter, report["id"])
    await act(world, people.triager, report["id"], "close")

    await world.report("hurt_themselves")
    await world.settle()
    [page] = await my_pages(world, people.adviser)
    await world.http.get(f"/v1/pages/{page['id']}", headers=people.adviser.headers)
    reply = f"/v1/pages/{page['id']}/reply"
    await world.http.post(reply, headers=people.adviser.headers | world.once(), json={"text": "I am here."})

    made = await world.report("tearful", priority="now")
    reporter = await world.reporter(made.json()["receipt"])
    taken_back = {"expected": "destroyed"}
    done = await world.http.post("/v1/me/report/withdraw", headers=reporter, json=taken_back)
    assert done.status_code == 200, done.text

    proposal = f"/v1/pages/{page['id']}/confidentiality-decisions"
    proposed = await world.http.post(proposal, headers=people.adviser.headers | world.once(), json=DECISION)
    confirm, second = f"{proposed.headers['location']}/confirm", people.backup.headers | {"If-Match": "*"}
    assert (await world.http.post(confirm, headers=second, json={})).status_code == 200
    await world.report("hurt_themselves", about_role="staff")
    [page] = await my_pages(world, people.handler)
    await world.http.post(f"/v1/pages/{page['id']}/ack", headers=people.handler.headers)
    await world.report("tearful")
    report, *_ = await listed(world, people.triager)
    named = {"person": "Lee", "reason": "They live together."}
    await world.http.post(f"{REPORTS}/{report['id']}/conflicts", headers=people.triager.headers, json=named)
    await world.report("unsafe_right_now")
    await nobody_answers(world)
    await world.report("unsafe_right_now")

    asked = await flooded(world)
    worked = quiet | {"challenge_solution": solved(asked.json()["report_challenge"]["challenge"])}
    assert (await world.http.post(REPORTS, json=worked)).status_code == 201


async def looked_after(world: World, officer: Someone) -> None:
    """One is held, one is in an incident, and there is a dry run."""
    here, by = "/v1/schools/harbour", officer.headers
    report = (await world.http.get(f"{here}/report-records", headers=by)).json()["items"][0]["id"]
    hold = {"report_id": report, "reason": "It was asked for.", "authority_ref": "A letter"}
    incident = {"kind": "other", "what_happened": "A screen was left open.", "happened_on": "2026-01-05"}
    for path, body in (("legal-holds", hold), ("privacy-incidents", incident | {"report_id": report})):
        made = await world.http.post(f"{here}/{path}", headers=by | world.once(), json=body)
        assert made.status_code == 201, made.text
    await world.http.post(f"{here}/retention-runs", headers=by | world.once())


async def a_story_is_told(world: World, people: Cast) -> None:
    await published(world, people.coordinator, people.sponsor)


async def grown(world: World, people: Cast, officer: Someone, supporter: Someone) -> set[str]:
    """The tables that have more rows than before there was any report."""
    before = await counts(world)
    await everything_that_can_happen_to_reports(world, people, supporter)
    await looked_after(world, officer)
    await a_story_is_told(world, people)
    after = await counts(world)
    return {table for table, number in after.items() if number > before[table]}


async def test_no_table_that_reports_fill_keeps_an_order_and_no_id_begins_with_the_time(
    world: World, database_kind: str
) -> None:
    people = await cast(world)
    officer = await world.person(Role.PRIVACY_OFFICER)
    supporter = await world.person(Role.SUPPORTER, alias="Wren", paged=True)
    before = await ids(world)
    tables = await grown(world, people, officer, supporter)
    made = await ids(world) - before
    assert {table for table, _ in made} >= {"reports", "report_messages", "pages", "events", "webhook_attempts"}
    assert {table for table, _ in made} >= {
        "confidentiality_decisions",
        "escalations",
        "webhook_deliveries",
        "audit_entries",
        "work_items",
    }
    assert {table for table, _ in made} >= {"relay_summaries", "contacts"}
    assert {table for table, each in made if each.version != 4} == set()

    assert {"reports", "report_messages", "report_exclusions", "report_accesses", "escalations", "pages"} < tables
    assert {"report_conflicts", "report_grants"} < tables
    assert {"report_outcomes", "report_proposals"} < tables
    assert {"events", "webhook_deliveries", "webhook_attempts", "audit_entries", "work_items"} < tables
    assert "report_withdrawals" in tables
    assert {"stories", "story_reviews"} < tables
    assert "spent_challenges" in tables
    assert {"legal_holds", "privacy_incidents", "retention_runs"} < tables
    assert not tables & {"people", "sign_ins", "refresh_tokens", "role_grants"}

    def look(session: Session) -> tuple[set[str], set[str]]:
        connection = session.connection()
        inspector = sa.inspect(connection)
        columns = [(table, column) for table in sorted(tables) for column in inspector.get_columns(table)]
        numbers = {f"{table}.{column['name']}" for table, column in columns if isinstance(column["type"], sa.Integer)}
        # The same for every row tells nothing: it is for a release that does not know the column yet.
        same = (None, "0", "'0'", "2", "'2'", "false")
        given = {f"{table}.{column['name']}" for table, column in columns if column.get("default") not in same}
        given |= {f"{table}.{column['name']}" for table, column in columns if column.get("identity")}
        if database_kind == "sqlite":
            kept = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'table'").all()
            given |= {name for name, sql in kept if name in tables and not sql.rstrip().endswith("WITHOUT ROWID")}
            given |= {name for name, sql in kept if name == "sqlite_sequence" or "AUTOINCREMENT" in sql.upper()}
        return numbers, given

    numbers, given = await world.db.read(look)
    assert numbers <= NUMBERS
    assert given == set(), "the database itself numbers these, or fills them in"


async def ids(world: World) -> set[tuple[str, uuid.UUID]]:
    """Every id of every table that has one."""

    def look(session: Session) -> set[tuple[str, uuid.UUID]]:
        connection = session.connection()
        inspector = sa.inspect(connection)
        found: set[tuple[str, uuid.UUID]] = set()
        for table in inspector.get_table_names():
            if "id" in {column["name"] for column in inspector.get_columns(table)}:
                rows = connection.exec_driver_sql(f'SELECT id FROM "{table}"')
                found |= {(table, row[0] if isinstance(row[0], uuid.UUID) else uuid.UUID(row[0])) for row in rows}
        return found

    return await world.db.read(look)


def in_order(values: Iterable[Any]) -> bool:
    kept = list(values)
    return kept == sorted(kept)


@one_database
async def test_the_file_itself_does_not_lie_in_the_order_of_arrival(world: World) -> None:
    """Without row ids SQLite keeps rows by their random key, whatever came first."""
    await world.school()
    for _ in range(12):
        await world.report("tearful")

    def look(session: Session) -> tuple[list[str], list[str]]:
        connection = session.connection()
        rows = connection.exec_driver_sql("SELECT id, submitted_at FROM reports").all()
        return [row[0] for row in rows], [row[1] for row in rows]

    keys, times = await world.db.read(look)
    assert len(set(times)) == 12
    assert in_order(keys)
    assert not in_order(times)


@one_database
async def test_a_row_kept_for_a_retry_leads_to_no_report_and_confirms_no_guess(world: World) -> None:
    """Whoever has the database and a list of names can try them out on any hash that needs no key."""
    people = await cast(world)
    body = {"signs": ["tearful"], "about_person": "Zephyrine Quill", "narrative": "On the train."}
    key = str(uuid.uuid4())
    made = await world.http.post(REPORTS, json=body, headers={"Idempotency-Key": key})
    assert made.status_code == 201

    def look(session: Session) -> tuple[Report, IdempotencyKey]:
        return session.exec(select(Report)).one(), session.exec(select(IdempotencyKey)).one()

    report, kept = await world.db.read(look)
    plain = fingerprint("POST", REPORTS, body)
    assert kept.fingerprint != plain
    assert count(trace("a plain hash", plain, key, uuid.UUID(key).bytes), await cells_of(world.db)) == 0
    assert kept.ends_with is not None
    assert kept.ends_with != report.receipt_hash
    leads = trace("the report", str(report.id), report.id.hex, report.id.bytes, report.receipt_hash)
    cells = [cell for cell in await cells_of(world.db) if cell.name.startswith("idempotency_keys.")]
    assert count(leads, cells) == 0
    assert {kept.replay_until.minute, kept.forget_after.minute, kept.replay_until.second} == {0}

    # Used once, the receipt ends the replay: what was kept of the answer is gone.
    await world.reporter(made.json()["receipt"])
    _, used = await world.db.read(look)
    assert (used.reply, used.ends_with) == (None, None)
    assert len(await listed(world, people.triager)) == 1


@one_database
async def test_nobody_is_named_in_what_is_logged_of_a_report_that_nobody_answers(world: World, capsys: Any) -> None:
    """A log outlives the report, with the second beside each line: it says that, not which and not where."""
    await world.school()
    await world.person(Role.TRIAGER)
    await world.report("hurt_themselves", about_role="staff")
    await world.report("hurt_themselves")
    logged = capsys.readouterr().out
    assert logged.count("paging.exhausted") == 2
    assert "harbour" not in logged
    for _, each in await ids(world):
        assert str(each) not in logged
