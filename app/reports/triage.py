"""The readers' side: which reports somebody may see, taking one on, answering it. Every reading is recorded."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.audit import trail
from app.core import clock
from app.core.clock import hour_of
from app.core.hours import HourOf
from app.core.pagination import PageRequest
from app.core.preconditions import Version
from app.core.problems import Conflict, NotFound
from app.guidance.signs import AboutWhom, Priority, priority_rank
from app.identity.actors import Actor
from app.models import Report, ReportAccess
from app.paging import answering, grants
from app.reports import audience, claims, decisions, dialogue, standing, states, unread, withdrawn
from app.reports.exclusions import kept_from
from app.reports.schemas import (
    MessageCreate,
    ReportMessageOut,
    ReportMessagePage,
    ReportOut,
    ReportPage,
    ReportSummary,
)
from app.vault import columns
from app.vocabulary import REPORT_IS_OVER, ClaimEnd, MessageAuthor, ReportState, Role

# In the statement itself: ix_reports_open_by_hour is of these reports alone, which PostgreSQL must see in every plan.
IS_OPEN = col(Report.state).not_in(
    sa.bindparam("over", sorted(REPORT_IS_OVER), expanding=True, literal_execute=True, unique=True)
)
READERS = (Role.TRIAGER, Role.INDEPENDENT_HANDLER)
# What was ticked, of a report that says nothing any more.
NOTHING_SAID: dict[str, Any] = {
    "relationship": None,
    "help_so_far": [],
    "when_noticed": None,
    "certainty": None,
    "concern_types": [],
    "peer_knows": None,
    "with_them_now": None,
    "site_id": None,
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which reports are listed. None: whatever it is. A `group_id` leads to no report that the reader may not see."""

    state: ReportState | None = None
    open_only: bool = False
    priority: Priority | None = None
    awaiting_second_person: bool | None = None
    group_id: uuid.UUID | None = None

    def of(self, statement: Any) -> list[Any]:
        """What selects them: one query, or two with no report in common, each of which has an index of its own."""
        narrowed = self._narrowed(statement)
        if self.open_only:
            # Also what was taken back, while somebody must decide about it: it must not go unseen (J15).
            return [narrowed.where(IS_OPEN), narrowed.where(withdrawn.waits_for_decision())]
        # Also of one such state: few are open, and SQLite would go through all that were closed to find them.
        one_open = self.state is not None and self.state not in REPORT_IS_OVER
        return [narrowed.where(IS_OPEN) if one_open else narrowed]

    def _narrowed(self, statement: Any) -> Any:
        if self.state is not None:
            statement = statement.where(Report.state == self.state)
        if self.priority is not None:
            statement = statement.where(Report.response_rank == priority_rank(self.priority))
        if self.awaiting_second_person is not None:
            waits = col(Report.id).in_(standing.awaiting())
            statement = statement.where(waits if self.awaiting_second_person else ~waits)
        if self.group_id is not None:
            statement = statement.where(Report.group_id == self.group_id)
        return statement


READ = "report.read"


class AlreadyClaimed(Conflict):
    code, status, title = "already_claimed", 409, "Somebody else has taken this on"
    default_detail = (
        "They can give it back. Once they have done nothing about it for 24 hours, whoever claims it takes it over."
    )


def visible_reports(actor: Actor) -> Any:
    """What a reader may see of their school's reports, less those that must not exist for them (J14).

    A triager: those that are not for independent handlers. A handler: those of them that they have in hand, until they
    are closed and for a day after.
    """
    actor.require(*READERS)
    seen: list[sa.ColumnElement[bool]] = []
    if actor.has(Role.TRIAGER):
        seen.append(col(Report.independent).is_(False))
    if actor.has(Role.INDEPENDENT_HANDLER):
        lately = sa.or_(
            col(Report.closed_hour).is_(None),
            col(Report.closed_hour) >= hour_of(clock.now()) - answering.READABLE_FOR,
        )
        seen.append(sa.and_(col(Report.independent).is_(True), grants.given_to(actor.person_id), lately))
    return select(Report).where(Report.school_id == actor.require_school(), sa.or_(*seen), ~kept_from(actor))


