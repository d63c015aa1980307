"""Whoever holds a report gives it back: nobody holds it then, and the others who read it are told.

Where there are none, as of what one independent handler has in hand, whoever is on call is asked.
"""

from __future__ import annotations

import uuid

from sqlmodel import Session

from app.audit import trail
from app.core import clock
from app.core.clock import hour_of
from app.core.preconditions import Version
from app.identity.actors import Actor
from app.reports import audience, calling, claims, closing, dialogue, triage, unread
from app.reports.schemas import ReportOut
from app.vocabulary import ClaimEnd, ReportState


def release(session: Session, actor: Actor, report_id: uuid.UUID, *, version: Version) -> ReportOut:
    """Somebody else may take it on. Where nobody has answered, it counts as opened by nobody who still has it: the
    time by which it was to be read holds again.

    Raises NotClaimed, AlreadyClaimed, ReportWithdrawn, ReportClosed.
    """
    report = triage.find(session, actor, report_id, lock=True)
    version.check(triage.out(session, report, actor))
    dialogue.must_be_open(report)
    held_by = claims.holder(session, report)
    if held_by is None:
        raise closing.NotClaimed
    if held_by != actor.person_id:
        raise triage.AlreadyClaimed
    now = clock.now()
    report.claimed_by = None
    if report.state is ReportState.CLAIMED:
        report.state = ReportState.NEW
    report.updated_hour = hour_of(now)
    report.version += 1
    session.add(report)
    session.flush()
    trail.record(
        session,
        action=claims.RELEASED,
        school_id=report.school_id,
        person_id=actor.person_id,
        subject=report.id,
        now=now,
    )
    unread.watch_again(session, report, now=now)
    others = audience.others(session, report, now=now) - {actor.person_id}
    if not others:
        calling.because_given_back(session, report, by=actor.person_id, now=now)
    audience.tell_claim_ended(session, report, others, because=ClaimEnd.GIVEN_BACK, now=now)
    return triage.shown(session, report, actor)
