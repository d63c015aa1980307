"""Five of everything that is listed of people who are let in."""

from __future__ import annotations

from app.vocabulary import Role
from tests.support.world import World

SCHOOL = "/v1/schools/harbour"
Made = tuple[str, dict[str, str]]


async def five_invitations(world: World) -> Made:
    coordinator = await world.person(Role.COORDINATOR)
    for number in range(5):
        body = {"login": f"p{number}@harbour.example", "alias": f"P {number}", "roles": []}
        headers = coordinator.headers | world.once()
        made = await world.http.post(f"{SCHOOL}/invitations", headers=headers, json=body)
        assert made.status_code == 201, made.text
    return f"{SCHOOL}/invitations", coordinator.headers


async def five_password_links(world: World) -> Made:
    coordinator = await world.person(Role.COORDINATOR)
    for _ in range(5):
        student = await world.person(Role.STUDENT)
        headers = coordinator.headers | world.once()
        made = await world.http.post(f"{SCHOOL}/people/{student.id}/password-link", headers=headers)
        assert made.status_code == 201, made.text
    return f"{SCHOOL}/password-links", coordinator.headers


LISTS = (five_invitations, five_password_links)
