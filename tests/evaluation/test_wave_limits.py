"""A wave goes by its school's own limits, and by days that there are (domain, 3.7; contract E6)."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlmodel import Session, select

from app.core import clock
from app.models import EvaluationResponse, StatisticsRules
from app.schools import service as schools
from app.vocabulary import Role
from tests.evaluation.asking import MONDAY, WAVE, WAVES, all_answer, answer, closed, codes, opened
from tests.support.world import Someone, World

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
async def evaluator(world: World) -> Someone:
    world.time.set(MONDAY)
    await world.school()
    return await world.person(Role.EVALUATOR)


async def test_a_school_that_shows_nothing_below_fifteen_shows_nothing_of_fourteen_who_answered(
    world: World, evaluator: Someone
) -> None:
    def fifteen(session: Session) -> None:
        school = schools.find(session, "harbour")
        session.add(StatisticsRules(school_id=school.id, smallest_group=15, terms=[], updated_at=clock.now()))

    await world.write(fifteen)
    people = [{"population": "general_cohort", "invited": 14}, {"population": "staff", "invited": 15}]
    wave = await opened(world, evaluator, populations=people)
    planned = await world.http.get(f"{WAVES}/{wave}", headers=evaluator.headers)
    too_few = [each["population"] for each in planned.json()["design_warnings"] if each["code"] == "too_few_invited"]
    assert too_few == ["general_cohort"]
    await all_answer(world, await codes(world, evaluator, wave, 14), trust_school="agree")
    await all_answer(world, await codes(world, evaluator, wave, 15, "staff"), trust_school="agree")
    tables = await closed(world, evaluator, wave)
    shown = {each["population"]: (each["responded"], each["withheld"]) for each in tables["populations"]}
    assert shown == {"general_cohort": (None, "below_response_threshold"), "staff": (15, None)}
    assert "Nothing below 15 is shown" in tables["method"][0]


@pytest.mark.parametrize(
    ("opens_on", "closes_on", "code"),
    [("9999-12-31", "9999-12-31", "too_far_off"), ("0001-01-01", "9999-12-31", "not_in_order")],
)
async def test_a_wave_at_the_end_of_all_calendars_is_refused(
    world: World, evaluator: Someone, opens_on: str, closes_on: str, code: str
) -> None:
    body = WAVE | {"opens_on": opens_on, "closes_on": closes_on}
    refused = await world.http.post(WAVES, json=body, headers=evaluator.headers | world.once())
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, code)


async def test_a_code_that_was_used_costs_as_much_work_as_one_that_was_not(world: World, evaluator: Someone) -> None:
    wave = await opened(world, evaluator)
    before, token = await codes(world, evaluator, wave, 2)
    # Keys that are read once and remembered.
    await answer(world, before, trust_school="agree")
    work: list[list[str]] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        work[-1].append(statement)

    sa.event.listen(Engine, "before_cursor_execute", note)
    try:
        for said in ("agree", "disagree"):
            work.append([])
            assert (await answer(world, token, trust_school=said)).status_code == 200
    finally:
        sa.event.remove(Engine, "before_cursor_execute", note)
    first, second = work
    assert first == second
    assert any("INSERT INTO evaluation_responses" in each for each in first)
    assert len(await world.db.read(lambda s: s.exec(select(EvaluationResponse.id)).all())) == 2
