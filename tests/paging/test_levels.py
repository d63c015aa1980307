"""Nobody acknowledges: who is asked next, when, and how the end is told (J5, J6; design, 4)."""

from __future__ import annotations

import pytest
from sqlmodel import select
from story import (
    change,
    decline,
    kinds,
    later,
    leave,
    my_report,
    on_sqlite,
    page_states,
    pages,
    team,
    the_escalation,
    told,
    urgent,
)

from app.models import EscalationPolicy, Person, WebhookEndpoint
from app.models.webhooks import EndpointHealth
from app.schools.policies import PagingPolicy, Step
from app.vocabulary import EscalationState, GapCause, Level, Role, RosterLine
from tests.support.world import World

CLINICAL = RosterLine.CLINICAL_ADVICE
OUT_OF_TIME = {"minutes": 10, "seconds": 1}


async def test_without_an_acknowledgement_the_next_level_is_paged_after_ten_minutes_each(world: World) -> None:
    people = await team(world)
    await urgent(world)
    assert [page["level"] for page in pages(world, people.primary)] == ["primary"]
    assert kinds(world, people.backup) == []

    await later(world, minutes=9, seconds=58)
    assert kinds(world, people.backup) == []
    await later(world, seconds=3)
    assert [page["level"] for page in pages(world, people.backup)] == ["backup"]
    assert kinds(world, people.coordinator) == []
    assert (await page_states(world))["Primary"] == "timed_out"

    await later(world, **OUT_OF_TIME)
    assert [page["level"] for page in pages(world, people.coordinator)] == ["coordinator"]
    # One page for each person, level and round.
    assert [len(pages(world, one)) for one in (people.primary, people.backup, people.coordinator)] == [1, 1, 1]


async def test_when_nobody_answers_it_is_announced_and_the_reporter_is_told_the_truth(world: World) -> None:
    people = await team(world)
    receipt = await urgent(world)
    assert (await my_report(world, receipt))["nobody_has_answered"] is False
    for _ in range(3):
        await later(world, **OUT_OF_TIME)

    escalation = await the_escalation(world)
    assert escalation.state is EscalationState.EXHAUSTED
    assert escalation.next_due_at is None
    for someone in (people.coordinator, people.sponsor):
        [event] = told(world, someone, "page.exhausted")
        assert event["data"] == {
            "escalation_id": str(escalation.id),
            "school": "harbour",
            "line": "clinical_advice",
            "priority": "now",
        }
    assert "page.exhausted" not in kinds(world, people.primary)

    shown = await my_report(world, receipt)
    assert shown["nobody_has_answered"] is True
    assert "nobody" in shown["status_text"].lower()
    assert shown["expect"]["fallback"]
    assert all(entry["always_open"] for entry in shown["expect"]["fallback"])

    # The end is the end: nobody is asked in rounds without a person having looked.
    await later(world, hours=24)
    assert [len(pages(world, one)) for one in (people.primary, people.backup, people.coordinator)] == [1, 1, 1]


async def test_a_level_without_anybody_costs_no_time_and_is_announced_as_a_gap(world: World) -> None:
    await world.school()
    backup = await world.person(Role.ADVISER, paged=True)
    coordinator = await world.person(Role.COORDINATOR, paged=True)
    sponsor = await world.person(Role.SPONSOR, paged=True)
    await world.on_call(backup, level=Level.BACKUP)
    await urgent(world)
    assert [page["level"] for page in pages(world, backup)] == ["backup"]
    for someone in (coordinator, sponsor):
        [gap] = told(world, someone, "coverage.gap_live")
        assert {key: gap["data"][key] for key in ("school", "line", "level", "cause")} == {
            "school": "harbour",
            "line": "clinical_advice",
            "level": "primary",
            "cause": GapCause.UNFILLED,
        }


