"""What the people of a school carry: minutes by the rosters, pages by the escalations. Both can be seen from here."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter

from sqlmodel import Session, col, select

from app.identity.actors import Actor
from app.models import Escalation, Page, Roster, School
from app.rosters import duty, held
from app.rosters import service as rosters
from app.rosters.cost import MOST_EDGES, edges
from app.rosters.definition import Window
from app.rosters.load import Carried, Shared, Spread, Stint, carried, kinds, shared
from app.rosters.load_schemas import LineLoad, LoadOut, PersonLoad, SpreadOut
from app.schools import service as schools
from app.vocabulary import Role, RosterLine, SubjectKind


def of_school(session: Session, actor: Actor, *, start: dt.datetime, end: dt.datetime) -> LoadOut:
    """What each person carries from `start` to `end`, and how each line shares it. For coordinators.

    Raises Forbidden, and InvalidRequest for a window that is refused.
    """
    actor.require(Role.COORDINATOR)
    rosters.check_window(start, end)
    school, window = session.get_one(School, actor.require_school()), Window(start, end)
    stints = _stints(session, school.id, window)
    holidays = schools.public_holidays_between(school, start=start, end=end)
    kinds_of = kinds(window, zone=schools.zone_of(school), holidays=holidays)
    of_person = carried(stints, window=window, kinds=kinds_of)
    pages = pages_counted(session, school.id, start=start, end=end)
    aliases = rosters.aliases_of(session, sorted({uuid.UUID(person) for person in of_person} | set(pages)))
    by_alias = sorted(aliases.items(), key=lambda each: (each[1].casefold(), each[0]))
    return LoadOut.model_validate(
        {
            "from": start,
            "to": end,
            "time_zone": school.time_zone,
            "people": [_person(each, alias, of_person.get(str(each)), pages[each]) for each, alias in by_alias],
            "lines": [_line(line, each) for line, each in shared(stints, window=window, kinds=kinds_of).items()],
        }
    )


def pages_counted(
    session: Session, school_id: uuid.UUID, *, start: dt.datetime, end: dt.datetime
) -> Counter[uuid.UUID]:
    """How often each person was asked between two instants, where that may be told.

    Of reports, only pages of escalations that are not discreet and leave nobody out. Of the others a coordinator may be
    the very one who must not learn that they exist, and a count that is one higher than what can be seen elsewhere says
    it (J14). A request for advice leaves out whoever asks, and is no secret from a coordinator. Drills are practice,
    not load. Of what is over, times are kept to the hour.
    """
    statement = (
        select(Page.person_id, Escalation.subject_kind, Escalation.discreet, Escalation.excluded)
        .join(Escalation, col(Escalation.id) == col(Page.escalation_id))
        .where(
            Page.school_id == school_id,
            col(Page.sent_at) >= start,
            col(Page.sent_at) < end,
            col(Page.drill).is_(False),
        )
    )
    return Counter(
        person
        for person, kind, discreet, excluded in session.exec(statement)
        if not discreet and (kind is SubjectKind.ADVICE_REQUEST or not excluded)
    )


def _stints(session: Session, school_id: uuid.UUID, window: Window) -> list[Stint]:
    found, work = list(session.exec(select(Roster).where(Roster.school_id == school_id).order_by(col(Roster.id)))), 0
    for roster in found:
        definition = duty.definition_of(session, duty.of(roster), start=window.start, end=window.end)
        work += edges(definition, window=window)
        if work > MOST_EDGES:
            raise rosters.bad_window("So many handoffs need a shorter window.")
    return [
        Stint(piece.person, roster.line, (roster.id, piece.name), piece.start, piece.end, piece.held)
        for roster in found
        for piece in held.pieces_of(session, roster, start=window.start, end=window.end)
    ]


def _person(person: uuid.UUID, alias: str, carries: Carried | None, pages: int) -> PersonLoad:
    minutes = None if carries is None else carries.minutes
    return PersonLoad(
        person=person,
        alias=alias,
        minutes=minutes.total if minutes else 0,
        night_minutes=minutes.night if minutes else 0,
        weekend_minutes=minutes.weekend if minutes else 0,
        public_holiday_minutes=minutes.public_holiday if minutes else 0,
        shifts=carries.shifts if carries else 0,
        pages=pages,
    )


def _line(line: str, each: Shared) -> LineLoad:
    return LineLoad(
        line=RosterLine(line),
        people=each.people,
        minutes=_spread(each.total),
        night_minutes=_spread(each.night),
        weekend_minutes=_spread(each.weekend),
        public_holiday_minutes=_spread(each.public_holiday),
    )


def _spread(each: Spread) -> SpreadOut:
    return SpreadOut(mean=each.mean, least=each.least, most=each.most)
