"""A policy may ask everybody who has a role: a question can be asked, however many they are (J4)."""

from __future__ import annotations

from app.vocabulary import Role
from tests.advice.test_case_advice import asked, seen
from tests.reports.harbour import one_database
from tests.support.world import World

POLICY = {
    "need": "advice",
    "levels": [{"level": "primary", "ask": {"kind": "role", "role": "adviser"}, "ack_seconds": 300}],
    "fallback": {"ask": {"kind": "role", "role": "coordinator"}, "ack_seconds": 300},
}


@one_database
async def test_a_question_to_sixty_advisers_names_the_first_of_them(world: World) -> None:
    await world.school()
    supporter = await world.person(Role.SUPPORTER, alias="Wren")
    coordinator = await world.person(Role.COORDINATOR, alias="Lee", paged=True)
    for number in range(60):
        await world.person(Role.ADVISER, alias=f"Adviser {number:02}", paged=True)
    path = "/v1/schools/harbour/escalation-policies"
    saved = await world.http.post(path, headers=coordinator.headers, json=POLICY)
    assert saved.status_code == 201, saved.text
    answer = await asked(world, supporter)
    assert answer.status_code == 201, answer.text
    shown = await seen(world, supporter, answer.json()["id"])
    assert [each["alias"] for each in shown["on_duty"]] == [f"Adviser {number:02}" for number in range(50)]
