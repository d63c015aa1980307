"""Open a wave, and close it: on its last evening by itself, or before that by hand. Never the other way round.

Closing counts, keeps the tables, does away with the codes that were not used, and writes the answers anew in an order
that is nobody's. A while later they are erased.
"""

from __future__ import annotations

import datetime as dt
import secrets
import uuid

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.audit import trail
from app.core import clock
from app.core.clock import hour_of
from app.core.preconditions import Version
from app.core.problems import Conflict
from app.evaluation import answering, closing, results, waves
from app.evaluation.handing_out import WaveNotOpen
from app.evaluation.wave_schemas import WaveOut
from app.identity.actors import Actor
from app.models import EvaluationResponse, EvaluationWave, ResponseToken, School
from app.reports import holds
from app.schools import service as schools
from app.vault import columns
from app.vocabulary.evaluation import Population, WaveState
from app.work import queue
from app.work.queue import Item

CLOSE = "evaluation.close"
ERASE = "evaluation.erase"
LOOK_AGAIN = dt.timedelta(days=1)
Answers = dict[Population, list[str]]


class WaveIsOver(Conflict):
    code, status, title = "wave_is_over", 409, "The last day of this wave is past"
    default_detail = "Give it another one, and open it then."


class NothingAsked(Conflict):
    code, status, title = "nothing_asked", 409, "Somebody would be asked nothing"
    default_detail = "Each population of a wave is asked something. Leave it out, or add an item for it."


class WaveNotClosed(Conflict):
    code, status, title = "wave_not_closed", 409, "There are no results before a wave is closed"
    default_detail = "A number that grows by one would say that somebody has just answered."

    @property
    def durable(self) -> bool:
        return False


def open_(session: Session, actor: Actor, wave_id: uuid.UUID, *, version: Version) -> WaveOut:
    """Raises WaveNotDraft, WaveIsOver, NothingAsked."""
    wave, now = waves.draft(session, actor, wave_id, version=version), clock.now()
    school = session.get_one(School, wave.school_id)
    if wave.closes_on < schools.today(school, now=now):
        raise WaveIsOver
    if any(each.items == 0 for each in waves.shown(session, wave).populations):
        raise NothingAsked
    wave.state, wave.opened_hour = WaveState.OPEN, hour_of(now)
    waves.changed_now(session, actor, wave, "evaluation_wave.opened")
    queue.enqueue(session, CLOSE, wave.id, due_at=_end(school, wave), now=now, key=f"{CLOSE}/{wave.id}")
    return waves.shown(session, wave)


def close(session: Session, actor: Actor, wave_id: uuid.UUID, *, version: Version) -> WaveOut:
    """Raises WaveNotOpen."""
    wave = waves.find(session, actor, wave_id, lock=True)
    version.check(waves.shown(session, wave))
    if wave.state is not WaveState.OPEN:
        raise WaveNotOpen
    _close(session, wave, by=actor.person_id, now=clock.now())
    return waves.shown(session, wave)


def tables_of(session: Session, actor: Actor, wave_id: uuid.UUID) -> str:
    """As they were made. Raises WaveNotClosed."""
    wave = waves.find(session, actor, wave_id)
    if wave.results is None:
        raise WaveNotClosed
    return wave.results


def close_due(session: Session, item: Item, now: dt.datetime) -> None:
    """The last day is over. Safe to repeat."""
    wave = _locked(session, item.subject)
    if wave is None or wave.state is not WaveState.OPEN:
        return
    end = _end(session.get_one(School, wave.school_id), wave)
    if end > now:
        queue.enqueue(session, CLOSE, wave.id, due_at=end, now=now, key=f"{CLOSE}/{wave.id}/again")
        return
    _close(session, wave, by=None, now=now)


