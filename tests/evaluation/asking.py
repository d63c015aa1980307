"""An evaluator of Harbour plans a wave, hands codes out, and people answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import httpx

from app.vocabulary import Role
from tests.support.world import Someone, World

HERE = "/v1/schools/harbour/evaluation"
WAVES = f"{HERE}/waves"
INSTRUMENTS = f"{HERE}/instruments"
FORM = "/v1/evaluation/form"
RESPONSES = "/v1/evaluation/responses"
# A Monday of a term, midday in Melbourne.
MONDAY = dt.datetime(2027, 3, 1, 1, 0, tzinfo=dt.UTC)
WAVE: dict[str, Any] = {
    "title": "How are we doing?",
    "period": "2027-T1",
    "populations": [{"population": "general_cohort", "invited": 40}],
    "instruments": [{"instrument": "peerline", "items": ["knew-where", "cohort-watched", "trust-school"]}],
    "opens_on": "2027-03-01",
    "closes_on": "2027-03-14",
    "program_started_on": "2026-02-01",
}
# Of the six, in other words than theirs: what a school has loaded by its own right.
K6: dict[str, Any] = {
    "code": "k6",
    "name": "Kessler Psychological Distress Scale (K6)",
    "measures": "Distress of a group in the last month.",
    "licence": "Free, no permission needed.",
    "citation": "Somebody, some time",
    "source": "The paper form of the health service.",
    "right_to_use": {"attested": True, "because": "The page of its authors says so; read on 1 February 2027."},
    "answers": [{"code": f"answer-{value}", "text": f"Answer {value}", "value": value} for value in range(5)],
    "items": [
        {"code": f"item-{number}", "text": f"A question, number {number}", "direction": "unintended"}
        for number in range(1, 7)
    ],
}


async def planned(world: World, evaluator: Someone, **other: Any) -> dict[str, Any]:
    made = await world.http.post(WAVES, json=WAVE | other, headers=evaluator.headers | world.once())
    assert made.status_code == 201, made.text
    shown: dict[str, Any] = made.json()
    return shown


async def act(world: World, who: Someone, wave: str, action: str) -> httpx.Response:
    """In the version that they have just read."""
    read = await world.http.get(f"{WAVES}/{wave}", headers=who.headers)
    headers = who.headers | {"If-Match": read.headers["ETag"]}
    return await world.http.post(f"{WAVES}/{wave}/{action}", headers=headers)


async def opened(world: World, evaluator: Someone, **other: Any) -> str:
    """The id of a wave that takes answers from this day on."""
    wave: str = (await planned(world, evaluator, **other))["id"]
    done = await act(world, evaluator, wave, "open")
    assert done.status_code == 200, done.text
    return wave


async def codes(
    world: World, evaluator: Someone, wave: str, count: int, population: str = "general_cohort"
) -> list[str]:
    wanted = {"population": population, "count": count}
    given = await world.http.post(f"{WAVES}/{wave}/tokens", json=wanted, headers=evaluator.headers | world.once())
    assert given.status_code == 200, given.text
    tokens: list[str] = given.json()["tokens"]
    return tokens


async def answer(world: World, token: str, **said: str) -> httpx.Response:
    """`knew_where="agree"`: item by item, of the product's own."""
    answers = [{"item": f"peerline.{item.replace('_', '-')}", "answer": what} for item, what in said.items()]
    return await world.http.post(RESPONSES, json={"token": token, "answers": answers})


async def somebody_answers_today(world: World) -> str:
    """Whatever day it is; the wave's id."""
    evaluator = await world.person(Role.EVALUATOR)
    today = (world.time.now() + dt.timedelta(hours=9)).date()
    until = today + dt.timedelta(days=14)
    wave = await opened(world, evaluator, opens_on=today.isoformat(), closes_on=until.isoformat())
    [token] = await codes(world, evaluator, wave, 1)
    await all_answer(world, [token], knew_where="agree")
    return wave


async def all_answer(world: World, tokens: Sequence[str], **said: str) -> None:
    for token in tokens:
        taken = await answer(world, token, **said)
        assert taken.status_code == 200, taken.text


async def closed(world: World, evaluator: Someone, wave: str) -> dict[str, Any]:
    """Its tables."""
    done = await act(world, evaluator, wave, "close")
    assert done.status_code == 200, done.text
    read = await world.http.get(f"{WAVES}/{wave}/results", headers=evaluator.headers)
    assert read.status_code == 200, read.text
    shown: dict[str, Any] = read.json()
    return shown


def cells(tables: dict[str, Any], item: str, population: int = 0) -> dict[str, tuple[Any, Any]]:
    """Of one item: what is shown of each answer, or why it is not."""
    found = next(each for each in tables["populations"][population]["items"] if each["item"] == f"peerline.{item}")
    return {cell["answer"]: (cell["count"], cell["withheld"]) for cell in found["cells"]}
