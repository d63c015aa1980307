"""A pause takes effect when it is asked for: nobody approves it, and nobody who is in touch with somebody is missed.

Somebody pauses by an absence, which rosters read, and by a row beside it that says whose wish it was. From then on no
shift and no contact is theirs; what they had open is somebody's else (app/reports/letting_go.py), and a page that waits
for them goes on to the next (app/paging/departed.py). There is one way to pause, whoever asks for it where. Reports are
locked before rosters, and those before escalations.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlmodel import Session

from app.core import clock
from app.core.problems import Conflict, Forbidden, InvalidRequest
from app.identity.actors import Actor
from app.models import Pause, School
from app.paging import departed
from app.programme import pauses
from app.programme.pauses import Found
from app.programme.pausing_schemas import (
    HandedOn,
    PauseCreate,
    PauseMade,
    PauseOut,
    ProgrammePause,
    ResumeCreate,
    ResumeOut,
)
from app.reports import letting_go
from app.rosters import absences
from app.rosters import service as rosters
from app.rosters.shift_schemas import RosterChange
from app.schools import service as schools
from app.supporters import service as supporters
from app.supporters.endings import NotInProgramme
from app.vault import columns
from app.vocabulary import Role
from app.vocabulary.supporters import OF_THE_PROGRAMME, PauseReason
from app.work.queue import Item

# After so long somebody who paused until further notice is asked how it is.
REVIEW_AFTER = dt.timedelta(days=14)
# Later than any end that is said.
FOREVER = dt.datetime.max.replace(tzinfo=dt.UTC)


class PauseGoesOn(Conflict):
    code, status, title = "pause_goes_on", 409, "The programme has asked for a pause already"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is paused, and by whose wish: `asked_by` null is one's own."""

    school_id: uuid.UUID
    person_id: uuid.UUID
    asked_by: uuid.UUID | None
    start: dt.datetime
    until: dt.datetime | None
    reason: PauseReason | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """A pause, and what it did. Of one that was there already `released` is what it is longer by."""

    pause: Pause
    contacts: Sequence[HandedOn]
    released: Sequence[RosterChange]


def pause(session: Session, actor: Actor, body: PauseCreate) -> PauseMade:
    """One's own; whoever is paused already, for longer. Raises InvalidRequest for the past."""
    now = clock.now()
    minute = rosters.minute_of(now)
    start = body.start or minute
    for pointer, instant in (("#/from", body.start), ("#/until", body.until)):
        if instant is not None and instant < minute:
            raise _past(pointer)
    if body.until is not None and body.until <= start:
        raise _past("#/until")
    wish = Wish(
        school_id=actor.require_school(),
        person_id=actor.person_id,
        asked_by=None,
        start=start,
        until=body.until,
        reason=body.reason if body.share_reason else None,
    )
    done = begin(session, wish, now=now)
    return pauses.made(session, done.pause, done.contacts, done.released, now=now)


def pause_for_programme(session: Session, actor: Actor, supporter_id: uuid.UUID, body: ProgrammePause) -> PauseOut:
    """A coordinator has spoken with a supporter: the same pause, with what was said, and somebody else to appeal to.

    Raises Forbidden for oneself, NotFound, NotInProgramme, PauseGoesOn, InvalidRequest.
    """
    actor.require(Role.COORDINATOR)
    row = supporters.find(session, actor, supporter_id)
    if row.person_id == actor.person_id:
        raise Forbidden("Your own pause is yours: POST /v1/supporters/me/pauses.")
    if row.status not in OF_THE_PROGRAMME:
        raise NotInProgramme
    now = clock.now()
    if any(each.pause.asked_by is not None for each in pauses.open_of(session, row.person_id, now=now)):
        raise PauseGoesOn
    minute = rosters.minute_of(now)
    if body.until is not None and body.until <= minute:
        raise _past("#/until")
    wish = Wish(
        school_id=row.school_id,
        person_id=row.person_id,
        asked_by=actor.person_id,
        start=minute,
        until=body.until,
        reason=PauseReason.PROGRAM_ASKED,
    )
    done = begin(session, wish, now=now)
    columns.PAUSE_NOTE.seal(session, done.pause, body.note, school_id=row.school_id)
    session.add(done.pause)
    session.flush()
    pauses.tell(session, done.pause, {row.person_id}, now=now)
    return pauses.shown(session, done.pause, now=now)


def pause_now(session: Session, actor: Actor) -> Done:
    """One's own, from this minute on and until further notice."""
    now = clock.now()
    wish = Wish(actor.require_school(), actor.person_id, asked_by=None, start=rosters.minute_of(now), until=None)
    return begin(session, wish, now=now)


