"""Lists by the hour of a report read a page of an index, and not all that a school has: both databases know the hour.

What that saves with 20,000 reports is in docs/sizing.md.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.core import crypto
from app.core.clock import hour_of
from app.core.db import Database
from app.core.hours import HourOf
from app.core.pagination import PageRequest
from app.guidance.signs import Priority
from app.identity.actors import Actor
from app.models import Report, ReportWithdrawal, School
from app.reports import triage
from app.reports.triage import Wanted
from app.retention import records
from app.vocabulary import REPORT_IS_OVER, ReportState, Role, WithdrawalDecision, WithdrawalOutcome
from benchmarks.scale.plans import Capture, Statement

NOW = dt.datetime(2026, 11, 27, 12, 30, tzinfo=dt.UTC)
SCHOOL = uuid.UUID(int=1)
LIMIT = 20
KEY = crypto.new_key()
QUEUE, OPEN, RECORDS = "ix_reports_queue_by_hour", "ix_reports_open_by_hour", "ix_reports_by_hour"
List = Callable[[Session, PageRequest], Any]


def actor(role: Role) -> Actor:
    return Actor(
        person_id=uuid.UUID(int=2),
        alias="Reader",
        school_id=SCHOOL,
        school_slug="harbour",
        roles=frozenset({role}),
        sign_in_id=uuid.UUID(int=3),
    )


def queue(**wanted: Any) -> List:
    return lambda session, request: triage.page(session, actor(Role.TRIAGER), request, Wanted(**wanted))


def records_of_reports(session: Session, request: PageRequest) -> Any:
    return records.page(session, actor(Role.PRIVACY_OFFICER), request)


def is_open(report: Report) -> bool:
    """Here those with a red-flag sign are those about whose withdrawal nobody has decided."""
    return report.state not in REPORT_IS_OVER or report.needs_person_check


# The list, the index that it is read along, and whether a report is in it.
LISTS: dict[str, tuple[List, str, Callable[[Report], bool]]] = {
    "records": (records_of_reports, RECORDS, lambda _: True),
    "queue": (queue(), QUEUE, lambda _: True),
    "queue of a priority": (queue(priority=Priority.SOON), QUEUE, lambda report: report.response_rank == 2),
    "queue of what is open": (queue(open_only=True), OPEN, is_open),
    "queue of what is new": (queue(state=ReportState.NEW), OPEN, lambda report: report.state is ReportState.NEW),
    "queue of what is open, of a priority": (
        queue(open_only=True, priority=Priority.SOON),
        OPEN,
        lambda report: report.response_rank == 2 and is_open(report),
    ),
}


def report(number: int, chance: random.Random) -> Report:
    """Some of the same hour, some of the same second. A tenth is open, a tenth was taken back, half of it undecided."""
    at = NOW - dt.timedelta(minutes=chance.randrange(60 * 100))
    is_new, taken_back = number % 10 == 0, number % 10 == 5
    over = ReportState.WITHDRAWN if taken_back else ReportState.CLOSED
    return Report(
        id=uuid.UUID(int=chance.getrandbits(128), version=4),
        school_id=SCHOOL,
        receipt_hash=number.to_bytes(32),
        receipt_good_until=NOW.date(),
        state=ReportState.NEW if is_new else over,
        about_whom="friend",
        about_role="student",
        independent=number % 50 == 1,
        signs=["tearful"],
        priority_stated="soon",
        needs_person_check=number % 20 == 5,
        wants="not_sure",
        details={},
        promise={},
        submitted_at=at if is_new else hour_of(at),
        response_rank=chance.choice([0, 1, 2, 2, 2, 3]),
        updated_hour=hour_of(at),
        closed_hour=None if is_new else hour_of(at),
        withdrawn_hour=hour_of(at) if taken_back else None,
        restricted=taken_back,
    )


def withdrawal(row: Report) -> ReportWithdrawal:
    return ReportWithdrawal(
        report_id=row.id,
        outcome=WithdrawalOutcome.RESTRICTED_UNTIL_DECIDED,
        state_before=ReportState.NEW,
        paging_ended=False,
        decision=None if row.needs_person_check else WithdrawalDecision.LET_GO,
    )


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    """A school with some hundred reports, and statistics of them."""
    opened = Database(database_url.replace("postgresql://", "postgresql+psycopg://"))
    chance = random.Random(7)
    school = School(
        id=SCHOOL,
        slug="harbour",
        name="Harbour",
        country="AU",
        region="VIC",
        time_zone="UTC",
        program_type="medicine",
        years=4,
        features={},
        policies={},
        created_at=NOW,
    )

    def fill(session: Session) -> None:
        session.add(school)
        session.flush()
        rows = [report(number, chance) for number in range(600)]
        session.connection().execute(sa.insert(Report), [row.model_dump() for row in rows])
        taken_back = [withdrawal(row).model_dump() for row in rows if row.withdrawn_hour is not None]
        session.connection().execute(sa.insert(ReportWithdrawal), taken_back)
        session.connection().exec_driver_sql("ANALYZE")

    opened.write_now(fill)
    yield opened
    opened.close()


def request(cursor: str | None = None) -> PageRequest:
    return PageRequest(limit=LIMIT, cursor=cursor, key=KEY, scope="list")


def pages(db: Database, asked: List) -> list[Any]:
    """All of a list."""
    found = [db.read_now(lambda session: asked(session, request()))]
    while (cursor := found[-1].next_cursor) is not None:
        found.append(db.read_now(lambda session, cursor=cursor: asked(session, request(cursor))))
    return found


def statements(db: Database, asked: List, cursor: str | None) -> list[Statement]:
    """Those that select the page itself, as they were sent."""

    def listen(session: Session) -> list[Statement]:
        bind = session.get_bind()
        assert isinstance(bind, sa.Engine)
        capture = Capture(bind)
        with capture.of("list"):
            asked(session, request(cursor))
        capture.close()
        return [each for each in capture.statements if "ORDER BY" in each.text and "LIMIT" in each.text]

    return db.read_now(listen)


def plan(db: Database, statement: Statement) -> list[str]:
    """What is done with reports, in words of the database: how it finds them, and whether it sorts."""
    with db.engine.connect() as connection:
        if db.dialect == "sqlite":
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement.text}", statement.values)
            return [row[3] for row in rows if "SUBQUERY" not in row[3] and "report_ex" not in row[3]]
        # Few rows are quickly sorted: what is asked is whether there is another way.
        for way in ("seqscan", "bitmapscan", "sort"):
            connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
        made = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement.text}", statement.values).scalar_one()
        made = json.loads(made) if isinstance(made, str) else made
        return list(_steps(made[0]["Plan"]))


def _steps(node: dict[str, Any]) -> Iterator[str]:
    if node.get("Relation Name", "reports") == "reports":
        parts = ("Node Type", "Index Name", "Index Cond", "Filter")
        yield " | ".join(f"{part}: {node[part]}" for part in parts if part in node)
    for child in node.get("Plans", ()):
        yield from _steps(child)


def test_a_page_is_read_along_an_index_from_where_the_last_one_ended(db: Database) -> None:
    for name, (asked, index, _) in LISTS.items():
        second = db.read_now(lambda session, asked=asked: asked(session, request())).next_cursor
        assert second is not None
        for cursor in (None, second):
            sent = statements(db, asked, cursor)
            assert sent
            for statement in sent:
                if "FROM report_withdrawals" in statement.text:
                    continue
                steps = plan(db, statement)
                told = f"{name}: {statement.text}\n{steps}"
                assert not any("Sort" in step or "TEMP B-TREE" in step for step in steps), told
                [found] = [step for step in steps if "ix_reports" in step]
                assert index in found.replace(" | ", " ").split(), told
                if cursor is not None and statement is sent[0]:
                    # The time and the id on PostgreSQL; SQLite says no more than that the hour is one of its terms.
                    beginning = "<expr>>?" if db.dialect == "sqlite" else "ROW((date_trunc("
                    assert beginning in found.partition(" | Filter")[0], told


def test_what_was_taken_back_and_must_be_decided_about_is_found_from_those_that_must(db: Database) -> None:
    """However many reports a school has had, and however many of them were taken back."""
    sent = [each for each in statements(db, queue(open_only=True), None) if "FROM report_withdrawals" in each.text]
    assert len(sent) == 1
    with db.engine.connect() as connection:
        how = "EXPLAIN QUERY PLAN" if db.dialect == "sqlite" else "EXPLAIN"
        if db.dialect != "sqlite":
            # Few rows are quickly read as a whole: what is asked is whether there is another way.
            for way in ("seqscan", "hashjoin", "mergejoin"):
                connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
        made = connection.exec_driver_sql(f"{how} {sent[0].text}", sent[0].values)
        told = "\n".join(str(row) for row in made)
    assert "ix_report_withdrawals_to_be_decided" in told, told
    assert "ix_reports_" not in told, told


def test_the_pages_of_a_list_show_all_of_it_once_and_in_order(db: Database) -> None:
    rows = db.read_now(lambda session: session.exec(select(Report).where(col(Report.independent).is_(False))).all())
    for name, (asked, index, is_in) in LISTS.items():
        ranked = index != RECORDS
        wanted = [(row.response_rank if ranked else 0, hour_of(row.submitted_at), row.id) for row in rows if is_in(row)]
        walked = pages(db, asked)
        assert len(walked) > 1, name
        assert [item.id for page in walked for item in page.items] == [row_id for *_, row_id in sorted(wanted)], name


def test_one_whose_priority_changes_between_two_looks_comes_once_in_a_page(db: Database) -> None:
    """PostgreSQL shows each statement what was committed before it."""
    looks: list[Sequence[Report]] = []

    def work(session: Session) -> list[Report]:
        rank, at, row_id = col(Report.response_rank), HourOf(col(Report.submitted_at)), col(Report.id)
        first = session.exec(select(Report).where(rank == 0).order_by(at.desc(), row_id.desc()).limit(3)).all()
        cursor = request().cursor_at_ranked(0, hour_of(first[-1].submitted_at), first[-1].id)

        def read(statement: Any) -> Sequence[Report]:
            looks.append(session.exec(statement).all())
            moved = {"response_rank": 1, "submitted_at": NOW - dt.timedelta(days=99)}
            session.connection().execute(sa.update(Report).where(row_id == first[0].id).values(moved))
            return looks[-1]

        return request(cursor).read_ranked(read, select(Report), rank=rank, at=at, row_id=row_id)

    found = [row.id for row in db.write_now(work)]
    again = {row.id for row in looks[0]} & {row.id for row in looks[1]}
    assert len(again) == 1, "it was found twice"
    assert len(found) == len(set(found)) == LIMIT + 1
