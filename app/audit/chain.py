"""The chains of the audit log, one for each school and one for the deployment: begin, add to, finish links, prune.

A chain is of links of about an hour each (docs/audit-log.md). Whoever adds to one holds its head row, and takes it
last before the commit: two processes that add at once do so one after the other, and none waits for long. Heads are
always taken in the order of their chains, the deployment's first.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence

import sqlalchemy as sa
import structlog
from sqlmodel import Session, col, select

from app.audit import marks
from app.core.clock import hour_of
from app.core.db import inserter
from app.models import AuditBlock, AuditEntry, AuditHead
from app.vault import service as vault

log = structlog.get_logger("peerline.audit")

BEGUN = "audit_chain.begun"
_heads = AuditHead.__table__  # type: ignore[attr-defined]  # SQLModel does not type the table of a table class


def key_of(session: Session) -> bytes:
    """Follows from the deployment's data key: who has only the database cannot make a mark."""
    found = vault.data_key(session, owner=vault.DEPLOYMENT, purpose=vault.CONTENT)
    return vault.keys_of(session).derived(found, "audit-chain")


def append(session: Session, entries: Sequence[AuditEntry], *, now: dt.datetime) -> None:
    """Add new entries to their chains. The last thing of a transaction: it holds the heads until the commit."""
    key = key_of(session)
    chains = {marks.chain_of(entry.school_id) for entry in entries}
    heads, begun = _take(session, key, chains, now=now)
    whole = {chain: _is_ours(key, head) for chain, head in heads.items()}
    for entry in (*begun, *entries):
        head = heads[marks.chain_of(entry.school_id)]
        if entry.hour > head.hour:
            _finish_link(session, key, head, hour=entry.hour)
        entry.block = head.number
        entry.mac = marks.of_entry(key, entry, block=head.number)
        head.count, head.total = head.count + 1, marks.added(head.total, entry.mac)
        session.add(entry)
    for chain, head in heads.items():
        _keep(session, key, head, whole=whole[chain])
    session.flush()


def finish_earlier(session: Session, chain: uuid.UUID, *, now: dt.datetime) -> AuditHead | None:
    """The head, locked, after its open link was finished if that is of an earlier hour. None for no chain yet."""
    key = key_of(session)
    head = _lock(session, {chain}).get(chain)
    if head is not None:
        whole = _is_ours(key, head)
        if hour_of(now) > head.hour:
            _finish_link(session, key, head, hour=hour_of(now))
        _keep(session, key, head, whole=whole)
        session.flush()
    return head


def prune(session: Session, chain: uuid.UUID, *, before: dt.datetime, now: dt.datetime) -> int:
    """Drop the links from the beginning that are older than `before`, an hour, and say how many.

    The mac of the last of them stays as the anchor of the rest. Whatever may not go keeps all that came after it.
    """
    head = finish_earlier(session, chain, now=now)
    if head is None:
        return 0
    key = key_of(session)
    whole = _is_ours(key, head)
    of_chain = select(AuditBlock).where(AuditBlock.chain == chain).order_by(col(AuditBlock.number))
    stays = session.exec(of_chain.where(col(AuditBlock.hour) >= before).limit(1)).first()
    last = session.get(AuditBlock, (chain, (head.number if stays is None else stays.number) - 1))
    if last is None or last.number <= head.pruned_to:
        return 0
    pruned = last.number - head.pruned_to
    head.pruned_to, head.anchor = last.number, last.mac
    _keep(session, key, head, whole=whole)
    # The database lets nobody delete an entry above what its head says (the triggers of migration 0027).
    session.flush()
    connection = session.connection()
    connection.execute(sa.delete(AuditEntry).where(entries_of(chain), col(AuditEntry.block) <= head.pruned_to))
    connection.execute(
        sa.delete(AuditBlock).where(col(AuditBlock.chain) == chain, col(AuditBlock.number) <= head.pruned_to)
    )
    return pruned


