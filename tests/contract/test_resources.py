"""Resources as a client meets them: conventions R1 to R12 of the contract, over HTTP."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import jsonschema
import openapi_reading
import pytest

from app.vocabulary import Role
from tests.contacts import choosing_story
from tests.support.receiver import verified
from tests.support.world import Someone, World

ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
REPORTS = "/v1/schools/harbour/reports"
ADVICE = "/v1/schools/harbour/advice-requests"
ROSTERS = "/v1/schools/harbour/rosters"
HOOKS = ("/v1/me/webhook-endpoints", "/v1/schools/harbour/webhook-endpoints")
QUESTION = {"topic": "when_to_escalate", "summary": "When do I bring somebody else in?"}
PASSWORD = "a long phrase that is made up"
SNAKE_CASE = re.compile(r"[a-z][a-z0-9_]*")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
# What may follow an id, or stand alone, without being a collection (contract 1.1 and 1.2).
ACTIONS = {"claim", "close", "ack", "decline", "reply", "ping", "preview", "token", "revoke", "session"}
ACTIONS |= {"confirm", "take-back", "alone", "review"}
ACTIONS |= {"withdraw-preview", "undo", "extend", "withdrawal-decision", "recuse"}
ACTIONS |= {"release", "check"}
# Into the programme, and back into it.
ACTIONS |= {"return-to-training", "not-proceeding", "invite", "appeal", "decision", "appeal-decision"}
ACTIONS |= {"priority", "group", "ungroup", "hurtful", "confirm", "take-back"}
ACTIONS |= {"take", "hand-back", "hand-over", "outcome", "withdraw", "accept", "rotate-secret", "resend", "end"}
SINGLETONS = {"me", "meta", "now", "help-now", "privacy-statement", "coverage", "report", "on-call", "auth", "ack-link"}
# What a gap has one of; and a report over all rosters of a school, so that it belongs to none of them.
SINGLETONS |= {"external-cover", "load"}
# What each supporter has one of.
SINGLETONS |= {"supervision", "attendance"}
# The directory, which each school has one of; what is taken out of it, and what can be done with an entry.
SINGLETONS |= {"directory", "export", "snapshot"}
ACTIONS |= {"hide", "show", "verify", "settle"}
# The one text that is in force, and the one name that was given.
SINGLETONS |= {"confidentiality-threshold", "identity"}
# Of a peer: the one supporter that they chose.
SINGLETONS |= {"choice"}
ACTIONS |= {"take-down"}
# Of a report: the newest version counts.
SINGLETONS |= {"relay-summary"}
# All that is read of a school, as one thing; and a look at a text.
SINGLETONS |= {"content", "wording-check"}
# The one policy that counts now.
SINGLETONS |= {"in-force", "report-challenge", "access-log", "audit-log"}
# What a school says of itself; the text that is agreed to; one's own story, by its code.
SINGLETONS |= {"profile", "consent", "mine"}
ACTIONS |= {"edit"}
# What somebody does with their own part in the programme.
ACTIONS |= {"resume", "appeal", "decide"}
SINGLETONS |= {"limits"}
# By a link that works once; and one's own.
ACTIONS |= {"join", "look", "renew"}
SINGLETONS |= {"password", "password-link"}
# What becomes of a school, and the statement that it made its own.
SINGLETONS |= {"adoption", "transparency", "application"}
ACTIONS |= {"activate", "suspend"}
# A wave of evaluation, and the form that a code opens.
ACTIONS |= {"open"}
SINGLETONS |= {"evaluation", "form"}
# What ends for a person, and begins again.
ACTIONS |= {"leave", "come-back", "revoke-others", "revoke-all", "deprovision"}
# The one last day of somebody, and what a programme has one of.
ACTIONS |= {"step-down"}
SINGLETONS |= {"expected-end", "succession", "forecast"}
# Plurals of their own kind.
PLURALS = {
    "people",
    "unanswered",
    "guidance",
    "supporter-guidance",
    "training",
    "selection-criteria",
    "expressions-of-interest",
}
# Names that programs know, and files, which are called by their format.
PROBES = {
    "v1",
    "v3",
    "hsds",
    "healthz",
    "readyz",
    ".well-known",
    "jwks.json",
    "calendar.svg",
    "statistics.csv",
    "statistics.svg",
}


def roster(*people: str) -> dict[str, Any]:
    rotation = {"unit": "week", "length": 1, "start_local": "2026-01-05T09:00", "participants": list(people)}
    pause = {"person": people[0], "start": "2027-03-22T00:00Z", "end": "2027-03-29T00:00Z"}
    override = {"id": "o1", "person": people[0], "start": "2027-03-20T11:00+11:00", "end": "2027-03-21T00:00Z"}
    return {
        "roster": {
            "name": "Academic advice",
            "line": "academic_advice",
            "time_zone": "Australia/Melbourne",
            "layers": [{"id": "L1", "rank": 1, "rotation": rotation | {"paused": [pause]}}],
            "overrides": [override | {"created_seq": 1}],
        }
    }


async def send(
    world: World, person: Someone, method: str, path: str, body: Any = None, **headers: str
) -> httpx.Response:
    """One request with a fresh Idempotency-Key, which does nothing where none is read."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await world.http.request(method, path, json=body, headers=person.headers | world.once() | named)


