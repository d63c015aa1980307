"""What hurts to read is shown to whoever asks for it, and kept as it was written (J13)."""

from __future__ import annotations

from typing import Any

import httpx
from harbour import REPORTS, act, cast, listed, my_pages, one_database, random_id, rows, the_report, write_to_reporter

from app.models import AuditEntry
from tests.support.world import Someone, World

HURTFUL = "You never help anybody."


async def mark(world: World, reader: Someone, path: str, *, hurtful: bool = True) -> httpx.Response:
    return await world.http.post(f"{REPORTS}/{path}/hurtful", headers=reader.headers, json={"hurtful": hurtful})


async def read(world: World, reader: Someone, path: str, **query: Any) -> httpx.Response:
    found = await world.http.get(path, headers=reader.headers, params=query)
    assert found.status_code == 200, found.text
    return found


async def test_marked_words_are_null_until_somebody_asks_for_them(world: World) -> None:
    people = await cast(world)
    receipt = (await world.report("hurt_themselves", narrative=HURTFUL)).json()["receipt"]
    reporter = await world.reporter(receipt)
    await world.http.post("/v1/me/report/messages", headers=reporter, json={"text": "I hate you."})
    [report] = await listed(world, people.triager)
    url = f"{REPORTS}/{report['id']}"
    await write_to_reporter(world, people.triager, report["id"])
    # Also while somebody else has it: whoever reads it is hurt by it.
    await act(world, people.second_triager, report["id"], "claim")
    [theirs, ours] = (await read(world, people.triager, f"{url}/messages")).json()["items"]
    for _ in range(2):
        done = await mark(world, people.triager, f"{report['id']}/messages/{theirs['id']}")
        assert (done.json()["text"], done.json()["text_hidden"]) == (None, True)
        done = await mark(world, people.triager, report["id"])
        assert (done.json()["narrative"], done.json()["text_hidden"]) == (None, True)

    assert [each["text"] for each in (await read(world, people.triager, f"{url}/messages")).json()["items"]] == [
        None,
        ours["text"],
    ]
    asked = await read(world, people.triager, f"{url}/messages", show_hidden="true")
    assert [each["text"] for each in asked.json()["items"]] == ["I hate you.", ours["text"]]
    plain, full = await read(world, people.triager, url), await read(world, people.triager, url, show_hidden="true")
    assert (plain.json()["narrative"], full.json()["narrative"]) == (None, HURTFUL)
    # One version, whichever way it was read: it can be changed by either.
    assert plain.headers["etag"] == full.headers["etag"]
    assert (await listed(world, people.second_triager))[0]["text_hidden"] is True

    own = await world.http.get("/v1/me/report/messages", headers=reporter)
    assert [each["text"] for each in own.json()["items"]] == ["I hate you.", ours["text"]]
    assert "text_hidden" not in own.text
    await mark(world, people.triager, report["id"], hurtful=False)
    assert (await the_report(world, people.triager))["narrative"] == HURTFUL
    actions = [each.action for each in await rows(world, AuditEntry)]
    assert (actions.count("report.words_hidden"), actions.count("report.words_shown")) == (2, 1)


@one_database
async def test_whoever_is_paged_is_spared_them_as_well(world: World) -> None:
    people = await cast(world)
    receipt = (await world.report("hurt_themselves", narrative=HURTFUL)).json()["receipt"]
    reporter = await world.reporter(receipt)
    await world.http.post("/v1/me/report/messages", headers=reporter, json={"text": "I hate you."})
    [report] = await listed(world, people.triager)
    [message] = (await read(world, people.triager, f"{REPORTS}/{report['id']}/messages")).json()["items"]
    await mark(world, people.triager, report["id"])
    await mark(world, people.triager, f"{report['id']}/messages/{message['id']}")
    [page] = await my_pages(world, people.adviser)
    brief = await read(world, people.adviser, f"/v1/pages/{page['id']}")
    assert (brief.json()["text"], brief.json()["text_hidden"]) == (None, True)
    assert brief.json()["messages"] == [{"position": 1, "author": "reporter", "text": None, "text_hidden": True}]
    full = await read(world, people.adviser, f"/v1/pages/{page['id']}", show_hidden="true")
    assert (full.json()["text"], full.json()["messages"][0]["text"]) == (HURTFUL, "I hate you.")
    assert full.headers["etag"] == brief.headers["etag"]


@one_database
async def test_a_message_of_another_report_is_not_there(world: World) -> None:
    people = await cast(world)
    for _ in range(2):
        receipt = (await world.report("tearful")).json()["receipt"]
        reporter = await world.reporter(receipt)
        await world.http.post("/v1/me/report/messages", headers=reporter, json={"text": "Hello."})
    one, two = [each["id"] for each in await listed(world, people.triager)]
    [message] = (await read(world, people.triager, f"{REPORTS}/{one}/messages")).json()["items"]
    for path in (f"{two}/messages/{message['id']}", f"{one}/messages/{random_id()}"):
        assert (await mark(world, people.triager, path)).status_code == 404
