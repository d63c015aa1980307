"""Slack and ntfy: what arrives there of an event, and that nothing else does."""

from __future__ import annotations

import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import standardwebhooks
from endpoints import create, endpoint, on_sqlite, school_it

from app.events.types import PAYLOADS
from app.routers.openapi import examples
from app.vocabulary import EndpointFormat, Role
from app.webhooks import formats
from tests.support.receiver import Received
from tests.support.world import Someone, World

MINE = "/v1/me/webhook-endpoints"
MELBOURNE = ZoneInfo("Australia/Melbourne")
LINK = "https://peerline.example.edu/v1/pages/1/ack-link/abc"


def page(**data: Any) -> dict[str, Any]:
    """A page at 02:04 in Melbourne, in summer."""
    asked = {
        "page_id": "1",
        "school": "harbour",
        "priority": "now",
        "level": "primary",
        "ack_by": "2027-03-10T15:14:05Z",
        "ack_url": LINK,
        "drill": False,
    }
    return {"type": "page.requested", "timestamp": "2027-03-10T15:04:05Z", "data": asked | data}


def slack(document: dict[str, Any], zone: ZoneInfo = MELBOURNE) -> str:
    found = formats.content(EndpointFormat.SLACK, document, zone=zone)
    assert found.headers == {"content-type": "application/json"}
    body = json.loads(found.body)
    assert set(body) == {"text", "unfurl_links"}
    text: str = body["text"]
    return text


def ntfy(document: dict[str, Any], zone: ZoneInfo = MELBOURNE) -> tuple[str, dict[str, str]]:
    found = formats.content(EndpointFormat.NTFY, document, zone=zone)
    return found.body.decode(), dict(found.headers)


def test_slack_gets_a_sentence_and_the_link_in_its_own_markup() -> None:
    assert slack(page()) == (
        f"Peerline (harbour): somebody needs you. Please answer before 02:14 (AEDT).\n<{LINK}|Open it to answer>"
    )


def test_the_clock_is_that_of_the_school_on_either_side_of_a_change_and_of_midnight() -> None:
    assert "before 20:59 (+0545)." in slack(page(), ZoneInfo("Asia/Kathmandu"))
    winter = page(ack_by="2027-07-10T15:14:05Z") | {"timestamp": "2027-07-10T15:04:05Z"}
    assert "before 01:14 (AEST)." in slack(winter)
    tomorrow = page(ack_by="2027-03-11T22:00:00Z")
    assert "before 2027-03-12 09:00 (AEDT)." in slack(tomorrow)


def test_what_slack_would_take_for_markup_is_escaped_once() -> None:
    text = slack(page(school="<!channel> & co", ack_url="https://x.example/?a=1&b=<2>"))
    assert text.startswith("Peerline (&lt;!channel&gt; &amp; co): somebody")
    assert text.endswith("<https://x.example/?a=1&amp;b=&lt;2&gt;|Open it to answer>")


def test_ntfy_gets_a_text_and_an_action_that_only_opens_the_page() -> None:
    text, headers = ntfy(page())
    assert text == "Somebody needs you. Please answer before 02:14 (AEDT)."
    assert headers == {
        "content-type": "text/plain; charset=utf-8",
        "title": "Peerline (harbour)",
        "priority": "5",
        "click": LINK,
        "actions": f"view, Open it to answer, {LINK}",
    }


def test_ntfy_is_as_urgent_as_the_page() -> None:
    assert [ntfy(page(priority=each))[1]["priority"] for each in ("now", "today", "soon")] == ["5", "4", "4"]


def test_a_drill_says_so() -> None:
    assert "this is a drill: nobody is in need." in slack(page(drill=True))
    text, headers = ntfy(page(drill=True))
    assert text.startswith("This is a drill: nobody is in need.")
    assert headers["title"] == "Peerline (harbour) drill"
    assert "this is a drill" in slack(page(drill=True, ack_url=None))


