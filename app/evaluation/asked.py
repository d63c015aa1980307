"""What a wave asks, item by item with its words: made from its design, and kept with it."""

from __future__ import annotations

import json
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session, select

from app.core.problems import InvalidRequest
from app.core.schemas import ShortText
from app.evaluation.design import Asked
from app.evaluation.instrument_schemas import InstrumentOut
from app.evaluation.instruments import of_school, own
from app.evaluation.pack import NOT_SAID, load_evaluation
from app.evaluation.wave_schemas import MOST_ASKED, AskedBy, WaveCreate
from app.models import EvaluationInstrument, EvaluationWave, School
from app.vocabulary.evaluation import Direction, Domain, Population

# By language.
Texts = dict[str, str]


class _Kept(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class KeptAnswer(_Kept):
    code: str
    texts: Texts
    value: int | None


class KeptItem(_Kept):
    """`populations`: whom the wave asks it, of those that it asks at all."""

    code: str
    instrument: str
    populations: tuple[Population, ...]
    direction: Direction
    domain: Domain | None
    texts: Texts
    answers: tuple[KeptAnswer, ...]


class KeptInstrument(_Kept):
    """What has to be shown wherever it is used."""

    code: str
    name: ShortText
    citation: ShortText
    licence: str
    notices: tuple[ShortText, ...]


class AskedItems(_Kept):
    instruments: tuple[KeptInstrument, ...]
    items: Annotated[tuple[KeptItem, ...], Field(max_length=MOST_ASKED)]

    def of(self, population: Population) -> tuple[KeptItem, ...]:
        """What these people are asked, in the order in which they are."""
        return tuple(item for item in self.items if population in item.populations)

    def for_design(self) -> tuple[Asked, ...]:
        return tuple(Asked(item.code, frozenset(item.populations), item.direction, item.domain) for item in self.items)


def written(wave: EvaluationWave) -> WaveCreate:
    """A wave as its evaluator wrote it."""
    return WaveCreate.model_validate_json(json.dumps(wave.design))


def resolve(session: Session, school: School, wave: WaveCreate) -> AskedItems:
    """Raises InvalidRequest for instruments and items that are not there, or whose words are not."""
    pack = load_evaluation()
    rows = session.exec(select(EvaluationInstrument).where(EvaluationInstrument.school_id == school.id)).all()
    there = {pack.own.code: own(pack)} | {row.code: of_school(row, pack.known(row.code)) for row in rows}
    languages = {row.code: str(row.document["language"]) for row in rows}
    wanted = {each.population for each in wave.populations}
    faults: list[dict[str, str]] = []
    instruments: list[KeptInstrument] = []
    items: list[KeptItem] = []
    for place, each in enumerate(wave.instruments):
        found = there.get(each.instrument)
        if found is None:
            faults.append(_unknown(place, known=pack.known(each.instrument) is not None))
            continue
        faults += _strangers(place, each, found, wanted)
        instruments.append(
            KeptInstrument(
                code=found.code,
                name=found.name,
                citation=found.citation,
                licence=found.licence,
                notices=tuple(found.notices),
            )
        )
        items += _items(each, found, wanted, language=languages.get(found.code))
    if not faults and len(items) > MOST_ASKED:
        faults.append(_fault("#/instruments", "too_many_items", f"A wave has {MOST_ASKED} items at the most."))
    if faults:
        raise InvalidRequest(errors=faults[:50])
    return AskedItems(instruments=tuple(instruments), items=tuple(items))


def _items(each: AskedBy, found: InstrumentOut, wanted: set[Population], *, language: str | None) -> list[KeptItem]:
    pack, kept = load_evaluation(), []
    chosen = None if each.items is None else set(each.items)
    asked = wanted if each.populations is None else wanted & set(each.populations)
    for item in found.items:
        populations = [one for one in Population if one in asked and (not item.populations or one in item.populations)]
        if not populations or (chosen is not None and item.code not in chosen):
            continue
        if language is None:
            texts = {words.language: words.items[item.code] for words in pack.words.values()}
        else:
            texts = {language: item.text}
        answers = [
            KeptAnswer(code=answer.code, value=answer.value, texts=_answer_texts(answer.code, answer.text, language))
            for answer in item.answers
        ]
        not_said = KeptAnswer(code=NOT_SAID, value=None, texts=_answer_texts(NOT_SAID, "", None))
        kept.append(
            KeptItem(
                code=f"{found.code}.{item.code}",
                instrument=found.code,
                populations=tuple(populations),
                direction=item.direction,
                domain=item.domain,
                texts=texts,
                answers=(*answers, not_said),
            )
        )
    return kept


def _answer_texts(code: str, text: str, language: str | None) -> Texts:
    if language is not None:
        return {language: text}
    return {words.language: words.answers[code] for words in load_evaluation().words.values()}


def _strangers(place: int, each: AskedBy, found: InstrumentOut, wanted: set[Population]) -> list[dict[str, str]]:
    codes = {item.code for item in found.items}
    faults = [
        _fault(f"#/instruments/{place}/items/{number}", "unknown_item", "This instrument has no such item.")
        for number, code in enumerate(each.items or ())
        if code not in codes
    ]
    return faults + [
        _fault(f"#/instruments/{place}/populations/{number}", "not_asked", "The wave does not ask these people.")
        for number, population in enumerate(each.populations or ())
        if population not in wanted
    ]


def _unknown(place: int, *, known: bool) -> dict[str, str]:
    pointer = f"#/instruments/{place}/instrument"
    if known:
        detail = "Its words are not part of this product. Load them, with the right to use them, and it can be asked."
        return _fault(pointer, "words_not_loaded", detail)
    return _fault(pointer, "unknown_instrument", "There is no such instrument here.")


def _fault(pointer: str, code: str, detail: str) -> dict[str, str]:
    return {"pointer": pointer, "code": code, "detail": detail}