def _take(
    session: Session, key: bytes, chains: Collection[uuid.UUID], *, now: dt.datetime
) -> tuple[dict[uuid.UUID, AuditHead], list[AuditEntry]]:
    """Their heads, locked. Those that are not there are made, each with an entry in the deployment's chain: one that is
    taken away whole is missed, and one that begins twice is seen."""
    there = set(chains)
    if len(chains) > 1:
        there = set(session.exec(select(AuditHead.chain).where(col(AuditHead.chain).in_(chains))))
    heads = _lock(session, chains) if there == set(chains) else {}
    if len(heads) == len(chains):
        return heads, []
    # Nothing is held yet. Whoever begins a chain holds the deployment's, so that no two begin the same.
    _begin(session, key, marks.DEPLOYMENT, hour=hour_of(now))
    first = _lock(session, {marks.DEPLOYMENT})
    begun = [
        AuditEntry(school_id=None, person_id=None, action=BEGUN, subject=str(chain), hour=hour_of(now))
        for chain in sorted(chains)
        if chain != marks.DEPLOYMENT and _begin(session, key, chain, hour=hour_of(now))
    ]
    return first | _lock(session, set(chains) - {marks.DEPLOYMENT}), begun


def _lock(session: Session, chains: Collection[uuid.UUID]) -> dict[uuid.UUID, AuditHead]:
    statement = select(AuditHead).where(col(AuditHead.chain).in_(chains)).order_by(col(AuditHead.chain))
    found = session.exec(statement.with_for_update().execution_options(populate_existing=True))
    return {head.chain: head for head in found}


def _begin(session: Session, key: bytes, chain: uuid.UUID, *, hour: dt.datetime) -> bool:
    """Whether it was not there."""
    head = new_head(chain, number=1, hour=hour, last=marks.NOTHING)
    head.mac = marks.of_head(key, head)
    connection = session.connection()
    statement = inserter(connection.dialect.name)(_heads).values(head.model_dump())
    made = connection.execute(statement.on_conflict_do_nothing(index_elements=["chain"]).returning(_heads.c.chain))
    return made.first() is not None


def entries_of(chain: uuid.UUID) -> sa.ColumnElement[bool]:
    """Of a query over entries: those of this chain."""
    school = col(AuditEntry.school_id)
    return school.is_(None) if chain == marks.DEPLOYMENT else school == chain


def new_head(chain: uuid.UUID, *, number: int, hour: dt.datetime, last: bytes) -> AuditHead:
    """With an open link that nothing is in yet; the caller sets its mac."""
    return AuditHead(
        chain=chain,
        number=number,
        hour=hour,
        count=0,
        total=marks.NOTHING,
        last=last,
        pruned_to=0,
        anchor=marks.NOTHING,
        mac=b"",
    )


def _finish_link(session: Session, key: bytes, head: AuditHead, *, hour: dt.datetime) -> None:
    """What comes now is of a later hour. A link that nothing is in only moves on."""
    if head.count:
        block = AuditBlock(
            chain=head.chain,
            number=head.number,
            hour=head.hour,
            count=head.count,
            total=head.total,
            legacy=False,
            previous=head.last,
            mac=b"",
        )
        block.mac = marks.of_link(key, block, chain=head.chain, number=head.number, previous=head.last)
        session.add(block)
        head.last, head.number = block.mac, head.number + 1
        head.count, head.total = 0, marks.NOTHING
    head.hour = hour


def _is_ours(key: bytes, head: AuditHead) -> bool:
    return marks.of_head(key, head) == head.mac


def _keep(session: Session, key: bytes, head: AuditHead, *, whole: bool) -> None:
    """Nobody's page waits for a log that was tampered with: it goes on, and keeps a mark that gives it away."""
    if whole:
        head.mac = marks.of_head(key, head)
    else:
        log.error("audit.head_is_not_ours", hint="run: peerline audit verify")
    session.add(head)