def page(session: Session, actor: Actor, request: PageRequest, wanted: Wanted) -> ReportPage:
    """Reports without their texts: what should be answered soonest first, then the oldest hour.

    Within an hour by their random id: closing a report cuts its time to the hour and must not move it past somebody's
    cursor, and which came first is nobody's to know (design, 3).
    """
    some: dict[uuid.UUID, Report] = {}
    for statement in wanted.of(visible_reports(actor)):
        found_there: list[Report] = request.read_ranked(
            session.exec,
            statement,
            rank=col(Report.response_rank),
            at=HourOf(col(Report.submitted_at)),
            row_id=col(Report.id),
            one_rank=wanted.priority is not None,
        )
        # By id: one that is taken back between two looks comes once.
        some |= {report.id: report for report in found_there}
    rows, cursor = request.page_ranked(sorted(some.values(), key=_place), place=_place)
    found = standing.of(session, rows, visible=visible_reports(actor))
    lines, now = [standing.row(each, found, person_id=actor.person_id) for each in rows], clock.now()
    items = [ReportSummary(**each, waiting_hours=standing.waiting_hours(each, now=now)) for each in lines]
    return ReportPage(items=items, next_cursor=cursor)


def _place(report: Report) -> tuple[int, dt.datetime, uuid.UUID]:
    return report.response_rank, hour_of(report.submitted_at), report.id


def read(session: Session, actor: Actor, report_id: uuid.UUID, *, show_hidden: bool = False) -> ReportOut:
    """The report with its narrative; the reporter will see which role read it, and in which hour.

    Of one that was withdrawn or erased no word is shown, and nobody has read it. It is locked: who reads first, and
    the reporter who takes it back, must not both believe that they were first.
    """
    return shown(session, find(session, actor, report_id, lock=True), actor, show_hidden=show_hidden)


def claim(session: Session, actor: Actor, report_id: uuid.UUID, *, version: Version) -> ReportOut:
    """Take it on, which shows it; also from somebody who has done nothing about it for a day, and is told so. Claiming
    again is no change.

    Raises AlreadyClaimed for one that somebody else holds, ReportWithdrawn, and ReportClosed for one that has expired.
    """
    report = find(session, actor, report_id, lock=True)
    version.check(out(session, report, actor))
    if report.state is ReportState.WITHDRAWN:
        raise states.ReportWithdrawn
    if report.state is ReportState.EXPIRED:
        raise dialogue.ReportClosed
    if report.claimed_by == actor.person_id:
        return shown(session, report, actor)
    now, held_by = clock.now(), claims.holder(session, report)
    if held_by is not None and (states.is_over(report) or not claims.is_quiet(session, report, now=now)):
        raise AlreadyClaimed
    report.claimed_by = actor.person_id
    if report.state is ReportState.NEW:
        report.state = ReportState.CLAIMED
    report.updated_hour = hour_of(now)
    report.version += 1
    session.add(report)
    trail.record(
        session,
        action=claims.CLAIMED if held_by is None else claims.TAKEN_OVER,
        school_id=report.school_id,
        person_id=actor.person_id,
        subject=report.id,
        now=now,
    )
    if report.state is ReportState.CLAIMED:
        unread.watch_claim(session, report, quiet_from=hour_of(now) + claims.QUIET_AFTER, now=now)
    if held_by is not None:
        audience.tell_claim_ended(session, report, {held_by}, because=ClaimEnd.TAKEN_OVER, now=now)
    return shown(session, report, actor)


def write(session: Session, actor: Actor, report_id: uuid.UUID, body: MessageCreate) -> ReportMessageOut:
    """Answer the reporter. Raises AlreadyClaimed when somebody else has taken the report on."""
    report = find(session, actor, report_id, lock=True)
    if claims.holder(session, report) not in (None, actor.person_id):
        raise AlreadyClaimed
    now = clock.now()
    record_access(session, report, person_id=actor.person_id, role=role_of(report), now=now)
    author = MessageAuthor.ADVISER if report.independent else MessageAuthor.TRIAGER
    added = dialogue.add(session, report, body.text, author=author, person_id=actor.person_id, now=now)
    return dialogue.for_staff(added)


