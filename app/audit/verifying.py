"""Whether the audit log is as it was written: every chain, link by link. Reads each entry once, and keeps none."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.audit import chain, marks
from app.audit.proofs import Proof
from app.models import AuditBlock, AuditEntry, AuditHead

# Rows that are fetched at a time.
STREAMED = 5000
# Of one kind in one link so many are told one by one.
TOLD = 20
# So many neighbouring links are tried for an entry that does not belong where it is.
NEIGHBOURS = 1000
_entries = AuditEntry.__table__  # type: ignore[attr-defined]  # SQLModel does not type the table of a table class


class Kind(StrEnum):
    """What is wrong with a chain."""

    EDITED = "edited"
    MISSING = "missing"
    INSERTED = "inserted"
    REORDERED = "reordered"
    CUT_OFF = "cut_off"
    FORKED = "forked"


@dataclass(frozen=True, slots=True)
class Fault:
    """`link`: the number of the link, about an hour; None for a chain as a whole."""

    chain: uuid.UUID
    link: int | None
    kind: Kind
    what: str


@dataclass(slots=True)
class Checked:
    """What was looked at, and what was found. `legacy`: entries that are older than their chain."""

    chains: int = 0
    links: int = 0
    entries: int = 0
    legacy: int = 0
    faults: list[Fault] = field(default_factory=list)


def verify(session: Session, *, only: uuid.UUID | None, proofs: Iterable[Proof]) -> Checked:
    """Every chain, or `only` one. The caller gives a transaction that sees one moment of the database.

    `proofs`: heads that somebody has kept; a chain that does not lead through them was taken back.
    """
    key, found = chain.key_of(session), Checked()
    heads = {head.chain: head for head in session.exec(select(AuditHead))}
    begun, twice = _begun(session)
    chains = {*heads, *begun, *session.exec(select(AuditBlock.chain).distinct())}
    chains |= {marks.chain_of(school) for school in session.exec(select(AuditEntry.school_id).distinct())}
    kept: dict[uuid.UUID, list[Proof]] = defaultdict(list)
    for proof in proofs:
        kept[proof.chain].append(proof)
    chains |= {marks.DEPLOYMENT, *kept}
    # A school where nobody has done anything yet has none.
    for each in sorted(chains if only is None else chains & {only}):
        if each in twice:
            found.faults.append(Fault(each, None, Kind.FORKED, "it was begun twice: what was there before is gone"))
        _Chain(session, key, each, heads.get(each), found).check(kept.get(each, []))
        if each in heads and each != marks.DEPLOYMENT and each not in begun:
            found.faults.append(
                Fault(each, None, Kind.INSERTED, "the deployment's chain has no entry of its beginning")
            )
    return found


def _begun(session: Session) -> tuple[set[uuid.UUID], set[uuid.UUID]]:
    """The chains of schools that the deployment's has the beginning of, and those that it has twice."""
    statement = select(AuditEntry.subject).where(col(AuditEntry.school_id).is_(None), AuditEntry.action == chain.BEGUN)
    named = sorted(uuid.UUID(subject) for subject in session.exec(statement) if subject is not None)
    return set(named), {one for one, other in pairwise(named) if one == other}


