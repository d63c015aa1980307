"""What an audit entry may be about that leads to a report: the report, and every row that belongs to it.

Tables are read off their foreign keys, so that one that is added later counts.
"""

from __future__ import annotations

import contextlib
import functools
import uuid
from collections.abc import Collection, Iterable
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col

from app.core.uuid_text import UuidText
from app.models import Escalation, Report
from app.vocabulary import SubjectKind

_FOR_A_REPORT = col(Escalation.subject_kind) == SubjectKind.REPORT


def about(report_id: uuid.UUID) -> sa.CompoundSelect[Any]:
    """As text, the ids of this report, of its escalations and pages, and of every row of a table about it."""
    paged_for = sa.select(col(Escalation.id)).where(_FOR_A_REPORT, col(Escalation.subject_id) == report_id)
    found = [sa.select(UuidText(col(Report.id))).where(col(Report.id) == report_id), _text_of(paged_for)]
    found += [sa.select(UuidText(table.c.id)).where(link == report_id) for table, link in _rows_of("reports")]
    found += [sa.select(UuidText(table.c.id)).where(link.in_(paged_for)) for table, link in _rows_of("escalations")]
    return sa.union_all(*found)


def leading_to(session: Session, ids: Collection[uuid.UUID], reports: sa.ColumnElement[bool]) -> set[uuid.UUID]:
    """Of these ids those that lead to one of `reports`, which is a condition of a query over reports.

    It costs the same whatever a school has had: each table is asked for these ids, and for nothing else.
    """
    if not ids:
        return set()
    behind = _behind().subquery()
    statement = sa.select(behind.c.row).join(Report, col(Report.id) == behind.c.report).where(reports)
    return set(session.connection().execute(statement, {"ids": sorted(ids)}).scalars())


def ids_of(subjects: Iterable[str | None]) -> set[uuid.UUID]:
    """Of the subjects of entries those that are ids. Any other is a name, which leads to no row."""
    found = set()
    for subject in subjects:
        with contextlib.suppress(ValueError):
            found.add(uuid.UUID(subject or ""))
    return found


@functools.cache
def _behind() -> sa.CompoundSelect[Any]:
    """Pairs of an id and the report behind it, for the `ids` that are given."""
    # One parameter for all branches.
    asked = sa.bindparam("ids", expanding=True, type_=sa.Uuid())
    escalation, report = col(Escalation.id), col(Escalation.subject_id)
    pairs = [(col(Report.id), col(Report.id)), *((table.c.id, link) for table, link in _rows_of("reports"))]
    found = [sa.select(row_id.label("row"), link.label("report")).where(row_id.in_(asked)) for row_id, link in pairs]
    found.append(sa.select(escalation, report).where(escalation.in_(asked), _FOR_A_REPORT))
    for table, link in _rows_of("escalations"):
        rows = sa.select(table.c.id, report).join_from(table, Escalation, escalation == link)
        found.append(rows.where(table.c.id.in_(asked), _FOR_A_REPORT))
    return sa.union_all(*found)


def _text_of(ids: sa.Select[Any]) -> sa.Select[Any]:
    chosen = ids.subquery()
    return sa.select(UuidText(chosen.c[0]))


@functools.cache
def _rows_of(parent: str) -> tuple[tuple[sa.Table, Any], ...]:
    """Of every table with ids whose rows belong to one of `parent`: the table, and the column that says which."""
    return tuple(
        (table, key.parent)
        for table in SQLModel.metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table.name == parent and "id" in table.columns
    )