async def change(
    world: World, person: Someone, method: str, path: str, body: Any = None, at: str = ""
) -> httpx.Response:
    """A request for the version that `path` has now."""
    shown = await world.http.get(path, headers=person.headers)
    return await send(world, person, method, path + at, body, If_Match=shown.headers["etag"])


async def hook(world: World, person: Someone, path: str = HOOKS[0], **fields: Any) -> str:
    """The address of a new endpoint."""
    made = await send(world, person, "POST", path, {"url": world.receiver.url("any"), **fields})
    assert made.status_code == 201, made.text
    return made.headers["location"]


async def tour(world: World) -> list[httpx.Response]:
    """Every kind of resource there is, made, shown, listed and changed, as all who may see it."""
    seen: list[httpx.Response] = []

    async def record(response: httpx.Response) -> None:
        await response.aread()
        seen.append(response)

    world.http.event_hooks["response"].append(record)
    await world.school()
    adviser, everybody = await world.person(Role.ADVISER, paged=True), await world.person(*Role)
    await world.on_call(adviser)
    for path in ("meta", "schools/harbour/help-now", "schools/harbour/privacy-statement", "event-types", "auth/me"):
        await send(world, everybody, "GET", f"/v1/{path}")
    for path in ("/v1/schools/harbour/readers", "/v1/schools/harbour/coverage/now", "/healthz", "/readyz"):
        await send(world, everybody, "GET", path)
    await send(world, everybody, "GET", "/.well-known/jwks.json")
    await sign_in(world)
    await tour_of_a_report(world, adviser, everybody)
    await tour_of_a_question(world, adviser, everybody)
    await tour_of_a_roster(world, everybody)
    for path in HOOKS:
        address = await hook(world, everybody, path, description="The pager", event_types=["page.requested"])
        await send(world, everybody, "GET", path)
        await change(world, everybody, "PATCH", address, {"enabled": False})
        await send(world, everybody, "POST", f"{address}/ping")
        await change(world, everybody, "DELETE", address)
    world.http.event_hooks["response"].remove(record)
    assert [r.url.path for r in seen if r.status_code >= 400] == []
    return seen


async def sign_in(world: World) -> None:
    hashed = world.app.state.runtime.passwords.hash_now(PASSWORD)
    person = await world.person(Role.SUPPORTER, password_hash=hashed)
    grant = {"grant_type": "password", "login": person.login, "password": PASSWORD}
    pair = await world.http.post("/v1/auth/token", json=grant)
    await world.http.post("/v1/auth/token", json={"grant_type": "refresh_token", **only(pair, "refresh_token")})


def only(response: httpx.Response, *names: str) -> dict[str, Any]:
    return {name: response.json()[name] for name in names}


