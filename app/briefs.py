"""What a paged person may read of a report or a request, and nothing else: the words and the thread, never an identity.

Readable while the page is theirs and for 24 hours after (domain, 5); an independent report, which nobody else could
read or close, by the handler who took it on until it is closed. Each reading of a report is recorded.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated

from pydantic import Field, StringConstraints
from sqlmodel import Session, select

from app.advice import service as advice
from app.advice import thread
from app.core import clock
from app.core.pagination import PageRequest
from app.core.preconditions import Version
from app.core.problems import Conflict, NotFound
from app.core.schemas import InputModel, OutputModel, Text
from app.guidance.signs import Priority, Sign
from app.identity.actors import Actor
from app.models import AdviceRequest, Escalation, Page, Report
from app.paging import answering
from app.paging.schemas import PageOut
from app.reports import closing, dialogue, triage
from app.reports.exclusions import kept_from
from app.vocabulary import Level, MessageAuthor, ReportState, Role, RosterLine, SubjectKind, Topic

MOST_MESSAGES = 100
_AUTHORS = {Role.TRIAGER: MessageAuthor.TRIAGER, Role.COORDINATOR: MessageAuthor.COORDINATOR}


class ClosedByOthers(Conflict):
    code, status, title = "closed_by_others", 409, "Somebody else closes this"
    default_detail = "A triager closes a report once they have taken it on, a supporter their own question."


class BriefMessage(OutputModel):
    position: Annotated[int, Field(ge=1, le=100_000)]
    author: MessageAuthor
    text: Annotated[str, StringConstraints(max_length=2000)]


class Brief(OutputModel):
    """What you were paged for. `signs` are empty for an advice request, `topic` is null for a report."""

    page: PageOut
    signs: Annotated[list[Sign], Field(max_length=24)]
    priority_stated: Priority
    with_them_now: bool | None
    topic: Topic | None
    text: Annotated[str, StringConstraints(max_length=2000)] | None
    messages: Annotated[list[BriefMessage], Field(max_length=MOST_MESSAGES)]


class ReplyCreate(InputModel):
    """Your answer to whoever asked. It ends the paging."""

    text: Text = Field(examples=["Thank you for telling us. Are you with them now?"])


class ReplyOut(OutputModel):
    position: Annotated[int, Field(ge=1, le=100_000)]
    page: PageOut


def read(session: Session, actor: Actor, page_id: uuid.UUID) -> Brief:
    """The brief of a page addressed to the actor. Raises NotFound when it is not theirs, or no longer."""
    now = clock.now()
    page = _readable(session, actor, page_id, now=now)
    escalation = session.get_one(Escalation, page.escalation_id)
    if escalation.subject_kind is SubjectKind.ADVICE_REQUEST:
        return _advice_brief(session, page, session.get_one(AdviceRequest, escalation.subject_id))
    report = _report(session, actor, escalation.subject_id)
    triage.record_access(session, report, person_id=actor.person_id, role=_role(page, escalation.line), now=now)
    return _report_brief(session, page, report)


def reply(session: Session, actor: Actor, page_id: uuid.UUID, body: ReplyCreate) -> ReplyOut:
    """Answer from the page. Answering is acknowledging, for whoever has not yet."""
    now = clock.now()
    page = _readable(session, actor, page_id, now=now)
    escalation = session.get_one(Escalation, page.escalation_id)
    # What it is about is locked before its escalation, as everywhere: two who answer at once must not wait in a ring.
    if escalation.subject_kind is SubjectKind.ADVICE_REQUEST:
        request = session.exec(
            select(AdviceRequest).where(AdviceRequest.id == escalation.subject_id).with_for_update()
        ).one()
        answering.acknowledge(session, actor, page_id)
        position = thread.add(
            session, request, body.text, author=MessageAuthor.ADVISER, person_id=actor.person_id, now=now
        ).position
    else:
        report = _report(session, actor, escalation.subject_id, lock=True)
        answering.acknowledge(session, actor, page_id)
        role = _role(page, escalation.line)
        triage.record_access(session, report, person_id=actor.person_id, role=role, now=now)
        author = _AUTHORS.get(role, MessageAuthor.ADVISER)
        position = dialogue.add(session, report, body.text, author=author, person_id=actor.person_id, now=now).position
    return ReplyOut(position=position, page=answering.out(session, page))


def close(session: Session, actor: Actor, page_id: uuid.UUID, *, version: Version) -> Brief:
    """End an independent report: the handler who took it on does, because no triager can.

    Raises NotFound, ClosedByOthers, ReportClosed, or NotClaimed for somebody who has neither taken it on nor answered.
    """
    now = clock.now()
    page = _readable(session, actor, page_id, now=now)
    escalation = session.get_one(Escalation, page.escalation_id)
    if escalation.subject_kind is not SubjectKind.REPORT:
        raise ClosedByOthers
    report = _report(session, actor, escalation.subject_id, lock=True)
    if not report.independent:
        raise ClosedByOthers
    version.check(_report_brief(session, page, report))
    if report.state is ReportState.CLOSED:
        raise dialogue.ReportClosed
    if not _took_on(session, page, escalation, report):
        raise closing.NotClaimed
    closing.finish(session, report, person_id=actor.person_id, now=now)
    session.flush()
    return _report_brief(session, page, report)


def _readable(session: Session, actor: Actor, page_id: uuid.UUID, *, now: dt.datetime) -> Page:
    page = answering.find(session, actor, page_id)
    if not answering.readable(page, now=now) and not _keeps(session, page):
        raise NotFound
    return page


def _keeps(session: Session, page: Page) -> bool:
    """Whether it is an open independent report that this person took on."""
    escalation = session.get_one(Escalation, page.escalation_id)
    if escalation.subject_kind is not SubjectKind.REPORT:
        return False
    report = session.get_one(Report, escalation.subject_id)
    open_to_handlers = report.independent and report.state is not ReportState.CLOSED
    return open_to_handlers and _took_on(session, page, escalation, report)


def _took_on(session: Session, page: Page, escalation: Escalation, report: Report) -> bool:
    """Holds it by their acknowledgement, or has answered."""
    return escalation.acknowledged_by == page.person_id or dialogue.has_written(session, report, page.person_id)


def _report(session: Session, actor: Actor, report_id: uuid.UUID, *, lock: bool = False) -> Report:
    """Someone excluded after they were paged, or given a role it is kept from, no longer finds it (J14)."""
    statement = select(Report).where(
        Report.id == report_id, Report.school_id == actor.require_school(), ~kept_from(actor)
    )
    report = session.exec(statement.with_for_update(key_share=True) if lock else statement).one_or_none()
    if report is None:
        raise NotFound
    return report


def _report_brief(session: Session, page: Page, report: Report) -> Brief:
    messages = dialogue.page(session, report, _first_page()).items
    return Brief(
        page=answering.out(session, page),
        signs=[Sign(sign) for sign in report.signs],
        priority_stated=Priority(report.priority_stated),
        with_them_now=report.details.get("with_them_now"),
        topic=None,
        text=triage.narrative_of(session, report),
        messages=[BriefMessage(position=m.position, author=m.author, text=m.text) for m in messages],
    )


def _advice_brief(session: Session, page: Page, request: AdviceRequest) -> Brief:
    messages = thread.page(session, request, _first_page()).items
    return Brief(
        page=answering.out(session, page),
        signs=[],
        priority_stated=Priority(request.priority),
        with_them_now=None,
        topic=request.topic,
        text=advice.summary_of(session, request),
        messages=[BriefMessage(position=m.position, author=m.author, text=m.text) for m in messages],
    )


def _first_page() -> PageRequest:
    return PageRequest(limit=MOST_MESSAGES, cursor=None, key=b"\0" * 32, scope="brief")


def _role(page: Page, line: RosterLine) -> Role:
    """What the reporter is told of who read it: as whom they were asked, which the line and the level say."""
    if page.level is Level.COORDINATOR:
        return Role.COORDINATOR
    if line is RosterLine.INDEPENDENT_ADVICE:
        return Role.INDEPENDENT_HANDLER
    return Role.TRIAGER if line is RosterLine.TRIAGE else Role.ADVISER
