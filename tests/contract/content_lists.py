"""Every list of content, with five of what it lists."""

from __future__ import annotations

from typing import Any

from app.guidance.shelf import Shelf
from app.vocabulary import Role
from tests.guidance import made_up
from tests.support.world import World

SCHOOL = "/v1/schools/harbour"
Made = tuple[str, dict[str, str]]


def stock(world: World, name: str, make: Any, **fields: Any) -> None:
    """Five pieces of one sort, and none of any other."""
    library = made_up.in_memory(**{name: [make(f"piece-{letter}", **fields) for letter in "edcba"]})
    world.app.state.runtime.shelf = Shelf(lambda: library)


async def five_articles(world: World) -> Made:
    stock(world, "articles", made_up.article)
    return f"{SCHOOL}/guidance", {}


async def five_scripts(world: World) -> Made:
    stock(world, "scripts", made_up.script)
    return f"{SCHOOL}/scripts", {}


async def five_conversations(world: World) -> Made:
    stock(world, "scenarios", made_up.scenario)
    return f"{SCHOOL}/practice-scenarios", {}


async def five_cards(world: World) -> Made:
    stock(world, "obligations", made_up.card)
    return f"{SCHOOL}/obligations-cards", {}


async def five_role_cards(world: World) -> Made:
    stock(world, "role_cards", made_up.role_card)
    return f"{SCHOOL}/role-cards", {}


async def five_plans(world: World) -> Made:
    stock(world, "action_plans", made_up.plan)
    return f"{SCHOOL}/action-plan-templates", {}


async def five_pieces_for_supporters(world: World) -> Made:
    stock(world, "articles", made_up.article, audience="formal_supporters")
    return f"{SCHOOL}/supporter-guidance", (await world.person(Role.SUPPORTER)).headers


async def five_modules(world: World) -> Made:
    exercises = [made_up.module()["exercises"][0] | {"id": f"exercise-{n}"} for n in (1, 2, 3)]
    stock(world, "training", made_up.module, exercises=exercises)
    return f"{SCHOOL}/training-modules", (await world.person(Role.SUPPORTER)).headers


async def five_of_a_schools_words(world: World) -> Made:
    stock(world, "articles", made_up.article)
    coordinator = await world.person(Role.COORDINATOR)
    today = world.time.now().date()
    review = {"reviewed_on": str(today.replace(day=1)), "review_by": str(today.replace(year=today.year + 1, day=1))}
    for letter in "abcde":
        path = f"{SCHOOL}/content/overrides/article/piece-{letter}"
        body = review | {"changes": {"title": "Ours"}}
        made = await world.http.put(path, headers=coordinator.headers, json=body)
        assert made.status_code == 201, made.text
    return f"{SCHOOL}/content/overrides", coordinator.headers


# Cut from a list in memory (app/guidance/reading.py), from whatever database the school comes.
SHIPPED = (
    five_articles,
    five_scripts,
    five_conversations,
    five_cards,
    five_role_cards,
    five_plans,
    five_pieces_for_supporters,
    five_modules,
)
LISTS = (*SHIPPED, five_of_a_schools_words)
