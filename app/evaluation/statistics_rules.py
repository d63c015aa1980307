"""What a school's statistics go by: its privacy officer decides it, within what the platform allows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlmodel import Session, select

from app.audit import trail
from app.core import clock
from app.core.preconditions import Version
from app.core.problems import InvalidRequest
from app.evaluation.statistics_schemas import StatisticsRulesOut, StatisticsRulesPut, StatisticsTermOut
from app.evaluation.suppression import SMALLEST_GROUP
from app.identity.actors import Actor
from app.models import School, StatisticsRules
from app.schools import service as schools
from app.vocabulary import Role

READERS = (Role.PRIVACY_OFFICER, Role.EVALUATOR)


def get(session: Session, actor: Actor) -> StatisticsRulesOut:
    actor.require(*READERS)
    return _out(session.get(StatisticsRules, actor.require_school()))


def put(session: Session, actor: Actor, body: StatisticsRulesPut, *, version: Version) -> StatisticsRulesOut:
    """All anew, for periods that are not closed. Raises PreconditionRequired, PreconditionFailed, and InvalidRequest
    for a smaller group than before, and for other terms of a year that has begun."""
    actor.require(Role.PRIVACY_OFFICER)
    # There may be no row yet: the school's own is what two wait for.
    locked = select(School).where(School.id == actor.require_school()).with_for_update(key_share=True)
    school, now = session.exec(locked).one(), clock.now()
    row = session.get(StatisticsRules, school.id, populate_existing=True)
    before = _out(row)
    version.check(before)
    _check(before, body, this_year=schools.today(school, now=now).year)
    if row is None:
        row = StatisticsRules(school_id=school.id, smallest_group=SMALLEST_GROUP, terms=[], version=0, updated_at=now)
    row.smallest_group = body.smallest_group
    row.terms = [term.model_dump(mode="json") for term in sorted(body.terms, key=lambda term: term.starts_on)]
    row.version, row.updated_at = row.version + 1, now
    session.add(row)
    trail.record(
        session,
        action="statistics_rules.changed",
        school_id=school.id,
        person_id=actor.person_id,
        subject=school.id,
        now=now,
    )
    session.flush()
    return _out(row)


def _check(before: StatisticsRulesOut, body: StatisticsRulesPut, *, this_year: int) -> None:
    faults = []
    if body.smallest_group < before.smallest_group:
        faults.append(
            {
                "pointer": "#/smallest_group",
                "code": "never_lowered",
                "detail": f"It is {before.smallest_group}: what was promised to those who are counted stays.",
            }
        )
    # Terms that could be moved while they run would be any dates that somebody likes.
    if _begun(before.terms, this_year) != _begun(body.terms, this_year):
        faults.append(
            {
                "pointer": "#/terms",
                "code": "year_has_begun",
                "detail": f"Up to {this_year} they stay as they are: terms are named before their year begins.",
            }
        )
    if faults:
        raise InvalidRequest(errors=faults)


def _begun(terms: Iterable[object], this_year: int) -> set[tuple[str, dt.date, dt.date]]:
    known = [StatisticsTermOut.model_validate(term, from_attributes=True) for term in terms]
    return {(term.period, term.starts_on, term.ends_on) for term in known if term.starts_on.year <= this_year}


def _out(row: StatisticsRules | None) -> StatisticsRulesOut:
    if row is None:
        return StatisticsRulesOut(smallest_group=SMALLEST_GROUP, terms=[])
    return StatisticsRulesOut.model_validate({"smallest_group": row.smallest_group, "terms": row.terms})
