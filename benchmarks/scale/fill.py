"""Fill an empty, migrated PostgreSQL with as many schools and reports as wanted, by COPY from several processes.

Which rows there are follows from the seed; ids of schools and people do too. Keys, and what is sealed under them, are
new each time.
"""

from __future__ import annotations

import datetime as dt
import multiprocessing
import os
import random
import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import psycopg
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from psycopg import sql
from sqlmodel import Session, SQLModel

from app.audit import chain, marks, trail
from app.core import clock, crypto
from app.core.crypto import KeyRing
from app.models import AuditBlock, AuditHead
from benchmarks.scale.template import FORGOTTEN, Cluster, Template, content_purposes

# Characters of a table that are sent at a time.
SENT = 4_000_000
# From so many reports on, indexes are dropped before and made after, and references are not checked one by one.
MANY = 50_000
MAINTENANCE = "SET maintenance_work_mem = '256MB'; SET max_parallel_maintenance_workers = 0"
HOUR = dt.timedelta(hours=1)
YEARS_BACK = 10 * 365
# What stands of a hundred reports of ten years: few are open, and what only asked for advice has been erased.
OPEN, LATELY_CLOSED, ERASED = 0.03, 0.03, 0.4
# Of the urgent ones that are open somebody still waits for an answer: it is minutes, and the others have had theirs.
WAITING = 0.1
# The biggest school has this share of all, and at most so many.
BIGGEST, BIGGEST_AT_MOST = 0.02, 20_000


@dataclass(frozen=True, slots=True)
class Size:
    """`jobs`: processes that fill."""

    schools: int
    reports: int
    seed: int = 1
    jobs: int = 2

    def of(self, number: int) -> int:
        """How many reports a school has: the first one is the biggest."""
        if self.schools == 1:
            return self.reports
        first = max(min(int(self.reports * BIGGEST), BIGGEST_AT_MOST), -(-self.reports // self.schools))
        if number == 0:
            return first
        each, more = divmod(self.reports - first, self.schools - 1)
        return each + (number <= more)


def fill(url: str, template: Template, size: Size, *, ring: KeyRing, audit_key: bytes) -> None:
    """Make the schools; the template's own stays beside them. Statistics are gathered at the end."""
    many = size.reports >= MANY
    indexes = _drop_indexes(url) if many else []
    jobs = [range(job, size.schools, size.jobs) for job in range(size.jobs)]
    if size.jobs == 1:
        _fill(url, template, size, ring, audit_key, jobs[0])
    else:
        context = multiprocessing.get_context("fork")
        _all(context, [(_fill, (url, template, size, ring, audit_key, numbers)) for numbers in jobs])
    if indexes:
        context = multiprocessing.get_context("fork")
        _all(context, [(_make_indexes, (url, indexes[job :: size.jobs])) for job in range(size.jobs)])
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE" if many else "ANALYZE")
        if many:
            connection.execute("CHECKPOINT")


def record_beginnings(session: Session, template: Template, size: Size) -> None:
    """In the deployment's chain: one that is taken away whole would be missed (audit/chain.py)."""
    now = clock.now()
    for number in range(size.schools):
        school = ids_of(template, size, number)["school"]
        trail.record(session, action=chain.BEGUN, school_id=None, person_id=None, subject=school, now=now)


def ids_of(template: Template, size: Size, number: int) -> dict[str, str]:
    """The names of a school's pattern, filled in for its copy of this number."""
    random_ = random.Random(f"{size.seed}/{number}")
    names = {name: _id(random_) for name in template.school.ids.values()}
    return names | {"slug": slug_of(number)}


def slug_of(number: int) -> str:
    return f"school-{number + 1:06}"


def _all(context: multiprocessing.context.ForkContext, jobs: list[tuple[object, tuple[object, ...]]]) -> None:
    running = [context.Process(target=target, args=args) for target, args in jobs]  # type: ignore[arg-type]
    for process in running:
        process.start()
    for process in running:
        process.join()
    if any(process.exitcode for process in running):
        raise RuntimeError("a process that fills the database has failed: see above")


def _fill(url: str, template: Template, size: Size, ring: KeyRing, audit_key: bytes, numbers: range) -> None:
    with psycopg.connect(url) as connection:
        if size.reports >= MANY:
            connection.execute("SET session_replication_role = replica")
            connection.execute("SET synchronous_commit = off")
        sent = _Sent(connection)
        for number in numbers:
            _Copy(template, size, number, ring, audit_key, sent).write()
            if sent.waiting > SENT:
                sent.flush()
                connection.commit()
        sent.flush()


class _Sent:
    """Lines on their way to their tables, in the order in which tables refer to each other."""

    def __init__(self, connection: psycopg.Connection[tuple[object, ...]]) -> None:
        self._connection = connection
        self._lines: defaultdict[str, list[str]] = defaultdict(list)
        self.waiting = 0

    def add(self, table: str, lines: str) -> None:
        self._lines[table].append(lines)
        self.waiting += len(lines)

    def flush(self) -> None:
        for table in SQLModel.metadata.sorted_tables:
            lines = self._lines.pop(table.name, None)
            if lines is not None:
                names = sql.SQL(", ").join(sql.Identifier(column.name) for column in table.columns)
                statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), names)
                with self._connection.cursor().copy(statement) as copy:
                    for some in lines:
                        copy.write(some)
        self.waiting = 0