def resume(session: Session, actor: Actor, body: ResumeCreate) -> ResumeOut:
    """End one's own pause that goes on. Without one nothing changes. One that the programme has asked for stays, and so
    does one that is to begin: whoever is back from a night off has not called off their exams."""
    now = clock.now()
    held = letting_go.hold(session, actor.person_id)
    supporters.own(session, actor, lock=True)
    for found in pauses.open_of(session, actor.person_id, now=now):
        if found.pause.asked_by is None and found.absence.starts_at <= now:
            absences.end_pause(session, found.absence, by=actor.person_id, now=now)
    if not absences.paused(session, [actor.person_id], now=now):
        letting_go.keep_on(session, actor.person_id, held, now=now)
    return pauses.resumed(session, actor, body, now=now)


def begin(session: Session, wish: Wish, *, now: dt.datetime) -> Done:
    """Safe to repeat. Afterwards they are paused for all of the time that is wished, and for all that they were: one
    that goes on becomes longer, what touches becomes one, and what is apart stays apart."""
    held = letting_go.hold(session, wish.person_id)
    supporters.of_person(session, wish.person_id, lock=True)
    known = [
        each
        for each in pauses.open_of(session, wish.person_id, now=now)
        if (each.pause.asked_by is None) == (wish.asked_by is None)
    ]
    begins = max(wish.start, now)
    going_on = next((each for each in known if each.absence.starts_at <= begins <= _end_of(each.absence.ends_at)), None)
    until = _end_of(wish.until if going_on is None else _later(wish.until, going_on.absence.ends_at))
    for each in known:
        if each is not going_on and begins < each.absence.starts_at <= until:
            until = max(until, _end_of(each.absence.ends_at))
            absences.end_pause(session, each.absence, by=wish.person_id, now=now)
    row, released = _put(session, wish, going_on, until=None if until == FOREVER else until, now=now)
    contacts: list[HandedOn] = []
    if wish.start <= now:
        contacts = _take_effect(session, wish.person_id, held, now=now)
    return Done(row, contacts, released)


def _put(
    session: Session, wish: Wish, going_on: Found | None, *, until: dt.datetime | None, now: dt.datetime
) -> tuple[Pause, Sequence[RosterChange]]:
    """The pause that goes on then, made longer where that is wished; or a new one."""
    if going_on is None:
        return _write(session, replace(wish, until=until), now=now)
    row, absence = going_on
    if absence.ends_at == until:
        return row, ()
    by = wish.asked_by or wish.person_id
    released = absences.lengthen_pause(session, absence, end=until, by=by, now=now)
    row.reason = wish.reason or row.reason
    row.review_on = _review_on(session, row.school_id, max(wish.start, now), until)
    session.add(row)
    session.flush()
    return row, released


def _end_of(until: dt.datetime | None) -> dt.datetime:
    return FOREVER if until is None else until


def _later(one: dt.datetime | None, other: dt.datetime | None) -> dt.datetime | None:
    return None if one is None or other is None else max(one, other)


def changed(session: Session, item: Item, now: dt.datetime) -> None:
    """A pause has begun, is over, or something came in while it began. Safe to repeat."""
    held = letting_go.hold(session, item.subject)
    if absences.paused(session, [item.subject], now=now):
        _take_effect(session, item.subject, held, now=now)
    else:
        letting_go.keep_on(session, item.subject, held, now=now)


def _write(session: Session, wish: Wish, *, now: dt.datetime) -> tuple[Pause, list[RosterChange]]:
    absence, released = absences.pause(
        session,
        school_id=wish.school_id,
        person_id=wish.person_id,
        by=wish.asked_by or wish.person_id,
        start=wish.start,
        end=wish.until,
        now=now,
    )
    row = Pause(
        school_id=wish.school_id,
        person_id=wish.person_id,
        absence_id=absence.id,
        asked_by=wish.asked_by,
        reason=wish.reason,
        review_on=_review_on(session, wish.school_id, wish.start, wish.until),
    )
    session.add(row)
    session.flush()
    return row, released


def _review_on(session: Session, school_id: uuid.UUID, start: dt.datetime, until: dt.datetime | None) -> dt.date:
    review = start + REVIEW_AFTER if until is None else min(until, start + REVIEW_AFTER)
    return review.astimezone(schools.zone_of(session.get_one(School, school_id))).date()


def _take_effect(session: Session, person_id: uuid.UUID, held: letting_go.Held, *, now: dt.datetime) -> list[HandedOn]:
    let_go = letting_go.let_go(session, person_id, held, now=now)
    departed.hand_on(session, person_id, now=now)
    return [HandedOn(contact=each.contact.id, looked_after=each.how) for each in let_go]


def _past(pointer: str) -> InvalidRequest:
    detail = "A pause begins in this minute or later, and ends after that."
    return InvalidRequest(errors=[{"pointer": pointer, "code": "in_the_past", "detail": detail}])
