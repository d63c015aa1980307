"""What somebody has on the rosters of their school, and whether they may take something more."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from app.core.problems import Conflict
from app.models import Person, Roster, School
from app.rosters import duty, own_limits, records
from app.rosters.definition import Override
from app.rosters.pieces import Piece, pieces
from app.rosters.rules import Breach, Held, Limits, Rule, breaches
from app.schools import service as schools
from app.vocabulary import GapCause

# Rest and weeks reach this far beyond a shift.
AROUND = dt.timedelta(days=8)


class RulesBroken(Conflict):
    code, status, title = "rules_broken", 409, "A rule that protects people stands in the way"


@dataclass(frozen=True, slots=True)
class HeldPiece:
    """A piece of a shift, with the roster that it is on."""

    roster: Roster
    piece: Piece


def pieces_of(session: Session, roster: Roster, *, start: dt.datetime, end: dt.datetime) -> list[Piece]:
    """Every piece of every shift of a roster from `start` to `end`: past ones by the record."""
    stored = duty.of(roster)
    stretches = records.rendered(session, stored, start=start, end=end).stretches
    named = {stretch.override_id for stretch in stretches if stretch.override_id is not None}
    return pieces(stretches, overrides=overrides_by_id(session, named))


def overrides_by_id(session: Session, ids: Collection[str]) -> dict[str, Override]:
    return {override.id: override for override in duty.overrides_named(session, [uuid.UUID(each) for each in ids])}


def held_by(
    session: Session, school_id: uuid.UUID, person_id: uuid.UUID, *, start: dt.datetime, end: dt.datetime
) -> list[HeldPiece]:
    """What a person has on all rosters of their school, in order of start."""
    rosters = session.exec(select(Roster).where(Roster.school_id == school_id).order_by(col(Roster.id))).all()
    found = [
        HeldPiece(roster, piece)
        for roster in rosters
        for piece in pieces_of(session, roster, start=start, end=end)
        if piece.held and piece.person == str(person_id)
    ]
    return sorted(found, key=lambda each: (each.piece.start, each.piece.end))


def breaches_of(
    session: Session,
    roster: Roster,
    person_id: uuid.UUID,
    wanted: Sequence[tuple[dt.datetime, dt.datetime]],
    *,
    given_away: Collection[tuple[uuid.UUID, dt.datetime, dt.datetime]] = (),
) -> tuple[Breach, ...]:
    """The rules that stand between a person and these times of a roster.

    `given_away`: times, by roster, that the person would no longer have; what they have of `wanted` already is no
    second booking.
    """
    if not wanted:
        return ()
    school = session.get_one(School, roster.school_id)
    start, end = min(since for since, _ in wanted) - AROUND, max(until for _, until in wanted) + AROUND
    held = []
    for each in held_by(session, school.id, person_id, start=start, end=end):
        free = [(since, until) for roster_id, since, until in given_away if roster_id == each.roster.id]
        if each.roster.id == roster.id:
            free += wanted
        held += [Held(since, until, each.roster.line) for since, until in _without(each.piece, free)]
    rules = schools.policies_of(school).roster_rules[roster.line]
    found = breaches(
        [Held(since, until, roster.line) for since, until in wanted],
        held=held,
        absences=duty.absences_of(session, [person_id], roster=roster, start=start, end=end),
        limits=Limits(
            rest_hours=rules.rest_hours,
            weekly_hours=rules.weekly_hours,
            own_weekly_hours=own_limits.weekly_hours(session, school, person_id, line=roster.line),
        ),
        zone=schools.zone_of(school),
    )
    if not session.get_one(Person, person_id).active and not any(each.rule is Rule.ENDED for each in found):
        found = (*found, Breach(Rule(GapCause.ENDED), "Has left, or has no role."))
    return found


def refuse(found: Sequence[Breach]) -> None:
    """Raises RulesBroken with every reason, if there is one."""
    if found:
        raise RulesBroken(
            "Each reason is listed in `errors`.",
            errors=[{"code": each.rule, "detail": each.detail} for each in found],
        )


def _without(piece: Piece, free: Sequence[tuple[dt.datetime, dt.datetime]]) -> list[tuple[dt.datetime, dt.datetime]]:
    left, at = [], piece.start
    for since, until in sorted(free):
        if until <= at or since >= piece.end:
            continue
        if at < since:
            left.append((at, since))
        at = max(at, until)
    if at < piece.end:
        left.append((at, piece.end))
    return left
