"""Who is on call is told from memory while nothing has been committed, and never otherwise (decision 56)."""

from __future__ import annotations

import datetime as dt
import random
import subprocess
import sys
from collections.abc import Callable

import httpx
import pytest
import sqlalchemy as sa
from sqlmodel import Session, col

from app.core import clock
from app.core.db import Database
from app.core.unchanged import MOST, Unchanged
from app.identity.keys import create_signing_key
from app.models import Person, RoleGrant, RosterOverride, School, SignIn, SigningKey
from app.routers.runtime import RELOAD_KEYS
from app.routers.told import Told
from app.vocabulary import Role
from tests.support.world import Someone, World

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])
Change = Callable[[Session], object]


class Screen:
    """Asks twice, the second time from memory where that may be, and a third time with nothing kept: all are alike."""

    def __init__(self, world: World, path: str, someone: Someone) -> None:
        self.world, self.path, self.someone = world, path, someone
        self.runtime = world.app.state.runtime
        self.from_memory = 0

    async def get(self) -> httpx.Response:
        return await self.world.http.get(self.path, headers=self.someone.headers)

    async def look(self) -> httpx.Response:
        # Within one minute: the next has another answer.
        if clock.now().second >= 55:
            self.world.time.advance(seconds=10)
        first = await self.get()
        kept: Unchanged[Told] = self.runtime.told
        read, reads = self.world.db.read, 0

        async def counted(work: Callable[[Session], object]) -> object:
            nonlocal reads
            reads += 1
            return await read(work)

        self.world.db.read = counted  # type: ignore[method-assign, assignment]
        second = await self.get()
        self.world.db.read = read  # type: ignore[method-assign]
        self.from_memory += reads == 0 and second.status_code == 200
        self.runtime.told = Unchanged(nobody_can_tell)
        plain = await self.get()
        self.runtime.told = kept
        for each in (first, second):
            assert (each.status_code, body(each), each.headers.get("etag")) == (
                plain.status_code,
                body(plain),
                plain.headers.get("etag"),
            )
            assert each.headers.keys() == plain.headers.keys()
        return plain


async def nobody_can_tell() -> None:
    """As a database that is away."""


def body(response: httpx.Response) -> object:
    """But for what each answer has of its own."""
    return {name: value for name, value in response.json().items() if name != "instance"}


def changes(screen: Someone, on_call: Someone, draw: random.Random) -> dict[str, Change]:
    """All that the answer rests on, there and back again."""
    now = clock.now()
    mine, grant = col(Person.id) == screen.id, col(RoleGrant.person_id) == screen.id
    soon = now + dt.timedelta(seconds=draw.choice((3, 20, 70)))
    people = sa.update(Person)

    def as_it_was(session: Session) -> None:
        session.execute(sa.update(SignIn).values(revoked_at=None))
        session.execute(people.where(mine).values(active=True, token_epoch=0))
        session.execute(sa.update(RoleGrant).where(grant).values(ended_at=None, ends_at=None))

    return {
        "as it was": as_it_was,
        "signed out": lambda s: s.execute(sa.update(SignIn).values(revoked_at=now)),
        "left": lambda s: s.execute(people.where(mine).values(active=False)),
        "tokens ended": lambda s: s.execute(people.where(mine).values(token_epoch=1)),
        "no role": lambda s: s.execute(sa.update(RoleGrant).where(grant).values(ended_at=now)),
        "the role, for a while": lambda s: s.execute(sa.update(RoleGrant).where(grant).values(ends_at=soon)),
        "another alias": lambda s: s.execute(
            people.where(col(Person.id) == on_call.id).values(alias=f"Alias {draw.randrange(10**6)}")
        ),
        "no override": lambda s: s.execute(sa.delete(RosterOverride)),
        "of the school": lambda s: s.execute(sa.update(School).values(name=f"School {draw.randrange(10**6)}")),
    }


async def test_what_is_told_from_memory_is_what_the_database_says_whoever_writes_and_whenever(world: World) -> None:
    await world.school()
    asks = await world.person(Role.COORDINATOR, alias="Lee")
    adviser = await world.person(Role.ADVISER, alias="Mira")
    roster = str(await world.on_call(adviser))
    screen = Screen(world, f"/v1/schools/harbour/rosters/{roster}/on-call", asks)
    draw, seen = random.Random(56), set[int]()
    another = Database(world.db.url, info=world.db._info)
    try:
        for _ in range(50):
            seen.add((await screen.look()).status_code)
            if draw.random() < 0.3:
                world.time.advance(seconds=draw.choice((1, 5, 30)))
                continue
            known = changes(asks, adviser, draw)
            # What opens comes as often as all that closes.
            name = draw.choice([*known, *["as it was"] * 6, "the role, for a while"])
            await draw.choice((world.db, another)).write(known[name])
    finally:
        another.close()
    assert {200, 401, 403} <= seen
    assert screen.from_memory > 5


