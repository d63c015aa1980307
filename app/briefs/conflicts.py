"""From a page: somebody must not know of this report any more, or whoever was paged leaves it (J14)."""

from __future__ import annotations

import uuid

from sqlmodel import Session

from app.briefs import service
from app.core import clock
from app.identity.actors import Actor
from app.paging.holding import NotHeld
from app.reports import conflicts
from app.reports.conflict_schemas import ConflictCreate, ConflictOut, RecusalCreate


def declare(session: Session, actor: Actor, page_id: uuid.UUID, body: ConflictCreate) -> ConflictOut:
    """By whoever holds it, or has answered. Raises NotFound, NotAReport, NotHeld, InvalidRequest."""
    now = clock.now()
    page, report = service.report_behind(session, actor, page_id, now=now)
    if not service.took_on(session, page, report):
        raise NotHeld
    return conflicts.declare(session, report, body, declared_by=actor.person_id, now=now)


def recuse(session: Session, actor: Actor, page_id: uuid.UUID, body: RecusalCreate) -> None:
    """By anybody who was paged. Raises NotFound, NotAReport."""
    now = clock.now()
    _, report = service.report_behind(session, actor, page_id, now=now)
    conflicts.recuse(session, report, body.reason, person_id=actor.person_id, now=now)
