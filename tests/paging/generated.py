"""A made-up history of the real service: a school, its worker, which may die, and what is found after each event."""

from __future__ import annotations

import contextlib
import random
import sqlite3
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import sqlalchemy as sa
from paging_facts import Facts, check, compare, waits
from sqlmodel import Session, select

from app.core import clock
from app.core.db import DatabaseUnavailable
from app.models import Escalation, Event, Page, WorkItem
from app.paging import auditor
from app.paging.deadlines import DELIVERY_DUE, TIMERS
from app.schools import service as schools
from app.vocabulary import Level, Role
from tests.support.world import Someone, World

TIMER_KINDS = (*TIMERS.values(), DELIVERY_DUE)
# Each time that everybody was asked in vain, written down by the database itself.
ENDS = (
    "CREATE TABLE ends (escalation_id BLOB)",
    "CREATE TRIGGER an_end AFTER UPDATE OF state ON escalations WHEN NEW.state = 'exhausted' AND OLD.state != NEW.state"
    " BEGIN INSERT INTO ends VALUES (NEW.id); END",
)

Happening: TypeAlias = "Callable[[History], Awaitable[None]]"


@dataclass
class History:
    """One school and what happens there. `last` is what was found after the event before."""

    world: World
    school: str
    dice: random.Random
    people: list[Someone]
    triager: Someone
    supporter: Someone
    story: list[str] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    last: Facts = field(init=False)

    async def run(self, events: Sequence[Happening], length: int) -> None:
        """The first of `events`, then any, so many times; after each everything is in order. Then nobody answers."""
        await events[0](self)
        self.last = await self.facts()
        for _ in range(length):
            happens = self.dice.choice(events)
            self.story.append(happens.__name__)
            await happens(self)
            facts = await self.facts()
            check(facts)
            compare(self.last, facts)
            self.last = facts
        await self.nobody_answers()

    async def facts(self) -> Facts:
        def read(session: Session) -> Facts:
            kinds = ("page.exhausted", "coverage.gap_live")
            school = schools.find(session, self.school).id
            said = session.exec(
                select(Event.type, Event.data).where(Event.type.in_(kinds), Event.school_id == school)
            ).all()
            ends = session.connection().execute(sa.text("SELECT escalation_id FROM ends")).scalars()
            return Facts(
                escalations=list(session.exec(select(Escalation).where(Escalation.school_id == school))),
                pages=list(session.exec(select(Page).where(Page.school_id == school))),
                timers=list(session.exec(select(WorkItem).where(WorkItem.kind.in_(TIMER_KINDS)))),
                ended=Counter(_as_uuid(each) for each in ends),
                said=[(kind, data) for kind, data in said],
                audit=auditor.look(session, now=clock.now()),
            )

        return await self.world.db.read(read)

    async def work(self, *, mends: bool = False) -> None:
        """The worker does what is due. One time in three it dies at some statement, and another one takes over.

        `mends`: only after that is everything in order.
        """
        if self.dice.random() < 0.33:
            with self.dying(in_hand=True), contextlib.suppress(DatabaseUnavailable):
                await self.world.settle()
            # What it had in hand is another's when the lease has run out.
            if not mends:
                check(await self.facts())
            self.world.time.advance(seconds=21)
        await self.world.settle()

    @contextlib.contextmanager
    def dying(self, *, in_hand: bool = False) -> Iterator[None]:
        """The process dies at one of the next statements that write, or at a commit: once, and then is back.

        `in_hand`: not before it has begun with something that was due.
        """
        left, begun = self.dice.choice((1, 2, 3, 5, 8, 13, 21, 34)), not in_hand

        def strike(_: Any, *statement: Any) -> None:
            nonlocal left, begun
            begun = begun or (bool(statement) and statement[1].startswith("DELETE FROM work_items"))
            left -= begun
            if begun and left == 0:
                self.seen["died"] += 1
                raise sa.exc.OperationalError("", None, sqlite3.OperationalError("the process died"))

        engine = self.world.db.engine
        for name in ("before_cursor_execute", "commit"):
            sa.event.listen(engine, name, strike)
        try:
            yield
        finally:
            for name in ("before_cursor_execute", "commit"):
                sa.event.remove(engine, name, strike)

    async def post(self, someone: Someone, path: str, body: Any = None, *, lost: bool = False) -> int:
        """Give the status of the answer. `lost`: the server may die while it answers."""
        headers = someone.headers | self.world.once() | {"If-Match": "*"}
        with self.dying() if lost else contextlib.nullcontext():
            answer = await self.world.http.post(path, headers=headers, json=body)
        allowed = (200, 201, 401, 403, 404, 409, *((503,) if lost else ()))
        assert answer.status_code in allowed, (path, answer.status_code, answer.text)
        self.seen[f"{path.rsplit('/', 1)[-1]} {answer.status_code}"] += 1
        return answer.status_code

    async def a_page(self) -> tuple[Someone, Page] | None:
        """One of the pages, most often one of the newest, with whose it is."""
        found = list(self.last.pages)
        if not found:
            return None
        found.sort(key=lambda page: (page.round, page.step, page.sent_at))
        page = found[-1 - min(int(self.dice.expovariate(0.7)), len(found) - 1)]
        return next(one for one in self.people if one.id == page.person_id), page

    async def nobody_answers(self) -> None:
        """Only time passes, and every escalation ends where a person must look."""
        facts = self.last
        for _ in range(7 * len(facts.escalations)):
            if not (due := [each.next_due_at for each in facts.escalations if waits(each) and each.next_due_at]):
                break
            self.world.time.advance(seconds=max(0.0, (min(due) - clock.now()).total_seconds()) + 1)
            await self.world.settle()
            facts = await self.facts()
            check(facts)
        assert not [each for each in facts.escalations if waits(each)], "it never ends"
        assert facts.audit.passes
        self.seen.update(str(each.state) for each in facts.escalations)
        self.seen["second round"] += any(each.asked_again for each in facts.escalations)


async def write_down_ends(world: World) -> None:
    def make(session: Session) -> None:
        for statement in ENDS:
            session.connection().execute(sa.text(statement))

    await world.write(make)


async def a_school(world: World, seed: int) -> History:
    """Two levels that people may share, by day or always, and a coordinator who also advises."""
    dice, school = random.Random(seed), f"school-{seed}"
    await world.school(school)
    names = ("Ana", "Ben", "Cleo")
    advisers = [await world.person(Role.ADVISER, school=school, paged=True, alias=name) for name in names]
    coordinator = await world.person(Role.ADVISER, Role.COORDINATOR, school=school, paged=True, alias="Dana")
    people = [*advisers, coordinator]
    days = {"days": ["MO", "TU", "WE", "TH", "FR", "SA", "SU"], "start": "09:00", "end": "17:00"}
    for level in (Level.PRIMARY, Level.BACKUP):
        await world.on_call(
            *dice.sample(people, k=dice.choice((1, 2))),
            level=level,
            restrictions=dice.choice(([], [], [days])),
        )
    triager, supporter = [await world.person(role, school=school) for role in (Role.TRIAGER, Role.SUPPORTER)]
    # A token of later than now is refused: room to put the clock back.
    world.time.advance(hours=6)
    return History(world, school, dice, people, triager, supporter)


def _as_uuid(stored: Any) -> uuid.UUID:
    return uuid.UUID(bytes=stored) if isinstance(stored, bytes) else uuid.UUID(str(stored))
