"""A page that does not arrive: the person's next endpoint at once, then the next level at once (design, 4)."""

from __future__ import annotations

import pytest
from sqlmodel import Session
from story import (
    ack,
    change,
    kinds,
    later,
    on_sqlite,
    page_states,
    pages,
    reply,
    team,
    the_escalation,
    told,
    urgent,
)

from app.core import clock
from app.models import School, WebhookEndpoint
from app.models.webhooks import EndpointHealth
from app.schools import service as schools
from app.vocabulary import EscalationState, Level, Role
from app.webhooks import delivery, sending
from app.webhooks.secrets import seal_secret
from app.work import queue
from tests.support.receiver import Received, verified
from tests.support.world import Someone, World


async def second_endpoint(world: World, someone: Someone, hook: str) -> None:
    """Another endpoint of the same person, with the same secret, tried after the first."""

    def make(session: Session) -> None:
        school: School = schools.find(session, someone.school or "")
        endpoint = WebhookEndpoint(
            school_id=school.id,
            person_id=someone.id,
            url=world.receiver.url(hook),
            event_types=[],
            secret_sealed=b"",
            health=EndpointHealth.UNVERIFIED,
            position=1,
            created_at=clock.now(),
            updated_at=clock.now(),
        )
        seal_secret(session, endpoint, someone.secret or "")
        session.add(endpoint)

    await world.write(make)


def pages_at(world: World, hook: str | None) -> list[Received]:
    """At night, whoever is paged a third time hears of more than that."""
    return [each for each in world.receiver.requests(hook) if each.json()["type"] == "page.requested"]


async def test_a_failed_delivery_goes_to_the_persons_next_endpoint_at_once(world: World) -> None:
    people = await team(world)
    await second_endpoint(world, people.primary, "second")
    failures = (500, 404, {"status": 301, "location": "/hook/elsewhere"}, {"close": True})
    world.receiver.behave(people.primary.hook, *failures)
    for number in range(1, len(failures) + 1):
        await urgent(world)
        failed, arrived = pages_at(world, people.primary.hook)[-1], pages_at(world, "second")
        request = arrived[-1]
        assert len(arrived) == number
        event = verified(request, people.primary.secret)
        assert event == failed.json()
        assert request.headers["webhook-id"] == failed.headers["webhook-id"]
        assert (await page_states(world))["Primary"] == "delivered"
    assert pages(world, people.backup) == []
    assert world.receiver.requests("elsewhere") == []
    answer = await world.http.post(f"/v1/pages/{event['data']['page_id']}/ack", headers=people.primary.headers)
    assert answer.json()["first"] is True


async def test_when_all_of_a_persons_endpoints_have_failed_the_next_level_is_paged_at_once(world: World) -> None:
    people = await team(world)
    await second_endpoint(world, people.primary, "second")
    world.receiver.behave(people.primary.hook, 500)
    world.receiver.behave("second", 503)
    await urgent(world)
    assert len(world.receiver.requests("second")) == 1
    assert [page["level"] for page in pages(world, people.backup)] == ["backup"]
    assert (await page_states(world))["Primary"] == "escalated"
    # They may still find it by themselves.
    page_id = world.receiver.requests("second")[0].json()["data"]["page_id"]
    answer = await world.http.post(f"/v1/pages/{page_id}/ack", headers=people.primary.headers)
    assert answer.json() == {"state": "acknowledged", "by_role": "primary", "first": True}


@on_sqlite
async def test_a_receiver_that_is_silent_for_five_seconds_has_failed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "TIMEOUT_SECONDS", 0.5)
    people = await team(world)
    world.receiver.behave(people.primary.hook, {"delay": 2})
    await urgent(world)
    assert len(pages(world, people.backup)) == 1


