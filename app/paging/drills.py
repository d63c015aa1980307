"""Drills: a test page for everybody who may be needed in the week to come, through the very machinery of real ones.

Most shifts are silent (domain, 2.2): without them a dead pager is noticed on the night it is needed. What no endpoint
takes makes the endpoint `failing`, which shows as a gap where its owner is on duty (rosters/gaps.py).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col, select

from app.core import clock
from app.core.ids import new_opaque_id
from app.core.pagination import PageRequest
from app.core.problems import Conflict, NotFound
from app.events import outbox
from app.events.pages import DrillFinished
from app.guidance.signs import Priority
from app.identity.actors import Actor, people_with
from app.models import Drill, DrillPage, Escalation, Page, Person, Roster, School
from app.paging import service
from app.paging.drill_schemas import DrillAnswer, DrillOut, DrillPageOut, DrillPerson, DrillSummary
from app.rosters import absences, duty
from app.rosters.definition import Window
from app.rosters.rendering import render
from app.schools import service as schools
from app.schools.policies import PagingPolicy, Step
from app.vocabulary import EscalationState, Level, PageState, Role, RosterLine, SubjectKind
from app.work import queue
from app.work.queue import Item

WEEKLY = "drills.weekly"
BEGIN = "drills.begin"
END = "drills.end"
READERS = (Role.COORDINATOR, Role.SPONSOR)
# Whose people are paged; peer supporters are asked in other ways.
LINES = frozenset(RosterLine) - {RosterLine.PEER_SUPPORT}
ASKED_LAST = {Role.COORDINATOR: Level.COORDINATOR, Role.INDEPENDENT_HANDLER: Level.BACKUP}
AHEAD = dt.timedelta(days=7)
# Long enough for a lecture or a theatre list: a drill is about whether it arrives, not about speed.
TO_ANSWER = dt.timedelta(hours=2)
# Tuesday, in the school's morning: never at night, never on the day after a weekend away.
WEEKDAY, FROM_HOUR, BEFORE_HOUR = 1, 10, 15
ONCE_IN = dt.timedelta(days=6)


class DrillRunning(Conflict):
    code, status, title = "drill_running", 409, "A drill is running"
    default_detail = "Its pages can still be answered. Start another when it has ended."


class NobodyToDrill(Conflict):
    code, status, title = "nobody_to_drill", 409, "Nobody is on a roster in the next seven days"


def start(session: Session, actor: Actor) -> DrillOut:
    """A drill now. Raises DrillRunning, NobodyToDrill."""
    actor.require(Role.COORDINATOR)
    # Locked, so that of two who start one at once the second finds it running.
    school = session.exec(select(School).where(School.id == actor.require_school()).with_for_update()).one()
    now = clock.now()
    running = session.exec(select(Drill.id).where(Drill.school_id == school.id, col(Drill.ends_at) > now)).first()
    if running is not None:
        raise DrillRunning
    drill = _begin(session, school, person_id=actor.person_id, now=now)
    if drill is None:
        raise NobodyToDrill
    return _out(session, drill)


def page(session: Session, actor: Actor, request: PageRequest) -> DrillPageOut:
    statement = request.slice(_visible(actor), at=col(Drill.started_at), row_id=col(Drill.id), newest_first=True)
    rows, cursor = request.page(list(session.exec(statement)), place=lambda row: (row.started_at, row.id))
    items = [_summary(row, _people(session, row)) for row in rows]
    return DrillPageOut(items=items, next_cursor=cursor)


def get(session: Session, actor: Actor, drill_id: uuid.UUID) -> DrillOut:
    drill: Drill | None = session.exec(_visible(actor).where(Drill.id == drill_id)).one_or_none()
    if drill is None:
        raise NotFound
    return _out(session, drill)


def weekly(session: Session, item: Item, now: dt.datetime) -> None:
    """Start those that are due, and come again in an hour. A school that wants none has said so in its policies."""
    due = defaultdict[dt.date, list[uuid.UUID]](list)
    for school in session.exec(select(School)):
        local = now.astimezone(schools.zone_of(school))
        in_time = local.weekday() == WEEKDAY and FROM_HOUR <= local.hour < BEFORE_HOUR
        if in_time and schools.policies_of(school).weekly_drill:
            # Each in a transaction of its own: what goes wrong in one school keeps no other from its drill.
            due[local.date()].append(school.id)
    for day, ids in due.items():
        queue.enqueue_for_each(session, BEGIN, ids, now=now, once=day)
    queue.enqueue(session, WEEKLY, item.subject, due_at=now + dt.timedelta(hours=1), now=now, key=WEEKLY)


def begin(session: Session, item: Item, now: dt.datetime) -> None:
    """The weekly drill of a school, unless there was one lately."""
    school = session.exec(select(School).where(School.id == item.subject).with_for_update()).one()
    lately = select(Drill.id).where(Drill.school_id == school.id, col(Drill.started_at) > now - ONCE_IN)
    if session.exec(lately.limit(1)).first() is None:
        _begin(session, school, person_id=None, now=now)


def end(session: Session, item: Item, now: dt.datetime) -> None:
    """Tell what came of it: to coordinators and the school's endpoints, in numbers."""
    drill = session.get(Drill, item.subject, with_for_update=True)
    if drill is None or drill.told:
        return
    drill.told = True
    session.add(drill)
    school, summary = session.get_one(School, drill.school_id), _summary(drill, _people(session, drill))
    data = DrillFinished(
        school=school.slug,
        drill_id=drill.id,
        asked=summary.asked,
        answered=summary.answered,
        unreached=summary.unreached,
    )
    who = people_with(session, school.id, Role.COORDINATOR)
    outbox.emit(session, "drill.finished", data, school_id=school.id, now=now, tell=who)


