"""Evaluation: held against the OpenAPI document, and five of each of its lists."""

from __future__ import annotations

import datetime as dt

from held import Held, example

from app.vocabulary import Role
from tests.support.world import World

BASE = "/v1/schools/harbour/evaluation"
Made = tuple[str, dict[str, str]]


async def evaluation(held: Held, world: World) -> None:
    evaluator = await world.person(Role.EVALUATOR)
    loaded = await held("loadEvaluationInstrument", evaluator, headers=world.once(), json=_loaded())
    assert loaded.status_code == 201, loaded.text
    again = await held("loadEvaluationInstrument", evaluator, headers=world.once(), json=_loaded())
    assert again.status_code == 409
    refused = _loaded() | {"code": "phq9"}
    assert (await held("loadEvaluationInstrument", evaluator, headers=world.once(), json=refused)).status_code == 422
    await held("listEvaluationInstruments", evaluator)
    await held("getEvaluationInstrument", evaluator, at={"instrument": "k6"})

    made = await held("createEvaluationWave", evaluator, headers=world.once(), json=_wave(world))
    at = {"wave_id": made.json()["id"]}
    changed = {"closes_on": _day(world, 20)}
    await held.versioned("updateEvaluationWave", evaluator, "getEvaluationWave", at=at, json=changed)
    wanted = example("createResponseTokens")
    early = await held("createResponseTokens", evaluator, at=at, headers=world.once(), json=wanted)
    assert early.status_code == 409
    assert (await held("getEvaluationResults", evaluator, at=at)).status_code == 409
    await held.versioned("openEvaluationWave", evaluator, "getEvaluationWave", at=at)
    given = await held("createResponseTokens", evaluator, at=at, headers=world.once(), json=wanted)
    table = {"Accept": "text/csv"} | world.once()
    assert (await held("createResponseTokens", evaluator, at=at, headers=table, json=wanted)).status_code == 200
    [token] = given.json()["tokens"]
    assert (await held("showEvaluationForm", json={"token": token})).status_code == 200
    for of in ("one", "nothingSaid"):
        body = example("createEvaluationResponse", of=of) | {"token": token}
        assert (await held("createEvaluationResponse", json=body)).status_code == 200
    assert (await held("createEvaluationResponse", json=body | {"token": "none"})).status_code == 404
    assert (await held("showEvaluationForm", json={"token": "none"})).status_code == 404
    await held.versioned("closeEvaluationWave", evaluator, "getEvaluationWave", at=at)
    shown = await held("getEvaluationResults", evaluator, at=at)
    known = {"If-None-Match": shown.headers["ETag"]}
    assert (await held("getEvaluationResults", evaluator, at=at, headers=known)).status_code == 304
    assert (await held("getEvaluationResults", evaluator, at=at, headers={"Accept": "text/csv"})).status_code == 200
    await held("listEvaluationWaves", evaluator)
    made = await held("createEvaluationWave", evaluator, headers=world.once(), json=_wave(world))
    at = {"wave_id": made.json()["id"]}
    await held.versioned("deleteEvaluationWave", evaluator, "getEvaluationWave", at=at)


async def five_waves(world: World) -> Made:
    evaluator = await world.person(Role.EVALUATOR)
    for _ in range(5):
        headers = evaluator.headers | world.once()
        made = await world.http.post(f"{BASE}/waves", headers=headers, json=_wave(world))
        assert made.status_code == 201, made.text
    return f"{BASE}/waves", evaluator.headers


async def five_instruments(world: World) -> Made:
    """Those that there always are: one of the product's own, and four that it knows the facts of."""
    evaluator = await world.person(Role.EVALUATOR)
    return f"{BASE}/instruments", evaluator.headers


def _loaded() -> dict[str, object]:
    body: dict[str, object] = example("loadEvaluationInstrument")
    return body


def _wave(world: World) -> dict[str, object]:
    body: dict[str, object] = example("createEvaluationWave")
    return body | {"opens_on": _day(world, 0), "closes_on": _day(world, 10)}


def _day(world: World, later: int) -> str:
    """Of Melbourne, today or yesterday: it is ahead of UTC by ten hours or eleven."""
    return (world.time.now() + dt.timedelta(hours=9, days=later)).date().isoformat()


LISTS = (five_waves, five_instruments)
