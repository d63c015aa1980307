"""The main journeys of domain.md section 4, over HTTP, on both databases."""

from __future__ import annotations

from app.vocabulary import Level, Role
from tests.support.receiver import verified
from tests.support.world import World


async def test_an_urgent_report_pages_the_adviser_who_acknowledges_and_replies(world: World) -> None:
    """J2, J5: help first in the answer, a signed page without content, an acknowledgement, a reply."""
    await world.school()
    adviser = await world.person(Role.ADVISER, paged=True)
    await world.on_call(adviser)

    made = await world.report("said_thoughts_of_suicide", narrative="He told me on the train home.")
    assert made.status_code == 201
    assert made.json()["help_now"][0]["tier"] == "emergency"
    assert made.json()["expect"]["staffed_now"] is True

    await world.settle()
    [request] = world.receiver.wait_for(adviser.hook)
    event = verified(request, adviser.secret)
    assert event["type"] == "page.requested"
    assert set(event["data"]) == {"page_id", "school", "priority", "level", "ack_by", "ack_url", "drill"}

    page = f"/v1/pages/{event['data']['page_id']}"
    acknowledged = await world.http.post(f"{page}/ack", headers=adviser.headers)
    assert acknowledged.json() == {"state": "acknowledged", "by_role": Level.PRIMARY, "first": True}

    brief = await world.http.get(page, headers=adviser.headers)
    assert brief.json()["text"] == "He told me on the train home."

    replied = await world.http.post(
        f"{page}/reply", headers=adviser.headers | world.once(), json={"text": "I am here. Are you with him?"}
    )
    assert replied.status_code == 201, replied.text

    reporter = await world.reporter(made.json()["receipt"])
    shown = await world.http.get("/v1/me/report", headers=reporter)
    assert shown.json()["status"] == "someone_has_replied"
    messages = await world.http.get("/v1/me/report/messages", headers=reporter)
    assert [message["text"] for message in messages.json()["items"]] == ["I am here. Are you with him?"]
