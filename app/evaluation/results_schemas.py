"""The tables of a wave: suppressed counts of each item, of each population by itself."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated

from pydantic import Field

from app.core.schemas import Line, OutputModel, ShortText
from app.evaluation.instrument_schemas import MOST_ANSWERS, Value
from app.evaluation.pack import Code
from app.evaluation.wave_schemas import MOST_ASKED, MOST_POPULATIONS, Invited, ItemCode, Percent, Period, Title
from app.vocabulary.evaluation import Direction, Domain, Population, Withheld

Count = Annotated[int, Field(ge=0, le=100_000)]


class ResultCell(OutputModel):
    """One answer. `withheld` says why there is no count. `percent`: of those who responded, both as they are shown."""

    answer: Code
    text: ShortText
    value: Value | None
    count: Count | None
    percent: Percent | None
    withheld: Withheld | None


class ResultItem(OutputModel):
    """`mean`: of the counts as they are shown, so that it tells nothing more; null unless all of them are."""

    item: ItemCode
    text: Line
    direction: Direction
    domain: Domain | None
    cells: Annotated[list[ResultCell], Field(max_length=MOST_ANSWERS)]
    mean: Annotated[float, Field(ge=-100, le=100)] | None


class ResultPopulation(OutputModel):
    """People of one kind, who are added to no others. Without enough of them there are no items here."""

    population: Population
    invited: Invited
    responded: Count | None
    response_rate_percent: Percent | None
    withheld: Withheld | None
    items: Annotated[list[ResultItem], Field(max_length=MOST_ASKED)]


class ResultInstrument(OutputModel):
    """What has to be shown wherever an instrument is used."""

    instrument: Code
    name: ShortText
    citation: ShortText
    licence: Annotated[str, Field(max_length=2000)]
    notices: Annotated[list[ShortText], Field(max_length=5)]


class WaveResults(OutputModel):
    """Made once, when the wave closed, and the same ever since. `method` says how."""

    wave: uuid.UUID
    title: Title
    period: Period
    opens_on: dt.date
    closes_on: dt.date
    program_started_on: dt.date | None
    previous_wave: uuid.UUID | None
    method: Annotated[list[Line], Field(max_length=20)]
    instruments: Annotated[list[ResultInstrument], Field(max_length=10)]
    populations: Annotated[list[ResultPopulation], Field(max_length=MOST_POPULATIONS)]
