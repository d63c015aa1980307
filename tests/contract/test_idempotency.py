"""Doing a request once and repeating its answer (contract I1 to I9 and 1.4), over HTTP."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections import Counter
from typing import Any

import httpx
import pytest
from sqlmodel import col, func, select

from app.core import crypto
from app.core.clock import hour_of
from app.models import AdviceRequest, IdempotencyKey, Report, RoleGrant
from app.paging import service as paging
from app.vault import service as vault
from app.vocabulary import Role, RosterLine
from app.worker import start_recurring
from tests.reports.harbour import act
from tests.support.world import Someone, World

REPORTS = "/v1/schools/harbour/reports"
ADVICE = "/v1/schools/harbour/advice-requests"
ROSTERS = "/v1/schools/harbour/rosters"
# What is asked is no matter of the database.
ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"])
QUESTION = {"topic": "when_to_escalate", "summary": "When do I bring somebody in?"}
WORRY = {"signs": ["tearful", "isolated"], "narrative": "She has stopped coming to lunch.", "priority": "soon"}


def key(value: str | None = None) -> dict[str, str]:
    return {"Idempotency-Key": value or str(uuid.uuid4())}


def replayed(answer: httpx.Response) -> bool:
    return answer.headers.get("Idempotency-Replayed") == "true"


def code(answer: httpx.Response) -> tuple[int, str | None]:
    is_problem = answer.headers["content-type"].startswith("application/problem+json")
    return answer.status_code, answer.json()["code"] if is_problem else None


async def share(world: World, headers: dict[str, str], body: Any = WORRY, school: str = "harbour") -> httpx.Response:
    return await world.http.post(f"/v1/schools/{school}/reports", headers=headers, json=body)


async def ask(world: World, person: Someone, headers: dict[str, str], body: Any = QUESTION) -> httpx.Response:
    return await world.http.post(ADVICE, headers=person.headers | headers, json=body)


async def rows(world: World, table: type[Any]) -> int:
    return await world.db.read(lambda session: session.exec(select(func.count()).select_from(table)).one())


async def kept_keys(world: World) -> list[IdempotencyKey]:
    return await world.db.read(lambda session: list(session.exec(select(IdempotencyKey))))


def roster_of(person: Someone, line: RosterLine = RosterLine.TRIAGE) -> dict[str, Any]:
    rotation = {"unit": "week", "length": 1, "start_local": "2026-01-05T09:00", "participants": [str(person.id)]}
    return {
        "roster": {
            "name": "A line",
            "line": line,
            "time_zone": "Australia/Melbourne",
            "combine": "union",
            "layers": [{"id": "L1", "rank": 1, "rotation": rotation}],
        }
    }


# The key


async def test_a_key_is_the_same_bare_and_as_a_structured_string(world: World) -> None:
    """I1: `"8e03…"` and the bare token name one request."""
    await world.school()
    supporter = await world.person(Role.SUPPORTER)
    for given in ("8e03978e-40d5-43e8-bc93-6894a57f9324", "x", "!#$%&'*+-.^_`|~", "k" * 255):
        bare = await ask(world, supporter, key(given))
        quoted = await ask(world, supporter, key(f'"{given}"'))
        assert (bare.status_code, quoted.status_code, replayed(bare), replayed(quoted)) == (201, 201, False, True)
        assert bare.json() == quoted.json()


async def test_the_key_of_a_report_has_no_case(world: World) -> None:
    """I1, 1.4: a UUID is the same in either case (RFC 9562, 4), quoted or not."""
    await world.school()
    name = "8e03978e-40d5-43e8-bc93-6894a57f9324"
    answers = [await share(world, key(form)) for form in (name, name.upper(), f'"{name}"')]
    assert len({answer.json()["receipt"] for answer in answers}) == 1


async def test_a_key_that_cannot_be_used_is_refused_and_nothing_is_done(world: World) -> None:
    """I1: 1 to 255 visible characters, else 400 idempotency_key_invalid; the public route says so too, with help."""
    await world.school()
    supporter = await world.person(Role.SUPPORTER)
    long = "k" * 256
    for given in ("", '""', '"', '"half', "two words", 'in"side', "tab\tbed", long, f'"{long}"', "k" * 5000):
        asked = await ask(world, supporter, {"Idempotency-Key": given})
        shared = await share(world, {"Idempotency-Key": given})
        codes = [code(answer) for answer in (asked, shared)]
        assert (given, codes) == (given, [(400, "idempotency_key_invalid")] * 2)
        assert shared.json()["help"]
    assert (await rows(world, AdviceRequest), await rows(world, Report)) == (0, 0)


async def test_the_key_of_a_report_is_a_secret_and_must_be_a_uuid(world: World) -> None:
    """1.4: a key that could be guessed would open somebody's receipt."""
    await world.school()
    for given in ("1", "my-report", "8e03978e40d543e8bc936894a57f9324", "8e03978e-40d5-43e8-bc93"):
        assert (given, code(await share(world, key(given)))) == (given, (400, "idempotency_key_invalid"))


