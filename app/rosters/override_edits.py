"""Somebody else is on call for a time, or nobody: overrides, each looked at before it is stored."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, func, select

from app.core import clock
from app.core.ids import new_id
from app.core.pagination import PageRequest
from app.core.preconditions import Version
from app.core.problems import Conflict, InvalidRequest, NotFound
from app.identity.actors import Actor
from app.models import Roster, RosterOverride
from app.rosters import drafts, held
from app.rosters import service as rosters
from app.rosters.definition import Override, Window
from app.rosters.definition import Roster as Definition
from app.rosters.editing_schemas import ChangeOut, OverrideCreate, OverrideCreated, OverridePage, RosterOverrideOut
from app.rosters.local_times import instant_of
from app.rosters.rendering import render
from app.rosters.rules import Breach, Rule, standing
from app.vocabulary import OverrideOrigin, Role

MOST_CURRENT = 2000


class ChangesNothing(Conflict):
    code, status, title = "changes_nothing", 409, "This would change nothing"


class OverrideOver(Conflict):
    code, status, title = "override_over", 409, "This is over, and the past is a record"


class TooManyOverrides(Conflict):
    code, status, title = "too_many_overrides", 409, "There are as many overrides as a roster may have; make a version"


@dataclass(frozen=True, slots=True)
class Wanted:
    """An override that somebody asks for, with its edges as instants."""

    person: uuid.UUID | None
    replaces: uuid.UUID | None
    start: dt.datetime
    end: dt.datetime
    reason: str | None


def preview(session: Session, actor: Actor, roster_id: uuid.UUID, body: OverrideCreate) -> ChangeOut:
    """What it would change, and which rules it would break. Stores nothing."""
    actor.require(Role.COORDINATOR)
    roster = rosters.find(session, actor, roster_id)
    now = clock.now()
    wanted = _wanted(session, roster, body, now=now)
    draft = drafts.draft_of(session, roster, now=now, until=[wanted.end])
    after = with_overrides(draft.before, [wanted])
    found = [(wanted.person, breach) for breach in _breaches(session, roster, wanted, draft, body.despite)]
    return drafts.change_of(session, draft, after, breaches=[(who, each) for who, each in found if who is not None])


def add(
    session: Session, actor: Actor, roster_id: uuid.UUID, body: OverrideCreate, *, version: Version
) -> OverrideCreated:
    """Store it. Raises InvalidRequest, ChangesNothing, or RulesBroken with each rule that was not set aside."""
    now = clock.now()
    roster = drafts.begin(session, actor, roster_id, version=version, now=now)
    wanted = _wanted(session, roster, body, now=now)
    draft = drafts.draft_of(session, roster, now=now, until=[wanted.end])
    after = with_overrides(draft.before, [wanted])
    refuse_idle(draft.before, after, wanted)
    held.refuse(_breaches(session, roster, wanted, draft, body.despite))
    change = drafts.change_of(session, draft, after)
    (row,) = store(session, roster, [wanted], origin=OverrideOrigin.COORDINATOR, now=now)
    drafts.finish(session, actor, roster, change="override_added", now=now)
    return OverrideCreated(**out(row).model_dump(), change=change)


def remove(session: Session, actor: Actor, roster_id: uuid.UUID, override_id: uuid.UUID, *, version: Version) -> None:
    """Take it back: as if it had never been, or from this minute on where it has begun. Raises OverrideOver."""
    now = clock.now()
    roster = drafts.begin(session, actor, roster_id, version=version, now=now)
    row = _find(session, roster, override_id)
    if row.removed_at is not None:
        raise NotFound
    if not take_back(session, row, now=now):
        raise OverrideOver
    drafts.finish(session, actor, roster, change="override_removed", now=now)


def take_back(session: Session, row: RosterOverride, *, now: dt.datetime) -> bool:
    """End an override as far as that can still be done; False when it is over."""
    minute = rosters.minute_of(now)
    if row.ends_at <= minute:
        return False
    if row.starts_at < minute:
        row.ends_at = minute
    else:
        row.removed_at = now
    session.add(row)
    session.flush()
    return True


def store(
    session: Session,
    roster: Roster,
    wanted: Sequence[Wanted],
    *,
    origin: OverrideOrigin,
    now: dt.datetime,
    origin_id: uuid.UUID | None = None,
    layer_id: str | None = None,
    slot_start: dt.datetime | None = None,
    whole: bool = False,
) -> list[RosterOverride]:
    """The newest overrides of a roster, whose row the caller holds, in this order. Raises TooManyOverrides."""
    of_roster = select(RosterOverride).where(RosterOverride.roster_id == roster.id)
    current = of_roster.where(RosterOverride.ends_at > now, col(RosterOverride.removed_at).is_(None))
    if session.exec(select(func.count()).select_from(current.subquery())).one() + len(wanted) > MOST_CURRENT:
        raise TooManyOverrides
    newest = session.exec(
        select(func.max(col(RosterOverride.created_seq))).where(RosterOverride.roster_id == roster.id)
    ).one()
    rows = [
        RosterOverride(
            id=new_id(),
            roster_id=roster.id,
            person_id=each.person,
            replaces=each.replaces,
            starts_at=each.start,
            ends_at=each.end,
            created_seq=seq,
            origin=origin,
            origin_id=origin_id,
            reason=each.reason,
            layer_id=layer_id,
            slot_start=slot_start,
            whole=whole,
        )
        for seq, each in enumerate(wanted, start=0 if newest is None else newest + 1)
    ]
    session.add_all(rows)
    session.flush()
    return rows


def with_overrides(definition: Definition, wanted: Collection[Wanted]) -> Definition:
    """The definition with more overrides, newer than all it has."""
    newest = max((override.created_seq for override in definition.overrides), default=-1)
    more = tuple(
        Override(
            str(uuid.uuid4()),
            each.start,
            each.end,
            None if each.person is None else str(each.person),
            newest + 1 + number,
            None if each.replaces is None else str(each.replaces),
        )
        for number, each in enumerate(wanted)
    )
    return dataclasses.replace(definition, overrides=(*definition.overrides, *more))


def refuse_idle(before: Definition, after: Definition, wanted: Wanted) -> None:
    """Raises ChangesNothing, with the reason, where the same people would be on call as without it."""
    window = Window(wanted.start, wanted.end)
    old, new = render(before, window), render(after, window)
    if [(s.start, s.on_call) for s in old.segments] != [(s.start, s.on_call) for s in new.segments]:
        return
    if wanted.replaces is not None and not any(str(wanted.replaces) in s.on_call for s in old.segments):
        raise ChangesNothing("Who would be replaced is not on call in this time by the layers of the roster.")
    if wanted.person is None:
        raise ChangesNothing("Nobody is on call in this time.")
    raise ChangesNothing("The same people are on call in this time already.")


def page(session: Session, actor: Actor, roster_id: uuid.UUID, request: PageRequest) -> OverridePage:
    roster = rosters.find(session, actor, roster_id)
    statement = select(RosterOverride).where(RosterOverride.roster_id == roster.id)
    sliced = request.slice(statement, at=col(RosterOverride.starts_at), row_id=col(RosterOverride.id))
    rows, cursor = request.page(list(session.exec(sliced)), place=lambda row: (row.starts_at, row.id))
    return OverridePage(items=[out(row) for row in rows], next_cursor=cursor)


def get(session: Session, actor: Actor, roster_id: uuid.UUID, override_id: uuid.UUID) -> RosterOverrideOut:
    return out(_find(session, rosters.find(session, actor, roster_id), override_id))


def out(row: RosterOverride) -> RosterOverrideOut:
    return RosterOverrideOut(
        id=row.id,
        roster_id=row.roster_id,
        person=row.person_id,
        replaces=row.replaces,
        start=row.starts_at,
        end=row.ends_at,
        created_seq=row.created_seq,
        origin=row.origin,
        reason=row.reason,
        removed_at=row.removed_at,
    )


def checked(wanted: Wanted, *, now: dt.datetime, pointer: str = "#") -> Wanted:
    """The same, when its time can be changed. Raises InvalidRequest for the past or a wrong order."""
    if wanted.start < rosters.minute_of(now):
        raise _fault(f"{pointer}/start", "in_the_past", "The past is a record: an override begins now or later.")
    if wanted.end <= wanted.start:
        raise _fault(f"{pointer}/end", "end_not_after_start", "The end must come after the start")
    return wanted


def zone_of(session: Session, roster: Roster) -> ZoneInfo:
    """The zone of the version that rules now: that of local times that are typed in."""
    return ZoneInfo(rosters.out(session, roster).roster.time_zone)


def _wanted(session: Session, roster: Roster, body: OverrideCreate, *, now: dt.datetime) -> Wanted:
    edges = []
    for name, instant, local in (("start", body.start, body.start_local), ("end", body.end, body.end_local)):
        if local is not None:
            instant = instant_of(local, zone_of(session, roster), pointer=f"#/{name}_local")
        assert instant is not None
        edges.append(instant)
    wanted = Wanted(body.person, body.replaces, edges[0], edges[1], body.reason)
    people = {str(person) for person in (wanted.person, wanted.replaces) if person is not None}
    rosters.refuse_strangers(session, roster.school_id, people, pointer="#/person")
    if wanted.person is not None:
        rosters.refuse_not_of_line(session, roster, {str(wanted.person)}, pointer="#/person")
    return checked(wanted, now=now)


def _breaches(
    session: Session, roster: Roster, wanted: Wanted, draft: drafts.Draft, despite: Collection[Rule]
) -> list[Breach]:
    """Rules that protect whoever would newly be on call, less those that were set aside."""
    if wanted.person is None:
        return []
    after = render(with_overrides(draft.before, [wanted]), Window(wanted.start, wanted.end))
    before = render(draft.before, Window(wanted.start, wanted.end))
    person = str(wanted.person)
    mine = [(s.start, s.end) for s in after.stretches if person in s.on_call or person in s.away]
    already = [(s.start, s.end) for s in before.stretches if person in s.on_call]
    new = [each for each in mine if each not in already]
    found = held.breaches_of(session, roster, wanted.person, new)
    return standing(found, despite=despite)


def _find(session: Session, roster: Roster, override_id: uuid.UUID) -> RosterOverride:
    row = session.get(RosterOverride, override_id)
    if row is None or row.roster_id != roster.id:
        raise NotFound
    return row


def _fault(pointer: str, code: str, detail: str) -> InvalidRequest:
    return InvalidRequest(errors=[{"pointer": pointer, "code": code, "detail": detail}])
