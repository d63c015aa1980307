"""What a deployment takes on disk, table by table, and what of it one more report and one more school are."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

from benchmarks.scale.template import OF_REPORTS, Template

# Rosters and their past; what a school has once is all the rest.
OF_ROSTERS = ("rosters", "roster_versions", "roster_overrides", "roster_records", "absences", "coverage_gaps")
OF_AUDIT = ("audit_entries", "audit_blocks", "audit_heads")


@dataclass(frozen=True, slots=True)
class Stored:
    """Bytes of a table with what is kept beside it (TOAST, maps), and of its indexes."""

    table: str
    rows: int
    heap: int
    indexes: int

    @property
    def total(self) -> int:
        return self.heap + self.indexes


def tables(url: str) -> list[Stored]:
    """The largest first."""
    statement = (
        "SELECT c.relname, GREATEST(c.reltuples, 0)::bigint, pg_table_size(c.oid), pg_indexes_size(c.oid) "
        "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname = 'public' AND c.relkind = 'r' ORDER BY pg_total_relation_size(c.oid) DESC"
    )
    with psycopg.connect(url) as connection:
        return [Stored(*row) for row in connection.execute(statement).fetchall()]


def unused_indexes(url: str) -> list[tuple[str, int]]:
    """Those that nothing has looked into so far, and their bytes; not those that keep something unique."""
    statement = (
        "SELECT s.indexrelname, pg_relation_size(s.indexrelid) FROM pg_stat_user_indexes s "
        "JOIN pg_index i ON i.indexrelid = s.indexrelid WHERE s.idx_scan = 0 AND NOT i.indisunique "
        "AND pg_relation_size(s.indexrelid) > 1000000 ORDER BY 2 DESC"
    )
    with psycopg.connect(url) as connection:
        return [(str(name), int(size)) for name, size in connection.execute(statement).fetchall()]


def shares(stored: list[Stored], *, schools: int, reports: int) -> dict[str, float]:
    """Bytes for each report, kept as a deployment keeps them, and for each school without its reports."""
    of = {each.table: each for each in stored}
    about_reports = sum(each.total for name, each in of.items() if name in OF_REPORTS)
    audit = sum(of[name].total for name in OF_AUDIT if name in of and name != "audit_entries")
    rosters = sum(each.total for name, each in of.items() if name in OF_ROSTERS)
    rest = sum(each.total for name, each in of.items()) - about_reports - audit - rosters
    return {
        "a report, with all that it has caused": (about_reports + audit) / reports,
        "a school's rosters with their past": rosters / schools,
        "a school, all else": rest / schools,
    }


def rows_of(template: Template, kind: str) -> int:
    """How many rows a report of this kind has left behind."""
    cluster = template.reports[kind][0]
    return sum(lines.count("\n") for lines in cluster.rows.values()) + len(cluster.audit)
