"""What a school decides for itself. What protects those who report is its privacy officer's to lower, nobody else's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlmodel import Session, select

from app.audit import trail
from app.core import clock
from app.core.preconditions import Version
from app.core.problems import Forbidden, InvalidRequest
from app.directory import opening_hours
from app.events import outbox
from app.events.duty import RosterRulesChanged
from app.identity.actors import Actor, people_with
from app.models import School
from app.readiness.deciding_schemas import PoliciesOut, PoliciesPut
from app.rosters import coverage, gaps
from app.schools import partners
from app.schools import service as schools
from app.schools.policies import SchoolPolicies
from app.vocabulary import Role, RosterLine

READERS = (Role.COORDINATOR, Role.PRIVACY_OFFICER, Role.SPONSOR)
# Whether what somebody took back is kept, and how long harm is looked into: either way a matter of law.
OF_PRIVACY = ("keeps_withdrawn_reports", "assess_incidents_within_days")
# A code, and what is wrong.
Fault = tuple[str, str]


def get(session: Session, actor: Actor) -> PoliciesOut:
    actor.require(*READERS)
    return _out(session, session.get_one(School, actor.require_school()))


def put(session: Session, actor: Actor, body: PoliciesPut, *, version: Version) -> PoliciesOut:
    """All of them anew. Counts at once, for what begins then; what was promised stays.

    Raises PreconditionRequired, PreconditionFailed, Forbidden for what is not the actor's to change, and InvalidRequest
    for what could not be kept.
    """
    actor.require(Role.COORDINATOR, Role.PRIVACY_OFFICER)
    locked = select(School).where(School.id == actor.require_school()).with_for_update(key_share=True)
    school, now = session.exec(locked).one(), clock.now()
    version.check(_out(session, school))
    before = _document(school)
    after = _wanted(body, before)
    changed = [name for name, value in after.items() if value != before[name]]
    _require_theirs(session, actor, school, changed, after)
    _check(session, school, changed, after, now=now)
    _keep(session, school, after)
    for name in changed:
        trail.record(
            session,
            action="school_policy.changed",
            school_id=school.id,
            person_id=actor.person_id,
            subject=name,
            now=now,
        )
    if "roster_rules" in changed:
        told = RosterRulesChanged(school=school.slug)
        outbox.emit(session, "roster_rules.changed", told, school_id=school.id, now=now)
    return _out(session, school)


def _document(school: School) -> dict[str, Any]:
    """As JSON, all of what a PUT decides."""
    kept = schools.policies_of(school).model_dump(mode="json")
    return {"formal_program": schools.has_programme(school)} | kept


def _wanted(body: PoliciesPut, before: Mapping[str, Any]) -> dict[str, Any]:
    own = body.model_dump(exclude={"formal_program", "roster_rules"})
    if body.training is None:
        own["training"] = before["training"]
    kept = SchoolPolicies.model_validate(own | {"roster_rules": body.roster_rules.by_line()})
    return {"formal_program": body.formal_program} | kept.model_dump(mode="json")


def _require_theirs(
    session: Session, actor: Actor, school: School, changed: Iterable[str], after: Mapping[str, Any]
) -> None:
    """Raises Forbidden, with what is not the actor's to change."""
    refused = []
    for name in changed:
        privacy = name in OF_PRIVACY or (name == "independent_partner" and _leaves_nobody(session, school, after))
        role = Role.PRIVACY_OFFICER if privacy else Role.COORDINATOR
        if not actor.has(role):
            refused.append({"pointer": f"#/{name}", "code": "not_yours", "detail": f"This is for: {role}."})
    if refused:
        raise Forbidden("Some of this is not yours to change: see `errors`. Nothing was stored.", errors=refused)


def _leaves_nobody(session: Session, school: School, after: Mapping[str, Any]) -> bool:
    """Whether an agreement ends by which alone somebody outside the programme reads what is kept from it."""
    partner = partners.partner_of(session, school.id)
    if partner is None or after["independent_partner"] == partner.slug:
        return False
    return not people_with(session, school.id, Role.INDEPENDENT_HANDLER)


def _check(
    session: Session, school: School, changed: Collection[str], after: Mapping[str, Any], *, now: dt.datetime
) -> None:
    """Raises InvalidRequest. What was decided before stays, whatever has become of it."""
    found: dict[str, Fault | None] = {}
    if "reading_hours" in changed:
        found["reading_hours"] = _never_open(school, after["reading_hours"], now=now)
    if "independent_partner" in changed:
        found["independent_partner"] = _no_partner(session, school, after["independent_partner"])
    if "external_advice_entry_id" in changed:
        found["external_advice_entry_id"] = _no_entry(session, school, after["external_advice_entry_id"])
    faults = [
        {"pointer": f"#/{name}", "code": fault[0], "detail": fault[1]}
        for name, fault in found.items()
        if fault is not None
    ]
    if faults:
        raise InvalidRequest(errors=faults)


def _never_open(school: School, hours: str, *, now: dt.datetime) -> Fault | None:
    holidays = schools.public_holidays(school, around=now)
    opens = opening_hours.next_opening(hours, after=now, zone=schools.zone_of(school), public_holidays=holidays)
    return None if opens is not None else ("never_open", "Within 30 days there is no such hour.")


def _no_partner(session: Session, school: School, named: str | None) -> Fault | None:
    if named is None:
        return None
    if named == school.slug:
        return "same_school", "A partner is another school."
    there = session.exec(select(School.id).where(School.slug == named)).one_or_none()
    return None if there is not None else ("unknown_school", "There is no such school here.")


def _no_entry(session: Session, school: School, named: str | None) -> Fault | None:
    if named is None or named in gaps.always_there(session, school):
        return None
    return "entry_not_always_open", coverage.ONLY_ALWAYS_THERE


def _keep(session: Session, school: School, after: Mapping[str, Any]) -> None:
    school.features = school.features | {"formal_program": after["formal_program"]}
    school.policies = {name: value for name, value in after.items() if name != "formal_program"}
    session.add(school)
    session.flush()


def _out(session: Session, school: School) -> PoliciesOut:
    rules = schools.policies_of(school).roster_rules
    return PoliciesOut.model_validate(
        _document(school)
        | {
            "time_zone": school.time_zone,
            "roster_rules": {str(line): rules[line] for line in RosterLine},
            "partner_agrees": partners.partner_of(session, school.id) is not None,
        }
    )