def erase_due(session: Session, item: Item, now: dt.datetime) -> None:
    """Erase every single answer, unless a legal hold keeps all of the school. Safe to repeat."""
    wave = _locked(session, item.subject)
    if wave is not None and wave.state is WaveState.CLOSED and wave.erased_hour is None:
        _erase(session, wave, now=now)


def _close(session: Session, wave: EvaluationWave, *, by: uuid.UUID | None, now: dt.datetime) -> None:
    answers = _read(session, wave)
    invited = {each.population: each.invited for each in waves.populations_of(session, wave).values()}
    counted = {population: [answering.answers_of(told) for told in rows] for population, rows in answers.items()}
    k = closing.smallest_group(session, session.get_one(School, wave.school_id))
    wave.results = results.tables(wave, invited, counted, k=k).model_dump_json()
    wave.state, wave.closed_hour = WaveState.CLOSED, hour_of(now)
    wave.version, wave.updated_at = wave.version + 1, now
    session.add(wave)
    connection = session.connection()
    connection.execute(sa.delete(ResponseToken).where(col(ResponseToken.wave_id) == wave.id))
    _write_anew(session, wave, answers)
    queue.cancel(session, kind=CLOSE, subject=wave.id)
    trail.record(
        session,
        action="evaluation_wave.closed",
        school_id=wave.school_id,
        person_id=by,
        subject=wave.id,
        now=now,
    )
    keep = dt.timedelta(days=int(wave.design["keep_answers_days"]))
    if keep:
        queue.enqueue(session, ERASE, wave.id, due_at=hour_of(now) + keep, now=now, key=f"{ERASE}/{wave.id}")
    else:
        _erase(session, wave, now=now)


def _erase(session: Session, wave: EvaluationWave, *, now: dt.datetime) -> None:
    holds.shut_out(session, wave.school_id)
    if schools.is_held(session, wave.school_id):
        queue.enqueue(session, ERASE, wave.id, due_at=now + LOOK_AGAIN, now=now, key=f"{ERASE}/{wave.id}/{now.date()}")
        return
    _delete(session, wave)
    wave.erased_hour, wave.version, wave.updated_at = hour_of(now), wave.version + 1, now
    session.add(wave)
    trail.record(
        session,
        action="evaluation_wave.answers_erased",
        school_id=wave.school_id,
        person_id=None,
        subject=wave.id,
        now=now,
    )


def _read(session: Session, wave: EvaluationWave) -> Answers:
    rows = session.exec(select(EvaluationResponse).where(EvaluationResponse.wave_id == wave.id)).all()
    found: Answers = {}
    for row in rows:
        told = columns.EVALUATION_RESPONSE.unseal(session, row, school_id=wave.school_id)
        found.setdefault(row.population, []).append(told)
        # What is written anew is another object under another key.
        session.expunge(row)
    return found


def _write_anew(session: Session, wave: EvaluationWave, answers: Answers) -> None:
    """Under other keys, all in one transaction and in an order drawn by lot: PostgreSQL adds rows at the end, and notes
    on each which transaction wrote it."""
    _delete(session, wave)
    rows = [(population, told) for population, every in answers.items() for told in every]
    secrets.SystemRandom().shuffle(rows)
    for population, told in rows:
        answering.add(session, wave, population, told)
    session.flush()


def _delete(session: Session, wave: EvaluationWave) -> None:
    session.connection().execute(sa.delete(EvaluationResponse).where(col(EvaluationResponse.wave_id) == wave.id))


def _locked(session: Session, wave_id: uuid.UUID) -> EvaluationWave | None:
    statement = select(EvaluationWave).where(EvaluationWave.id == wave_id).with_for_update()
    return session.exec(statement.execution_options(populate_existing=True)).one_or_none()


def _end(school: School, wave: EvaluationWave) -> dt.datetime:
    """The midnight after its last day, there."""
    after = dt.datetime.combine(wave.closes_on + dt.timedelta(days=1), dt.time(), schools.zone_of(school))
    return after.astimezone(dt.UTC)
