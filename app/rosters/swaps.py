"""Two people exchange a shift each: proposed by one, accepted by the other, both or neither (roster-semantics, 9)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.audit import trail
from app.core import clock
from app.core.pagination import PageRequest
from app.core.problems import Conflict, Forbidden, InvalidRequest, NotFound
from app.events import outbox
from app.events.duty import ShiftSwapChanged
from app.identity.actors import Actor, current_roles
from app.models import Roster, School, ShiftSwap
from app.rosters import drafts, held, records, taking
from app.rosters import service as rosters
from app.rosters.definition import Window
from app.rosters.offers import NotYourShift
from app.rosters.pieces import ShiftName
from app.rosters.schemas import LONGEST_WINDOW
from app.rosters.shift_schemas import (
    ShiftOut,
    ShiftRef,
    ShiftSwapCreate,
    ShiftSwapOut,
    ShiftSwapPage,
    SwapSideOut,
)
from app.vocabulary import OverrideOrigin, SwapState, roles_on


class NotTheirShift(Conflict):
    code, status, title = "not_their_shift", 409, "The other person does not have this shift, now or later"


class SwapNotOpen(Conflict):
    code, status, title = "swap_not_open", 409, "This exchange is not open any more"


def visible_swaps(actor: Actor) -> Any:
    """Those that the actor has a part in."""
    actor.require(*rosters.READERS)
    return select(ShiftSwap).where(
        ShiftSwap.school_id == actor.require_school(),
        sa.or_(col(ShiftSwap.person_id) == actor.person_id, col(ShiftSwap.other_id) == actor.person_id),
    )


def propose(session: Session, actor: Actor, body: ShiftSwapCreate) -> ShiftSwapOut:
    """Ask somebody to exchange. Raises NotYourShift, NotTheirShift, or RulesBroken when it could not be accepted."""
    now = clock.now()
    if body.other == actor.person_id:
        detail = "An exchange is with somebody else."
        raise InvalidRequest(errors=[{"pointer": "#/other", "code": "with_oneself", "detail": detail}])
    rosters.refuse_strangers(session, actor.require_school(), {str(body.other)}, pointer="#/other")
    swap = ShiftSwap(
        school_id=actor.require_school(),
        state=SwapState.PROPOSED,
        person_id=actor.person_id,
        other_id=body.other,
        roster_id=rosters.find(session, actor, body.give.roster_id).id,
        other_roster_id=rosters.find(session, actor, body.get.roster_id).id,
        created_at=now,
        updated_at=now,
    )
    swap.layer_id, swap.slot_start, swap.override_id = _parts(body.give.shift)
    swap.other_layer_id, swap.other_slot_start, swap.other_override_id = _parts(body.get.shift)
    _check(session, swap, *_both(session, swap, now=now))
    session.add(swap)
    session.flush()
    _done(session, actor, swap, SwapState.PROPOSED, now=now)
    return out(swap)


def accept(session: Session, actor: Actor, swap_id: uuid.UUID) -> ShiftSwapOut:
    """Do it: both replacements, in this transaction. The same again once it is done.

    Raises SwapNotOpen, NotYourShift, NotTheirShift, or RulesBroken with every reason.
    """
    now = clock.now()
    swap, locked = _locked(session, actor, swap_id)
    if swap.state is SwapState.ACCEPTED and actor.person_id == swap.other_id:
        return out(swap)
    if swap.state is not SwapState.PROPOSED:
        raise SwapNotOpen
    if actor.person_id != swap.other_id:
        raise Forbidden("The other person accepts.")
    for roster in locked:
        records.record(session, roster, until=rosters.minute_of(now))
    given, got = _both(session, swap, now=now)
    _check(session, swap, given, got)
    of_id = {roster.id: roster for roster in locked}
    give = ShiftName(swap.layer_id, swap.slot_start, _text(swap.override_id))
    get = ShiftName(swap.other_layer_id, swap.other_slot_start, _text(swap.other_override_id))
    for roster, name, times, giver, taker in (
        (of_id[swap.roster_id], give, given, swap.person_id, swap.other_id),
        (of_id[swap.other_roster_id], get, got, swap.other_id, swap.person_id),
    ):
        taking.take(
            session,
            roster,
            name,
            times,
            giver=giver,
            taker=taker,
            origin=OverrideOrigin.SWAP,
            origin_id=swap.id,
            now=now,
        )
    for roster in locked:
        drafts.finish(session, actor, roster, change="shifts_swapped", now=now)
    _done(session, actor, swap, SwapState.ACCEPTED, now=now)
    return out(swap)


def end(session: Session, actor: Actor, swap_id: uuid.UUID) -> ShiftSwapOut:
    """Say no to it, or take one's own proposal back. The same again is no error. Raises SwapNotOpen once it is done."""
    now = clock.now()
    swap, _rosters = _locked(session, actor, swap_id)
    state = SwapState.WITHDRAWN if actor.person_id == swap.person_id else SwapState.DECLINED
    if swap.state is state:
        return out(swap)
    if swap.state is not SwapState.PROPOSED:
        raise SwapNotOpen
    _done(session, actor, swap, state, now=now)
    return out(swap)


