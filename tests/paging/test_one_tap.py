"""The link of a page: a small page whose button acknowledges, once, for one person and a short while (contract 1.5).

In a real browser: test_one_tap_in_a_browser.py. Who is sent a link: test_page_contents.py.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import uuid
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from story import ack, change, decline, later, leave, on_sqlite, pages, reply, team, the_escalation, urgent

from app.core.ratelimit import RateLimiter
from app.models import Page
from app.vocabulary import Role
from tests.support.world import Someone, World

OUT_OF_TIME = {"minutes": 10, "seconds": 1}
FIRST = {"state": "acknowledged", "by_role": "primary", "first": True}
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
THANKS = "It is yours now"


def link_of(world: World, someone: Someone) -> str:
    url: str = pages(world, someone)[-1]["ack_url"]
    assert url.startswith(world.settings.base_url)
    return url.removeprefix(world.settings.base_url)


def heading(shown: httpx.Response) -> str:
    [text] = re.findall(r"<h1>(.*)</h1>", shown.text)
    return str(text)


async def without_button(world: World, link: str) -> str:
    """What the page says where there is nothing to press; pressing all the same says it, too, and changes nothing."""
    before = await the_escalation(world)
    opened, pressed = await world.http.get(link), await world.http.post(link)
    assert (opened.status_code, pressed.status_code) == (200, 200)
    assert "<form" not in opened.text + pressed.text
    assert heading(opened) == heading(pressed)
    assert await the_escalation(world) == before
    return heading(opened)


# Opening it


async def test_opening_the_link_changes_nothing_whatever_opens_it(world: World) -> None:
    """Mail and chat programs open links by themselves, and browsers before anybody has asked them to."""
    people = await team(world)
    await urgent(world)
    before = await the_escalation(world)
    link = link_of(world, people.primary)
    ahead = {"Purpose": "prefetch", "Sec-Purpose": "prefetch;prerender"}
    for method, headers in (("HEAD", {}), ("GET", {}), ("GET", ahead), ("GET", BROWSER)):
        opened = await world.http.request(method, link, headers=headers)
        assert opened.status_code == 200
        assert opened.headers["content-type"].startswith("text/html")
        assert opened.headers["cache-control"] == "no-store"
        assert opened.headers["referrer-policy"] == "no-referrer"
        assert opened.headers["x-robots-tag"] == "noindex"
        assert ("<form" in opened.text) is (method == "GET")
    for method in ("OPTIONS", "PUT", "DELETE"):
        assert (await world.http.request(method, link)).status_code == 405
    assert await the_escalation(world) == before
    await later(world, **OUT_OF_TIME)
    assert len(pages(world, people.backup)) == 1


@on_sqlite
async def test_the_page_says_by_when_in_the_time_of_the_school_and_nothing_of_the_matter(world: World) -> None:
    people = await team(world)
    await urgent(world, narrative="He told me on the train home.")
    page = pages(world, people.primary)[0]
    shown = await world.http.get(link_of(world, people.primary))
    by = dt.datetime.fromisoformat(page["ack_by"]).astimezone(ZoneInfo("Australia/Melbourne"))
    assert f"{by:%Y %H:%M}</strong> (Australia/Melbourne time)" in shown.text
    assert "you have 10 min" in shown.text
    assert "Harbour Medical School" in shown.text
    assert "You are asked" in shown.text
    for word in ("train", "suicide", "report", "clinical", "Primary", str(people.primary.id), people.primary.login):
        assert word not in shown.text
    await later(world, **OUT_OF_TIME)
    assert "Late is better than never" in (await world.http.get(link_of(world, people.primary))).text


@on_sqlite
async def test_the_page_of_a_drill_says_that_it_is_one(world: World) -> None:
    people = await team(world)
    await urgent(world)
    link = link_of(world, people.primary)
    assert "rill" not in (await world.http.get(link)).text
    await change(
        world, Page, uuid.UUID(pages(world, people.primary)[0]["page_id"]), lambda page: setattr(page, "drill", True)
    )
    for shown in (await world.http.get(link), await world.http.post(link), await world.http.post(link)):
        assert heading(shown).startswith("Drill: ")
        assert "Nobody is in need" in shown.text


# Pressing its button


@pytest.mark.parametrize(
    "sent",
    [
        {"content": b"", "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
        {},
        {"data": {"a": "b"}},
        {"files": {"a": b"\xff\x00"}},
        {"content": b"a=b\r\n", "headers": {"Content-Type": "text/plain; charset=utf-8"}},
        {"json": {}, "headers": {"Origin": "null", "Sec-Fetch-Site": "cross-site"}},
    ],
    ids=["as a browser sends it", "without a body", "a form", "a form with a file", "a plain form", "elsewhere"],
)
@on_sqlite
async def test_pressing_the_button_acknowledges_and_opens_nothing(world: World, sent: dict[str, Any]) -> None:
    people = await team(world)
    await urgent(world, narrative="He told me on the train home.")
    pressed = await world.http.post(link_of(world, people.primary), **sent)
    assert pressed.status_code == 200
    assert THANKS in heading(pressed)
    assert "train" not in pressed.text
    assert "set-cookie" not in pressed.headers
    assert (await the_escalation(world)).acknowledged_by == people.primary.id
    assert await ack(world, people.primary) == FIRST


@on_sqlite
async def test_what_says_something_else_is_not_taken_for_a_press(world: World) -> None:
    """R8: words that would be lost are refused, unless a form brings them."""
    people = await team(world)
    await urgent(world)
    link = link_of(world, people.primary)
    assert (await world.http.post(link, json={"decline": True})).status_code == 422
    assert (await world.http.post(link, content=b"<no/>", headers={"Content-Type": "text/xml"})).status_code == 415
    assert (await the_escalation(world)).acknowledged_by is None


async def test_of_many_presses_at_once_exactly_one_is_thanked(world: World) -> None:
    """A button is tapped twice, and a browser sends twice."""
    people = await team(world)
    await urgent(world)
    link = link_of(world, people.primary)
    pressed = await asyncio.gather(*(world.http.post(link) for _ in range(8)))
    assert {each.status_code for each in pressed} == {200}
    assert sum(THANKS in each.text for each in pressed) == 1
    assert sum("was used" in each.text for each in pressed) == 7
    assert (await the_escalation(world)).acknowledged_by == people.primary.id


# Once


async def test_the_link_works_once(world: World) -> None:
    """Single use: after the acknowledgement lapsed it does not start another ten minutes."""
    people = await team(world)
    await urgent(world)
    link = link_of(world, people.primary)
    assert THANKS in (await world.http.post(link)).text
    assert await without_button(world, link) == "You have taken this on before"
    await later(world, **OUT_OF_TIME)
    again = await world.http.post(link)
    assert "was used" in again.text
    assert "yours" not in again.text
    assert (await the_escalation(world)).acknowledged_by is None
    await later(world, **OUT_OF_TIME)
    assert len(pages(world, people.coordinator)) == 1


@on_sqlite
async def test_nor_does_giving_it_back_make_the_link_good_again(world: World) -> None:
    people = await team(world)
    await urgent(world)
    link = link_of(world, people.primary)
    await world.http.post(link)
    assert (await decline(world, people.primary)).status_code == 200
    assert await without_button(world, link) == "You have said no to this"


@on_sqlite
async def test_there_is_no_button_once_somebody_else_has_it_or_has_answered(world: World) -> None:
    people = await team(world)
    await urgent(world)
    link = link_of(world, people.primary)
    await later(world, **OUT_OF_TIME)
    await ack(world, people.backup)
    assert await without_button(world, link) == "Somebody else has it already"
    await reply(world, people.backup)
    assert await without_button(world, link) == "This is over"


@on_sqlite
async def test_whoever_has_it_by_another_page_is_not_told_that_somebody_else_has(world: World) -> None:
    await world.school()
    both = await world.person(Role.ADVISER, Role.COORDINATOR, paged=True)
    await world.on_call(both)
    await urgent(world)
    first = link_of(world, both)
    await later(world, **OUT_OF_TIME)
    assert link_of(world, both) != first
    assert THANKS in (await world.http.post(link_of(world, both))).text
    assert await without_button(world, first) == "You have taken this on before"


# For a short while


@on_sqlite
async def test_an_hour_after_the_time_to_answer_the_link_has_expired(world: World) -> None:
    people = await team(world)
    await urgent(world)
    link = link_of(world, people.primary)
    by = dt.datetime.fromisoformat(pages(world, people.primary)[0]["ack_by"])
    world.time.set(by + dt.timedelta(minutes=59, seconds=58))
    assert "<form" in (await world.http.get(link)).text
    world.time.set(by + dt.timedelta(minutes=60, seconds=1))
    before = await the_escalation(world)
    for method in ("GET", "HEAD", "POST"):
        told = await world.http.request(method, link)
        assert (told.status_code, told.headers["content-type"]) == (410, "application/problem+json")
        shown = await world.http.request(method, link, headers=BROWSER)
        assert (shown.status_code, shown.headers["content-type"].partition(";")[0]) == (410, "text/html")
    assert (told.json()["code"], bool(told.json()["help"])) == ("link_expired", True)
    assert heading(shown) == "This link has expired"
    assert "Sign in" in shown.text
    assert "<form" not in shown.text
    assert await the_escalation(world) == before
    # Signed in, late is better than never.
    assert await ack(world, people.primary) == FIRST


async def test_until_then_a_late_press_is_better_than_none(world: World) -> None:
    people = await team(world)
    await urgent(world)
    await later(world, **OUT_OF_TIME)
    assert THANKS in (await world.http.post(link_of(world, people.primary))).text
    assert (await the_escalation(world)).acknowledged_by == people.primary.id


# For one person


async def test_a_link_that_was_not_made_for_this_page_is_not_found(world: World) -> None:
    people = await team(world)
    await urgent(world)
    await later(world, **OUT_OF_TIME)
    mine = link_of(world, people.primary)
    page, token = mine.rsplit("/", 1)
    other_page, other_token = link_of(world, people.backup).rsplit("/", 1)
    await leave(world, people.backup)
    wrong = {
        "another token": f"{page}/{token[:-1]}{'A' if token[-1] != 'A' else 'B'}",
        "the token of another page": f"{page}/{other_token}",
        "another page": f"{other_page}/{token}",
        "a page that is not there": f"/v1/pages/{uuid.uuid4()}/ack-link/{token}",
        "somebody who has left": f"{other_page}/{other_token}",
    }
    for name, link in wrong.items():
        for method in ("GET", "HEAD", "POST"):
            answer = await world.http.request(method, link)
            assert answer.status_code == 404, (name, method)
        assert heading(await world.http.get(link, headers=BROWSER)) == "This link opens nothing", name
    assert (await the_escalation(world)).acknowledged_by is None
    assert (await world.http.get(mine)).status_code == 200


@on_sqlite
async def test_guessing_is_counted_and_refuses_nobody_who_holds_a_link(world: World) -> None:
    people = await team(world)
    await urgent(world)
    world.app.state.runtime.callers = RateLimiter("default", quota=3)
    link = link_of(world, people.primary)
    wrong = f"{link.rpartition('/')[0]}/{'a' * 32}"
    assert [(await world.http.post(wrong)).status_code for _ in range(5)] == [404, 404, 404, 429, 429]
    refused = await world.http.get(wrong, headers=BROWSER)
    assert (refused.status_code, heading(refused)) == (429, "Too many wrong links")
    assert int(refused.headers["retry-after"]) > 0
    assert "<form" in (await world.http.get(link)).text
    assert THANKS in (await world.http.post(link)).text
