"""Safety of transport and logs: conventions S1 to S6 of the contract, over HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import re
import sqlite3
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import openapi_reading
import pytest
from sqlalchemy.engine import make_url

from app import startup
from app.core.crypto import KeyRing
from app.core.db import Session
from app.main import create_app
from app.settings import Settings
from app.vocabulary import Role
from tests.support.receiver import verified
from tests.support.server import Server
from tests.support.world import World

ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
BASE = "http://peerline.test"
PROBLEM = "application/problem+json"
REPORTS = "/v1/schools/harbour/reports"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE}-00f067aa0ba902b7-01"
OUR_APP, OTHER_SITE = "https://app.example.edu", "https://elsewhere.example"


@contextlib.asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a process of its own, with these settings, on whatever database they name."""
    db = startup.open_database(settings, KeyRing.parse(settings.master_keys))
    app = create_app(settings, db, with_worker=False)
    transport = httpx.ASGITransport(app)
    try:
        async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url=BASE) as http:
            yield http
    finally:
        db.close()


def everything_in(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


@ON_SQLITE
async def test_no_secret_has_a_place_in_an_address(world: World) -> None:
    """S1: receipts, tokens, passwords and keys are in no path and no query, but for a page's link and a calendar's."""
    document = openapi_reading.document()
    secretive = re.compile(r"receipt|token|secret|password|credential|api_?key|code|session|auth|signature")
    found = {
        (path, parameter["name"])
        for path, operations in document["paths"].items()
        for operation in operations.values()
        for parameter in operation.get("parameters", [])
        if parameter["in"] in ("query", "path")
        and secretive.search(parameter["name"].lower())
        # What a public collection looked like, and who tells a story: anyone may know both. The id of a sign-in opens
        # nothing: whoever ends it has a token of their own.
        and parameter["name"] not in ("author_kind", "sync_token", "session_id")
    }
    assert found == {("/v1/pages/{page_id}/ack-link/{token}", "token"), ("/v1/calendars/{token}.ics", "token")}
    schemes = document["components"]["securitySchemes"].values()
    assert {scheme.get("in", "header") for scheme in schemes} == {"header"}


async def test_a_secret_in_an_address_opens_nothing(world: World) -> None:
    """S1: RFC 6750's query parameter is not read, and neither is a receipt outside the body."""
    await world.school()
    person = await world.person(Role.SUPPORTER)
    token = person.headers["Authorization"].partition(" ")[2]
    receipt = (await world.report()).json()["receipt"]
    for path in (f"/v1/auth/me?access_token={token}", f"/v1/me/report?receipt={receipt}"):
        assert (await world.http.get(path)).status_code == 401
    assert (await world.http.post(f"/v1/receipts/session?receipt={receipt}")).status_code == 422
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    asked = await world.http.post("/v1/auth/me", content=f"access_token={token}".encode(), headers=form)
    assert asked.status_code in (405, 415)


async def test_the_link_of_a_page_does_one_thing_and_is_kept_from_logs_and_disk(
    world: World, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """S1: it acknowledges its own page; it reads nothing, opens no other page, and stands nowhere in clear text."""
    await world.school()
    adviser = await world.person(Role.ADVISER, paged=True)
    await world.on_call(adviser)
    for _report in range(2):
        await world.report("said_thoughts_of_suicide", narrative="On the train home.")
    await world.settle()
    links = [
        httpx.URL(verified(request, adviser.secret)["data"]["ack_url"])
        for request in world.receiver.wait_for(adviser.hook, 2)
    ]
    [(page, token), (other, _)] = [re.findall(r"/v1/pages/([^/]+)/ack-link/(.+)", link.path)[0] for link in links]
    assert links[0].query == b""
    assert (await world.http.post(f"/v1/pages/{other}/ack-link/{token}")).status_code == 404
    assert (await world.http.get(f"/v1/pages/{page}", headers={"Authorization": f"Bearer {token}"})).status_code == 401
    shown = await world.http.get(links[0].path)
    used = await world.http.post(links[0].path)
    assert (shown.status_code, used.status_code) == (200, 200)
    assert "train" not in shown.text + used.text
    pages = (await world.http.get("/v1/me/pages", headers=adviser.headers)).json()["items"]
    assert {each["id"]: each["state"] for each in pages} == {page: "acknowledged", other: "delivered"}
    logged = capsys.readouterr()
    assert token not in logged.out + logged.err + caplog.text
    assert token.encode() not in everything_in(world.settings.data_dir)


@ON_SQLITE
async def test_every_answer_has_the_headers_that_keep_it_private(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """S2: `no-store` unless it is public, `nosniff`, no referrer and a request id: on success, errors and crashes."""
    await world.school()
    person = await world.person(*Role)
    token = person.headers
    made = await world.report()
    me = await world.http.get("/v1/auth/me", headers=token)
    monkeypatch.setattr("app.reports.intake.readers", lambda *_: 1 / 0)
    private = [
        made,
        me,
        await world.http.get("/v1/auth/me", headers=token | {"If-None-Match": me.headers["etag"]}),
        await world.http.head("/v1/auth/me", headers=token),
        await world.http.get("/v1/me/webhook-endpoints", headers=token),
        await world.http.post("/v1/receipts/session", json=only_receipt(made)),
        await world.http.get("/v1/auth/me"),
        await world.http.get("/v1/nowhere"),
        await world.http.put(REPORTS, json={}),
        await world.http.post(REPORTS, json={"signs": []}),
        await world.http.post(REPORTS, content=b"{", headers={"Content-Type": "application/json"}),
        await world.http.post(REPORTS, content=b"x", headers={"Content-Type": "text/plain"}),
        await world.http.post(REPORTS, content=b" " * (2 << 20)),
        await world.http.get("/v1/" + "a" * 9000),
        await world.http.get("/v1/schools/harbour/readers"),
        await world.http.get(f"/v1/pages/{uuid.uuid4()}/ack-link/{'a' * 32}"),
        await world.http.get("/healthz"),
        await world.http.get("/v1/meta"),
        await world.http.post("/v1/auth/revoke", headers=token),
    ]
    public = [
        await world.http.get("/v1/schools/harbour/help-now"),
        await world.http.get("/v1/schools/harbour/privacy-statement"),
        await world.http.get("/.well-known/jwks.json"),
    ]
    statuses = {answer.status_code for answer in private}
    assert statuses == {200, 201, 204, 304, 401, 404, 405, 413, 414, 415, 422, 500}
    for answer in (*private, *public):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["x-request-id"])
        assert "set-cookie" not in answer.headers
    assert [answer.url.path for answer in private if answer.headers["cache-control"] != "no-store"] == []
    assert [answer.url.path for answer in public if "public" not in answer.headers["cache-control"]] == []


def only_receipt(response: httpx.Response) -> dict[str, str]:
    return {"receipt": response.json()["receipt"]}


async def test_the_page_behind_a_link_runs_nothing(world: World) -> None:
    """S2: HTML is answered in one place alone, under a policy that allows a form and nothing else."""
    await world.school()
    adviser = await world.person(Role.ADVISER, paged=True)
    await world.on_call(adviser)
    await world.report("said_thoughts_of_suicide")
    await world.settle()
    [request] = world.receiver.wait_for(adviser.hook)
    shown = await world.http.get(httpx.URL(request.json()["data"]["ack_url"]).path)
    assert shown.headers["content-type"].startswith("text/html")
    policy = shown.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert (shown.headers["cache-control"], shown.headers["referrer-policy"]) == ("no-store", "no-referrer")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A real server with a school, as anybody reaches it."""
    running = Server(tmp_path_factory.mktemp("safety") / "data")
    running.migrate()
    made = running.cli("create-school", "harbour", "Harbour", "--region", "VIC", "--time-zone", "Australia/Melbourne")
    assert made.returncode == 0, made.stderr
    # What its people would have set up is no matter here.
    with contextlib.closing(sqlite3.connect(running.data_dir / "peerline.sqlite3")) as database, database:
        database.execute("UPDATE schools SET status = 'active'")
    with running:
        yield running


def test_nothing_of_a_reporter_reaches_the_log_or_the_disk(server: Server) -> None:
    """S3: no address, user agent, cookie, token or trace of whoever reports or comes back, whatever they send."""
    identity = {
        "User-Agent": "CANARY-agent/1.0",
        "Cookie": "id=CANARY-cookie",
        "Authorization": "Bearer CANARY-token",
        "traceparent": TRACEPARENT,
        "tracestate": "peerline=CANARY-state",
        "X-Forwarded-For": "203.0.113.77",
        "Forwarded": "for=203.0.113.78",
        "X-Device-Id": "CANARY-device",
        "Referer": "https://example.edu/CANARY-page",
        "Accept-Language": "xx-CANARY",
        "Origin": "https://canary.example",
    }
    transport = httpx.HTTPTransport(local_address="127.0.0.77")
    with httpx.Client(base_url=server.base_url, transport=transport, headers=identity, trust_env=False) as http:
        receipts = []
        for sign in ("tearful", "said_thoughts_of_suicide"):
            made = http.post(f"{REPORTS}?from=CANARY-query", json={"signs": [sign]})
            assert made.status_code == 201, made.text
            assert TRACE not in str(made.headers)
            receipts.append(made.json()["receipt"])
        opened = http.post("/v1/receipts/session", json={"receipt": receipts[0]})
        reporter = {"Authorization": f"Bearer {opened.json()['access_token']}"}
        assert http.get("/v1/me/report", headers=reporter).status_code == 200
        assert http.post("/v1/me/report/messages", json={"text": "Hi."}, headers=reporter).status_code == 201
        for refused in (
            http.post(REPORTS, json={"signs": ["CANARY-sign"]}),
            http.post(REPORTS, content=b"CANARY-bytes"),
            http.post("/v1/receipts/session", json={"receipt": "CANARY-receipt"}),
            http.get("/v1/me/report"),
        ):
            assert 400 <= refused.status_code < 500
    kept = everything_in(server.data_dir)
    assert b"harbour" in kept
    for name, place in (("disk", kept), ("log", server.stdout_text().encode())):
        for trace in (
            b"canary",
            b"127.0.0.77",
            b"203.0.113",
            TRACE.encode(),
            b"reports?from",
            *map(str.encode, receipts),
        ):
            assert trace not in place.lower() + place, (name, trace)


def in_pieces(size: int) -> Iterator[bytes]:
    """A body of unknown length."""
    for _piece in range(size // 65_536):
        yield b" " * 65_536


def test_what_is_too_large_is_refused_on_the_wire_too(server: Server) -> None:
    """E12: the same problem documents through a real server, which goes on serving."""
    headers = {"Content-Type": "application/json"}
    with httpx.Client(base_url=server.base_url, trust_env=False) as http:
        refused = {
            "body_too_large": http.post(REPORTS, content=b" " * (2 << 20), headers=headers),
            "body_too_large, chunked": http.post(REPORTS, content=in_pieces(2 << 20), headers=headers),
            "uri_too_long": http.get("/v1/" + "a" * 9000),
            "headers_too_large": http.get("/v1/meta", headers={"Cookie": "a" * 20_000}),
            "malformed_json": http.post(REPORTS, content=b"[" * 100_000, headers=headers),
        }
        for code, answer in refused.items():
            assert answer.headers["content-type"] == PROBLEM
            assert answer.json()["code"] == code.partition(",")[0]
            assert answer.json()["help"]
        assert [answer.status_code for answer in refused.values()] == [413, 413, 414, 431, 422]
        assert http.get("/healthz").status_code == 200


async def test_receipts_that_open_nothing_cannot_be_told_apart(world: World) -> None:
    """S3: wrong, malformed and expired receipts: the same status, document, size and headers."""
    await world.school()
    expired = (await world.report()).json()["receipt"]
    world.time.advance(days=91)
    tried = [expired, "00000-00000-00000-00000", "x", "?" * 100, "harbour", expired[:-1]]
    answers = [await world.http.post("/v1/receipts/session", json={"receipt": receipt}) for receipt in tried]
    shown = [
        (answer.status_code, len(answer.content), sorted(set(answer.headers)), answer.json() | {"instance": None})
        for answer in answers
    ]
    assert shown[0][0] == 404
    assert all(each == shown[0] for each in shown)


async def test_whoever_sends_a_report_makes_no_difference(world: World) -> None:
    """S3: a token, a cookie and a trace change nothing in the answer: they are not read."""
    await world.school()
    person = await world.person(*Role)
    known = person.headers | {"Cookie": "a=b", "traceparent": TRACEPARENT, "X-Request-Id": TRACE}
    for body, status in (({"signs": ["tearful"]}, 201), ({"signs": []}, 422)):
        plain = await world.http.post(REPORTS, json=body)
        named = await world.http.post(REPORTS, json=body, headers=known)
        assert (plain.status_code, named.status_code) == (status, status)
        assert set(plain.headers) == set(named.headers)
        assert named.headers["x-request-id"] != TRACE
        assert set(plain.json()) == set(named.json())


@ON_SQLITE
async def test_whoever_suggests_something_makes_no_difference(world: World) -> None:
    """S3: as with a report, a program that traces what it does has no trace of it here."""
    await world.school()
    person = await world.person(*Role)
    answer = await world.http.post(
        "/v1/schools/harbour/suggestions",
        json={"text": "More people to turn to on placement."},
        headers=person.headers | {"traceparent": TRACEPARENT},
    )
    assert answer.status_code == 201, answer.text
    assert answer.headers["x-request-id"] != TRACE


def preflight(method: str = "POST", headers: str = "idempotency-key", origin: str = OUR_APP) -> dict[str, str]:
    return {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": headers,
    }


def allowances(response: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if name.startswith("access-control-")}


@ON_SQLITE
async def test_other_sites_may_read_nothing_unless_they_are_listed(world: World) -> None:
    """S4: without PEERLINE_CORS_ORIGINS no answer allows anything, and a preflight is a refused method."""
    await world.school()
    asked = await world.http.options(REPORTS, headers=preflight())
    assert (asked.status_code, asked.headers["content-type"]) == (405, PROBLEM)
    for answer in (
        asked,
        await world.http.get("/v1/meta", headers={"Origin": OUR_APP}),
        await world.http.post(REPORTS, json={"signs": ["tearful"]}, headers={"Origin": OUR_APP}),
        await world.http.get("/v1/nowhere", headers={"Origin": OUR_APP}),
    ):
        assert allowances(answer) == {}


@pytest.fixture
async def web(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a service that a web app of the school may use, and another site not."""
    await world.school()
    settings = world.settings.model_copy(update={"cors_origins": f"{OUR_APP}, https://second.example.edu"})
    async with serving(settings) as http:
        yield http


@ON_SQLITE
async def test_a_listed_site_may_send_what_clients_need(web: httpx.AsyncClient) -> None:
    """S4: the preflight allows the methods and headers of this API, for the listed origin alone, without cookies."""
    for origin in (OUR_APP, "https://second.example.edu"):
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            for headers in (
                "authorization, content-type",
                "idempotency-key",
                "if-match",
                "if-none-match",
                "traceparent",
            ):
                answer = await web.options(REPORTS, headers=preflight(method, headers, origin))
                assert answer.status_code == 200, answer.text
                allowed = allowances(answer)
                assert allowed["access-control-allow-origin"] == origin
                assert method in allowed["access-control-allow-methods"]
                assert set(headers.split(", ")) <= set(allowed["access-control-allow-headers"].lower().split(", "))
                assert "access-control-allow-credentials" not in allowed
                assert "origin" in answer.headers["vary"].lower()


@pytest.mark.parametrize(
    "refused",
    [
        preflight(origin=OTHER_SITE),
        preflight(origin="null"),
        preflight(origin=OUR_APP.replace("https", "http")),
        preflight(origin=OUR_APP + ".elsewhere.example"),
        preflight(method="TRACE"),
        preflight(headers="x-anything"),
    ],
)
@ON_SQLITE
async def test_what_is_not_listed_is_refused_as_any_other_method(
    web: httpx.AsyncClient, refused: dict[str, str]
) -> None:
    """S4, E1: a refused preflight is a problem document; no other site, method or header is let through."""
    answer = await web.options(REPORTS, headers=refused)
    assert (answer.status_code, answer.headers["content-type"]) == (405, PROBLEM)
    assert answer.headers["allow"] == "GET, HEAD, POST"
    assert "access-control-allow-methods" not in answer.headers
    assert answer.headers["x-content-type-options"] == "nosniff"


@ON_SQLITE
async def test_a_listed_site_may_read_errors_and_the_headers_that_matter(
    web: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S4: also what is refused before a route is reached, and a crash: their help must be readable in a web app."""
    monkeypatch.setattr("app.reports.intake.readers", lambda *_: 1 / 0)
    headers = {"Origin": OUR_APP, "Content-Type": "application/json"}

    async def answers(headers: dict[str, str]) -> list[httpx.Response]:
        return [
            await web.get("/v1/meta", headers=headers),
            await web.post(REPORTS, json={"signs": ["tearful"]}, headers=headers),
            await web.get("/v1/nowhere", headers=headers),
            await web.get("/v1/auth/me", headers=headers),
            await web.post(REPORTS, content=b"{", headers=headers),
            await web.post(REPORTS, content=b" " * (2 << 20), headers=headers),
            await web.get("/v1/schools/harbour/readers", headers=headers),
        ]

    expected = [200, 201, 404, 401, 422, 413, 500]
    exposed = {"etag", "location", "link", "ratelimit", "ratelimit-policy", "retry-after", "x-request-id"}
    ours = await answers(headers)
    assert [answer.status_code for answer in ours] == expected
    for answer in ours:
        assert answer.headers["access-control-allow-origin"] == OUR_APP
        assert exposed <= set(answer.headers["access-control-expose-headers"].lower().split(", "))
        assert "access-control-allow-credentials" not in answer.headers
        assert answer.is_success or answer.json()["help"]
    theirs = await answers(headers | {"Origin": OTHER_SITE})
    assert [answer.status_code for answer in theirs] == expected
    assert ["access-control-allow-origin" in answer.headers for answer in theirs] == [False] * len(theirs)


@ON_SQLITE
async def test_what_is_kept_for_everyone_says_that_a_sites_page_gets_another_answer(web: httpx.AsyncClient) -> None:
    """S4, C7: a cache that has it for whoever is of no site must not give it to our app, which could not read it."""
    for path in ("/v1/schools/harbour/help-now", "/v1/schools/harbour/directory/snapshot"):
        for _ in range(2):
            # The second lies ready in memory.
            answer = await web.get(path)
            known = await web.get(path, headers={"If-None-Match": answer.headers["etag"]})
            assert (answer.status_code, known.status_code) == (200, 304)
            assert [each.headers["vary"] for each in (answer, known)] == ["Accept-Encoding, Origin"] * 2
    for _ in range(2):
        assert (await web.get("/v1/schools/harbour/directory?limit=1")).headers["vary"] == "Origin"


@ON_SQLITE
async def test_a_request_has_the_id_of_the_trace_it_belongs_to(world: World) -> None:
    """S5: a valid `traceparent` gives its trace id to the answer and to the error document."""
    for path in ("/healthz", "/v1/nowhere", "/v1/auth/me", "/v1/" + "a" * 9000):
        answer = await world.http.get(path, headers={"traceparent": TRACEPARENT})
        assert answer.headers["x-request-id"] == TRACE
        if answer.is_error:
            assert answer.json()["instance"] == f"urn:peerline:request:{TRACE}"


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("", id="empty"),
        pytest.param(TRACE, id="an id alone"),
        pytest.param(f"{TRACEPARENT}\n", id="a line break at the end"),
        pytest.param(f"{TRACEPARENT}\r\nX-Injected: yes", id="another header"),
        pytest.param(f" {TRACEPARENT} x", id="something before and after"),
        pytest.param("a" * 10_000, id="ten kilobytes"),
        pytest.param(f"00-{'a' * 10_000}-00f067aa0ba902b7-01", id="ten kilobytes of hexadecimals"),
        pytest.param(TRACEPARENT.upper(), id="capitals"),
        pytest.param(TRACEPARENT.replace("4", "g"), id="no hexadecimals"),
        pytest.param(f"00-{'0' * 32}-00f067aa0ba902b7-01", id="a trace of zeros"),
        pytest.param(f"00-{TRACE}-{'0' * 16}-01", id="a parent of zeros"),
        pytest.param(f"ff-{TRACE}-00f067aa0ba902b7-01", id="a version that cannot be"),
        pytest.param("<script>alert(1)</script>", id="a script"),
        pytest.param("٣" * 32, id="digits of another script"),
    ],
)
@ON_SQLITE
async def test_a_hostile_trace_is_ignored(world: World, value: str) -> None:
    """S5: the id is then our own, fresh for every request, and no part of what was sent is in any header."""
    headers = [(b"traceparent", value.encode()), (b"x-request-id", b"CANARY"), (b"tracestate", b"a=CANARY")]
    answers = [await world.http.get("/v1/nowhere", headers=headers) for _again in range(2)]
    ids = [answer.headers["x-request-id"] for answer in answers]
    assert all(re.fullmatch(r"[0-9a-f]{32}", each) for each in ids)
    assert ids[0] != ids[1]
    assert TRACE not in ids
    for answer in answers:
        assert "x-injected" not in answer.headers
        assert "CANARY" not in str(answer.headers.raw) + answer.text


async def test_probes_tell_a_database_that_is_there(world: World) -> None:
    """S6: both probes are 200 on a working service, for GET and HEAD, without a token."""
    for path in ("/healthz", "/readyz"):
        assert (await world.http.get(path)).json() == {"status": "ok"}
        assert (await world.http.head(path)).status_code == 200


async def test_a_database_that_goes_away_makes_the_service_unready_but_not_dead(
    world: World, database_kind: str, request: pytest.FixtureRequest
) -> None:
    """S6: `/readyz` is 503 with Retry-After, `/healthz` and help-now go on, and what needs data says so with help."""
    await world.school()
    help_now = (await world.http.get("/v1/schools/harbour/help-now")).json()
    if database_kind == "sqlite":
        Path(make_url(world.settings.url).database).unlink()
    else:
        request.getfixturevalue("migrated_postgres").drop_database(make_url(world.settings.url).database)
    assert (await world.http.get("/healthz")).status_code == 200
    assert (await world.http.get("/v1/schools/harbour/help-now")).json() == help_now
    for answer in (
        await world.http.get("/readyz"),
        await world.http.get("/v1/schools/harbour/readers"),
        await world.report("said_thoughts_of_suicide"),
    ):
        assert (answer.status_code, answer.headers["content-type"]) == (503, PROBLEM), answer.text
        assert int(answer.headers["retry-after"]) > 0
        assert answer.json()["code"] == "unavailable"
        assert answer.json()["help"]


@ON_SQLITE
async def test_a_service_that_starts_without_its_database_lives_and_helps(world: World) -> None:
    """S6: it serves the help it kept on disk, and is unready until the database is there."""
    await world.school()
    help_now = (await world.http.get("/v1/schools/harbour/help-now")).json()
    # It is written beside the answer.
    kept = world.settings.data_dir / "help-now" / "harbour.json"
    async with asyncio.timeout(20):
        while not kept.exists():
            await asyncio.sleep(0.005)
    nobody = {"database_url": "postgresql+psycopg://nobody@127.0.0.1:1/nothing"}
    async with serving(Settings(**(world.settings.model_dump() | nobody))) as http:
        assert (await http.get("/healthz")).status_code == 200
        assert (await http.get("/readyz")).status_code == 503
        assert (await http.get("/v1/schools/harbour/help-now")).json() == help_now
        refused = await http.post(REPORTS, json={"signs": ["tearful"]})
        assert (refused.status_code, bool(refused.json()["help"])) == (503, True)


async def test_a_database_that_is_behind_makes_the_service_unready(world: World) -> None:
    """S6: an unfinished upgrade takes the process out of service, and the answer names what to do."""

    def step_back(session: Session) -> None:
        session.connection().exec_driver_sql("DELETE FROM alembic_version")

    await world.write(step_back)
    answer = await world.http.get("/readyz")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert "peerline migrate" in answer.json()["detail"]
    assert (await world.http.get("/healthz")).status_code == 200
