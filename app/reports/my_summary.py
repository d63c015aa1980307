"""The reporter's side of a relay summary: what would be passed on, and whether it may be (J3, step 4)."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Session

from app.contacts import service as contacts
from app.core.clock import hour_of
from app.core.preconditions import Version
from app.core.problems import NotFound
from app.guidance import answers
from app.guidance.signs import Wants
from app.models import RelaySummary, Report
from app.reports import audience, mine, relaying, states
from app.reports.dialogue import ReportClosed
from app.reports.relay_schemas import MyRelaySummary, RelaySummaryDecision
from app.vocabulary import RelayDecision, RelayPurpose, RelaySummaryState, ReportState, WhoIsMet

# What each of these asks for. Whatever was asked for first, only a yes to the words themselves passes them on.
_ASKED_FOR: dict[Wants, frozenset[tuple[RelayPurpose, WhoIsMet]]] = {
    Wants.OFFER_OF_SUPPORT_TO_PEER: frozenset({(RelayPurpose.SUPPORTER, WhoIsMet.PEER)}),
    Wants.HELP_CONNECTING_TO_A_SERVICE: frozenset((RelayPurpose.SERVICE, who) for who in WhoIsMet),
    Wants.HELP_FOR_ME_TOO: frozenset((purpose, WhoIsMet.REPORTER) for purpose in RelayPurpose),
}


def show(session: Session, report_id: uuid.UUID, *, now: dt.datetime) -> MyRelaySummary:
    """Raises NotFound while nobody has asked for anything to be passed on, ReportWithdrawn."""
    report = mine.find(session, report_id, now=now)
    return _out(session, report, _newest(session, report))


def decide(
    session: Session, report_id: uuid.UUID, body: RelaySummaryDecision, *, version: Version, now: dt.datetime
) -> MyRelaySummary:
    """Agree to this very version, put it in other words, or do not agree: that ends passing on.

    What a supporter was offered and has not accepted is taken back, unless it is agreed to once more. Raises NotFound,
    PreconditionFailed when there is another version by now, ReportWithdrawn, ReportClosed, TooManyVersions.
    """
    report = mine.find(session, report_id, now=now, lock=True)
    row = _newest(session, report)
    version.check(_out(session, report, row))
    if states.is_over(report):
        raise ReportClosed
    approved = body.decision is RelayDecision.APPROVE
    if body.text is not None:
        row = relaying.add_edited(session, report, row, body.text, now=now)
    else:
        row.state = _state_of(row, agreed=approved)
        row.answered_hour = hour_of(now)
        session.add(row)
    if not approved:
        contacts.take_back(session, report, now=now)
    if report.state is ReportState.AWAITING_REPORTER:
        report.state = ReportState.IN_CONVERSATION
        report.version += 1
    report.updated_hour = hour_of(now)
    session.add(report)
    session.flush()
    audience.tell_answered(session, report, now=now)
    return _out(session, report, row)


def _state_of(row: RelaySummary, *, agreed: bool) -> RelaySummaryState:
    if not agreed:
        return RelaySummaryState.NOT_AGREED
    return RelaySummaryState.EDITED_BY_REPORTER if row.person_id is None else RelaySummaryState.APPROVED


def _newest(session: Session, report: Report) -> RelaySummary:
    row = relaying.newest(session, report)
    if row is None:
        raise NotFound
    return row


def _out(session: Session, report: Report, row: RelaySummary) -> MyRelaySummary:
    return MyRelaySummary(
        number=row.number,
        purpose=row.purpose,
        who=row.who,
        what_it_is_for=answers.what_a_summary_is_for(row.purpose, row.who),
        asked_for=(row.purpose, row.who) in _ASKED_FOR.get(Wants(report.wants), frozenset()),
        text=relaying.text_of(session, report, row),
        by_you=row.person_id is None,
        outing_risk=row.outing_risk,
        state=row.state,
        written_hour=row.written_hour,
    )