async def tour_of_a_report(world: World, adviser: Someone, triager: Someone) -> None:
    made = await world.report(
        "said_thoughts_of_suicide", narrative="On the train.", help_so_far=["sent_a_message"], with_them_now=False
    )
    await world.settle()
    reporter = await world.reporter(made.json()["receipt"])
    [listed] = (await send(world, triager, "GET", REPORTS)).json()["items"]
    path = f"{REPORTS}/{listed['id']}"
    [page] = (await send(world, adviser, "GET", "/v1/me/pages")).json()["items"]
    await send(world, adviser, "POST", f"/v1/pages/{page['id']}/ack")
    await send(world, adviser, "GET", f"/v1/pages/{page['id']}")
    await send(world, adviser, "POST", f"/v1/pages/{page['id']}/reply", {"text": "I am here."})
    await world.http.get("/v1/me/report", headers=reporter)
    await world.http.post("/v1/me/report/messages", json={"text": "Thank you."}, headers=reporter)
    await world.http.get("/v1/me/report/messages", headers=reporter)
    await world.http.get("/v1/me/report/withdraw-preview", headers=reporter)
    await world.http.post("/v1/me/report/extend", headers=reporter)
    taken_back = await world.http.post("/v1/me/report/withdraw", json={"expected": "restricted"}, headers=reporter)
    assert taken_back.status_code == 200, taken_back.text
    await world.http.post("/v1/me/report/withdraw/undo", headers=reporter)
    await change(world, triager, "POST", path, at="/claim")
    await change(world, triager, "POST", path, at="/release")
    await change(world, triager, "POST", path, at="/claim")
    await send(world, triager, "POST", f"{path}/messages", {"text": "Good evening."})
    await send(world, triager, "GET", f"{path}/messages")
    await send(world, triager, "POST", f"{path}/outcomes", {"outcome": "worry_eased"})
    await send(world, triager, "GET", f"{path}/outcomes")
    await send(world, triager, "GET", f"{path}/proposals")
    await change(world, triager, "POST", path, {"priority": "soon", "note": "They are with family."}, at="/priority")
    await change(world, triager, "POST", path, at="/close")


async def tour_of_a_question(world: World, adviser: Someone, supporter: Someone) -> None:
    path = (await send(world, supporter, "POST", ADVICE, QUESTION)).headers["location"]
    pages = (await send(world, adviser, "GET", "/v1/me/pages")).json()["items"]
    await send(world, adviser, "GET", f"/v1/pages/{pages[0]['id']}")
    await send(world, supporter, "POST", f"{path}/messages", {"text": "Still here."})
    await send(world, supporter, "GET", f"{path}/messages")
    await send(world, supporter, "GET", ADVICE)
    await send(world, adviser, "POST", f"/v1/pages/{pages[0]['id']}/decline")
    await change(world, supporter, "POST", path, at="/close")


async def tour_of_a_roster(world: World, coordinator: Someone) -> None:
    made = await send(world, coordinator, "POST", ROSTERS, roster(str(coordinator.id)))
    path = made.headers["location"]
    window = {"window": {"start": "2027-03-20T00:00Z", "end": "2027-04-20T00:00Z"}}
    await send(world, coordinator, "POST", f"{ROSTERS}/preview", roster("A", "B") | window)
    for address in (ROSTERS, path, f"{path}/on-call?at=2027-03-20T11:00:00%2B11:00"):
        await send(world, coordinator, "GET", address)
    await send(world, coordinator, "GET", f"{path}/shifts?from=2027-03-20T00:00:00Z&to=2027-04-20T00:00:00Z")


@pytest.fixture
async def seen(world: World) -> list[httpx.Response]:
    return await tour(world)


