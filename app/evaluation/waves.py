"""Waves as an evaluator makes, changes and reads them. What they become when they open and close is in opening.py."""

from __future__ import annotations

import datetime as dt
import json
import secrets
import uuid
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError
from sqlmodel import Session, col, delete, select

from app.audit import trail
from app.core import clock
from app.core.pagination import PageRequest
from app.core.preconditions import Version
from app.core.problems import Conflict, InvalidRequest, NotFound
from app.core.receipts import ALPHABET
from app.core.tables import faults_of
from app.evaluation import closing, design, results
from app.evaluation.asked import AskedItems, resolve, written
from app.evaluation.wave_schemas import (
    AskedByOut,
    DesignWarningOut,
    WaveCreate,
    WaveItemOut,
    WaveOut,
    WavePage,
    WavePopulationOut,
    WaveUpdate,
)
from app.identity.actors import Actor
from app.models import EvaluationWave, School, WavePopulation
from app.schools import service as schools
from app.vocabulary import Role
from app.vocabulary.evaluation import Population, WaveState, Withheld

PREFIX_LENGTH = 4
# A series that is longer is looked at no further back.
LONGEST_SERIES = 20


class WaveNotDraft(Conflict):
    code, status, title = "wave_not_draft", 409, "This wave has been opened, and stays as it is"
    default_detail = "What people are being asked is not changed under them. Make another wave."


def create(session: Session, actor: Actor, body: WaveCreate) -> WaveOut:
    """A draft. Raises InvalidRequest for instruments, items or an earlier wave that are not there."""
    actor.require(Role.EVALUATOR)
    school, now = session.get_one(School, actor.require_school()), clock.now()
    wave = EvaluationWave(
        school_id=school.id,
        state=WaveState.DRAFT,
        design={},
        items={},
        opens_on=body.opens_on,
        closes_on=body.closes_on,
        created_at=now,
        updated_at=now,
    )
    _write(session, school, wave, body)
    record(session, actor, wave, "evaluation_wave.created", now=now)
    return shown(session, wave)


def page(session: Session, actor: Actor, request: PageRequest) -> WavePage:
    """In the order in which they were made."""
    statement = request.slice(_visible(actor), at=col(EvaluationWave.created_at), row_id=col(EvaluationWave.id))
    rows, cursor = request.page(list(session.exec(statement)), place=lambda wave: (wave.created_at, wave.id))
    return WavePage(items=[shown(session, row) for row in rows], next_cursor=cursor)


def get(session: Session, actor: Actor, wave_id: uuid.UUID) -> WaveOut:
    """Raises NotFound."""
    return shown(session, find(session, actor, wave_id))


def update(session: Session, actor: Actor, wave_id: uuid.UUID, body: WaveUpdate, *, version: Version) -> WaveOut:
    """Merge patch. Raises WaveNotDraft once it is open, InvalidRequest as `create`."""
    wave = draft(session, actor, wave_id, version=version)
    given = body.model_dump(mode="json", include=body.model_fields_set)
    try:
        changed = WaveCreate.model_validate_json(json.dumps(wave.design | given))
    except ValidationError as error:
        raise InvalidRequest(errors=faults_of(error, "#")) from error
    _write(session, session.get_one(School, wave.school_id), wave, changed)
    changed_now(session, actor, wave, "evaluation_wave.changed")
    return shown(session, wave)


def remove(session: Session, actor: Actor, wave_id: uuid.UUID, *, version: Version) -> None:
    """Do away with a draft. Raises WaveNotDraft."""
    wave = draft(session, actor, wave_id, version=version)
    record(session, actor, wave, "evaluation_wave.deleted", now=clock.now())
    session.exec(delete(WavePopulation).where(col(WavePopulation.wave_id) == wave.id))
    session.delete(wave)


def draft(session: Session, actor: Actor, wave_id: uuid.UUID, *, version: Version) -> EvaluationWave:
    """The wave, locked, as somebody who has seen it changes it. Raises WaveNotDraft."""
    wave = find(session, actor, wave_id, lock=True)
    version.check(shown(session, wave))
    if wave.state is not WaveState.DRAFT:
        raise WaveNotDraft
    return wave


