"""The tables of a wave, from its answers: made once when it closes, and kept as the text that is sent (domain, 3.7)."""

from __future__ import annotations

import csv
import functools
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from app.core.tables import harmless
from app.evaluation.asked import AskedItems, KeptItem, written
from app.evaluation.pack import NOT_SAID
from app.evaluation.results_schemas import (
    ResultCell,
    ResultInstrument,
    ResultItem,
    ResultPopulation,
    WaveResults,
)
from app.evaluation.suppression import (
    SMALLEST_MEAN,
    Figure,
    Row,
    alone,
    enough_answered,
    parts,
    percent,
)
from app.models import EvaluationWave
from app.vocabulary.evaluation import Population, Withheld

METHOD = (
    "Counts are of answers, to the nearest five. Nothing below {k} is shown, zero included.",
    "Where a number that is not shown could be worked out from others, another one is not shown either.",
    "People who left an item out, or preferred not to say, are in the number who responded and in no cell.",
    "Of a population nothing is shown unless {k} have responded, and half of those who were invited.",
    "Percentages are of those who responded, from twenty-five on. They and means are made of the counts as shown.",
    "Populations stand side by side. They overlap, and are not added up. Nobody is followed from one wave to the next.",
    "People answered because they chose to. What those think who did not is not known.",
    "What peer support does for wellbeing is not settled by research. These tables can show good, harm, or neither.",
)
# What one person answered: for each item of their population the place of the answer in it, or none.
Answered = Sequence[int | None]
COLUMNS = (
    "population",
    "invited",
    "responded",
    "response_rate_percent",
    "population_withheld",
    "item",
    "direction",
    "domain",
    "answer",
    "value",
    "count",
    "percent",
    "withheld",
)


def tables(
    wave: EvaluationWave,
    invited: Mapping[Population, int],
    answers: Mapping[Population, Sequence[Answered]],
    *,
    k: int,
) -> WaveResults:
    """`k`: the smallest group of which the school shows anything."""
    wanted, asked = written(wave), AskedItems.model_validate(wave.items)
    return WaveResults(
        wave=wave.id,
        title=wanted.title,
        period=wanted.period,
        opens_on=wave.opens_on,
        closes_on=wave.closes_on,
        program_started_on=wanted.program_started_on,
        previous_wave=wave.previous_wave_id,
        method=[line.format(k=k) for line in METHOD],
        instruments=[
            ResultInstrument(
                instrument=each.code,
                name=each.name,
                citation=each.citation,
                licence=each.licence,
                notices=list(each.notices),
            )
            for each in asked.instruments
        ],
        populations=[
            _population(population, number, asked.of(population), answers.get(population, ()), k=k)
            for population, number in invited.items()
        ],
    )


def _population(
    population: Population, invited: int, items: Sequence[KeptItem], answers: Sequence[Answered], *, k: int
) -> ResultPopulation:
    if not enough_answered(asked=invited, answered=len(answers), k=k):
        return ResultPopulation(
            population=population,
            invited=invited,
            responded=None,
            response_rate_percent=None,
            withheld=Withheld.BELOW_RESPONSE_THRESHOLD,
            items=[],
        )
    responded = alone(len(answers), k=k).count or 0
    return ResultPopulation(
        population=population,
        invited=invited,
        responded=responded,
        response_rate_percent=percent(responded, invited),
        withheld=None,
        items=[_item(item, [row[place] for row in answers], k=k) for place, item in enumerate(items)],
    )


def _item(item: KeptItem, said: Sequence[int | None], *, k: int) -> ResultItem:
    shown = [answer for answer in item.answers if answer.code != NOT_SAID]
    counted = Counter(item.answers[place].code for place in said if place is not None)
    counts = {answer.code: counted[answer.code] for answer in shown}
    codes = [answer.code for answer in shown]
    table = parts(Row(total=len(said), counts=counts), _ends_first(codes), k=k)
    cells = [
        ResultCell(
            answer=answer.code,
            text=_first(answer.texts),
            value=answer.value,
            count=table.cells[answer.code].count,
            percent=table.cells[answer.code].percent,
            withheld=_why(table.cells[answer.code]),
        )
        for answer in shown
    ]
    return ResultItem(
        item=item.code,
        text=_first(item.texts),
        direction=item.direction,
        domain=item.domain,
        cells=cells,
        mean=_mean(cells),
    )


def _ends_first(codes: Sequence[str]) -> list[str]:
    """What is hidden first stands last: the middle of a scale says the least."""
    middle = (len(codes) - 1) / 2
    return [codes[place] for place in sorted(range(len(codes)), key=lambda place: -abs(place - middle))]


def _mean(cells: Sequence[ResultCell]) -> float | None:
    """Of what everybody can see, so that it gives away no cell that is hidden."""
    known = [(cell.value, cell.count) for cell in cells if cell.value is not None and cell.count is not None]
    number = sum(count for _, count in known)
    if len(known) < len(cells) or number < SMALLEST_MEAN:
        return None
    return round(sum(value * count for value, count in known) / number, 1)


def _why(figure: Figure) -> Withheld | None:
    return None if figure.suppressed is None else Withheld(figure.suppressed)


def _first(texts: Mapping[str, str]) -> str:
    return next(iter(texts.values()))


@functools.lru_cache(maxsize=256)
def _read(text: str) -> WaveResults:
    return WaveResults.model_validate_json(text)


def by_population(text: str) -> dict[Population, ResultPopulation]:
    """Of tables that are kept."""
    return {each.population: each for each in _read(text).populations}


def table(text: str) -> bytes:
    """The same numbers as comma-separated values (RFC 4180): a line for each cell, or for a population without any."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for population in _read(text).populations:
        whole = [
            population.population,
            population.invited,
            population.responded,
            population.response_rate_percent,
            population.withheld,
        ]
        for item in population.items:
            for cell in item.cells:
                about = [item.item, item.direction, item.domain, cell.answer]
                _line(writer, [*whole, *about, cell.value, cell.count, cell.percent, cell.withheld])
        if not population.items:
            _line(writer, [*whole, *(None for _ in COLUMNS[len(whole) :])])
    return out.getvalue().encode()


def _line(writer: Any, cells: Sequence[object]) -> None:
    writer.writerow(["" if cell is None else harmless(str(cell)) for cell in cells])