@on_sqlite
async def test_a_level_whose_people_have_no_address_is_passed_at_once_and_announced(world: World) -> None:
    await world.school()
    unreachable = await world.person(Role.ADVISER)
    backup = await world.person(Role.ADVISER, paged=True)
    coordinator = await world.person(Role.COORDINATOR, paged=True)
    await world.on_call(unreachable)
    await world.on_call(backup, level=Level.BACKUP)
    await urgent(world)
    assert len(pages(world, backup)) == 1
    [gap] = told(world, coordinator, "coverage.gap_live")
    assert (gap["data"]["level"], gap["data"]["cause"]) == ("primary", GapCause.NO_WORKING_CONTACT)


async def test_nobody_at_all_is_exhausted_at_once_and_never_an_error(world: World) -> None:
    """J6: 201, the fallback, and the truth from the first answer on."""
    await world.school()
    sponsor = await world.person(Role.SPONSOR, paged=True)
    made = await world.report("said_thoughts_of_suicide")
    assert made.status_code == 201
    expect = made.json()["expect"]
    assert expect["staffed_now"] is False
    assert expect["fallback"]
    await world.settle()
    assert kinds(world, sponsor).count("page.exhausted") == 1
    assert {event["data"]["level"] for event in told(world, sponsor, "coverage.gap_live")} == {"primary", "backup"}
    assert (await my_report(world, made.json()["receipt"]))["nobody_has_answered"] is True


async def test_everyone_on_a_level_is_paged_at_once_and_one_of_them_is_enough(world: World) -> None:
    await world.school()
    first = await world.person(Role.ADVISER, paged=True, alias="First")
    second = await world.person(Role.ADVISER, paged=True, alias="Second")
    await world.on_call(first, second)
    await urgent(world)
    page = pages(world, first)[0]
    assert len(pages(world, second)) == 1
    assert (await world.http.post(f"/v1/pages/{page['page_id']}/ack", headers=first.headers)).json()["first"]
    await world.settle()
    assert kinds(world, second) == ["page.requested", "page.cancelled"]
    assert told(world, second)[1]["data"] == {"page_id": pages(world, second)[0]["page_id"], "school": "harbour"}
    assert await page_states(world) == {"First": "acknowledged", "Second": "cancelled"}


async def test_a_decline_pages_the_next_level_at_once(world: World) -> None:
    people = await team(world)
    await urgent(world)
    declined = await decline(world, people.primary)
    assert (declined.status_code, declined.json()["state"]) == (200, "declined")
    await world.settle()
    assert len(pages(world, people.backup)) == 1
    again = await decline(world, people.primary)
    assert (again.status_code, again.json()["state"]) == (200, "declined")
    await world.settle()
    assert len(pages(world, people.backup)) == 1
    assert len(pages(world, people.coordinator)) == 0


async def test_a_decline_waits_for_the_others_of_the_same_level(world: World) -> None:
    await world.school()
    first = await world.person(Role.ADVISER, paged=True)
    second = await world.person(Role.ADVISER, paged=True)
    backup = await world.person(Role.ADVISER, paged=True)
    await world.on_call(first, second)
    await world.on_call(backup, level=Level.BACKUP)
    await urgent(world)
    await decline(world, first)
    await world.settle()
    assert pages(world, backup) == []
    await decline(world, second)
    await world.settle()
    assert len(pages(world, backup)) == 1


async def test_who_declined_is_not_asked_again_at_a_later_level(world: World) -> None:
    await world.school()
    both = await world.person(Role.ADVISER, Role.COORDINATOR, paged=True)
    other = await world.person(Role.COORDINATOR, paged=True)
    await world.on_call(both)
    await world.on_call(both, level=Level.BACKUP)
    await urgent(world)
    await decline(world, both)
    await world.settle()
    assert len(pages(world, both)) == 1
    assert [page["level"] for page in pages(world, other)] == ["coordinator"]


@on_sqlite
async def test_who_timed_out_is_asked_again_where_they_are_on_a_later_level(world: World) -> None:
    await world.school()
    both = await world.person(Role.ADVISER, paged=True)
    await world.on_call(both)
    await world.on_call(both, level=Level.BACKUP)
    await urgent(world)
    await later(world, **OUT_OF_TIME)
    assert [page["level"] for page in pages(world, both)] == ["primary", "backup"]


