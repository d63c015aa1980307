"""Answer once, and leave nothing behind but the answer.

The code's row is deleted and the answer's row is written in one transaction. Neither says when, and neither names the
other; no retry is kept of it, because a code that was used is answered like one that is used for the first time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.core.ids import new_opaque_id
from app.core.problems import InvalidRequest, NotFound
from app.directory.help_now import HelpMemberOut
from app.evaluation import response_codes
from app.evaluation.asked import AskedItems, KeptItem
from app.evaluation.pack import NOT_SAID, EvaluationPack, Words, load_evaluation
from app.evaluation.response_codes import ResponseCode
from app.evaluation.response_schemas import (
    FormAnswer,
    FormItem,
    FormOut,
    ResponseCreate,
    ResponseTaken,
)
from app.evaluation.results import Answered
from app.evaluation.results_schemas import ResultInstrument
from app.guidance.languages import choose
from app.models import EvaluationResponse, EvaluationWave, ResponseToken, School, WavePopulation
from app.schools import service as schools
from app.vault import columns
from app.vocabulary.evaluation import Population, WaveState

HelpFor = Callable[[str], Sequence[dict[str, Any]]]
# One symbol for each item, so that every answer of a population is as long as any other, sealed or not.
_PLACES = "0123456789"
_NOTHING = "-"


@dataclass(frozen=True, slots=True)
class Opened:
    """What a code opens: the form of a population, whether or not it was used."""

    code: ResponseCode
    wave: EvaluationWave
    school: School
    population: Population
    items: tuple[KeptItem, ...]


def form(
    session: Session, typed: str, *, accept_language: str | None, help_for: HelpFor, now: dt.datetime
) -> tuple[FormOut, str]:
    """And its language. Raises NotFound, the same for a code that never was and for a wave that is not open.

    Whether the code was used is not looked at: whoever hands codes out could otherwise see who has answered.
    """
    found, pack = _open(session, typed, now=now), load_evaluation()
    language = _language(found.items, pack, accept_language, default=schools.policies_of(found.school).language)
    words = _words(pack, language)
    asked = AskedItems.model_validate(found.wave.items)
    used = {item.instrument for item in found.items}
    shown = FormOut(
        title=str(found.wave.design["title"]),
        school=found.school.name,
        population=found.population,
        population_text=words.populations[found.population],
        closes_on=found.wave.closes_on,
        before_you_answer=list(words.before_you_answer),
        items=[
            FormItem(
                code=item.code,
                text=_in(language, item.texts),
                answers=[FormAnswer(code=each.code, text=_in(language, each.texts)) for each in item.answers],
            )
            for item in found.items
        ],
        instruments=[
            ResultInstrument(
                instrument=each.code,
                name=each.name,
                citation=each.citation,
                licence=each.licence,
                notices=list(each.notices),
            )
            for each in asked.instruments
            if each.code in used
        ],
        help=_help(help_for, found.school),
    )
    return shown, language


def answer(
    session: Session, body: ResponseCreate, *, accept_language: str | None, help_for: HelpFor, now: dt.datetime
) -> tuple[ResponseTaken, str]:
    """And its language. Raises NotFound as `form`, InvalidRequest for items and answers that are not on the form.

    The first answer with a code is kept. Any other gets the same words, and changes nothing: a lost reply can be asked
    for again, and nobody learns from it whether somebody has answered.
    """
    found, pack = _open(session, body.token, now=now, lock=True), load_evaluation()
    told = _told(found.items, body)
    used = session.connection().execute(
        sa.delete(ResponseToken).where(
            col(ResponseToken.token_hash) == response_codes.hash_of(session, found.code),
            col(ResponseToken.wave_id) == found.wave.id,
        )
    )
    # As much work for a code that was used: with a list of codes and a clock somebody could tell them apart otherwise.
    counts = used.rowcount == 1
    row = add(session, found.wave, found.population, told if counts else _NOTHING * len(told))
    session.flush()
    gone = new_opaque_id() if counts else row.id
    session.connection().execute(sa.delete(EvaluationResponse).where(col(EvaluationResponse.id) == gone))
    language = _language(found.items, pack, accept_language, default=schools.policies_of(found.school).language)
    words = _words(pack, language)
    return ResponseTaken(what_happens_next=list(words.answered), help=_help(help_for, found.school)), language


def add(session: Session, wave: EvaluationWave, population: Population, told: str) -> EvaluationResponse:
    """One row more, under the school's key."""
    row = EvaluationResponse(wave_id=wave.id, population=population, answers_sealed=b"")
    columns.EVALUATION_RESPONSE.seal(session, row, told, school_id=wave.school_id)
    session.add(row)
    return row


def answers_of(told: str) -> Answered:
    """What a row says, as the tables count it."""
    return [None if symbol == _NOTHING else _PLACES.index(symbol) for symbol in told]


def _open(session: Session, typed: str, *, now: dt.datetime, lock: bool = False) -> Opened:
    code = response_codes.read(session, typed)
    row = None
    if code is not None:
        row = session.exec(select(WavePopulation).where(WavePopulation.code_prefix == code.prefix)).one_or_none()
    if code is None or row is None:
        raise NotFound
    statement = select(EvaluationWave).where(EvaluationWave.id == row.wave_id)
    # With others who answer, but not with closing: it counts whoever was answered, and nobody after it.
    wave = session.exec(statement.with_for_update(read=True) if lock else statement).one()
    school = session.get_one(School, wave.school_id)
    if wave.state is not WaveState.OPEN or not wave.opens_on <= schools.today(school, now=now) <= wave.closes_on:
        raise NotFound
    items = AskedItems.model_validate(wave.items).of(row.population)
    return Opened(code=code, wave=wave, school=school, population=row.population, items=items)


def _told(items: Sequence[KeptItem], body: ResponseCreate) -> str:
    """One symbol for each item of the form. Raises InvalidRequest, without what was sent."""
    places = {item.code: place for place, item in enumerate(items)}
    told, faults, seen = [_NOTHING] * len(items), [], set()
    for number, given in enumerate(body.answers):
        place = places.get(given.item)
        if place is None or place in seen:
            code, detail = ("unknown_item", "This form has no such item.") if place is None else ("twice", "Once each.")
            faults.append({"pointer": f"#/answers/{number}/item", "code": code, "detail": detail})
            continue
        seen.add(place)
        codes = [answer.code for answer in items[place].answers]
        if given.answer not in codes:
            detail = "This item has no such answer."
            faults.append({"pointer": f"#/answers/{number}/answer", "code": "unknown_answer", "detail": detail})
        elif given.answer != NOT_SAID:
            told[place] = _PLACES[codes.index(given.answer)]
    if faults:
        raise InvalidRequest(errors=faults[:50])
    return "".join(told)


def _language(items: Sequence[KeptItem], pack: EvaluationPack, accept: str | None, *, default: str) -> str:
    """One that every item has, so that nobody gets half a form in another."""
    spoken = [language for language in pack.words if all(language in item.texts for item in items)]
    there = spoken or list(dict.fromkeys(language for item in items for language in item.texts))
    return choose(accept, available=there or list(pack.words), default=default)


def _words(pack: EvaluationPack, language: str) -> Words:
    return pack.words.get(language) or next(iter(pack.words.values()))


def _in(language: str, texts: dict[str, str]) -> str:
    return texts.get(language) or next(iter(texts.values()))


def _help(help_for: HelpFor, school: School) -> list[HelpMemberOut]:
    return [HelpMemberOut.model_validate(each) for each in help_for(school.slug)]
