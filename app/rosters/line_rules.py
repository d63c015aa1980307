"""What a school decides of rest and caps, line by line."""

from __future__ import annotations

from sqlmodel import Session, select

from app.audit import trail
from app.core import clock
from app.core.preconditions import Version
from app.events import outbox
from app.events.duty import RosterRulesChanged
from app.identity.actors import Actor
from app.models import School
from app.rosters import service as rosters
from app.rosters.coverage_schemas import RosterRulesOut, RosterRulesUpdate
from app.schools import service as schools
from app.vocabulary import Role, RosterLine


def get(session: Session, actor: Actor) -> RosterRulesOut:
    actor.require(*rosters.READERS)
    return _out(session.get_one(School, actor.require_school()))


def update(session: Session, actor: Actor, body: RosterRulesUpdate, *, version: Version) -> RosterRulesOut:
    """Merge patch. It counts from the next shift that is given or taken; none is taken away."""
    actor.require(Role.COORDINATOR)
    school = session.exec(select(School).where(School.id == actor.require_school()).with_for_update()).one()
    version.check(_out(school))
    policies = schools.policies_of(school)
    changed = {
        RosterLine(line): policies.roster_rules[RosterLine(line)].model_copy(update=rules)
        for line, rules in body.model_dump(exclude_unset=True).items()
    }
    rules = policies.roster_rules | changed
    school.policies = policies.model_copy(update={"roster_rules": rules}).model_dump(mode="json")
    session.add(school)
    session.flush()
    now = clock.now()
    trail.record(
        session,
        action="roster_rules.changed",
        school_id=school.id,
        person_id=actor.person_id,
        subject=school.id,
        now=now,
    )
    outbox.emit(session, "roster_rules.changed", RosterRulesChanged(school=school.slug), school_id=school.id, now=now)
    return _out(school)


def _out(school: School) -> RosterRulesOut:
    rules = schools.policies_of(school).roster_rules
    return RosterRulesOut(**{str(line): rules[line] for line in RosterLine})
