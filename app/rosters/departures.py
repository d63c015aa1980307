"""Somebody leaves the rosters: their future cover is listed, and goes to somebody, in one transaction, or they stay."""

from __future__ import annotations

import copy
import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.audit import trail
from app.core import clock
from app.core.problems import Conflict, InvalidRequest, NotFound
from app.identity.actors import Actor
from app.models import Person, Roster, RosterOverride, ShiftOffer, ShiftSwap
from app.rosters import drafts, duty, following, gaps, held, override_edits, records, version_edits
from app.rosters import service as rosters
from app.rosters.my_shifts import shown
from app.rosters.override_edits import Wanted
from app.rosters.rules import standing
from app.rosters.schemas import LONGEST_WINDOW
from app.rosters.shift_schemas import DepartureCreate, DepartureOut
from app.vocabulary import OfferState, OverrideOrigin, Role, SwapState

MOST_LISTED = 50


class HasCover(Conflict):
    code, status, title = "has_cover", 409, "This person is on call in the time to come"


def depart(session: Session, actor: Actor, person_id: uuid.UUID, body: DepartureCreate) -> DepartureOut:
    """Take somebody off all rosters from an instant on. Past shifts stay.

    `reassign_to` has their turns and overrides from then on; with `next_in_turn` each turn falls to the one after, and
    no other turn moves. With neither, HasCover lists what they have. Raises RulesBroken for whoever would have it.
    """
    actor.require(Role.COORDINATOR)
    now = clock.now()
    minute = rosters.minute_of(now)
    person = session.get(Person, person_id)
    if person is None or person.service or person.school_id != actor.require_school():
        raise NotFound
    effective = body.effective_from or minute
    if effective < minute:
        detail = "The past is a record: somebody leaves in this minute or later."
        raise InvalidRequest(errors=[{"pointer": "#/effective_from", "code": "in_the_past", "detail": detail}])
    if body.reassign_to is not None:
        rosters.refuse_strangers(session, person.school_id, {str(body.reassign_to)}, pointer="#/reassign_to")
    locked = _rosters_that_name(session, person, effective=effective, minute=minute)
    cover = held.held_by(session, person.school_id, person.id, start=effective, end=effective + LONGEST_WINDOW)
    if cover and body.reassign_to is None and not body.next_in_turn:
        raise HasCover(
            "Say who has it then. The first of it is listed in `errors`.",
            errors=[
                {"code": "has_cover", "detail": f"{each.roster.name}: {_at(each.piece.start)} to {_at(each.piece.end)}"}
                for each in cover[:MOST_LISTED]
            ],
        )
    if body.reassign_to is not None:
        for roster in locked:
            rosters.refuse_not_of_line(session, roster, {str(body.reassign_to)}, pointer="#/reassign_to")
        _check(session, locked, cover, body, until=effective + gaps.HORIZON)
    for roster in locked:
        _versions(session, actor, roster, person.id, body.reassign_to, effective=effective, now=now)
        _overrides(session, roster, person.id, body.reassign_to, effective=effective, now=now)
    end_dealings(session, person, now=now)
    for roster in locked:
        drafts.finish(session, actor, roster, change="person_removed", now=now)
    trail.record(
        session,
        action="roster.person_left",
        school_id=person.school_id,
        person_id=actor.person_id,
        subject=person.id,
        now=now,
    )
    return DepartureOut(person=person.id, effective_from=effective, cover=[shown(each) for each in cover])


def _rosters_that_name(
    session: Session, person: Person, *, effective: dt.datetime, minute: dt.datetime
) -> list[Roster]:
    statement = select(Roster).where(Roster.school_id == person.school_id).order_by(col(Roster.id)).with_for_update()
    found = []
    for roster in session.exec(statement):
        definition = duty.definition_of(session, duty.of(roster), start=effective, end=effective + duty.PLANNED_WITHIN)
        replaced = {each.replaces for each in definition.overrides}
        if str(person.id) in duty.named_in(definition) | replaced:
            records.record(session, roster, until=minute)
            found.append(roster)
    return found


def _check(
    session: Session, locked: list[Roster], cover: list[held.HeldPiece], body: DepartureCreate, *, until: dt.datetime
) -> None:
    assert body.reassign_to is not None
    for roster in locked:
        times = [
            (each.piece.start, min(each.piece.end, until))
            for each in cover
            if each.roster.id == roster.id and each.piece.start < until
        ]
        found = held.breaches_of(session, roster, body.reassign_to, times)
        held.refuse(standing(found, despite=body.despite))


