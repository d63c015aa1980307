"""Somebody is kept out in the moment in which others are being told of something: those hear of it all the same."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from decision_story import Night, act, at_night, events, proposed
from harbour import REPORTS, one_database

from app.vocabulary import Role
from tests.support.world import Someone, World

CHANGED, REVIEW_DUE = "second_person.changed", "confidentiality_decision.review_due"
OPENED = "privacy_incident.opened"


async def keep_out(world: World, night: Night, by: Someone, name: str) -> None:
    """Before anything that happened just now was told to anybody."""
    said = await world.http.post(
        f"{REPORTS}/{night.report_id}/conflicts", headers=by.headers, json={"person": name, "reason": "They row."}
    )
    assert said.status_code == 200, said.text
    await world.settle()


@one_database
async def test_whoever_asked_for_a_second_person_hears_the_answer(world: World) -> None:
    night = await at_night(world)
    decision = await proposed(world, night)
    world.receiver.reset()
    confirmed = await act(world, night.people.coordinator, decision["id"], "confirm", note="Yes.")
    assert confirmed.status_code == 200, confirmed.text
    await keep_out(world, night, night.people.triager, "Eli")
    [told] = events(world, night.people.adviser, CHANGED)
    assert (told["subject_id"], told["state"]) == (decision["id"], "in_effect")
    assert events(world, night.people.second_triager, CHANGED) == []


@one_database
@pytest.mark.parametrize("kept_out", ["Eli", "Petra"])
async def test_whoever_looks_into_what_was_decided_alone_is_told_unless_they_are_kept_out(
    world: World, kept_out: str
) -> None:
    night = await at_night(world)
    other = await world.person(Role.PRIVACY_OFFICER, alias="Ines", paged=True)
    decision = await proposed(world, night)
    world.time.advance(minutes=10, seconds=1)
    await world.settle()
    world.receiver.reset()
    done = await act(world, night.people.adviser, decision["id"], "alone", reason="He may be in danger now.")
    assert done.status_code == 200, done.text
    await keep_out(world, night, night.people.triager, kept_out)
    assert [each["subject_id"] for each in events(world, other, REVIEW_DUE)] == [decision["id"]]
    told: list[dict[str, Any]] = events(world, night.officer, REVIEW_DUE)
    assert [each["subject_id"] for each in told] == ([decision["id"]] if kept_out == "Eli" else [])


async def incident(world: World, night: Night) -> str:
    """Something went wrong with the report: the id of what its officers are told of."""
    day = world.time.now().date() - dt.timedelta(days=1)
    body = {"kind": "other", "what_happened": "It lay open.", "happened_on": str(day), "report_id": night.report_id}
    headers = night.people.triager.headers | world.once()
    made = await world.http.post("/v1/schools/harbour/privacy-incidents", headers=headers, json=body)
    assert made.status_code == 201, made.text
    told_of: str = made.json()["id"]
    return told_of


async def sent_to(world: World, who: Someone) -> list[str]:
    """What the list of deliveries to somebody has."""
    found = await world.http.get(f"/v1/me/webhook-endpoints/{who.endpoint_id}/deliveries", headers=who.headers)
    return [each["event_type"] for each in found.json()["items"]]


@one_database
@pytest.mark.parametrize("when", ["before_it_is_told", "after_it_was_told"])
async def test_an_incident_about_a_report_is_told_to_no_officer_from_whom_that_is_kept(world: World, when: str) -> None:
    """As nothing else of it: what is on its way is not sent, and what was sent is in no list."""
    night = await at_night(world)
    other = await world.person(Role.PRIVACY_OFFICER, alias="Ines", paged=True)
    world.receiver.reset()
    told_of = await incident(world, night)
    if when == "after_it_was_told":
        await world.settle()
        assert OPENED in await sent_to(world, night.officer)
    await keep_out(world, night, night.people.triager, "Petra")
    assert [each["incident_id"] for each in events(world, other, OPENED)] == [told_of]
    assert OPENED in await sent_to(world, other)
    assert len(events(world, night.officer, OPENED)) == (when == "after_it_was_told")
    assert OPENED not in await sent_to(world, night.officer)
