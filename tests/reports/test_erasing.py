"""What an erased report leaves: a tombstone, and in the file not one byte of what it said (domain, 3.5)."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from harbour import (
    REPORTS,
    cast,
    is_whole_hour,
    my_pages,
    one_database,
    rows,
    the_report,
    the_row,
    write_to_reporter,
)
from sqlmodel import Session, SQLModel, select

from app.core import clock
from app.models import CaseNote, Report, ReportAccess, ReportExclusion, ReportMessage
from app.reports import erasing, holds
from app.vocabulary import Outcome, ReportState
from tests.support.world import World

NARRATIVE = "She told me on the train that she sees no way on."
PERSON = "Zephyrine Quill, second year"
SPOKEN = "I was with her until four in the morning."


async def a_report_with_everything(world: World) -> str:
    """Texts of every kind, all sealed: narrative, identity, messages of both sides, a note among handlers."""
    people = await cast(world)
    body = {
        "signs": ["hurt_themselves"],
        "narrative": NARRATIVE,
        "about_person": PERSON,
        "wants": "offer_of_support_to_peer",
        "relationship": "housemate",
        "keep_from": ["Eli"],
        "privacy_statement_version": "2026-3",
    }
    made = await world.http.post(REPORTS, json=body, headers=world.once())
    receipt: str = made.json()["receipt"]
    await world.settle()
    [page] = await my_pages(world, people.adviser)
    pages = f"/v1/pages/{page['id']}"
    await world.http.post(f"{pages}/ack", headers=people.adviser.headers)
    noted = await world.http.post(
        f"{pages}/notes", headers=people.adviser.headers | world.once(), json={"text": SPOKEN}
    )
    assert noted.status_code == 201, noted.text
    report = await the_report(world, people.triager)
    assert (await write_to_reporter(world, people.triager, report["id"], SPOKEN)).status_code == 201
    reporter = await world.reporter(receipt)
    wrote = await world.http.post(
        "/v1/me/report/messages", headers=reporter | {"Idempotency-Key": "four"}, json={"text": SPOKEN}
    )
    assert wrote.status_code == 201
    return receipt


async def erase(world: World, outcome: Outcome | None = None) -> None:
    def work(session: Session) -> None:
        report = session.exec(select(Report).with_for_update()).one()
        erasing.erase(session, report, now=clock.now(), outcome=outcome)

    await world.write(work)


async def sealed(world: World) -> list[bytes]:
    """The bytes that texts of reports, and kept answers, are sealed into."""

    def look(session: Session) -> list[bytes]:
        connection = session.connection()
        found: list[bytes] = []
        for table in SQLModel.metadata.tables.values():
            of_reports = table.name.startswith(("report", "case_notes", "idempotency_keys"))
            for column in table.columns if of_reports else ():
                if column.name.endswith("_sealed") or column.name == "reply":
                    found += connection.execute(sa.select(column).where(column.is_not(None))).scalars()
        return found

    return await world.db.read(look)


async def test_an_erased_report_keeps_its_id_its_hours_and_who_read_it_and_no_word(world: World) -> None:
    receipt = await a_report_with_everything(world)
    before = await the_row(world, Report)
    accesses = await rows(world, ReportAccess)
    assert accesses
    world.time.advance(hours=26)
    await erase(world)
    await erase(world)

    row = await the_row(world, Report)
    assert (row.id, row.school_id, row.state) == (before.id, before.school_id, ReportState.EXPIRED)
    assert row.version == before.version + 1
    for instant in (row.submitted_at, row.updated_hour, row.erased_hour):
        assert instant is not None
        assert is_whole_hour(instant)
    said = (row.narrative_sealed, row.identity_sealed, row.statement_version, row.claimed_by, row.priority_set)
    assert set(said) == {None}
    assert (row.signs, row.details, row.promise, row.needs_person_check) == ([], {}, {}, False)
    assert await rows(world, ReportMessage) == []
    assert await rows(world, CaseNote) == []
    assert await sealed(world) == []
    assert [each.person_id for each in await rows(world, ReportAccess)] == [each.person_id for each in accesses]
    assert len(await rows(world, ReportExclusion)) == 1

    opened = await world.http.post("/v1/receipts/session", json={"receipt": receipt})
    assert opened.status_code == 404
    assert row.receipt_hash != before.receipt_hash


@one_database
async def test_after_a_checkpoint_the_file_has_none_of_the_sealed_bytes(world: World, tmp_path: Path) -> None:
    await a_report_with_everything(world)
    kept = await sealed(world)
    receipt_hash = (await the_row(world, Report)).receipt_hash
    assert len(kept) >= 7
    world.time.advance(hours=26)

    def on_disk() -> list[bytes]:
        return [path.read_bytes() for path in tmp_path.rglob("*.sqlite3*") if path.is_file()]

    files = on_disk()
    assert any(receipt_hash in file for file in files)
    for text in kept:
        # A long value lies on several pages of the file: its beginning is on one.
        assert any(text[:64] in file for file in files), "the search finds what is there"
    await erase(world, Outcome.WITHDRAWN)

    def checkpoint(connection: sa.Connection) -> None:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    with sa.create_engine(world.db.url).execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        checkpoint(connection)
    for file in on_disk():
        assert receipt_hash not in file
        for text in kept:
            pieces = [text[at : at + 24] for at in range(0, len(text) - 24, 24)]
            assert not any(piece in file for piece in pieces)
    assert (await the_row(world, Report)).state is ReportState.WITHDRAWN


@one_database
async def test_a_report_with_a_legal_hold_is_not_erased(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.school()
    await world.report("tearful", narrative=NARRATIVE)
    monkeypatch.setattr(holds, "held", lambda session, report: True)
    with pytest.raises(holds.Held):
        await erase(world)
    assert (await the_row(world, Report)).narrative_sealed is not None


def test_every_table_that_names_a_report_says_what_becomes_of_its_rows() -> None:
    """A table with words in it that erasing does not know would keep them for ever."""
    listed_rows = {(table.__tablename__, column) for table, column in erasing.ROWS}
    listed_texts = {(table.__tablename__, column): set(texts) for table, column, texts in erasing.TEXTS}
    for table in SQLModel.metadata.tables.values():
        for key in table.foreign_keys:
            if key.column.table.name != "reports" or table.name in erasing.KEPT + erasing.ANSWERED_FOR:
                continue
            place = (table.name, key.parent.name)
            assert place in listed_rows or place in listed_texts, f"erasing says nothing of {place}"
            if place in listed_texts:
                assert listed_texts[place] >= {
                    column.name for column in table.columns if column.name.endswith("_sealed")
                }
    for kept in erasing.KEPT:
        columns = SQLModel.metadata.tables[kept].columns
        assert not [column.name for column in columns if column.name.endswith("_sealed")], kept
