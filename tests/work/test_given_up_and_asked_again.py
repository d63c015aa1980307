"""What was given up is done again when it is asked for again: its key must not keep everybody from it for ever."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from app.models import School, WebhookEndpoint, WorkItem
from app.rosters import gaps
from app.schools import key_rotation
from app.vocabulary import Role
from app.worker import start_recurring
from tests.support.server import call_cli
from tests.support.world import World


def failing(*_: object) -> NoReturn:
    raise RuntimeError


@contextmanager
def at_fault(world: World, kind: str) -> Iterator[None]:
    """For as long as the block lasts the product cannot do work of this kind."""
    [handlers] = [lane._handlers for lane in world.worker.lanes if kind in lane._handlers]
    whole, handlers[kind] = handlers[kind], failing
    try:
        yield
    finally:
        handlers[kind] = whole


async def given_up(world: World, kind: str) -> int:
    dead = select(func.count()).where(col(WorkItem.kind) == kind, col(WorkItem.dead).is_(True))
    return await world.db.read(lambda session: session.exec(dead).one())


async def hours_pass(world: World, number: int) -> None:
    for _ in range(number):
        world.time.advance(hours=1, seconds=1)
        await world.settle()


async def test_a_roster_whose_look_was_given_up_is_looked_at_once_the_fault_is_mended(world: World) -> None:
    """Its school hears that nobody is there, as of any other roster."""
    await world.school()
    coordinator = await world.person(Role.COORDINATOR, paged=True)
    adviser = await world.person(Role.ADVISER, paged=True)
    await world.on_call(adviser)
    await world.write(start_recurring)
    await world.settle()
    with at_fault(world, gaps.LOOK):
        await hours_pass(world, 10)

    off = sa.update(WebhookEndpoint).where(col(WebhookEndpoint.person_id) == adviser.id).values(enabled=False)
    await world.write(lambda session: session.connection().execute(off))
    await hours_pass(world, 1)
    assert "coverage.gap_live" in [each.json()["type"] for each in world.receiver.requests(coordinator.hook)]


async def test_keys_that_were_left_half_replaced_are_replaced_when_that_is_asked_for_again(world: World) -> None:
    await world.school()
    assert (await world.report()).status_code == 201

    def rotate() -> None:
        own = {"PEERLINE_MASTER_KEYS": world.settings.master_keys}
        url = world.settings.database_url
        done = call_cli("rotate-keys", "--school", "harbour", database_url=url, env=own)
        assert done.returncode == 0, done.stderr

    def waiting(session: Session) -> bool:
        return key_rotation.waiting(session, session.exec(select(School.id)).one())

    rotate()
    with at_fault(world, key_rotation.RESEAL):
        await hours_pass(world, 10)
    assert await given_up(world, key_rotation.RESEAL) == 1
    rotate()
    await hours_pass(world, 5)
    assert not await world.db.read(waiting), "the earlier keys are there still"