def schema_of(document: dict[str, Any], response: httpx.Response) -> dict[str, Any]:
    """What the document says of this answer's body."""
    templates = sorted(document["paths"], key=lambda template: template.count("{"))
    path = next(t for t in templates if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", t), response.url.path))
    operation = document["paths"][path][response.request.method.lower()]
    schema: dict[str, Any] = operation["responses"][str(response.status_code)]["content"]["application/json"]["schema"]
    return schema


def resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def walk(
    document: dict[str, Any], schema: dict[str, Any], value: Any, where: str
) -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Each value below `value` with its place and its schema."""
    schema = resolved(document, schema)
    choices = [resolved(document, each) for each in schema.get("anyOf", [])]
    if choices:
        fitting = [each for each in choices if (each.get("type") == "null") is (value is None)]
        schema = fitting[0]
    yield where, schema, value
    if isinstance(value, dict):
        for name, member in value.items():
            described = schema.get("properties", {}).get(name) or schema.get("additionalProperties")
            if isinstance(described, dict):
                yield from walk(document, described, member, f"{where}/{name}")
    elif isinstance(value, list):
        for member in value:
            yield from walk(document, schema["items"], member, f"{where}/*")


def values(world: World, seen: list[httpx.Response]) -> Iterator[tuple[str, dict[str, Any], Any]]:
    document = openapi_reading.document()
    for response in seen:
        if response.content and response.headers["content-type"] == "application/json":
            where = f"{response.request.method} {response.url.path} "
            yield from walk(document, schema_of(document, response), response.json(), where)


@ON_SQLITE
async def test_paths_are_plural_kebab_case_and_names_snake_case(world: World) -> None:
    """R1: collections are plural, what is not a collection is a named action, and everything is spelt alike."""
    document = openapi_reading.document()
    for path, operations in document["paths"].items():
        segments = path.strip("/").split("/")
        for segment, following in zip(segments, [*segments[1:], ""], strict=True):
            if segment.startswith("{"):
                assert re.fullmatch(r"\{[a-z]+(_[a-z]+)*\}(\.ics)?", segment), path
            # The standard's own names.
            elif segment not in PROBES | (
                {"service_at_locations", "taxonomy_terms"} if segments[0] == "hsds" else set()
            ):
                assert re.fullmatch(r"[a-z]+(-[a-z]+)*", segment), path
                plural = segment.endswith("s") or segment in PLURALS
                assert plural or segment in SINGLETONS | ACTIONS, path
                assert not following.startswith("{") or plural or segment in ("ack-link", "directory"), path
        for operation in operations.values():
            named = [p["name"] for p in operation.get("parameters", []) if p["in"] in ("query", "path")]
            assert [name for name in named if not SNAKE_CASE.fullmatch(name)] == []
    names = {name for schema in document["components"]["schemas"].values() for name in schema.get("properties", {})}
    # Only the registered problem type spells a member of its own otherwise, and ALTCHA what its libraries sign.
    altcha = {"expiresAt", "keyLength", "keyPrefix", "keySignature"}
    assert {name for name in names if not SNAKE_CASE.fullmatch(name)} == altcha | {"violated-policies"}


@ON_SQLITE
async def test_a_trailing_slash_is_another_address(world: World) -> None:
    """R1: 404 for every method, never a redirect that would lose a body or show a token to another host."""
    await world.school()
    everybody = await world.person(*Role)
    for template, operations in openapi_reading.document()["paths"].items():
        path = re.sub(r"\{\w+\}", lambda _: str(uuid.uuid4()), template.replace("{school}", "harbour"))
        for method in operations:
            answer = await send(world, everybody, method.upper(), f"{path}/", {} if method == "post" else None)
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path


async def test_every_answer_is_an_object_with_every_field_of_its_schema(
    world: World, seen: list[httpx.Response]
) -> None:
    """R2, R9: objects at the top; each field is present, null where there is nothing; and the schema holds."""
    document = openapi_reading.document()
    shown = list(values(world, seen))
    assert len([response for response in seen if response.content]) > 50
    for where, schema, value in shown:
        if where.endswith(" "):
            assert isinstance(value, dict), where
        if isinstance(value, dict) and "properties" in schema:
            assert set(value) == set(schema["properties"]) == set(schema["required"]), where
    for response in seen:
        if response.content and response.headers["content-type"] == "application/json":
            whole = {"components": document["components"]} | schema_of(document, response)
            jsonschema.Draft202012Validator(whole).validate(response.json())


@ON_SQLITE
async def test_no_success_is_documented_as_anything_but_an_object(world: World) -> None:
    """R2: also for what no test has called."""
    document = openapi_reading.document()
    for path, operations in document["paths"].items():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                content = response.get("content", {})
                if status.startswith("2") and "application/json" in content:
                    assert resolved(document, content["application/json"]["schema"])["type"] == "object", path


async def test_every_time_that_is_given_is_utc_with_z(world: World, seen: list[httpx.Response]) -> None:
    """R3: RFC 3339 with seconds and `Z`, whatever offset a client sent."""
    times = {where: value for where, schema, value in values(world, seen) if schema.get("format") == "date-time"}
    assert {where: value for where, value in times.items() if not INSTANT.fullmatch(value)} == {}
    named = {where.rpartition("/")[2] for where in times}
    assert named >= {"created_at", "updated_at", "ack_by", "submitted_hour", "sent_at", "server_time", "at", "start"}


@pytest.mark.parametrize(
    "instant",
    ["2027-03-20T00:00:00", "2027-03-20T00:00", "2027-03-20", "1805500800", "2027-03-20T00:00:00 Z", "tomorrow", ""],
)
@ON_SQLITE
async def test_a_time_without_its_offset_is_refused(world: World, instant: str) -> None:
    """R3: naive times, dates and numbers are 422 in query and body alike."""
    await world.school()
    coordinator = await world.person(Role.COORDINATOR, Role.ADVISER)
    await world.on_call(coordinator)
    [kept] = (await send(world, coordinator, "GET", ROSTERS)).json()["items"]
    path = f"{ROSTERS}/{kept['id']}"
    good = "2027-03-21T00:00:00Z"

    async def faults(method: str, path: str, body: Any = None, **query: str) -> set[str]:
        address = str(httpx.URL(path, params=query))
        answer = await send(world, coordinator, method, address, body)
        assert answer.status_code == 422, answer.text
        return {fault.get("parameter") or fault["pointer"] for fault in answer.json()["errors"]}

    assert await faults("GET", f"{path}/on-call", at=instant) == {"at"}
    assert await faults("GET", f"{path}/shifts", **{"from": instant, "to": good}) == {"from"}
    assert await faults("GET", f"{path}/shifts", **{"from": good, "to": instant}) == {"to"}
    preview = roster("A") | {"window": {"start": instant, "end": good}}
    preview["roster"]["overrides"][0]["end"] = instant
    assert await faults("POST", f"{ROSTERS}/preview", preview) == {"#/window/start", "#/roster/overrides/0/end"}


@ON_SQLITE
async def test_a_number_is_no_time(world: World) -> None:
    """R3: what some parsers take for seconds since 1970 is refused."""
    await world.school()
    coordinator = await world.person(Role.COORDINATOR)
    body = roster("A") | {"window": {"start": 1805500800, "end": 1805587200}}
    answer = await send(world, coordinator, "POST", f"{ROSTERS}/preview", body)
    assert {fault["pointer"] for fault in answer.json()["errors"]} == {"#/window/start", "#/window/end"}


async def test_an_instant_is_the_same_however_its_offset_is_written(world: World) -> None:
    """R3: compared as instants, given back in UTC."""
    await world.school()
    coordinator = await world.person(Role.COORDINATOR, Role.ADVISER)
    await world.on_call(coordinator)
    [kept] = (await send(world, coordinator, "GET", ROSTERS)).json()["items"]
    path = f"{ROSTERS}/{kept['id']}/on-call?at="
    same = ("2027-03-20T00:00:00Z", "2027-03-20T11:00:00%2B11:00", "2027-03-19t19:00-05:00", "2027-03-20T00:00z")
    shown = {(await send(world, coordinator, "GET", path + at)).text for at in same}
    assert len(shown) == 1
    assert json.loads(shown.pop())["at"] == "2027-03-20T00:00:00Z"


@ON_SQLITE
async def test_what_a_report_causes_has_ids_that_tell_no_time(world: World, seen: list[httpx.Response]) -> None:
    """R4: UUIDs, and version 4 for reports, their messages and pages; the public answer has no id at all."""
    ids = [
        (where, uuid.UUID(value))
        for where, schema, value in values(world, seen)
        if schema.get("format") == "uuid" and value
    ]
    told = [where for where, each in ids if "harbour/reports" in where and where.endswith("/id") and each.version != 4]
    told += [
        where for where, each in ids if where.startswith(("GET /v1/me/report", "GET /v1/pages")) and each.version != 4
    ]
    assert told == []
    assert {where.partition(" /")[2].partition("/harbour/")[2].partition("/")[0] for where, _ in ids} >= {
        "reports",
        "rosters",
    }
    [made] = [r for r in seen if r.request.method == "POST" and r.url.path == REPORTS]
    assert "id" not in made.json()
    assert not {"location", "etag"} & set(made.headers)


@pytest.mark.parametrize("kind", ["advice", "roster", "own endpoint", "school endpoint"])
@ON_SQLITE
async def test_what_was_made_is_found_where_the_answer_says(world: World, kind: str) -> None:
    """R5: 201 with Location, ETag and body; GET of that address gives the same body and the same ETag."""
    await world.school()
    everybody = await world.person(*Role)
    endpoint = {"url": world.receiver.url("any"), "description": "The pager", "event_types": ["page.requested"]}
    collection, body = {
        "advice": (ADVICE, QUESTION),
        "roster": (ROSTERS, roster(str(everybody.id))),
        "own endpoint": (HOOKS[0], endpoint),
        "school endpoint": (HOOKS[1], endpoint),
    }[kind]
    made = await send(world, everybody, "POST", collection, body)
    assert made.status_code == 201, made.text
    assert made.headers["location"] == f"{collection}/{made.json()['id']}"
    shown = await send(world, everybody, "GET", made.headers["location"])
    given = {name: value for name, value in made.json().items() if name != "secret"}
    assert (shown.status_code, shown.json(), shown.headers["etag"]) == (200, given, made.headers["etag"])
    assert re.fullmatch(r'"[^"]+"', made.headers["etag"])


@ON_SQLITE
async def test_a_message_that_was_made_is_in_its_list_as_it_was_given(world: World) -> None:
    """R5: messages have no address of their own; their list shows what the answer showed."""
    await world.school()
    everybody = await world.person(*Role)
    reporter = await world.reporter((await world.report()).json()["receipt"])
    [report] = (await send(world, everybody, "GET", REPORTS)).json()["items"]
    question = await send(world, everybody, "POST", ADVICE, QUESTION)
    threads = {
        f"{REPORTS}/{report['id']}/messages": everybody.headers,
        "/v1/me/report/messages": reporter,
        f"{question.headers['location']}/messages": everybody.headers,
    }
    for path, headers in threads.items():
        made = await world.http.post(path, json={"text": "Hello."}, headers=headers | world.once())
        assert made.status_code == 201, made.text
        listed = (await world.http.get(path, headers=headers)).json()["items"]
        assert listed[-1] == made.json()


@pytest.mark.parametrize("collection", HOOKS)
async def test_a_patch_changes_what_it_names_and_nothing_else(world: World, collection: str) -> None:
    """R6: absence keeps, a value replaces, null clears, an empty patch is no fault."""
    await world.school()
    person = await world.person(*Role)
    address = await hook(world, person, collection, description="The pager", event_types=["page.requested"])

    async def after(body: Any) -> dict[str, Any]:
        answer = await change(world, person, "PATCH", address, body)
        assert answer.status_code == 200, answer.text
        shown = await send(world, person, "GET", address)
        assert (shown.json(), shown.headers["etag"]) == (answer.json(), answer.headers["etag"])
        return {name: shown.json()[name] for name in ("description", "event_types", "enabled")}

    assert await after({}) == {"description": "The pager", "event_types": ["page.requested"], "enabled": True}
    assert await after({"enabled": False}) == {
        "description": "The pager",
        "event_types": ["page.requested"],
        "enabled": False,
    }
    assert await after({"description": None}) == {
        "description": "",
        "event_types": ["page.requested"],
        "enabled": False,
    }
    assert await after({"event_types": None, "enabled": True}) == {
        "description": "",
        "event_types": [],
        "enabled": True,
    }


@pytest.mark.parametrize("collection", HOOKS)
async def test_a_patch_that_cannot_be_done_changes_nothing(world: World, collection: str) -> None:
    """R6: unknown fields and nulls for what must have a value are refused, and the rest of the patch with them."""
    await world.school()
    person = await world.person(*Role)
    address = await hook(world, person, collection, description="The pager")
    before = await send(world, person, "GET", address)
    for body, pointer in (
        ({"description": "New", "descripton": "New"}, "#/descripton"),
        ({"description": "New", "health": "healthy"}, "#/health"),
        ({"description": "New", "secret": "whsec_mine"}, "#/secret"),
        ({"description": "New", "url": None}, "#/url"),
        ({"description": "New", "enabled": None}, "#/enabled"),
    ):
        answer = await change(world, person, "PATCH", address, body)
        assert (answer.status_code, [fault["pointer"] for fault in answer.json()["errors"]]) == (422, [pointer])
    after = await send(world, person, "GET", address)
    assert (after.json(), after.headers["etag"]) == (before.json(), before.headers["etag"])


@pytest.mark.parametrize("media_type", ["application/merge-patch+json", "application/json"])
@ON_SQLITE
async def test_a_patch_has_two_media_types(world: World, media_type: str) -> None:
    """R6: RFC 7396's own and plain JSON."""
    await world.school()
    person = await world.person(Role.ADVISER)
    address = await hook(world, person)
    shown = await send(world, person, "GET", address)
    headers = person.headers | {"Content-Type": media_type, "If-Match": shown.headers["etag"]}
    answer = await world.http.patch(address, content=b'{"description": "New"}', headers=headers)
    assert (answer.status_code, answer.json()["description"]) == (200, "New")


@pytest.mark.parametrize("collection", HOOKS)
async def test_what_was_deleted_is_gone(world: World, collection: str) -> None:
    """R7: 204 without a body, then 404 for every method, and no trace in the list."""
    await world.school()
    person = await world.person(*Role)
    address, kept = await hook(world, person, collection), await hook(world, person, collection)
    await world.settle()
    etag = (await send(world, person, "GET", address)).headers["etag"]
    gone = await send(world, person, "DELETE", address, If_Match=etag)
    assert (gone.status_code, gone.content) == (204, b"")
    for method, path, body in (
        ("DELETE", address, None),
        ("GET", address, None),
        ("PATCH", address, {"enabled": False}),
        ("POST", f"{address}/ping", None),
    ):
        answer = await send(world, person, method, path, body, If_Match=etag)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), method
    listed = (await send(world, person, "GET", collection)).json()["items"]
    assert [f"{collection}/{item['id']}" for item in listed] == [kept]


