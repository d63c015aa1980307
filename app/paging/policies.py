"""Which policy an escalation starts with: the school's for this kind of need, the most particular first."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.models import EscalationPolicy
from app.schools import partners
from app.schools.policies import PagingPolicy, Step, standard_policy
from app.vocabulary import Level, NeedKind, RosterLine, SubjectKind


def need_of(kind: SubjectKind, line: RosterLine) -> NeedKind:
    """What is kept from people of the programme follows a policy of its own, whatever it is about (J14)."""
    if line is RosterLine.INDEPENDENT_ADVICE:
        return NeedKind.INDEPENDENT
    return NeedKind.REPORT if kind is SubjectKind.REPORT else NeedKind.ADVICE


def copy_for(
    session: Session,
    school_id: uuid.UUID,
    *,
    kind: SubjectKind,
    line: RosterLine,
    topic: str | None,
    priority: str,
) -> PagingPolicy:
    """What an escalation that begins now follows: the school's policy, and where independent handlers are asked, those
    of the school that it has agreed with after its own (J11)."""
    kept = policy_for(session, school_id, kind=kind, line=line, topic=topic, priority=priority)
    if kind is not SubjectKind.REPORT or line is not RosterLine.INDEPENDENT_ADVICE:
        return kept
    if partners.partner_of(session, school_id) is None:
        return kept
    return kept.model_copy(update={"steps": [*kept.steps, Step(level=Level.BACKUP, target="partner")]})


# Built once: every escalation begins with it.
_POLICIES = select(EscalationPolicy).where(
    EscalationPolicy.school_id == sa.bindparam("school"),
    EscalationPolicy.need == sa.bindparam("need"),
    col(EscalationPolicy.topic).in_(sa.bindparam("topics", expanding=True)),
    col(EscalationPolicy.priority).in_(sa.bindparam("priorities", expanding=True)),
)


def policy_for(
    session: Session,
    school_id: uuid.UUID,
    *,
    kind: SubjectKind,
    line: RosterLine,
    topic: str | None,
    priority: str,
) -> PagingPolicy:
    """The copy to keep. A policy for the topic counts before one for the priority, one for both before either."""
    need = need_of(kind, line)
    wanted = {"school": school_id, "need": need, "topics": ["", topic or ""], "priorities": ["", priority]}
    found = sorted(session.exec(_POLICIES, params=wanted).all(), key=lambda row: (not row.topic, not row.priority))
    if not found:
        return standard_policy(line)
    kept = PagingPolicy.model_validate(found[0].policy)
    return kept.model_copy(update={"policy_id": found[0].id, "policy_version": found[0].version})
