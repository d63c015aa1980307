"""Training as supporters and coordinators see it: what holds until when, and what is to be done."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from app.core.schemas import InputModel, Instant, OutputModel
from app.guidance.content import ModuleCode
from app.guidance.content_schemas import ExerciseAnswer, ExerciseFeedback
from app.vocabulary.training import TrainingKind, TrainingPart

MOST_RECORDS = 50
InPersonKind = Literal[TrainingKind.WORKSHOP, TrainingKind.ROLE_PLAY]


class AssignmentOut(OutputModel):
    """`due_on`: the day of the school by which it is to be done. Being late takes nothing away by itself: what has
    ended does."""

    id: uuid.UUID
    assigned_on: dt.date
    due_on: dt.date
    overdue: bool


class TrainedModuleOut(OutputModel):
    """`valid_until`: its last day, null where there is none yet. `missing`: what is still to be done to have it now.
    `assignment`: what is open, if anything is."""

    module: ModuleCode
    valid_until: dt.date | None
    missing: Annotated[list[TrainingPart], Field(max_length=2)]
    assignment: AssignmentOut | None


class TrainingRecordOut(OutputModel):
    """A part of a module that somebody has. `module_version`: of the exercises that were passed."""

    id: uuid.UUID
    module: ModuleCode
    kind: TrainingKind
    module_version: Annotated[str, StringConstraints(max_length=200)] | None
    held_on: dt.date
    valid_until: dt.date


class SupporterTraining(OutputModel):
    """What a supporter has of the training that every one has. `valid`: both modules, today; only then are they given
    shifts and people to get in touch with. `lapses_at`: when the first of the two ends, in the past where it has.

    There is no answer here, no score, and not how often somebody tried: none of it is kept. `records`: the newest.
    """

    supporter: uuid.UUID
    valid: bool
    valid_until: dt.date | None
    lapses_at: Instant | None
    modules: Annotated[list[TrainedModuleOut], Field(max_length=len(ModuleCode))]
    records: Annotated[list[TrainingRecordOut], Field(max_length=MOST_RECORDS)]


class AttemptCreate(InputModel):
    """Answers to all exercises of the module that have choices, each once."""

    answers: Annotated[list[ExerciseAnswer], Field(min_length=1, max_length=30)]


class AttemptOut(OutputModel):
    """Passed, or not yet: there are no marks. `valid_until` and `missing` are those of the module after it; what is
    not passed changes nothing and is kept nowhere."""

    module: ModuleCode
    passed: bool
    valid_until: dt.date | None
    missing: Annotated[list[TrainingPart], Field(max_length=2)]
    exercises: Annotated[list[ExerciseFeedback], Field(max_length=30)]


class AssignmentCreate(InputModel):
    """A module that somebody is to do again, by a day of the school's within a year."""

    module: ModuleCode
    due_on: dt.date


class InPersonCreate(InputModel):
    """Training with others that somebody had: a workshop, or conversations played through."""

    module: ModuleCode
    kind: InPersonKind
    held_on: dt.date
