"""Accept a report: keep as little as can be kept, page when it is urgent, and answer with help and the truth."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.core import crypto, receipts
from app.core.clock import hour_of
from app.core.crypto import Place
from app.core.ids import new_opaque_id
from app.directory import catalogue
from app.directory.catalogue import Catalogue
from app.guidance.signs import (
    AboutRole,
    Priority,
    Wants,
    clock_priority,
    has_red_flag,
    is_urgent,
    priority_rank,
)
from app.idempotency import service as idempotency
from app.idempotency.service import Once, Reply
from app.identity.grant_states import CURRENT
from app.models import Person, Report, RoleGrant, School
from app.paging import expectation, routing
from app.paging import service as paging
from app.paging.schemas import Expect
from app.reports import answer, unread
from app.reports.answer import Help, Promise
from app.reports.exclusions import NOBODY, READING_ROLES, Exclusions, exclusions_of, keep_out
from app.reports.outlook import Outlook
from app.reports.schemas import ReaderList, ReaderOut, ReportCreate
from app.rosters import duty
from app.schools import service as schools
from app.vault import service as vault
from app.vocabulary import ReportState, RosterLine, SubjectKind

RECEIPT_LIFETIME = dt.timedelta(days=90)
# Answers that are kept as they are ticked, in one column: nothing is ever searched by them.
DETAILS = ("relationship", "help_so_far", "when_noticed", "certainty", "concern_types", "peer_knows", "with_them_now")


@dataclass(frozen=True, slots=True)
class Prepared:
    """All of an answer that can be made before anything is stored. `promise` is None where paging will make it."""

    school: School
    exclusions: Exclusions
    help: Help
    promise: Promise | None


@dataclass(frozen=True, slots=True)
class Made:
    """A stored report's answer: a ReportCreated as JSON, and the receipt in it."""

    receipt: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Key:
    """An Idempotency-Key, the path of its request, and what makes that the same as another (`fingerprint`)."""

    text: str
    path: str
    fingerprint: bytes

    def once(self, session: Session) -> Once:
        """Only whoever has the key can open the kept answer: not the operator, not a copy of the database."""
        return Once(
            key_hash=key_hash(session, self.path, self.text),
            fingerprint=self.fingerprint,
            sealing_key=crypto.derive(self.text.lower().encode(), "report reply"),
        )


@dataclass(frozen=True, slots=True)
class CanWait:
    """A report that pages nobody and is kept from nobody, as nearly all are. Many of them share a transaction."""

    prepared: Prepared
    promise: Promise
    body: ReportCreate
    now: dt.datetime
    key: Key | None = None


def is_plain(body: ReportCreate) -> bool:
    """Whether a report is about a student and kept from nobody, as nearly all are."""
    return not body.keep_from and body.about_role is AboutRole.STUDENT


def pages(body: ReportCreate, *, advisers: bool) -> bool:
    """Whether somebody is paged at once: an urgent report, and a question for today where there are advisers.

    Whoever wants advice for today gets the clock of a supporter who asks (STUDY I02).
    """
    asks_today = body.wants is Wants.ADVICE_ONLY and body.priority is Priority.TODAY
    return is_urgent(body.signs, body.priority) or (asks_today and advisers)


def prepare_plain(outlook: Outlook, body: ReportCreate, *, now: dt.datetime) -> Prepared:
    """The answer to a plain report, without asking the database."""
    promise = None if pages(body, advisers=outlook.advisers) else outlook.promise
    return _prepared(outlook.school, outlook.found, body, NOBODY, promise=promise, now=now)


def prepare(session: Session, slug: str, body: ReportCreate, *, now: dt.datetime) -> Prepared:
    """The answer to any report, read in a transaction that writes nothing: writers are never kept waiting for it.

    Raises SchoolNotFound, SchoolNotActive, and InvalidRequest as `exclusions_of` does.
    """
    school = schools.find(session, slug)
    schools.require_active(school)
    urgent = is_urgent(body.signs, body.priority)
    exclusions = exclusions_of(session, school, body, urgent=urgent)
    found = catalogue.catalogue_of(session, school)
    promise = None
    if not exclusions.independent and not pages(body, advisers=routing.has_advisers(session, school.id)):
        promise = Promise.of(expectation.when_read(session, school, found, now=now, excluded=exclusions.people))
    return _prepared(school, found, body, exclusions, promise=promise, now=now)