class _Copy:
    """One school."""

    def __init__(
        self, template: Template, size: Size, number: int, ring: KeyRing, audit_key: bytes, sent: _Sent
    ) -> None:
        self._template, self._sent, self._ring, self._audit_key = template, sent, ring, audit_key
        self._reports = size.of(number)
        self._random = random.Random(f"{size.seed}/{number}/reports")
        self._names = ids_of(template, size, number)
        self._school = uuid.UUID(self._names["school"])
        self._keys: dict[str, AESGCM] = {}
        self._said: list[tuple[int, uuid.UUID, str | None, str, str | None]] = []

    def write(self) -> None:
        for purpose in content_purposes():
            self._key(purpose)
        self._cluster(self._template.school, self._names, past=dt.timedelta(), future=dt.timedelta())
        for kind, number, days in self._kinds():
            clusters = self._template.reports[kind]
            cluster = clusters[number % len(clusters)]
            names = self._names | {name: _id(self._random) for name in cluster.ids.values()}
            past = HOUR * round(days * 24)
            old = days > 30
            # What is due goes on being due later than this is looked at, but for who waits: that has minutes.
            future = HOUR * (0 if kind == "waiting" else self._random.randint(6, 72))
            self._cluster(cluster, names, past=past, future=future, forgotten=old)
        self._audit()

    def _kinds(self) -> Iterator[tuple[str, int, float]]:
        """Kind, running number, and age in days."""
        open_ = max(round(self._reports * OPEN), min(12, self._reports))
        lately, erased = round(self._reports * LATELY_CLOSED), round(self._reports * ERASED)
        for number in range(self._reports):
            age = self._random.random()
            if number < open_:
                kind = "urgent" if number % 10 == 0 else "talk" if number % 10 < 4 else "new"
                if kind == "urgent" and self._random.random() < WAITING:
                    yield "waiting", number, 0
                else:
                    yield kind, number, age * (2 if kind == "urgent" else 14)
            elif number < open_ + lately:
                yield "closed_urgent" if number % 10 == 0 else "closed", number, 1 + age * 28
            elif number < open_ + lately + erased:
                yield "erased", number, 120 + age * (YEARS_BACK - 120)
            else:
                yield "closed_urgent" if number % 10 == 0 else "closed", number, 31 + age * (YEARS_BACK - 31)

    def _cluster(
        self,
        cluster: Cluster,
        names: dict[str, str],
        *,
        past: dt.timedelta,
        future: dt.timedelta,
        forgotten: bool = False,
    ) -> None:
        at = self._template.at
        for instant, name in cluster.times.items():
            names[name] = (instant + future if instant > at else instant - past).isoformat(" ")
        for day, name in cluster.days.items():
            names[name] = (day - past).isoformat()
        for name, length in cluster.secrets.items():
            names[name] = os.urandom(length).hex()
        for sealed in cluster.sealed:
            nonce = os.urandom(crypto.NONCE_BYTES)
            place = (sealed.place % names).encode()
            names[sealed.name] = (nonce + self._keys[sealed.purpose].encrypt(nonce, sealed.text, place)).hex()
        for table, lines in cluster.rows.items():
            if not (forgotten and table in FORGOTTEN):
                self._sent.add(table, lines % names)
        for said in cluster.audit:
            hour = int(dt.datetime.fromisoformat(names[said.hour]).timestamp())
            person = None if said.person is None else said.person % names
            subject = None if said.subject is None else said.subject % names
            self._said.append((hour, _uuid(self._random), person, said.action, subject))

    def _key(self, purpose: str) -> None:
        key, owner = crypto.new_key(), str(self._school)
        place = crypto.Place(table="data_keys", row=f"{owner}/{purpose}", column="wrapped")
        kid, wrapped = self._ring.wrap(key, place)
        self._keys[purpose] = AESGCM(key)
        now = self._template.at.isoformat(" ")
        values = {
            "id": _id(self._random),
            "owner": owner,
            "purpose": purpose,
            "generation": "1",
            "master_kid": kid,
            "wrapped": rf"\\x{wrapped.hex()}",
            "created_at": now,
        }
        self._row("data_keys", values)

    def _audit(self) -> None:
        """The school's chain, as audit/chain.py adds to it: a link for each hour."""
        key, school = self._audit_key, self._school
        number, hour, count, total, last = 1, 0, 0, marks.NOTHING, marks.NOTHING
        for at, entry_id, person, action, subject in sorted(self._said, key=lambda said: said[:2]):
            if count and at > hour:
                last = self._link(number, hour, count, total, last)
                number, count, total = number + 1, 0, marks.NOTHING
            hour = at
            told = _Entry(
                entry_id, school, None if person is None else uuid.UUID(person), action, subject, _instant(hour)
            )
            mac = marks.of_entry(key, told, block=number)
            count, total = count + 1, marks.added(total, mac)
            cells = (entry_id, school, person, action, subject, _instant(hour), number, mac)
            self._row("audit_entries", dict(zip(_ENTRY, cells, strict=True)))
        head = AuditHead(
            chain=school,
            number=number,
            hour=_instant(hour),
            count=count,
            total=total,
            last=last,
            pruned_to=0,
            anchor=marks.NOTHING,
            mac=b"",
        )
        head.mac = marks.of_head(key, head)
        self._row("audit_heads", head.model_dump())

    def _link(self, number: int, hour: int, count: int, total: bytes, previous: bytes) -> bytes:
        block = AuditBlock(
            chain=self._school,
            number=number,
            hour=_instant(hour),
            count=count,
            total=total,
            legacy=False,
            previous=previous,
            mac=b"",
        )
        block.mac = marks.of_link(self._audit_key, block, chain=self._school, number=number, previous=previous)
        values = {name: getattr(block, name) for name in _BLOCK}
        self._row("audit_blocks", values)
        return block.mac

    def _row(self, table: str, values: Mapping[str, object]) -> None:
        cells = (_cell(values[column.name]) for column in SQLModel.metadata.tables[table].columns)
        self._sent.add(table, "\t".join(cells) + "\n")


@dataclass(frozen=True, slots=True)
class _Entry:
    id: uuid.UUID
    school_id: uuid.UUID | None
    person_id: uuid.UUID | None
    action: str
    subject: str | None
    hour: dt.datetime


_ENTRY = ("id", "school_id", "person_id", "action", "subject", "hour", "block", "mac")
_BLOCK = ("chain", "number", "hour", "count", "total", "legacy", "previous", "mac")


def _cell(value: object) -> str:
    if value is None:
        return r"\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    return rf"\\x{value.hex()}" if isinstance(value, bytes) else str(value)


def _instant(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def _id(random_: random.Random) -> str:
    return str(_uuid(random_))


def _uuid(random_: random.Random) -> uuid.UUID:
    return uuid.UUID(int=random_.getrandbits(128), version=4)


def _drop_indexes(url: str) -> list[str]:
    """How to make again all that no constraint needs."""
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute(
            "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i "
            "JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname = 'public' AND NOT EXISTS "
            "(SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid) ORDER BY 1"
        ).fetchall()
        for name, _ in found:
            connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(str(name))))
    return [str(definition) for _, definition in found]


def _make_indexes(url: str, definitions: list[str]) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(MAINTENANCE)
        for definition in definitions:
            connection.execute(definition)