async def test_of_two_on_a_level_one_who_is_reached_is_enough(world: World) -> None:
    await world.school()
    broken = await world.person(Role.ADVISER, paged=True, alias="Broken")
    working = await world.person(Role.ADVISER, paged=True, alias="Working")
    backup = await world.person(Role.ADVISER, paged=True)
    await world.on_call(broken, working)
    await world.on_call(backup, level=Level.BACKUP)
    world.receiver.behave(broken.hook, 500)
    await urgent(world)
    assert await page_states(world) == {"Broken": "escalated", "Working": "delivered"}
    await later(world, seconds=16)
    assert pages(world, backup) == []


@on_sqlite
async def test_when_no_level_can_be_reached_it_is_over_at_once(world: World) -> None:
    people = await team(world)
    for someone in (people.primary, people.backup, people.coordinator):
        world.receiver.behave(someone.hook, 500)
    await urgent(world)
    assert (await the_escalation(world)).state is EscalationState.EXHAUSTED
    gaps = [gap["data"] for gap in told(world, people.sponsor, "coverage.gap_live")]
    assert {(gap["level"], gap["cause"]) for gap in gaps} == {
        (level, "no_working_contact") for level in ("primary", "backup")
    }
    assert kinds(world, people.sponsor).count("page.exhausted") == 1


async def test_what_reached_nobody_within_fifteen_seconds_goes_to_the_next_level(world: World) -> None:
    """The delivery is in the hands of a worker that died: nothing is known of it until its lease runs out."""
    people = await team(world)
    assert (await world.report("said_thoughts_of_suicide")).status_code == 201
    [stuck] = await world.write(
        lambda session: queue.claim(session, kinds=[delivery.DELIVER_PAGE], limit=10, now=clock.now())
    )
    await world.settle()
    await later(world, seconds=14)
    assert pages(world, people.backup) == []
    await later(world, seconds=1.5)
    assert [page["level"] for page in pages(world, people.backup)] == ["backup"]
    assert pages(world, people.primary) == []
    # Then the lease has run out: better late than never.
    await later(world, seconds=6)
    assert [page["level"] for page in pages(world, people.primary)] == ["primary"]
    assert stuck.failures == 0


@on_sqlite
async def test_what_was_delivered_waits_for_its_clock(world: World) -> None:
    people = await team(world)
    await urgent(world)
    await later(world, seconds=16)
    assert pages(world, people.backup) == []


async def test_retries_go_on_while_the_escalation_is_open(world: World) -> None:
    people = await team(world)
    world.receiver.behave(people.primary.hook, 500, 200)
    await urgent(world)
    assert len(world.receiver.requests(people.primary.hook)) == 1
    await later(world, seconds=6)
    first, second = world.receiver.requests(people.primary.hook)
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    # The next level was asked once, by the failure, not again by the success.
    assert len(pages(world, people.backup)) == 1
    assert pages(world, people.coordinator) == []


async def test_retries_stop_when_somebody_holds_it(world: World) -> None:
    people = await team(world)
    world.receiver.behave(people.primary.hook, 500, 500, 200)
    await urgent(world)
    await ack(world, people.backup)
    await later(world, minutes=6)
    arrived = [request.json()["type"] for request in world.receiver.requests(people.primary.hook)]
    assert arrived.count("page.requested") == 1
    await reply(world, people.backup)


@on_sqlite
async def test_an_endpoint_that_was_disabled_is_not_a_way_to_reach_anybody(world: World) -> None:
    people = await team(world)
    await change(world, WebhookEndpoint, people.primary.endpoint_id, lambda e: setattr(e, "enabled", False))
    await urgent(world)
    assert world.receiver.requests(people.primary.hook) == []
    assert len(pages(world, people.backup)) == 1


async def test_an_endpoint_disabled_between_the_report_and_its_delivery_is_passed_at_once(world: World) -> None:
    people = await team(world)
    await second_endpoint(world, people.primary, "second")
    assert (await world.report("said_thoughts_of_suicide")).status_code == 201
    await change(world, WebhookEndpoint, people.primary.endpoint_id, lambda e: setattr(e, "enabled", False))
    await world.settle()
    assert world.receiver.requests(people.primary.hook) == []
    assert len(world.receiver.requests("second")) == 1
