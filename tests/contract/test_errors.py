"""Errors as a client meets them: conventions E1 to E5, E8 to E11 and E13 of the contract, over HTTP."""

from __future__ import annotations

import contextlib
import re
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import openapi_reading
import pytest

from app.core.admission import Line
from app.core.db import DatabaseUnavailable, LockTimeout
from app.core.ratelimit import RateLimiter
from app.main import create_app
from app.vocabulary import Role
from tests.reports.harbour import came_of
from tests.reports.working import asked_after, flooded
from tests.support.thorough import LONG
from tests.support.world import Someone, World

ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
PROBLEM = "application/problem+json"
MEMBERS = {"type", "title", "status", "detail", "instance", "code"}
SNAKE_CASE = re.compile(r"[a-z]+(_[a-z]+)*")
QUESTION = {"topic": "when_to_escalate", "summary": "When do I bring somebody else in?"}
PASSWORD = "a long phrase that is made up"


def problem(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The document of an error, once it is known to be the right one."""
    assert (response.status_code, response.headers["content-type"]) == (status, PROBLEM), response.text
    document: dict[str, Any] = response.json()
    assert document["code"] == code
    return document


def same_answer(response: httpx.Response) -> tuple[int, dict[str, Any]]:
    """What must be equal where two answers may not be told apart."""
    return response.status_code, {name: value for name, value in response.json().items() if name != "instance"}


def some_id() -> str:
    return str(uuid.uuid4())


def roster(*people: Someone, line: str = "clinical_advice") -> dict[str, Any]:
    rotation = {
        "unit": "week",
        "length": 1,
        "start_local": "2026-01-05T09:00",
        "participants": [str(person.id) for person in people],
    }
    layers = [{"id": "L1", "rank": 1, "rotation": rotation}]
    return {"roster": {"name": "Advice", "line": line, "time_zone": "Australia/Melbourne", "layers": layers}}


@contextlib.asynccontextmanager
async def beside(world: World, **settings: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a second process with other settings, on the same database."""
    app = create_app(world.settings.model_copy(update=settings), world.db, with_worker=False)
    transport = httpx.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url=BASE) as http:
        yield http


BASE = "http://peerline.test"
Provoke = Callable[[World, pytest.MonkeyPatch], Awaitable[httpx.Response]]
PROVOCATIONS: dict[tuple[int, str], Provoke] = {}


def provokes(status: int, code: str) -> Callable[[Provoke], Provoke]:
    def register(provoke: Provoke) -> Provoke:
        PROVOCATIONS[status, code] = provoke
        return provoke

    return register


@provokes(404, "not_found")
async def an_unknown_route(world: World, _: pytest.MonkeyPatch) -> httpx.Response:
    return await world.http.get("/v1/nowhere")


@provokes(405, "method_not_allowed")
async def a_method_that_is_not_there(world: World, _: pytest.MonkeyPatch) -> httpx.Response:
    return await world.http.put("/v1/schools/harbour/reports", json={})


@provokes(422, "malformed_json")
async def half_a_body(world: World, _: pytest.MonkeyPatch) -> httpx.Response:
    headers = {"Content-Type": "application/json"}
    return await world.http.post("/v1/schools/harbour/reports", content=b'{"signs": [', headers=headers)


@provokes(422, "validation_failed")
async def a_sign_that_nobody_knows(world: World, _: pytest.MonkeyPatch) -> httpx.Response:
    return await world.report("on_fire")


@provokes(415, "unsupported_media_type")
async def plain_text(world: World, _: pytest.MonkeyPatch) -> httpx.Response:
    return await world.http.post("/v1/receipts/session", content=b"x", headers={"Content-Type": "text/plain"})


@provokes(413, "body_too_large")
async def two_mebibytes(world: World, _: pytest.MonkeyPatch) -> httpx.Response:
    return await world.report(narrative="x" * (2 << 20))


@provokes(414, "uri_too_long")
async def an_endless_address(world: World, _: pytest.MonkeyPatch) -> httpx.Response:
    return await world.http.get("/v1/" + "a" * 9000)


@provokes(431, "headers_too_large")
async def endless_headers(world: World, _: pytest.MonkeyPatch) -> httpx.Response:
    return await world.http.get("/v1/meta", headers={"X-Padding": "a" * 20_000})


@provokes(401, "unauthenticated")
async def no_token(world: World, _: pytest.MonkeyPatch) -> httpx.Response:
    return await world.http.get("/v1/auth/me")


@provokes(401, "bad_credentials")
async def a_wrong_password(world: World, _: pytest.MonkeyPatch) -> httpx.Response:
    grant = {"grant_type": "password", "login": "nobody@harbour.example", "password": PASSWORD}
    return await world.http.post("/v1/auth/token", json=grant)


@provokes(401, "token_reused")
async def a_refresh_token_that_comes_back(world: World, _: pytest.MonkeyPatch) -> httpx.Response:
    hashed = world.app.state.runtime.passwords.hash_now(PASSWORD)
    person = await world.person(Role.SUPPORTER, password_hash=hashed)
    grant = {"grant_type": "password", "login": person.login, "password": PASSWORD}
    signed_in = await world.http.post("/v1/auth/token", json=grant)
    again = {"grant_type": "refresh_token", "refresh_token": signed_in.json()["refresh_token"]}
    assert (await world.http.post("/v1/auth/token", json=again)).status_code == 200
    world.time.advance(seconds=61)
    return await world.http.post("/v1/auth/token", json=again)


