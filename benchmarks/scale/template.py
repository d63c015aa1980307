"""Rows of the first school as patterns: what differs from copy to copy is a name in them, all else is text for COPY.

A cluster is what belongs together: a school, or a report with all that it has caused. Ids, instants and sealed values
of a cluster get names; a copy is the pattern filled in with new ones.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel

from app.core.db import Database
from app.vault import columns
from app.vault import service as vault
from app.vault.columns import SealedColumn
from benchmarks.scale import school
from benchmarks.scale.school import Made

Row = Mapping[str, Any]
UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
# What a report causes; whatever else there is belongs to its school.
OF_REPORTS = (
    *("reports", "report_messages", "report_exclusions", "report_excluded_roles", "report_accesses", "report_grants"),
    *("report_outcomes", "report_proposals", "report_conflicts", "report_withdrawals", "relay_summaries", "contacts"),
    *("given_contact_codes", "escalations", "pages", "case_notes", "events", "webhook_deliveries"),
    *("webhook_attempts", "work_items", "audit_entries"),
)
# Made anew for each school, or of the deployment as a whole.
LEFT_OUT = ("data_keys", "signing_keys", "audit_entries", "audit_blocks", "audit_heads", "idempotency_keys")
# A month after it happened nothing is known of an event (webhooks/retention.py).
FORGOTTEN = ("events", "webhook_deliveries", "webhook_attempts")


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed value: the pattern of its place, what it says, and whose key it is under."""

    name: str
    place: str
    text: bytes
    purpose: str


@dataclass(frozen=True, slots=True)
class Said:
    """An entry of the audit log, as patterns."""

    person: str | None
    action: str
    subject: str | None
    hour: str


@dataclass(slots=True)
class Cluster:
    """`rows`: the lines of each table. `ids`, `secrets` (with their length), `times` and `days` by their names."""

    rows: dict[str, str] = field(default_factory=dict)
    ids: dict[uuid.UUID, str] = field(default_factory=dict)
    secrets: dict[str, int] = field(default_factory=dict)
    times: dict[dt.datetime, str] = field(default_factory=dict)
    days: dict[dt.date, str] = field(default_factory=dict)
    sealed: list[Sealed] = field(default_factory=list)
    audit: list[Said] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Template:
    """The school's own rows, and its reports by kind. `at`: when all this was so."""

    made: Made
    school: Cluster
    reports: dict[str, list[Cluster]]
    at: dt.datetime


def read(db: Database, made: Made, *, at: dt.datetime) -> Template:
    return db.read_now(lambda session: _read(session, made, at=at))


def _read(session: Session, made: Made, *, at: dt.datetime) -> Template:
    rows = {
        table.name: [dict(row) for row in session.connection().execute(sa.select(table)).mappings()]
        for table in SQLModel.metadata.sorted_tables
    }
    taken: set[int] = set()
    of_reports = {
        kind: [_rows_about(rows, {report_id}, OF_REPORTS, taken) for report_id in ids]
        for kind, ids in made.reports.items()
    }
    its_own = _rows_about(rows, {made.school}, [name for name in rows if name not in LEFT_OUT], taken)
    audit = [row for row in rows["audit_entries"] if id(row) not in taken and row["school_id"] == made.school]
    read = _Reader(session, made)
    whole = read.cluster(its_own | {"audit_entries": audit}, prefix="s", parent=None)
    reports = {
        kind: [read.cluster(found, prefix="u", parent=whole) for found in each] for kind, each in of_reports.items()
    }
    return Template(made, whole, reports, at)


def _rows_about(
    rows: Mapping[str, list[dict[str, Any]]], ids: set[uuid.UUID], tables: Iterable[str], taken: set[int]
) -> dict[str, list[Row]]:
    """What refers to one of these, and to what does, and so on; each row once."""
    found: dict[str, list[Row]] = {}
    tables, known = list(tables), set(ids)
    more = True
    while more:
        more = False
        for name in tables:
            for row in rows[name]:
                if id(row) in taken or not known & set(_named(row)):
                    continue
                taken.add(id(row))
                found.setdefault(name, []).append(row)
                if "id" in row:
                    known.add(row["id"])
                more = True
    return found


