"""Whoever holds a matter keeps it with a note, or hands it on at the end of their shift (J5)."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import httpx
from story import ack, kinds, later, my_report, on_sqlite, pages, reply, team, the_escalation, told, urgent

from app.vocabulary import EscalationState
from tests.support.world import Someone, World

MELBOURNE = ZoneInfo("Australia/Melbourne")


async def post(world: World, someone: Someone, what: str, page: int = -1, **body: str | None) -> httpx.Response:
    page_id = pages(world, someone)[page]["page_id"]
    return await world.http.post(f"/v1/pages/{page_id}/{what}", headers=someone.headers | world.once(), json=body)


async def brief(world: World, someone: Someone) -> httpx.Response:
    return await world.http.get(f"/v1/pages/{pages(world, someone)[-1]['page_id']}", headers=someone.headers)


async def test_at_the_end_of_a_shift_it_goes_to_those_who_are_on_now(world: World) -> None:
    people = await team(world)
    receipt = await urgent(world)
    await ack(world, people.primary)
    handed = await post(world, people.primary, "hand-over", note="They wait for an answer about Thursday.")
    assert (handed.status_code, handed.json()["state"]) == (200, "handed_over")
    await world.settle()
    # Not whoever hands it on, although the roster still has them.
    assert (len(pages(world, people.primary)), len(pages(world, people.backup))) == (1, 1)
    assert (await my_report(world, receipt))["nobody_has_answered"] is False
    shown = await brief(world, people.backup)
    assert [(each["kind"], each["text"]) for each in shown.json()["notes"]] == [
        ("hand_over", "They wait for an answer about Thursday.")
    ]
    await ack(world, people.backup)
    await reply(world, people.backup, "I have it now.")
    # They can read it for another day, and no longer.
    assert (await brief(world, people.primary)).status_code == 200
    assert (await post(world, people.primary, "hand-over")).json()["state"] == "handed_over"
    await later(world, hours=25)
    assert (await brief(world, people.primary)).status_code == 404
    # Whoever asked sees none of the notes.
    written = await world.http.get("/v1/me/report/messages", headers=await world.reporter(receipt))
    assert [each["text"] for each in written.json()["items"]] == ["I have it now."]


async def test_also_what_was_answered_is_handed_on_and_the_next_adviser_is_asked(world: World) -> None:
    people = await team(world)
    await urgent(world)
    await reply(world, people.primary)
    assert (await the_escalation(world)).state is EscalationState.CLOSED
    assert (await post(world, people.primary, "hand-over", note=None)).status_code == 200
    await world.settle()
    assert len(pages(world, people.backup)) == 1
    await later(world, minutes=10, seconds=1)
    assert len(pages(world, people.coordinator)) == 1
    await ack(world, people.coordinator)
    assert (await post(world, people.coordinator, "hand-over")).status_code == 200
    await world.settle()
    # Round by round: whoever handed it on first may be asked again.
    assert len(pages(world, people.primary)) == 2


@on_sqlite
async def test_a_note_keeps_it_for_an_hour_and_an_acknowledgement_alone_for_ten_minutes(world: World) -> None:
    people = await team(world)
    await urgent(world)
    await ack(world, people.primary)
    noted = await post(world, people.primary, "notes", text="On the phone with them.")
    assert (noted.status_code, noted.json()["position"]) == (201, 1)
    await later(world, minutes=59)
    assert kinds(world, people.backup) == []
    await later(world, minutes=1, seconds=1)
    assert len(pages(world, people.backup)) == 1


@on_sqlite
async def test_what_one_does_not_hold_one_cannot_note_or_hand_on(world: World) -> None:
    people = await team(world)
    await urgent(world)
    for what in ("notes", "hand-over"):
        body = {"text": "Mine?"} if what == "notes" else {"note": "Mine?"}
        refused = await post(world, people.primary, what, **body)
        assert (refused.status_code, refused.json()["code"]) == (409, "not_held")
    await later(world, minutes=10, seconds=1)
    await ack(world, people.backup)
    assert (await post(world, people.primary, "hand-over", note=None)).json()["code"] == "not_held"
    assert (await post(world, people.primary, "notes", text=" ")).status_code == 422


@on_sqlite
async def test_nobody_left_to_hand_it_to_is_the_end_and_is_told(world: World) -> None:
    """Handing over is no way out in silence: the coordinator is asked, and when nobody answers everybody knows."""
    people = await team(world)
    await urgent(world)
    await ack(world, people.primary)
    assert (await post(world, people.primary, "hand-over", note=None)).status_code == 200
    await world.settle()
    for _ in range(2):
        await later(world, minutes=10, seconds=1)
    assert [event["type"] for event in told(world, people.sponsor)] == ["page.exhausted"]


@on_sqlite
async def test_who_is_woken_a_third_time_in_a_night_is_offered_relief_and_nobody_hears_of_it(world: World) -> None:
    people = await team(world)
    world.time.set(dt.datetime(2027, 3, 10, 23, tzinfo=MELBOURNE))
    for _ in range(4):
        await urgent(world)
        await reply(world, people.primary)
        await later(world, hours=1)
    offered = told(world, people.primary, "duty.relief_offered")
    assert [event["data"]["night_pages"] for event in offered] == [3]
    assert "duty.relief_offered" not in kinds(world, people.coordinator)
    # By day nobody counts, and the next night begins anew.
    world.time.set(dt.datetime(2027, 3, 11, 12, tzinfo=MELBOURNE))
    for _ in range(3):
        await urgent(world)
        await reply(world, people.primary)
    assert len(told(world, people.primary, "duty.relief_offered")) == 1