@provokes(403, "forbidden")
async def another_role(world: World, _: pytest.MonkeyPatch) -> httpx.Response:
    evaluator = await world.person(Role.EVALUATOR)
    return await world.http.get("/v1/schools/harbour/reports", headers=evaluator.headers)


@provokes(422, "invalid_cursor")
async def a_made_up_cursor(world: World, _: pytest.MonkeyPatch) -> httpx.Response:
    triager = await world.person(Role.TRIAGER)
    return await world.http.get("/v1/schools/harbour/reports?cursor=abc", headers=triager.headers)


@provokes(400, "idempotency_key_required")
async def no_key(world: World, _: pytest.MonkeyPatch) -> httpx.Response:
    supporter = await world.person(Role.SUPPORTER)
    return await world.http.post("/v1/schools/harbour/advice-requests", json=QUESTION, headers=supporter.headers)


@provokes(400, "idempotency_key_invalid")
async def a_key_that_is_no_uuid(world: World, _: pytest.MonkeyPatch) -> httpx.Response:
    body = {"signs": ["just_a_feeling"]}
    return await world.http.post("/v1/schools/harbour/reports", json=body, headers={"Idempotency-Key": "one"})


@provokes(422, "idempotency_key_reused")
async def one_key_for_two_questions(world: World, _: pytest.MonkeyPatch) -> httpx.Response:
    supporter = await world.person(Role.SUPPORTER)
    headers = supporter.headers | world.once()
    first = await world.http.post("/v1/schools/harbour/advice-requests", json=QUESTION, headers=headers)
    assert first.status_code == 201
    other = QUESTION | {"summary": "And another thing."}
    return await world.http.post("/v1/schools/harbour/advice-requests", json=other, headers=headers)


@provokes(409, "already_received")
async def a_report_again_after_its_receipt_was_used(world: World, _: pytest.MonkeyPatch) -> httpx.Response:
    body, headers = {"signs": ["just_a_feeling"]}, world.once()
    made = await world.http.post("/v1/schools/harbour/reports", json=body, headers=headers)
    await world.reporter(made.json()["receipt"])
    return await world.http.post("/v1/schools/harbour/reports", json=body, headers=headers)


@provokes(409, "request_in_progress")
async def a_lock_that_is_not_given(world: World, patch: pytest.MonkeyPatch) -> httpx.Response:
    supporter = await world.person(Role.SUPPORTER)
    patch.setattr(world.db, "write", raising(LockTimeout()))
    headers = supporter.headers | world.once()
    return await world.http.post("/v1/schools/harbour/advice-requests", json=QUESTION, headers=headers)


@provokes(409, "roster_exists")
async def the_same_roster_twice(world: World, _: pytest.MonkeyPatch) -> httpx.Response:
    person = await world.person(Role.COORDINATOR, Role.ADVISER)
    path = "/v1/schools/harbour/rosters"
    assert (await world.http.post(path, json=roster(person), headers=person.headers | world.once())).status_code == 201
    return await world.http.post(path, json=roster(person), headers=person.headers | world.once())


@provokes(409, "not_claimed")
async def closing_what_nobody_has_taken_on(world: World, _: pytest.MonkeyPatch) -> httpx.Response:
    triager = await world.person(Role.TRIAGER)
    return await close(world, triager, await new_report(world, triager))


@provokes(409, "already_claimed")
async def taking_on_what_somebody_has(world: World, _: pytest.MonkeyPatch) -> httpx.Response:
    first, second = await world.person(Role.TRIAGER), await world.person(Role.TRIAGER)
    path = await new_report(world, first)
    await claim(world, first, path)
    return await claim(world, second, path)


@provokes(409, "report_closed")
async def closing_twice(world: World, _: pytest.MonkeyPatch) -> httpx.Response:
    triager = await world.person(Role.TRIAGER)
    path = await new_report(world, triager)
    await claim(world, triager, path)
    assert (await close(world, triager, path)).status_code == 200
    return await close(world, triager, path)


@provokes(409, "too_many_endpoints")
async def eleven_endpoints(world: World, _: pytest.MonkeyPatch) -> httpx.Response:
    person = await world.person(Role.SUPPORTER)
    body = {"url": world.receiver.url("one")}
    for _attempt in range(10):
        await world.http.post("/v1/me/webhook-endpoints", json=body, headers=person.headers)
    return await world.http.post("/v1/me/webhook-endpoints", json=body, headers=person.headers)


@provokes(412, "precondition_failed")
async def an_old_version(world: World, _: pytest.MonkeyPatch) -> httpx.Response:
    triager = await world.person(Role.TRIAGER)
    headers = triager.headers | {"If-Match": '"old"'}
    return await world.http.post(f"{await new_report(world, triager)}/claim", headers=headers)


@provokes(428, "precondition_required")
async def no_version(world: World, _: pytest.MonkeyPatch) -> httpx.Response:
    triager = await world.person(Role.TRIAGER)
    return await world.http.post(f"{await new_report(world, triager)}/claim", headers=triager.headers)


@provokes(428, "challenge_required")
async def one_of_very_many(world: World, _: pytest.MonkeyPatch) -> httpx.Response:
    refused = await flooded(world)
    asked_after(world, 10_000)
    return refused


