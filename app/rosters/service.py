"""Stored rosters over HTTP: keep one, read it, ask who is on call."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.audit import trail
from app.core import clock
from app.core.ids import new_id
from app.core.pagination import PageRequest
from app.core.problems import Conflict, InvalidRequest, NotFound
from app.events import outbox
from app.events.duty import RosterChanged
from app.identity.actors import Actor
from app.identity.grant_states import GIVEN
from app.models import Person, RoleGrant, Roster, RosterOverride, RosterVersion
from app.rosters import duty, gaps, records
from app.rosters.cost import MOST_EDGES, edges
from app.rosters.definition import Window
from app.rosters.rendering import LOOK_AHEAD
from app.rosters.schemas import LONGEST_WINDOW, RenderingOut, RosterDefinition
from app.rosters.stored import OnCallOut, OnCallPerson, RosterCreate, RosterOut, RosterPage
from app.vocabulary import ADVICE_LINES, Expects, Level, OverrideOrigin, Role, RosterLine, roles_on

# Who plans rosters, who serves on them, and who answers for the programme.
READERS = (
    Role.COORDINATOR,
    Role.SPONSOR,
    Role.ADVISER,
    Role.SUPPORTER,
    Role.TRIAGER,
    Role.INDEPENDENT_HANDLER,
)


class RosterExists(Conflict):
    code, status, title = "roster_exists", 409, "This line and level already has a roster of that name"


def visible_rosters(actor: Actor) -> Any:
    """The rosters of the actor's school, for those who plan them and those who serve on them."""
    actor.require(*READERS)
    return select(Roster).where(Roster.school_id == actor.require_school())


def create(session: Session, actor: Actor, body: RosterCreate) -> RosterOut:
    """Store a roster. Whoever it names must be an active person of the school, with a role of the line.

    Raises InvalidRequest or RosterExists.
    """
    actor.require(Role.COORDINATOR)
    school_id = actor.require_school()
    refuse_strangers(session, school_id, body.roster.people(), pointer="#/roster")
    try:
        with session.begin_nested():
            roster = store(
                session,
                school_id=school_id,
                level=body.level,
                definition=body.roster,
                expects=body.expects,
                person_id=actor.person_id,
            )
    except IntegrityError as exc:
        raise RosterExists from exc
    refuse_not_of_line(session, roster, body.roster.people(), pointer="#/roster")
    now = clock.now()
    tell(session, actor, roster, change="created", now=now)
    gaps.reconcile(session, roster, now=now)
    return out(session, roster)


def store(
    session: Session,
    *,
    school_id: uuid.UUID,
    level: Level,
    definition: RosterDefinition,
    expects: Expects | None = None,
    person_id: uuid.UUID | None = None,
) -> Roster:
    """Write a checked definition: its first version, which rules from this minute on, and its overrides as rows."""
    if definition.name is None or definition.line is None:
        raise ValueError("a stored roster has a name and a line")
    now = clock.now()
    minute = minute_of(now)
    roster = Roster(
        id=new_id(),
        school_id=school_id,
        name=definition.name,
        line=definition.line,
        level=level,
        expects=expects or expected_of(definition.line),
        recorded_until=minute,
        created_at=now,
        updated_at=now,
    )
    session.add(roster)
    session.flush()
    session.add(
        RosterVersion(
            roster_id=roster.id,
            number=1,
            effective_from=minute,
            definition=document_of(definition),
            person_id=person_id,
            created_at=now,
        )
    )
    for override in definition.overrides:
        session.add(
            RosterOverride(
                roster_id=roster.id,
                person_id=uuid.UUID(override.person) if override.person else None,
                replaces=uuid.UUID(override.replaces) if override.replaces else None,
                starts_at=override.start,
                ends_at=override.end,
                created_seq=override.created_seq,
                origin=OverrideOrigin.ROSTER,
                whole=False,
            )
        )
    session.flush()
    return roster


