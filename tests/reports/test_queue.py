"""What should be answered soonest is read first, and what nobody has answered grows old where everybody sees it."""

from __future__ import annotations

from typing import Any

from harbour import REPORTS, act, cast, listed, one_database, the_report, write_to_reporter

from tests.support.world import Someone, World


async def put(world: World, reader: Someone, report_id: str, priority: str, note: str | None = None) -> None:
    url = f"{REPORTS}/{report_id}/priority"
    body = {"priority": priority} | ({} if note is None else {"note": note})
    done = await world.http.post(url, headers=reader.headers | {"If-Match": "*"}, json=body)
    assert done.status_code == 200, done.text


async def one_each(world: World, reader: Someone) -> dict[str, str]:
    """Reports of different urgency, an hour apart, in an order that is none of theirs: their ids by what they are."""
    found: dict[str, str] = {}
    for name, sign, priority in (
        ("later", "tearful", "when_you_can"),
        ("old", "tearful", "soon"),
        ("today", "tearful", "today"),
        ("red flag", "hurt_themselves", "when_you_can"),
        ("new", "tearful", "soon"),
        ("now", "tearful", "now"),
    ):
        await world.report(sign, priority=priority, wants="just_letting_you_know")
        [new] = {each["id"] for each in await listed(world, reader)} - set(found.values())
        found[name] = new
        world.time.advance(hours=1)
    return found


async def test_the_queue_goes_by_how_soon_somebody_should_answer_then_by_age(world: World) -> None:
    people = await cast(world)
    ids = await one_each(world, people.triager)
    shown = await listed(world, people.triager)
    names = {value: name for name, value in ids.items()}
    assert [names[each["id"]] for each in shown] == ["red flag", "now", "today", "old", "new", "later"]
    assert [each["priority"] for each in shown] == ["now", "now", "today", "soon", "soon", "when_you_can"]
    assert shown[0]["priority_stated"] == "when_you_can"
    assert {each["priority_set"] for each in shown} == {None}

    await put(world, people.triager, ids["later"], "now")
    first = await listed(world, people.triager, priority="now")
    # The oldest hour first.
    assert [names[each["id"]] for each in first] == ["later", "red flag", "now"]
    assert (first[0]["priority_stated"], first[0]["priority_set"]) == ("when_you_can", "now")


async def test_who_turns_the_pages_while_others_work_sees_everything_that_did_not_move_once(world: World) -> None:
    """Some are raised past the reader, some are lowered before them, one closes: all others come once, in order."""
    people = await cast(world)
    for number in range(12):
        await world.report("tearful", priority=("soon", "when_you_can", "today")[number % 3], wants="not_sure")
        world.time.advance(minutes=25)
    order = [each["id"] for each in await listed(world, people.triager, limit=100)]
    page = await world.http.get(REPORTS, headers=people.triager.headers, params={"limit": 5})
    seen = [each["id"] for each in page.json()["items"]]
    assert seen == order[:5]
    raised, closed, lowered = order[8], order[6], order[1]
    await put(world, people.second_triager, raised, "now")
    for action in ("claim", "close"):
        assert (await act(world, people.second_triager, closed, action)).status_code == 200
    await put(world, people.second_triager, lowered, "when_you_can", note="They are with family.")
    while (cursor := page.json()["next_cursor"]) is not None:
        page = await world.http.get(REPORTS, headers=people.triager.headers, params={"limit": 5, "cursor": cursor})
        seen += [each["id"] for each in page.json()["items"]]
    stayed = [each for each in order if each not in (raised, lowered)]
    assert [each for each in seen if each not in (raised, lowered)] == stayed
    # What moved stands where it belongs now: before what was read, and after it.
    assert (seen.count(raised), seen.count(lowered)) == (0, 2)