@provokes(429, "too_many_requests")
async def the_eleventh_request_of_a_minute(world: World, _: pytest.MonkeyPatch) -> httpx.Response:
    async with beside(world, rate_limit_per_minute=10) as http:
        for _attempt in range(10):
            assert (await http.get("/v1/meta")).status_code == 200
        return await http.get("/v1/meta")


@provokes(500, "internal_error")
async def a_crash(world: World, patch: pytest.MonkeyPatch) -> httpx.Response:
    patch.setattr("app.reports.intake.readers", crash)
    return await world.http.get("/v1/schools/harbour/readers")


@provokes(503, "unavailable")
async def a_database_that_is_away(world: World, patch: pytest.MonkeyPatch) -> httpx.Response:
    patch.setattr(world.db, "read", raising(DatabaseUnavailable("away")))
    return await world.http.get("/v1/schools/harbour/readers")


@provokes(503, "overloaded")
async def more_than_can_wait(world: World, patch: pytest.MonkeyPatch) -> httpx.Response:
    patch.setattr(world.app.state.runtime.gate, "_others", 0)
    patch.setattr(world.app.state.runtime.gate, "_lines", (Line("full", 0, 0, 1.0, "reading"),) * 5)
    return await world.http.get("/v1/schools/harbour/readers")


def raising(failure: Exception) -> Callable[..., Awaitable[None]]:
    async def fail(*_: object) -> None:
        raise failure

    return fail


SECRET = "she wrote that she cannot go on"


def crash(*_: object, **__: object) -> None:
    try:
        raise ValueError(SECRET)
    except ValueError as cause:
        raise RuntimeError(f"no row for {SECRET}") from cause


async def new_report(world: World, reader: Someone) -> str:
    """The path of a report that nobody has touched."""
    assert (await world.report()).status_code == 201
    listed = await world.http.get(f"/v1/schools/{reader.school}/reports?state=new", headers=reader.headers)
    return f"/v1/schools/{reader.school}/reports/{listed.json()['items'][-1]['id']}"


async def claim(world: World, person: Someone, path: str) -> httpx.Response:
    return await act(world, person, path, "claim")


async def close(world: World, person: Someone, path: str) -> httpx.Response:
    """A report once something has come of it, or a question."""
    if path.startswith("/v1/schools/harbour/reports"):
        await came_of(world, person, f"{path}/outcomes")
    return await act(world, person, path, "close")


async def act(world: World, person: Someone, path: str, action: str) -> httpx.Response:
    """Do it to the version that is there now."""
    shown = await world.http.get(path, headers=person.headers)
    return await world.http.post(f"{path}/{action}", headers=person.headers | {"If-Match": shown.headers["etag"]})


@pytest.mark.parametrize(("status", "code"), PROVOCATIONS)
@ON_SQLITE
async def test_every_error_is_a_problem_document(
    world: World, monkeypatch: pytest.MonkeyPatch, status: int, code: str
) -> None:
    """E1, E2: one media type, six members, the status of the answer, and the request id as the instance."""
    await world.school()
    response = await PROVOCATIONS[status, code](world, monkeypatch)
    document = problem(response, status, code)
    assert set(document) >= MEMBERS
    assert document["status"] == status
    assert re.fullmatch(r"https://\S+", document["type"])
    assert all(isinstance(document[name], str) and document[name] for name in MEMBERS - {"status"})
    assert document["instance"] == f"urn:peerline:request:{response.headers['x-request-id']}"


