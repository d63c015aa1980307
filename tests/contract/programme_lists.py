"""Five of everything that is listed of the way into the programme."""

from __future__ import annotations

from sqlmodel import Session

from app.schools import service as schools
from app.supporters import binding
from app.vocabulary import Role
from app.vocabulary.selection import BindingText
from tests.support.world import World
from tests.supporters.joining import APPLICATIONS, apply

Made = tuple[str, dict[str, str]]


async def five_supporters(world: World) -> Made:
    coordinator = await world.person(Role.COORDINATOR)
    for _ in range(5):
        await world.person(Role.SUPPORTER)
    return "/v1/supporters", coordinator.headers


async def five_signatures(world: World) -> Made:
    """The two of now, and three of before."""
    wren = await world.person(Role.SUPPORTER)

    def sign(session: Session) -> None:
        school = schools.find(session, "harbour")
        now = world.time.now()
        text = binding.asked_now(session, school, now=now)[BindingText.AGREEMENT]
        for version in ("2024-1", "2025-1", "2025-2"):
            earlier = text._replace(version=version)
            binding.sign(session, school.id, wren.id, BindingText.AGREEMENT, earlier, now=now)

    await world.write(sign)
    return "/v1/supporters/me/agreements", wren.headers


async def five_interests(world: World) -> Made:
    coordinator = await world.person(Role.COORDINATOR)
    path = "/v1/schools/harbour/expressions-of-interest"
    for number in range(5):
        assert (await world.http.post(path, json={"contact": f"{number}@example.edu"})).status_code == 201
    return path, coordinator.headers


async def five_applications(world: World) -> Made:
    coordinator = await world.person(Role.COORDINATOR)
    for _ in range(5):
        await apply(world, await world.person(Role.STUDENT))
    return APPLICATIONS, coordinator.headers


LISTS = (five_supporters, five_signatures, five_interests, five_applications)
