"""Harm of a sexual or gender-based kind is told us: its own people are named, and nothing is shared by itself (J21)."""

from __future__ import annotations

from typing import Any

import pytest
from harbour import cast, one_database, rows, the_report

from app.demo.seed import _pathway
from app.models import Escalation, Event
from tests.support.world import World

HARM = {"concern_types": ["sexual_or_gender_based_harm"]}


@one_database
@pytest.mark.parametrize("about_whom", ["me", "someone_else"])
async def test_the_schools_own_people_come_first_and_nobody_is_told(world: World, about_whom: str) -> None:
    people = await cast(world)
    await world.entry(_pathway("harbour", "Harbour", "0102", "Australia/Melbourne"))
    before = len(await rows(world, Event))
    made = await world.report("told_me_something_happened", about_whom=about_whom, **HARM)
    body: dict[str, Any] = made.json()
    first = body["help_now"][0]
    assert (first["id"], first["shares_information_with_school"]) == ("harbour-safer-community", "with_consent")
    named = [item["id"] for item in body["what_you_can_do"] if item["id"].startswith("people-for-")]
    assert len(named) == 1
    assert not [entry for entry in body["help_now"] if entry["tier"] in ("peer", "trained_peer")]

    await world.settle()
    assert await rows(world, Escalation) == []
    assert len(await rows(world, Event)) == before
    assert (await the_report(world, people.triager))["concern_types"] == HARM["concern_types"]


@one_database
async def test_where_it_is_urgent_they_come_right_after_emergency_help(world: World) -> None:
    await world.school()
    await world.entry(_pathway("harbour", "Harbour", "0102", "Australia/Melbourne"))
    made = await world.report("unsafe_right_now", **HARM)
    tiers = [(entry["tier"], entry["id"]) for entry in made.json()["help_now"]]
    after = [name for tier, name in tiers if tier != "emergency"]
    assert tiers[0][0] == "emergency"
    assert after[0] == "harbour-safer-community"


@one_database
async def test_a_school_without_a_way_of_its_own_shows_the_national_service_for_it_first(world: World) -> None:
    await world.school()
    made = await world.report("told_me_something_happened", **HARM)
    assert made.json()["help_now"][0]["id"] == "au-1800respect"


@one_database
async def test_ones_own_worry_takes_the_same_path_and_gets_an_answer_of_the_same_shape(world: World) -> None:
    """J16: no field more, none less, and nobody is paged for the one who would not be for the other."""
    await world.school()
    own, others = [(await world.report("tearful", about_whom=whom)).json() for whom in ("me", "someone_else")]
    assert own.keys() == others.keys()
    for name in ("what_you_can_do", "for_you", "help_now"):
        assert own[name], name
    assert own["expect"] == others["expect"]
    assert own["continue_as_friend"] != others["continue_as_friend"]
