"""Evaluation: what is asked of whom, and answers that are nobody's."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.core.ids import new_id, new_opaque_id
from app.models.columns import bytes_column, enum_column, json_column
from app.vocabulary.evaluation import Population, WaveState


class EvaluationInstrument(SQLModel, table=True):
    """Words that a school has loaded, and by what right (evaluation/instrument_schemas.py)."""

    __tablename__ = "evaluation_instruments"
    __table_args__ = (sa.UniqueConstraint("school_id", "code"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id")
    code: str = Field(max_length=40)
    document: dict[str, Any] = Field(sa_column=json_column())
    loaded_by: uuid.UUID = Field(foreign_key="people.id")
    loaded_hour: dt.datetime


class EvaluationWave(SQLModel, table=True):
    """One time of asking. `design` is what its evaluator wrote, `items` what is asked by it, with its words: as they
    were when it was last written, whatever becomes of the instruments.

    `results` are the tables, made once when it closes, as the text that is sent.
    """

    __tablename__ = "evaluation_waves"

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id", index=True)
    state: WaveState = Field(sa_column=enum_column(WaveState, "wave_state"))
    design: dict[str, Any] = Field(sa_column=json_column())
    items: dict[str, Any] = Field(sa_column=json_column())
    opens_on: dt.date
    closes_on: dt.date
    previous_wave_id: uuid.UUID | None = Field(default=None, foreign_key="evaluation_waves.id")
    results: str | None = Field(default=None, sa_column=sa.Column(sa.Text, nullable=True))
    opened_hour: dt.datetime | None = None
    closed_hour: dt.datetime | None = None
    # From then on there is no row of an answer any more.
    erased_hour: dt.datetime | None = None
    version: int = Field(default=1)
    created_at: dt.datetime
    updated_at: dt.datetime


class WavePopulation(SQLModel, table=True):
    """Whom a wave asks. `code_prefix`: what the codes of these people begin with, which says no more than this row.

    `codes_given` counts what was handed out, never what was used.
    """

    __tablename__ = "evaluation_wave_populations"
    __table_args__ = (sa.UniqueConstraint("wave_id", "population"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    wave_id: uuid.UUID = Field(foreign_key="evaluation_waves.id")
    population: Population = Field(sa_column=enum_column(Population, "wave_population"))
    invited: int
    code_prefix: str = Field(max_length=8, unique=True)
    codes_given: int = Field(default=0)


class ResponseToken(SQLModel, table=True):
    """A code that has not been used, as a keyed hash. It is deleted with its use: no row says that it was."""

    __tablename__ = "evaluation_tokens"
    __table_args__ = ({"sqlite_with_rowid": False},)

    token_hash: bytes = Field(sa_column=sa.Column(sa.LargeBinary, primary_key=True))
    wave_id: uuid.UUID = Field(foreign_key="evaluation_waves.id", index=True)


class EvaluationResponse(SQLModel, table=True):
    """What somebody answered. It has no time, no order, no person and no code, and is as long as any other of its kind.

    A random key, and on SQLite no row id: rows lie by what says nothing. See docs/decisions/0048.
    """

    __tablename__ = "evaluation_responses"
    __table_args__ = ({"sqlite_with_rowid": False},)

    id: uuid.UUID = Field(default_factory=new_opaque_id, primary_key=True)
    wave_id: uuid.UUID = Field(foreign_key="evaluation_waves.id", index=True)
    population: Population = Field(sa_column=enum_column(Population, "response_population"))
    answers_sealed: bytes = Field(sa_column=bytes_column())
