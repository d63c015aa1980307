"""Instruments: what the product ships, what it knows of others, and the words that a school has loaded."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select

from app.audit import trail
from app.core import clock
from app.core.clock import hour_of
from app.core.pagination import PageRequest
from app.core.problems import Conflict, InvalidRequest, NotFound, Problem
from app.evaluation.instrument_schemas import (
    AnswerOut,
    InstrumentCreate,
    InstrumentItemOut,
    InstrumentOut,
    InstrumentPage,
    InstrumentSummary,
)
from app.evaluation.item_words import names_one_of
from app.evaluation.pack import EvaluationPack, KnownInstrument, load_evaluation
from app.identity.actors import Actor
from app.models import EvaluationInstrument, School
from app.vocabulary import Role
from app.vocabulary.evaluation import InstrumentOrigin

MOST_INSTRUMENTS = 40


class InstrumentRefused(Problem):
    code, status, title = "instrument_refused", 422, "This instrument may not be used here"
    default_detail = "Nothing was stored."


class InstrumentExists(Conflict):
    code, title = "instrument_exists", "There is an instrument with this code already"


class TooManyInstruments(Conflict):
    code, title = "too_many_instruments", "There are as many instruments as a school may have"


def load(session: Session, actor: Actor, body: InstrumentCreate) -> InstrumentOut:
    """Keep an instrument with its words. Raises InstrumentRefused, InvalidRequest, InstrumentExists."""
    actor.require(Role.EVALUATOR)
    school_id, now, pack = actor.require_school(), clock.now(), load_evaluation()
    for refused in pack.refused:
        if any(names_one_of(text, refused.names) for text in (body.code, body.name, body.citation)):
            raise InstrumentRefused(refused.reason)
    if body.code == pack.own.code:
        raise InstrumentExists
    known = pack.known(body.code)
    if known is not None:
        _require_whole(body, known)
    session.exec(select(School.id).where(School.id == school_id).with_for_update(key_share=True)).one()
    mine = select(func.count()).select_from(EvaluationInstrument).where(EvaluationInstrument.school_id == school_id)
    if session.exec(mine).one() >= MOST_INSTRUMENTS:
        raise TooManyInstruments
    row = EvaluationInstrument(
        school_id=school_id,
        code=body.code,
        document=body.model_dump(mode="json"),
        loaded_by=actor.person_id,
        loaded_hour=hour_of(now),
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as exc:
        raise InstrumentExists from exc
    trail.record(
        session,
        action="evaluation_instrument.loaded",
        school_id=school_id,
        person_id=actor.person_id,
        subject=row.id,
        now=now,
    )
    return of_school(row, known)


def page(session: Session, actor: Actor, request: PageRequest) -> InstrumentPage:
    """By their codes."""
    found = {each.code: each for each in _all(session, actor)}
    after = request.after_names()
    codes = [code for code in sorted(found) if after is None or code > after[0]]
    shown = codes[: request.limit]
    more = len(codes) > request.limit
    return InstrumentPage(
        items=[_summary(found[code]) for code in shown],
        next_cursor=request.cursor_at_names([shown[-1]]) if more else None,
    )


def get(session: Session, actor: Actor, code: str) -> InstrumentOut:
    """Raises NotFound."""
    found = next((each for each in _all(session, actor) if each.code == code), None)
    if found is None:
        raise NotFound
    return found


def _all(session: Session, actor: Actor) -> list[InstrumentOut]:
    actor.require(Role.EVALUATOR)
    pack = load_evaluation()
    rows = session.exec(
        select(EvaluationInstrument)
        .where(EvaluationInstrument.school_id == actor.require_school())
        .order_by(col(EvaluationInstrument.code))
    )
    loaded = [of_school(row, pack.known(row.code)) for row in rows]
    there = {each.code for each in loaded}
    return [own(pack), *loaded, *(_facts(each) for each in pack.instruments if each.code not in there)]


def own(pack: EvaluationPack) -> InstrumentOut:
    """The product's own items, in the first language of the pack."""
    words = next(iter(pack.words.values()))
    scales = {
        name: [AnswerOut(code=answer, text=words.answers[answer], value=None) for answer in answers]
        for name, answers in pack.own_items.scales.items()
    }
    return InstrumentOut(
        code=pack.own.code,
        name=pack.own.name,
        measures=pack.own.measures,
        origin=InstrumentOrigin.SHIPPED,
        usable=True,
        may_ship=True,
        why_not=None,
        licence=pack.own.licence,
        citation=pack.own.citation,
        source=pack.own.source,
        notices=[],
        item_count=len(pack.own_items.items),
        scoring=None,
        bands=[],
        right_to_use=None,
        loaded_hour=None,
        items=[
            InstrumentItemOut(
                code=item.code,
                text=words.items[item.code],
                populations=list(item.asks),
                direction=item.direction,
                domain=item.domain,
                answers=scales[item.scale],
            )
            for item in pack.own_items.items
        ],
    )


def of_school(row: EvaluationInstrument, known: KnownInstrument | None) -> InstrumentOut:
    """What its licence asks to be shown is shown, whether or not whoever loaded it wrote so."""
    given = InstrumentCreate.model_validate(row.document)
    notices = [] if known is None else list(known.notices)
    answers = [AnswerOut(code=each.code, text=each.text, value=each.value) for each in given.answers]
    return InstrumentOut(
        code=given.code,
        name=given.name,
        measures=given.measures,
        origin=InstrumentOrigin.SCHOOL,
        usable=True,
        may_ship=False if known is None else known.may_ship,
        why_not=None if known is None else known.why_not_shipped,
        licence=given.licence,
        citation=given.citation if known is None else known.citation,
        source=given.source,
        notices=(notices + [each for each in given.notices if each not in notices])[:5],
        item_count=len(given.items),
        scoring=None if known is None else known.scoring,
        bands=[] if known is None else list(known.bands),
        right_to_use=given.right_to_use.because,
        loaded_hour=row.loaded_hour,
        items=[
            InstrumentItemOut(
                code=each.code,
                text=each.text,
                populations=[],
                direction=each.direction,
                domain=each.domain,
                answers=answers,
            )
            for each in given.items
        ],
    )


def _facts(known: KnownInstrument) -> InstrumentOut:
    return InstrumentOut(
        code=known.code,
        name=known.name,
        measures=known.measures,
        origin=InstrumentOrigin.FACTS_ONLY,
        usable=False,
        may_ship=known.may_ship,
        why_not=known.why_not_shipped,
        licence=known.licence,
        citation=known.citation,
        source=known.source,
        notices=list(known.notices),
        item_count=known.items,
        scoring=known.scoring,
        bands=list(known.bands),
        right_to_use=None,
        loaded_hour=None,
        items=[],
    )


def _summary(found: InstrumentOut) -> InstrumentSummary:
    return InstrumentSummary(**found.model_dump(exclude={"items"}))


def _require_whole(body: InstrumentCreate, known: KnownInstrument) -> None:
    """Half an instrument under its name measures something else. Raises InvalidRequest."""
    faults = []
    if len(body.items) != known.items:
        detail = f"{known.name} has {known.items} items. With fewer or more it is another instrument: give it a code."
        faults.append({"pointer": "#/items", "code": "not_whole", "detail": detail})
    if sorted(each.value for each in body.answers if each.value is not None) != sorted(known.answers):
        wanted = ", ".join(str(value) for value in known.answers)
        detail = f"The answers of {known.name} have the values {wanted}."
        faults.append({"pointer": "#/answers", "code": "other_values", "detail": detail})
    if faults:
        raise InvalidRequest(errors=faults)