def _named(row: Row) -> Iterable[uuid.UUID]:
    for value in row.values():
        if isinstance(value, uuid.UUID):
            yield value
        elif isinstance(value, str | dict | list):
            text = value if isinstance(value, str) else json.dumps(value)
            yield from (uuid.UUID(found) for found in UUID.findall(text))


class _Reader:
    """Turns rows into patterns."""

    def __init__(self, session: Session, made: Made) -> None:
        self._session, self._made = session, made
        self._sealed: dict[tuple[str, str], list[SealedColumn]] = {}
        for column in columns.SEALED:
            self._sealed.setdefault((str(column.table.__tablename__), column.column), []).append(column)

    def cluster(self, rows: Mapping[str, list[Row]], *, prefix: str, parent: Cluster | None) -> Cluster:
        cluster = Cluster()
        outer = {} if parent is None else parent.ids
        if parent is None:
            cluster.ids[self._made.school] = "school"
        for row in (row for each in rows.values() for row in each):
            for key in ("id", "event_id", "told_by", "group_id", "secret_id"):
                value = row.get(key)
                if isinstance(value, uuid.UUID) and value not in outer:
                    cluster.ids.setdefault(value, f"{prefix}{len(cluster.ids)}")
        names = {str(value): f"%({name})s" for value, name in (outer | cluster.ids).items()}
        for table in SQLModel.metadata.sorted_tables:
            for row in rows.get(table.name, ()):
                if table.name == "audit_entries":
                    cluster.audit.append(self._said(cluster, row, names))
                    continue
                cells = [self._cell(cluster, table, column.name, row, names) for column in table.columns]
                cluster.rows[table.name] = cluster.rows.get(table.name, "") + "\t".join(cells) + "\n"
        return cluster

    def _cell(self, cluster: Cluster, table: sa.Table, column: str, row: Row, names: Mapping[str, str]) -> str:
        value = row[column]
        if value is None:
            return r"\N"
        if isinstance(value, bool):
            return "t" if value else "f"
        if isinstance(value, dt.datetime):
            return f"%({cluster.times.setdefault(value, f't{len(cluster.times)}')})s"
        if isinstance(value, dt.date):
            return f"%({cluster.days.setdefault(value, f'd{len(cluster.days)}')})s"
        if isinstance(value, bytes):
            return self._bytes(cluster, table, column, row, names)
        kind = table.columns[column].type
        text = json.dumps(value) if isinstance(kind, sa.JSON) else str(value)
        if (table.name, column) == ("people", "login"):
            text = f"{self._made.school}-{text}"
        return pattern(text, names)

    def _bytes(self, cluster: Cluster, table: sa.Table, column: str, row: Row, names: Mapping[str, str]) -> str:
        found = self._sealed.get((table.name, column))
        if found is None:
            # A keyed hash of something that nobody has.
            name = f"x{len(cluster.secrets)}"
            cluster.secrets[name] = len(row[column])
            return rf"\\x%({name})s"
        at = _Attributes(row)
        chosen = next(each for each in found if each.link is None or row[each.link] is not None)
        text = chosen.unseal(self._session, at, school_id=self._made.school)
        place = pattern(chosen.place(at).encode().decode(), names)
        name = f"b{len(cluster.sealed)}"
        cluster.sealed.append(Sealed(name, place, text.encode(), chosen.purpose_of(at)))
        return rf"\\x%({name})s"

    def _said(self, cluster: Cluster, row: Row, names: Mapping[str, str]) -> Said:
        hour = cluster.times.setdefault(row["hour"], f"t{len(cluster.times)}")
        person = None if row["person_id"] is None else names[str(row["person_id"])]
        return Said(person, row["action"], None if row["subject"] is None else pattern(row["subject"], names), hour)


class _Attributes:
    """A row whose columns are attributes, as SealedColumn asks for them."""

    def __init__(self, row: Row) -> None:
        self.__dict__.update(row)


def pattern(text: str, names: Mapping[str, str]) -> str:
    """`text` for COPY, with names for the ids in it."""
    escaped = text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
    named = UUID.sub(lambda found: names.get(found[0], found[0]), escaped.replace("%", "%%"))
    return named.replace(school.SLUG, "%(slug)s")


def content_purposes() -> tuple[str, ...]:
    """Whose keys a school has from the start."""
    return vault.CONTENT, vault.LIFE_AT_RISK
