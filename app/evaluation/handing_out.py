"""Codes in batches, for a school to hand out. Who gets which is not known here, and nothing here asks."""

from __future__ import annotations

import uuid

from sqlmodel import Session, select

from app.core import clock
from app.core.problems import Conflict, InvalidRequest
from app.evaluation import response_codes, waves
from app.evaluation.wave_schemas import CodeBatch, CodesWanted
from app.identity.actors import Actor
from app.models import EvaluationWave, ResponseToken, WavePopulation
from app.vocabulary.evaluation import WaveState


class WaveNotOpen(Conflict):
    code, status, title = "wave_not_open", 409, "This wave is not open"
    default_detail = "Codes are for a wave that is open: before, it can still change, and after, nobody can answer."


class AllCodesGiven(Conflict):
    code, status, title = "all_codes_given", 409, "There would be more codes than people who are invited"
    default_detail = "One person, one answer: codes beyond that would make every rate of this wave a guess."


def give(session: Session, actor: Actor, wave_id: uuid.UUID, wanted: CodesWanted) -> CodeBatch:
    """Raises WaveNotOpen, InvalidRequest for people whom the wave does not ask, AllCodesGiven."""
    wave = waves.find(session, actor, wave_id, lock=True)
    if wave.state is not WaveState.OPEN:
        raise WaveNotOpen
    statement = select(WavePopulation).where(
        WavePopulation.wave_id == wave.id, WavePopulation.population == wanted.population
    )
    row = session.exec(statement).one_or_none()
    if row is None:
        detail = "The wave does not ask these people."
        raise InvalidRequest(errors=[{"pointer": "#/population", "code": "not_asked", "detail": detail}])
    if row.codes_given + wanted.count > row.invited:
        raise AllCodesGiven
    given = [response_codes.new(session, row.code_prefix) for _ in range(wanted.count)]
    row.codes_given += wanted.count
    session.add(row)
    _keep(session, wave, given)
    waves.record(session, actor, wave, "evaluation_wave.codes_given", now=clock.now())
    return CodeBatch(population=row.population, closes_on=wave.closes_on, tokens=given)


def _keep(session: Session, wave: EvaluationWave, given: list[str]) -> None:
    """By their hashes, which say nothing of the order in which they were made."""
    codes = (response_codes.read(session, code) for code in given)
    hashes = sorted(response_codes.hash_of(session, code) for code in codes if code is not None)
    session.add_all(ResponseToken(token_hash=each, wave_id=wave.id) for each in hashes)
    session.flush()


def as_table(batch: CodeBatch) -> bytes:
    """One code a line (RFC 4180), for a letter or an e-mail to each person."""
    return "".join(f"{line}\r\n" for line in ("token", *batch.tokens)).encode()
