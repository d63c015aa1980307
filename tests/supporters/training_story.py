"""Somebody who comes into training, what passes, and time that goes by."""

from __future__ import annotations

import json
from typing import Any

import httpx
import sqlalchemy as sa
from sqlmodel import Session

from app.core import clock
from app.guidance.library import load_library
from app.models import TrainingRecord
from app.schools import service as schools
from app.supporters import service as supporters
from app.supporters import training, training_look
from app.vocabulary.supporters import SupporterStatus
from app.work import queue
from tests.support.world import Someone, World

RESPONSES, ISOLATED = MODULES = ("mental_health_responses", "reaching_isolated_students")


def answers(module: str, *, wrong: tuple[str, ...] = ()) -> dict[str, Any]:
    """Every choice that is right, and in the exercises named as wrong every other one."""
    [found] = [each for each in load_library().packs["en"].training if each.code == module]
    return {
        "answers": [
            {"exercise": each.id, "choices": [c.id for c in each.choices if c.right is not (each.id in wrong)]}
            for each in found.exercises
            if each.choices
        ]
    }


async def attempt(world: World, who: Someone, module: str, *, wrong: tuple[str, ...] = ()) -> httpx.Response:
    path = f"/v1/supporters/me/training/{module}/attempts"
    return await world.http.post(path, headers=who.headers, json=answers(module, wrong=wrong))


async def passes_both(world: World, who: Someone) -> None:
    for module in MODULES:
        answer = await attempt(world, who, module)
        assert answer.json()["passed"], answer.text


async def comes_into_training(world: World, who: Someone) -> None:
    """As somebody does who is taken into the programme and has passed nothing."""

    def begin(session: Session) -> None:
        session.connection().execute(sa.delete(TrainingRecord).where(TrainingRecord.person_id == who.id))
        row = supporters.of_person(session, who.id, lock=True)
        assert row is not None
        row.status = SupporterStatus.IN_TRAINING
        training.begin(session, row, now=clock.now())

    await world.write(begin)


async def look(world: World, school: str = "harbour") -> None:
    """What the worker does every hour."""

    def enqueue(session: Session) -> None:
        found = schools.find(session, school).id
        queue.enqueue(session, training_look.LOOK, found, due_at=clock.now(), now=clock.now())

    await world.write(enqueue)
    await world.settle()


def told(world: World, who: Someone, kind: str) -> list[dict[str, Any]]:
    found = [json.loads(each.body) for each in world.receiver.requests(who.hook)]
    return [each["data"] for each in found if each["type"] == kind]