def messages(
    session: Session, actor: Actor, report_id: uuid.UUID, request: PageRequest, *, show_hidden: bool = False
) -> ReportMessagePage:
    """Raises ReportWithdrawn where its words are for nobody."""
    report = to_read(session, actor, report_id)
    return dialogue.page_for_staff(session, report, request, show_hidden=show_hidden)


def to_read(session: Session, actor: Actor, report_id: uuid.UUID) -> Report:
    """A report that the actor reads something of, which is recorded. Raises NotFound, and ReportWithdrawn or
    ReportClosed where what was written is for nobody."""
    report = find(session, actor, report_id, lock=True)
    if withdrawn.words_hidden(session, report):
        raise states.ReportWithdrawn if report.state is ReportState.WITHDRAWN else dialogue.ReportClosed
    record_access(session, report, person_id=actor.person_id, role=role_of(report), now=clock.now())
    return report


def find(session: Session, actor: Actor, report_id: uuid.UUID, *, lock: bool = False) -> Report:
    """Raises NotFound, the same for one that does not exist and one that must not exist for this actor."""
    statement = visible_reports(actor).where(Report.id == report_id)
    # Not its key: who only reads it writes a row that refers to it, and must not wait in a ring with who answers it.
    fresh = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    locked = fresh if lock else statement
    report: Report | None = session.exec(locked).one_or_none()
    if report is None:
        raise NotFound
    if lock:
        require_known_to(session, actor, report)
    return report


def require_known_to(session: Session, actor: Actor, report: Report) -> None:
    """Raises NotFound for whoever was kept out of it while they waited for its lock.

    PostgreSQL looks at the row again then, not at the rows of others that kept it from them: that takes a new look.
    """
    hidden = select(Report.id).where(Report.id == report.id, kept_from(actor))
    if session.exec(hidden).first() is not None:
        raise NotFound


def role_of(report: Report) -> Role:
    """As whom somebody reads a report past a page: what is for independent handlers, nobody else finds."""
    return Role.INDEPENDENT_HANDLER if report.independent else Role.TRIAGER


def record_access(session: Session, report: Report, *, person_id: uuid.UUID, role: str, now: dt.datetime) -> None:
    """Once for each person, role and hour."""
    hour = hour_of(now)
    if session.get(ReportAccess, (report.id, person_id, role, hour)) is not None:
        return
    try:
        with session.begin_nested():
            session.add(ReportAccess(report_id=report.id, person_id=person_id, role=role, hour=hour))
    except IntegrityError:
        # The same person opened it in another window at the same moment: it is recorded.
        return
    # The same once more, where nobody can take it away unseen.
    trail.record(session, action=READ, school_id=report.school_id, person_id=person_id, subject=report.id, now=now)


def narrative_of(session: Session, report: Report) -> str | None:
    if report.narrative_sealed is None:
        return None
    return columns.NARRATIVE.unseal(session, report, school_id=report.school_id)


def shown(session: Session, report: Report, actor: Actor, *, show_hidden: bool = False) -> ReportOut:
    """`out`, for whoever gets it: whatever brought them to it, they have read it."""
    if not withdrawn.words_hidden(session, report):
        record_access(session, report, person_id=actor.person_id, role=role_of(report), now=clock.now())
    return out(session, report, actor, show_hidden=show_hidden)


def out(session: Session, report: Report, actor: Actor, *, show_hidden: bool = False) -> ReportOut:
    found = standing.of(session, [report], visible=visible_reports(actor))
    hidden = withdrawn.hides(report, found.withdrawals.get(report.id))
    said: dict[str, Any] = {} if hidden else report.details
    kept_back = hidden or (report.text_hidden and not show_hidden)
    return ReportOut(
        **standing.row(report, found, person_id=actor.person_id),
        about_whom=AboutWhom.PREFER_NOT_TO_SAY if hidden else AboutWhom(report.about_whom),
        narrative=None if kept_back else narrative_of(session, report),
        identity_given=not hidden and report.identity_sealed is not None,
        decisions=decisions.briefly(session, report),
        **(NOTHING_SAID | said),
    )