def expected_of(line: RosterLine) -> Expects:
    """Advice is for any hour (STUDY T10); whoever means less says so. The others are planned by their hours."""
    return Expects.ALWAYS if line in ADVICE_LINES else Expects.PLANNED_HOURS


def document_of(definition: RosterDefinition) -> dict[str, Any]:
    return definition.model_dump(mode="json", exclude={"overrides"})


def page(session: Session, actor: Actor, request: PageRequest) -> RosterPage:
    statement = request.slice(visible_rosters(actor), at=col(Roster.created_at), row_id=col(Roster.id))
    rows, cursor = request.page(list(session.exec(statement)), place=lambda roster: (roster.created_at, roster.id))
    return RosterPage(items=[out(session, row) for row in rows], next_cursor=cursor)


def get(session: Session, actor: Actor, roster_id: uuid.UUID) -> RosterOut:
    return out(session, find(session, actor, roster_id))


def on_call(session: Session, actor: Actor, roster_id: uuid.UUID, *, at: dt.datetime | None) -> OnCallOut:
    """Who is on call at an instant (now when None), and until when. Nobody is an answer: 200 with an empty list.

    Of the past this is the record.
    """
    roster = _stored(session, actor, roster_id)
    # "Now" is this minute: rosters change on whole ones, and the same answer then has the same ETag (contract C1).
    instant = at or minute_of(clock.now())
    minute = minute_of(instant)
    if minute < roster.recorded_until:
        segment = records.rendered(session, roster, start=minute, end=minute + LOOK_AHEAD).segments[0]
        people = segment.on_call
        until = segment.end if segment.end < minute + LOOK_AHEAD else None
    else:
        answer = duty.on_call_at(session, roster, now=instant)
        people, until = answer.on_call, answer.until
    aliases = aliases_of(session, [uuid.UUID(person) for person in people])
    return OnCallOut(
        roster_id=roster.id,
        at=instant,
        on_call=[OnCallPerson(id=person, alias=alias) for person, alias in aliases.items()],
        until=until,
    )


def shifts(
    session: Session, actor: Actor, roster_id: uuid.UUID, *, start: dt.datetime, end: dt.datetime
) -> RenderingOut:
    """Who is on call from `start` to `end`; of the past, who was. Raises InvalidRequest for a window it refuses."""
    roster = _stored(session, actor, roster_id)
    check_window(start, end)
    definition = duty.definition_of(session, roster, start=start, end=end)
    if edges(definition, window=Window(start, end)) > MOST_EDGES:
        raise bad_window("So many handoffs need a shorter window.")
    return RenderingOut.of(records.rendered(session, roster, start=start, end=end))


def of_school(session: Session, school_id: uuid.UUID, roster_id: uuid.UUID) -> Roster | None:
    return session.exec(select(Roster).where(Roster.id == roster_id, Roster.school_id == school_id)).one_or_none()