def test_who_was_not_asked_is_given_no_link_and_not_told_that_they_are_needed() -> None:
    text = slack(page(ack_url=None))
    assert text == "Peerline (harbour): somebody was asked to help (primary), and should answer before 02:14 (AEDT)."
    assert not {"click", "actions"} & set(ntfy(page(ack_url=None))[1])


@pytest.mark.parametrize("kind", sorted(PAYLOADS))
def test_every_event_has_a_sentence_without_ids(kind: str) -> None:
    document = examples.event(kind)
    ids = [value for name, value in document["data"].items() if name.endswith("_id") and value is not None]
    text, headers = ntfy(document)
    assert text[0].isupper()
    assert text.endswith(".")
    assert "{" not in text
    assert "_" not in text
    for each in ids:
        assert each not in text
        assert each not in slack(document).partition("\n")[0]
    assert all(value.isascii() for value in headers.values())


def arrived(world: World, hook: str, words: str) -> list[Received]:
    return [each for each in world.receiver.requests(hook) if words in each.body.decode()]


def signed(request: Received, secret: str) -> None:
    standardwebhooks.Webhook(secret).verify(request.body, request.headers, json_parse=False)


async def add(world: World, someone: Someone, hook: str, **fields: Any) -> dict[str, Any]:
    made = await world.http.post(MINE, headers=someone.headers, json={"url": world.receiver.url(hook), **fields})
    assert made.status_code == 201, made.text
    await world.settle()
    body: dict[str, Any] = made.json()
    return body


@on_sqlite
async def test_whoever_is_paged_in_slack_or_by_ntfy_gets_their_link_and_the_school_gets_none(world: World) -> None:
    """The same bytes at every attempt, signed, under the same id; only 2xx counts."""
    await world.school()
    await create(world, await school_it(world), "school", format="slack")
    advisers = [await world.person(Role.ADVISER) for _ in range(2)]
    made = {
        kind: await add(world, adviser, kind, format=kind)
        for kind, adviser in zip(("slack", "ntfy"), advisers, strict=True)
    }
    await world.on_call(*advisers)
    for kind in made:
        assert (await endpoint(world, made[kind]["id"])).health == "healthy"
        world.receiver.behave(kind, 500, 200)
    assert (await world.report("said_thoughts_of_suicide", narrative="CANARY")).status_code == 201
    await world.settle()
    world.time.advance(seconds=6)
    await world.settle()
    sent: dict[str, Received] = {}
    for kind in made:
        first, second = arrived(world, kind, "omebody needs you. Please answer before")
        assert (first.answered, second.answered) == (500, 200)
        assert first.body == second.body
        assert first.headers["webhook-id"] == second.headers["webhook-id"]
        for each in (first, second):
            signed(each, made[kind]["secret"])
            assert "CANARY" not in each.body.decode() + str(each.headers)
        sent[kind] = first
    link = sent["ntfy"].headers["click"]
    assert sent["ntfy"].headers["actions"] == f"view, Open it to answer, {link}"
    assert "/ack-link/" in link
    assert "/ack-link/" in sent["slack"].json()["text"]
    for request in world.receiver.requests("school"):
        assert "/ack-link/" not in request.body.decode()
    assert arrived(world, "school", "somebody was asked to help")


@on_sqlite
async def test_another_format_is_unverified_until_its_own_ping_is_answered(world: World) -> None:
    await world.school()
    adviser = await world.person(Role.ADVISER)
    made = await add(world, adviser, "mine")
    path = f"{MINE}/{made['id']}"
    changed = await world.http.patch(path, headers=adviser.headers | {"If-Match": "*"}, json={"format": "slack"})
    assert (changed.json()["format"], changed.json()["health"]) == ("slack", "unverified")
    await world.settle()
    assert arrived(world, "mine", "this is a test. Whoever reads it can be reached here.")
    assert (await endpoint(world, made["id"])).health == "healthy"
    again = await world.http.patch(path, headers=adviser.headers | {"If-Match": "*"}, json={"format": "slack"})
    assert again.json()["health"] == "healthy"
