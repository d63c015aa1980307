"""How long each class of things is kept, and on whose authority (domain, 3.5)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping

from sqlmodel import Session, select

from app.audit import trail
from app.core import clock
from app.core.clock import hour_of
from app.core.preconditions import Version
from app.core.problems import InvalidRequest
from app.identity.actors import Actor
from app.models import Person, RetentionPolicy, School
from app.retention.schemas import RetentionPolicies, RetentionPolicyOut, RetentionPolicyPut
from app.vocabulary import RetentionAction, Role
from app.vocabulary.keeping import RetentionClass, RetentionTrigger

# A privacy law says to erase what is no longer needed, a law on records may forbid it: only what asked for advice and
# names nobody is suggested to go, and everything else stays until the school says on what authority it may.
SUGGESTED_DAYS: Mapping[RetentionClass, int] = {RetentionClass.ADVICE_ONLY_UNNAMED: 90}
# What no name could be taken out of is destroyed, or kept.
ONLY_DESTROYED = (RetentionClass.ADVICE_REQUEST, RetentionClass.AUDIT_AND_ACCESS_LOG)
# Who saw what must still be known when somebody asks about it a year later.
LEAST_DAYS: Mapping[RetentionClass, int] = {RetentionClass.AUDIT_AND_ACCESS_LOG: 365}


def list_all(session: Session, actor: Actor) -> RetentionPolicies:
    actor.require(Role.PRIVACY_OFFICER)
    found = of_school(session, actor.require_school())
    return RetentionPolicies(items=[_out(session, found[each]) for each in RetentionClass])


def get(session: Session, actor: Actor, retention_class: RetentionClass) -> RetentionPolicyOut:
    actor.require(Role.PRIVACY_OFFICER)
    return _out(session, of_school(session, actor.require_school())[retention_class])


def put(
    session: Session, actor: Actor, retention_class: RetentionClass, body: RetentionPolicyPut, *, version: Version
) -> RetentionPolicyOut:
    """Raises InvalidRequest for a period without an authority, PreconditionRequired, PreconditionFailed."""
    actor.require(Role.PRIVACY_OFFICER)
    # Of two who decide for the first time at once there is no row to lock.
    school = session.exec(select(School).where(School.id == actor.require_school()).with_for_update(key_share=True))
    school_id, now = school.one().id, clock.now()
    row = of_school(session, school_id)[retention_class]
    version.check(_out(session, row))
    _check(retention_class, body)
    for name in ("period_days", "trigger", "action", "authority_ref", "automatic"):
        setattr(row, name, getattr(body, name))
    row.changed_by, row.changed_hour = actor.person_id, hour_of(now)
    row.version += 1
    session.add(row)
    session.flush()
    trail.record(
        session,
        action="retention_policy.changed",
        school_id=school_id,
        person_id=actor.person_id,
        subject=str(retention_class),
        now=now,
    )
    return _out(session, row)


def of_school(session: Session, school_id: uuid.UUID) -> dict[RetentionClass, RetentionPolicy]:
    """By class: what the school has decided, or what is suggested, which is in no session and of version 0."""
    rows = session.exec(select(RetentionPolicy).where(RetentionPolicy.school_id == school_id)).all()
    decided = {RetentionClass(row.retention_class): row for row in rows}
    return {each: decided.get(each) or _suggested(school_id, each) for each in RetentionClass}


def period_of(policy: RetentionPolicy) -> dt.timedelta | None:
    return None if policy.period_days is None else dt.timedelta(days=policy.period_days)


def _suggested(school_id: uuid.UUID, retention_class: RetentionClass) -> RetentionPolicy:
    # Nobody has decided it: it is in no session until somebody does.
    return RetentionPolicy(  # type: ignore[call-arg]  # who has decided, and when
        school_id=school_id,
        retention_class=retention_class,
        period_days=SUGGESTED_DAYS.get(retention_class),
        trigger=RetentionTrigger.CLOSED,
        action=RetentionAction.DESTROY,
        automatic=False,
        version=0,
    )


def _check(retention_class: RetentionClass, body: RetentionPolicyPut) -> None:
    faults = []
    least = LEAST_DAYS.get(retention_class, 0)
    if body.period_days is not None and body.period_days < least:
        faults.append(("#/period_days", "too_short", f"This is kept for {least} days at the least."))
    needs_authority = body.period_days is not None and retention_class not in SUGGESTED_DAYS
    if needs_authority and body.authority_ref is None:
        faults.append(("#/authority_ref", "required", "Say which law, or whose authority, lets you erase this."))
    if retention_class in ONLY_DESTROYED and body.action is not RetentionAction.DESTROY:
        faults.append(("#/action", "only_destroyed", "Of this nothing would be left to keep."))
    if faults:
        named = [{"pointer": pointer, "code": code, "detail": detail} for pointer, code, detail in faults]
        raise InvalidRequest(errors=named)


def _out(session: Session, row: RetentionPolicy) -> RetentionPolicyOut:
    by = session.get_one(Person, row.changed_by) if row.version else None
    return RetentionPolicyOut(
        retention_class=row.retention_class,
        period_days=row.period_days,
        trigger=row.trigger,
        action=row.action,
        authority_ref=row.authority_ref,
        automatic=row.automatic,
        suggested=row.version == 0,
        changed_by=by.alias if by is not None else None,
        changed_hour=row.changed_hour if row.version else None,
        version=row.version,
    )