async def test_work_whose_doubling_hurts_needs_a_key(world: World) -> None:
    """I8: advice requests, messages of staff, replies to a page and rosters: 400 without a key, and nothing done."""
    await world.school()
    adviser = await world.person(Role.ADVISER, paged=True)
    await world.on_call(adviser)
    staff = await world.person(Role.SUPPORTER, Role.TRIAGER, Role.COORDINATOR)
    made = await ask(world, staff, key())
    await share(world, {})
    reports = await world.http.get(REPORTS, headers=staff.headers)
    pages = await world.http.get("/v1/me/pages", headers=adviser.headers)
    text = {"text": "I am here."}
    writes: list[tuple[str, Someone, dict[str, Any]]] = [
        (ADVICE, staff, QUESTION),
        (f"{made.headers['Location']}/messages", staff, text),
        (f"{REPORTS}/{reports.json()['items'][0]['id']}/messages", staff, text),
        (f"/v1/pages/{pages.json()['items'][0]['id']}/reply", adviser, text),
        (ROSTERS, staff, roster_of(staff)),
    ]
    for path, person, body in writes:
        without = await world.http.post(path, headers=person.headers, json=body)
        assert (path, code(without)) == (path, (400, "idempotency_key_required"))
    for path, person, body in writes:
        done = await world.http.post(path, headers=person.headers | key(), json=body)
        assert (path, done.status_code) == (path, 201), done.text
    messages = await world.http.get(f"{made.headers['Location']}/messages", headers=staff.headers)
    assert len(messages.json()["items"]) == 2


