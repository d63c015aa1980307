"""Made-up histories of the real service: what people, clocks, receivers and crashes do, and what must then be true."""

from __future__ import annotations

import contextlib
import datetime as dt
import random
import sqlite3
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, select
from story import URGENT, change

from app.core import clock
from app.core.db import DatabaseUnavailable
from app.models import Escalation, Event, Page, Person, WebhookEndpoint, WorkItem
from app.paging import auditor
from app.paging.deadlines import DELIVERY_DUE, TIMERS
from app.schools import service as schools
from app.schools.policies import PagingPolicy
from app.vocabulary import EscalationState, Level, PageState, Role
from app.work import queue
from tests.support.world import Someone, World

SPANS = (1, 5, 16, 61, 301, 601, 601, 601, 3700, 90_000)
TIMER_KINDS = (*TIMERS.values(), DELIVERY_DUE)
UNREACHED = (PageState.SENT, PageState.QUEUED, PageState.ESCALATED)
# Each time that everybody was asked in vain, written down by the database itself.
ENDS = (
    "CREATE TABLE ends (escalation_id BLOB)",
    "CREATE TRIGGER an_end AFTER UPDATE OF state ON escalations WHEN NEW.state = 'exhausted' AND OLD.state != NEW.state"
    " BEGIN INSERT INTO ends VALUES (NEW.id); END",
)


@dataclass
class Facts:
    """All of paging that is stored, read at once."""

    escalations: list[Escalation]
    pages: list[Page]
    timers: list[WorkItem]
    ended: Counter[Any]
    said: list[tuple[str, dict[str, Any]]]
    audit: auditor.Found

    def pages_of(self, escalation: Escalation) -> list[Page]:
        return [page for page in self.pages if page.escalation_id == escalation.id]

    def live(self, escalation: Escalation) -> dict[str, dt.datetime]:
        """The timers that count, by kind."""
        mine = [item for item in self.timers if item.subject == escalation.id and not item.dead]
        return {item.kind: item.due_at for item in mine if item.payload["fence"] == escalation.fence}


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

    async def run(self, length: int) -> None:
        """Something happens, so many times; after each everything is in order. Then nobody answers, to the end."""
        await report(self)
        self.last = await self.facts()
        for _ in range(length):
            happens = self.dice.choice(EVENTS)
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


# What can happen.


async def report(history: History) -> None:
    kept = {"keep_from": [history.dice.choice(history.people).alias]} if history.dice.random() < 0.3 else {}
    made = await history.world.report(URGENT, school=history.school, **kept)
    assert made.status_code == 201, made.text
    await history.work()


async def advice(history: History) -> None:
    body = {"topic": "when_to_escalate", "priority": "now", "summary": "When?"}
    await history.post(
        history.supporter, f"/v1/schools/{history.school}/advice-requests", body, lost=history.dice.random() < 0.3
    )
    await history.work()


async def ack(history: History) -> None:
    if (found := await history.a_page()) is not None:
        for _ in range(history.dice.choice((1, 1, 2))):
            await history.post(found[0], f"/v1/pages/{found[1].id}/ack", lost=history.dice.random() < 0.3)
        await history.work()


async def decline(history: History) -> None:
    if (found := await history.a_page()) is not None:
        await history.post(found[0], f"/v1/pages/{found[1].id}/decline", lost=history.dice.random() < 0.3)
        await history.work()


async def reply(history: History) -> None:
    if (found := await history.a_page()) is not None:
        await history.post(found[0], f"/v1/pages/{found[1].id}/reply", {"text": "I am here."})
        await history.work()


async def triage(history: History) -> None:
    """Somebody who reads reports answers or closes one."""
    reports = f"/v1/schools/{history.school}/reports"
    answer = await history.world.http.get(reports, headers=history.triager.headers)
    assert answer.status_code == 200, answer.text
    found = answer.json()["items"]
    if found:
        path = f"{reports}/{history.dice.choice(found)['id']}"
        if history.dice.random() < 0.5:
            await history.post(history.triager, f"{path}/messages", {"text": "I have read it."})
        else:
            await history.post(history.triager, f"{path}/claim")
            await history.post(history.triager, f"{path}/close")
        await history.work()


async def time_passes(history: History) -> None:
    """A second or a day: the worker may have slept through it."""
    history.world.time.advance(seconds=history.dice.choice(SPANS))
    await history.work()


async def clock_is_put_back(history: History) -> None:
    history.world.time.advance(seconds=-history.dice.choice(SPANS[:8]))
    await history.work()


async def deliveries_fail(history: History) -> None:
    for someone in history.people:
        history.world.receiver.behave(someone.hook or "", history.dice.choice((200, 200, 500, {"close": True})))


async def contact_changes(history: History) -> None:
    enabled, someone = history.dice.random() < 0.6, history.dice.choice(history.people)
    await change(history.world, WebhookEndpoint, someone.endpoint_id, lambda row: setattr(row, "enabled", enabled))


async def people_change(history: History) -> None:
    """Somebody leaves, or is back."""
    active, someone = history.dice.random() < 0.7, history.dice.choice(history.people)
    await change(history.world, Person, someone.id, lambda row: setattr(row, "active", active))