@ON_SQLITE
async def test_a_field_that_is_not_known_is_refused_everywhere(world: World) -> None:
    """R8: 422 `unknown_field` with a pointer to it, on every operation that takes a body."""
    await world.school()
    everybody = await world.person(*Role)
    operator = await world.person(Role.PLATFORM_OPERATOR, school=None)
    reporter = await world.reporter((await world.report()).json()["receipt"])
    peer = await choosing_story.peer(world)
    wrong: dict[str, Any] = {}
    for template, operations in openapi_reading.document()["paths"].items():
        path = re.sub(r"\{\w+\}", lambda _: str(uuid.uuid4()), template.replace("{school}", "harbour"))
        without_account = {"/v1/me/report": reporter, "/v1/me/choice": peer}
        headers = next((each for begin, each in without_account.items() if path.startswith(begin)), everybody.headers)
        kind = {"grant_type": "password"} if path == "/v1/auth/token" else {}
        for method, operation in operations.items():
            if "requestBody" not in operation:
                continue
            [media_type] = operation["requestBody"]["content"]
            if operation["security"] == [{"bearer": ["platform_operator"]}]:
                headers = operator.headers
            named = headers | world.once() | {"If-Match": '"x"', "Content-Type": media_type}
            answer = await world.http.request(method, path, json=kind | {"surprise": 1}, headers=named)
            found = [fault for fault in answer.json().get("errors", []) if fault.get("pointer") == "#/surprise"]
            if answer.status_code != 422 or [fault["code"] for fault in found] != ["unknown_field"]:
                wrong[f"{method} {path}"] = answer.json()
    assert wrong == {}