@one_database
async def test_a_report_that_nobody_has_answered_says_since_when(world: World) -> None:
    people = await cast(world)
    await world.report("tearful")
    world.time.advance(hours=5)
    before = await the_report(world, people.triager)
    world.time.advance(hours=44)
    [summary] = await listed(world, people.triager)
    assert (summary["waiting_hours"], summary["waiting_since"]) == (49, summary["submitted_hour"])
    # Time alone makes no new version of it: whoever has read it can still take it on.
    assert await the_report(world, people.triager) == before
    await act(world, people.triager, summary["id"], "claim")
    assert (await listed(world, people.triager))[0]["waiting_hours"] == 49
    await write_to_reporter(world, people.triager, summary["id"])
    [summary] = await listed(world, people.triager)
    assert (summary["waiting_hours"], summary["waiting_since"]) == (None, None)


@one_database
async def test_the_queue_can_be_narrowed(world: World) -> None:
    people = await cast(world)
    ids = await one_each(world, people.triager)
    for action in ("claim", "close"):
        await act(world, people.triager, ids["old"], action)
    await put(world, people.triager, ids["red flag"], "soon", note="They are with family.")

    async def found(**query: Any) -> set[str]:
        names = {value: name for name, value in ids.items()}
        return {names[each["id"]] for each in await listed(world, people.second_triager, **query)}

    assert await found(open_only="true") == set(ids) - {"old"}
    assert await found(open_only="false") == set(ids)
    assert await found(state="closed") == {"old"}
    assert await found(priority="soon") == {"old", "new"}
    assert await found(priority="soon", open_only="true") == {"new"}
    assert await found(awaiting_second_person="true") == {"red flag"}
    assert await found(awaiting_second_person="false") == set(ids) - {"red flag"}
    assert await found(group_id="b5f1a0c4-2d7e-4b8a-8f36-91c0d2e3a4b5") == set()
    refused = await world.http.get(REPORTS, headers=people.triager.headers, params={"priority": "high"})
    assert refused.status_code == 422


async def test_what_somebody_must_decide_about_stays_among_what_is_open_until_they_have(world: World) -> None:
    """Nobody can take it out of the working queue by taking it back, alone or beside others, in any page of it."""
    people = await cast(world)
    reporter = await world.reporter((await world.report("hurt_themselves")).json()["receipt"])
    expected = {"expected": "restricted_until_decided"}
    assert (await world.http.post("/v1/me/report/withdraw", headers=reporter, json=expected)).status_code == 200
    [only] = await listed(world, people.triager)
    waiting = only["id"]
    await world.report("hurt_themselves")
    await world.report("tearful")

    async def open_ones(**query: Any) -> list[dict[str, Any]]:
        return await listed(world, people.triager, open_only="true", **query)

    found = await open_ones()
    assert [each["id"] for each in found] == [each["id"] for each in await listed(world, people.triager)]
    [taken_back] = [each for each in found if each["id"] == waiting]
    assert taken_back["waiting_since"] == taken_back["submitted_hour"]
    assert taken_back["waiting_hours"] is not None
    assert await open_ones(state="withdrawn", priority="now") == [taken_back]
    walked, page = [], None
    while page is None or page["next_cursor"]:
        query = {"open_only": "true", "limit": 1} | ({"cursor": page["next_cursor"]} if page else {})
        page = (await world.http.get(REPORTS, headers=people.triager.headers, params=query)).json()
        walked += page["items"]
    assert [each["id"] for each in walked] == [each["id"] for each in found]

    shown = await world.http.get(f"{REPORTS}/{waiting}", headers=people.triager.headers)
    assert shown.json()["waiting_since"] is not None
    path = f"{REPORTS}/{waiting}/withdrawal-decision"
    body = {"decision": "let_go", "note": "He is with his brother."}
    done = await world.http.post(path, headers=people.triager.headers | world.once(), json=body)
    assert done.status_code == 201, done.text
    assert waiting not in {each["id"] for each in await open_ones()}
    [gone] = await listed(world, people.triager, state="withdrawn")
    assert gone["waiting_since"] is None