def find(session: Session, actor: Actor, roster_id: uuid.UUID, *, lock: bool = False) -> Roster:
    """Raises NotFound. `lock` holds the row until the transaction ends: one change of a roster after the other."""
    statement = visible_rosters(actor).where(Roster.id == roster_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    roster: Roster | None = session.exec(statement).one_or_none()
    if roster is None:
        raise NotFound
    return roster


def tell(session: Session, actor: Actor, roster: Roster, *, change: str, now: dt.datetime) -> None:
    """A change of a roster, in the trail and to whoever listens."""
    trail.record(
        session,
        action=f"roster.{change}",
        school_id=roster.school_id,
        person_id=actor.person_id,
        subject=roster.id,
        now=now,
    )
    data = RosterChanged(
        school=actor.school_slug or "", roster_id=roster.id, line=roster.line, level=roster.level, change=change
    )
    outbox.emit(session, "roster.changed", data, school_id=roster.school_id, now=now)


def minute_of(instant: dt.datetime) -> dt.datetime:
    """The whole minute that holds an instant."""
    return instant.replace(second=0, microsecond=0)


def check_window(start: dt.datetime, end: dt.datetime) -> None:
    if end <= start:
        raise bad_window("A window ends after it starts.")
    if end - start > LONGEST_WINDOW:
        raise bad_window("A window is at most 400 days long.")


def bad_window(detail: str) -> InvalidRequest:
    return InvalidRequest(errors=[{"parameter": "to", "code": "window_refused", "detail": detail}])


def aliases_of(session: Session, people: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """What people are called, in the order given."""
    if not people:
        return {}
    rows = dict(session.exec(select(Person.id, Person.alias).where(col(Person.id).in_(people))).all())
    return {person: rows[person] for person in people if person in rows}


def refuse_strangers(session: Session, school_id: uuid.UUID, named: set[str], *, pointer: str) -> None:
    """Raises InvalidRequest unless everybody who is named is an active person of the school."""
    try:
        ids = {uuid.UUID(person) for person in named}
    except ValueError as exc:
        raise _stranger(pointer) from exc
    statement = select(Person.id).where(
        col(Person.id).in_(ids),
        Person.school_id == school_id,
        col(Person.active).is_(True),
        col(Person.service).is_(False),
    )
    if set(session.exec(statement)) != ids:
        raise _stranger(pointer)


def refuse_not_of_line(session: Session, roster: Roster, named: set[str], *, pointer: str) -> None:
    """Raises InvalidRequest unless everybody who is named has a role of the roster's line, now or by time alone."""
    without = not_of_line(session, roster, named)
    if without:
        detail = f"{says_who_serves(roster)} Without it: {', '.join(sorted(without))}."
        raise InvalidRequest(errors=[{"pointer": pointer, "code": "not_on_this_line", "detail": detail}])


def not_of_line(session: Session, roster: Roster, named: set[str]) -> set[str]:
    """Those of the people named who may not serve on the roster's line, now or by time alone."""
    of_line = (
        select(RoleGrant.person_id)
        .join(Person, col(Person.id) == col(RoleGrant.person_id))
        .where(
            Person.school_id == roster.school_id,
            GIVEN,
            col(RoleGrant.role).in_(roles_on(roster.line, roster.level)),
        )
    )
    return named - {str(person) for person in session.exec(of_line)}


def says_who_serves(roster: Roster) -> str:
    return f"Whoever is on this line has the role {' or '.join(sorted(roles_on(roster.line, roster.level)))}."


def out(session: Session, roster: Roster) -> RosterOut:
    now = clock.now()
    versions = session.exec(
        select(RosterVersion)
        .where(
            RosterVersion.roster_id == roster.id,
            (col(RosterVersion.effective_until).is_(None)) | (col(RosterVersion.effective_until) > now),
        )
        .order_by(col(RosterVersion.effective_from), col(RosterVersion.number))
    ).all()
    ruling = versions[0]
    still = (
        select(RosterOverride)
        .where(
            RosterOverride.roster_id == roster.id,
            RosterOverride.ends_at > now,
            col(RosterOverride.removed_at).is_(None),
        )
        .order_by(col(RosterOverride.created_seq))
    )
    overrides = [_override(row) for row in session.exec(still)]
    return RosterOut(
        id=roster.id,
        level=roster.level,
        expects=roster.expects,
        roster=RosterDefinition.model_validate({**ruling.definition, "name": roster.name, "overrides": overrides}),
        effective_from=ruling.effective_from,
        next_version_from=ruling.effective_until,
        version=roster.version,
        created_at=roster.created_at,
        updated_at=roster.updated_at,
    )


def _stored(session: Session, actor: Actor, roster_id: uuid.UUID) -> duty.Stored:
    roster = duty.stored(session, visible_rosters(actor).where(Roster.id == roster_id))
    if roster is None:
        raise NotFound
    return roster


def _stranger(pointer: str) -> InvalidRequest:
    return InvalidRequest(
        errors=[
            {
                "pointer": pointer,
                "code": "unknown_person",
                "detail": "Everyone in a stored roster must be the id of an active person of this school.",
            }
        ]
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
