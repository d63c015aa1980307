"""Shifts that changed hands follow the shift when it moves; what is left of none ends (roster-semantics, "Swaps")."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid

from sqlmodel import Session, col, select

from app.events import outbox
from app.events.duty import ShiftOfferChanged
from app.models import Roster, RosterOverride, School, ShiftOffer
from app.rosters import duty
from app.rosters.definition import Window
from app.rosters.pieces import Piece, ShiftName, pieces
from app.rosters.rendering import render
from app.rosters.schemas import LONGEST_WINDOW
from app.vocabulary import OfferState, OverrideOrigin

HANDED_OVER = (OverrideOrigin.OFFER, OverrideOrigin.SWAP)


def follow(session: Session, roster: Roster, *, now: dt.datetime) -> None:
    """After a change of a roster, whose row the caller holds: move what follows a shift, end what has none."""
    minute = now.replace(second=0, microsecond=0)
    handed_over = session.exec(
        select(RosterOverride).where(
            RosterOverride.roster_id == roster.id,
            RosterOverride.ends_at > minute,
            col(RosterOverride.removed_at).is_(None),
            col(RosterOverride.origin).in_(HANDED_OVER),
            col(RosterOverride.layer_id).is_not(None),
        )
    ).all()
    if handed_over:
        # Only then: it is a rendering of more than a year.
        turns = planned(session, roster, now=now)
        for row in handed_over:
            _move(session, row, turns, minute=minute, now=now)
        session.flush()
    for offer in open_offers(session, roster.id):
        _look_again(session, roster, offer, now=now)


def planned(session: Session, roster: Roster, *, now: dt.datetime) -> list[Piece]:
    """Every piece of every shift from this minute on by the layers alone, whoever stands in or is away."""
    minute = now.replace(second=0, microsecond=0)
    window = Window(minute, minute + LONGEST_WINDOW)
    definition = duty.definition_of(session, duty.of(roster), start=window.start, end=window.end)
    plain = dataclasses.replace(definition, overrides=(), absences=())
    return pieces(render(plain, window).stretches, overrides={})


def open_offers(session: Session, roster_id: uuid.UUID) -> list[ShiftOffer]:
    return list(
        session.exec(select(ShiftOffer).where(ShiftOffer.roster_id == roster_id, ShiftOffer.state == OfferState.OPEN))
    )


def tell(session: Session, offer: ShiftOffer, *, now: dt.datetime, who: set[uuid.UUID]) -> None:
    """An offer is another now: those whom it concerns, and the school's endpoints, may look."""
    school = session.get_one(School, offer.school_id)
    data = ShiftOfferChanged(school=school.slug, offer_id=offer.id, roster_id=offer.roster_id, state=offer.state)
    outbox.emit(session, "shift_offer.changed", data, school_id=school.id, now=now, tell=who)


def what_is_offered(session: Session, roster: Roster, offer: ShiftOffer, *, now: dt.datetime) -> list[Window]:
    """The time that would change hands: what the giver has of the shift, or what nobody has, from now on."""
    minute = now.replace(second=0, microsecond=0)
    reach = Window(minute, minute + LONGEST_WINDOW)
    definition = duty.definition_of(session, duty.of(roster), start=reach.start, end=reach.end)
    stretches = render(definition, reach).stretches
    if offer.person_id is None:
        free = [Window(each.start, each.end) for each in stretches if not each.on_call]
        return _clipped(free, offer.starts_at, offer.ends_at)
    name = name_of(offer.layer_id, offer.slot_start, offer.override_id)
    overrides = {override.id: override for override in definition.overrides}
    mine = [
        Window(piece.start, piece.end)
        for piece in pieces(stretches, overrides=overrides)
        if piece.held and piece.person == str(offer.person_id) and piece.name == name
    ]
    return mine if offer.whole else _clipped(mine, offer.starts_at, offer.ends_at)


def name_of(layer_id: str | None, slot_start: dt.datetime | None, override_id: uuid.UUID | None) -> ShiftName:
    return ShiftName(layer_id, slot_start, None if override_id is None else str(override_id))


def _move(session: Session, row: RosterOverride, turns: list[Piece], *, minute: dt.datetime, now: dt.datetime) -> None:
    """To where the shift lies now; the same slot, else the slot of that person and layer that has most of its time."""
    of_person = [each for each in turns if each.person == str(row.replaces) and each.name.layer_id == row.layer_id]
    name = ShiftName(row.layer_id, row.slot_start)
    if not any(each.name == name for each in of_person):
        near = max(of_person, key=lambda each: _shared(each, row), default=None)
        if near is None or not _shared(near, row):
            row.removed_at = now
            session.add(row)
            return
        name = near.name
    shift = [each for each in of_person if each.name == name]
    start, end = shift[0].start, shift[-1].end
    if not row.whole:
        start, end = max(start, row.starts_at), min(end, row.ends_at)
    if row.starts_at < minute:
        start = row.starts_at
    if start >= end:
        row.removed_at = now
    else:
        row.starts_at, row.ends_at, row.slot_start = start, end, name.slot_start
    session.add(row)


def _look_again(session: Session, roster: Roster, offer: ShiftOffer, *, now: dt.datetime) -> None:
    times = what_is_offered(session, roster, offer, now=now)
    if times:
        edges = times[0].start, times[-1].end
        if edges == (offer.starts_at, offer.ends_at):
            return
        offer.starts_at, offer.ends_at = edges
    else:
        offer.state = OfferState.VOID
    offer.version += 1
    offer.updated_at = now
    session.add(offer)
    if not times:
        tell(session, offer, now=now, who={offer.person_id} if offer.person_id is not None else set())


def _shared(piece: Piece, row: RosterOverride) -> dt.timedelta:
    return max(min(piece.end, row.ends_at) - max(piece.start, row.starts_at), dt.timedelta())


def _clipped(times: list[Window], start: dt.datetime, end: dt.datetime) -> list[Window]:
    return [Window(max(t.start, start), min(t.end, end)) for t in times if t.start < end and start < t.end]