class _Chain:
    def __init__(self, session: Session, key: bytes, name: uuid.UUID, head: AuditHead | None, found: Checked) -> None:
        self._session, self._key, self._name, self._head, self._found = session, key, name, head, found

    def check(self, proofs: Sequence[Proof]) -> None:
        self._found.chains += 1
        for at, row in enumerate(self._rows(_entries.c.block.is_(None))):
            self._found.entries += 1
            if at < TOLD:
                self._fault(None, Kind.INSERTED, f"entry {row.id} is in no link")
        head = self._head
        if head is None:
            self._fault(None, Kind.CUT_OFF, "its head is gone")
            return
        if marks.of_head(self._key, head) != head.mac:
            self._fault(None, Kind.EDITED, "its head is not one that Peerline has written")
        previous, entries = head.anchor, _Grouped(self._rows(_entries.c.block.is_not(None)))
        expected = head.pruned_to + 1
        for block in self._blocks():
            self._stray(entries.until(block.number))
            if block.number > expected:
                self._fault(expected, Kind.MISSING, f"{block.number - expected} links from here on are gone")
            elif block.number < expected:
                self._fault(block.number, Kind.INSERTED, "a link that was pruned is there")
            elif block.previous != previous:
                self._fault(block.number, Kind.FORKED, "it does not follow from the link before it")
            self._link(
                block, marks.of_link(self._key, block, chain=self._name, number=block.number, previous=block.previous)
            )
            self._entries(
                block.number, entries.of(block.number), count=block.count, total=block.total, legacy=block.legacy
            )
            previous, expected = block.mac, block.number + 1
            self._prove(proofs, block.number, block.mac)
        self._end(head, expected, previous, proofs)
        if expected <= head.number:
            self._stray(entries.until(head.number))
            self._entries(head.number, entries.of(head.number), count=head.count, total=head.total, legacy=False)
        self._stray(entries.rest())

    def _end(self, head: AuditHead, expected: int, previous: bytes, proofs: Sequence[Proof]) -> None:
        if expected < head.number:
            self._fault(expected, Kind.CUT_OFF, f"{head.number - expected} links from here on are gone")
        elif expected > head.number:
            self._fault(head.number, Kind.FORKED, "links are there that its head does not know")
        elif previous != head.last:
            self._fault(expected - 1, Kind.FORKED, "it is not the one that its head follows from")
        self._prove(proofs, head.pruned_to, head.anchor)
        for proof in proofs:
            if proof.number >= expected:
                self._fault(proof.number, Kind.CUT_OFF, "a head was kept that leads further than this chain")

    def _prove(self, proofs: Sequence[Proof], number: int, mac: bytes) -> None:
        if any(proof.number == number and proof.mac != mac for proof in proofs):
            self._fault(number, Kind.FORKED, "a head was kept that does not lead through this link")

    def _link(self, block: AuditBlock, mac: bytes) -> None:
        self._found.links += 1
        if mac == block.mac:
            return
        for number in _near(block.number):
            other = marks.of_link(self._key, block, chain=self._name, number=number, previous=block.previous)
            if other == block.mac:
                self._fault(block.number, Kind.REORDERED, f"this link was written as number {number}")
                return
        self._fault(block.number, Kind.EDITED, "the link is not as it was written")

    def _entries(self, number: int, rows: Iterable[Any], *, count: int, total: bytes, legacy: bool) -> None:
        seen, added, strange, more = 0, marks.NOTHING, list[Any](), 0
        for row in rows:
            seen += 1
            mark = marks.of_entry(self._key, row, block=number)
            if mark == row.mac:
                added = marks.added(added, mark)
            elif len(strange) < TOLD:
                strange.append(row)
            else:
                more += 1
        self._found.entries += seen
        self._found.legacy += seen if legacy else 0
        moved = [row for row in strange if self._is_of_another(row, number)]
        for row in moved:
            self._fault(number, Kind.REORDERED, f"entry {row.id} was written into another link")
        left = [row for row in strange if row not in moved]
        surplus = max(seen - len(moved) - count, 0)
        for at, row in enumerate(left):
            kind, what = (
                (Kind.INSERTED, "was not written by Peerline") if at < surplus else (Kind.EDITED, "was changed")
            )
            self._fault(number, kind, f"entry {row.id} {what}")
        if more:
            self._fault(number, Kind.EDITED, f"{more} more entries are not as they were written")
        if seen - len(moved) < count:
            self._fault(number, Kind.MISSING, f"{count - seen + len(moved)} of {count} entries are gone")
        elif not strange and (seen > count or added != total):
            self._fault(number, Kind.INSERTED, f"the link is of {count} other entries")

    def _is_of_another(self, row: Any, number: int) -> bool:
        return any(marks.of_entry(self._key, row, block=other) == row.mac for other in _near(number))

    def _stray(self, rows: Iterable[Any]) -> None:
        """Entries of a link that is not there."""
        for row in rows:
            self._found.entries += 1
            if self._is_of_another(row, row.block):
                self._fault(row.block, Kind.REORDERED, f"entry {row.id} was written into another link")
            else:
                self._fault(row.block, Kind.INSERTED, f"entry {row.id} is in a link that is not there")

    def _blocks(self) -> Iterable[AuditBlock]:
        statement = select(AuditBlock).where(AuditBlock.chain == self._name).order_by(col(AuditBlock.number))
        return self._session.exec(statement.execution_options(yield_per=STREAMED))

    def _rows(self, which: sa.ColumnElement[bool]) -> Iterable[Any]:
        statement = sa.select(*_entries.c).where(chain.entries_of(self._name), which).order_by(_entries.c.block)
        return self._session.connection().execute(statement, execution_options={"yield_per": STREAMED})

    def _fault(self, link: int | None, kind: Kind, what: str) -> None:
        self._found.faults.append(Fault(self._name, link, kind, what))


class _Grouped:
    """Rows in the order of their links, given out link by link."""

    def __init__(self, rows: Iterable[Any]) -> None:
        self._rows = iter(rows)
        self._next = next(self._rows, None)

    def until(self, number: int) -> Iterator[Any]:
        """Those of links before it."""
        while self._next is not None and self._next.block < number:
            yield self._take()

    def of(self, number: int) -> Iterator[Any]:
        while self._next is not None and self._next.block == number:
            yield self._take()

    def rest(self) -> Iterator[Any]:
        while self._next is not None:
            yield self._take()

    def _take(self) -> Any:
        row, self._next = self._next, next(self._rows, None)
        return row


def _near(number: int) -> Iterator[int]:
    for step in range(1, NEIGHBOURS):
        yield number + step
        if number > step:
            yield number - step