async def test_conflicts_and_preconditions_are_the_same_on_both_databases(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """E1: what only the database can know gives the same documents, whichever it is."""
    await world.school()
    for code in ("already_claimed", "report_closed", "already_received", "idempotency_key_reused", "not_claimed"):
        [status] = [status for status, name in PROVOCATIONS if name == code]
        problem(await PROVOCATIONS[status, code](world, monkeypatch), status, code)
    for status, code in ((412, "precondition_failed"), (428, "precondition_required"), (422, "invalid_cursor")):
        problem(await PROVOCATIONS[status, code](world, monkeypatch), status, code)


@ON_SQLITE
async def test_a_code_has_one_meaning_and_is_documented(world: World) -> None:
    """E2, E3: the same code always has the same type and title, and stands in the OpenAPI text."""
    await world.school()
    documented = openapi_reading.document()["info"]["description"]
    meanings: dict[str, set[tuple[str, str]]] = {}
    for (status, code), provoke in PROVOCATIONS.items():
        with pytest.MonkeyPatch.context() as patch:
            document = problem(await provoke(world, patch), status, code)
        meanings.setdefault(code, set()).add((document["type"], document["title"]))
    for other in (
        await world.http.get(f"/v1/pages/{some_id()}/ack-link/{'a' * 32}"),
        await world.http.get("/v1/schools/nowhere/readers"),
        await world.http.post("/v1/receipts/session", json={"receipt": "00000-00000-00000-00000"}),
        await world.http.post("/v1/auth/token", json={}),
        await world.http.get("/v1/me/report", headers={"Authorization": "Bearer nonsense"}),
    ):
        document = other.json()
        meanings[document["code"]].add((document["type"], document["title"]))
    assert [code for code, meaning in meanings.items() if len(meaning) > 1] == []
    assert [code for code in meanings if not SNAKE_CASE.fullmatch(code) or f"`{code}`" not in documented] == []


@ON_SQLITE
async def test_an_exhausted_quota_has_the_registered_type(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """E2: the one type that is not ours is the one that IANA has for it, with its members."""
    await world.school()
    document = (await the_eleventh_request_of_a_minute(world, monkeypatch)).json()
    assert document["type"] == "https://iana.org/assignments/http-problem-types#quota-exceeded"
    assert document["violated-policies"] == ["default"]


async def faults(response: httpx.Response) -> dict[str, str]:
    """The code of each fault by where it is."""
    document = problem(response, 422, "validation_failed")
    assert all(fault["detail"] and SNAKE_CASE.fullmatch(fault["code"]) for fault in document["errors"])
    places = ("pointer", "parameter", "header")
    return {next(fault[name] for name in places if name in fault): fault["code"] for fault in document["errors"]}


@ON_SQLITE
async def test_every_fault_of_a_body_is_pointed_at(world: World) -> None:
    """E4: several faults at once, each with a JSON pointer (RFC 6901) to its place, however deep."""
    await world.school()
    report = {"signs": ["tearful", "on_fire"], "priority": "whenever", "keep_form": ["triager"], "site_id": "ward 3"}
    found = await faults(await world.http.post("/v1/schools/harbour/reports", json=report))
    assert found == {
        "#/signs/1": "enum",
        "#/priority": "enum",
        "#/site_id": "uuid_parsing",
        "#/keep_form": "unknown_field",
    }

    coordinator = await world.person(Role.COORDINATOR)
    preview = roster(coordinator) | {"window": {"start": "2027-03-20T00:00Z", "end": "2027-03-19T00:00Z"}}
    preview["roster"]["layers"][0]["rotation"]["unit"] = "fortnight"
    preview["roster"]["layers"][0]["rotation"]["paused"] = [{"person": "A", "start": "2027-03-20T00:00Z"}]
    found = await faults(
        await world.http.post("/v1/schools/harbour/rosters/preview", json=preview, headers=coordinator.headers)
    )
    assert found == {
        "#/roster/layers/0/rotation/unit": "literal_error",
        "#/roster/layers/0/rotation/paused/0/end": "required",
        "#/window/end": "end_not_after_start",
    }


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(
            {"grant_type": "password", "login": 5, "remember_me": True},
            {"#/login": "string_type", "#/password": "required", "#/remember_me": "unknown_field"},
            id="one kind of several",
        ),
        pytest.param(
            {"grant_type": "refresh_token", "refresh_token": None},
            {"#/refresh_token": "string_type"},
            id="a field that is named like its kind",
        ),
        pytest.param({"grant_type": "magic"}, {"#/grant_type": "union_tag_invalid"}, id="an unknown kind"),
        pytest.param({}, {"#/grant_type": "union_tag_not_found"}, id="no kind"),
        pytest.param([], {"#": "model_attributes_type"}, id="the whole body"),
    ],
)
@ON_SQLITE
async def test_a_pointer_leads_to_a_place_in_the_body_that_was_sent(
    world: World, body: Any, expected: dict[str, str]
) -> None:
    """E4: also where the body is one of several kinds, or wrong as a whole."""
    assert await faults(await world.http.post("/v1/auth/token", json=body)) == expected


@ON_SQLITE
async def test_faults_outside_the_body_are_named_too(world: World) -> None:
    """E4: query and path parameters as `parameter`; of a condition nothing is refused, it only fits or does not."""
    await world.school()
    triager = await world.person(Role.TRIAGER)
    listed = await world.http.get("/v1/schools/harbour/reports?limit=101&state=lost", headers=triager.headers)
    assert await faults(listed) == {"limit": "less_than_equal", "state": "enum"}
    shown = await world.http.post(
        "/v1/schools/harbour/reports/seventeen/claim", headers=triager.headers | {"If-Match": '"x"' * 200}
    )
    assert await faults(shown) == {"report_id": "uuid_parsing"}


Send = Callable[[World, Someone, str], Awaitable[httpx.Response]]


def in_body(method: str, path: str, body: Callable[[str], Any]) -> Send:
    return lambda world, person, canary: world.http.request(method, path, json=body(canary), headers=person.headers)


def in_path(path: Callable[[str], str], **extra: Any) -> Send:
    return lambda world, person, canary: world.http.get(path(canary), headers=person.headers, **extra)


def in_header(method: str, path: str, name: str, *, width: int = 1, body: Any = None) -> Send:
    return lambda world, person, canary: world.http.request(
        method, path, json=body, headers=person.headers | {name: canary * width}
    )


REPORTS = "/v1/schools/harbour/reports"
ADVICE = "/v1/schools/harbour/advice-requests"
PREVIEW = "/v1/schools/harbour/rosters/preview"
HOOKS = "/v1/me/webhook-endpoints"