@ON_SQLITE
async def test_every_schema_that_comes_in_is_closed_at_every_depth(world: World) -> None:
    """R8: also the objects inside, where a misspelt field would be lost as easily."""
    document = openapi_reading.document()
    waiting = [
        content["schema"]
        for operations in document["paths"].values()
        for operation in operations.values()
        for content in operation.get("requestBody", {"content": {}})["content"].values()
    ]
    open_ones, known = [], set()
    while waiting:
        schema = waiting.pop()
        if "$ref" in schema:
            if schema["$ref"] not in known:
                known.add(schema["$ref"])
                waiting.append(resolved(document, schema))
            continue
        if "properties" in schema and schema.get("additionalProperties") is not False:
            open_ones.append(schema["title"])
        waiting += [*schema.get("properties", {}).values(), *schema.get("anyOf", []), *schema.get("oneOf", [])]
        waiting += [schema["items"]] if "items" in schema else []
    assert len(known) > 10
    assert open_ones == []


@ON_SQLITE
async def test_clients_are_told_to_expect_more_values(world: World) -> None:
    """R10: enums are open; the document says so where everybody begins to read."""
    text = " ".join(openapi_reading.document()["info"]["description"].split())
    assert re.search(r"Accept [^:]*\benums? [^:]*not know", text)


