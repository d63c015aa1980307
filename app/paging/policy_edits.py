"""A school's escalation policies: whom to ask for which need, in which order, and who is there when nobody else is."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.audit import trail
from app.core import clock
from app.core.pagination import PageRequest
from app.core.preconditions import Version
from app.core.problems import Conflict, InvalidRequest, NotFound
from app.guidance.signs import Priority
from app.identity.actors import Actor
from app.models import EscalationPolicy, EscalationPolicyVersion
from app.paging import asking, policies
from app.paging.policy_schemas import (
    AskPost,
    AskRole,
    AskRoster,
    EscalationPolicyCreate,
    EscalationPolicyOut,
    EscalationPolicyPage,
    EscalationPolicyPut,
    Fallback,
    PolicyInForce,
    PolicyLevel,
    PolicyVersionOut,
    PolicyVersionPage,
)
from app.schools import posts
from app.schools.policies import PagingPolicy, Step
from app.vocabulary import Level, NeedKind, Role, RosterLine, SubjectKind, Topic, line_for

READERS = (Role.COORDINATOR, Role.SPONSOR)


class PolicyExists(Conflict):
    code, status, title = "policy_exists", 409, "There is a policy for this need already"


def create(session: Session, actor: Actor, body: EscalationPolicyCreate) -> EscalationPolicyOut:
    """Raises InvalidRequest, and PolicyExists for a need that has one."""
    actor.require(Role.COORDINATOR)
    school_id, now = actor.require_school(), clock.now()
    if body.topic is not None and body.need is not NeedKind.ADVICE:
        raise InvalidRequest(errors=[_fault("#/topic", "no_topic_here", "Only advice has a topic.")])
    _check(session, school_id, body.need, body)
    row = EscalationPolicy(
        school_id=school_id,
        need=body.need,
        topic=body.topic or "",
        priority=body.priority or "",
        policy=_kept(body),
        created_at=now,
        updated_at=now,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as exc:
        raise PolicyExists from exc
    _saved(session, actor, row, "created", now=now)
    return _out(session, row)


def replace(
    session: Session, actor: Actor, policy_id: uuid.UUID, body: EscalationPolicyPut, *, version: Version
) -> EscalationPolicyOut:
    """What begins from now on follows it; what runs goes on as it began. Raises InvalidRequest."""
    actor.require(Role.COORDINATOR)
    row, now = _find(session, actor, policy_id, lock=True), clock.now()
    version.check(_out(session, row))
    _check(session, row.school_id, row.need, body)
    row.policy, row.updated_at = _kept(body), now
    row.version += 1
    session.add(row)
    _saved(session, actor, row, "changed", now=now)
    return _out(session, row)


def remove(session: Session, actor: Actor, policy_id: uuid.UUID, *, version: Version) -> None:
    """The next less particular policy counts then; at the end of them the standard one. Its versions stay."""
    actor.require(Role.COORDINATOR)
    row = _find(session, actor, policy_id, lock=True)
    version.check(_out(session, row))
    _record(session, actor, row, "deleted", now=clock.now())
    session.delete(row)


def page(session: Session, actor: Actor, request: PageRequest) -> EscalationPolicyPage:
    statement = request.slice(_visible(actor), at=col(EscalationPolicy.created_at), row_id=col(EscalationPolicy.id))
    rows, cursor = request.page(list(session.exec(statement)), place=lambda row: (row.created_at, row.id))
    return EscalationPolicyPage(items=[_out(session, row) for row in rows], next_cursor=cursor)


def get(session: Session, actor: Actor, policy_id: uuid.UUID) -> EscalationPolicyOut:
    return _out(session, _find(session, actor, policy_id))


def versions(session: Session, actor: Actor, policy_id: uuid.UUID, request: PageRequest) -> PolicyVersionPage:
    """Newest first, the present one among them; also of a policy that was removed."""
    actor.require(*READERS)
    statement = request.slice(
        select(EscalationPolicyVersion).where(
            EscalationPolicyVersion.policy_id == policy_id,
            EscalationPolicyVersion.school_id == actor.require_school(),
        ),
        at=col(EscalationPolicyVersion.created_at),
        row_id=col(EscalationPolicyVersion.id),
        newest_first=True,
    )
    rows, cursor = request.page(list(session.exec(statement)), place=lambda row: (row.created_at, row.id))
    if not rows:
        raise NotFound
    items = [
        PolicyVersionOut(
            version=row.number, created_at=row.created_at, **_body(PagingPolicy.model_validate(row.policy))
        )
        for row in rows
    ]
    return PolicyVersionPage(items=items, next_cursor=cursor)


def in_force(
    session: Session, actor: Actor, *, need: NeedKind, topic: Topic | None, priority: Priority
) -> PolicyInForce:
    """What would be followed, with every clock filled in. `line` is where the need goes first."""
    actor.require(*READERS)
    line = line_for(topic) if topic is not None else RosterLine.CLINICAL_ADVICE
    if need is NeedKind.INDEPENDENT:
        line = RosterLine.INDEPENDENT_ADVICE
    kind = SubjectKind.ADVICE_REQUEST if need is NeedKind.ADVICE else SubjectKind.REPORT
    found = policies.policy_for(session, actor.require_school(), kind=kind, line=line, topic=topic, priority=priority)
    return PolicyInForce(
        policy_id=found.policy_id,
        version=found.policy_version,
        line=line,
        priority=priority,
        **_body(found, priority=priority),
    )


def _check(session: Session, school_id: uuid.UUID, need: NeedKind, body: EscalationPolicyPut) -> None:
    asks = [(f"#/levels/{number}/ask", each.ask) for number, each in enumerate(body.levels)]
    faults = []
    for pointer, ask in [*asks, ("#/fallback/ask", body.fallback.ask)]:
        if need is NeedKind.INDEPENDENT and not _outside(ask):
            detail = "What is kept from people of the programme is asked of independent handlers alone."
            faults.append(_fault(pointer, "inside_the_programme", detail))
        elif isinstance(ask, AskRoster) and ask.line is RosterLine.PEER_SUPPORT:
            detail = "Supporters may not read what they would be asked about."
            faults.append(_fault(f"{pointer}/line", "supporters_are_not_paged", detail))
        elif isinstance(ask, AskPost) and not posts.exists(session, school_id, ask.post):
            faults.append(_fault(f"{pointer}/post", "unknown_post", "There is no such post."))
    if not faults and not _staffed(session, school_id, body.fallback):
        detail = "Nobody is there. The last level must be somebody, whatever happens to the others."
        faults.append(_fault("#/fallback", "nobody_there", detail))
    if faults:
        raise InvalidRequest(errors=faults)


def _outside(ask: AskRoster | AskRole | AskPost) -> bool:
    if isinstance(ask, AskRoster):
        return ask.line in (None, RosterLine.INDEPENDENT_ADVICE)
    return isinstance(ask, AskRole) and Role(ask.role) is Role.INDEPENDENT_HANDLER


def _staffed(session: Session, school_id: uuid.UUID, fallback: Fallback) -> bool:
    return bool(asking.people_at(session, school_id, _step(fallback.ask, Level.BACKUP, fallback.ack_seconds)))


def _kept(body: EscalationPolicyPut) -> dict[str, Any]:
    steps = [_step(each.ask, each.level, each.ack_seconds) for each in body.levels]
    last = body.fallback.ask
    coordinators = isinstance(last, AskRole) and Role(last.role) is Role.COORDINATOR
    level = Level.COORDINATOR if coordinators else Level.BACKUP
    policy = PagingPolicy(
        steps=[*steps, _step(last, level, body.fallback.ack_seconds)],
        undelivered_seconds=body.undelivered_seconds,
        reply_seconds=body.reply_seconds,
        note_seconds=body.note_seconds,
        told_alone_a_minute=body.told_alone_a_minute,
    )
    return policy.model_dump(mode="json")


def _step(ask: AskRoster | AskRole | AskPost, level: Level, ack_seconds: int) -> Step:
    if isinstance(ask, AskRoster):
        return Step(level=level, target="roster", line=ask.line, roster_level=ask.level, ack_seconds=ack_seconds)
    if isinstance(ask, AskPost):
        return Step(level=level, target="post", post=ask.post, ack_seconds=ack_seconds)
    return Step(level=level, target="role", role=Role(ask.role), ack_seconds=ack_seconds)


def _body(policy: PagingPolicy, *, priority: str = "now") -> dict[str, Any]:
    *levels, last = policy.steps
    return {
        "levels": [
            PolicyLevel(level=step.level, ask=_ask(step), ack_seconds=policy.ack_of(step, priority)) for step in levels
        ],
        "fallback": Fallback.model_validate({"ask": _ask(last), "ack_seconds": policy.ack_of(last, priority)}),
        "undelivered_seconds": policy.undelivered_seconds,
        "reply_seconds": policy.reply_seconds,
        "note_seconds": policy.note_seconds,
        "told_alone_a_minute": policy.told_alone_a_minute,
    }


def _ask(step: Step) -> Any:
    if step.target == "roster":
        return {"kind": "roster", "line": step.line, "level": step.roster_level}
    return {"kind": "post", "post": step.post} if step.target == "post" else {"kind": "role", "role": step.role}


def _out(session: Session, row: EscalationPolicy) -> EscalationPolicyOut:
    body = _body(PagingPolicy.model_validate(row.policy))
    return EscalationPolicyOut(
        id=row.id,
        need=row.need,
        topic=Topic(row.topic) if row.topic else None,
        priority=Priority(row.priority) if row.priority else None,
        fallback_staffed=_staffed(session, row.school_id, body["fallback"]),
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        **body,
    )


def _visible(actor: Actor) -> Any:
    actor.require(*READERS)
    return select(EscalationPolicy).where(EscalationPolicy.school_id == actor.require_school())


def _find(session: Session, actor: Actor, policy_id: uuid.UUID, *, lock: bool = False) -> EscalationPolicy:
    statement = _visible(actor).where(EscalationPolicy.id == policy_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    row: EscalationPolicy | None = session.exec(statement).one_or_none()
    if row is None:
        raise NotFound
    return row


def _saved(session: Session, actor: Actor, row: EscalationPolicy, what: str, *, now: dt.datetime) -> None:
    session.add(
        EscalationPolicyVersion(
            school_id=row.school_id,
            policy_id=row.id,
            number=row.version,
            policy=row.policy,
            person_id=actor.person_id,
            created_at=now,
        )
    )
    session.flush()
    _record(session, actor, row, what, now=now)


def _record(session: Session, actor: Actor, row: EscalationPolicy, what: str, *, now: dt.datetime) -> None:
    action = f"escalation_policy.{what}"
    trail.record(session, action=action, school_id=row.school_id, person_id=actor.person_id, subject=row.id, now=now)


def _fault(pointer: str, code: str, detail: str) -> dict[str, str]:
    return {"pointer": pointer, "code": code, "detail": detail}