@pytest.mark.parametrize(
    "send",
    [
        pytest.param(in_body("POST", REPORTS, lambda c: {"signs": [c]}), id="a code in a list"),
        pytest.param(in_body("POST", REPORTS, lambda c: {"signs": c}), id="a text for a list"),
        pytest.param(
            in_body("POST", REPORTS, lambda c: {"signs": ["tearful"], "narrative": c * 400}), id="too long a text"
        ),
        pytest.param(in_body("POST", REPORTS, lambda c: {"signs": ["tearful"], "narrative": {c: c}}), id="an object"),
        pytest.param(in_body("POST", REPORTS, lambda c: {"signs": ["tearful"], "site_id": c}), id="an id"),
        pytest.param(in_body("POST", REPORTS, lambda c: {"signs": ["tearful"], "with_them_now": c}), id="a boolean"),
        pytest.param(in_body("POST", REPORTS, lambda c: {"signs": ["tearful"], "keep_from": [c]}), id="a reader"),
        pytest.param(
            in_body("POST", REPORTS, lambda c: {"signs": ["tearful"], f"She told me: {c}": 1}), id="prose as a name"
        ),
        pytest.param(in_body("POST", REPORTS, lambda c: {"signs": ["tearful"], c: 1}), id="a name in capitals"),
        pytest.param(in_body("POST", REPORTS, lambda c: c), id="a text for a body"),
        pytest.param(in_body("POST", "/v1/auth/token", lambda c: {"grant_type": c}), id="a kind"),
        pytest.param(
            in_body("POST", "/v1/auth/token", lambda c: {"grant_type": "password", "login": c, "password": c}),
            id="a login and its password",
        ),
        pytest.param(in_body("POST", "/v1/receipts/session", lambda c: {"receipt": c}), id="a receipt"),
        pytest.param(in_body("POST", HOOKS, lambda c: {"url": f"https://{c}@example.org/{c}"}), id="an address"),
        pytest.param(
            in_body("POST", HOOKS, lambda c: {"url": f"https://example.org/{c}", "event_types": [c]}), id="type"
        ),
        pytest.param(
            in_body("POST", PREVIEW, lambda c: {"roster": {"time_zone": c, "layers": [{"id": c, "rank": c}]}}),
            id="a zone and a layer",
        ),
        pytest.param(
            in_body("POST", PREVIEW, lambda c: {"roster": {}, "window": {"start": c, "end": c}}), id="an instant"
        ),
        pytest.param(in_path(lambda c: f"/v1/schools/{c}/help-now"), id="a school"),
        pytest.param(in_path(lambda c: f"/v1/{c}"), id="a route"),
        pytest.param(in_path(lambda c: f"{REPORTS}/{c}"), id="an id in the path"),
        pytest.param(in_path(lambda c: f"/v1/pages/{some_id()}/ack-link/{c}"), id="the token of a link"),
        pytest.param(in_path(lambda c: f"{REPORTS}?limit={c}&state={c}"), id="query parameters"),
        pytest.param(in_path(lambda c: f"{REPORTS}?cursor={c}"), id="a cursor"),
        pytest.param(in_path(lambda c: f"/v1/schools/harbour/rosters/{some_id()}/on-call?at={c}"), id="a time"),
        pytest.param(in_header("PATCH", f"{HOOKS}/{some_id()}", "If-Match", body={}), id="a version"),
        pytest.param(in_header("PATCH", f"{HOOKS}/{some_id()}", "If-Match", width=50, body={}), id="a long version"),
        pytest.param(in_header("POST", ADVICE, "Idempotency-Key", width=50, body=QUESTION), id="a key"),
        pytest.param(in_header("POST", REPORTS, "Idempotency-Key", body={"signs": ["tearful"]}), id="a report's key"),
        pytest.param(in_header("GET", "/v1/auth/me", "Authorization"), id="a token"),
        pytest.param(in_header("POST", REPORTS, "Content-Type", body={}), id="a media type"),
        pytest.param(in_header("GET", "/v1/nowhere", "Cookie"), id="a cookie"),
        pytest.param(in_header("GET", "/v1/nowhere", "traceparent"), id="a trace"),
    ],
)
@ON_SQLITE
async def test_nothing_that_was_sent_comes_back_or_reaches_the_log(
    world: World, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, send: Send
) -> None:
    """E5: two requests that differ only in what they say get the same error, without a word of it."""
    await world.school()
    person = await world.person(*Role)
    first, second = [await send(world, person, canary) for canary in ("CANARY-123", "ZEBRAS-456")]
    assert first.status_code >= 400
    assert same_answer(first) == same_answer(second)
    for shown in (first.text, str(first.headers.raw), capsys.readouterr().out, caplog.text):
        assert "CANARY" not in shown.upper()


def concrete(path: str) -> str:
    """A path of the OpenAPI document with something in each place."""
    return re.sub(r"\{\w+\}", lambda _: some_id(), path.replace("{school}", "harbour").replace("{token}", "a" * 32))


@ON_SQLITE
async def test_a_refused_method_names_all_that_there_are(world: World) -> None:
    """E8: 405 on every path, with the methods of all routes that have it, HEAD included."""
    paths: dict[str, dict[str, Any]] = openapi_reading.document()["paths"]
    wrong: dict[str, tuple[int, str | None]] = {}
    for template in [*paths][:: 1 if LONG else 3]:
        path = concrete(template)
        expected = {method.upper() for method in paths[template]}
        expected |= {"HEAD"} if "GET" in expected else set()
        for method in {"PUT", "OPTIONS", "BREW"} - expected:
            answer = await world.http.request(method, path)
            allowed = answer.headers.get("allow")
            if answer.status_code != 405 or set((allowed or "").split(", ")) != expected:
                wrong[f"{method} {path}"] = (answer.status_code, allowed)
    assert wrong == {}
    listed = await world.http.put("/v1/schools/harbour/reports")
    assert problem(listed, 405, "method_not_allowed")
    assert listed.headers["allow"] == "GET, HEAD, POST"


