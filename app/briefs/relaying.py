"""What an independent handler may have passed on: to a service, through the page by which they hold the report.

Never to a supporter: that is somebody of the programme, which such a report concerns.
"""

from __future__ import annotations

import uuid

from sqlmodel import Session

from app.briefs import service as briefs
from app.core import clock
from app.identity.actors import Actor
from app.reports import relaying, triage
from app.reports.relay_schemas import RelaySummaryOut, ServiceSummaryCreate
from app.vocabulary import RelayPurpose, Role


def write(session: Session, actor: Actor, page_id: uuid.UUID, body: ServiceSummaryCreate) -> RelaySummaryOut:
    """As `taken_on`, and ReportWithdrawn, ReportClosed, TooManyVersions."""
    report = briefs.taken_on(session, actor, page_id)
    relaying.refuse_wordless(session, report)
    now = clock.now()
    triage.record_access(session, report, person_id=actor.person_id, role=Role.INDEPENDENT_HANDLER, now=now)
    return relaying.add(session, report, body, purpose=RelayPurpose.SERVICE, person_id=actor.person_id, now=now)


def read(session: Session, actor: Actor, page_id: uuid.UUID) -> RelaySummaryOut:
    """As `taken_on`, and ReportWithdrawn or ReportClosed where its words are for nobody."""
    report = briefs.taken_on(session, actor, page_id)
    relaying.refuse_wordless(session, report)
    triage.record_access(session, report, person_id=actor.person_id, role=Role.INDEPENDENT_HANDLER, now=clock.now())
    return relaying.shown(session, report)
