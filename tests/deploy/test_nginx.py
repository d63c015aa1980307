"""deploy/nginx.conf before a running Peerline: help while it is away, nothing kept of a reporter, no trust in words.

Skipped where there is no nginx (`apt install nginx-light`).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.faults.deployment import URGENT, Deployed, school_with_an_adviser
from tests.support import nginx
from tests.support.nginx import Nginx
from tests.support.world import World

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
with_nginx = pytest.mark.skipif(nginx.found() is None, reason="no nginx here")
HELP = "/v1/schools/harbour/help-now"
REPORTS = "/v1/schools/harbour/reports"
LIMIT = 10


@pytest.fixture
async def served(world: World, tmp_path: Path) -> Deployed:
    await school_with_an_adviser(world, tmp_path / "data")
    return Deployed(world, tmp_path / "data", PEERLINE_RATE_LIMIT_PER_MINUTE=str(LIMIT))


@pytest.fixture
def proxy(served: Deployed, tmp_path: Path) -> Iterator[Nginx]:
    with served, Nginx(tmp_path / "nginx", upstream=served.port) as running:
        yield running


@pytest.fixture
def client(proxy: Nginx) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=proxy.base_url, verify=proxy.trusting, timeout=20) as asking:
        yield asking


@with_nginx
@on_sqlite
async def test_help_is_there_while_peerline_is_not(served: Deployed, client: httpx.Client) -> None:
    first = client.get(HELP)
    assert (first.status_code, first.headers["strict-transport-security"]) == (200, "max-age=31536000")
    assert first.json()["emergency"]
    served.kill9()
    assert client.get(HELP).content == first.content
    # Of other schools nothing is known here, and nothing is made up.
    for path in (REPORTS, "/v1/schools/ridge/help-now"):
        away = client.get(path)
        assert (away.status_code, away.headers["content-type"]) == (503, "application/problem+json")
        assert (away.json()["code"], away.headers["retry-after"]) == ("unavailable", "5")
        assert away.headers["cache-control"] == "no-store"
    served.start()
    assert client.post(REPORTS, json=URGENT).status_code == 201


@with_nginx
@on_sqlite
async def test_of_a_report_it_keeps_nothing(proxy: Nginx, client: httpx.Client) -> None:
    """Neither its words nor its answer, also where both are long; nor who sent it."""
    said = "CANARY " * 280
    sent = client.post(REPORTS, json={"signs": ["tearful"], "narrative": said}, headers={"User-Agent": "CANARY"})
    assert sent.status_code == 201
    long = {"signs": ["tearful"], "narrative": "CANARY" * 40_000}
    assert client.post(REPORTS, json=long, headers={"X-Canary": "CANARY"}).status_code == 422
    token = client.post("/v1/receipts/session", json={"receipt": sent.json()["receipt"]}).json()["access_token"]
    mine = client.get("/v1/me/report", headers={"Authorization": f"Bearer {token}"})
    assert mine.status_code == 200
    too_long = client.post(REPORTS, content=b"CANARY" * 400_000)
    assert (too_long.status_code, too_long.json()["code"]) == (413, "body_too_large")
    kept = proxy.written()
    for secret in ("CANARY", sent.json()["receipt"], token, "/reports"):
        assert secret.encode() not in kept
    assert {path.name for path in proxy.folder.rglob("*") if path.is_file()} == {
        *nginx.FILES,
        "nginx.conf",
        "nginx.pid",
        "peerline.conf",
        "peerline.key",
        "peerline.pem",
    }


@with_nginx
@on_sqlite
async def test_an_address_that_a_client_gives_itself_is_not_believed(client: httpx.Client) -> None:
    """Else each report could come from an address of its own, and no limit would hold."""
    statuses = [
        client.get("/v1/schools/harbour/directory", headers={"X-Forwarded-For": f"198.51.100.{number}"}).status_code
        for number in range(LIMIT + 1)
    ]
    assert (set(statuses[:LIMIT]), statuses[LIMIT]) == ({200}, 429)


@with_nginx
@on_sqlite
async def test_what_is_personal_is_asked_of_peerline_each_time(proxy: Nginx, client: httpx.Client) -> None:
    made = client.post(REPORTS, json={"signs": ["tearful"]}).json()["receipt"]
    token = client.post("/v1/receipts/session", json={"receipt": made}).json()["access_token"]
    asked = {"Authorization": f"Bearer {token}"}
    assert client.get("/v1/me/report", headers=asked).status_code == 200
    assert client.get("/v1/me/report").status_code == 401
    assert not [path for path in (proxy.folder / "help").rglob("*") if path.is_file()]


def test_its_configuration_is_whole() -> None:
    """What is not said there is what nginx does by itself, which is to keep addresses and to write bodies to files."""
    text = nginx.SHIPPED.read_text()
    assert text.count("access_log off;") == text.count("error_log /dev/null emerg;") == text.count("server {")
    for needed in ("client_body_buffer_size 1536k;", "client_max_body_size 1536k;", "proxy_max_temp_file_size 0;"):
        assert needed in text
