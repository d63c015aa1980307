"""One connection to a real server, and several requests on it."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator

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