def _prepared(
    school: School,
    found: Catalogue,
    body: ReportCreate,
    exclusions: Exclusions,
    *,
    promise: Promise | None,
    now: dt.datetime,
) -> Prepared:
    return Prepared(school, exclusions, answer.help_for(school, found, body, now=now), promise)


def can_wait(prepared: Prepared, body: ReportCreate, *, now: dt.datetime, key: Key | None = None) -> CanWait | None:
    """The report as one of those that share a transaction, or None where it needs one of its own."""
    if prepared.promise is None or prepared.exclusions.any:
        return None
    return CanWait(prepared, prepared.promise, body, now, key)


def meets_locks(report: CanWait) -> bool:
    """A key that another process holds, and does not let go of, is the trouble of its own report alone."""
    return report.key is not None


_INSERT = sa.insert(Report.__table__)  # type: ignore[attr-defined]  # SQLModel does not type a table class's table


def submit_all(session: Session, reports: Sequence[CanWait]) -> list[Made | None]:
    """Store reports that can wait, in the caller's transaction, and complete their answers.

    None for one whose Idempotency-Key came before, here or at another time: nothing of it is stored.
    """
    made, rows = list[Made | None](), list[dict[str, Any]]()
    for report in reports:
        receipt = receipts.new_receipt()
        row = _row(session, report.prepared, report.body, receipt, now=report.now)
        rows.append(row)
        kept = row["identity_sealed"] is not None
        body = answer.body_of(receipt, report.prepared.help, report.promise, identity_kept=kept)
        made.append(Made(receipt, body))
    for place in _repeated(session, reports, made):
        made[place] = None
    new = [(row, report) for row, report, answered in zip(rows, reports, made, strict=True) if answered is not None]
    if new:
        # Past the unit of work: the hottest write there is, and nothing in this transaction reads the rows again.
        session.connection().execute(_INSERT, [row for row, _ in new])
        unread.watch(
            session,
            [
                (report.prepared.school.id, report.promise.expect.read_by, report.promise.kept["read_by"])
                for _, report in new
                if report.promise.expect.read_by is not None
            ],
        )
    return made


def _repeated(session: Session, reports: Sequence[CanWait], made: Sequence[Made | None]) -> list[int]:
    """The places of those whose key came before. The answers of all others with a key are kept under it."""
    places, answered = list[int](), list[idempotency.Made]()
    for place, (report, each) in enumerate(zip(reports, made, strict=True)):
        if report.key is not None and each is not None:
            places.append(place)
            ends_with = replay_end_hash(session, each.receipt)
            answered.append(idempotency.Made(report.key.once(session), Reply(201, each.body), ends_with))
    if not answered:
        return []
    first = idempotency.keep_all(session, answered, now=max(report.now for report in reports))
    return [place for place, is_first in zip(places, first, strict=True) if not is_first]


def submit(session: Session, prepared: Prepared, body: ReportCreate, *, now: dt.datetime) -> Made:
    """Store the report, page if it asks for that, and complete the answer, in the caller's transaction."""
    school, exclusions = prepared.school, prepared.exclusions
    receipt = receipts.new_receipt()
    row = _row(session, prepared, body, receipt, now=now)
    promise = prepared.promise
    if promise is None:
        # Before the report itself is written: what is promised then is a part of its row.
        with duty.asked_once(session):
            promise = Promise.of(_page(session, school, row["id"], body, exclusions, now=now))
        row["promise"] = promise.kept
    session.connection().execute(_INSERT, row)
    keep_out(session, row["id"], exclusions)
    if prepared.promise is not None and promise.expect.read_by is not None:
        unread.watch(session, [(school.id, promise.expect.read_by, promise.kept["read_by"])])
    identity_kept = row["identity_sealed"] is not None
    return Made(receipt, answer.body_of(receipt, prepared.help, promise, identity_kept=identity_kept))