def comparable(response: httpx.Response) -> dict[str, str]:
    changing = ("x-request-id", "ratelimit", "date")
    return {name: value for name, value in response.headers.items() if name not in changing}


async def body_sent(world: World, method: str, path: str) -> bytes:
    """What the application itself sends: a client would drop the body of a HEAD."""
    sent = bytearray()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.extend(message.get("body", b""))

    about = {"http_version": "1.1", "scheme": "http", "query_string": b"", "headers": [(b"host", b"peerline.test")]}
    addresses = {"path": path, "raw_path": path.encode(), "root_path": "", "client": None, "server": None}
    await world.app({"type": "http", "method": method, **about, **addresses}, receive, send)
    return bytes(sent)


@ON_SQLITE
async def test_head_gives_the_headers_of_get_and_no_body(world: World) -> None:
    """E9: a list, an item, what is public, the document, and errors."""
    await world.school()
    everybody = await world.person(*Role)
    path = await new_report(world, everybody)
    known = [path, path.rpartition("/")[0], "/v1/auth/me", "/v1/meta", "/healthz", "/readyz", "/openapi.json"]
    public = ["/v1/schools/harbour/help-now", "/v1/schools/harbour/readers", "/.well-known/jwks.json"]
    # As it is: the length that is told is that of what is sent.
    plain = everybody.headers | {"Accept-Encoding": "identity"}
    for each in (*known, *public, "/v1/nowhere", "/v1/schools/nowhere/readers", f"{path}0"):
        shown = await world.http.get(each, headers=plain)
        head = await world.http.head(each, headers=plain)
        assert (head.status_code, comparable(head)) == (shown.status_code, comparable(shown)), each
        assert int(shown.headers["content-length"]) == len(shown.content) > 0
    for each in (*known[3:], *public, "/v1/nowhere"):
        assert await body_sent(world, "GET", each) != b""
        assert await body_sent(world, "HEAD", each) == b""

    known_version = everybody.headers | {
        "If-None-Match": (await world.http.get(path, headers=everybody.headers)).headers["etag"]
    }
    assert (await world.http.head(path, headers=known_version)).status_code == 304


@pytest.mark.parametrize(
    ("authorization", "error"),
    [
        pytest.param(None, False, id="none"),
        pytest.param("", False, id="empty"),
        pytest.param("Basic YTpi", False, id="another scheme"),
        pytest.param("Bearer", False, id="a scheme alone"),
        pytest.param("Bearer nonsense", True, id="nonsense"),
        pytest.param("Bearer e30.e30.e30", True, id="empty parts"),
        pytest.param("Bearer " + "a" * 5000, True, id="endless"),
        pytest.param("bearer nonsense", True, id="the scheme in lower case"),
    ],
)
@ON_SQLITE
async def test_who_is_not_signed_in_gets_a_challenge(world: World, authorization: str | None, error: bool) -> None:
    """E10: 401 with `WWW-Authenticate: Bearer`, and `invalid_token` where there was one."""
    headers = {} if authorization is None else {"Authorization": authorization}
    for path in ("/v1/auth/me", "/v1/me/report", "/v1/schools/nowhere/reports"):
        answer = await world.http.get(path, headers=headers)
        problem(answer, 401, "unauthenticated")
        challenge = answer.headers["www-authenticate"]
        assert challenge.startswith("Bearer")
        assert ('error="invalid_token"' in challenge) is error


async def test_a_sign_in_that_has_ended_is_a_401_with_help(world: World) -> None:
    """E10: a token of ours that is good no longer opens nothing, and its holder is a caller without a token."""
    await world.school()
    person = await world.person(Role.SUPPORTER)
    assert (await world.http.post("/v1/auth/revoke", headers=person.headers)).status_code == 204
    answer = await world.http.get("/v1/auth/me", headers=person.headers)
    document = problem(answer, 401, "unauthenticated")
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    assert document["help"]


@ON_SQLITE
async def test_a_reporter_and_a_person_of_the_programme_cannot_use_each_others_routes(world: World) -> None:
    """E10: a token for the other audience is no token here."""
    await world.school()
    triager = await world.person(Role.TRIAGER)
    reporter = await world.reporter((await world.report()).json()["receipt"])
    for path, headers in (("/v1/auth/me", reporter), ("/v1/me/report", triager.headers)):
        problem(await world.http.get(path, headers=headers), 401, "unauthenticated")