async def test_everyone_declining_is_the_end_at_once(world: World) -> None:
    people = await team(world)
    receipt = await urgent(world)
    for someone in (people.primary, people.backup, people.coordinator):
        assert (await decline(world, someone)).status_code == 200
        await world.settle()
    assert (await the_escalation(world)).state is EscalationState.EXHAUSTED
    assert kinds(world, people.sponsor) == ["page.exhausted"]
    assert (await my_report(world, receipt))["nobody_has_answered"] is True


@pytest.mark.parametrize("kept_from", ["Backup", "coordinator"])
async def test_whoever_the_report_is_kept_from_is_paged_at_no_level(world: World, kept_from: str) -> None:
    people = await team(world)
    await world.person(Role.TRIAGER)
    await urgent(world, keep_from=[kept_from])
    for _ in range(3):
        await later(world, **OUT_OF_TIME)
    assert (await the_escalation(world)).state is EscalationState.EXHAUSTED
    excluded, asked = people.backup, people.coordinator
    if kept_from == "coordinator":
        excluded, asked = asked, excluded
    assert kinds(world, excluded) == []
    assert len(pages(world, people.primary)) == 1
    assert len(pages(world, asked)) == 1


async def test_someone_who_has_left_the_school_is_not_paged(world: World) -> None:
    people = await team(world)
    await leave(world, people.primary)
    await leave(world, people.coordinator)
    await urgent(world)
    assert len(pages(world, people.backup)) == 1
    await later(world, **OUT_OF_TIME)
    assert (await the_escalation(world)).state is EscalationState.EXHAUSTED
    assert kinds(world, people.primary) == []
    assert kinds(world, people.coordinator) == []


async def test_someone_who_leaves_while_an_escalation_runs_is_not_paged_by_it(world: World) -> None:
    people = await team(world)
    await urgent(world)
    await change(world, Person, people.backup.id, lambda person: setattr(person, "active", False))
    await later(world, **OUT_OF_TIME)
    assert kinds(world, people.backup) == []
    assert len(pages(world, people.coordinator)) == 1


async def test_a_policy_that_is_changed_has_no_effect_on_a_running_escalation(world: World) -> None:
    people = await team(world)
    standard = [
        Step(level=Level.PRIMARY, target="roster", line=CLINICAL, roster_level=Level.PRIMARY),
        Step(level=Level.BACKUP, target="roster", line=CLINICAL, roster_level=Level.BACKUP),
    ]
    await world.policy(PagingPolicy(steps=standard, ack_seconds={"now": 120}))
    await urgent(world)

    policy = await world.db.read(lambda session: session.exec(select(EscalationPolicy)).one())
    changed = PagingPolicy(steps=standard[:1], ack_seconds={"now": 3600}).model_dump(mode="json")
    await change(world, EscalationPolicy, policy.id, lambda row: setattr(row, "policy", changed))
    await later(world, seconds=121)
    assert len(pages(world, people.backup)) == 1
    await later(world, seconds=121)
    assert kinds(world, people.sponsor) == ["page.exhausted"]


@on_sqlite
async def test_a_school_may_ask_in_its_own_order(world: World) -> None:
    people = await team(world)
    steps = [
        Step(level=Level.COORDINATOR, target="role", role=Role.COORDINATOR),
        Step(level=Level.PRIMARY, target="roster", line=CLINICAL, roster_level=Level.PRIMARY),
    ]
    await world.policy(PagingPolicy(steps=steps, ack_seconds={"now": 60}))
    await urgent(world)
    assert len(pages(world, people.coordinator)) == 1
    await later(world, seconds=61)
    assert len(pages(world, people.primary)) == 1
    assert pages(world, people.backup) == []


@on_sqlite
async def test_an_endpoint_that_failed_before_is_still_tried(world: World) -> None:
    """`failing` is what the last delivery showed, not a reason to be silent."""
    people = await team(world)
    await change(
        world, WebhookEndpoint, people.primary.endpoint_id, lambda e: setattr(e, "health", EndpointHealth.FAILING)
    )
    await urgent(world)
    assert len(pages(world, people.primary)) == 1
