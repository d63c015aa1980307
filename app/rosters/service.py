"""Stored rosters: who is on now, who is on when, and what a roster would give."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from app.core import clock
from app.core.ids import new_id
from app.core.pagination import PageRequest
from app.core.problems import Conflict, InvalidRequest, NotFound
from app.identity.actors import Actor
from app.models import Person, Roster, RosterOverride
from app.rosters import rendering
from app.rosters.cost import MOST_EDGES, edges
from app.rosters.definition import Override, Rendering, Window
from app.rosters.definition import Roster as Definition
from app.rosters.schemas import LONGEST_WINDOW, RenderingOut, RosterDefinition
from app.rosters.stored import OnCallOut, OnCallPerson, RosterCreate, RosterOut, RosterPage
from app.vocabulary import Level, Role, RosterLine
from app.webhooks import service as webhooks

# Most often somebody is on soon: a short look first is cheaper than a long one.
COVER_SEARCH = (dt.timedelta(hours=1), dt.timedelta(days=4), dt.timedelta(days=14))


class RosterExists(Conflict):
    code, status, title = "roster_exists", 409, "This line and level already has a roster"


@dataclass(frozen=True, slots=True)
class Duty:
    """Who is on a line at a level now. `reachable` are those with a working contact."""

    people: tuple[uuid.UUID, ...]
    reachable: tuple[uuid.UUID, ...]
    until: dt.datetime | None


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
    return _out(session, store(session, school_id=school_id, level=body.level, definition=body.roster))


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
    roster = _find(session, actor, roster_id)
    instant = at or clock.now()
    minute = instant.replace(second=0, microsecond=0)
    answer = rendering.on_call_at(definition_of(session, roster, start=minute, end=minute), minute)
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
    roster = _find(session, actor, roster_id)
    definition = definition_of(session, roster, start=start, end=end)
    try:
        window = Window(start, end)
        too_large = end - start > LONGEST_WINDOW or edges(definition, window=window) > MOST_EDGES
    except ValueError as exc:
        raise _bad_window(str(exc)) from exc
    if too_large:
        raise _bad_window("A window is at most 400 days long, less for many handoffs.")
    return RenderingOut.of(rendering.render(definition, window))


def duty(session: Session, school_id: uuid.UUID, *, line: RosterLine, level: Level, now: dt.datetime) -> Duty:
    """Who is on now. No such roster, and a roster with nobody, both give an empty duty."""
    minute = now.replace(second=0, microsecond=0)
    roster = session.exec(
        select(Roster).where(Roster.school_id == school_id, Roster.line == line, Roster.level == level)
    ).one_or_none()
    if roster is None:
        return Duty(people=(), reachable=(), until=None)
    answer = rendering.on_call_at(definition_of(session, roster, start=minute, end=minute), minute)
    people = _active(session, [uuid.UUID(person) for person in answer.on_call])
    reachable = webhooks.reachable(session, set(people))
    return Duty(people=people, reachable=tuple(p for p in people if p in reachable), until=answer.until)


def find_primary(session: Session, school_id: uuid.UUID, line: RosterLine) -> Roster | None:
    """The roster of a line at its first level."""
    return session.exec(
        select(Roster).where(Roster.school_id == school_id, Roster.line == line, Roster.level == Level.PRIMARY)
    ).one_or_none()


def next_cover(session: Session, roster: Roster, *, after: dt.datetime) -> dt.datetime | None:
    """The next instant, within 14 days, at which somebody is on the roster."""
    start = after.replace(second=0, microsecond=0)
    definition = definition_of(session, roster, start=start, end=start + COVER_SEARCH[-1])
    for reach in COVER_SEARCH:
        for segment in rendering.render(definition, Window(start, start + reach)).segments:
            if segment.on_call:
                return max(segment.start, after)
    return None


def has_roster(session: Session, school_id: uuid.UUID, line: RosterLine) -> bool:
    statement = select(Roster.id).where(Roster.school_id == school_id, Roster.line == line)
    return session.exec(statement).first() is not None


def lines_of(session: Session, school_id: uuid.UUID) -> list[RosterLine]:
    """The lines that the school has rosters for."""
    lines = session.exec(select(Roster).where(Roster.school_id == school_id))
    return sorted({RosterLine(roster.line) for roster in lines})


def render(session: Session, roster: Roster, window: Window) -> Rendering:
    return rendering.render(definition_of(session, roster, start=window.start, end=window.end), window)


def definition_of(session: Session, roster: Roster, *, start: dt.datetime, end: dt.datetime) -> Definition:
    """The definition with the overrides that matter from `start` to `end`, read back from its rows."""
    statement = (
        select(RosterOverride)
        .where(
            RosterOverride.roster_id == roster.id,
            RosterOverride.ends_at > start - rendering.LOOK_AHEAD,
            RosterOverride.starts_at < end + rendering.LOOK_AHEAD,
        )
        .order_by(col(RosterOverride.created_seq))
    )
    overrides = tuple(
        Override(
            id=str(row.id),
            start=row.starts_at,
            end=row.ends_at,
            person=str(row.person_id) if row.person_id else None,
            created_seq=row.created_seq,
            replaces=str(row.replaces) if row.replaces else None,
        )
        for row in session.exec(statement)
    )
    return dataclasses.replace(_layers(json.dumps(roster.definition, sort_keys=True)), overrides=overrides)


@functools.lru_cache(maxsize=1024)
def _layers(document: str) -> Definition:
    """A stored definition, without overrides. Kept by content: an edited roster is another document."""
    return RosterDefinition.model_validate_json(document).to_definition()


def _find(session: Session, actor: Actor, roster_id: uuid.UUID) -> Roster:
    roster: Roster | None = session.exec(visible_rosters(actor).where(Roster.id == roster_id)).one_or_none()
    if roster is None:
        raise NotFound
    return roster


def _active(session: Session, people: Sequence[uuid.UUID]) -> tuple[uuid.UUID, ...]:
    """Those who have not left, in the order given. Someone who left is nobody on call."""
    if not people:
        return ()
    statement = select(Person.id).where(col(Person.id).in_(people), col(Person.active).is_(True))
    active = set(session.exec(statement))
    return tuple(person for person in people if person in active)


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