def find(session: Session, actor: Actor, wave_id: uuid.UUID, *, lock: bool = False) -> EvaluationWave:
    """Raises NotFound."""
    statement = _visible(actor).where(EvaluationWave.id == wave_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    wave: EvaluationWave | None = session.exec(statement).one_or_none()
    if wave is None:
        raise NotFound
    return wave


def changed_now(session: Session, actor: Actor, wave: EvaluationWave, action: str) -> None:
    now = clock.now()
    wave.version, wave.updated_at = wave.version + 1, now
    session.add(wave)
    session.flush()
    record(session, actor, wave, action, now=now)


def record(session: Session, actor: Actor, wave: EvaluationWave, action: str, *, now: dt.datetime) -> None:
    trail.record(session, action=action, school_id=wave.school_id, person_id=actor.person_id, subject=wave.id, now=now)


def populations_of(session: Session, wave: EvaluationWave) -> dict[Population, WavePopulation]:
    rows = session.exec(select(WavePopulation).where(WavePopulation.wave_id == wave.id)).all()
    found = {row.population: row for row in rows}
    return {population: found[population] for population in Population if population in found}


def shown(session: Session, wave: EvaluationWave) -> WaveOut:
    wanted, asked = written(wave), AskedItems.model_validate(wave.items)
    published = {} if wave.results is None else results.by_population(wave.results)
    rows = populations_of(session, wave).values()
    return WaveOut(
        id=wave.id,
        title=wanted.title,
        state=wave.state,
        period=wanted.period,
        populations=[
            WavePopulationOut(
                population=row.population,
                invited=row.invited,
                items=len(asked.of(row.population)),
                codes_given=row.codes_given,
                responded=published[row.population].responded if published else None,
                response_rate_percent=published[row.population].response_rate_percent if published else None,
                withheld=published[row.population].withheld if published else Withheld.NOT_CLOSED,
            )
            for row in rows
        ],
        instruments=[
            AskedByOut(instrument=each.instrument, items=each.items, populations=each.populations)
            for each in wanted.instruments
        ],
        items=[
            WaveItemOut(
                code=item.code, populations=list(item.populations), direction=item.direction, domain=item.domain
            )
            for item in asked.items
        ],
        opens_on=wave.opens_on,
        closes_on=wave.closes_on,
        program_started_on=wanted.program_started_on,
        previous_wave=wave.previous_wave_id,
        keep_answers_days=wanted.keep_answers_days,
        design_warnings=[
            DesignWarningOut(code=each.code, population=each.population, detail=design.TEXTS[each.code])
            for each in _warnings(session, wave, wanted)
        ],
        opened_hour=wave.opened_hour,
        closed_hour=wave.closed_hour,
        answers_erased=wave.erased_hour is not None,
        version=wave.version,
    )


def _visible(actor: Actor) -> Any:
    actor.require(Role.EVALUATOR)
    return select(EvaluationWave).where(EvaluationWave.school_id == actor.require_school())


def _write(session: Session, school: School, wave: EvaluationWave, body: WaveCreate) -> None:
    _require_earlier(session, school, wave, body.previous_wave)
    wave.items = resolve(session, school, body).model_dump(mode="json")
    wave.design = body.model_dump(mode="json")
    wave.opens_on, wave.closes_on, wave.previous_wave_id = body.opens_on, body.closes_on, body.previous_wave
    session.add(wave)
    session.flush()
    before = populations_of(session, wave)
    wanted = {each.population: each.invited for each in body.populations}
    for population, row in before.items():
        if population not in wanted:
            session.delete(row)
    for population, invited in wanted.items():
        row = before.get(population) or WavePopulation(
            wave_id=wave.id, population=population, invited=invited, code_prefix=_free_prefix(session)
        )
        row.invited = invited
        session.add(row)
    session.flush()


def _free_prefix(session: Session) -> str:
    """What no other population's codes begin with. Of a million there are, few are taken."""
    while True:
        prefix = "".join(secrets.choice(ALPHABET) for _ in range(PREFIX_LENGTH))
        if session.exec(select(WavePopulation.id).where(WavePopulation.code_prefix == prefix)).first() is None:
            return prefix


def _require_earlier(session: Session, school: School, wave: EvaluationWave, previous: uuid.UUID | None) -> None:
    """Raises InvalidRequest unless it is a closed wave of this school: only what is over can have come before."""
    if previous is None:
        return
    found = session.get(EvaluationWave, previous)
    if found is None or found.school_id != school.id or found.id == wave.id:
        code, detail = "unknown_wave", "There is no such wave here."
    elif found.state is not WaveState.CLOSED:
        code, detail = "wave_not_closed", "A wave follows on one that is closed."
    else:
        return
    raise InvalidRequest(errors=[{"pointer": "#/previous_wave", "code": code, "detail": detail}])


def _warnings(session: Session, wave: EvaluationWave, wanted: WaveCreate) -> Sequence[design.Warned]:
    earlier: list[design.Design] = []
    before = wave.previous_wave_id
    while before is not None and len(earlier) < LONGEST_SERIES:
        row = session.get_one(EvaluationWave, before)
        earlier.append(_design_of(row, written(row)))
        before = row.previous_wave_id
    school = session.get_one(School, wave.school_id)
    return design.warnings(
        _design_of(wave, wanted),
        earlier=earlier,
        program_started_on=wanted.program_started_on,
        programme=schools.has_programme(school),
        k=closing.smallest_group(session, school),
    )


def _design_of(wave: EvaluationWave, wanted: WaveCreate) -> design.Design:
    return design.Design(
        invited={each.population: each.invited for each in wanted.populations},
        items=AskedItems.model_validate(wave.items).for_design(),
        closes_on=wave.closes_on,
    )
