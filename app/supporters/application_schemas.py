"""Applications as they arrive and leave. There is no place for health, marks or a history, and none can be sent."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated

from pydantic import Field, StringConstraints

from app.core.pagination import Page
from app.core.schemas import InputModel, Instant, OutputModel
from app.supporters.schemas import Alias
from app.vocabulary.selection import (
    AppealState,
    ApplicationAppealDecision,
    ApplicationState,
    Criterion,
    SelectionDecision,
    StudyOnTrack,
    SupportINeed,
)

Note = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Words = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
Because = Annotated[list[Criterion], Field(max_length=len(Criterion))]


class ApplicationCreate(InputModel):
    """What somebody attests, and no more (STUDY T07). `has_support_i_need`: of now, never of before; no answer is a no.
    `note`: whatever they want to add; nobody asks for it."""

    has_training: bool
    can_give_time: bool
    has_support_i_need: SupportINeed
    study_on_track: StudyOnTrack
    note: Note | None = None


class SelectionDecisionCreate(InputModel):
    """`words`: the reason, to the applicant, who reads it as it is. `because`: the criteria of a `not_proceeding`."""

    decision: SelectionDecision
    words: Words
    because: Because = Field(default_factory=list)


class NotProceedingCreate(InputModel):
    """As a decision on an application: a reason to the person, and the criteria that it rests on."""

    words: Words
    because: Because


class ApplicationAppealCreate(InputModel):
    note: Words | None = None


class ApplicationAppealDecisionCreate(InputModel):
    """`changed`: they may go on. `words`: the reason, to the applicant."""

    decision: ApplicationAppealDecision
    words: Words


class Attested(OutputModel):
    """Null once it is erased, and of somebody who never applied."""

    has_training: bool | None
    can_give_time: bool | None
    has_support_i_need: SupportINeed | None
    study_on_track: StudyOnTrack | None


class MyApplication(OutputModel):
    """Your application. `appeal_until`: until then you can ask for somebody else to look. `kept_until`: the day of
    the school on which its content is erased, where nothing else happens to it."""

    state: ApplicationState
    attested: Attested
    note: Note | None
    applied_hour: Instant
    decided_hour: Instant | None
    words: Words | None
    because: Because
    appeal: AppealState | None
    appeal_note: Words | None
    appeal_words: Words | None
    appeal_until: Instant | None
    kept_until: dt.date | None


class ApplicationSummary(OutputModel):
    id: uuid.UUID
    person_id: uuid.UUID
    alias: Alias
    state: ApplicationState
    appeal: AppealState | None
    applied_hour: Instant


class ApplicationOut(ApplicationSummary):
    """An application, for whoever decides about it. `decided_by`: who did, and so does not decide an appeal."""

    attested: Attested
    note: Note | None
    decided_by: uuid.UUID | None
    decided_hour: Instant | None
    words: Words | None
    because: Because
    appeal_note: Words | None
    appealed_hour: Instant | None
    appeal_words: Words | None
    appeal_decided_hour: Instant | None


class ApplicationPage(Page[ApplicationSummary]):
    """One page of applications."""
