"""A supporter asks, somebody on duty answers, and nobody else hears of it (J4)."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import httpx
from sqlmodel import Session, select

from app.models import RoleGrant
from app.vocabulary import Level, Role
from tests.reports.harbour import (
    documented,
    leave,
    my_pages,
    nobody_answers,
    not_found_body,
    one_database,
    random_id,
    told,
)
from tests.support.world import Someone, World

ADVICE = "/v1/schools/harbour/advice-requests"
QUESTION = {"topic": "when_to_escalate", "priority": "today", "summary": "They stopped answering. What now?"}


async def asked(world: World, supporter: Someone, **changes: Any) -> httpx.Response:
    return await world.http.post(ADVICE, headers=supporter.headers | world.once(), json=QUESTION | changes)


async def seen(world: World, person: Someone, request_id: str) -> dict[str, Any]:
    found = await world.http.get(f"{ADVICE}/{request_id}", headers=person.headers)
    assert found.status_code == 200, found.text
    request: dict[str, Any] = found.json()
    return request


async def pair(world: World) -> tuple[Someone, Someone]:
    """Harbour with a supporter, and an adviser who is on call."""
    await world.school()
    supporter = await world.person(Role.SUPPORTER, alias="Wren")
    adviser = await world.person(Role.ADVISER, alias="Mira", paged=True)
    await world.on_call(adviser)
    return supporter, adviser


@one_database
async def test_a_question_names_who_is_on_duty_and_by_when_and_pages_them(world: World) -> None:
    supporter, adviser = await pair(world)
    answer = await asked(world, supporter)
    assert answer.status_code == 201, answer.text
    request = answer.json()
    assert answer.headers["location"] == f"{ADVICE}/{request['id']}"
    assert request["on_duty"] == [{"alias": "Mira", "line": "clinical_advice"}]
    assert (request["status"], request["line"], request["mine"]) == ("open", "clinical_advice", True)
    assert request["role_card"]["role"] == "supporter"
    assert request["expect"]["staffed_now"] is True
    due = dt.datetime.fromisoformat(request["due_at"])
    created = dt.datetime.fromisoformat(request["created_at"])
    assert dt.timedelta(minutes=30) <= due - created < dt.timedelta(minutes=31)
    assert str(adviser.id) not in answer.text

    await world.settle()
    assert told(world) == {adviser.hook: ["page.requested"]}
    [delivered] = world.receiver.requests()
    assert b"stopped answering" not in delivered.body
    assert await seen(world, supporter, request["id"]) == request


async def test_the_adviser_acknowledges_and_answers_and_the_supporter_sees_both(world: World) -> None:
    supporter, adviser = await pair(world)
    request_id = (await asked(world, supporter)).json()["id"]
    [page] = await my_pages(world, adviser)
    assert page["subject_kind"] == "advice_request"
    url = f"/v1/pages/{page['id']}"
    brief = (await world.http.get(url, headers=adviser.headers)).json()
    assert (brief["topic"], brief["text"], brief["signs"]) == ("when_to_escalate", QUESTION["summary"], [])

    assert (await world.http.post(f"{url}/ack", headers=adviser.headers)).json()["first"] is True
    assert (await seen(world, supporter, request_id))["status"] == "acknowledged"
    reply = {"text": "Bring somebody in today, and stay their friend."}
    replied = await world.http.post(f"{url}/reply", headers=adviser.headers | world.once(), json=reply)
    assert replied.status_code == 201, replied.text
    assert (await seen(world, supporter, request_id))["status"] == "answered"

    thread = f"{ADVICE}/{request_id}/messages"
    sent = await world.http.post(thread, headers=supporter.headers | world.once(), json={"text": "Whom?"})
    assert sent.status_code == 201
    sent = await world.http.post(thread, headers=adviser.headers | world.once(), json={"text": "Their tutor."})
    assert sent.status_code == 201
    for person in (supporter, adviser):
        messages = (await world.http.get(thread, headers=person.headers)).json()["items"]
        assert [(message["author"], message["text"]) for message in messages] == [
            ("adviser", reply["text"]),
            ("supporter", "Whom?"),
            ("adviser", "Their tutor."),
        ]
        assert not any(str(somebody.id) in str(messages) for somebody in (supporter, adviser))
    theirs = await seen(world, adviser, request_id)
    assert (theirs["mine"], theirs["role_card"]) == (False, None)


@one_database
async def test_each_side_hears_of_the_others_message_without_its_words(world: World) -> None:
    await world.school()
    supporter = await world.person(Role.SUPPORTER, alias="Wren", paged=True)
    adviser = await world.person(Role.ADVISER, alias="Mira", paged=True)
    other = await world.person(Role.ADVISER, alias="Tomas", paged=True)
    await world.on_call(adviser)
    request_id = (await asked(world, supporter)).json()["id"]
    thread = f"{ADVICE}/{request_id}/messages"
    for writer, text in ((adviser, "CANARY one"), (supporter, "CANARY two")):
        await world.http.post(thread, headers=writer.headers | world.once(), json={"text": text})
    await world.settle()
    found = told(world)
    assert found[supporter.hook or ""] == ["conversation.message_added"]
    assert sorted(found[adviser.hook or ""])[0] == "conversation.message_added"
    assert other.hook not in found
    assert not any(b"CANARY" in request.body for request in world.receiver.requests())


@one_database
async def test_when_nobody_answers_the_supporter_is_told_so_and_given_the_lines_that_do(world: World) -> None:
    """J6: and an answer that comes later still counts."""
    supporter, adviser = await pair(world)
    request_id = (await asked(world, supporter, priority="now")).json()["id"]
    await nobody_answers(world)
    unanswered = await seen(world, supporter, request_id)
    assert (unanswered["status"], unanswered["nobody_has_answered"]) == ("unanswered_fallback_given", True)
    assert sum(entry["always_open"] for entry in unanswered["expect"]["fallback"]) >= 2
    assert unanswered["on_duty"] == []

    thread = f"{ADVICE}/{request_id}/messages"
    late = await world.http.post(thread, headers=adviser.headers | world.once(), json={"text": "I am here now."})
    assert late.status_code == 201
    answered = await seen(world, supporter, request_id)
    assert (answered["status"], answered["nobody_has_answered"]) == ("answered", False)


@one_database
async def test_with_nobody_on_duty_asking_still_works_and_promises_no_hour_of_those_who_read_reports(
    world: World,
) -> None:
    """A triager reads reports, and never sees a question: their office hours are no answer to it."""
    await world.school()
    supporter = await world.person(Role.SUPPORTER)
    await world.person(Role.TRIAGER)
    answer = await asked(world, supporter)
    assert answer.status_code == 201
    expect = answer.json()["expect"]
    assert (expect["staffed_now"], expect["read_by"], answer.json()["due_at"]) == (False, None, None)
    assert expect["fallback"]


@one_database
async def test_to_anybody_else_the_question_does_not_exist(world: World) -> None:
    """Another supporter, an adviser who was not asked, one who declined, one who was never reached."""
    await world.school()
    supporter, other = await world.person(Role.SUPPORTER), await world.person(Role.SUPPORTER)
    adviser = await world.person(Role.ADVISER, paged=True)
    declining = await world.person(Role.ADVISER, paged=True)
    idle = await world.person(Role.ADVISER, paged=True)
    coordinator = await world.person(Role.COORDINATOR, paged=True)
    await world.on_call(declining)
    await world.on_call(adviser, level=Level.BACKUP)
    request_id = (await asked(world, supporter)).json()["id"]
    [page] = await my_pages(world, declining)
    await world.http.post(f"/v1/pages/{page['id']}/decline", headers=declining.headers)

    for person in (other, declining, idle, coordinator):
        assert (await world.http.get(ADVICE, headers=person.headers)).json()["items"] == []
        bodies = []
        for wanted in (request_id, random_id()):
            url = f"{ADVICE}/{wanted}"
            write = person.headers | world.once()
            bodies.append(
                [
                    not_found_body(await world.http.get(url, headers=person.headers)),
                    not_found_body(await world.http.get(f"{url}/messages", headers=person.headers)),
                    not_found_body(await world.http.post(f"{url}/messages", headers=write, json={"text": "x"})),
                ]
            )
        assert bodies[0] == bodies[1]
    close = await world.http.post(f"{ADVICE}/{request_id}/close", headers=other.headers | {"If-Match": "*"})
    assert close.status_code == 404
    assert [item["id"] for item in (await world.http.get(ADVICE, headers=adviser.headers)).json()["items"]] == [
        request_id
    ]


@one_database
async def test_a_role_that_was_taken_away_opens_no_question_although_the_token_still_names_it(world: World) -> None:
    supporter, adviser = await pair(world)
    request_id = (await asked(world, supporter)).json()["id"]
    assert (await seen(world, adviser, request_id))["mine"] is False

    def end_role(session: Session) -> None:
        grant = session.exec(select(RoleGrant).where(RoleGrant.person_id == adviser.id)).one()
        grant.ended_at = dt.datetime.now(dt.UTC)
        session.add(grant)

    await world.write(end_role)
    for path in (ADVICE, f"{ADVICE}/{request_id}", f"{ADVICE}/{request_id}/messages"):
        refused = await world.http.get(path, headers=adviser.headers)
        assert refused.status_code == 403, path


@one_database
async def test_only_supporters_ask(world: World) -> None:
    await world.school()
    for role in set(Role) - {Role.SUPPORTER, Role.PLATFORM_OPERATOR}:
        refused = await asked(world, await world.person(role))
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden"), role


@one_database
async def test_there_is_no_field_for_a_name_and_an_unknown_one_is_refused(world: World) -> None:
    supporter, _ = await pair(world)
    fields = documented()["components"]["schemas"]["AdviceRequestCreate"]["properties"]
    assert set(fields) == {"topic", "priority", "summary"}
    for name in ("name", "peer", "about_person", "student_id", "person"):
        refused = await asked(world, supporter, **{name: "Zephyrine Quill"})
        assert refused.status_code == 422
        [error] = refused.json()["errors"]
        assert (error["code"], error["pointer"]) == ("unknown_field", f"#/{name}")
        assert "Zephyrine" not in refused.text
    for wrong in ({"topic": "gossip"}, {"summary": ""}, {"summary": "  "}, {"priority": "never"}):
        assert (await asked(world, supporter, **wrong)).status_code == 422
    assert (await world.http.get(ADVICE, headers=supporter.headers)).json()["items"] == []


@one_database
async def test_a_key_is_needed_and_two_sendings_of_one_question_are_one(world: World) -> None:
    supporter, adviser = await pair(world)
    without = await world.http.post(ADVICE, headers=supporter.headers, json=QUESTION)
    assert (without.status_code, without.json()["code"]) == (400, "idempotency_key_required")

    headers = supporter.headers | {"Idempotency-Key": str(uuid.uuid4())}
    first, second = [await world.http.post(ADVICE, headers=headers, json=QUESTION) for _ in range(2)]
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert (second.headers["idempotency-replayed"], second.headers["location"]) == ("true", first.headers["location"])
    assert len(await my_pages(world, adviser)) == 1
    other = await world.http.post(ADVICE, headers=headers, json=QUESTION | {"priority": "now"})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


@one_database
async def test_the_supporter_closes_the_question_and_nobody_is_asked_any_more(world: World) -> None:
    supporter, adviser = await pair(world)
    request_id = (await asked(world, supporter, priority="now")).json()["id"]
    url = f"{ADVICE}/{request_id}"
    etag = (await world.http.get(url, headers=supporter.headers)).headers["etag"]
    close = f"{url}/close"
    assert (await world.http.post(close, headers=supporter.headers)).status_code == 428
    stale = supporter.headers | {"If-Match": '"0123"'}
    assert (await world.http.post(close, headers=stale)).status_code == 412
    assert (await world.http.post(close, headers=adviser.headers | {"If-Match": etag})).status_code == 403
    closed = await world.http.post(close, headers=supporter.headers | {"If-Match": etag})
    assert (closed.status_code, closed.json()["status"]) == (200, "closed")

    again = await world.http.post(close, headers=supporter.headers | {"If-Match": "*"})
    assert (again.status_code, again.json()["code"]) == (409, "advice_closed")
    for person in (supporter, adviser):
        late = await world.http.post(
            f"{url}/messages", headers=person.headers | world.once(), json={"text": "One more thing."}
        )
        # For whoever was only asked, a question that is over is gone.
        assert late.status_code == (409 if person is supporter else 404), person.alias
    await world.settle()
    world.receiver.reset()
    await nobody_answers(world)
    assert world.receiver.requests() == []


@one_database
async def test_a_question_is_kept_sealed(world: World) -> None:
    supporter, _ = await pair(world)
    request_id = (await asked(world, supporter, summary="CANARY-summary")).json()["id"]
    thread = f"{ADVICE}/{request_id}/messages"
    await world.http.post(thread, headers=supporter.headers | world.once(), json={"text": "CANARY-message"})

    def look(session: Session) -> bytes:
        connection = session.connection()
        tables = ("advice_requests", "advice_messages", "idempotency_keys", "events", "work_items")
        rows = [row for table in tables for row in connection.exec_driver_sql(f"SELECT * FROM {table}")]
        return repr(rows).encode()

    assert b"CANARY" not in await world.db.read(look)


async def follow_up(world: World, supporter: Someone, request_id: str) -> dict[str, list[str]]:
    """The supporter writes once more; gives who is told of it."""
    await world.settle()
    world.receiver.reset()
    thread = f"{ADVICE}/{request_id}/messages"
    sent = await world.http.post(thread, headers=supporter.headers | world.once(), json={"text": "And now?"})
    assert sent.status_code == 201
    await world.settle()
    return told(world)


async def test_what_the_supporter_adds_reaches_whoever_is_asked_and_then_whoever_has_it(world: World) -> None:
    supporter, adviser = await pair(world)
    backup = await world.person(Role.ADVISER, alias="Tomas", paged=True)
    await world.on_call(backup, level=Level.BACKUP)
    request_id = (await asked(world, supporter, priority="now")).json()["id"]
    assert await follow_up(world, supporter, request_id) == {adviser.hook: ["conversation.message_added"]}
    world.time.advance(minutes=11)
    assert await follow_up(world, supporter, request_id) == {backup.hook: ["conversation.message_added"]}
    [page] = await my_pages(world, adviser)
    await world.http.post(f"/v1/pages/{page['id']}/ack", headers=adviser.headers)
    assert await follow_up(world, supporter, request_id) == {adviser.hook: ["conversation.message_added"]}


@one_database
async def test_when_whoever_answered_has_left_the_supporter_reaches_those_who_were_asked_too(world: World) -> None:
    supporter, adviser = await pair(world)
    backup = await world.person(Role.ADVISER, alias="Tomas", paged=True)
    await world.on_call(backup, level=Level.BACKUP)
    request_id = (await asked(world, supporter, priority="now")).json()["id"]
    await nobody_answers(world)
    thread = f"{ADVICE}/{request_id}/messages"
    await world.http.post(thread, headers=adviser.headers | world.once(), json={"text": "I am here."})
    assert await follow_up(world, supporter, request_id) == {adviser.hook: ["conversation.message_added"]}
    await leave(world, adviser)
    # Nobody who has it in hand is left: whoever is on now is asked, with a clock.
    assert await follow_up(world, supporter, request_id) == {
        backup.hook: ["page.requested", "conversation.message_added"]
    }


@one_database
async def test_whoever_answers_in_the_thread_has_taken_the_question_on_and_keeps_it(world: World) -> None:
    supporter, adviser = await pair(world)
    request_id = (await asked(world, supporter)).json()["id"]
    thread = f"{ADVICE}/{request_id}/messages"
    await world.http.post(thread, headers=adviser.headers | world.once(), json={"text": "I am here."})
    assert (await seen(world, adviser, request_id))["status"] == "answered"
    assert [page["state"] for page in await my_pages(world, adviser)] == ["acknowledged"]
    assert await follow_up(world, supporter, request_id) == {adviser.hook: ["conversation.message_added"]}
