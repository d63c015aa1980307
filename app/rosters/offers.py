"""Shifts given away: offered by who has them, or by a coordinator where nobody has; taken by one, by the rules."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlmodel import Session, col, select

from app.audit import trail
from app.core import clock
from app.core.pagination import PageRequest
from app.core.problems import Conflict, NotFound
from app.identity.actors import Actor, people_with
from app.models import Roster, RosterOverride, ShiftOffer
from app.rosters import drafts, following, held, override_edits, records, taking
from app.rosters import service as rosters
from app.rosters.following import what_is_offered
from app.rosters.shift_schemas import ShiftOfferCreate, ShiftOfferOut, ShiftOfferPage, ShiftOut
from app.vocabulary import OfferState, OverrideOrigin, Role, roles_on


class NotYourShift(Conflict):
    code, status, title = "not_your_shift", 409, "This is not a shift that you have, now or later"


class NoGap(Conflict):
    code, status, title = "no_gap", 409, "Somebody is on call throughout this time"


class AlreadyOffered(Conflict):
    code, status, title = "already_offered", 409, "This is offered already"


class OfferNotOpen(Conflict):
    code, status, title = "offer_not_open", 409, "This offer is not open any more"


class NotOnThisLine(Conflict):
    code, status, title = "not_on_this_line", 409, "You do not serve on the line of this shift"


class NotYourOffer(Conflict):
    code, status, title = "not_your_offer", 409, "Only who gives the shift away, or a coordinator, can do this"


class OfferOver(Conflict):
    code, status, title = "offer_over", 409, "There is nothing left to hand back"


def visible_offers(actor: Actor) -> Any:
    """The offers of the actor's school."""
    actor.require(*rosters.READERS)
    return select(ShiftOffer).where(ShiftOffer.school_id == actor.require_school())


def create(session: Session, actor: Actor, body: ShiftOfferCreate) -> ShiftOfferOut:
    """Offer it to everybody who may serve on the line. Raises NotYourShift, NoGap or AlreadyOffered."""
    now = clock.now()
    roster = rosters.find(session, actor, body.roster_id, lock=True)
    if body.shift is None:
        actor.require(Role.COORDINATOR)
    minute = rosters.minute_of(now)
    shift = body.shift
    offer = ShiftOffer(
        school_id=roster.school_id,
        roster_id=roster.id,
        person_id=actor.person_id if shift is not None else None,
        layer_id=shift.layer_id if shift is not None else None,
        slot_start=shift.slot_start if shift is not None else None,
        override_id=shift.override_id if shift is not None else None,
        whole=body.start is None,
        starts_at=body.start or minute,
        ends_at=body.end or minute + dt.timedelta(minutes=1),
        state=OfferState.OPEN,
        created_at=now,
        updated_at=now,
    )
    times = what_is_offered(session, roster, offer, now=now)
    if not times:
        raise NoGap if shift is None else NotYourShift
    offer.starts_at, offer.ends_at = times[0].start, times[-1].end
    for other in following.open_offers(session, roster.id):
        same = (other.person_id, other.layer_id, other.slot_start, other.override_id) == (
            offer.person_id,
            offer.layer_id,
            offer.slot_start,
            offer.override_id,
        )
        if same and other.starts_at < offer.ends_at and offer.starts_at < other.ends_at:
            raise AlreadyOffered
    session.add(offer)
    session.flush()
    eligible = _eligible(session, roster) - {actor.person_id}
    _done(session, actor, offer, "offered", now=now, who=eligible)
    return out(session, offer)


def take(session: Session, actor: Actor, offer_id: uuid.UUID) -> ShiftOfferOut:
    """Take it: of several who try at once, one has it. The same again for who has it already.

    Raises NotOnThisLine, OfferNotOpen, or RulesBroken with every reason.
    """
    now = clock.now()
    offer, roster = _locked(session, actor, offer_id)
    if not actor.has(*roles_on(roster.line, roster.level)):
        raise NotOnThisLine
    if offer.state is OfferState.TAKEN and offer.taken_by == actor.person_id:
        return out(session, offer)
    if offer.state is not OfferState.OPEN or offer.person_id == actor.person_id:
        raise OfferNotOpen
    records.record(session, roster, until=rosters.minute_of(now))
    times = what_is_offered(session, roster, offer, now=now)
    if not times:
        raise OfferNotOpen
    held.refuse(held.breaches_of(session, roster, actor.person_id, [(each.start, each.end) for each in times]))
    taking.take(
        session,
        roster,
        following.name_of(offer.layer_id, offer.slot_start, offer.override_id),
        times,
        giver=offer.person_id,
        taker=actor.person_id,
        origin=OverrideOrigin.OFFER,
        origin_id=offer.id,
        now=now,
    )
    offer.state, offer.taken_by = OfferState.TAKEN, actor.person_id
    drafts.finish(session, actor, roster, change="shift_taken", now=now)
    _done(session, actor, offer, "taken", now=now, who=_giver(session, offer))
    return out(session, offer)