def _row(session: Session, prepared: Prepared, body: ReportCreate, receipt: str, *, now: dt.datetime) -> dict[str, Any]:
    """The columns of a new report. What is not named here is what its table says of a new one."""
    report_id = new_opaque_id()
    return {
        "id": report_id,
        "school_id": prepared.school.id,
        "receipt_hash": receipt_hash(session, receipt),
        "receipt_good_until": (now + RECEIPT_LIFETIME).date(),
        "state": ReportState.NEW,
        "about_whom": body.about_whom,
        "about_role": body.about_role,
        "independent": prepared.exclusions.independent,
        "signs": list(dict.fromkeys(body.signs)),
        "priority_stated": body.priority,
        "needs_person_check": has_red_flag(body.signs),
        "wants": body.wants,
        "details": {name: getattr(body, name) for name in DETAILS} | {"site_id": body.site_id and str(body.site_id)},
        "statement_version": body.privacy_statement_version,
        "promise": {} if prepared.promise is None else prepared.promise.kept,
        "response_rank": priority_rank(clock_priority(body.signs, body.priority)),
        "updated_hour": hour_of(now),
        "submitted_at": now,
        "version": 1,
        **_sealed_texts(session, prepared.school, report_id, body),
    }


def readers(session: Session, school: School) -> ReaderList:
    """Who could read a report here: roles and aliases that `keep_from` takes (J14)."""
    statement = (
        select(RoleGrant.role, Person.alias)
        .join(Person, col(Person.id) == col(RoleGrant.person_id))
        .where(
            Person.school_id == school.id,
            col(Person.active).is_(True),
            CURRENT,
            col(RoleGrant.role).in_(READING_ROLES),
        )
        .order_by(col(RoleGrant.role), col(Person.alias))
    )
    return ReaderList(items=[ReaderOut(role=role, alias=alias) for role, alias in session.exec(statement)])


def receipt_hash(session: Session, receipt: str) -> bytes:
    return vault.lookup_hash(session, receipts.normal_form(receipt), use="receipt")


def key_hash(session: Session, path: str, key: str) -> bytes:
    """Of an Idempotency-Key of a report, which is a UUID however it is spelt."""
    return vault.lookup_hash(session, f"{path}|{key.lower()}", use="report-idempotency")


def replay_end_hash(session: Session, receipt: str) -> bytes:
    """Under a key of its own: it cannot be matched with the report's row without the receipt."""
    return vault.lookup_hash(session, receipts.normal_form(receipt), use="receipt-ends-replay")


def text_place(report_id: uuid.UUID, column: str) -> Place:
    return Place(table="reports", row=str(report_id), column=column)


def _page(
    session: Session,
    school: School,
    report_id: uuid.UUID,
    body: ReportCreate,
    exclusions: Exclusions,
    *,
    now: dt.datetime,
) -> Expect:
    """Page for a report that cannot wait, and for one that only independent handlers may see."""
    line = RosterLine.INDEPENDENT_ADVICE
    if not exclusions.independent:
        line = routing.choose_line(
            session,
            school.id,
            RosterLine.CLINICAL_ADVICE,
            now=now,
            excluded=exclusions.people,
            last_resort=RosterLine.TRIAGE,
        )
    standing = paging.start(
        session,
        school,
        subject_kind=SubjectKind.REPORT,
        subject_id=report_id,
        line=line,
        priority=clock_priority(body.signs, body.priority),
        excluded=exclusions.people,
        excluded_roles=exclusions.roles,
        discreet=exclusions.any,
        now=now,
    )
    return expectation.of_paging(
        session, school, standing, line=line, now=now, excluded=exclusions.people, in_reading_hours=True
    )


def _sealed_texts(session: Session, school: School, report_id: uuid.UUID, body: ReportCreate) -> dict[str, Any]:
    """Narrative, and who it is about: kept only as far as the reporter asked (STUDY I04)."""
    columns: dict[str, Any] = {"narrative_sealed": None, "identity_sealed": None, "identity_purpose": None}
    if body.narrative is not None:
        place = text_place(report_id, "narrative_sealed")
        columns["narrative_sealed"] = vault.seal(session, body.narrative, school_id=school.id, place=place)
    if body.about_person is None or (body.wants is Wants.ADVICE_ONLY and not body.open_only_if_life_at_risk):
        return columns
    purpose = vault.LIFE_AT_RISK if body.open_only_if_life_at_risk else vault.CONTENT
    columns["identity_purpose"] = purpose
    columns["identity_sealed"] = vault.seal(
        session,
        body.about_person,
        school_id=school.id,
        place=text_place(report_id, "identity_sealed"),
        purpose=purpose,
    )
    return columns
