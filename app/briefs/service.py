"""What a paged person may read of a report or a request, and nothing else: the words and the thread, never an identity.

Readable while the page is theirs and for 24 hours after (domain, 5); an independent report, which nobody else could
read or close, by the handler who took it on until it is closed. Each reading of a report is recorded.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlmodel import Session, select

from app.advice import service as advice
from app.advice import thread
from app.briefs.schemas import (
    MOST_MESSAGES,
    Brief,
    BriefMessage,
    HandOverCreate,
    NoteCreate,
    NoteOut,
    ReplyCreate,
    ReplyOut,
)
from app.core import clock
from app.core.pagination import PageRequest
from app.core.preconditions import Version
from app.core.problems import Conflict, NotFound
from app.guidance.signs import Priority, Sign, priority_of_rank
from app.identity.actors import Actor
from app.models import AdviceRequest, Escalation, Page, Report
from app.paging import answering, grants, holding, notes
from app.paging.schemas import PageOut
from app.reports import claims, closing, deciding, decisions, dialogue, outcomes, said, states, triage, withdrawn
from app.reports.decision_schemas import DecisionCreate, DecisionOut
from app.reports.exclusions import kept_from
from app.reports.states import WithdrawalStanding
from app.vocabulary import (
    Level,
    MessageAuthor,
    NoteKind,
    Outcome,
    PageState,
    ReportState,
    Role,
    RosterLine,
    SubjectKind,
    Topic,
)

_AUTHORS = {Role.TRIAGER: MessageAuthor.TRIAGER, Role.COORDINATOR: MessageAuthor.COORDINATOR}


class DrillPage(Conflict):
    code, status, title = "drill_page", 409, "This page is a test"
    default_detail = "There is nobody behind it. Acknowledging it is all there is to do."


class NotAReport(Conflict):
    code, status, title = "not_a_report", 409, "This page is not about a report"
    default_detail = "Decline it instead: no reason is asked."


class ClosedByOthers(Conflict):
    code, status, title = "closed_by_others", 409, "Somebody else closes this"
    default_detail = "A triager closes a report once they have taken it on, a supporter their own question."


class TriagersWork(Conflict):
    code, status, title = "triagers_work", 409, "Somebody else does this"
    default_detail = "A triager who has taken it on does this. Answer, leave a note, or hand it over."


def read(session: Session, actor: Actor, page_id: uuid.UUID, *, show_hidden: bool = False) -> Brief:
    """The brief of a page addressed to the actor. Raises NotFound when it is not theirs, or no longer."""
    now = clock.now()
    page = _readable(session, actor, page_id, now=now)
    escalation = session.get_one(Escalation, page.escalation_id)
    if escalation.subject_kind is SubjectKind.DRILL:
        return _brief(session, page, priority=escalation.priority)
    if escalation.subject_kind is SubjectKind.ADVICE_REQUEST:
        request = session.get_one(AdviceRequest, escalation.subject_id)
        advice.opened(session, [request], person_id=actor.person_id, now=now)
        return _advice_brief(session, page, request)
    report = _report(session, actor, page, escalation, lock=True)
    if not withdrawn.words_hidden(session, report):
        triage.record_access(session, report, person_id=actor.person_id, role=_role(page, escalation), now=now)
    return _report_brief(session, page, report, show_hidden=show_hidden)


def reply(session: Session, actor: Actor, page_id: uuid.UUID, body: ReplyCreate) -> ReplyOut:
    """Answer from the page. Answering is acknowledging, for whoever has not yet. Raises DrillPage."""
    now = clock.now()
    page = _readable(session, actor, page_id, now=now)
    escalation = session.get_one(Escalation, page.escalation_id)
    # What it is about is locked before its escalation, as everywhere: two who answer at once must not wait in a ring.
    subject = _subject(session, actor, page, escalation)
    answering.acknowledge(session, actor, page_id)
    grants.take(session, escalation, actor.person_id, now=now)
    role = _role(page, escalation)
    author = _AUTHORS.get(role, MessageAuthor.ADVISER)
    if isinstance(subject, AdviceRequest):
        position = thread.add(session, subject, body.text, author=author, person_id=actor.person_id, now=now).position
    else:
        triage.record_access(session, subject, person_id=actor.person_id, role=role, now=now)
        position = dialogue.add(session, subject, body.text, author=author, person_id=actor.person_id, now=now).position
    return ReplyOut(position=position, page=answering.out(session, page))


def note(session: Session, actor: Actor, page_id: uuid.UUID, body: NoteCreate) -> NoteOut:
    """Leave a note for whoever has it next; what you hold is then yours for longer.

    Raises NotHeld, TooManyNotes, ReportWithdrawn.
    """
    now = clock.now()
    page = _readable(session, actor, page_id, now=now)
    subject = _subject(session, actor, page, session.get_one(Escalation, page.escalation_id))
    if isinstance(subject, Report) and withdrawn.words_hidden(session, subject):
        raise states.ReportWithdrawn
    added = holding.note(session, page, body.text, now=now)
    return NoteOut(position=added.position, kind=added.kind, text=added.text, hour=added.hour)


def hand_over(session: Session, actor: Actor, page_id: uuid.UUID, body: HandOverCreate) -> PageOut:
    """Those who are on now take it over; doing it twice changes nothing.

    Raises NotHeld, DrillPage, ReportClosed, ReportWithdrawn, AdviceClosed, TooManyNotes.
    """
    now = clock.now()
    page = _readable(session, actor, page_id, now=now)
    if page.state is PageState.HANDED_OVER:
        return answering.out(session, page)
    subject = _subject(session, actor, page, session.get_one(Escalation, page.escalation_id))
    if isinstance(subject, AdviceRequest):
        thread.reopen(session, subject)
    elif withdrawn.words_hidden(session, subject):
        raise states.ReportWithdrawn
    elif states.is_over(subject) and not withdrawn.to_be_decided(session, subject):
        raise dialogue.ReportClosed
    holding.hand_over(session, page, body.note, now=now)
    return answering.out(session, page)


def decide(session: Session, actor: Actor, page_id: uuid.UUID, body: DecisionCreate) -> DecisionOut:
    """Whoever holds the page proposes that somebody is told more than was agreed: at 3 am nobody else is there.

    Raises NotFound for what is no report, DrillPage, NotHeld, and as `deciding.add`.
    """
    now = clock.now()
    page = _readable(session, actor, page_id, now=now)
    escalation = session.get_one(Escalation, page.escalation_id)
    subject = _subject(session, actor, page, escalation)
    if isinstance(subject, AdviceRequest):
        raise NotFound
    if not holding.holds(answering.locked(session, page), page):
        raise holding.NotHeld
    return deciding.add(session, actor, subject, body, role=_role(page, escalation), now=now)


def close(session: Session, actor: Actor, page_id: uuid.UUID, *, version: Version) -> Brief:
    """End an independent report: the handler who took it on does, because no triager can.

    Raises NotFound, ClosedByOthers, ReportClosed, OutcomeNeeded, NotClaimed for somebody who has neither taken it on
    nor answered, or AlreadyClaimed where another handler has claimed it.
    """
    now = clock.now()
    page = _readable(session, actor, page_id, now=now)
    escalation = session.get_one(Escalation, page.escalation_id)
    if escalation.subject_kind is not SubjectKind.REPORT:
        raise ClosedByOthers
    report = _report(session, actor, page, escalation, lock=True)
    if not report.independent:
        raise ClosedByOthers
    version.check(_report_brief(session, page, report))
    if report.state is ReportState.WITHDRAWN:
        raise states.ReportWithdrawn
    if states.is_over(report):
        raise dialogue.ReportClosed
    if not _took_on(session, page, escalation, report):
        raise closing.NotClaimed
    if claims.holder(session, report) not in (None, actor.person_id):
        raise triage.AlreadyClaimed
    triage.record_access(session, report, person_id=actor.person_id, role=_role(page, escalation), now=now)
    closing.finish(session, report, person_id=actor.person_id, now=now)
    session.flush()
    return _report_brief(session, page, report)


def taken_on(session: Session, actor: Actor, page_id: uuid.UUID) -> Report:
    """The independent report of a page, locked, for the handler who took it on: nobody else works on it.

    Raises NotFound, NotAReport, TriagersWork for what triagers can work on, NotClaimed, AlreadyClaimed.
    """
    page, report = report_behind(session, actor, page_id, now=clock.now())
    if not report.independent:
        raise TriagersWork
    if not _took_on(session, page, session.get_one(Escalation, page.escalation_id), report):
        raise closing.NotClaimed
    if claims.holder(session, report) not in (None, actor.person_id):
        raise triage.AlreadyClaimed
    return report


def _readable(session: Session, actor: Actor, page_id: uuid.UUID, *, now: dt.datetime) -> Page:
    page = answering.find(session, actor, page_id)
    if not answering.readable(page, now=now) and not _keeps(session, page):
        raise NotFound
    return page


def _keeps(session: Session, page: Page) -> bool:
    """Whether it is an open independent report that this person took on."""
    escalation = session.get_one(Escalation, page.escalation_id)
    if escalation.subject_kind is not SubjectKind.REPORT or page.state is PageState.HANDED_OVER:
        return False
    report = session.get_one(Report, escalation.subject_id)
    is_open = not states.is_over(report) or withdrawn.to_be_decided(session, report)
    open_to_handlers = report.independent and is_open
    return open_to_handlers and _took_on(session, page, escalation, report)


def _took_on(session: Session, page: Page, escalation: Escalation, report: Report) -> bool:
    """Holds it by their acknowledgement, was given it, or has answered."""
    holds = escalation.acknowledged_by == page.person_id or page.person_id in grants.holders(session, report.id)
    return holds or said.has_written(session, report, page.person_id)


def _report(session: Session, actor: Actor, page: Page, escalation: Escalation, *, lock: bool = False) -> Report:
    """Someone excluded after they were paged, or given a role it is kept from, no longer finds it (J14).

    It is of the page's school, which is not the actor's where another school lends its handlers (J11).
    """
    statement = select(Report).where(
        Report.id == escalation.subject_id, Report.school_id == page.school_id, ~kept_from(actor)
    )
    fresh = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    report = session.exec(fresh if lock else statement).one_or_none()
    if report is None:
        raise NotFound
    if lock:
        triage.require_known_to(session, actor, report)
    return report


def report_behind(session: Session, actor: Actor, page_id: uuid.UUID, *, now: dt.datetime) -> tuple[Page, Report]:
    """The report of a page that the actor may read, locked. Raises NotFound, and NotAReport for anything else."""
    page = _readable(session, actor, page_id, now=now)
    escalation = session.get_one(Escalation, page.escalation_id)
    if escalation.subject_kind is not SubjectKind.REPORT:
        raise NotAReport
    return page, _report(session, actor, page, escalation, lock=True)


def took_on(session: Session, page: Page, report: Report) -> bool:
    """Whether the person of a page holds the report behind it, or has answered it."""
    return _took_on(session, page, session.get_one(Escalation, page.escalation_id), report)


def _subject(session: Session, actor: Actor, page: Page, escalation: Escalation) -> Report | AdviceRequest:
    """What a page is about, locked. Raises DrillPage, or NotFound for a report that is kept from the actor now."""
    if escalation.subject_kind is SubjectKind.DRILL:
        raise DrillPage
    if escalation.subject_kind is SubjectKind.REPORT:
        return _report(session, actor, page, escalation, lock=True)
    statement = select(AdviceRequest).where(AdviceRequest.id == escalation.subject_id).with_for_update()
    return session.exec(statement).one()


def _report_brief(session: Session, page: Page, report: Report, *, show_hidden: bool = False) -> Brief:
    standing = withdrawn.standing(session, report)
    if withdrawn.hides(report, standing):
        return _brief(session, page, priority=report.priority_stated, withdrawal=standing, wordless=True)
    messages = dialogue.page_for_staff(session, report, _first_page(), show_hidden=show_hidden)
    kept_back = report.text_hidden and not show_hidden
    return _brief(
        session,
        page,
        priority=report.priority_stated,
        withdrawal=standing,
        effective=priority_of_rank(report.response_rank),
        signs=[Sign(sign) for sign in report.signs],
        with_them_now=report.details.get("with_them_now"),
        text=None if kept_back else triage.narrative_of(session, report),
        text_hidden=report.text_hidden,
        messages=[
            BriefMessage(position=each.position, author=each.author, text=each.text, text_hidden=each.text_hidden)
            for each in messages.items
        ],
        report=report,
        reached=outcomes.in_effect(session, report),
    )


def _advice_brief(session: Session, page: Page, request: AdviceRequest) -> Brief:
    return _brief(
        session,
        page,
        priority=request.priority,
        topic=request.topic,
        text=advice.summary_of(session, request),
        messages=[
            BriefMessage(position=each.position, author=each.author, text=each.text, text_hidden=False)
            for each in thread.page(session, request, _first_page()).items
        ],
    )


def _brief(
    session: Session,
    page: Page,
    *,
    priority: str,
    withdrawal: WithdrawalStanding | None = None,
    wordless: bool = False,
    effective: Priority | None = None,
    signs: Sequence[Sign] = (),
    with_them_now: bool | None = None,
    topic: Topic | None = None,
    text: str | None = None,
    text_hidden: bool = False,
    messages: Sequence[BriefMessage] = (),
    report: Report | None = None,
    reached: Sequence[Outcome] = (),
) -> Brief:
    escalation = session.get_one(Escalation, page.escalation_id)
    return Brief(
        page=answering.out(session, page),
        withdrawal=withdrawal,
        signs=list(signs),
        priority_stated=Priority(priority),
        priority=effective or Priority(priority),
        with_them_now=with_them_now,
        topic=topic,
        text=text,
        text_hidden=text_hidden,
        messages=list(messages),
        outcomes=list(reached),
        notes=[
            NoteOut(position=each.position, kind=each.kind, text=each.text, hour=each.hour)
            for each in ([] if wordless else notes.of(session, escalation))
            if each.kind is not NoteKind.REVIEW
        ],
        identity_given=not wordless and report is not None and report.identity_sealed is not None,
        decisions=[] if report is None else decisions.briefly(session, report),
    )


def _first_page() -> PageRequest:
    return PageRequest(limit=MOST_MESSAGES, cursor=None, key=b"\0" * 32, scope="brief")


def _role(page: Page, escalation: Escalation) -> Role:
    """What the reporter is told of who read it: as whom they were asked, which the line and the level say."""
    line = escalation.line
    if page.level is Level.COORDINATOR:
        return Role.COORDINATOR
    if line is RosterLine.INDEPENDENT_ADVICE:
        return Role.INDEPENDENT_HANDLER
    return Role.TRIAGER if line is RosterLine.TRIAGE else Role.ADVISER
