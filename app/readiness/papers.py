"""Whether what a school goes by is decided, adopted and looked at in time: documents, statement, retention, rules."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field
from sqlmodel import Session, select

from app.guidance import answers
from app.guidance.content import ItemId, ObligationsCard
from app.guidance.library import load_library, resolve
from app.guidance.shelf import jurisdictions_of, local_of, school_language
from app.guidance.showing import is_overdue
from app.models import LocalPiece, School, StatementAdoption
from app.readiness.checks import Check, found
from app.retention import policies as retention
from app.schools import policy_documents
from app.schools import service as schools
from app.schools.profile_schemas import MOST_DOCUMENTS, DocumentCode
from app.vocabulary.keeping import RetentionClass

# A hint of where to begin: a school may have more cards of its own than anybody reads in a list.
MOST_CARDS = 50


class PolicyDocumentsCheck(Check):
    """No policy document waits for its review. `overdue` has the codes of those that do."""

    code: Literal["policy_documents"]
    overdue: Annotated[list[DocumentCode], Field(max_length=MOST_DOCUMENTS)]


class PrivacyStatementCheck(Check):
    """The school has made the version of the privacy statement its own that is shown to everyone."""

    code: Literal["privacy_statement"]


class RetentionCheck(Check):
    """A privacy officer has decided how long each class of things is kept. `undecided`: for which nobody has."""

    code: Literal["retention_policy"]
    undecided: Annotated[list[RetentionClass], Field(max_length=20)]


class ObligationsCheck(Check):
    """The cards on the rules of its country and state are there, and none is overdue for review. `overdue`: the ids of
    those that are, the first 50."""

    code: Literal["obligations_card"]
    overdue: Annotated[list[ItemId], Field(max_length=MOST_CARDS)]


def documents(session: Session, school: School, *, now: dt.datetime) -> PolicyDocumentsCheck:
    overdue = policy_documents.overdue(session, school.id, now=now)
    do = "Look at these documents (`policy-documents`), and write when they are to be looked at next."
    return PolicyDocumentsCheck(code="policy_documents", overdue=overdue, **found(not overdue, otherwise=do))


def statement(session: Session, school: School) -> PrivacyStatementCheck:
    row = session.get(StatementAdoption, school.id)
    ok = row is not None and row.statement_version == answers.privacy_statement().version
    do = "Read the privacy statement, and adopt its version: PUT `privacy-statement/adoption`."
    return PrivacyStatementCheck(code="privacy_statement", **found(ok, otherwise=do))


def retention_policy(session: Session, school: School) -> RetentionCheck:
    decided = retention.of_school(session, school.id)
    undecided = [each for each in RetentionClass if decided[each].version == 0]
    do = "A privacy officer decides each of these, be it that they are kept: PUT `retention-policies/{class}`."
    return RetentionCheck(code="retention_policy", undecided=undecided, **found(not undecided, otherwise=do))


def obligations(session: Session, school: School, *, now: dt.datetime) -> ObligationsCheck:
    library = load_library()
    rows = session.exec(select(LocalPiece).where(LocalPiece.school_id == school.id)).all()
    there = jurisdictions_of(school.country, school.region)
    shown = resolve(library, map(local_of, rows), language=school_language(school, library)).placed
    cards = [
        each.piece for each in shown if isinstance(each.piece, ObligationsCard) and each.piece.jurisdiction in there
    ]
    overdue = [card.id for card in cards if is_overdue(card, schools.today(school, now=now))]
    do = "Update Peerline, or review these cards yourself (`content/overrides`): the rules may be others by now."
    return ObligationsCheck(
        code="obligations_card", overdue=overdue[:MOST_CARDS], **found(bool(cards) and not overdue, otherwise=do)
    )
