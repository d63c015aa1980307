"""Waves of evaluation: whole, over HTTP (STUDY B09, B10, D16, D18, D19; domain, 3.6 and 3.7; J12)."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from app.models import EvaluationResponse, EvaluationWave, ResponseToken
from app.vocabulary import Role
from tests.anonymity.evidence import cells_of
from tests.evaluation.asking import (
    FORM,
    MONDAY,
    WAVES,
    all_answer,
    answer,
    cells,
    closed,
    codes,
    opened,
)
from tests.support.world import Someone, World

one_database = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
async def evaluator(world: World) -> Someone:
    world.time.set(MONDAY)
    await world.school()
    return await world.person(Role.EVALUATOR)


async def rows(world: World, table: type[Any]) -> list[Any]:
    return list(await world.db.read(lambda session: session.exec(select(table)).all()))


async def all_cells(world: World) -> dict[str, set[bytes]]:
    """Every column's values, of every table."""
    found: dict[str, set[bytes]] = {}
    for place in await cells_of(world.db):
        found.setdefault(place.name, set()).add(place.content)
    return found


async def sizes(world: World) -> dict[str, int]:
    def look(session: Session) -> dict[str, int]:
        connection = session.connection()
        names = sa.inspect(connection).get_table_names()
        return {name: connection.exec_driver_sql(f'SELECT count(*) FROM "{name}"').scalar_one() for name in names}

    return await world.db.read(look)


async def test_a_wave_goes_from_its_plan_to_tables_that_stay_the_same_to_the_byte(
    world: World, evaluator: Someone
) -> None:
    """J12, on both databases: nothing but two rows changes with an answer, and neither says when or by whom."""
    wave = await opened(world, evaluator)
    tokens = await codes(world, evaluator, wave, 40)
    assert len({token[:4] for token in tokens}) == 1
    assert len(set(tokens)) == 40
    form = (await world.http.post(FORM, json={"token": tokens[0].lower().replace("-", " ")})).json()
    assert [item["code"] for item in form["items"]] == [
        "peerline.knew-where",
        "peerline.cohort-watched",
        "peerline.trust-school",
    ]
    assert {item["answers"][-1]["code"] for item in form["items"]} == {"not_said"}
    assert len(form["help"]) >= 2, "help is on every page"

    before, there = await sizes(world), await all_cells(world)
    taken = await answer(world, tokens[0], knew_where="agree", trust_school="disagree")
    assert taken.status_code == 200
    assert len(taken.json()["help"]) >= 2
    after = await sizes(world)
    changed = {table: after[table] - before[table] for table in after if after[table] != before[table]}
    assert changed == {"evaluation_tokens": -1, "evaluation_responses": 1}
    new = {name for name, values in (await all_cells(world)).items() if values - there.get(name, set())}
    assert new <= {f"evaluation_responses.{column}" for column in ("id", "wave_id", "population", "answers_sealed")}

    # The same code once more, and from somebody else: the same answer, and nothing is kept.
    again = await answer(world, tokens[0], knew_where="disagree")
    assert (again.status_code, again.content) == (200, taken.content)
    assert await sizes(world) == after
    seen = await world.http.post(FORM, json={"token": tokens[0]})
    assert seen.json() == form, "nobody sees by a code whether it was used"

    await all_answer(world, tokens[1:25], knew_where="agree", trust_school="agree")
    await all_answer(world, tokens[25:36], knew_where="not_said")
    during = await world.http.get(f"{WAVES}/{wave}", headers=evaluator.headers)
    [asked] = during.json()["populations"]
    assert (asked["responded"], asked["response_rate_percent"], asked["withheld"]) == (None, None, "not_closed")
    early = await world.http.get(f"{WAVES}/{wave}/results", headers=evaluator.headers)
    assert (early.status_code, early.json()["code"]) == (409, "wave_not_closed")

    order = [row.answers_sealed for row in await rows(world, EvaluationResponse)]
    tables = await closed(world, evaluator, wave)
    [group] = tables["populations"]
    assert (group["invited"], group["responded"], group["response_rate_percent"]) == (40, 35, 88)
    assert cells(tables, "knew-where") == {
        "agree": (25, None),
        "neither": (None, "small"),
        "disagree": (None, "small"),
    }
    assert set(cells(tables, "cohort-watched").values()) == {(None, "small")}
    assert await rows(world, ResponseToken) == []
    kept = [row.answers_sealed for row in await rows(world, EvaluationResponse)]
    assert len(kept) == len(order) == 36
    assert not set(kept) & set(order)
    late = await answer(world, tokens[39], knew_where="agree")
    unknown = await answer(world, "0000-" * 5 + "0000", knew_where="agree")
    assert late.status_code == unknown.status_code == 404
    for body in (late.json(), unknown.json()):
        assert len(body.pop("help")) >= 2
        body.pop("instance")
    assert late.json()["code"] == unknown.json()["code"] == "not_found"

    read = await world.http.get(f"{WAVES}/{wave}/results", headers=evaluator.headers)
    world.time.advance(days=31)
    await world.settle()
    assert await rows(world, EvaluationResponse) == [], "after the days that the wave has said"
    [stored] = await rows(world, EvaluationWave)
    assert stored.results.encode() == read.content
    assert stored.erased_hour is not None


async def test_rows_on_postgresql_do_not_lie_in_the_order_of_arrival_after_closing(
    world: World, evaluator: Someone, database_kind: str
) -> None:
    """Twenty-four give the answers that their place in the queue says; one order of 24! would give it away."""
    wave = await opened(world, evaluator)
    tokens = await codes(world, evaluator, wave, 40)
    told = []
    names = ("agree", "neither", "disagree")
    for number, token in enumerate(tokens[:24]):
        said = dict(zip(("knew_where", "cohort_watched", "trust_school"), _digits(number, names), strict=True))
        await answer(world, token, **said)
        told.append("".join(str(names.index(each)) for each in said.values()))
    await closed(world, evaluator, wave)

    def look(session: Session) -> tuple[list[str], int]:
        from app.vault import columns

        ordered = "ctid" if database_kind == "postgresql" else "id"
        found = session.exec(select(EvaluationResponse).order_by(sa.text(ordered))).all()
        school = session.exec(select(EvaluationWave.school_id)).one()
        plain = [columns.EVALUATION_RESPONSE.unseal(session, row, school_id=school) for row in found]
        writers = 1
        if database_kind == "sqlite":
            text = "SELECT sql FROM sqlite_master WHERE name IN ('evaluation_responses', 'evaluation_tokens')"
            made = session.connection().exec_driver_sql(text).scalars().all()
            assert [sql.rstrip().endswith("WITHOUT ROWID") for sql in made] == [True, True]
        if database_kind == "postgresql":
            text = "SELECT count(DISTINCT xmin::text) FROM evaluation_responses"
            writers = session.connection().exec_driver_sql(text).scalar_one()
        return plain, writers

    lying, writers = await world.db.read(look)
    assert sorted(lying) == sorted(told)
    assert lying != told
    assert writers == 1, "one transaction wrote them all"


def _digits(number: int, names: tuple[str, ...]) -> list[str]:
    return [names[number // 9 % 3], names[number // 3 % 3], names[number % 3]]
