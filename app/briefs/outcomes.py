"""What came of a report, as whoever was paged for it saw it: by the adviser or handler who took it on (J5)."""

from __future__ import annotations

import uuid

from sqlmodel import Session

from app.briefs import service
from app.core import clock
from app.core.problems import InvalidRequest
from app.identity.actors import Actor
from app.paging.holding import NotHeld
from app.reports import outcomes
from app.reports.handling_schemas import OutcomeCreate, OutcomeOut
from app.vocabulary import Outcome


def record(session: Session, actor: Actor, page_id: uuid.UUID, body: OutcomeCreate) -> OutcomeOut:
    """Raises NotFound, NotAReport, NotHeld for somebody who has neither taken it on nor answered; and as
    `outcomes.add` does."""
    now = clock.now()
    page, report = service.report_behind(session, actor, page_id, now=now)
    if not service.took_on(session, page, report):
        raise NotHeld
    if body.outcome is Outcome.MISUSE:
        raise _by_readers()
    return outcomes.add(session, report, body, person_id=actor.person_id, now=now)


def _by_readers() -> InvalidRequest:
    detail = "Two who read reports find that. What was not borne out is `not_supported_by_what_we_found`."
    return InvalidRequest(errors=[{"pointer": "#/outcome", "code": "by_readers", "detail": detail}])