async def test_another_schools_ids_look_like_ids_that_do_not_exist(world: World) -> None:
    """E10: the same 404 for a foreign id as for a random one, on every kind of resource, reading and writing."""
    await world.school("harbour")
    await world.school("hill", region="NSW", zone="Australia/Sydney")
    ours, theirs = await world.person(*Role, paged=True), await world.person(*Role, school="hill")
    await world.on_call(ours)
    report = (await new_report(world, ours)).rpartition("/")[2]
    asker = await world.person(Role.SUPPORTER)
    advice = await world.http.post(ADVICE, json=QUESTION, headers=asker.headers | world.once())
    pages = await world.http.get("/v1/me/pages", headers=ours.headers)
    school_hook = await world.http.post(
        "/v1/schools/harbour/webhook-endpoints", json={"url": world.receiver.url("school")}, headers=ours.headers
    )
    rosters = await world.http.get("/v1/schools/harbour/rosters", headers=ours.headers)
    resources = {
        "/v1/schools/{school}/reports/{id}": report,
        "/v1/schools/{school}/reports/{id}/messages": report,
        "/v1/schools/{school}/advice-requests/{id}": advice.json()["id"],
        "/v1/schools/{school}/rosters/{id}": rosters.json()["items"][0]["id"],
        "/v1/schools/{school}/rosters/{id}/on-call": rosters.json()["items"][0]["id"],
        "/v1/schools/{school}/webhook-endpoints/{id}": school_hook.json()["id"],
        "/v1/schools/{school}/webhook-endpoints/{id}/deliveries": school_hook.json()["id"],
        "/v1/me/webhook-endpoints/{id}": str(ours.endpoint_id),
        "/v1/me/webhook-endpoints/{id}/deliveries": str(ours.endpoint_id),
        "/v1/pages/{id}": pages.json()["items"][0]["id"],
    }
    for template, known in resources.items():
        path = template.format(school="harbour", id=known)
        assert (await world.http.get(path, headers=ours.headers)).status_code == 200, path
        random = await world.http.get(template.format(school="hill", id=some_id()), headers=theirs.headers)
        problem(random, 404, "not_found")
        for school in ("harbour", "hill"):
            foreign = await world.http.get(template.format(school=school, id=known), headers=theirs.headers)
            assert same_answer(foreign) == same_answer(random), path

    actions: list[tuple[str, str, str, Any]] = [
        ("POST", "/v1/schools/{school}/reports/{id}/claim", report, None),
        ("POST", "/v1/schools/{school}/reports/{id}/messages", report, {"text": "Hello."}),
        ("POST", "/v1/schools/{school}/advice-requests/{id}/close", advice.json()["id"], None),
        ("POST", "/v1/pages/{id}/ack", pages.json()["items"][0]["id"], None),
        ("POST", "/v1/pages/{id}/reply", pages.json()["items"][0]["id"], {"text": "Hello."}),
        ("PATCH", "/v1/me/webhook-endpoints/{id}", str(ours.endpoint_id), {"enabled": False}),
        ("POST", "/v1/me/webhook-endpoints/{id}/rotate-secret", str(ours.endpoint_id), {"overlap_hours": 0}),
        ("DELETE", "/v1/schools/{school}/webhook-endpoints/{id}", school_hook.json()["id"], None),
    ]
    for method, template, known, body in actions:
        answers = [
            await world.http.request(
                method,
                template.format(school="hill", id=each),
                json=body,
                headers=theirs.headers | world.once() | {"If-Match": '"old"'},
            )
            for each in (known, some_id())
        ]
        assert same_answer(answers[0]) == same_answer(answers[1]), template
        problem(answers[0], 404, "not_found")


