"""Work that is given up is told to the school, but nothing of a report that must not exist for somebody there (J14)."""

from __future__ import annotations

from typing import Any

import pytest
from harbour import (
    SCHOOL_HOOK,
    act,
    cast,
    is_whole_hour,
    listed,
    my_pages,
    one_database,
    rows,
    told,
    write_to_reporter,
)

from app.events import outbox
from app.models import Event, WorkItem
from app.paging import asking, deadlines
from app.webhooks import delivery
from tests.support.world import World

# Each is work for a row of its own: the escalation, a page, an event, a delivery.
KINDS = (deadlines.STEP_DUE, asking.DELIVERY_SETTLED, outbox.FAN_OUT, delivery.DELIVER, delivery.DELIVER_PAGE)
TEXT = {"text": "I am here."}


def broken(*_: Any, **__: Any) -> None:
    raise RuntimeError


async def given_up(world: World, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """Whatever is done of this kind fails until it is given up."""
    with monkeypatch.context() as patch:
        for lane in world.worker.lanes:
            if kind in lane._handlers:
                patch.setattr(lane, "_handlers", lane._handlers | {kind: broken})
        for _ in range(10):
            await world.settle()
            world.time.advance(hours=2)
        await world.settle()
    await world.settle()
    assert kind in {item.kind for item in await rows(world, WorkItem) if item.dead}, "nothing was given up"


@one_database
@pytest.mark.parametrize("kind", KINDS)
async def test_of_a_report_that_is_kept_from_somebody_the_school_hears_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    people = await cast(world)
    for fields in ({"about_role": "staff"}, {"keep_from": ["Eli"]}):
        receipt = (await world.report("hurt_themselves", **fields)).json()["receipt"]
        person = people.handler if "about_role" in fields else people.adviser
        [page] = await my_pages(world, person)
        if kind in (outbox.FAN_OUT, delivery.DELIVER):
            await world.http.post(f"/v1/pages/{page['id']}/reply", headers=person.headers | world.once(), json=TEXT)
            await world.http.post("/v1/me/report/messages", headers=await world.reporter(receipt), json=TEXT)
    await given_up(world, monkeypatch, kind)
    assert SCHOOL_HOOK not in told(world)
    assert "work.dead" not in {event.type for event in await rows(world, Event)}


@one_database
async def test_nor_of_one_that_nobody_was_paged_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    people = await cast(world)
    receipt = (await world.report("tearful", keep_from=["Eli"])).json()["receipt"]
    [report] = await listed(world, people.triager)
    await act(world, people.triager, report["id"], "claim")
    await world.http.post("/v1/me/report/messages", headers=await world.reporter(receipt), json=TEXT)
    await given_up(world, monkeypatch, outbox.FAN_OUT)
    assert "work.dead" not in {event.type for event in await rows(world, Event)}


@one_database
@pytest.mark.parametrize("kind", KINDS)
async def test_of_any_other_it_hears_the_kind_of_work_and_the_hour(
    world: World, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    people = await cast(world)
    world.time.advance(minutes=17, seconds=23)
    await world.report("hurt_themselves")
    if kind in (outbox.FAN_OUT, delivery.DELIVER):
        [report] = await listed(world, people.triager)
        await write_to_reporter(world, people.triager, report["id"])
    await given_up(world, monkeypatch, kind)
    dead = [event for event in await rows(world, Event) if event.type == "work.dead"]
    assert kind in {event.data["kind"] for event in dead}
    assert all(is_whole_hour(event.occurred_at) for event in dead)