def _begin(session: Session, school: School, *, person_id: uuid.UUID | None, now: dt.datetime) -> Drill | None:
    people = _needed(session, school, now=now)
    if not people:
        return None
    drill = Drill(school_id=school.id, person_id=person_id, started_at=now, ends_at=now + TO_ANSWER)
    session.add(drill)
    session.flush()
    for person, (line, level) in sorted(people.items()):
        row = DrillPage(drill_id=drill.id, person_id=person, line=line, level=level)
        session.add(row)
        session.flush()
        step = Step(level=level, target="person", person=person, drill=True, ack_seconds=int(TO_ANSWER.total_seconds()))
        escalation = Escalation(
            id=new_opaque_id(),
            school_id=school.id,
            subject_kind=SubjectKind.DRILL,
            subject_id=row.id,
            line=line or RosterLine.CLINICAL_ADVICE,
            priority=Priority.TODAY,
            policy=PagingPolicy(steps=[step]).model_dump(mode="json"),
            excluded=[],
            # Between the service and each pager: no copies for the school's endpoints.
            discreet=True,
            state=EscalationState.OPEN,
            started_at=now,
        )
        session.add(escalation)
        session.flush()
        service.move(session, escalation, now=now)
    queue.enqueue(session, END, drill.id, due_at=drill.ends_at + dt.timedelta(minutes=1), now=now)
    return drill


def _needed(session: Session, school: School, *, now: dt.datetime) -> dict[uuid.UUID, tuple[RosterLine | None, Level]]:
    """Everybody who is on duty in the week to come, once, and those who are asked last by the standard policies; but
    for whoever is paused, who is asked nothing."""
    window = Window(now.replace(second=0, microsecond=0), now.replace(second=0, microsecond=0) + AHEAD)
    found: dict[uuid.UUID, tuple[RosterLine | None, Level]] = {}
    statement = select(Roster).where(Roster.school_id == school.id, col(Roster.line).in_(LINES))
    for roster in session.exec(statement.order_by(col(Roster.level).desc(), col(Roster.id))):
        definition = duty.definition_of(session, duty.of(roster), start=window.start, end=window.end)
        for segment in render(definition, window).segments:
            for person in segment.on_call:
                found.setdefault(uuid.UUID(person), (roster.line, roster.level))
    if found:
        for role, level in ASKED_LAST.items():
            for last in people_with(session, school.id, role):
                found.setdefault(last, (None, level))
    paused = absences.paused(session, found, now=now)
    return {person: asked for person, asked in found.items() if person not in paused}


def _visible(actor: Actor) -> Any:
    actor.require(*READERS)
    return select(Drill).where(Drill.school_id == actor.require_school())


def _people(session: Session, drill: Drill) -> list[DrillPerson]:
    statement = (
        select(DrillPage, Page, Person.alias)
        .join(Escalation, col(Escalation.subject_id) == col(DrillPage.id))
        .join(Page, col(Page.escalation_id) == col(Escalation.id), isouter=True)
        .join(Person, col(Person.id) == col(DrillPage.person_id))
        .where(DrillPage.drill_id == drill.id, Escalation.subject_kind == SubjectKind.DRILL)
    )
    found = [
        DrillPerson(
            person=row.person_id,
            alias=alias,
            line=row.line,
            level=row.level,
            answer=(answer := _answer(page)),
            seconds_to_deliver=_seconds(page, page.delivered_at if page else None),
            seconds_to_answer=_seconds(page, page.settled_at if page and answer is DrillAnswer.ANSWERED else None),
        )
        for row, page, alias in session.exec(statement)
    ]
    return sorted(found, key=lambda each: (-_ORDER.index(each.answer), each.alias.casefold(), each.person))


_ORDER = (DrillAnswer.ANSWERED, DrillAnswer.WAITING, DrillAnswer.UNANSWERED, DrillAnswer.UNREACHED)


def _answer(page: Page | None) -> DrillAnswer:
    """By the state of the page; whoever has no endpoint was asked by nothing."""
    if page is None or (page.state is PageState.ESCALATED and page.delivered_at is None):
        return DrillAnswer.UNREACHED
    # Whoever says no has a pager that works, and that is all a drill asks.
    if page.state in (PageState.ACKNOWLEDGED, PageState.DECLINED):
        return DrillAnswer.ANSWERED
    return DrillAnswer.WAITING if page.state in service.WAITING else DrillAnswer.UNANSWERED


def _seconds(page: Page | None, until: dt.datetime | None) -> int | None:
    if page is None or until is None:
        return None
    return max(0, int((until - page.sent_at).total_seconds()))


def summary_of(session: Session, drill: Drill) -> DrillSummary:
    """What came of one so far, in numbers."""
    return _summary(drill, _people(session, drill))


def _summary(drill: Drill, people: Sequence[DrillPerson]) -> DrillSummary:
    count = Counter(each.answer for each in people)
    return DrillSummary(
        id=drill.id,
        weekly=drill.person_id is None,
        started_at=drill.started_at,
        ends_at=drill.ends_at,
        asked=len(people),
        answered=count[DrillAnswer.ANSWERED],
        unanswered=count[DrillAnswer.UNANSWERED],
        unreached=count[DrillAnswer.UNREACHED],
    )


def _out(session: Session, drill: Drill) -> DrillOut:
    people = _people(session, drill)
    return DrillOut(**_summary(drill, people).model_dump(), people=people)
