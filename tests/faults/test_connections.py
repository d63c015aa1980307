"""One connection to a real server, and several requests on it."""

from __future__ import annotations

import http.client
import json
import re
import socket
from collections.abc import Iterator

import httpx
import pytest

from tests.support.server import LOOPBACK, Server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("connections") / "data", worker=False) as running:
        yield running


@pytest.fixture
def connection(server: Server) -> Iterator[http.client.HTTPConnection]:
    opened = http.client.HTTPConnection(LOOPBACK, server.port, timeout=10)
    # Reconnecting would hide that the server hung up.
    opened.connect()
    opened.auto_open = 0
    yield opened
    opened.close()


def ask(connection: http.client.HTTPConnection, method: str, path: str) -> tuple[int, int, bytes]:
    connection.request(method, path)
    answer = connection.getresponse()
    return answer.status, int(answer.headers["content-length"]), answer.read()


@pytest.mark.parametrize("path", ["/healthz", "/openapi.json", "/v1/auth/me", "/v1/nowhere"])
def test_after_a_head_the_connection_goes_on(server: Server, connection: http.client.HTTPConnection, path: str) -> None:
    """E9: a HEAD promises what a GET sends, sends nothing, and is no crash."""
    for _ in range(2):
        promised = ask(connection, "HEAD", path)
        sent = ask(connection, "GET", path)
        assert promised[:2] == sent[:2]
        assert (promised[2], len(sent[2])) == (b"", sent[1])
    assert server.stdout_text().count("crash") == server.stdout_text().count("Exception") == 0


def test_an_upgrade_that_is_not_offered_changes_nothing(connection: http.client.HTTPConnection) -> None:
    """E1: there is no WebSocket here; who asks for one gets the answer, or the problem, of any other request."""
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    for path, status, kind in (
        ("/healthz", 200, "application/json"),
        ("/v1/nowhere", 404, "application/problem+json"),
    ):
        connection.request("GET", path, headers=upgrade)
        answer = connection.getresponse()
        assert (answer.status, answer.headers["content-type"]) == (status, kind)
        assert json.loads(answer.read())


def test_what_is_no_http_is_refused_by_the_server_itself(server: Server) -> None:
    """Decision 9: the application never sees it, and its log nothing of it."""
    with socket.create_connection((LOOPBACK, server.port), timeout=10) as raw:
        raw.sendall(b"CANARY / nonsense\r\n\r\n")
        answer = b"".join(iter(lambda: raw.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"text/plain" in answer
    assert "CANARY" not in server.stdout_text()


INNER = b"GET /v1/smuggled HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
WITH_IT = b"Content-Length: %d" % (len(INNER) + 2)
# What a proxy in front may end at one place, and the server at another.
AMBIGUOUS = {
    "both lengths": (WITH_IT + b"\r\nTransfer-Encoding: chunked", b"0\r\n\r\n"),
    "both, the other way round": (b"Transfer-Encoding: chunked\r\nContent-Length: 4", b"2\r\n{}\r\n0\r\n\r\n"),
    "two lengths": (b"Content-Length: 2\r\n" + WITH_IT, b"{}"),
    "an encoding that is none": (b"Transfer-Encoding: xchunked\r\nContent-Length: 2", b"{}"),
    "chunked, and then something": (b"Transfer-Encoding: chunked, gzip", b"2\r\n{}\r\n0\r\n\r\n"),
    "encodings on two lines": (b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", b"0\r\n\r\n"),
    "a space before the colon": (b"Content-Length : 2\r\n" + WITH_IT, b"{}"),
    "a length with a sign": (b"Content-Length: +2", b"{}"),
    "a folded line": (b"X: a\r\n Content-Length: 2", b"{}"),
    "CR alone": (b"X: a\r" + WITH_IT + b"\r\nContent-Length: 2", b"{}"),
    "a chunk in another notation": (b"Transfer-Encoding: chunked", b"0x2\r\n{}\r\n0\r\n\r\n"),
    "LF alone after a chunk": (b"Transfer-Encoding: chunked", b"2\n{}\r\n0\r\n\r\n"),
    "LF in an extension": (b"Transfer-Encoding: chunked", b"2;a\nb\r\n{}\r\n0\r\n\r\n"),
}


def statuses(server: Server, headers: bytes, body: bytes) -> list[bytes]:
    """Of all answers to one POST with another request right behind it. In the end the server hangs up."""
    head = b"POST /v1/receipts/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    with socket.create_connection((LOOPBACK, server.port), timeout=10) as raw:
        raw.sendall(head + headers + b"\r\n\r\n" + body + INNER)
        answer = b"".join(iter(lambda: raw.recv(4096), b""))
    return re.findall(rb"HTTP/1\.1 (\d+)", answer)


def test_no_second_request_hides_in_a_body_that_could_end_at_two_places(server: Server) -> None:
    """Request smuggling: refused, and nothing that comes behind it on this connection is read."""
    assert statuses(server, b"Content-Length: 2", b"{}") == [b"422", b"404"], "where it is clear, both are"
    answered = {name: statuses(server, *sent) for name, sent in AMBIGUOUS.items()}
    assert {name: found for name, found in answered.items() if found != [b"400"]} == {}


def test_no_header_decides_what_an_answer_for_everyone_says(server: Server) -> None:
    """Cache poisoning: what a proxy keeps for others is the same whatever host, path or method a header claims."""
    claims = {
        "Host": ("evil.example", "evil.example/v1/nowhere?"),
        "X-Forwarded-Host": ("evil.example",),
        "X-Forwarded-Proto": ("gopher",),
        "X-Forwarded-Prefix": ("/evil",),
        "Forwarded": ("host=evil.example;proto=gopher",),
        "X-Original-URL": ("/v1/nowhere",),
        "X-Rewrite-URL": ("/v1/nowhere",),
        "X-HTTP-Method-Override": ("DELETE",),
    }
    with httpx.Client(base_url=server.base_url, timeout=30, trust_env=False) as http:

        def said(path: str, headers: dict[str, str]) -> tuple[int, bytes, dict[str, str]]:
            answer = http.get(path, headers=headers)
            of_one = {"date", "x-request-id", "ratelimit"}
            body = answer.content.replace(answer.headers["x-request-id"].encode(), b"")
            return answer.status_code, body, {k: v for k, v in answer.headers.items() if k not in of_one}

        for path in ("/openapi.json", "/.well-known/jwks.json", "/v1/meta", "/v1/schools/nowhere/help-now"):
            plain = said(path, {})
            for name, values in claims.items():
                for value in values:
                    assert said(path, {name: value}) == plain, (path, name)


def test_whoever_claims_other_addresses_is_the_one_that_the_proxy_saw(server: Server) -> None:
    """The proxy puts the address that it sees behind what the caller has made up: that one is counted."""
    with httpx.Client(base_url=server.base_url, timeout=30, trust_env=False) as http:

        def left(claimed: str) -> int:
            answer = http.get("/v1/meta", headers={"X-Forwarded-For": claimed})
            return int(re.findall(r";r=(\d+);", answer.headers["ratelimit"])[0])

        first, *more = [left(f"198.51.100.{number}, 203.0.113.9") for number in range(3)]
        assert more == [first - 1, first - 2]
        assert left("203.0.113.10") == first, "another one is another"
