"""Whether what somebody sends ends with a person: readers, independent handlers, and the last level of each policy."""

from __future__ import annotations

import uuid
from typing import Annotated, Literal

from pydantic import Field
from sqlmodel import Session, select

from app.identity.actors import people_with
from app.models import EscalationPolicy, School
from app.paging import asking
from app.readiness.checks import Check, found
from app.schools import partners
from app.schools import service as schools
from app.schools.policies import PagingPolicy, standard_policy
from app.vocabulary import NeedKind, Role, RosterLine
from app.webhooks import service as webhooks


class ReportReadersCheck(Check):
    """Somebody reads reports, and can be told of one."""

    code: Literal["report_readers"]


class IndependentPoolCheck(Check):
    """Somebody outside the programme reads what is kept from it: an independent handler of the school's own, or of the
    school that it has agreed with (J14, J11)."""

    code: Literal["independent_pool"]


class FallbackCheck(Check):
    """Whatever a report or a question goes through, the last level of its policy is somebody who can be reached.
    `needs`: those for which it is not. Questions need none where there is no programme: nobody asks them."""

    code: Literal["fallback_policy"]
    needs: Annotated[list[NeedKind], Field(max_length=5)]


def report_readers(session: Session, school: School) -> ReportReadersCheck:
    ok = bool(webhooks.reachable(session, set(people_with(session, school.id, Role.TRIAGER))))
    do = "Give somebody the role `triager`, who then adds an endpoint that answers its ping (`me/webhook-endpoints`)."
    return ReportReadersCheck(code="report_readers", **found(ok, otherwise=do))


def independent_pool(session: Session, school: School) -> IndependentPoolCheck:
    do = (
        "Give somebody outside the programme the role `independent_handler`, with an endpoint that works; or agree "
        "with another school: each names the other as `independent_partner` in its policies."
    )
    return IndependentPoolCheck(code="independent_pool", **found(bool(_independent(session, school)), otherwise=do))


def fallback_policy(session: Session, school: School) -> FallbackCheck:
    asked = (NeedKind.ADVICE,) if schools.has_programme(school) else ()
    needs = [
        need
        for need in (NeedKind.REPORT, NeedKind.INDEPENDENT, *asked)
        if not all(_ends(session, school, need, policy) for policy in _policies(session, school, need))
    ]
    do = "Let the last level of the escalation policies for these needs be somebody whose endpoint works."
    return FallbackCheck(code="fallback_policy", needs=needs, **found(not needs, otherwise=do))


def _policies(session: Session, school: School, need: NeedKind) -> list[PagingPolicy]:
    """Every policy that such a need can follow: the school's, and the standard one where those leave any out."""
    line = RosterLine.INDEPENDENT_ADVICE if need is NeedKind.INDEPENDENT else RosterLine.CLINICAL_ADVICE
    statement = select(EscalationPolicy).where(EscalationPolicy.school_id == school.id, EscalationPolicy.need == need)
    rows = session.exec(statement).all()
    own = [PagingPolicy.model_validate(row.policy) for row in rows]
    return own if any(not row.topic and not row.priority for row in rows) else [*own, standard_policy(line)]


def _ends(session: Session, school: School, need: NeedKind, policy: PagingPolicy) -> bool:
    """Whether its last level is somebody now. A partner's handlers come after a school's own."""
    last = set(asking.people_at(session, school.id, policy.steps[-1]))
    if webhooks.reachable(session, last):
        return True
    return need is NeedKind.INDEPENDENT and bool(_independent(session, school))


def _independent(session: Session, school: School) -> set[uuid.UUID]:
    """The independent handlers who can be reached: the school's own, and the partner's."""
    partner = partners.partner_of(session, school.id)
    of = (school.id,) if partner is None else (school.id, partner.id)
    return webhooks.reachable(
        session, {each for one in of for each in people_with(session, one, Role.INDEPENDENT_HANDLER)}
    )
