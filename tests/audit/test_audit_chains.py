"""The audit log: whatever is changed behind Peerline's back is found, and the database itself refuses most of it."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from chains import START, acted, look, undone, unguarded, verified
from sqlmodel import Session, col, select

from app.audit import chain, marks, proofs, trail
from app.audit.verifying import Kind
from app.core import clock
from app.models import AuditBlock, AuditEntry, AuditHead
from tests.support.world import World

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
entries, blocks, heads = (each.__table__ for each in (AuditEntry, AuditBlock, AuditHead))  # type: ignore[attr-defined]  # SQLModel's table
Plant = Callable[[Session, sa.Connection, uuid.UUID], object]


def entry_in(session: Session, school: uuid.UUID, link: int) -> AuditEntry:
    """The first of them by its id."""
    statement = select(AuditEntry).where(AuditEntry.school_id == school, AuditEntry.block == link)
    found = session.exec(statement.order_by(col(AuditEntry.id))).first()
    assert found is not None
    return found


def change(link: int, **values: object) -> Plant:
    return lambda s, c, school: c.execute(
        sa.update(entries).where(entries.c.id == entry_in(s, school, link).id).values(values)
    )


def another_entry(link: int | None) -> Plant:
    """Like one that is there, down to its mark."""

    def plant(session: Session, connection: sa.Connection, school: uuid.UUID) -> None:
        like = entry_in(session, school, 2).model_dump() | {"id": uuid.uuid4(), "block": link}
        connection.execute(sa.insert(entries).values(like))

    return plant


def remove_one(link: int) -> Plant:
    return lambda s, c, school: c.execute(sa.delete(entries).where(entries.c.id == entry_in(s, school, link).id))


def remove_links(first: int, last: int = 1000) -> Plant:
    def plant(_: Session, connection: sa.Connection, school: uuid.UUID) -> None:
        which = entries.c.school_id == school, entries.c.block.between(first, last)
        connection.execute(sa.delete(entries).where(*which))
        connection.execute(sa.delete(blocks).where(blocks.c.chain == school, blocks.c.number.between(first, last)))

    return plant


def remove_all(session: Session, connection: sa.Connection, school: uuid.UUID) -> None:
    remove_links(1)(session, connection, school)
    connection.execute(sa.delete(heads).where(heads.c.chain == school))


def remove_all_and_go_on(session: Session, connection: sa.Connection, school: uuid.UUID) -> None:
    remove_all(session, connection, school)
    session.expunge_all()
    again = AuditEntry(school_id=school, action="test.again", hour=clock.hour_of(clock.now()))
    chain.append(session, [again], now=clock.now())


def swap_entries(session: Session, connection: sa.Connection, school: uuid.UUID) -> None:
    one, other = (entry_in(session, school, link).id for link in (1, 2))
    for which, link in ((one, 2), (other, 1)):
        connection.execute(sa.update(entries).where(entries.c.id == which).values(block=link))


def swap_links(_: Session, connection: sa.Connection, school: uuid.UUID) -> None:
    for old, new in ((1, 99), (2, 1), (99, 2)):
        which = blocks.c.chain == school, blocks.c.number == old
        connection.execute(sa.update(blocks).where(*which).values(number=new))


def shrink_a_link(session: Session, connection: sa.Connection, school: uuid.UUID) -> None:
    """One entry fewer, and a count to match."""
    remove_one(2)(session, connection, school)
    which = blocks.c.chain == school, blocks.c.number == 2
    connection.execute(sa.update(blocks).where(*which).values(count=2))


def another_history(session: Session, connection: sa.Connection, school: uuid.UUID) -> None:
    """A link that Peerline has written, in a copy of the database that went another way."""
    block = session.get_one(AuditBlock, (school, 2))
    previous = os.urandom(32)
    mac = marks.of_link(chain.key_of(session), block, chain=school, number=2, previous=previous)
    which = blocks.c.chain == school, blocks.c.number == 2
    connection.execute(sa.update(blocks).where(*which).values(previous=previous, mac=mac))


def an_earlier_head(session: Session, connection: sa.Connection, school: uuid.UUID) -> None:
    """The head alone comes from a copy of an hour before."""
    head, block = session.get_one(AuditHead, school), session.get_one(AuditBlock, (school, 3))
    earlier = chain.new_head(school, number=3, hour=block.hour, last=block.previous)
    earlier.count, earlier.total = block.count, block.total
    mac = marks.of_head(chain.key_of(session), earlier)
    values = earlier.model_dump() | {"mac": mac}
    assert values["number"] < head.number
    connection.execute(sa.update(heads).where(heads.c.chain == school).values(values))


def shrink_the_head(session: Session, connection: sa.Connection, school: uuid.UUID) -> None:
    remove_one(4)(session, connection, school)
    connection.execute(sa.update(heads).where(heads.c.chain == school).values(count=2))


FAULTS: dict[str, tuple[Plant, set[tuple[int | None, Kind]]]] = {
    "another action": (change(2, action="test.other"), {(2, Kind.EDITED)}),
    "another subject": (change(2, subject=str(uuid.uuid4())), {(2, Kind.EDITED)}),
    "another hour": (change(1, hour=START.replace(hour=4, minute=0)), {(1, Kind.EDITED)}),
    "one in the open link": (change(4, action="test.other"), {(4, Kind.EDITED)}),
    "one more": (another_entry(2), {(2, Kind.INSERTED)}),
    "one more in the open link": (another_entry(4), {(4, Kind.INSERTED)}),
    "one in no link": (another_entry(None), {(None, Kind.INSERTED)}),
    "one in a link that is not there": (another_entry(9), {(9, Kind.INSERTED)}),
    "one fewer": (remove_one(2), {(2, Kind.MISSING)}),
    "one fewer in the open link": (remove_one(4), {(4, Kind.MISSING)}),
    "one fewer, and counted so": (shrink_a_link, {(2, Kind.EDITED), (2, Kind.INSERTED)}),
    "one fewer, and the head says so": (shrink_the_head, {(None, Kind.EDITED), (4, Kind.INSERTED)}),
    "an hour is gone": (remove_links(2, 2), {(2, Kind.MISSING)}),
    "the first hour is gone": (remove_links(1, 1), {(1, Kind.MISSING)}),
    "the end is gone": (remove_links(3), {(3, Kind.CUT_OFF), (4, Kind.MISSING)}),
    "the head is gone": (
        lambda _, c, school: c.execute(sa.delete(heads).where(heads.c.chain == school)),
        {(None, Kind.CUT_OFF)},
    ),
    "all of it is gone": (remove_all, {(None, Kind.CUT_OFF)}),
    "all of it is gone, and it begins anew": (remove_all_and_go_on, {(None, Kind.FORKED)}),
    "two entries change places": (
        swap_entries,
        {(1, Kind.REORDERED), (1, Kind.MISSING), (2, Kind.REORDERED), (2, Kind.MISSING)},
    ),
    "a link of another copy": (another_history, {(2, Kind.FORKED), (3, Kind.FORKED)}),
    "the head of another copy": (an_earlier_head, {(3, Kind.FORKED), (4, Kind.INSERTED)}),
}


async def test_whatever_is_changed_behind_its_back_is_found_and_named(world: World) -> None:
    world.time.set(START)
    await world.school()
    await world.school("ridge", region="NSW", zone="Australia/Sydney")
    await acted(world, school="ridge")
    world.time.set(START)
    school = await acted(world)
    whole = await verified(world)
    assert whole.faults == []
    assert (whole.chains, whole.entries) == (3, 2 * 4 * 3 + 2)

    for name, (plant, expected) in FAULTS.items():

        def planted(session: Session, plant: Plant = plant) -> set[tuple[uuid.UUID, int | None, Kind]]:
            plant(session, unguarded(session), school)
            return {(fault.chain, fault.link, fault.kind) for fault in look(session).faults}

        found = await undone(world, planted)
        assert {(link, kind) for _, link, kind in found} == expected, name
        assert {where for where, _, _ in found} == {school}, name

    def swapped(session: Session) -> set[tuple[int | None, Kind]]:
        swap_links(session, unguarded(session), school)
        return {(fault.link, fault.kind) for fault in look(session).faults}

    assert await undone(world, swapped) >= {(1, Kind.REORDERED), (2, Kind.REORDERED)}
    assert (await verified(world)).faults == []


async def test_the_database_refuses_to_change_or_delete_an_entry(world: World) -> None:
    world.time.set(START)
    await world.school()
    school = await acted(world)
    refused = (sa.exc.IntegrityError, sa.exc.InternalError, sa.exc.DatabaseError)
    for statement in (
        sa.update(entries).values(action="test.other"),
        sa.update(entries).values(mac=b"another"),
        sa.delete(entries).where(entries.c.school_id == school),
        sa.update(blocks).values(count=1),
        sa.delete(blocks),
        sa.delete(heads),
    ):
        with pytest.raises(refused, match=r"append-only|never deleted"):
            await world.db.write(lambda session, statement=statement: session.connection().execute(statement))
    assert (await verified(world)).faults == []


@on_sqlite
async def test_a_kept_head_shows_that_all_of_it_was_taken_back(world: World) -> None:
    """What no chain shows by itself: the database as it was an hour ago, and other things done since."""
    world.time.set(START)
    await world.school()
    school = await acted(world)
    early = await world.db.write(lambda session: proofs.take(session, school))
    await acted(world, hours=1)
    late = await world.db.write(lambda session: proofs.take(session, school))
    assert early != late
    assert len(early) == len(late), "how far it has come is not told"
    assert (await verified(world, early, late)).faults == []

    def taken_back(session: Session) -> set[tuple[int | None, Kind]]:
        connection = unguarded(session)
        kept = [proofs.read(session, each) for each in (early, late)]
        an_earlier_head(session, connection, school)
        connection.execute(sa.delete(blocks).where(blocks.c.chain == school, blocks.c.number >= 3))
        remove_links(4)(session, connection, school)
        assert look(session).faults == [], "by itself the chain is whole"
        cut_off = {(fault.link, fault.kind) for fault in look(session, kept).faults}
        session.expire_all()
        for _ in range(3):
            world.time.advance(hours=1)
            chain.append(
                session,
                [AuditEntry(school_id=school, action="test.other", hour=clock.hour_of(clock.now()))],
                now=clock.now(),
            )
        assert look(session).faults == []
        return cut_off | {(fault.link, fault.kind) for fault in look(session, kept).faults}

    found = await undone(world, taken_back)
    assert found == {(4, Kind.CUT_OFF), (5, Kind.CUT_OFF), (4, Kind.FORKED), (5, Kind.FORKED)}
    with pytest.raises(proofs.NoProof):
        await world.db.read(lambda session: proofs.read(session, "bm90aGluZw"))


@on_sqlite
async def test_what_is_recorded_in_a_savepoint_that_is_taken_back_did_not_happen(world: World) -> None:
    await world.school()

    def act(session: Session) -> None:
        told = {"school_id": None, "person_id": None, "subject": None, "now": clock.now()}
        trail.record(session, action="test.before", **told)
        try:
            with session.begin_nested(), session.begin_nested():
                trail.record(session, action="test.within", **told)
                raise LookupError
        except LookupError:
            trail.record(session, action="test.after", **told)

    await world.db.write(act)
    kept = await world.db.read(lambda session: set(session.exec(select(AuditEntry.action))))
    assert kept == {"test.before", "test.after"}
    assert (await verified(world)).faults == []
