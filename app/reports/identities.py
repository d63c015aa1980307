"""Opening the name that a reporter gave, and writing down that it was opened. No other code opens it (STUDY I04).

Its report is locked, as by every reading: whoever takes it back at that moment, or keeps somebody out, is before or
after.
"""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Session

from app.audit import trail
from app.core import clock
from app.core.problems import Conflict, NotFound
from app.guidance.signs import Wants
from app.identity.actors import Actor
from app.models import Report
from app.reports import claims, closing, decision_people, dialogue, states, triage, withdrawn
from app.reports.decision_schemas import IdentityOut
from app.vault import columns
from app.vault import service as vault
from app.vocabulary import ReportState, Role, SecondPersonState


class Sealed(Conflict):
    code, status, title = "sealed", 409, "This name is sealed"
    default_detail = (
        "It was given for the case that a life is at risk. A confidentiality decision opens it, once a second person "
        "has confirmed it or it was made alone: to those who decided, and to nobody else."
    )


def of_report(session: Session, actor: Actor, report_id: uuid.UUID) -> IdentityOut:
    """The name that was given for help, for whoever has taken the report on.

    Raises NotFound when there is none, NotClaimed, AlreadyClaimed, Sealed.
    """
    report = triage.find(session, actor, report_id, lock=True)
    if report.identity_sealed is None:
        raise NotFound
    if report.identity_purpose != vault.CONTENT or report.wants == Wants.ADVICE_ONLY:
        raise Sealed
    holder = claims.holder(session, report)
    if holder is None:
        raise closing.NotClaimed
    if holder != actor.person_id:
        raise triage.AlreadyClaimed
    return _open(session, actor, report, role=triage.role_of(report), now=clock.now())


def of_decision(session: Session, actor: Actor, decision_id: uuid.UUID) -> IdentityOut:
    """For the two who decided to open it, or the one who did alone, until the report is closed.

    Raises NotFound for anybody else and when there is none, Sealed while no such decision is in effect, ReportClosed.
    """
    now = clock.now()
    row, report, role = decision_people.found(session, actor, decision_id, now=now, lock=True)
    if actor.person_id not in (row.decided_by, row.second_person):
        raise NotFound
    if row.state is not SecondPersonState.IN_EFFECT or not row.opens_identity:
        raise Sealed
    if report.state in (ReportState.CLOSED, ReportState.EXPIRED):
        raise dialogue.ReportClosed("What it was opened for is over.")
    return _open(session, actor, report, role=role, now=now)


def _open(session: Session, actor: Actor, report: Report, *, role: Role, now: dt.datetime) -> IdentityOut:
    if withdrawn.words_hidden(session, report):
        raise states.ReportWithdrawn
    if report.identity_sealed is None:
        raise NotFound
    identity = columns.IDENTITY.unseal(session, report, school_id=report.school_id)
    triage.record_access(session, report, person_id=actor.person_id, role=role, now=now)
    trail.record(
        session,
        action="report.identity_opened",
        school_id=report.school_id,
        person_id=actor.person_id,
        subject=report.id,
        now=now,
    )
    return IdentityOut(identity=identity)
