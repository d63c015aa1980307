"""Every hot path once in this process, with what it asks the database: requests, and what the worker does by itself."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx
from sqlmodel import Session, col, select

from app.core import clock
from app.kinds import RECURRING, other_handlers, urgent_handlers
from app.metrics import picture
from app.models import RetentionRun, Roster, School
from app.paging import auditor
from app.retention import sweep
from app.vocabulary import Role
from app.work import queue
from app.work.engine import Handler, Outside
from app.work.queue import Item
from app.worker import NOTHING
from benchmarks.scale import paths
from benchmarks.scale.paths import Ask, Place
from benchmarks.scale.plans import Capture
from tests.support.world import World

# What sweeps have done for each school, and for each roster: their own rows are the subject.
FOR_A_SCHOOL = (
    "directory.look",
    "directory.publish",
    "content.look",
    "supporters.endings",
    "succession.look",
    "supporters.look_at_texts",
    "training.look",
    "statistics.close",
    "retention.begin",
    "digests.begin",
)
FOR_A_ROSTER = ("rosters.look",)


@dataclass(frozen=True, slots=True)
class Done:
    """How many statements a path took, and how long: seconds of a transaction that was undone, or of a request."""

    path: str
    statements: int
    seconds: float


async def requests(world: World, place: Place, capture: Capture) -> list[Done]:
    """Lists, reads, writes and a claim, as one school's people do them."""
    done = []
    first = await world.http.get(
        f"/v1/schools/{place.slug}/reports?limit={paths.ROWS}",
        headers={"Authorization": f"Bearer {place.tokens[Role.TRIAGER]}"},
    )
    cursor = first.json()["next_cursor"]
    for ask in (*paths.lists(place, cursor=cursor), *paths.reads(place), *paths.writes(place)):
        done.append(await _asked(world, place, ask, capture))
    for ask in paths.claims(place, most=1):
        done.append(await _asked(world, place, ask, capture))
    sent = next(ask for ask in paths.writes(place))
    receipt = (await world.http.request(sent.method, sent.path, json=sent.body)).json()["receipt"]
    with capture.of("open a receipt"):
        mine = await world.reporter(receipt)
    for ask in paths.of_a_reporter(mine["Authorization"].removeprefix("Bearer ")):
        done.append(await _asked(world, place, ask, capture))
    return done


async def _asked(world: World, place: Place, ask: Ask, capture: Capture) -> Done:
    headers = place.headers(ask)
    if ask.of is not None:
        shown = await world.http.get(ask.of, headers={"Authorization": headers["Authorization"]})
        headers["If-Match"] = shown.headers["etag"]
    # What was learnt of a school a second ago is not asked again: each path is seen as the first to ask.
    began = clock.monotonic()
    with capture.of(ask.name):
        answer: httpx.Response = await world.http.request(ask.method, ask.path, headers=headers, content=ask.content())
    if answer.status_code not in (200, 201):
        raise RuntimeError(f"{ask.name}: {answer.status_code} {answer.text}")
    return Done(ask.name, capture.count, clock.monotonic() - began)


def work(world: World, place: Place, capture: Capture) -> list[Done]:
    """A claim of each lane, the auditor, each recurring sweep and each look that sweeps ask for; all of it undone."""
    never: Outside = Outside(plan=lambda *_: None, perform=_nothing, record=lambda *_: None)
    lanes = [urgent_handlers(never), other_handlers(never, never)]
    handlers = {kind: handler for lane in lanes for kind, handler in lane.items() if not isinstance(handler, Outside)}
    found = []
    for name, kinds in zip(("urgent", "other"), lanes, strict=True):
        found.append(_run(world, capture, f"claim of due work, {name}", functools.partial(_claim, kinds=sorted(kinds))))
    ids = world.db.read_now(lambda session: _ids(session, place))
    for kind, subject in _due(ids):
        if kind in handlers:
            found.append(_run(world, capture, kind, _handled(handlers[kind], kind, subject)))
    urgent, now = frozenset(lanes[0]), clock.now()
    found.append(_run(world, capture, "metrics, prompt", lambda s: picture.prompt(s, now=now)))
    slow = functools.partial(picture.slow, urgent=urgent, recurring=RECURRING, now=now)
    found.append(_run(world, capture, "metrics, slow", slow))
    found.append(_run(world, capture, "metrics, hourly", lambda s: picture.hourly(s, urgent=urgent)))
    found.append(_run(world, capture, "auditor, by hand", lambda s: auditor.look(s, now=clock.now())))
    found.append(_run(world, capture, "retention: list what is due", lambda s: _dry_run(s, ids["school"])))
    return found


def _due(ids: dict[str, uuid.UUID]) -> Iterator[tuple[str, uuid.UUID]]:
    yield from ((kind, NOTHING) for kind in RECURRING)
    yield from ((kind, ids["school"]) for kind in FOR_A_SCHOOL)
    yield from ((kind, ids["roster"]) for kind in FOR_A_ROSTER)


def _ids(session: Session, place: Place) -> dict[str, uuid.UUID]:
    school = session.exec(select(School.id).where(School.slug == place.slug)).one()
    roster = session.exec(select(Roster.id).where(Roster.school_id == school).order_by(col(Roster.id))).first()
    assert roster is not None
    return {"school": school, "roster": roster}


def _handled(handler: Handler, kind: str, subject: uuid.UUID) -> Callable[[Session], object]:
    def handle(session: Session) -> None:
        now = clock.now()
        handler(session, Item(uuid.uuid4(), kind, subject, {}, now, 1, 0), now)

    return handle


def _claim(session: Session, *, kinds: list[str]) -> None:
    queue.claim(session, kinds=kinds, limit=16, now=clock.now())


def _dry_run(session: Session, school_id: uuid.UUID) -> RetentionRun:
    """The first step, and one further on."""
    now = clock.now()
    run = sweep.begin_dry(session, school_id, person_id=None, now=now)
    rest = sweep.step(session, run.id, sweep.FROM_START, now=now)
    if rest is not None:
        sweep.step(session, run.id, rest, now=now + dt.timedelta(seconds=1))
    return run


class _Undone(Exception):
    """So that nothing stays of what was only looked at."""


def _run(world: World, capture: Capture, path: str, what: Callable[[Session], object]) -> Done:
    def undone(session: Session) -> None:
        what(session)
        session.flush()
        raise _Undone

    began = clock.monotonic()
    with capture.of(path), contextlib.suppress(_Undone):
        world.db.write_now(undone)
    return Done(path, capture.count, clock.monotonic() - began)


async def _nothing(_plan: object) -> None:
    return None
