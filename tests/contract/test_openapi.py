"""The OpenAPI document says everything a client can rely on, in a form that tools can check (contract O1 to O11)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import httpx
import jsonschema_rs
import pytest
from openapi_reading import COMMITTED, Operation, document, operations, placed_schemas, resolved, webhooks
from openapi_spec_validator import OpenAPIV31SpecValidator
from openapi_spec_validator.schemas import schema_v31

from app.core.db import Database
from app.core.problems import REGISTRY, Problem
from app.main import create_app
from app.routers.openapi import document_of
from app.settings import Settings
from app.vocabulary import Role, Scope
from tests.support import thorough

PROBLEM = "application/problem+json"
OPERATIONS = operations()
CODES = {code: kind for code, kind in REGISTRY.items() if kind.__module__.startswith("app.")}


def of_status(status: int) -> set[str]:
    return {operation.name for operation in OPERATIONS if status in operation.responses()}


def each_operation(check: Callable[[Operation], None]) -> Callable[[], None]:
    """One test of all of them, which names each that fails: four hundred tests of a moment cost more than they do."""

    def test() -> None:
        wrong = {}
        for operation in OPERATIONS:
            try:
                check(operation)
            except AssertionError as exc:
                wrong[operation.name] = str(exc)
        assert wrong == {}

    test.__name__, test.__doc__ = check.__name__, check.__doc__
    return test


# --- the document as a whole ---


async def test_the_committed_document_is_what_is_served() -> None:
    """O1, V1. That the command prints the same bytes, whatever order Python gives to its sets: `make openapi-check`."""
    settings = Settings(database_url="sqlite:////nonexistent/openapi.sqlite3")
    db = Database(settings.url)
    app = create_app(settings, db, with_worker=False)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://peerline.test") as http:
        served = await http.get("/openapi.json")
    db.close()
    assert served.json() == json.loads(COMMITTED.read_text())


def test_it_is_valid_openapi() -> None:
    """By the schema of OpenAPI 3.1, and each schema in it by that of JSON Schema.

    A validator that follows each reference as often as it is made takes ten seconds for that: in the long suite.
    """
    assert document()["openapi"] == "3.1.0"
    by_the_standard = jsonschema_rs.Draft202012Validator(dict(schema_v31))
    assert [fault.message for fault in by_the_standard.iter_errors(document())] == []
    assert [place for place, schema in placed_schemas() if not jsonschema_rs.meta.is_valid(schema)] == []
    references = re.findall(r'"\$ref": "([^"]+)"', json.dumps(document()))
    assert [each for each in references if not resolved({"$ref": each})] == []
    if thorough.LONG:
        assert [str(fault.message) for fault in OpenAPIV31SpecValidator(document()).iter_errors()] == []


def test_it_says_who_answers_for_it() -> None:
    """O10."""
    info = document()["info"]
    assert info["license"]["identifier"] == "Apache-2.0"
    assert info["contact"]["url"].startswith("https://")
    assert [server["url"] for server in document()["servers"]] == ["/"]
    tags = {tag["name"]: tag["description"] for tag in document()["tags"]}
    used = {tag for each in (*(o.value for o in OPERATIONS), *webhooks().values()) for tag in each["tags"]}
    assert set(tags) == used
    assert all(tags.values())


def test_the_introduction_tells_a_client_what_it_must_bear_with() -> None:
    """R10, I7, I9, E3, E9, B09."""
    text = " ".join(document()["info"]["description"].split())
    for said in (
        "values of enums that you do not know",
        "for 24 hours",
        "the order of a body's members and its white space do not matter",
        "**HEAD** works wherever GET does",
        "what they found is mixed",
    ):
        assert said in text
    for code, kind in CODES.items():
        assert f"| `{code}` | {kind.status} | {kind.title} |" in text


# --- operations ---


def test_names_of_operations_are_good_names_for_methods() -> None:
    names = [operation.name for operation in OPERATIONS] + [each["operationId"] for each in webhooks().values()]
    assert len(names) == len(set(names))
    assert [name for name in names if not re.fullmatch(r"[a-z]+([A-Z][a-z0-9]*)+", name)] == []


@each_operation
def test_an_operation_is_described(operation: Operation) -> None:
    """O2."""
    value = operation.value
    assert value["summary"][0].isupper()
    assert not value["summary"].endswith(".")
    assert len(value["description"]) > 10
    assert len(value["tags"]) == 1
    for security in value["security"]:
        [(scheme, needed)] = security.items()
        assert scheme in document()["components"]["securitySchemes"]
        assert set(needed) <= (set(Scope) if scheme == "service" else set(Role))
    for parameter in value.get("parameters", []):
        assert parameter["description"], parameter["name"]
        assert ("example" in parameter) == (parameter["name"] not in ("Idempotency-Key", "cursor")), parameter["name"]


@each_operation
def test_paths_are_plain(operation: Operation) -> None:
    """R1, S1: lower case with hyphens, no slash at the end, no secret but the two named in the contract."""
    # Below /hsds the names are the standard's own, with underscores.
    plain = operation.path.replace("service_at_locations", "").replace("taxonomy_terms", "")
    assert re.fullmatch(
        r"(/[a-z0-9.-]*|/\{[a-z_]+\})+(\.ics)?", plain if plain.startswith("/hsds/") else operation.path
    )
    names = {*operation.parameters("path"), *operation.parameters("query")}
    assert all(re.fullmatch(r"[a-z][a-z_]*", name) for name in names)
    if "ack-link" not in operation.path and not operation.path.startswith("/v1/calendars/"):
        assert not names & {"token", "receipt", "secret", "password", "key", "access_token"}


@each_operation
def test_answers_are_of_the_kinds_that_are_promised(operation: Operation) -> None:
    """O2, O3, R2: objects, or nothing; every error a problem."""
    responses = operation.responses()
    assert min(responses) in (200, 201, 202, 204)
    for status, response in responses.items():
        assert response["description"]
        content = response.get("content", {})
        if status in (204, 304):
            assert content == {}
        elif status >= 400:
            assert set(content) == {PROBLEM}
            assert content[PROBLEM]["schema"] == {"$ref": "#/components/schemas/ProblemDetails"}
        elif "ack-link" in operation.path or operation.path == "/join":
            assert set(content) == {"text/html"}
        elif operation.path.endswith(".svg"):
            assert set(content) == {"image/svg+xml"}
        elif operation.path.endswith(".csv"):
            assert set(content) == {"text/csv"}
        elif operation.path.endswith("/export"):
            assert set(content) == {
                "application/x-ndjson" if "audit" in operation.path else "application/json",
                "text/csv",
            }
        elif operation.path.endswith(".ics"):
            assert set(content) == {"text/calendar"}
        elif operation.path.endswith(("/waves/{wave_id}/tokens", "/waves/{wave_id}/results")):
            assert set(content) == {"application/json", "text/csv"}
        else:
            assert set(content) == {"application/json"}
            assert resolved(content["application/json"]["schema"])["type"] == "object"


@each_operation
def test_statuses_follow_from_what_an_operation_takes(operation: Operation) -> None:
    statuses = set(operation.responses())
    # What a body meets, also where none is taken.
    assert {413, 414, 415, 422, 431, 500} <= statuses
    assert ({401, 429, 503} <= statuses) or operation.public
    assert (400 in statuses) == ("Idempotency-Key" in operation.parameters("header"))
    assert ({412, 428} <= statuses) == ("If-Match" in operation.parameters("header"))
    assert (304 in statuses) == ("If-None-Match" in operation.parameters("header"))
    assert 404 in statuses or not operation.parameters("path")


def test_every_status_and_code_of_the_product_is_documented() -> None:
    """E3. 405 is for methods that are not in the document, so that none of its operations can have it."""
    documented = {status for operation in OPERATIONS for status in operation.responses()}
    assert {kind.status for kind in CODES.values()} - {405} == {status for status in documented if status >= 400}
    examples: set[str] = set()
    for response in document()["components"]["responses"].values():
        examples |= set(response["content"][PROBLEM]["examples"])
    assert examples == {code for code, kind in CODES.items() if kind.status != 405}


def test_every_conflict_is_named_where_it_can_happen() -> None:
    named: set[str] = set()
    for operation in OPERATIONS:
        if 409 in operation.responses():
            named |= set(re.findall(r"`([a-z_]+)`", operation.value["responses"]["409"]["description"]))
    assert named == {code for code, kind in CODES.items() if kind.status == 409 and code != "conflict"}


@each_operation
def test_an_operation_names_the_codes_of_its_problems(operation: Operation) -> None:
    """E3: for each status that is an error, and no other; which they are is held to by each call of `differences`."""
    named = operation.value["x-problem-codes"]
    assert {int(status) for status in named} == {status for status in operation.responses() if status >= 400}
    for status, codes in named.items():
        assert codes, status
        assert {CODES[code].status for code in codes} == {int(status)}
    if 409 in operation.responses():
        said = re.findall(r"`([a-z_]+)`", operation.value["responses"]["409"]["description"])
        assert sorted(said) == named["409"]


def test_a_code_of_one_part_of_the_product_is_named_there_alone() -> None:
    """Whoever writes a client writes a branch for each: none for what cannot happen."""
    everywhere = {code for code, kind in CODES.items() if kind.__module__ == Problem.__module__}
    named: dict[str, set[str]] = {}
    for operation in OPERATIONS:
        for status, codes in operation.value["x-problem-codes"].items():
            if status != "409":
                for code in set(codes) - everywhere - {"client_upgrade_required"}:
                    named.setdefault(code, set()).add(operation.name)
    assert {code: names for code, names in named.items() if len(names) > 5} == {}
    of_apps = {
        each.name for each in OPERATIONS if "client_upgrade_required" in each.value["x-problem-codes"].get("403", ())
    }
    assert of_apps == {each.name for each in OPERATIONS if "App-Version" in each.parameters("header")}


def test_no_code_is_without_an_operation() -> None:
    """405 is answered where there is none, and `conflict` is what the others are kinds of."""
    named = {code for each in OPERATIONS for codes in each.value["x-problem-codes"].values() for code in codes}
    assert named == {code for code, kind in CODES.items() if kind.status != 405} - {"conflict"}


def test_a_code_has_one_class_with_its_kinds_below_it() -> None:
    """Else its example in the document would be that of whichever was imported last."""
    with pytest.raises(TypeError, match="two meanings"):
        type("Another", (Problem,), {"code": "not_found", "status": 404, "title": REGISTRY["not_found"].title})
    assert REGISTRY["not_found"].__module__ == Problem.__module__


def test_a_problem_class_of_a_test_is_not_in_the_document() -> None:
    class MadeUp(Problem):
        code, status, title = "made_up", 418, "Made up"

    settings = Settings(database_url="sqlite:////nonexistent/openapi.sqlite3")
    db = Database(settings.url)
    try:
        app = create_app(settings, db, with_worker=False)
        # Built now: `openapi()` gives what was built before there was such a class.
        assert "made_up" not in json.dumps(document_of(app.routes, version="1"))
    finally:
        db.close()
        del REGISTRY["made_up"]


# --- headers ---


@each_operation
def test_headers_are_documented_where_they_stand(operation: Operation) -> None:
    """O5."""
    responses = operation.responses()
    headers = {status: set(response["headers"]) for status, response in responses.items()}
    assert all({"X-Request-Id", "Cache-Control"} <= names for names in headers.values())
    if 304 in headers:
        assert "ETag" in headers[200]
        assert "ETag" in headers[304]
    if "If-Match" in operation.parameters("header"):
        # What is not there yet has no version, nothing stands in the way of a worry that is made more urgent, and a dry
        # run changes nothing.
        assert operation.parameters("header")["If-Match"]["required"] == (
            operation.name not in ("setReportPriority", "importDirectory")
            and (201 not in headers or operation.method == "POST")
        )
    if "cursor" in operation.parameters("query"):
        assert "Link" in headers[200]
    if 202 in headers:
        assert "Location" in headers[202]
    if "Idempotency-Key" in operation.parameters("header"):
        assert "Idempotency-Replayed" in headers[next(status for status in (201, 202, 200) if status in headers)]
        staff = any("bearer" in each for each in operation.value["security"])
        # An endpoint can be added without one, as it always could.
        optional = operation.name in ("createMyWebhookEndpoint", "createSchoolWebhookEndpoint")
        assert operation.parameters("header")["Idempotency-Key"]["required"] == (staff and not optional)
    if 401 in headers:
        assert "WWW-Authenticate" in headers[401]
    for status in {429, 503} & set(headers):
        assert "Retry-After" in headers[status]
    limited = {status for status, names in headers.items() if {"RateLimit", "RateLimit-Policy"} <= names}
    assert (min(headers) in limited) == (429 in headers)


@each_operation
def test_a_write_says_how_it_is_repeated(operation: Operation) -> None:
    """M1."""
    assert ("**Retry:**" in operation.value["description"]) == operation.writes


def test_a_patch_is_a_merge_patch() -> None:
    """R6."""
    patches = [operation for operation in OPERATIONS if operation.method == "PATCH"]
    assert patches
    for operation in patches:
        assert set(operation.content()) == {"application/merge-patch+json"}
