"""What a supporter may be given: the school's limits, or lower ones of their own (STUDY D10)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection

from sqlmodel import Session, col, func, select

from app.audit import trail
from app.core import clock
from app.core.preconditions import Version
from app.core.problems import InvalidRequest, NotFound
from app.identity.actors import Actor
from app.models import Contact, School, Supporter
from app.schools import service as schools
from app.schools.policies import SupporterLoad
from app.supporters import service as supporters
from app.supporters.load_schemas import LimitOut, LimitsOut, LimitsUpdate
from app.vocabulary import CONTACT_IS_OPEN, ContactState, Role


def own_row(session: Session, actor: Actor, *, lock: bool = False) -> Supporter:
    """Raises NotFound for somebody who never was on the way into the programme."""
    row = supporters.own(session, actor, lock=lock)
    if row is None:
        raise NotFound
    return row


def row_of(session: Session, actor: Actor, supporter_id: uuid.UUID, *, lock: bool = False) -> Supporter:
    """Of a coordinator's school. Raises Forbidden and NotFound."""
    actor.require(Role.COORDINATOR)
    return supporters.find(session, actor, supporter_id, lock=lock)


def of_own(session: Session, actor: Actor) -> LimitsOut:
    return out(session, own_row(session, actor))


def update_own(session: Session, actor: Actor, body: LimitsUpdate, *, version: Version) -> LimitsOut:
    """One's own may be raised again, up to the school's. Raises InvalidRequest above it, PreconditionFailed."""
    return _update(session, actor, own_row(session, actor, lock=True), body, version=version)


def of(session: Session, actor: Actor, supporter_id: uuid.UUID) -> LimitsOut:
    return out(session, row_of(session, actor, supporter_id))


def update(
    session: Session, actor: Actor, supporter_id: uuid.UUID, body: LimitsUpdate, *, version: Version
) -> LimitsOut:
    """A coordinator lowers. Raises InvalidRequest for more than there is, PreconditionFailed."""
    row = row_of(session, actor, supporter_id, lock=True)
    held = out(session, row)
    _refuse_more(body, {name: getattr(held, name).holds for name in LimitsUpdate.model_fields}, null=False)
    return _update(session, actor, row, body, version=version)


def with_room(session: Session, people: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those of `people` who have fewer open contacts than they may have. One that needs somebody else is not counted:
    it is on its way to them."""
    rows = supporters.of_people(session, people)
    taken = open_contacts(session, people)
    return {
        person for person in people if person in rows and taken.get(person, 0) < most_contacts(session, rows[person])
    }


def may_accept(session: Session, person_id: uuid.UUID) -> bool:
    """Whether they may take one more on, of those that they were offered. Locks their row: one at a time."""
    row = supporters.of_person(session, person_id, lock=True)
    return row is not None and open_contacts(session, [person_id], accepted=True).get(person_id, 0) < most_contacts(
        session, row
    )


def open_contacts(session: Session, people: Collection[uuid.UUID], *, accepted: bool = False) -> dict[uuid.UUID, int]:
    """How many each has been offered or taken on; `accepted`: only what they have taken on."""
    states = (ContactState.ACCEPTED,) if accepted else CONTACT_IS_OPEN
    counted = (
        select(Contact.person_id, func.count())
        .where(
            col(Contact.person_id).in_(people),
            col(Contact.state).in_(states),
            col(Contact.needs_handover).is_(False),
        )
        .group_by(col(Contact.person_id))
    )
    return dict(session.exec(counted).all())


def most_contacts(session: Session, row: Supporter) -> int:
    most = _policy(session, row).max_open_contacts
    return most if row.max_open_contacts is None else min(most, row.max_open_contacts)


def out(session: Session, row: Supporter) -> LimitsOut:
    policy = _policy(session, row)
    return LimitsOut(
        max_open_contacts=_limit(policy.max_open_contacts, row.max_open_contacts),
        max_on_call_hours_per_week=_limit(policy.max_on_call_hours_per_week, row.max_on_call_hours_per_week),
    )


def _limit(school: int, own: int | None) -> LimitOut:
    return LimitOut(school=school, own=own, holds=school if own is None else min(school, own))


def _policy(session: Session, row: Supporter) -> SupporterLoad:
    return schools.policies_of(session.get_one(School, row.school_id)).supporter_load


def _update(session: Session, actor: Actor, row: Supporter, body: LimitsUpdate, *, version: Version) -> LimitsOut:
    version.check(out(session, row))
    policy, now = _policy(session, row), clock.now()
    _refuse_more(body, policy.model_dump(include=set(LimitsUpdate.model_fields)), null=True)
    for name in body.model_fields_set:
        setattr(row, name, getattr(body, name))
    row.version += 1
    row.updated_at = _hour(now)
    session.add(row)
    session.flush()
    trail.record(
        session,
        action="supporter.limits_changed",
        school_id=row.school_id,
        person_id=actor.person_id,
        subject=row.id,
        now=now,
    )
    return out(session, row)


def _refuse_more(body: LimitsUpdate, most: dict[str, int], *, null: bool) -> None:
    faults = []
    for name in sorted(body.model_fields_set):
        wanted = getattr(body, name)
        if (wanted is None and not null) or (wanted is not None and wanted > most[name]):
            detail = f"At most {most[name]}: a limit of somebody's own is never higher."
            faults.append({"pointer": f"#/{name}", "code": "above_the_limit", "detail": detail})
    if faults:
        raise InvalidRequest(errors=faults)


def _hour(now: dt.datetime) -> dt.datetime:
    return now.replace(minute=0, second=0, microsecond=0)
