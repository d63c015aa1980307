"""Expressions of interest: sent without an account, taken back with a code, read by coordinators (STUDY I01, P06).

Nobody is enrolled by one. At a school without a programme it is a suggestion to begin one (STUDY B13).
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlmodel import Session, col, func, select

from app.core import clock
from app.core.clock import hour_of
from app.core.pagination import PageRequest
from app.core.problems import NotFound, Problem
from app.core.receipts import new_receipt, normal_form
from app.idempotency import service as idempotency
from app.identity.actors import Actor
from app.models import Interest, School
from app.programme.interest_schemas import (
    InterestCreate,
    InterestCreated,
    InterestOut,
    InterestPage,
    InterestTakenBack,
    InterestWords,
)
from app.schools import service as schools
from app.supporters import selection_telling
from app.supporters.selection_texts import load_texts
from app.vault import columns
from app.vault import service as vault
from app.vocabulary import Role
from app.vocabulary.selection import InterestState
from app.work import queue

FORGET = "interests.forget"
KEPT_FOR = dt.timedelta(days=180)
# Long enough to write, and to write once more.
KEPT_ONCE_INVITED = dt.timedelta(days=28)
# Of one school, that nobody has answered.
MOST_WAITING = 200
DAY_SECONDS = 86_400


class InterestsWait(Problem):
    """Full, and said so at once: whoever wrote still has their words, and can come back."""

    code, status, title = "too_many_interests", 503, "More people wait than a coordinator can write to"
    default_detail = "Nothing was stored. Please keep your words and come back in some days."

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": str(DAY_SECONDS)})


def receive(session: Session, slug: str, body: InterestCreate, *, now: dt.datetime) -> InterestCreated:
    """Raises SchoolNotFound, SchoolNotActive, InterestsWait."""
    school = schools.find(session, slug)
    schools.require_active(school)
    waiting = select(func.count()).select_from(Interest)
    mine = waiting.where(Interest.school_id == school.id, col(Interest.state) == InterestState.WAITING)
    # Counted without a lock: of those that come in one moment a few more than this get in, and none is lost.
    if session.exec(mine).one() >= MOST_WAITING:
        raise InterestsWait
    code = new_receipt()
    row = Interest(
        school_id=school.id,
        code_hash=code_hash(session, code),
        state=InterestState.WAITING,
        words_sealed=b"",
        received_hour=hour_of(now),
    )
    words = InterestWords(contact=body.contact, note=body.note)
    columns.INTEREST.seal(session, row, words.model_dump_json(), school_id=school.id)
    session.add(row)
    session.flush()
    forget_later(session, row, now=now)
    selection_telling.waits(session, school.id, "interest", now=now)
    texts = load_texts().interest
    said = texts.thanks if schools.has_programme(school) else texts.thanks_without_programme
    return InterestCreated(interest_code=code, what_happens_next=list(said))


def take_back(session: Session, code: str) -> InterestTakenBack:
    """Erased at once, whatever was done with it. Raises NotFound, the same for a wrong code and for
    one that is gone."""
    idempotency.end_replay(session, replay_end_hash(session, code))
    statement = select(Interest).where(Interest.code_hash == code_hash(session, code)).with_for_update()
    row = session.exec(statement).one_or_none()
    if row is None:
        raise NotFound
    erase(session, row)
    return InterestTakenBack(what_happened=list(load_texts().interest.taken_back))


def page(session: Session, actor: Actor, request: PageRequest) -> InterestPage:
    """By the hour in which they came; within an hour in no order of time."""
    statement = request.slice(_visible(actor), at=col(Interest.received_hour), row_id=col(Interest.id))
    rows, cursor = request.page(list(session.exec(statement)), place=lambda row: (row.received_hour, row.id))
    return InterestPage(items=[_out(session, row) for row in rows], next_cursor=cursor)


def invite(session: Session, actor: Actor, interest_id: uuid.UUID) -> InterestOut:
    """Somebody has written to them. Safe to repeat. Raises NotFound."""
    row, now = _find(session, actor, interest_id), clock.now()
    if row.state is InterestState.WAITING:
        row.state, row.invited_by, row.invited_hour = InterestState.INVITED, actor.person_id, hour_of(now)
        session.add(row)
        session.flush()
        forget_later(session, row, now=now)
    return _out(session, row)


def close(session: Session, actor: Actor, interest_id: uuid.UUID) -> None:
    """Erased at once; no reason is asked. Raises NotFound."""
    erase(session, _find(session, actor, interest_id))


def kept_until(row: Interest) -> dt.datetime:
    if row.invited_hour is not None:
        return row.invited_hour + KEPT_ONCE_INVITED
    return row.received_hour + KEPT_FOR


def forget_later(session: Session, row: Interest, *, now: dt.datetime) -> None:
    until = kept_until(row)
    queue.enqueue(session, FORGET, row.id, due_at=until, now=now, key=f"{FORGET}/{row.id}/{until.date()}")


def erase(session: Session, row: Interest) -> None:
    """All of one that the caller has locked."""
    queue.cancel(session, kind=FORGET, subject=row.id)
    session.delete(row)
    session.flush()


def code_hash(session: Session, code: str) -> bytes:
    """What is kept of a code. A use of its own: no code is a receipt, and none can be told to belong to one."""
    return vault.lookup_hash(session, normal_form(code), use="interest")


def replay_end_hash(session: Session, code: str) -> bytes:
    """What ends the replay of the answer that showed a code."""
    return vault.lookup_hash(session, normal_form(code), use="interest replay")


def key_hash(session: Session, path: str, key: str) -> bytes:
    return vault.lookup_hash(session, f"{path}|{key.lower()}", use="idempotency")


def _visible(actor: Actor) -> Any:
    actor.require(Role.COORDINATOR)
    return select(Interest).where(Interest.school_id == actor.require_school())


def _find(session: Session, actor: Actor, interest_id: uuid.UUID) -> Interest:
    row: Interest | None = session.exec(
        _visible(actor).where(Interest.id == interest_id).with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFound
    return row


def _out(session: Session, row: Interest) -> InterestOut:
    words = InterestWords.model_validate_json(columns.INTEREST.unseal(session, row, school_id=row.school_id))
    return InterestOut(
        id=row.id,
        state=row.state,
        contact=words.contact,
        note=words.note,
        received_hour=row.received_hour,
        kept_until=schools.today(session.get_one(School, row.school_id), now=kept_until(row)),
    )
