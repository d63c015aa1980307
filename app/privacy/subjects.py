"""What an audit entry may be about that leads to a report: the report, and every row that belongs to it."""

from __future__ import annotations

import functools
from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel, col

from app.core.uuid_text import UuidText
from app.models import Escalation, Report
from app.vocabulary import SubjectKind


def about(reports: sa.Select[Any]) -> sa.CompoundSelect[Any]:
    """As text, the ids of these reports, of their escalations and pages, and of every row of a table about them.

    `reports` selects ids of reports. Tables are read off their foreign keys, so that one that is added later counts.
    """
    paged_for = sa.select(col(Escalation.id)).where(
        col(Escalation.subject_kind) == SubjectKind.REPORT, col(Escalation.subject_id).in_(reports)
    )
    found = [sa.select(UuidText(col(Report.id))).where(col(Report.id).in_(reports)), _text_of(paged_for)]
    found += [sa.select(UuidText(table.c.id)).where(link.in_(reports)) for table, link in _rows_of("reports")]
    found += [sa.select(UuidText(table.c.id)).where(link.in_(paged_for)) for table, link in _rows_of("escalations")]
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
