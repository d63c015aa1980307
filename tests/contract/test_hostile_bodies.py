"""Bodies that are meant to hurt, and addresses and headers that are too long: E6, E7 and E12 of the contract.

No database takes part in refusing them, so that one is enough here.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import openapi_reading
import pytest

from app.vocabulary import Role
from tests.support.world import World

PROBLEM = "application/problem+json"
JSON = {"Content-Type": "application/json"}
REPORTS = "/v1/schools/harbour/reports"
ADVICE = "/v1/schools/harbour/advice-requests"
MEBIBYTE = 1 << 20


@pytest.fixture
def database_kind() -> str:
    """In place of the fixture that gives both."""
    return "sqlite"


@pytest.fixture
async def school(world: World) -> World:
    await world.school()
    return world


def report(**fields: Any) -> bytes:
    return json.dumps({"signs": ["tearful"], **fields}).encode()


def nested(depth: int) -> bytes:
    """A report whose narrative is lists in lists, `depth` levels in all."""
    return b'{"signs": ["tearful"], "narrative": ' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


MALFORMED = {
    "NaN": b'{"signs": ["tearful"], "narrative": NaN}',
    "Infinity": b'{"signs": ["tearful"], "narrative": Infinity}',
    "negative Infinity": b'{"signs": ["tearful"], "narrative": -Infinity}',
    "a lone high surrogate": b'{"signs": ["tearful"], "narrative": "\\ud800"}',
    "a lone low surrogate": b'{"signs": ["tearful"], "narrative": "\\udc00 and text"}',
    "surrogates the wrong way round": b'{"signs": ["tearful"], "narrative": "\\udc00\\ud800"}',
    "a lone surrogate in a name": b'{"signs": ["tearful"], "\\ud800": 1}',
    "an escaped NUL": b'{"signs": ["tearful"], "narrative": "a\\u0000b"}',
    "an escaped NUL in a name": b'{"signs": ["tearful"], "a\\u0000": 1}',
    "an escaped NUL deep inside": b'{"signs": [["\\u0000"]]}',
    "a raw NUL": b'{"signs": ["tearful"], "narrative": "a\x00b"}',
    "a raw control character": b'{"signs": ["tearful"], "narrative": "a\x1fb"}',
    "a raw line break in a text": b'{"signs": ["tearful"], "narrative": "a\nb"}',
    "100,000 brackets": b"[" * 100_000,
    "100,000 braces": b'{"a":' * 40_000,
    "100,000 brackets that close": b"[" * 100_000 + b"]" * 100_000,
    "nested 33 deep": nested(33),
    "a duplicate name": b'{"signs": ["tearful"], "signs": ["isolated"]}',
    "a duplicate name in other letters": b'{"signs": ["tearful"], "sign\\u0073": ["isolated"]}',
    "a duplicate name deep inside": b'{"signs": ["tearful"], "narrative": {"a": 1, "a": 2}}',
    "a byte order mark": b"\xef\xbb\xbf" + report(),
    "UTF-16": report().decode().encode("utf-16"),
    "UTF-32": report().decode().encode("utf-32-le"),
    "invalid UTF-8": b'{"signs": ["tearful"], "narrative": "\xff\xfe"}',
    "an overlong encoding": b'{"signs": ["tearful"], "narrative": "\xc0\xaf"}',
    "a surrogate in UTF-8": b'{"signs": ["tearful"], "narrative": "\xed\xa0\x80"}',
    "a truncated object": b'{"signs": ["tearful"]',
    "a truncated text": b'{"signs": ["tear',
    "a truncated escape": b'{"signs": ["tearful"], "narrative": "\\u12',
    "nothing but white space": b" \n\t ",
    "two values": report() + b" " + report(),
    "a comma too many": b'{"signs": ["tearful"],}',
    "a comment": b'{"signs": ["tearful"] /* hello */}',
    "single quotes": b"{'signs': ['tearful']}",
    "a number of 5,000 digits": b'{"signs": ["tearful"], "narrative": ' + b"9" * 5000 + b"}",
    "a leading zero": b'{"signs": ["tearful"], "narrative": 01}',
    "an unknown escape": b'{"signs": ["tearful"], "narrative": "\\x41"}',
}
INVALID = {
    "an exponent beyond all numbers": b'{"signs": ["tearful"], "narrative": 1e999}',
    "a number for a boolean": b'{"signs": ["tearful"], "with_them_now": 2}',
    "nested as deep as may be": nested(32),
    "null": b"null",
    "a list": b"[]",
    "a number": b"17",
    "a text": b'"tearful"',
    "an empty name": b'{"signs": ["tearful"], "": 1}',
    "a name of slashes": b'{"signs": ["tearful"], "~/a~1b": 1}',
    "a name of a whole page": b'{"signs": ["tearful"], "' + b"a" * 20_000 + b'": 1}',
    "thousands of unknown names": json.dumps({f"n{i}": i for i in range(5000)}).encode(),
    "thousands of signs": json.dumps({"signs": ["tearful"] * 20_000}).encode(),
    "the names of Python": b'{"signs": ["tearful"], "__class__": "x", "__init__": {"__globals__": 1}}',
    "a prototype": b'{"signs": ["tearful"], "__proto__": {"admin": true}, "constructor": 1}',
}


def refused(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert (response.status_code, response.headers["content-type"]) == (status, PROBLEM), response.text
    document: dict[str, Any] = response.json()
    assert document["code"] == code
    return document


@pytest.mark.parametrize("name", MALFORMED)
async def test_json_that_parsers_disagree_on_is_refused_on_every_route(school: World, name: str) -> None:
    """E6: never a crash, never a guess; the same answer whoever asks, before anybody parses it."""
    person = await school.person(*Role)
    for path in (REPORTS, "/v1/receipts/session", "/v1/auth/token", ADVICE, "/v1/me/webhook-endpoints"):
        answer = await school.http.post(path, content=MALFORMED[name], headers=JSON | person.headers | school.once())
        document = refused(answer, 422, "malformed_json")
        assert document["help"]


@pytest.mark.parametrize("name", INVALID)
async def test_json_that_is_odd_but_sound_is_judged_by_its_content(school: World, name: str) -> None:
    """E6: it goes as far as the schema and no further, with at most fifty faults in the answer."""
    document = refused(await school.http.post(REPORTS, content=INVALID[name], headers=JSON), 422, "validation_failed")
    assert 1 <= len(document["errors"]) <= 50
    assert len(json.dumps(document)) < 20_000


@pytest.mark.parametrize(
    "narrative",
    [
        pytest.param("[" * 1000 + "{" * 900, id="brackets"),
        pytest.param('\\"' * 500 + "[" * 500, id="quotation marks and brackets"),
        pytest.param("\U0001f6a2 \u202e \ufeff \uffff é", id="characters from everywhere"),
        pytest.param("NaN, Infinity, \\ud800 and \\u0000, in words", id="words about it"),
        pytest.param("'; DROP TABLE reports; --", id="another language"),
    ],
)
@pytest.mark.parametrize("ascii_only", [True, False])
async def test_a_text_may_hold_what_it_likes(school: World, narrative: str, ascii_only: bool) -> None:
    """E6: depth inside a text is no depth, and an escaped pair of surrogates is one character."""
    body = json.dumps({"signs": ["tearful"], "narrative": narrative}, ensure_ascii=ascii_only).encode()
    assert (await school.http.post(REPORTS, content=body, headers=JSON)).status_code == 201
    triager = await school.person(Role.TRIAGER)
    [kept] = (await school.http.get(REPORTS, headers=triager.headers)).json()["items"]
    shown = await school.http.get(f"{REPORTS}/{kept['id']}", headers=triager.headers)
    assert shown.json()["narrative"] == narrative


@pytest.mark.parametrize(
    "media_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/json",
        "application/jsonp",
        "application/xml",
        "application/json; charset=latin-1",
        "application/json, text/plain",
        "application/octet-stream",
        "*/*",
        "",
        "json",
    ],
)
async def test_another_media_type_is_refused(school: World, media_type: str) -> None:
    """E7: 415 on public routes and on those with a token, whatever the bytes are."""
    person = await school.person(*Role)
    for path in (REPORTS, "/v1/receipts/session", ADVICE):
        headers = {"Content-Type": media_type} | person.headers | school.once()
        document = refused(
            await school.http.post(path, content=report(), headers=headers), 415, "unsupported_media_type"
        )
        assert document["help"]
        assert document["detail"] == "Please send application/json, in UTF-8."


@pytest.mark.parametrize(
    "media_type",
    ["application/json", "Application/JSON", "application/json; charset=utf-8", 'application/json;charset="UTF-8"'],
)
async def test_json_may_be_named_in_any_usual_way(school: World, media_type: str) -> None:
    """E7: case and a UTF-8 charset make no difference."""
    answer = await school.http.post(REPORTS, content=report(), headers={"Content-Type": media_type})
    assert answer.status_code == 201, answer.text


async def test_a_body_without_a_media_type_is_refused(school: World) -> None:
    """E7: nothing is guessed from the bytes."""
    request = school.http.build_request("POST", REPORTS, content=report())
    request.headers.pop("content-type", None)
    refused(await school.http.send(request), 415, "unsupported_media_type")


async def in_pieces(size: int, piece: int = 65_536) -> AsyncIterator[bytes]:
    """A body of unknown length."""
    for start in range(0, size, piece):
        yield b" " * min(piece, size - start)


async def test_a_body_of_two_mebibytes_is_refused_however_it_comes(school: World) -> None:
    """E12: by its Content-Length, and in pieces without one, for a problem document each time."""
    person = await school.person(*Role)
    for path in (REPORTS, "/v1/receipts/session", "/v1/auth/token", ADVICE, "/v1/nowhere"):
        known = await school.http.post(path, content=b" " * 2 * MEBIBYTE, headers=JSON | person.headers)
        chunked = await school.http.post(path, content=in_pieces(2 * MEBIBYTE), headers=JSON | person.headers)
        for answer in (known, chunked):
            assert refused(answer, 413, "body_too_large")["help"]


async def test_the_limit_of_a_body_is_exact(school: World) -> None:
    """E12: the last byte that may be there is there, and one more is too many."""
    limit = school.settings.max_body_bytes
    fits = report() + b" " * (limit - len(report()))
    assert (await school.http.post(REPORTS, content=fits, headers=JSON)).status_code == 201
    refused(await school.http.post(REPORTS, content=fits + b" ", headers=JSON), 413, "body_too_large")
    refused(await school.http.post(REPORTS, content=in_pieces(limit + 1), headers=JSON), 413, "body_too_large")


@pytest.mark.parametrize("length", ["-1", "1e9", "0x10", "²", "9" * 5000, "12, 12"])
async def test_a_length_that_is_no_number_is_refused(school: World, length: str) -> None:
    """E12: what a proxy might let through is not believed."""
    headers = httpx.Headers([(b"content-type", b"application/json"), (b"content-length", length.encode("latin-1"))])
    answer = await school.http.request("POST", REPORTS, headers=headers, content=in_pieces(2))
    refused(answer, 413, "body_too_large")


async def test_an_address_and_headers_have_limits(school: World) -> None:
    """E12: 414 and 431, with path and query counted together, and all headers together."""
    for address in ("/v1/" + "a" * 8000, f"{REPORTS}?cursor={'a' * 8000}", "/v1/schools/" + "%41" * 2700 + "/help-now"):
        assert refused(await school.http.get(address), 414, "uri_too_long")["help"]
    many = {f"X-{number}": "a" * 100 for number in range(200)}
    for headers in ({"Cookie": "a" * 20_000}, {"Authorization": "Bearer " + "a" * 20_000}, many):
        assert refused(await school.http.get("/v1/meta", headers=headers), 431, "headers_too_large")["help"]
    assert (await school.http.get("/v1/meta", headers={"Cookie": "a" * 10_000})).status_code == 200


@pytest.mark.parametrize("name", ["If-None-Match", "If-Match", "Accept-Language"])
@pytest.mark.parametrize("path", ["/v1/schools/harbour/help-now", "/v1/schools/harbour/guidance"])
async def test_a_header_that_is_read_is_as_long_as_the_document_says(school: World, name: str, path: str) -> None:
    """O7: 8 KiB and no more, whether the answer lies ready or is made."""
    for _ in range(2):
        longest = await school.http.get(path, headers={name: '"' + "a" * 8190 + '"'})
        assert longest.status_code == 200
        refused(await school.http.get(path, headers={name: "a" * 8193}), 431, "headers_too_large")


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("open_only_if_life_at_risk", 0, "bool_type"),
        ("open_only_if_life_at_risk", "true", "bool_type"),
        ("with_them_now", 1, "bool_type"),
    ],
)
async def test_a_truth_is_neither_a_number_nor_a_text(school: World, field: str, value: Any, code: str) -> None:
    """R8: what the document calls a boolean is one; anything else was meant otherwise."""
    answer = await school.http.post(REPORTS, json={"signs": ["tearful"], field: value})
    [fault] = refused(answer, 422, "validation_failed")["errors"]
    assert (fault["pointer"], fault["code"]) == (f"#/{field}", code)


async def test_a_number_is_neither_a_truth_nor_a_text_and_no_time(school: World) -> None:
    """R8, R3: seconds since 1970 are no instant, in whatever way they are written; 3.0 is the whole number 3."""
    coordinator = await school.person(Role.COORDINATOR, Role.SCHOOL_IT)
    base = "/v1/schools/harbour"
    site: dict[str, Any] = {"name": "A hospital", "kind": "hospital", "region": "VIC", "is_teaching_site": True}
    absence: dict[str, Any] = {"kind": "leave", "start": "2098-01-01T00:00Z", "end": "2098-01-02T00:00Z"}
    endpoint: dict[str, Any] = {"url": "https://pager.example.edu/peerline", "position": 3.0}
    for path, body, given, code in (
        ("sites", site, {"latitude": False, "longitude": 144.9}, "float_type"),
        ("sites", site, {"latitude": "-37.8", "longitude": 144.9}, "float_type"),
        ("absences", absence, {"start": 4039372800}, "instant_invalid"),
        ("webhook-endpoints", endpoint, {"position": True}, "int_type"),
        ("webhook-endpoints", endpoint, {"position": "3"}, "int_type"),
        ("privacy-incidents", {"kind": "other", "what_happened": "A slip."}, {"happened_on": 0}, "date_type"),
        ("privacy-incidents", {"kind": "other", "what_happened": "A slip."}, {"happened_on": "86400"}, "date_type"),
        ("referral-options", {}, {"at": "1798761600"}, "datetime_type"),
    ):
        headers = coordinator.headers | school.once()
        answer = await school.http.post(f"{base}/{path}", headers=headers, json=body | given)
        found = refused(answer, 422, "validation_failed")["errors"]
        assert code in {fault["code"] for fault in found}, (path, given, found)
    made = await school.http.post(f"{base}/webhook-endpoints", headers=coordinator.headers, json=endpoint)
    assert made.status_code == 201


@pytest.mark.parametrize(
    "path",
    [
        "/v1/schools/%00/help-now",
        "/v1/schools/%ff%fe/help-now",
        "/v1/schools/harbour%2Freports/help-now",
        "/v1/schools/../../etc/passwd",
        "/v1/schools/..%2f..%2fhelp-now/help-now",
        "/v1/schools/HARBOUR/help-now",
        "/v1/schools/harbour%0a/help-now",
        "/v1/schools/" + "a" * 500 + "/help-now",
        "/v1//schools/harbour/help-now",
        "/v1/pages/01890b7e-0000-4000-8000-000000000001/ack-link/%00",
        f"/v1/pages/01890b7e-0000-4000-8000-000000000002/ack-link/{'a' * 32}%0a",
    ],
)
async def test_an_odd_path_leads_nowhere(school: World, path: str) -> None:
    """E6: what a server decodes is looked up as it is; never a crash and never a file."""
    answer = await school.http.get(httpx.URL("http://peerline.test").copy_with(raw_path=path.encode()))
    assert answer.status_code in (401, 404, 422), answer.text
    assert answer.headers["content-type"] == PROBLEM


async def test_odd_query_parameters_are_refused(school: World) -> None:
    """E6: also those whose numbers and times are beyond what a calendar or a machine word holds."""
    person = await school.person(*Role)
    await school.on_call(person)
    [roster] = (await school.http.get("/v1/schools/harbour/rosters", headers=person.headers)).json()["items"]
    of_roster = f"/v1/schools/harbour/rosters/{roster['id']}"
    for address in (
        f"{REPORTS}?limit=99999999999999999999999999",
        f"{REPORTS}?limit=" + "9" * 1500,
        f"{REPORTS}?limit=1e1",
        f"{REPORTS}?limit=NaN",
        f"{REPORTS}?limit=%00",
        f"{REPORTS}?cursor=%00",
        f"{REPORTS}?cursor=%f0%9f%98%80",
        f"{REPORTS}?cursor=" + "A" * 399,
        f"{REPORTS}?state=%ff",
        f"{of_roster}/on-call?at=0001-01-01T00:00:00%2B14:00",
        f"{of_roster}/on-call?at=9999-12-31T23:59:59-14:00",
        f"{of_roster}/on-call?at=2027-02-30T00:00:00Z",
        f"{of_roster}/on-call?at=1e400",
        f"{of_roster}/on-call?at=inf",
        f"{of_roster}/shifts?from=0001-01-01T00:00:00Z&to=9999-12-31T00:00:00Z",
        f"{of_roster}/shifts?from=2027-03-20T00:00:00Z&to=2029-03-20T00:00:00Z",
        f"{of_roster}/shifts?from=2027-03-20T00:00:00Z&to=2027-03-20T00:00:00Z",
    ):
        answer = await school.http.get(address, headers=person.headers)
        assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM), (address, answer.text)


async def test_a_body_where_none_is_taken_is_refused_and_an_empty_object_is_not(world: World) -> None:
    """R8, O2: what it says would be lost in silence; all that can be answered to it is documented."""
    paths = openapi_reading.document()["paths"]
    bodiless = [
        (method.upper(), re.sub(r"{[^}]+}", "a" * 36, path), operation)
        for path, operations in paths.items()
        for method, operation in operations.items()
        if "requestBody" not in operation
    ]
    assert len(bodiless) > 20
    for method, path, operation in bodiless:
        answers = {
            "unexpected_body": await world.http.request(method, path, json={"reason": "tired"}),
            "malformed_json": await world.http.request(method, path, content=b"{", headers=JSON),
            "unsupported_media_type": await world.http.request(method, path, content=b"x"),
            "body_too_large": await world.http.request(method, path, content=b" " * MEBIBYTE, headers=JSON),
        }
        assert {(path, code, answer.json()["code"]) for code, answer in answers.items()} == {
            (path, code, code) for code in answers
        }
        assert {str(answer.status_code) for answer in answers.values()} <= set(operation["responses"])
        plain, empty = await world.http.request(method, path), await world.http.request(method, path, json={})
        assert (path, plain.status_code) == (path, empty.status_code)


@pytest.mark.parametrize("instant", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
async def test_an_instant_that_is_in_no_year_of_utc_is_refused(school: World, instant: str) -> None:
    it = await school.person(Role.SCHOOL_IT)
    body = {"name": "Directory backup", "scopes": ["directory:read"], "expires_at": instant}
    made = "/v1/schools/harbour/service-accounts"
    refused = await school.http.post(made, headers=it.headers | school.once(), json=body)
    [fault] = refused.json()["errors"]
    assert (refused.status_code, fault["pointer"], fault["code"]) == (422, "#/expires_at", "datetime_out_of_range")


async def test_what_somebody_is_called_is_one_line(school: World) -> None:
    """As in an import: it stands in lists, files and calendars."""
    coordinator = await school.person(Role.COORDINATOR)
    body = {"login": "wren@harbour.example", "alias": "Wren\nKea", "roles": []}
    headers = coordinator.headers | school.once()
    refused = await school.http.post("/v1/schools/harbour/invitations", headers=headers, json=body)
    assert (refused.status_code, [each["pointer"] for each in refused.json()["errors"]]) == (422, ["#/alias"])