@pytest.mark.parametrize("collection", HOOKS)
@ON_SQLITE
async def test_work_that_takes_longer_says_where_to_look(world: World, collection: str) -> None:
    """R11: 202 with the Location of what will show the outcome, and there it is."""
    await world.school()
    person = await world.person(*Role)
    address = await hook(world, person, collection)
    accepted = await send(world, person, "POST", f"{address}/ping")
    assert (accepted.status_code, accepted.headers["location"]) == (202, address)
    assert accepted.json()["health"] == "unverified"
    await world.settle()
    assert (await send(world, person, "GET", accepted.headers["location"])).json()["health"] == "healthy"


async def test_reading_changes_nothing_but_the_record_of_readings(world: World) -> None:
    """R12: the same ETag and state after any number of GETs and HEADs; looking at a page acknowledges nothing."""
    await world.school()
    adviser, everybody = await world.person(Role.ADVISER, paged=True), await world.person(*Role)
    await world.on_call(adviser)
    made = await world.report("said_thoughts_of_suicide")
    question = await send(world, everybody, "POST", ADVICE, QUESTION)
    kept = await send(world, everybody, "POST", ROSTERS, roster(str(everybody.id)))
    await world.settle()
    link = verified(world.receiver.wait_for(adviser.hook, 2)[0], adviser.secret)["data"]["ack_url"]
    reporter = await world.reporter(made.json()["receipt"])
    [report] = (await send(world, everybody, "GET", REPORTS)).json()["items"]
    pages = (await send(world, adviser, "GET", "/v1/me/pages")).json()["items"]
    by_address = {
        "/v1/me/report": reporter,
        f"{REPORTS}/{report['id']}": everybody.headers,
        REPORTS: everybody.headers,
        question.headers["location"]: everybody.headers,
        ADVICE: everybody.headers,
        kept.headers["location"]: everybody.headers,
        f"/v1/pages/{pages[0]['id']}": adviser.headers,
        f"/v1/pages/{pages[1]['id']}": adviser.headers,
        "/v1/me/pages": adviser.headers,
        f"{HOOKS[0]}/{adviser.endpoint_id}": adviser.headers,
        "/v1/schools/harbour/help-now": {},
    }
    for path, headers in by_address.items():
        await world.http.get(path, headers=headers)
    first = {path: await world.http.get(path, headers=headers) for path, headers in by_address.items()}
    for _again in range(2):
        assert (await world.http.get(httpx.URL(link).path)).status_code == 200
        for path, headers in by_address.items():
            head, shown = await world.http.head(path, headers=headers), await world.http.get(path, headers=headers)
            assert head.headers["etag"] == shown.headers["etag"] == first[path].headers["etag"], path
            assert shown.json() == first[path].json()
    assert first[f"{REPORTS}/{report['id']}"].json()["state"] == "new"
    assert {page["state"] for page in first["/v1/me/pages"].json()["items"]} == {"delivered"}
