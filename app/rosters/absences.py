"""Being away: leave, exams, placement, a pause, training that has lapsed. It counts at once and needs no approval."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Collection
from typing import Any, get_args

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.audit import trail
from app.core import clock
from app.core.pagination import PageRequest
from app.core.preconditions import Version
from app.core.problems import Conflict, Forbidden, InvalidRequest, NotFound
from app.events import outbox
from app.events.duty import AbsenceChanged as AbsenceEvent
from app.identity.actors import Actor, people_with
from app.models import Absence, Pause, Roster, School
from app.rosters import drafts, duty, gaps, records
from app.rosters import service as rosters
from app.rosters.definition import Absence as Absent
from app.rosters.shift_schemas import (
    AbsenceCreate,
    AbsenceCreated,
    AbsenceOut,
    AbsencePage,
    AbsenceUpdate,
    OwnAbsence,
    RosterChange,
)
from app.vocabulary import AbsenceKind, Role, RosterLine
from app.work import queue

OWN_KINDS = frozenset(get_args(OwnAbsence))
# Of an absence that somebody has said. What follows when it begins: app/paging/departed.py.
BEGINS = "absences.begins"
# Of a person: a pause of theirs was made, changed, begins or ends. What follows from it: app/programme/pausing.py.
PAUSE_CHANGED = "absences.pause_changed"
# Of an absence that was a pause, and is over for so long: that it was one is forgotten (programme/pauses_forgotten.py).
FORGET_PAUSE = "absences.forget_pause"
PAUSE_KEPT = dt.timedelta(days=28)


class AbsenceOver(Conflict):
    code, status, title = "absence_over", 409, "This is over, and the past is a record"


class AbsenceFollowsARule(Conflict):
    code, status, title = "absence_follows_a_rule", 409, "This ends when what it follows from is put right"
    default_detail = "It follows from what the line asks of its people, such as training: nobody ends it by hand."


def visible_absences(actor: Actor) -> Any:
    """One's own. A coordinator sees those of others that go on or are to come, and none that is over, of whatever kind:
    a pause that was called leave later, or that is missing beside leave, could be counted."""
    actor.require(*rosters.READERS)
    statement = select(Absence).where(Absence.school_id == actor.require_school(), col(Absence.removed_at).is_(None))
    own = col(Absence.person_id) == actor.person_id
    if not actor.has(Role.COORDINATOR):
        return statement.where(own)
    return statement.where(sa.or_(own, col(Absence.ends_at).is_(None), col(Absence.ends_at) > clock.now()))


def create(session: Session, actor: Actor, body: AbsenceCreate) -> AbsenceCreated:
    """Be away; the answer says which shifts nobody has now.

    Raises Forbidden for what only a coordinator may say, InvalidRequest for the past.
    """
    now = clock.now()
    person_id = body.person or actor.person_id
    if person_id != actor.person_id or body.kind not in OWN_KINDS:
        actor.require(Role.COORDINATOR)
        rosters.refuse_strangers(session, actor.require_school(), {str(person_id)}, pointer="#/person")
    refuse_past(body.start, now=now)
    row = Absence(
        school_id=actor.require_school(),
        person_id=person_id,
        kind=body.kind,
        starts_at=body.start,
        ends_at=body.end,
        created_at=now,
    )
    changes = _begin(session, row, by=actor.person_id, now=now)
    queue.enqueue(session, BEGINS, row.id, due_at=max(row.starts_at, now), now=now)
    return AbsenceCreated(**out(row).model_dump(), changes=changes)


def pause(
    session: Session,
    *,
    school_id: uuid.UUID,
    person_id: uuid.UUID,
    by: uuid.UUID,
    start: dt.datetime,
    end: dt.datetime | None,
    now: dt.datetime,
) -> tuple[Absence, list[RosterChange]]:
    """Be on no roster from `start` on, a whole minute: without approval or reason (STUDY D10). What else a pause does
    is app/programme/pausing.py. The caller has seen that there is none then."""
    row = Absence(
        school_id=school_id,
        person_id=person_id,
        kind=AbsenceKind.PAUSED,
        starts_at=start,
        ends_at=end,
        created_at=now,
    )
    return row, _begin(session, row, by=by, now=now)


def lengthen_pause(
    session: Session, row: Absence, *, end: dt.datetime | None, by: uuid.UUID, now: dt.datetime
) -> list[RosterChange]:
    """Have one that has not ended go on beyond its end, and say what is released by that."""
    locked = _rosters_of(session, row.school_id)
    session.refresh(row)
    # What is added alone: it is no row of its own.
    more = Absence(
        school_id=row.school_id,
        person_id=row.person_id,
        kind=row.kind,
        starts_at=row.ends_at or row.starts_at,
        ends_at=end,
        created_at=now,
    )
    changes = _changes(session, locked, more, now=now)
    row.ends_at = end
    row.version += 1
    session.add(row)
    session.flush()
    touched = {change.roster_id for change in changes}
    _done(session, row, "changed", [each for each in locked if each.id in touched], by=by, now=now)
    return changes


def refuse_past(start: dt.datetime, *, now: dt.datetime) -> None:
    """Raises InvalidRequest."""
    if start < rosters.minute_of(now):
        raise _past("#/start")


def end_pause(session: Session, row: Absence, *, by: uuid.UUID, now: dt.datetime) -> None:
    """Be back from this minute on, or not away at all where it has not begun. One that is over stays as it is."""
    locked = _recorded(session, row, now=now)
    session.refresh(row)
    if row.removed_at is None and (row.ends_at is None or row.ends_at > rosters.minute_of(now)):
        _end(session, row, by=by, touched=locked, now=now)


def paused(session: Session, people: Collection[uuid.UUID], *, now: dt.datetime) -> set[uuid.UUID]:
    """Those of `people` who are paused now."""
    statement = select(Absence.person_id).where(
        col(Absence.person_id).in_(people),
        Absence.kind == AbsenceKind.PAUSED,
        col(Absence.starts_at) <= now,
        sa.or_(col(Absence.ends_at).is_(None), col(Absence.ends_at) > now),
        col(Absence.removed_at).is_(None),
    )
    return set(session.exec(statement))


def follow_rule(
    session: Session,
    *,
    school_id: uuid.UUID,
    person_id: uuid.UUID,
    kind: AbsenceKind,
    line: RosterLine,
    start: dt.datetime | None,
    now: dt.datetime,
) -> None:
    """Have somebody away from a line from `start` on, until further notice; None: not at all. Safe to repeat.

    Without an actor: it follows from a rule. What has been stays a fact: one that has begun ends this minute, one that
    lies ahead is moved or called off. `start` is a whole minute; one in the past counts from this minute on.
    """
    minute = rosters.minute_of(now)
    wanted = None if start is None else max(start, minute)
    open_rows = select(Absence).where(
        Absence.person_id == person_id,
        Absence.kind == kind,
        Absence.line == line,
        col(Absence.ends_at).is_(None),
        col(Absence.removed_at).is_(None),
    )
    row = session.exec(open_rows.with_for_update()).one_or_none()
    if row is not None and wanted is not None and (row.starts_at == wanted or row.starts_at <= minute == wanted):
        return
    if row is not None:
        what = "ended" if wanted is None or row.starts_at < minute else "changed"
        locked = _recorded(session, row, now=now)
        if row.starts_at < minute:
            row.ends_at = minute
        elif wanted is None:
            row.removed_at = now
        else:
            row.starts_at, wanted = wanted, None
        row.version += 1
        session.add(row)
        session.flush()
        _done(session, row, what, locked, by=None, now=now)
    if wanted is None:
        return
    row = Absence(
        school_id=school_id,
        person_id=person_id,
        kind=kind,
        line=line,
        starts_at=wanted,
        ends_at=None,
        created_at=now,
    )
    session.add(row)
    session.flush()
    _done(session, row, "started", _recorded(session, row, now=now), by=None, now=now)


def update(
    session: Session, actor: Actor, absence_id: uuid.UUID, body: AbsenceUpdate, *, version: Version
) -> AbsenceOut:
    """Be back sooner or later. Raises AbsenceOver, InvalidRequest for an end in the past, PreconditionFailed."""
    now = clock.now()
    minute = rosters.minute_of(now)
    row = _changeable(session, actor, absence_id, version=version)
    if "end" not in body.model_fields_set:
        return out(row)
    if body.end is not None and body.end <= row.starts_at:
        detail = "The end must come after the start"
        raise InvalidRequest(errors=[{"pointer": "#/end", "code": "end_not_after_start", "detail": detail}])
    if body.end is not None and body.end < minute:
        raise _past("#/end")
    locked = _recorded(session, row, now=now)
    if row.ends_at is not None and row.ends_at <= minute:
        raise AbsenceOver
    row.ends_at = body.end
    row.version += 1
    session.add(row)
    session.flush()
    _done(session, row, "changed", locked, by=actor.person_id, now=now)
    return out(row)


def remove(session: Session, actor: Actor, absence_id: uuid.UUID, *, version: Version) -> None:
    """Be back now; one that has not begun is called off. Raises AbsenceOver."""
    now = clock.now()
    minute = rosters.minute_of(now)
    row = _changeable(session, actor, absence_id, version=version)
    locked = _recorded(session, row, now=now)
    if row.ends_at is not None and row.ends_at <= minute:
        raise AbsenceOver
    _end(session, row, by=actor.person_id, touched=locked, now=now)


def page(session: Session, actor: Actor, request: PageRequest) -> AbsencePage:
    statement = request.slice(visible_absences(actor), at=col(Absence.created_at), row_id=col(Absence.id))
    rows, cursor = request.page(list(session.exec(statement)), place=lambda row: (row.created_at, row.id))
    return AbsencePage(items=[out(row) for row in rows], next_cursor=cursor)


def get(session: Session, actor: Actor, absence_id: uuid.UUID) -> AbsenceOut:
    return out(_find(session, actor, absence_id))


def out(row: Absence) -> AbsenceOut:
    return AbsenceOut(
        id=row.id,
        person=row.person_id,
        kind=row.kind,
        start=row.starts_at,
        end=row.ends_at,
        version=row.version,
        created_at=row.created_at,
    )


def _end(session: Session, row: Absence, *, by: uuid.UUID, touched: list[Roster], now: dt.datetime) -> None:
    minute = rosters.minute_of(now)
    if row.starts_at < minute:
        row.ends_at = minute
    else:
        row.removed_at = now
    row.version += 1
    session.add(row)
    session.flush()
    _done(session, row, "ended", touched, by=by, now=now)


def _begin(session: Session, row: Absence, *, by: uuid.UUID, now: dt.datetime) -> list[RosterChange]:
    locked = _rosters_of(session, row.school_id)
    changes = _changes(session, locked, row, now=now)
    session.add(row)
    session.flush()
    touched = {change.roster_id for change in changes}
    _done(session, row, "started", [each for each in locked if each.id in touched], by=by, now=now)
    return changes


def _changes(session: Session, locked: list[Roster], row: Absence, *, now: dt.datetime) -> list[RosterChange]:
    """What it changes, on the rosters where it changes something; their past is written down first."""
    absent = Absent(str(row.person_id), row.starts_at, row.ends_at, row.kind)
    found = []
    for roster in locked:
        records.record(session, roster, until=rosters.minute_of(now))
        draft = drafts.draft_of(session, roster, now=now)
        after = dataclasses.replace(draft.before, absences=(*draft.before.absences, absent))
        change = drafts.change_of(session, draft, after)
        if change.shifts or change.gaps_opened or change.gaps_closed:
            found.append(RosterChange(roster_id=roster.id, change=change))
    return found


def _rosters_of(session: Session, school_id: uuid.UUID) -> list[Roster]:
    """All rosters of a school, locked in one order, whoever asks."""
    statement = select(Roster).where(Roster.school_id == school_id).order_by(col(Roster.id)).with_for_update()
    return list(session.exec(statement))


def _recorded(session: Session, row: Absence, *, now: dt.datetime) -> list[Roster]:
    """The rosters that name the person, locked, with their past written down."""
    minute = rosters.minute_of(now)
    locked = []
    for roster in _rosters_of(session, row.school_id):
        records.record(session, roster, until=minute)
        definition = duty.definition_of(session, duty.of(roster), start=minute, end=minute + gaps.HORIZON)
        if str(row.person_id) in duty.named_in(definition):
            locked.append(roster)
    return locked


def _done(
    session: Session, row: Absence, what: str, touched: list[Roster], *, by: uuid.UUID | None, now: dt.datetime
) -> None:
    """`by` None: a rule of the product. Nobody is then told of what changes no roster."""
    for roster in touched:
        roster.version += 1
        roster.updated_at = now
        session.add(roster)
        session.flush()
        gaps.reconcile(session, roster, now=now)
    trail.record(
        session,
        action=f"absence.{what}",
        school_id=row.school_id,
        person_id=by,
        subject=row.id,
        now=now,
    )
    if row.kind is AbsenceKind.PAUSED:
        _come_again(session, row, now=now)
    if by is None and not touched:
        return
    school = session.get_one(School, row.school_id)
    coordinators = set(people_with(session, school.id, Role.COORDINATOR)) - {by}
    data = AbsenceEvent(school=school.slug, absence_id=row.id)
    outbox.emit(session, "absence.changed", data, school_id=school.id, now=now, tell=coordinators, only_people=True)


def _come_again(session: Session, row: Absence, *, now: dt.datetime) -> None:
    """At once, for what came in while this was done; and when it begins and ends."""
    ends = now if row.removed_at is not None else row.ends_at
    for due in {now, max(row.starts_at, now), max(ends or now, now)}:
        queue.enqueue(session, PAUSE_CHANGED, row.person_id, due_at=due, now=now)
    if ends is not None:
        queue.enqueue(session, FORGET_PAUSE, row.id, due_at=ends + PAUSE_KEPT, now=now)


def _changeable(session: Session, actor: Actor, absence_id: uuid.UUID, *, version: Version) -> Absence:
    """One that the actor may change: their own kinds of their own, or any as a coordinator. A pause that somebody has
    made of themselves is theirs alone, and one that the programme asked for is a coordinator's."""
    row = _find(session, actor, absence_id, lock=True)
    made = session.exec(select(Pause).where(Pause.absence_id == row.id)).one_or_none()
    if made is not None and made.asked_by is None:
        if row.person_id != actor.person_id:
            raise Forbidden("A pause is ended by whoever made it.")
    elif not actor.has(Role.COORDINATOR) and row.kind not in OWN_KINDS:
        raise Forbidden("A coordinator ends this one.")
    elif made is not None and row.person_id == actor.person_id:
        raise Forbidden("The programme has asked for this pause: somebody else ends it.")
    version.check(out(row))
    if row.line is not None:
        raise AbsenceFollowsARule
    return row


def _find(session: Session, actor: Actor, absence_id: uuid.UUID, *, lock: bool = False) -> Absence:
    statement = visible_absences(actor).where(Absence.id == absence_id)
    row: Absence | None = session.exec(statement.with_for_update() if lock else statement).one_or_none()
    if row is None:
        raise NotFound
    return row


def _past(pointer: str) -> InvalidRequest:
    detail = "The past is a record: being away begins and ends in this minute or later."
    return InvalidRequest(errors=[{"pointer": pointer, "code": "in_the_past", "detail": detail}])
