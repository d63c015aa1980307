"""Policies, holds, records and runs, as they come in and leave."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated

from pydantic import Field, StringConstraints

from app.core.pagination import Page
from app.core.schemas import InputModel, Instant, Line, OutputModel, Text
from app.vocabulary import ReportState, RetentionAction, SubjectKind
from app.vocabulary.keeping import RetentionClass, RetentionResult, RetentionRunState, RetentionTrigger

Alias = Annotated[str, StringConstraints(max_length=80)]
Count = Annotated[int, Field(ge=0, le=10_000_000)]
VersionNumber = Annotated[int, Field(ge=0, le=1_000_000)]
# A hundred years is for ever.
Days = Annotated[int, Field(ge=30, le=36_500)]


class RetentionPolicyPut(InputModel):
    """How long a class of things is kept. `period_days` null: until the school says otherwise.

    `authority_ref` says which law, or whose authority, lets the school erase it: needed with a period, for every class
    but `advice_only_unnamed`. `automatic`: erased each week without being asked for; otherwise somebody starts a run.
    """

    period_days: Days | None = Field(examples=[2555])
    trigger: RetentionTrigger = RetentionTrigger.CLOSED
    action: RetentionAction = RetentionAction.DESTROY
    authority_ref: Line | None = Field(default=None, examples=["Disposal authority of the university, class 4.2"])
    automatic: bool = False


class RetentionPolicyOut(OutputModel):
    """`suggested`: the school has decided nothing, and this is the product's own suggestion."""

    retention_class: RetentionClass
    period_days: Annotated[int, Field(ge=30, le=36_500)] | None
    trigger: RetentionTrigger
    action: RetentionAction
    authority_ref: Annotated[str, StringConstraints(max_length=500)] | None
    automatic: bool
    suggested: bool
    changed_by: Alias | None
    changed_hour: Instant | None
    version: VersionNumber


class RetentionPolicies(OutputModel):
    """One for each class."""

    items: Annotated[list[RetentionPolicyOut], Field(max_length=20)]


class LegalHoldCreate(InputModel):
    """`report_id` null: everything of the school. The reason and the authority are read by privacy officers alone."""

    report_id: uuid.UUID | None
    reason: Text = Field(examples=["The ombudsman has asked for it."])
    authority_ref: Line = Field(examples=["Request of the ombudsman of 4 March"])


class LegalHoldRelease(InputModel):
    note: Text = Field(examples=["The matter was closed."])


class LegalHoldOut(OutputModel):
    """`reason`, `authority_ref` and `release_note` are null once the report is erased."""

    id: uuid.UUID
    report_id: uuid.UUID | None
    reason: Annotated[str, StringConstraints(max_length=2000)] | None
    authority_ref: Annotated[str, StringConstraints(max_length=500)] | None
    placed_by: Alias
    placed_hour: Instant
    released_by: Alias | None
    released_hour: Instant | None
    release_note: Annotated[str, StringConstraints(max_length=2000)] | None


class LegalHoldPage(Page[LegalHoldOut]):
    """One page of holds, newest first."""


class ReportRecord(OutputModel):
    """A report as a privacy officer sees it: that it is there, in whole hours, and not a word of what it says.

    `read`: somebody has opened it. `due_on`: from this day of the school on a run may erase it; null where nothing says
    so.
    """

    id: uuid.UUID
    state: ReportState
    retention_class: RetentionClass
    submitted_hour: Instant
    updated_hour: Instant
    closed_hour: Instant | None
    withdrawn_hour: Instant | None
    erased_hour: Instant | None
    read: bool
    restricted: bool
    held: bool
    due_on: dt.date | None


class ReportRecordPage(Page[ReportRecord]):
    """One page of records, the oldest hour first."""


class RunWanted(InputModel):
    """What tells two requests under one key apart."""

    dry_run: bool


class RetentionCount(OutputModel):
    retention_class: RetentionClass
    result: RetentionResult
    count: Count


class RetentionRunOut(OutputModel):
    """Where a run stands. `counts` are of what you may know of; a dry run has erased nothing. `automatic`: begun by
    itself, as it is each week."""

    id: uuid.UUID
    dry_run: bool
    automatic: bool
    listed_by: uuid.UUID | None
    started_by: Alias | None
    state: RetentionRunState
    started_at: Instant
    finished_at: Instant | None
    counts: Annotated[list[RetentionCount], Field(max_length=100)]


class RetentionRunPage(Page[RetentionRunOut]):
    """One page of runs, newest first."""


class RetentionItemOut(OutputModel):
    subject_kind: SubjectKind
    subject_id: uuid.UUID
    retention_class: RetentionClass
    result: RetentionResult


class RetentionItemPage(Page[RetentionItemOut]):
    """One page of what a run found, in no order of time."""
