"""Names that hang, as they do when a name server is silent: each keeps only its owner's deliveries waiting (W13)."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from endpoints import attempts, create, emit, events, look_up_with, move, school_it

from app.vocabulary import Role
from app.webhooks import names as lookups
from app.webhooks.names import MOST_OF_AN_OWNER, Names, NotLookedUp
from app.worker import Worker
from tests.support.world import World

PUBLIC = "93.184.215.14"
AT_ONCE = 3.0
SOON = 5.0


@dataclass
class Resolver:
    """Blocks for names that begin with `hangs` until it is told to go on, does not know `unknown`, answers the rest."""

    asked: Counter[str] = field(default_factory=Counter)
    go_on: threading.Event = field(default_factory=threading.Event)

    def look_up(self, host: str) -> list[str]:
        self.asked[host] += 1
        if host.startswith("hangs"):
            self.go_on.wait()
        if host.startswith("unknown"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [PUBLIC]


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Resolver]:
    made = Resolver()
    look_up_with(monkeypatch, made.look_up)
    yield made
    made.go_on.set()


async def at_once(names: Names, host: str, *, owner: str = "me") -> list[str]:
    return await asyncio.wait_for(names.addresses(host, owner=owner), AT_ONCE)


def asking(names: Names, *hosts: str, owner: str) -> list[asyncio.Task[list[str]]]:
    return [asyncio.create_task(names.addresses(host, owner=owner)) for host in hosts]


async def give_up(tasks: list[asyncio.Task[list[str]]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def test_a_name_that_hangs_has_one_thread_however_often_it_is_asked_for(resolver: Resolver) -> None:
    names = Names()
    waiting = asking(names, *["hangs.example.edu"] * 200, owner="them")
    await asyncio.sleep(0.05)
    assert await at_once(names, "pager.example.edu") == [PUBLIC]
    assert resolver.asked["hangs.example.edu"] == 1
    await give_up(waiting)


async def test_many_names_that_hang_keep_only_their_owner_waiting(resolver: Resolver) -> None:
    names = Names()
    waiting = asking(names, *[f"hangs-{n}.example.edu" for n in range(50)], owner="them")
    await asyncio.sleep(0.05)
    assert await at_once(names, "pager.example.edu") == [PUBLIC]
    assert sum(resolver.asked.values()) == MOST_OF_AN_OWNER + 1
    with pytest.raises(TimeoutError):
        await at_once(names, "also-theirs.example.edu", owner="them")
    await give_up(waiting)


async def test_who_gives_up_takes_the_answer_from_nobody_and_what_ended_makes_room(resolver: Resolver) -> None:
    names = Names()
    first, second = asking(names, *["hangs.example.edu"] * 2, owner="them")
    others = asking(names, "hangs-2.example.edu", "hangs-3.example.edu", "hangs-4.example.edu", owner="them")
    await asyncio.sleep(0.05)
    await give_up([first, others.pop()])
    resolver.go_on.set()
    assert await asyncio.wait_for(asyncio.gather(second, *others), SOON) == [[PUBLIC]] * 3
    assert await at_once(names, "pager.example.edu", owner="them") == [PUBLIC]


async def test_what_hangs_longer_than_an_attempt_fails_at_once_for_whoever_comes_next(
    resolver: Resolver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookups, "HANGS_AFTER_SECONDS", 0.2)
    names = Names()
    waiting = asking(names, "hangs.example.edu", owner="them")
    await asyncio.sleep(0.3)
    with pytest.raises(NotLookedUp):
        await at_once(names, "hangs.example.edu")
    await give_up(waiting)


async def test_there_is_a_bound_for_everybody_together(resolver: Resolver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookups, "MOST", 3)
    names = Names()
    waiting = [task for n in range(3) for task in asking(names, f"hangs-{n}.example.edu", owner=f"owner {n}")]
    await asyncio.sleep(0.05)
    with pytest.raises(NotLookedUp):
        await at_once(names, "pager.example.edu")
    resolver.go_on.set()
    await asyncio.wait_for(asyncio.gather(*waiting), SOON)
    assert await at_once(names, "pager.example.edu") == [PUBLIC]


async def test_what_failed_is_not_asked_again_before_its_retry(
    resolver: Resolver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookups, "REMEMBER_FAILURE_SECONDS", 0.3)
    names = Names()
    for _ in range(20):
        with pytest.raises(OSError):
            await at_once(names, "unknown.example.edu")
    assert resolver.asked["unknown.example.edu"] == 1
    await asyncio.sleep(0.4)
    with pytest.raises(socket.gaierror):
        await at_once(names, "unknown.example.edu")
    assert resolver.asked["unknown.example.edu"] == 2


async def test_an_answer_is_never_kept(resolver: Resolver) -> None:
    """DNS changes: each attempt checks the address anew."""
    names = Names()
    for _ in range(3):
        await at_once(names, "pager.example.edu")
    assert resolver.asked["pager.example.edu"] == 3


def test_a_lookup_that_hangs_does_not_keep_the_process_from_ending(resolver: Resolver) -> None:
    async def run() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(Names().addresses("hangs.example.edu", owner="them"), 0.1)

    began = time.monotonic()
    asyncio.run(run())
    assert time.monotonic() - began < AT_ONCE
    resolver.go_on.set()


async def test_a_page_does_not_wait_for_names_that_hang_elsewhere(world: World, resolver: Resolver) -> None:
    await world.school()
    await world.school("ridge")
    for number in range(10):
        made = await create(world, await school_it(world, "ridge"), f"hook-{number}")
        await move(world, made["id"], f"https://hangs-{number}.example.edu/")
    adviser = await world.person(Role.ADVISER, paged=True)
    await world.on_call(adviser)
    await move(world, adviser.endpoint_id, "https://unknown.example.edu/")
    worker = Worker(world.db, world.settings)
    working = asyncio.create_task(worker.run())
    try:
        await emit(world, 10, school="ridge", settle=False)
        await asyncio.sleep(0.5)
        assert (await world.report("said_thoughts_of_suicide")).status_code == 201
        async with asyncio.timeout(3):
            while not resolver.asked["unknown.example.edu"]:
                await asyncio.sleep(0.05)
    finally:
        worker.stop()
        await working
    [page] = await events(world, "page.requested")
    assert [attempt.error for attempt in await attempts(world, str(page.id))] == ["name_not_found"]
