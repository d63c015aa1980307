"""Supporters' training held against the OpenAPI document."""

from __future__ import annotations

import datetime as dt
from typing import Any

from held import Held

from app.guidance.library import load_library
from app.vocabulary import Role
from tests.support.world import World


def right_answers(module: str) -> list[dict[str, Any]]:
    """What passes: every choice that is right, and no other."""
    pack = load_library().packs["en"]
    [found] = [each for each in pack.training if each.code == module]
    return [
        {"exercise": each.id, "choices": [choice.id for choice in each.choices if choice.right]}
        for each in found.exercises
        if each.choices
    ]


async def training(held: Held, world: World) -> None:
    coordinator, supporter = await world.person(Role.COORDINATOR), await world.person(Role.SUPPORTER)
    shown = await held("getMyTraining", supporter)
    known = {"If-None-Match": shown.headers["ETag"]}
    assert (await held("getMyTraining", supporter, headers=known)).status_code == 304
    at = {"module": "mental_health_responses"}
    passed = await held("attemptTrainingModule", supporter, at=at, json={"answers": right_answers(at["module"])})
    assert passed.json()["passed"], passed.text
    of = {"supporter_id": await world.supporter_id(supporter)}
    await held("getSupporterTraining", coordinator, at=of)
    today = world.time.now().date()
    again = {"module": at["module"], "due_on": str(today + dt.timedelta(days=60))}
    made = await held("assignTrainingModule", coordinator, at=of, headers=world.once(), json=again)
    assert made.status_code == 201, made.text
    past = again | {"due_on": str(today - dt.timedelta(days=60))}
    refused = await held("assignTrainingModule", coordinator, at=of, headers=world.once(), json=past)
    assert refused.json()["errors"][0]["code"] == "not_within_a_year"
    had = {"module": at["module"], "kind": "workshop", "held_on": str(today - dt.timedelta(days=10))}
    made = await held("recordTrainingInPerson", coordinator, at=of, headers=world.once(), json=had)
    assert made.status_code == 201, made.text