def page(session: Session, actor: Actor, request: PageRequest) -> ShiftSwapPage:
    statement = request.slice(
        visible_swaps(actor), at=col(ShiftSwap.created_at), row_id=col(ShiftSwap.id), newest_first=True
    )
    rows, cursor = request.page(list(session.exec(statement)), place=lambda swap: (swap.created_at, swap.id))
    return ShiftSwapPage(items=[out(row) for row in rows], next_cursor=cursor)


def get(session: Session, actor: Actor, swap_id: uuid.UUID) -> ShiftSwapOut:
    return out(_find(session, actor, swap_id))


def out(swap: ShiftSwap) -> ShiftSwapOut:
    return ShiftSwapOut(
        id=swap.id,
        person=swap.person_id,
        other=swap.other_id,
        give=SwapSideOut(
            roster_id=swap.roster_id,
            shift=ShiftOut(layer_id=swap.layer_id, slot_start=swap.slot_start, override_id=swap.override_id),
        ),
        get=SwapSideOut(
            roster_id=swap.other_roster_id,
            shift=ShiftOut(
                layer_id=swap.other_layer_id, slot_start=swap.other_slot_start, override_id=swap.other_override_id
            ),
        ),
        state=swap.state,
        version=swap.version,
        created_at=swap.created_at,
        updated_at=swap.updated_at,
    )


def _both(session: Session, swap: ShiftSwap, *, now: dt.datetime) -> tuple[list[Window], list[Window]]:
    give = ShiftName(swap.layer_id, swap.slot_start, _text(swap.override_id))
    get = ShiftName(swap.other_layer_id, swap.other_slot_start, _text(swap.other_override_id))
    given = _times(session, swap.roster_id, swap.person_id, give, now=now)
    got = _times(session, swap.other_roster_id, swap.other_id, get, now=now)
    return given, got


def _times(
    session: Session, roster_id: uuid.UUID, person_id: uuid.UUID, name: ShiftName, *, now: dt.datetime
) -> list[Window]:
    """What somebody has of a shift from now on."""
    minute = rosters.minute_of(now)
    found = held.pieces_of(session, session.get_one(Roster, roster_id), start=minute, end=minute + LONGEST_WINDOW)
    return [
        Window(each.start, each.end)
        for each in found
        if each.held and each.person == str(person_id) and each.name == name
    ]


def _check(session: Session, swap: ShiftSwap, given: Sequence[Window], got: Sequence[Window]) -> None:
    """Both still have what they give, serve on the other's line, and no rule stands between them and what they get."""
    if not given:
        raise NotYourShift
    if not got:
        raise NotTheirShift
    one, other = session.get_one(Roster, swap.roster_id), session.get_one(Roster, swap.other_roster_id)
    if current_roles(session, swap.other_id).isdisjoint(roles_on(one.line, one.level)):
        raise NotTheirShift("The other person does not serve on the line of your shift.")
    if current_roles(session, swap.person_id).isdisjoint(roles_on(other.line, other.level)):
        raise NotYourShift("You do not serve on the line of the shift that you would have.")
    for roster, person, wanted, away in (
        (other, swap.person_id, got, [(one.id, each.start, each.end) for each in given]),
        (one, swap.other_id, given, [(other.id, each.start, each.end) for each in got]),
    ):
        times = [(each.start, each.end) for each in wanted]
        held.refuse(held.breaches_of(session, roster, person, times, given_away=away))


def _find(session: Session, actor: Actor, swap_id: uuid.UUID) -> ShiftSwap:
    swap: ShiftSwap | None = session.exec(visible_swaps(actor).where(ShiftSwap.id == swap_id)).one_or_none()
    if swap is None:
        raise NotFound
    return swap


def _locked(session: Session, actor: Actor, swap_id: uuid.UUID) -> tuple[ShiftSwap, list[Roster]]:
    """The swap while nobody else can change either roster: their rows are taken in one order, whoever asks."""
    swap = _find(session, actor, swap_id)
    ids = sorted({swap.roster_id, swap.other_roster_id})
    locked = [rosters.find(session, actor, roster_id, lock=True) for roster_id in ids]
    session.refresh(swap)
    return swap, locked


def _done(session: Session, actor: Actor, swap: ShiftSwap, state: SwapState, *, now: dt.datetime) -> None:
    if state is not SwapState.PROPOSED:
        swap.version += 1
    swap.state, swap.updated_at = state, now
    session.add(swap)
    session.flush()
    trail.record(
        session,
        action=f"shift_swap.{state}",
        school_id=swap.school_id,
        person_id=actor.person_id,
        subject=swap.id,
        now=now,
    )
    school = session.get_one(School, swap.school_id)
    data = ShiftSwapChanged(school=school.slug, swap_id=swap.id, state=state)
    who = {swap.person_id, swap.other_id} - {actor.person_id}
    outbox.emit(session, "shift_swap.changed", data, school_id=school.id, now=now, tell=who, only_people=True)


def _parts(shift: ShiftRef) -> tuple[str | None, dt.datetime | None, uuid.UUID | None]:
    return shift.layer_id, shift.slot_start, shift.override_id


def _text(value: uuid.UUID | None) -> str | None:
    return None if value is None else str(value)
