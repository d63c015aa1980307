"""What a supporter carries: for them, so that they see it coming, and for coordinators, who plan (STUDY D10)."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Session, col, select

from app.core import clock
from app.identity.actors import Actor
from app.models import Absence, DebriefOffer, School, Supporter
from app.rosters import held
from app.schools import service as schools
from app.supporters import limits, reckoning
from app.supporters.load_schemas import SupporterLoadOut, WeekOut, WindowOut
from app.supporters.reckoning import Time
from app.vocabulary import AbsenceKind, RosterLine

WEEKS = 4
AHEAD = dt.timedelta(weeks=26)
_DECLARED = (AbsenceKind.LEAVE, AbsenceKind.EXAM_WINDOW, AbsenceKind.PLACEMENT)


def of_own(session: Session, actor: Actor) -> SupporterLoadOut:
    """Raises NotFound for somebody who never was on the way into the programme."""
    return _of(session, limits.own_row(session, actor))


def of(session: Session, actor: Actor, supporter_id: uuid.UUID) -> SupporterLoadOut:
    """Raises Forbidden and NotFound."""
    return _of(session, limits.row_of(session, actor, supporter_id))


def _of(session: Session, row: Supporter) -> SupporterLoadOut:
    school, now = session.get_one(School, row.school_id), clock.now()
    zone = schools.zone_of(school)
    weeks = reckoning.weeks_from(now, zone=zone, number=WEEKS)
    window = Time(weeks[0].start, weeks[-1].end)
    pieces = held.held_by(session, school.id, row.person_id, start=window.start, end=window.end)
    times = reckoning.united(Time(each.piece.start, each.piece.end) for each in pieces)
    own = limits.out(session, row)
    most = own.max_on_call_hours_per_week.holds * 60
    minutes = [reckoning.minutes_in(times, week) for week in weeks]
    contacts = limits.open_contacts(session, [row.person_id]).get(row.person_id, 0)
    rest = schools.policies_of(school).roster_rules[RosterLine.PEER_SUPPORT].rest_hours
    broken = reckoning.rests_broken(times, hours=rest)
    over = {
        "open_contacts": contacts > own.max_open_contacts.holds,
        "on_call_hours": any(each > most for each in minutes),
        "rest": broken > 0,
    }
    return SupporterLoadOut.model_validate(
        {
            "person": row.person_id,
            "time_zone": school.time_zone,
            "open_contacts": contacts,
            "weeks": [
                WeekOut(begins=week.start.astimezone(zone).date(), minutes=each, over=each > most)
                for week, each in zip(weeks, minutes, strict=True)
            ],
            "nights": reckoning.nights(times, window, zone=zone),
            "longest_run": reckoning.longest_run(times, zone=zone),
            "rests_broken": broken,
            "windows": _windows(session, row, now=now),
            "limits": own,
            "talk_offered": _talk_offered(session, row, now=now),
            "over": [name for name, is_over in over.items() if is_over],
        }
    )


def _talk_offered(session: Session, row: Supporter, *, now: dt.datetime) -> bool:
    offered = select(DebriefOffer.id).where(
        DebriefOffer.person_id == row.person_id, col(DebriefOffer.offered_hour) > now - dt.timedelta(weeks=WEEKS)
    )
    return session.exec(offered.limit(1)).first() is not None


def _windows(session: Session, row: Supporter, *, now: dt.datetime) -> list[WindowOut]:
    """Why somebody pauses, or that they do, is no part of it."""
    ahead = (
        select(Absence)
        .where(
            Absence.person_id == row.person_id,
            col(Absence.kind).in_(_DECLARED),
            col(Absence.removed_at).is_(None),
            col(Absence.starts_at) < now + AHEAD,
            (col(Absence.ends_at).is_(None)) | (col(Absence.ends_at) > now),
        )
        .order_by(col(Absence.starts_at), col(Absence.id))
        .limit(100)
    )
    return [
        WindowOut.model_validate({"kind": each.kind, "start": each.starts_at, "until": each.ends_at})
        for each in session.exec(ahead)
    ]