async def test_a_crash_says_nothing_of_what_it_was_about(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """E11: a general text, help, and a request id that is in the log; the exception's words are in neither."""
    await world.school()
    monkeypatch.setattr("app.reports.intake.submit_all", crash)
    monkeypatch.setattr("app.reports.intake.readers", crash)
    calls = [world.report("tearful", narrative=SECRET), world.http.get("/v1/schools/harbour/readers")]
    answers = [await call for call in calls]
    logged = capsys.readouterr()
    for answer in answers:
        document = problem(answer, 500, "internal_error")
        assert document["help"]
        assert answer.headers["x-request-id"] in logged.out
        assert answer.headers["x-request-id"] in document["instance"]
    everything = "".join([*(answer.text for answer in answers), logged.out, logged.err, caplog.text])
    assert SECRET not in everything
    assert "Traceback" not in everything
    assert "RuntimeError" in logged.out


async def test_a_crash_leaves_nothing_behind(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """E11: the report whose answer failed is not there, and the same key can be sent again."""
    await world.school()
    triager = await world.person(Role.TRIAGER)
    key = world.once()
    with monkeypatch.context() as patch:
        patch.setattr("app.paging.expectation.kept", crash)
        failed = await world.http.post(REPORTS, json={"signs": ["tearful"]}, headers=key)
        problem(failed, 500, "internal_error")
    listed = await world.http.get(REPORTS, headers=triager.headers)
    assert listed.json()["items"] == []
    assert (await world.http.post(REPORTS, json={"signs": ["tearful"]}, headers=key)).status_code == 201


async def test_acting_twice_is_a_conflict_and_a_bad_body_is_not(world: World) -> None:
    """E13: 409 is the state, 422 the payload, and the payload is looked at first."""
    await world.school()
    triager, supporter = await world.person(Role.TRIAGER), await world.person(Role.SUPPORTER)
    path = await new_report(world, triager)
    await claim(world, triager, path)
    assert (await claim(world, triager, path)).status_code == 200
    assert (await close(world, triager, path)).status_code == 200
    problem(await close(world, triager, path), 409, "report_closed")

    async def answer(body: Any) -> httpx.Response:
        return await world.http.post(f"{path}/messages", json=body, headers=triager.headers | world.once())

    problem(await answer({"text": "Hello."}), 409, "report_closed")
    problem(await answer({"text": ""}), 422, "validation_failed")

    asked = await world.http.post(ADVICE, json=QUESTION, headers=supporter.headers | world.once())
    assert (await close(world, supporter, asked.headers["location"])).status_code == 200
    problem(await close(world, supporter, asked.headers["location"]), 409, "advice_closed")


async def test_a_conflict_is_repeated_word_for_word(world: World) -> None:
    """E2, E13: the same key gets the same document, with the instance of the request that was refused."""
    await world.school()
    coordinator = await world.person(Role.COORDINATOR, Role.ADVISER)
    path, key = "/v1/schools/harbour/rosters", coordinator.headers | world.once()
    await world.http.post(path, json=roster(coordinator), headers=coordinator.headers | world.once())
    refused = await world.http.post(path, json=roster(coordinator), headers=key)
    again = await world.http.post(path, json=roster(coordinator), headers=key)
    problem(refused, 409, "roster_exists")
    assert again.content == refused.content
    assert refused.headers["x-request-id"] in refused.json()["instance"]


async def help_of(world: World, school: str) -> list[str]:
    shown = (await world.http.get(f"/v1/schools/{school}/help-now")).json()
    return [entry["name"] for entry in (*shown["emergency"], *shown["always_open"])]


@ON_SQLITE
async def test_every_error_for_a_caller_without_a_token_says_who_to_turn_to(world: World) -> None:
    """E1 and 1.4: also on unknown routes, for unknown schools, and where nothing was read of the request."""
    await world.school()
    await help_of(world, "harbour")
    everybody = {(429, "too_many_requests"), (500, "internal_error"), (503, "unavailable"), (503, "overloaded")}
    staff = {(403, "forbidden"), (412, "precondition_failed"), (428, "precondition_required"), (422, "invalid_cursor")}
    public = {
        (404, "not_found"),
        (405, "method_not_allowed"),
        (422, "malformed_json"),
        (422, "validation_failed"),
        (415, "unsupported_media_type"),
        (413, "body_too_large"),
        (414, "uri_too_long"),
        (431, "headers_too_large"),
        (401, "unauthenticated"),
        (401, "bad_credentials"),
        (401, "token_reused"),
        (400, "idempotency_key_invalid"),
        (409, "already_received"),
        (428, "challenge_required"),
    }
    for key in sorted(public | everybody | staff):
        with pytest.MonkeyPatch.context() as patch:
            document = (await PROVOCATIONS[key](world, patch)).json()
        assert ("help" in document) is (key not in staff), key
        assert "help" not in document or (document["help"] and all(entry["name"] for entry in document["help"])), key


@ON_SQLITE
async def test_help_is_the_schools_own_where_the_school_is_known(world: World) -> None:
    """1.4: the school's entries, emergency first; the country's for an unknown school, and no list of schools."""
    await world.school("hill", region="NSW", zone="Australia/Sydney")
    for slug in ("hill", "harbour"):
        unknown = await world.http.get(f"/v1/schools/{slug}/nothing")
        assert unknown.json()["help"]
    own = await help_of(world, "hill")
    known = (await world.http.get("/v1/schools/hill/nothing")).json()["help"]
    assert [entry["name"] for entry in known] == own[: len(known)]

    country = (await world.http.get("/v1/nowhere")).json()["help"]
    nobody = await world.http.get("/v1/schools/nowhere/help-now")
    problem(nobody, 404, "not_found")
    assert nobody.json()["help"] == country
    assert all(word not in nobody.text.lower() for word in ("hill", "harbour", "medical school"))


@ON_SQLITE
async def test_people_of_the_programme_get_errors_without_help(world: World) -> None:
    """1.4: they know whom to turn to; the document stays small, and `help` is absent rather than null."""
    await world.school()
    everybody = await world.person(*Role)
    for path in (f"{REPORTS}/{some_id()}", f"{REPORTS}?limit=0", "/v1/schools/nowhere/reports"):
        assert "help" not in (await world.http.get(path, headers=everybody.headers)).json()
    refused = await world.http.post(REPORTS + f"/{some_id()}/messages", json={"text": ""}, headers=everybody.headers)
    assert "help" not in problem(refused, 422, "validation_failed")


@ON_SQLITE
async def test_people_of_the_programme_too_have_the_help_that_an_answer_speaks_of(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """J4: a supporter at night whose request cannot be done is told to use the help in the answer."""
    await world.school()
    supporter = await world.person(Role.SUPPORTER)
    assert (await world.http.get("/v1/auth/me", headers=supporter.headers)).status_code == 200
    with monkeypatch.context() as patch:
        patch.setattr(world.db, "read", raising(DatabaseUnavailable("away")))
        away = await world.http.get("/v1/me/webhook-endpoints", headers=supporter.headers)
    monkeypatch.setattr(world.app.state.runtime, "callers", RateLimiter("default", quota=1))
    answers = [await world.http.get("/v1/me/webhook-endpoints", headers=supporter.headers) for _ in range(2)]
    for answer, status, code in ((away, 503, "unavailable"), (answers[-1], 429, "too_many_requests")):
        document = problem(answer, status, code)
        assert "The help in this answer" in document["detail"]
        assert document["help"][0]["phone_dial"] == "000"
