"""What a supporter carries is seen, and held to what the school and they themselves have said (STUDY D10)."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import httpx
from sqlmodel import Session, select

from app.models import Supporter
from app.vocabulary import Role
from tests.planning.scene import Scene, one_database
from tests.reports import passing_on
from tests.reports.harbour import act, listed
from tests.reports.passing_on import Held
from tests.support.world import Someone, World

LOAD = "/v1/supporters/me/load"
LIMITS = "/v1/supporters/me/limits"


async def limit(world: World, person: Someone, path: str = LIMITS, **body: Any) -> httpx.Response:
    return await world.http.patch(path, headers=person.headers | {"If-Match": "*"}, json=body)


async def load_of(world: World, person: Someone, path: str = LOAD) -> dict[str, Any]:
    found = await world.http.get(path, headers=person.headers)
    assert found.status_code == 200, found.text
    body: dict[str, Any] = found.json()
    return body


async def another(world: World, story: Held) -> Held:
    """One more report that the other triager holds, whose reporter has agreed."""
    made = await world.report("tearful", wants="offer_of_support_to_peer")
    second = story.people.second_triager
    [found] = [each for each in await listed(world, second) if each["id"] != story.report_id]
    assert (await act(world, second, found["id"], "claim")).status_code == 200
    receipt = made.json()["receipt"]
    people = type(story.people)(**vars(story.people) | {"triager": second})
    other = Held(people, story.supporter, receipt, await world.reporter(receipt), found["id"])
    await passing_on.agreed(world, other)
    return other


async def test_two_handlers_at_once_offer_exactly_up_to_the_limit(world: World) -> None:
    story = await passing_on.held(world)
    await passing_on.agreed(world, story)
    other = await another(world, story)
    assert (await limit(world, story.supporter, max_open_contacts=1)).status_code == 200
    answers = await asyncio.gather(*[passing_on.ask(world, each) for each in (story, other)])
    assert sorted(each.status_code for each in answers) == [201, 422]
    [asked] = [each.json()["id"] for each in answers if each.status_code == 201]
    late = other if answers[0].status_code == 201 else story
    # The limit is lifted, both are offered, and it is lowered again: what is taken on is never more than it.
    await limit(world, story.supporter, max_open_contacts=None)
    again = await passing_on.ask(world, late)
    assert again.status_code == 201, again.text
    await limit(world, story.supporter, max_open_contacts=1)
    accepted = await asyncio.gather(
        *[passing_on.answer(world, story.supporter, each, "accept") for each in (asked, again.json()["id"])]
    )
    assert sorted(each.status_code for each in accepted) == [200, 409]
    assert {each.json()["code"] for each in accepted if each.status_code == 409} == {"at_your_limit"}
    carried = await load_of(world, story.supporter)
    assert (carried["open_contacts"], carried["over"]) == (2, ["open_contacts"])
    # What they have taken on stays theirs.
    states = sorted(each["state"] for each in await passing_on.my_contacts(world, story.supporter))
    assert states == ["accepted", "offered"]


@one_database
async def test_hours_above_ones_own_limit_are_refused_wherever_a_shift_is_given(world: World) -> None:
    scene = await Scene.set_up(world, line="peer_support", role=Role.SUPPORTER)
    refused = await limit(world, scene.b, max_on_call_hours_per_week=13)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "above_the_limit")
    assert (await limit(world, scene.b, max_on_call_hours_per_week=6)).status_code == 200
    eight = {"start": "2027-03-02T00:00Z", "end": "2027-03-02T08:00Z"}
    override = {"person": str(scene.b.id), **eight, "despite": ["own_limit", "weekly_cap"]}
    given = await scene.edit("overrides", override, key=True)
    assert (given.status_code, given.json()["code"]) == (409, "rules_broken"), given.text
    assert "own_limit" in {each["code"] for each in given.json()["errors"]}
    offer = {"roster_id": scene.roster, "shift": {"layer_id": "week", "slot_start": "2027-02-28T22:00:00Z"}}
    made = await scene.post("shift-offers", offer | eight, by=scene.a, key=True)
    assert made.status_code == 201, made.text
    taken = await scene.post(f"shift-offers/{made.json()['id']}/take", by=scene.b)
    assert (taken.status_code, [each["code"] for each in taken.json()["errors"]]) == (409, ["own_limit"])
    # Nothing else stood in the way.
    assert (await limit(world, scene.b, max_on_call_hours_per_week=None)).status_code == 200
    taken = await scene.post(f"shift-offers/{made.json()['id']}/take", by=scene.b)
    assert taken.status_code == 200, taken.text


@one_database
async def test_a_supporter_sees_what_is_coming_and_a_coordinator_can_only_lower_it(world: World) -> None:
    scene = await Scene.set_up(world, line="peer_support", role=Role.SUPPORTER)
    exams = {"kind": "exam_window", "start": "2027-06-07T00:00Z", "end": "2027-06-26T00:00Z"}
    for body in (exams, {"kind": "paused", "start": "2027-05-01T00:00Z", "end": "2027-05-02T00:00Z"}):
        away = await scene.post("absences", body, by=scene.a, key=True)
        assert away.status_code == 201, away.text
    mine = await load_of(world, scene.a)
    # From 11:00, when the roster was made, to Monday 9:00; and again three weeks on, from 9:00.
    assert [(each["begins"], each["minutes"]) for each in mine["weeks"]] == [
        ("2027-03-01", (7 * 24 - 11) * 60),
        ("2027-03-08", 9 * 60),
        ("2027-03-15", 0),
        ("2027-03-22", (7 * 24 - 9) * 60),
    ]
    assert (mine["longest_run"], mine["over"]) == (8, ["on_call_hours"])
    assert [each["kind"] for each in mine["windows"]] == ["exam_window"]

    def row(session: Session) -> uuid.UUID:
        return session.exec(select(Supporter.id).where(Supporter.person_id == scene.a.id)).one()

    path = f"/v1/supporters/{await world.write(row)}"
    assert await load_of(world, scene.coordinator, f"{path}/load") == mine
    lower = await limit(world, scene.coordinator, f"{path}/limits", max_open_contacts=1)
    assert lower.json()["max_open_contacts"] == {"school": 2, "own": 1, "holds": 1}
    for more in (2, None):
        raised = await limit(world, scene.coordinator, f"{path}/limits", max_open_contacts=more)
        assert (raised.status_code, raised.json()["errors"][0]["code"]) == (422, "above_the_limit")
    assert (await limit(world, scene.a, max_open_contacts=2)).json()["max_open_contacts"]["holds"] == 2
    assert (await limit(world, scene.b, f"{path}/limits", max_open_contacts=1)).status_code == 403