async def wrong_timer(history: History) -> None:
    """Of an earlier step, and twice; or the one that is set comes too early."""
    escalation, now = history.dice.choice(history.last.escalations), clock.now()
    payload, early = {"fence": escalation.fence - history.dice.choice((0, 1, 2))}, history.dice.random() < 0.5

    def put(session: Session) -> None:
        if early:
            mine = (WorkItem.subject == escalation.id, WorkItem.kind.in_(TIMER_KINDS))
            session.exec(sa.update(WorkItem).where(*mine).values(due_at=now))
            return
        for kind in history.dice.choices(TIMER_KINDS, k=2):
            queue.enqueue(session, kind, escalation.id, due_at=now, now=now, payload=payload)

    await history.world.write(put)
    await history.work(mends=True)


async def timers_are_lost(history: History) -> None:
    """Deleted, or given up; then the auditor comes."""
    lost = history.dice.sample(TIMER_KINDS, k=2)
    rows = WorkItem.kind.in_(lost)
    gone = sa.delete(WorkItem).where(rows)
    if history.dice.random() < 0.5:
        gone = sa.update(WorkItem).where(rows).values(dead=True)

    def lose(session: Session) -> None:
        session.exec(gone)
        # Due again in a minute; or in hours, where the clock was put back since.
        session.exec(sa.delete(WorkItem).where(WorkItem.kind == auditor.AUDIT))
        auditor.start_audit(session, now=clock.now())

    await history.world.write(lose)
    history.world.time.advance(seconds=history.dice.randrange(60))
    await history.work(mends=True)


EVENTS = (
    *(time_passes, time_passes, time_passes, ack, ack, decline, decline, wrong_timer, timers_are_lost),
    *(deliveries_fail, contact_changes, people_change, clock_is_put_back, reply, triage, advice, report),
)


# What must be true.


def over(escalation: Escalation) -> bool:
    return escalation.state is EscalationState.CLOSED or escalation.answered_at is not None


def waits(escalation: Escalation) -> bool:
    """Whether something comes next by itself."""
    promised = escalation.next_due_at is not None
    return not over(escalation) and (escalation.state is not EscalationState.EXHAUSTED or promised)


def check(facts: Facts) -> None:
    assert facts.audit.lost == 0
    silent = Counter[Level]()
    for escalation in facts.escalations:
        live, mine = facts.live(escalation), facts.pages_of(escalation)
        if not waits(escalation):
            assert live == {}, "nobody is needed, and a timer is left"
        else:
            check_waiting(escalation, live, [page for page in mine if _place(page) == _here(escalation)])
        asked = Counter((*_place(page), page.person_id) for page in mine)
        assert set(asked.values()) <= {1}, "asked twice at one step"
        said = [data for kind, data in facts.said if data.get("escalation_id") == str(escalation.id)]
        assert len(said) == (0 if escalation.discreet else facts.ended[escalation.id]), "not told, or told twice"
        assert not {str(page.person_id) for page in mine} & set(escalation.excluded), "it is kept from them"
        if not escalation.discreet:
            silent += unasked(escalation, mine)
    gaps = Counter(Level(data["level"]) for kind, data in facts.said if kind == "coverage.gap_live")
    assert all(gaps[level] >= count for level, count in silent.items()), f"skipped in silence: {silent - gaps}"


def check_waiting(escalation: Escalation, live: dict[str, dt.datetime], present: list[Page]) -> None:
    assert live.get(TIMERS[escalation.state]) == escalation.next_due_at, "nobody will look when it is due"
    if escalation.state is EscalationState.OPEN:
        assert any(page.state in (PageState.SENT, PageState.DELIVERED) for page in present), "nobody is waited for"
        if all(page.state in UNREACHED for page in present):
            assert live.get(DELIVERY_DUE) == escalation.deliver_by, "nobody will see that it reaches nobody"


def unasked(escalation: Escalation, pages: list[Page]) -> Counter[Level]:
    """The steps of the present round that are behind and asked nobody, where that must be told."""
    policy, asked = PagingPolicy.model_validate(escalation.policy), {_place(page) for page in pages}
    behind = [each for number, each in enumerate(policy.steps) if number < escalation.step or not waits(escalation)]
    return Counter(
        step.level
        for number, step in enumerate(behind)
        if step.target == "roster" and number <= escalation.step and (escalation.round, number) not in asked
    )


def compare(before: Facts, after: Facts) -> None:
    """What no event may undo."""
    now = {escalation.id: escalation for escalation in after.escalations}
    for old in before.escalations:
        new = now[old.id]
        assert new.fence >= old.fence
        assert _here(new) >= _here(old), "it went back"
        pages = before.pages_of(old)
        known, said_no = {page.id for page in pages}, {p.person_id for p in pages if p.state is PageState.DECLINED}
        asked = [page.person_id for page in after.pages_of(new) if page.id not in known]
        more = len(asked)
        assert not said_no.intersection(asked), "asked after a no"
        if over(old):
            assert (over(new), more) == (True, 0), "it was over, and somebody is asked"
        if old.state is EscalationState.ACKNOWLEDGED and new.fence == old.fence:
            assert more == 0, "somebody has it, and others are asked"
        if old.exhausted_at is not None:
            assert new.exhausted_at is not None, "that nobody answered is forgotten"


def _place(page: Page) -> tuple[int, int]:
    return page.round, page.step


def _here(escalation: Escalation) -> tuple[int, int]:
    return escalation.round, escalation.step


def _as_uuid(stored: Any) -> uuid.UUID:
    return uuid.UUID(bytes=stored) if isinstance(stored, bytes) else uuid.UUID(str(stored))


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
