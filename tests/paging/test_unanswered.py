"""What everybody was asked about in vain: announced, seen, and ended only by a person who says why (J6)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event
from story import ack, kinds, later, my_report, on_sqlite, pages, reply, team, the_escalation, urgent

from app.vocabulary import EscalationState, Role, RosterLine
from tests.advice.test_case_advice import ADVICE, asked, seen
from tests.support.world import Someone, World

UNANSWERED = "/v1/schools/harbour/unanswered"
NOTE = {"note": "Both pagers were off over the exam week."}


async def listed(world: World, someone: Someone, **query: Any) -> list[dict[str, Any]]:
    found = await world.http.get(UNANSWERED, headers=someone.headers, params=query)
    assert found.status_code == 200, found.text
    items: list[dict[str, Any]] = found.json()["items"]
    return items


async def in_vain(world: World) -> None:
    for _ in range(3):
        await later(world, minutes=10, seconds=1)


async def test_it_rests_until_a_coordinator_says_why(world: World) -> None:
    people = await team(world)
    receipt = await urgent(world)
    assert await listed(world, people.sponsor) == []
    await in_vain(world)
    assert kinds(world, people.sponsor) == ["page.exhausted"]
    [one] = await listed(world, people.coordinator, reviewed=False)
    assert (one["state"], one["answered"], one["reviews"]) == ("exhausted", False, [])
    assert one["exhausted_hour"].endswith(":00:00Z")
    await later(world, hours=3)
    assert (await the_escalation(world)).state is EscalationState.EXHAUSTED

    url = f"{UNANSWERED}/{one['id']}"
    etag = (await world.http.get(url, headers=people.coordinator.headers)).headers["etag"]
    close = f"{url}/close"
    assert (await world.http.post(close, headers=people.coordinator.headers, json=NOTE)).status_code == 428
    headers = people.coordinator.headers | {"If-Match": etag}
    assert (await world.http.post(close, headers=headers, json={"note": " "})).status_code == 422
    assert (
        await world.http.post(close, headers=people.sponsor.headers | {"If-Match": etag}, json=NOTE)
    ).status_code == 403
    closed = await world.http.post(close, headers=headers, json=NOTE)
    assert (closed.status_code, closed.json()["state"], closed.json()["reviews"]) == (200, "closed", [NOTE["note"]])
    again = await world.http.post(close, headers=people.coordinator.headers | {"If-Match": "*"}, json=NOTE)
    assert again.json()["code"] == "already_reviewed"
    assert await listed(world, people.sponsor, reviewed=False) == []
    # A review is no answer: whoever asked still reads the truth, and a late answer reaches them.
    assert (await my_report(world, receipt))["nobody_has_answered"] is True
    await reply(world, people.primary, "I am so sorry. I am here.")
    assert (await my_report(world, receipt))["nobody_has_answered"] is False


async def reviewed(world: World, by: Someone, escalation_id: str) -> dict[str, Any]:
    closed = await world.http.post(
        f"{UNANSWERED}/{escalation_id}/close", headers=by.headers | {"If-Match": "*"}, json=NOTE
    )
    assert closed.status_code == 200, closed.text
    body: dict[str, Any] = closed.json()
    return body


async def write_again(world: World, supporter: Someone, request_id: str) -> None:
    url = f"{ADVICE}/{request_id}/messages"
    wrote = await world.http.post(url, headers=supporter.headers | world.once(), json={"text": "They are worse."})
    assert wrote.status_code == 201, wrote.text
    await world.settle()


async def test_an_answer_after_the_review_is_known_and_what_is_written_later_reaches_somebody(world: World) -> None:
    people = await team(world)
    supporter = await world.person(Role.SUPPORTER)
    request_id = (await asked(world, supporter, priority="now")).json()["id"]
    await world.settle()
    await in_vain(world)
    [one] = await listed(world, people.coordinator)
    assert (await reviewed(world, people.coordinator, one["id"]))["answered"] is False
    await reply(world, people.primary)
    assert (await seen(world, supporter, request_id))["nobody_has_answered"] is False
    assert [each["answered"] for each in await listed(world, people.coordinator)] == [True]
    await later(world, hours=25)
    # Whoever answered can read it no more: those who are on now are asked.
    await write_again(world, supporter, request_id)
    assert len(pages(world, people.primary)) == 2


@on_sqlite
async def test_what_is_asked_in_vain_once_more_is_looked_into_once_more(world: World) -> None:
    people = await team(world)
    supporter = await world.person(Role.SUPPORTER)
    request_id = (await asked(world, supporter, priority="now")).json()["id"]
    await world.settle()
    await in_vain(world)
    [one] = await listed(world, people.coordinator)
    await reviewed(world, people.coordinator, one["id"])
    await reply(world, people.primary)
    await later(world, hours=25)
    await write_again(world, supporter, request_id)
    for _ in range(2):
        # They are asked through once more, because it had ended in vain before.
        await in_vain(world)
    [again] = await listed(world, people.coordinator, reviewed=False)
    assert (again["id"], again["state"]) == (one["id"], "exhausted")
    closed = await reviewed(world, people.coordinator, again["id"])
    assert (closed["state"], closed["reviews"]) == ("closed", [NOTE["note"]] * 2)


@on_sqlite
async def test_while_somebody_is_asked_it_is_not_ended_over_their_heads(world: World) -> None:
    people = await team(world)
    await urgent(world)
    await in_vain(world)
    [one] = await listed(world, people.coordinator)
    await ack(world, people.primary)
    refused = await world.http.post(
        f"{UNANSWERED}/{one['id']}/close", headers=people.coordinator.headers | {"If-Match": "*"}, json=NOTE
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "still_asked")


@on_sqlite
async def test_what_is_kept_from_somebody_is_not_among_them(world: World) -> None:
    """J14: an item more than is known of would say that there is a report."""
    people = await team(world)
    handler = await world.person(Role.INDEPENDENT_HANDLER, paged=True)
    await world.on_call(handler, line=RosterLine.INDEPENDENT_ADVICE)
    await urgent(world, about_role="program_person")
    await urgent(world, keep_from=["Coordinator"])
    await in_vain(world)
    assert len(pages(world, handler)) == 4
    assert await listed(world, people.coordinator) == []


@on_sqlite
async def test_each_has_its_own_words_and_a_list_of_many_asks_the_database_no_more_often(world: World) -> None:
    people = await team(world)
    await urgent(world)
    await in_vain(world)
    few = await asked_for(world, people.coordinator)
    for _ in range(3):
        await urgent(world)
    await in_vain(world)
    said = {}
    for number, one in enumerate(await listed(world, people.coordinator, reviewed=False)):
        if number < 3:
            said[one["id"]] = f"Pager {number} was off."
            headers = people.coordinator.headers | {"If-Match": "*"}
            closed = await world.http.post(
                f"{UNANSWERED}/{one['id']}/close", headers=headers, json={"note": said[one["id"]]}
            )
            assert closed.status_code == 200, closed.text
    found = await listed(world, people.coordinator)
    assert len(found) == 4
    assert {one["id"]: one["reviews"] for one in found if one["reviewed"]} == {each: [said[each]] for each in said}
    # The one for the words is not there while there are none.
    assert await asked_for(world, people.coordinator) == few + 1


async def asked_for(world: World, someone: Someone) -> int:
    """The statements of one list."""
    statements = []

    def seen(_c: Any, _k: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    # What is the same for a minute or so is known by then.
    await listed(world, someone)
    engine = world.db._reader_engine
    event.listen(engine, "before_cursor_execute", seen)
    await listed(world, someone)
    event.remove(engine, "before_cursor_execute", seen)
    return len(statements)
