"""Five of everything that is listed of people."""

from __future__ import annotations

from app.vocabulary import Role
from tests.support.world import World

SCHOOL = "/v1/schools/harbour"
Made = tuple[str, dict[str, str]]


async def five_grants(world: World) -> Made:
    """One person has five roles, and looks at them."""
    person = await world.person(Role.SUPPORTER, Role.EVALUATOR, Role.ADVISER, Role.TRIAGER, Role.SCHOOL_IT)
    return f"{SCHOOL}/role-grants?person={person.id}", person.headers


LISTS = (five_grants,)