@on_sqlite
async def test_a_role_that_ends_by_itself_ends_within_the_minute(world: World) -> None:
    await world.school()
    world.time.set(dt.datetime(2027, 2, 28, 23, 58, 1, tzinfo=dt.UTC))
    asks, adviser = await world.person(Role.COORDINATOR), await world.person(Role.ADVISER)
    screen = Screen(world, f"/v1/schools/harbour/rosters/{await world.on_call(adviser)}/on-call", asks)
    ends = dt.datetime(2027, 3, 1, 0, 0, 31, tzinfo=dt.UTC)
    await world.write(lambda s: s.execute(sa.update(RoleGrant).values(ends_at=ends)))
    world.time.set(dt.datetime(2027, 3, 1, 0, 0, 1, tzinfo=dt.UTC))
    assert (await screen.look()).status_code == 200
    assert (await screen.look()).status_code == 200
    world.time.set(ends)
    assert (await screen.look()).status_code == 403
    # A clock that is put back tells nothing of a minute that it is not.
    world.time.set(dt.datetime(2027, 2, 28, 23, 59, 30, tzinfo=dt.UTC))
    assert (await screen.get()).json()["at"] == "2027-02-28T23:59:00Z"


@on_sqlite
async def test_a_key_that_was_stolen_opens_nothing_from_memory_once_it_is_known_to_be_retired(world: World) -> None:
    await world.school()
    world.time.set(clock.now().replace(second=1))
    asks, adviser = await world.person(Role.COORDINATOR), await world.person(Role.ADVISER)
    screen = Screen(world, f"/v1/schools/harbour/rosters/{await world.on_call(adviser)}/on-call", asks)
    assert (await screen.look()).status_code == 200

    def replace(session: Session) -> None:
        session.execute(sa.update(SigningKey).values(retired_at=clock.now()))
        create_signing_key(session)

    await world.write(replace)
    # This process has not read its keys since: it tells, and keeps what it has told.
    assert (await screen.look()).status_code == 200
    world.time.advance(seconds=RELOAD_KEYS + 1)
    assert (await screen.look()).status_code == 401


@on_sqlite
async def test_a_slow_answer_does_not_tell_that_something_was_stored(world: World) -> None:
    """Each is read anew after some seconds, by chance, although nothing was committed."""
    await world.school()
    asks, adviser = await world.person(Role.COORDINATOR), await world.person(Role.ADVISER)
    path = f"/v1/schools/harbour/rosters/{await world.on_call(adviser)}/on-call"
    read, reads = world.db.read, 0

    async def counted(work: Callable[[Session], object]) -> object:
        nonlocal reads
        reads += 1
        return await read(work)

    world.db.read = counted  # type: ignore[method-assign, assignment]
    lasted = set()
    for _ in range(6):
        world.time.set(clock.now().replace(second=1, microsecond=0) + dt.timedelta(minutes=1))
        await world.http.get(path, headers=asks.headers)
        known, tenths = reads, 0
        while reads == known:
            world.time.advance(seconds=0.1)
            tenths += 1
            assert (await world.http.get(path, headers=asks.headers)).status_code == 200
        lasted.add(tenths)
    assert max(lasted) <= 31
    assert len(lasted) > 1


@on_sqlite
async def test_it_counts_and_is_conditional_as_any_other(world: World) -> None:
    await world.school()
    asks, adviser = await world.person(Role.COORDINATOR), await world.person(Role.ADVISER)
    path = f"/v1/schools/harbour/rosters/{await world.on_call(adviser)}/on-call"
    first, second = [await world.http.get(path, headers=asks.headers) for _ in range(2)]
    left = [int(each.headers["RateLimit"].split("r=")[1].split(";")[0]) for each in (first, second)]
    assert left[0] - left[1] == 1
    assert first.headers["Cache-Control"] == second.headers["Cache-Control"] == "no-store"
    known = asks.headers | {"If-None-Match": first.headers["ETag"]}
    assert (await world.http.get(path, headers=known)).status_code == 304
    assert (await world.http.get(path)).status_code == 401
    assert (await world.http.get(path, headers={"Authorization": "Bearer x"})).status_code == 401


@on_sqlite
async def test_a_commit_of_another_process_is_seen_at_once_and_nothing_is_told_of_a_lost_file(world: World) -> None:
    db = world.db
    before = await db.state()
    assert before is not None
    assert await db.state() == before
    await world.school()
    await world.person(Role.COORDINATOR)
    before = await db.state()
    script = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit()"
    change = "UPDATE people SET alias = alias || '.'"
    assert db._file is not None
    subprocess.run([sys.executable, "-S", "-c", script, str(db._file), change], check=True)
    assert await db.state() != before
    elsewhere = db._file.with_suffix(".away")
    db._file.rename(elsewhere)
    assert await db.state() is None
    elsewhere.rename(db._file)
    assert await db.state() is not None


async def test_no_more_is_kept_than_fits() -> None:
    states = iter([1, 1, 1, 2, None])

    async def state() -> int | None:
        return next(states)

    unchanged = Unchanged[str](state)
    kept = await unchanged.look()
    assert kept is not None
    kept |= {str(number).encode(): "a" for number in range(MOST)}
    assert await unchanged.look() == {}
    late = await unchanged.look()
    assert late == {}
    assert await unchanged.look() is not late
    # What comes late into one that is past is never seen.
    late[b"late"] = "b"
    assert await unchanged.look() is None