def hand_back(session: Session, actor: Actor, offer_id: uuid.UUID) -> ShiftOfferOut:
    """Give back what is left of a shift that you took: it is the giver's again, and offered. Raises OfferOver."""
    now = clock.now()
    offer, roster = _locked(session, actor, offer_id)
    if offer.state is OfferState.OPEN:
        return out(session, offer)
    if offer.state is not OfferState.TAKEN or offer.taken_by != actor.person_id:
        raise OfferNotOpen
    records.record(session, roster, until=rosters.minute_of(now))
    rows = session.exec(
        select(RosterOverride).where(
            RosterOverride.origin == OverrideOrigin.OFFER,
            RosterOverride.origin_id == offer.id,
            RosterOverride.person_id == actor.person_id,
            col(RosterOverride.removed_at).is_(None),
        )
    ).all()
    taken_back = [override_edits.take_back(session, row, now=now) for row in rows]
    if not any(taken_back):
        raise OfferOver
    offer.state, offer.taken_by = OfferState.OPEN, None
    session.add(offer)
    drafts.finish(session, actor, roster, change="shift_handed_back", now=now)
    who = _giver(session, offer) | _eligible(session, roster)
    _done(session, actor, offer, "handed_back", now=now, who=who - {actor.person_id})
    return out(session, offer)


def withdraw(session: Session, actor: Actor, offer_id: uuid.UUID) -> ShiftOfferOut:
    """Keep it after all; a coordinator may withdraw any. Raises OfferNotOpen for one that is taken or over."""
    now = clock.now()
    offer, _roster = _locked(session, actor, offer_id)
    if offer.person_id != actor.person_id and not actor.has(Role.COORDINATOR):
        raise NotYourOffer
    if offer.state is OfferState.WITHDRAWN:
        return out(session, offer)
    if offer.state is not OfferState.OPEN:
        raise OfferNotOpen
    offer.state = OfferState.WITHDRAWN
    _done(session, actor, offer, "withdrawn", now=now, who=set())
    return out(session, offer)


def page(session: Session, actor: Actor, request: PageRequest, *, state: OfferState | None) -> ShiftOfferPage:
    statement = visible_offers(actor)
    if state is not None:
        statement = statement.where(ShiftOffer.state == state)
    sliced = request.slice(statement, at=col(ShiftOffer.created_at), row_id=col(ShiftOffer.id), newest_first=True)
    rows, cursor = request.page(list(session.exec(sliced)), place=lambda offer: (offer.created_at, offer.id))
    return ShiftOfferPage(items=[out(session, row) for row in rows], next_cursor=cursor)


def get(session: Session, actor: Actor, offer_id: uuid.UUID) -> ShiftOfferOut:
    return out(session, _find(session, actor, offer_id))


def out(session: Session, offer: ShiftOffer) -> ShiftOfferOut:
    roster = session.get_one(Roster, offer.roster_id)
    aliases = rosters.aliases_of(session, [] if offer.person_id is None else [offer.person_id])
    named = offer.person_id is not None
    return ShiftOfferOut(
        id=offer.id,
        roster_id=roster.id,
        line=roster.line,
        level=roster.level,
        person=offer.person_id,
        alias=None if offer.person_id is None else aliases.get(offer.person_id),
        shift=ShiftOut(layer_id=offer.layer_id, slot_start=offer.slot_start, override_id=offer.override_id)
        if named
        else None,
        start=offer.starts_at,
        end=offer.ends_at,
        state=offer.state,
        taken_by=offer.taken_by,
        version=offer.version,
        created_at=offer.created_at,
        updated_at=offer.updated_at,
    )


def _find(session: Session, actor: Actor, offer_id: uuid.UUID) -> ShiftOffer:
    offer: ShiftOffer | None = session.exec(visible_offers(actor).where(ShiftOffer.id == offer_id)).one_or_none()
    if offer is None:
        raise NotFound
    return offer


def _locked(session: Session, actor: Actor, offer_id: uuid.UUID) -> tuple[ShiftOffer, Roster]:
    """The offer as it is while nobody else can change its roster: whoever changes an offer holds the roster's row."""
    offer = _find(session, actor, offer_id)
    roster = rosters.find(session, actor, offer.roster_id, lock=True)
    session.refresh(offer)
    return offer, roster


def _eligible(session: Session, roster: Roster) -> set[uuid.UUID]:
    return set(people_with(session, roster.school_id, *roles_on(roster.line, roster.level)))


def _giver(session: Session, offer: ShiftOffer) -> set[uuid.UUID]:
    if offer.person_id is not None:
        return {offer.person_id}
    return set(people_with(session, offer.school_id, Role.COORDINATOR))


def _done(
    session: Session, actor: Actor, offer: ShiftOffer, what: str, *, now: dt.datetime, who: set[uuid.UUID]
) -> None:
    if what != "offered":
        offer.version += 1
    offer.updated_at = now
    session.add(offer)
    session.flush()
    trail.record(
        session,
        action=f"shift_offer.{what}",
        school_id=offer.school_id,
        person_id=actor.person_id,
        subject=offer.id,
        now=now,
    )
    following.tell(session, offer, now=now, who=who)