def _versions(
    session: Session,
    actor: Actor,
    roster: Roster,
    person_id: uuid.UUID,
    instead: uuid.UUID | None,
    *,
    effective: dt.datetime,
    now: dt.datetime,
) -> None:
    """Each version that rules then or later gives way to one without the person; every other turn stays as it was."""
    for row in version_edits.planned(session, roster, after=effective):
        document = _without(row.definition, str(person_id), None if instead is None else str(instead), effective)
        if document != row.definition:
            since = max(row.effective_from, effective)
            version_edits.put(session, roster, document, effective=since, person_id=actor.person_id, now=now)


def _without(definition: dict[str, Any], person: str, instead: str | None, effective: dt.datetime) -> dict[str, Any]:
    document = copy.deepcopy(definition)
    for layer in document["layers"]:
        rotations = [version["rotation"] for version in layer.get("versions") or []]
        rotations += [layer["rotation"]] if layer.get("rotation") else []
        for rotation in rotations:
            if person not in rotation["participants"]:
                continue
            if instead is not None:
                # In the same places, so that nobody else's turn moves.
                rotation["participants"] = [instead if each == person else each for each in rotation["participants"]]
            elif not _is_out(rotation, person, effective):
                start = effective.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
                rotation["paused"] = [*rotation["paused"], {"person": person, "start": start, "end": None}]
    return document


def _is_out(rotation: dict[str, Any], person: str, effective: dt.datetime) -> bool:
    """Whether none of its turns is theirs from then on: whoever leaves once more is paused once."""
    return any(
        pause["person"] == person and pause["end"] is None and dt.datetime.fromisoformat(pause["start"]) <= effective
        for pause in rotation["paused"]
    )


def _overrides(
    session: Session,
    roster: Roster,
    person_id: uuid.UUID,
    instead: uuid.UUID | None,
    *,
    effective: dt.datetime,
    now: dt.datetime,
) -> None:
    """Overrides that name the person end; with somebody instead, the same stand again with their name."""
    rows = session.exec(
        select(RosterOverride)
        .where(
            RosterOverride.roster_id == roster.id,
            RosterOverride.ends_at > effective,
            col(RosterOverride.removed_at).is_(None),
            sa.or_(col(RosterOverride.person_id) == person_id, col(RosterOverride.replaces) == person_id),
        )
        .order_by(col(RosterOverride.created_seq))
    ).all()
    for row in rows:
        ends_at = row.ends_at
        if row.starts_at < effective:
            row.ends_at = effective
        else:
            row.removed_at = now
        session.add(row)
        if instead is None and row.person_id == person_id:
            continue
        named = instead if row.person_id == person_id else row.person_id
        replaced = instead if row.replaces == person_id else row.replaces
        if replaced is not None and replaced == named:
            continue
        if row.replaces == person_id and instead is None:
            continue
        wanted = Wanted(named, replaced, max(row.starts_at, effective), ends_at, row.reason)
        override_edits.store(session, roster, [wanted], origin=OverrideOrigin.COORDINATOR, now=now)
    session.flush()


def free(session: Session, person: Person, *, now: dt.datetime, made_until: dt.datetime | None = None) -> None:
    """Somebody is about to have no role on call any more: what they had until now is written down while they have it,
    and what they would have is nobody's."""
    statement = select(Roster).where(Roster.school_id == person.school_id).order_by(col(Roster.id)).with_for_update()
    for roster in session.exec(statement).all():
        records.record(session, roster, until=rosters.minute_of(now))
    end_dealings(session, person, now=now, made_until=made_until)


def end_dealings(session: Session, person: Person, *, now: dt.datetime, made_until: dt.datetime | None = None) -> None:
    """What they had on offer, or had proposed or been asked, is void; with `made_until`, what was there by then."""
    until = now if made_until is None else made_until
    offers = select(ShiftOffer).where(
        ShiftOffer.person_id == person.id, ShiftOffer.state == OfferState.OPEN, ShiftOffer.created_at <= until
    )
    for offer in session.exec(offers).all():
        offer.state = OfferState.VOID
        offer.version += 1
        offer.updated_at = now
        session.add(offer)
        following.tell(session, offer, now=now, who=set())
    swaps = select(ShiftSwap).where(
        sa.or_(col(ShiftSwap.person_id) == person.id, col(ShiftSwap.other_id) == person.id),
        ShiftSwap.state == SwapState.PROPOSED,
        ShiftSwap.created_at <= until,
    )
    for swap in session.exec(swaps).all():
        swap.state = SwapState.VOID
        swap.version += 1
        swap.updated_at = now
        session.add(swap)
    session.flush()


def _at(instant: dt.datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%MZ")
