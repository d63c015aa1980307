"""Every sealed column: whose key it is under, and the place it is bound to. What is not listed here is not rotated.

A value is bound to its table, its row and the row that it belongs to: moved to another report, it does not open.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col

from app.core.crypto import Place
from app.models import (
    AdviceMessage,
    AdviceRequest,
    CaseNote,
    Choice,
    ConfidentialityDecision,
    Contact,
    EntryCorrection,
    Escalation,
    EvaluationResponse,
    EvaluationWave,
    Event,
    Interest,
    LegalHold,
    Pause,
    PrivacyIncident,
    RelaySummary,
    Report,
    ReportConflict,
    ReportMessage,
    ReportOutcome,
    ReportProposal,
    ReportWithdrawal,
    StatisticsTally,
    Story,
    StoryReview,
    Suggestion,
    SupporterApplication,
    WebhookEndpoint,
)
from app.vault import service as vault


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """`parent` and `link`: the table that a row belongs to and the column that names its row there.

    `label` is the name in the value's place, where it is not the column's own; `purpose` a column that names the key.
    """

    table: type[SQLModel]
    column: str
    parent: type[SQLModel] | None = None
    link: str | None = None
    label: str | None = None
    purpose: str | None = None

    def place(self, row: Any) -> Place:
        """Where the value of this column stands in `row`, an object or a result row with the columns of `query`."""
        name = str(self.table.__tablename__)
        row_id = str(row.id) if self.link is None else f"{getattr(row, self.link)}/{row.id}"
        return Place(table=name, row=row_id, column=self.label or self.column)

    def earlier_place(self, row: Any) -> Place:
        """As values were bound until 0008: to their own row alone."""
        return Place(table=str(self.table.__tablename__), row=str(row.id), column=self.label or self.column)

    def seal(self, session: Session, row: Any, text: str, *, school_id: uuid.UUID | None) -> None:
        """Put `text` into this column of `row`, a new object or one that the caller has locked."""
        sealed = vault.seal(session, text, school_id=school_id, place=self.place(row), purpose=self.purpose_of(row))
        setattr(row, self.column, sealed)

    def unseal(self, session: Session, row: Any, *, school_id: uuid.UUID | None) -> str:
        """The text of this column of `row`, which has one. Raises CannotOpen."""
        return self.open(session, row, getattr(row, self.column), school_id=school_id)

    def open(self, session: Session, row: Any, value: bytes, *, school_id: uuid.UUID | None) -> str:
        """What `value` says, which was read from this column of `row`. Raises CannotOpen."""
        return vault.unseal(
            session,
            value,
            school_id=school_id,
            place=self.place(row),
            purpose=self.purpose_of(row),
            formerly=self.earlier_place(row) if self.link is not None else None,
        )

    def purpose_of(self, row: Any) -> str:
        return vault.CONTENT if self.purpose is None else str(getattr(row, self.purpose))

    def row_id(self) -> Any:
        """What `query` may be ordered by."""
        table: Any = self.table
        return table.id

    def query(self, school_id: uuid.UUID) -> sa.Select[Any]:
        """The rows of a school that have a value here: id, `value`, and what `place` and `purpose_of` ask for."""
        table: Any = self.table
        wanted = [table.id, getattr(table, self.column).label("value")]
        wanted += [getattr(table, name) for name in (self.link, self.purpose) if name is not None]
        statement = sa.select(*wanted).where(getattr(table, self.column).is_not(None))
        if self.parent is None:
            return statement.where(table.school_id == school_id)
        owner: Any = self.parent
        return statement.join(owner, owner.id == getattr(table, str(self.link))).where(owner.school_id == school_id)

    def replace(self, row: Any, value: bytes) -> sa.Update:
        """Put another value there, unless it has changed since `row` was read."""
        table: Any = self.table
        column = getattr(table, self.column)
        return sa.update(table).where(col(table.id) == row.id, column == row.value).values({self.column: value})


NARRATIVE = SealedColumn(Report, "narrative_sealed")
IDENTITY = SealedColumn(Report, "identity_sealed", purpose="identity_purpose")
REPORT_MESSAGE = SealedColumn(ReportMessage, "body_sealed", parent=Report, link="report_id")
CONFLICT = SealedColumn(ReportConflict, "reason_sealed", parent=Report, link="report_id")
REPORT_OUTCOME = SealedColumn(ReportOutcome, "note_sealed", parent=Report, link="report_id")
REPORT_PROPOSAL = SealedColumn(ReportProposal, "note_sealed", parent=Report, link="report_id")
RELAY_SUMMARY = SealedColumn(RelaySummary, "text_sealed", parent=Report, link="report_id")
RELAY_CHECK = SealedColumn(RelaySummary, "anything_else_sealed", parent=Report, link="report_id")
CONTACT_SUMMARY = SealedColumn(Contact, "summary_sealed", parent=Report, link="report_id")
CONTACT_REACH = SealedColumn(Contact, "reach_sealed", parent=Report, link="report_id")
CONTACT_NOTE = SealedColumn(Contact, "note_sealed", parent=Report, link="report_id")
# Of a contact that a peer chose, which belongs to no report.
CHOSEN_SUMMARY = SealedColumn(Contact, "summary_sealed", parent=Choice, link="choice_id")
CHOSEN_REACH = SealedColumn(Contact, "reach_sealed", parent=Choice, link="choice_id")
CHOICE_WISHES = SealedColumn(Choice, "wishes_sealed")
CHOICE_REACH = SealedColumn(Choice, "reach_sealed")
CHOICE_WORDS = SealedColumn(Choice, "words_sealed")
CASE_NOTE = SealedColumn(CaseNote, "body_sealed", parent=Escalation, link="escalation_id")
WITHDRAWAL_NOTE = SealedColumn(ReportWithdrawal, "note_sealed", parent=Report, link="report_id")
ADVICE_SUMMARY = SealedColumn(AdviceRequest, "summary_sealed")
ADVICE_MESSAGE = SealedColumn(AdviceMessage, "body_sealed", parent=AdviceRequest, link="request_id")
HOLD_REASON = SealedColumn(LegalHold, "reason_sealed")
HOLD_AUTHORITY = SealedColumn(LegalHold, "authority_sealed")
HOLD_NOTE = SealedColumn(LegalHold, "note_sealed")
INCIDENT = SealedColumn(PrivacyIncident, "what_happened_sealed")
INCIDENT_HARM = SealedColumn(PrivacyIncident, "harm_note_sealed")
INCIDENT_TOLD = SealedColumn(PrivacyIncident, "people_told_sealed")
STORY = SealedColumn(Story, "words_sealed")
STORY_REVIEW = SealedColumn(StoryReview, "words_sealed", parent=Story, link="story_id")
SUGGESTION = SealedColumn(Suggestion, "text_sealed")
PAUSE_NOTE = SealedColumn(Pause, "note_sealed")
PAUSE_APPEAL = SealedColumn(Pause, "appeal_sealed")
TALLY = SealedColumn(StatisticsTally, "counts_sealed")
CORRECTION = SealedColumn(EntryCorrection, "note_sealed")
EVALUATION_RESPONSE = SealedColumn(EvaluationResponse, "answers_sealed", parent=EvaluationWave, link="wave_id")
INTEREST = SealedColumn(Interest, "words_sealed")
APPLICATION_NOTE = SealedColumn(SupporterApplication, "note_sealed")
APPLICATION_WORDS = SealedColumn(SupporterApplication, "words_sealed")
APPEAL_NOTE = SealedColumn(SupporterApplication, "appeal_note_sealed")
APPEAL_WORDS = SealedColumn(SupporterApplication, "appeal_words_sealed")
EVENT = SealedColumn(Event, "sealed")
SECRET = SealedColumn(WebhookEndpoint, "secret_sealed", label="secret")
PREVIOUS_SECRET = SealedColumn(WebhookEndpoint, "previous_secret_sealed", label="previous_secret")
# Each by the name of what is said there.
DECISION = {
    name: SealedColumn(ConfidentialityDecision, f"{name}_sealed", parent=Report, link="report_id")
    for name in (
        "necessary_because",
        "disclosed_what",
        "disclosed_to",
        "person_not_told_because",
        "second_note",
        "alone_reason",
        "review",
    )
}

SEALED = (
    NARRATIVE,
    IDENTITY,
    REPORT_MESSAGE,
    CONFLICT,
    REPORT_OUTCOME,
    REPORT_PROPOSAL,
    RELAY_SUMMARY,
    RELAY_CHECK,
    CONTACT_SUMMARY,
    CONTACT_REACH,
    CONTACT_NOTE,
    CHOSEN_SUMMARY,
    CHOSEN_REACH,
    CHOICE_WISHES,
    CHOICE_REACH,
    CHOICE_WORDS,
    CASE_NOTE,
    WITHDRAWAL_NOTE,
    ADVICE_SUMMARY,
    ADVICE_MESSAGE,
    HOLD_REASON,
    HOLD_AUTHORITY,
    HOLD_NOTE,
    INCIDENT,
    INCIDENT_HARM,
    INCIDENT_TOLD,
    STORY,
    STORY_REVIEW,
    PAUSE_NOTE,
    PAUSE_APPEAL,
    TALLY,
    CORRECTION,
    SUGGESTION,
    EVALUATION_RESPONSE,
    INTEREST,
    APPLICATION_NOTE,
    APPLICATION_WORDS,
    APPEAL_NOTE,
    APPEAL_WORDS,
    EVENT,
    SECRET,
    PREVIOUS_SECRET,
    *DECISION.values(),
)
