"""Stored rosters over HTTP: keep one, read it, ask who is on call."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.core import clock
from app.core.ids import new_id
from app.core.pagination import PageRequest
from app.core.problems import Conflict, InvalidRequest, NotFound
from app.identity.actors import Actor
from app.models import Person, Roster, RosterOverride
from app.rosters import duty, rendering
from app.rosters.cost import MOST_EDGES, edges
from app.rosters.definition import Window
from app.rosters.schemas import LONGEST_WINDOW, RenderingOut, RosterDefinition
from app.rosters.stored import OnCallOut, OnCallPerson, RosterCreate, RosterOut, RosterPage
from app.vocabulary import Level, Role


class RosterExists(Conflict):
    code, status, title = "roster_exists", 409, "This line and level already has a roster"


def visible_rosters(actor: Actor) -> Any:
    """The rosters of the actor's school, for those who plan them and those who serve on them."""
    actor.require(Role.COORDINATOR, Role.SPONSOR, Role.ADVISER, Role.SUPPORTER, Role.TRIAGER)
    return select(Roster).where(Roster.school_id == actor.require_school())


def create(session: Session, actor: Actor, body: RosterCreate) -> RosterOut:
    """Store a roster. Participants must be active people of the school; raises InvalidRequest or RosterExists."""
    actor.require(Role.COORDINATOR)
    school_id = actor.require_school()
    _refuse_strangers(session, school_id, body.roster)
    taken = select(Roster).where(
        Roster.school_id == school_id, Roster.line == body.roster.line, Roster.level == body.level
    )
    if session.exec(taken).first() is not None:
        raise RosterExists
    try:
        with session.begin_nested():
            stored = store(session, school_id=school_id, level=body.level, definition=body.roster)
    except IntegrityError as exc:  # another one was stored since we looked
        raise RosterExists from exc
    return _out(session, stored)


def store(session: Session, *, school_id: uuid.UUID, level: Level, definition: RosterDefinition) -> Roster:
    """Write a checked definition: layers as given, overrides as rows."""
    if definition.name is None or definition.line is None:
        raise ValueError("a stored roster has a name and a line")
    now = clock.now()
    document = definition.model_dump(mode="json", exclude={"overrides"})
    roster = Roster(
        id=new_id(),
        school_id=school_id,
        name=definition.name,
        line=definition.line,
        level=level,
        definition=document,
        created_at=now,
        updated_at=now,
    )
    session.add(roster)
    session.flush()
    for override in definition.overrides:
        session.add(
            RosterOverride(
                roster_id=roster.id,
                person_id=uuid.UUID(override.person) if override.person else None,
                replaces=uuid.UUID(override.replaces) if override.replaces else None,
                starts_at=override.start,
                ends_at=override.end,
                created_seq=override.created_seq,
            )
        )
    session.flush()
    return roster


def page(session: Session, actor: Actor, request: PageRequest) -> RosterPage:
    statement = request.slice(visible_rosters(actor), at=col(Roster.created_at), row_id=col(Roster.id))
    rows, cursor = request.page(list(session.exec(statement)), place=lambda roster: (roster.created_at, roster.id))
    return RosterPage(items=[_out(session, row) for row in rows], next_cursor=cursor)


def get(session: Session, actor: Actor, roster_id: uuid.UUID) -> RosterOut:
    return _out(session, _find(session, actor, roster_id))


def on_call(session: Session, actor: Actor, roster_id: uuid.UUID, *, at: dt.datetime | None) -> OnCallOut:
    """Who is on call at an instant (now when None), and until when. Nobody is an answer: 200 with an empty list."""
    roster = _stored(session, actor, roster_id)
    # "Now" is this minute: rosters change on whole ones, and the same answer then has the same ETag (contract C1).
    instant = at or clock.now().replace(second=0, microsecond=0)
    answer = duty.on_call_at(session, roster, now=instant)
    aliases = _aliases(session, [uuid.UUID(person) for person in answer.on_call])
    return OnCallOut(
        roster_id=roster.id,
        at=instant,
        on_call=[OnCallPerson(id=person, alias=alias) for person, alias in aliases],
        until=answer.until,
    )


def shifts(
    session: Session, actor: Actor, roster_id: uuid.UUID, *, start: dt.datetime, end: dt.datetime
) -> RenderingOut:
    """Who is on call from `start` to `end`. Raises InvalidRequest for a window that the rules refuse."""
    roster = _stored(session, actor, roster_id)
    definition = duty.definition_of(session, roster, start=start, end=end)
    window = Window(start, end)
    if end <= start:
        raise _bad_window("A window ends after it starts.")
    if end - start > LONGEST_WINDOW or edges(definition, window=window) > MOST_EDGES:
        raise _bad_window("A window is at most 400 days long, less for many handoffs.")
    return RenderingOut.of(rendering.render(definition, window))


def _find(session: Session, actor: Actor, roster_id: uuid.UUID) -> Roster:
    roster: Roster | None = session.exec(visible_rosters(actor).where(Roster.id == roster_id)).one_or_none()
    if roster is None:
        raise NotFound
    return roster


def _stored(session: Session, actor: Actor, roster_id: uuid.UUID) -> duty.Stored:
    roster = duty.stored(session, visible_rosters(actor).where(Roster.id == roster_id))
    if roster is None:
        raise NotFound
    return roster


def _aliases(session: Session, people: Sequence[uuid.UUID]) -> list[tuple[uuid.UUID, str]]:
    if not people:
        return []
    rows = dict(session.exec(select(Person.id, Person.alias).where(col(Person.id).in_(people))).all())
    return [(person, rows[person]) for person in people if person in rows]


def _refuse_strangers(session: Session, school_id: uuid.UUID, definition: RosterDefinition) -> None:
    named = definition.people()
    try:
        ids = {uuid.UUID(person) for person in named}
    except ValueError as exc:
        raise _stranger() from exc
    statement = select(Person.id).where(
        col(Person.id).in_(ids), Person.school_id == school_id, col(Person.active).is_(True)
    )
    if set(session.exec(statement)) != ids:
        raise _stranger()


def _bad_window(detail: str) -> InvalidRequest:
    return InvalidRequest(errors=[{"parameter": "to", "code": "window_refused", "detail": detail}])


def _stranger() -> InvalidRequest:
    return InvalidRequest(
        errors=[
            {
                "pointer": "#/roster",
                "code": "unknown_person",
                "detail": "Everyone in a stored roster must be the id of an active person of this school.",
            }
        ]
    )


def _out(session: Session, roster: Roster) -> RosterOut:
    seqs = select(RosterOverride).where(RosterOverride.roster_id == roster.id)
    overrides = [_override(row) for row in session.exec(seqs.order_by(col(RosterOverride.created_seq)))]
    return RosterOut(
        id=roster.id,
        level=roster.level,
        roster=RosterDefinition.model_validate({**roster.definition, "overrides": overrides}),
        version=roster.version,
        created_at=roster.created_at,
        updated_at=roster.updated_at,
    )


def _override(row: RosterOverride) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "person": str(row.person_id) if row.person_id else None,
        "replaces": str(row.replaces) if row.replaces else None,
        "start": row.starts_at,
        "end": row.ends_at,
        "created_seq": row.created_seq,
    }