async def test_a_report_needs_no_key(world: World) -> None:
    """I8: nothing may stand between somebody and help: without keys, the same words are two reports."""
    await world.school()
    answers = [await share(world, {}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert len({answer.json()["receipt"] for answer in answers}) == 2
    assert await kept_keys(world) == []


# Replay


async def test_the_same_request_again_gets_the_same_answer_and_no_second_effect(world: World) -> None:
    """I2: status, body, Location and ETag are repeated and marked; one row is made."""
    await world.school()
    supporter = await world.person(Role.SUPPORTER)
    once = key()
    first = await ask(world, supporter, once)
    world.time.advance(minutes=10)
    second = await ask(world, supporter, once)
    assert (first.status_code, replayed(first)) == (201, False)
    assert (second.status_code, replayed(second), second.content) == (201, True, first.content)
    for header in ("Location", "ETag", "Content-Type", "Cache-Control"):
        assert (header, second.headers[header]) == (header, first.headers[header])
    listed = await world.http.get(ADVICE, headers=supporter.headers)
    assert [item["id"] for item in listed.json()["items"]] == [first.json()["id"]]


async def test_a_lost_answer_to_a_report_can_be_had_again(world: World) -> None:
    """I2, 1.4: the same receipt, the same help, one report; no Location and no id in either answer."""
    await world.school()
    once = key()
    first, second = await share(world, once), await share(world, once)
    assert (first.status_code, second.status_code, second.content) == (201, 201, first.content)
    assert (replayed(first), replayed(second)) == (False, True)
    assert await rows(world, Report) == 1
    for answer in (first, second):
        assert "Location" not in answer.headers
        assert "id" not in answer.json()


async def test_a_replayed_urgent_report_pages_nobody_twice(world: World) -> None:
    """I2: the effect outside happens once, too."""
    await world.school()
    adviser = await world.person(Role.ADVISER, paged=True)
    await world.on_call(adviser)
    once = key()
    for _ in range(3):
        assert (await share(world, once, WORRY | {"priority": "now"})).status_code == 201
        await world.settle()
    assert len(world.receiver.wait_for(str(adviser.hook))) == 1


async def test_a_report_is_repeated_although_the_school_has_changed_meanwhile(world: World) -> None:
    """I2: what the first request was accepted for counts, not what it would be told now."""
    await world.school()
    await world.person(Role.TRIAGER)
    reader = await world.person(Role.ADVISER, alias="Dr Reed")
    body, once = WORRY | {"keep_from": ["Dr Reed"]}, key()
    first = await share(world, once, body)
    assert first.status_code == 201, first.text

    def leave(session: Any) -> None:
        [grant] = session.exec(select(RoleGrant).where(RoleGrant.person_id == reader.id))
        grant.ended_at = grant.granted_at
        session.add(grant)

    await world.write(leave)
    second = await share(world, once, body)
    assert (second.status_code, second.content) == (201, first.content), second.text


async def test_another_request_under_the_same_key_is_refused(world: World) -> None:
    """I3: 422 idempotency_key_reused, for staff and for reports; the first answer can still be had."""
    await world.school()
    supporter = await world.person(Role.SUPPORTER)
    once = key()
    first_asked, first_shared = await ask(world, supporter, once), await share(world, once)
    asked = await ask(world, supporter, once, QUESTION | {"priority": "now"})
    shared = await share(world, once, WORRY | {"narrative": "Something else."})
    assert [code(answer) for answer in (asked, shared)] == [(422, "idempotency_key_reused")] * 2
    assert first_shared.json()["receipt"] not in shared.text
    assert (await ask(world, supporter, once)).content == first_asked.content
    assert (await share(world, once)).content == first_shared.content


async def test_the_order_of_keys_and_white_space_do_not_make_another_request(world: World) -> None:
    """I9: the fingerprint is of the JSON value."""
    await world.school()
    once = key()
    first = await share(world, once)
    for spelling in (
        '{"priority":"soon","narrative":"She has stopped coming to lunch.","signs":["tearful","isolated"]}',
        '\n{ "signs" : [ "tearful" ,\t"isolated" ], "priority":"soon",  "narrative" : '
        '"She has st\\u006fpped coming to lunch." }\n',
    ):
        headers = once | {"Content-Type": "application/json"}
        second = await world.http.post(REPORTS, headers=headers, content=spelling)
        assert (second.status_code, replayed(second), second.content) == (201, True, first.content)


async def test_the_order_in_a_list_and_a_null_make_another_request(world: World) -> None:
    """I9: what JSON tells apart stays apart."""
    await world.school()
    for other in (WORRY | {"signs": ["isolated", "tearful"]}, WORRY | {"relationship": None}):
        once = key()
        await share(world, once)
        assert code(await share(world, once, other)) == (422, "idempotency_key_reused")


async def test_a_key_belongs_to_one_caller(world: World) -> None:
    """I5: two supporters with the same key make two requests, and neither sees the other's answer."""
    await world.school()
    first, second = await world.person(Role.SUPPORTER), await world.person(Role.SUPPORTER)
    once = key()
    mine, theirs = await ask(world, first, once), await ask(world, second, once)
    assert (mine.status_code, theirs.status_code, replayed(theirs)) == (201, 201, False)
    assert mine.json()["id"] != theirs.json()["id"]


async def test_a_key_belongs_to_one_path_and_school(world: World) -> None:
    """I5: the same key elsewhere is another request; two schools share nothing."""
    await world.school()
    await world.school("coast", region="NSW")
    supporter = await world.person(Role.SUPPORTER)
    once = key()
    asked = await ask(world, supporter, once)
    message = await world.http.post(
        f"{asked.headers['Location']}/messages", headers=supporter.headers | once, json={"text": "And one more thing."}
    )
    here, there = await share(world, once), await share(world, once, school="coast")
    assert {answer.status_code for answer in (asked, message, here, there)} == {201}
    assert not any(replayed(answer) for answer in (asked, message, here, there))
    assert here.json()["receipt"] != there.json()["receipt"]


# What is kept, and what is not


async def test_a_request_that_failed_validation_may_use_its_key_again(world: World) -> None:
    """I6: bad, then good with the same key: 201. Neither kind of validation keeps the key."""
    await world.school()
    for bad in ({"signs": []}, WORRY | {"keep_from": ["nobody of this name"]}):
        once = key()
        assert code(await share(world, once, bad)) == (422, "validation_failed")
        good = await share(world, once)
        assert (good.status_code, replayed(good)) == (201, False)


async def test_a_request_that_was_not_allowed_keeps_no_key(world: World) -> None:
    """I6: 401, 403 and 404 are no answers to repeat."""
    await world.school()
    supporter, evaluator = await world.person(Role.SUPPORTER), await world.person(Role.EVALUATOR)
    once = key()
    nobody = await world.http.post(ADVICE, headers=once, json=QUESTION)
    forbidden = await ask(world, evaluator, once)
    unknown = await world.http.post(
        f"{ADVICE}/{uuid.uuid4()}/messages", headers=supporter.headers | once, json={"text": "Hello?"}
    )
    nowhere = await share(world, once, school="nowhere")
    assert [answer.status_code for answer in (nobody, forbidden, unknown, nowhere)] == [401, 403, 404, 404]
    assert await kept_keys(world) == []


async def test_a_business_conflict_is_an_answer_and_is_repeated(world: World) -> None:
    """I6: the same 409 again, marked, although the state may have changed since."""
    await world.school()
    coordinator = await world.person(Role.COORDINATOR, Role.TRIAGER)
    headers = coordinator.headers
    await world.http.post(ROSTERS, headers=headers | key(), json=roster_of(coordinator))
    once = key()
    first = await world.http.post(ROSTERS, headers=headers | once, json=roster_of(coordinator))
    second = await world.http.post(ROSTERS, headers=headers | once, json=roster_of(coordinator))
    assert [code(answer) for answer in (first, second)] == [(409, "roster_exists")] * 2
    assert (replayed(first), replayed(second)) == (False, True)
    assert [{**answer.json(), "instance": None} for answer in (second,)] == [{**first.json(), "instance": None}]


async def test_after_a_crash_the_same_key_does_the_work(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """I6: a 5xx is rolled back with its key, so the client's retry runs."""
    await world.school()
    supporter = await world.person(Role.SUPPORTER)
    asked, shared = key(), key()
    urgent = WORRY | {"priority": "now"}
    with monkeypatch.context() as broken:
        broken.setattr(paging, "move", lambda *_, **__: 1 / 0)
        assert (await ask(world, supporter, asked)).status_code == 500
        assert (await share(world, shared, urgent)).status_code == 500
    assert (await kept_keys(world), await rows(world, Report), await rows(world, AdviceRequest)) == ([], 0, 0)
    again, anew = await ask(world, supporter, asked), await share(world, shared, urgent)
    assert [(answer.status_code, replayed(answer)) for answer in (again, anew)] == [(201, False)] * 2


# At the same time


async def test_eight_identical_reports_at_once_are_one_report(world: World) -> None:
    """I4: every answer is the same receipt, or 409 request_in_progress; never two effects."""
    await world.school()
    once = key()
    answers = await asyncio.gather(*(share(world, once) for _ in range(8)))
    assert Counter(answer.status_code for answer in answers) == {201: 8}
    assert len({answer.content for answer in answers}) == 1
    assert sum(replayed(answer) for answer in answers) == 7
    assert await rows(world, Report) == 1


async def test_ten_identical_requests_of_staff_at_once_have_one_effect(world: World) -> None:
    """I4: one row, one page, the same answer to all."""
    await world.school()
    adviser = await world.person(Role.ADVISER, paged=True)
    await world.on_call(adviser)
    supporter = await world.person(Role.SUPPORTER)
    once = key()
    answers = await asyncio.gather(*(ask(world, supporter, once) for _ in range(10)))
    assert Counter(answer.status_code for answer in answers) == {201: 10}
    assert len({answer.content for answer in answers}) == 1
    assert await rows(world, AdviceRequest) == 1
    pages = await world.http.get("/v1/me/pages", headers=adviser.headers)
    assert len(pages.json()["items"]) == 1


async def test_of_two_requests_at_once_under_one_key_one_is_refused(world: World) -> None:
    """I3, I4: parallel twins that are none: one is done, the other is told that the key is taken."""
    await world.school()
    once = key()
    answers = await asyncio.gather(*(share(world, once, WORRY | {"narrative": f"Words {n}."}) for n in range(5)))
    assert Counter(code(answer) for answer in answers) == {(201, None): 1, (422, "idempotency_key_reused"): 4}
    assert await rows(world, Report) == 1


async def test_fifty_different_reports_at_once_are_fifty_reports(world: World) -> None:
    """I4, 1.4: 50 receipts, 50 rows, no refusal; half of them with keys."""
    await world.school()
    answers = await asyncio.gather(
        *(share(world, key() if n % 2 else {}, WORRY | {"narrative": f"Worry {n}."}) for n in range(50))
    )
    assert Counter(answer.status_code for answer in answers) == {201: 50}
    assert len({answer.json()["receipt"] for answer in answers}) == 50
    assert await rows(world, Report) == 50


# How long


async def test_once_its_receipt_was_used_a_report_is_not_shown_again(world: World) -> None:
    """1.4: replay ends with the first use of the receipt: 409 already_received, with help, and no second report."""
    await world.school()
    once = key()
    made = await share(world, once)
    await world.reporter(made.json()["receipt"])
    again = await share(world, once)
    assert code(again) == (409, "already_received")
    assert again.json()["help"]
    assert made.json()["receipt"] not in again.text
    assert await rows(world, Report) == 1


async def test_a_wrong_receipt_ends_no_replay(world: World) -> None:
    """1.4: only the receipt itself does."""
    await world.school()
    once = key()
    made = await share(world, once)
    wrong = await world.http.post("/v1/receipts/session", json={"receipt": "00000-00000-00000-00000"})
    assert wrong.status_code == 404
    assert (await share(world, once)).content == made.content


async def test_a_report_is_repeated_for_a_day_and_then_never(world: World) -> None:
    """I7, 1.4: 24 hours, counted to the end of the hour, so that the row does not tell when the report was made."""
    await world.school()
    once = key()
    made = await share(world, once)
    world.time.advance(hours=23, minutes=59)
    assert (await share(world, once)).content == made.content
    world.time.advance(hours=1, minutes=1)
    assert code(await share(world, once)) == (409, "already_received")
    assert await rows(world, Report) == 1


async def test_an_answer_to_staff_is_repeated_for_a_day_and_then_never(world: World) -> None:
    """I7: after that the key still refuses a second effect."""
    await world.school()
    supporter = await world.person(Role.SUPPORTER)
    once = key()
    made = await ask(world, supporter, once)
    world.time.advance(hours=23, minutes=59)
    assert (await ask(world, supporter, once)).content == made.content
    world.time.advance(hours=1, minutes=1)
    assert code(await ask(world, supporter, once)) == (409, "already_received")


async def test_old_answers_are_emptied_and_old_keys_forgotten(world: World) -> None:
    """I7: the recurring `idempotency.forget` empties answers past their day and drops keys past their month."""
    await world.school()
    supporter = await world.person(Role.SUPPORTER)
    once = key()
    await share(world, once)
    await ask(world, supporter, once)
    await world.write(start_recurring)
    await world.settle()
    assert [row.reply is None for row in await kept_keys(world)] == [False, False]
    world.time.advance(hours=26)
    await world.settle()
    assert [(row.reply, row.ends_with) for row in await kept_keys(world)] == [(None, None)] * 2
    assert code(await share(world, once)) == (409, "already_received")
    world.time.advance(days=30)
    await world.settle()
    assert await kept_keys(world) == []
    assert (await share(world, once)).status_code == 201


@ON_SQLITE
async def test_the_time_for_which_an_answer_is_repeated_is_published(world: World) -> None:
    """I7: 24 hours, in the description of the header wherever it is taken."""
    document = (await world.http.get("/openapi.json")).json()
    texts = [
        parameter["description"]
        for methods in document["paths"].values()
        for operation in methods.values()
        for parameter in operation.get("parameters", [])
        if parameter["name"].lower() == "idempotency-key"
    ]
    assert len(texts) >= 6
    assert all("24 hours" in text for text in texts)


# What a row tells


async def test_the_row_of_a_key_leads_to_no_report(world: World) -> None:
    """1.4, design 3: no column holds the report's id, its receipt or its hash; times are whole hours."""
    await world.school()
    made = await share(world, key())
    [row] = await kept_keys(world)
    [report] = await world.db.read(lambda session: list(session.exec(select(Report))))
    values = row.model_dump()
    binary = b"|".join(value for value in values.values() if isinstance(value, bytes))
    assert report.id.bytes not in binary
    assert report.receipt_hash not in binary
    for secret in (str(report.id), report.id.hex, made.json()["receipt"], made.json()["receipt"].replace("-", "")):
        assert secret.encode() not in binary
    times = [row.replay_until, row.forget_after]
    assert times == [hour_of(time) for time in times]
    assert not IdempotencyKey.__table__.foreign_keys  # type: ignore[attr-defined]  # SQLModel declares no __table__


async def test_the_kept_answer_to_a_report_opens_with_its_key_alone(world: World) -> None:
    """1.4: sealed under a key derived from the Idempotency-Key: not the deployment's keys, not another UUID."""
    await world.school()
    name = str(uuid.uuid4())
    made = await share(world, key(name))
    [row] = await kept_keys(world)
    place = crypto.Place(table="idempotency_keys", row=row.key_hash.hex(), column="reply")
    assert row.reply is not None

    def keys_of_the_operator(session: Any) -> list[bytes]:
        owners = {(known.owner, known.purpose) for known in session.exec(select(vault.DataKey))}
        known = [vault.data_key(session, owner=owner, purpose=purpose) for owner, purpose in owners]
        return known + [crypto.derive(each, use) for each in known for use in ("idempotent replies", "report reply")]

    candidates = await world.db.read(keys_of_the_operator)
    candidates.append(crypto.derive(str(uuid.uuid4()).encode(), "report reply"))
    for candidate in candidates:
        with pytest.raises(crypto.CannotOpen):
            crypto.unseal(candidate, row.reply, place)
    opened = crypto.unseal(crypto.derive(name.encode(), "report reply"), row.reply, place)
    assert json.loads(opened)[1] == made.text


async def test_nothing_that_was_written_stands_open_in_a_row(world: World) -> None:
    """I6, design 3: answers to staff are kept sealed as well, and the key itself is kept only as a hash."""
    await world.school()
    supporter = await world.person(Role.SUPPORTER)
    name = "a-key-that-would-be-seen"
    await ask(world, supporter, key(name), QUESTION | {"summary": "CANARY-SUMMARY"})
    [row] = await kept_keys(world)
    binary = b"|".join(value for value in row.model_dump().values() if isinstance(value, bytes))
    for secret in (name, "CANARY-SUMMARY", str(supporter.id)):
        assert secret.encode() not in binary


# The reporter's side


async def closed_conversation(world: World) -> dict[str, str]:
    """The headers of a reporter whose report has been closed."""
    await world.school()
    triager = await world.person(Role.TRIAGER)
    made = await share(world, {})
    reporter = await world.reporter(made.json()["receipt"])
    path = f"{REPORTS}/{(await world.http.get(REPORTS, headers=triager.headers)).json()['items'][0]['id']}"
    for step in ("claim", "close"):
        done = await act(world, triager, path.rpartition("/")[2], step)
        assert done.status_code == 200, done.text
    return reporter


async def test_a_reporter_may_make_a_message_safe_to_repeat(world: World) -> None:
    """M1, I2: the same key and text is one message; without a key there are two."""
    await world.school()
    reporter = await world.reporter((await share(world, {})).json()["receipt"])
    path, text = "/v1/me/report/messages", {"text": "I saw her today."}
    once = key()
    first = await world.http.post(path, headers=reporter | once, json=text)
    second = await world.http.post(path, headers=reporter | once, json=text)
    assert (first.status_code, second.status_code, second.content) == (201, 201, first.content)
    assert (replayed(first), replayed(second)) == (False, True)
    await world.http.post(path, headers=reporter, json=text)
    assert [m["position"] for m in (await world.http.get(path, headers=reporter)).json()["items"]] == [1, 2]


async def test_a_reporter_is_offered_help_with_a_conflict_too(world: World) -> None:
    """I6, 1.4: a problem for somebody without a staff token carries help, first and repeated, with a key or without."""
    reporter = await closed_conversation(world)
    once = key()
    for headers in ({}, once, once):
        answer = await world.http.post("/v1/me/report/messages", headers=reporter | headers, json={"text": "Still?"})
        assert code(answer) == (409, "report_closed")
        assert answer.json()["help"]


async def test_a_reporters_kept_answer_needs_more_than_a_key_that_can_be_guessed(world: World) -> None:
    """1.4: a message may be sent under any key, `1` too: that alone must not open what was written."""
    await world.school()
    reporter = await world.reporter((await share(world, {})).json()["receipt"])
    await world.http.post("/v1/me/report/messages", headers=reporter | key("1"), json={"text": "CANARY"})
    row = await world.db.read(
        lambda session: session.exec(select(IdempotencyKey).order_by(col(IdempotencyKey.forget_after))).one()
    )
    assert row.reply is not None
    place = crypto.Place(table="idempotency_keys", row=row.key_hash.hex(), column="reply")
    with pytest.raises(crypto.CannotOpen):
        crypto.unseal(crypto.derive(b"1", "reporter's reply"), row.reply, place)
