"""deploy/nginx.conf before a running Peerline: help while it is away, nothing kept of a reporter, no trust in words.

Skipped where there is no nginx (`apt install nginx-light`).
"""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlmodel import Session, select

from app.models import School
from tests.faults.deployment import URGENT, Deployed, school_with_an_adviser
from tests.support import nginx
from tests.support.nginx import Nginx
from tests.support.processes import wait_until
from tests.support.world import World

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
with_nginx = pytest.mark.skipif(nginx.found() is None, reason="no nginx here")
HELP = "/v1/schools/harbour/help-now"
REPORTS = "/v1/schools/harbour/reports"
LIMIT = 10
TRACE = "00-00000000000000000000000000ca11ed-00000000000000ca-01"


@pytest.fixture
async def served(world: World, tmp_path: Path) -> Deployed:
    await school_with_an_adviser(world, tmp_path / "data")
    return Deployed(world, tmp_path / "data", PEERLINE_RATE_LIMIT_PER_MINUTE=str(LIMIT))


@pytest.fixture
def proxy(served: Deployed, tmp_path: Path) -> Iterator[Nginx]:
    with served, Nginx(tmp_path / "nginx", upstream=served.port, new_for=1) as running:
        yield running


@pytest.fixture
def client(proxy: Nginx) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=proxy.base_url, verify=proxy.trusting, timeout=20) as asking:
        yield asking


@with_nginx
@on_sqlite
async def test_help_is_there_while_peerline_is_not(served: Deployed, client: httpx.Client) -> None:
    """For everybody, by one answer that anybody has asked for: whatever their browser reads, and whatever page asks."""
    first = client.get(HELP, headers={"Accept-Encoding": "identity", "traceparent": TRACE})
    assert (first.status_code, first.headers["strict-transport-security"]) == (200, "max-age=31536000")
    assert first.json()["emergency"]
    served.kill9()
    time.sleep(1.5)  # it is old by now
    for asked in (
        {"Accept-Encoding": "gzip, deflate, br"},
        {"Accept-Encoding": "identity", "Origin": "https://students.example.edu"},
        {"Authorization": "Bearer nobody", "Cookie": "a=b"},
    ):
        found = client.get(f"{HELP}?anything=else", headers=asked)
        assert (found.status_code, found.json()) == (200, first.json())
        assert found.headers["access-control-allow-origin"] == "*"
        assert found.headers["x-request-id"] != first.headers["x-request-id"]
    again = client.get(HELP, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    # Of other schools nothing is known here, and nothing is made up.
    for path, help_is_at in (
        (REPORTS, HELP),
        ("/v1/schools/ridge/help-now", "/v1/schools/ridge/help-now"),
        ('/v1/schools/harbour"x/reports', "/v1/schools/YOUR-SCHOOL/help-now"),
        ("/v1/meta", "/v1/schools/YOUR-SCHOOL/help-now"),
    ):
        away = client.get(path)
        assert away.json()["detail"].endswith(f"Help is at {help_is_at}.")
        assert (away.status_code, away.json()["code"]) == (503, "unavailable")
        is_a_refusal(away)
        assert 2 <= int(away.headers["retry-after"]) <= 10
    served.start()
    assert client.post(REPORTS, json=URGENT).status_code == 201


@with_nginx
@on_sqlite
async def test_what_is_old_is_fetched_anew_for_whoever_asks_first(
    world: World, served: Deployed, client: httpx.Client
) -> None:
    """At night that is the one person who needs it: they are not given what was right when somebody last asked."""
    before = client.get(HELP).json()
    assert "Harbour by the sea" not in str(before)

    def renamed(session: Session) -> None:
        school = session.exec(select(School).where(School.slug == "harbour")).one()
        school.name = "Harbour by the sea"
        session.add(school)

    await world.write(renamed)
    # Peerline itself looks for what is new every ten seconds.
    wait_until(lambda: "Harbour by the sea" in served.get(HELP).text, timeout=30, interval=0.2, what="it is new there")
    time.sleep(1.5)  # what the proxy has is old by now
    assert "Harbour by the sea" in client.get(HELP).text


def is_a_refusal(answer: httpx.Response) -> None:
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json().keys() == {"type", "title", "status", "code", "detail"}
    assert answer.json()["status"] == answer.status_code
    assert (answer.headers["cache-control"], answer.headers["x-content-type-options"]) == ("no-store", "nosniff")
    assert answer.headers["strict-transport-security"]


@with_nginx
@on_sqlite
async def test_what_it_refuses_itself_has_the_form_of_peerlines_refusals(client: httpx.Client) -> None:
    for status, code, answer in (
        (413, "body_too_large", client.post(REPORTS, content=b"x" * 2_000_000)),
        (405, "method_not_allowed", client.request("TRACE", HELP)),
        (414, "uri_too_long", client.get(f"{HELP}?{'x' * 40_000}")),
        (400, "malformed_request", client.get(HELP, headers={"X-Long": "x" * 40_000})),
        (400, "malformed_request", client.get(HELP, headers={"Host": "not a host"})),
    ):
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        is_a_refusal(answer)
    # What is long, and not so long, is Peerline's to refuse.
    assert client.get(HELP, headers={"X-Long": "x" * 20_000}).status_code == 200
    assert client.get("/v1/meta", headers={"X-Long": "x" * 20_000}).json()["code"] == "headers_too_large"


@with_nginx
@on_sqlite
async def test_the_longest_question_is_answered_with_the_address_of_its_next_page(client: httpx.Client) -> None:
    """Each sign that may stay as it is in a question is three in that address."""
    asked = [("avoid_site_ids", f"{number:080}") for number in range(50)]
    for question in (httpx.QueryParams([*asked, ("limit", 1)]), f"limit=1&x={'!' * 7900}"):
        answer = client.get(f"/v1/schools/harbour/directory?{question}")
        assert answer.status_code == 200, answer.text
        assert len(answer.headers["link"]) > len(str(question))


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
    # In pieces, with what says how long each is.
    pieces = (b"CANARY" for _ in range(30_000))
    assert client.post(REPORTS, content=pieces, headers={"Content-Type": "application/json"}).status_code == 422
    named = client.get(f"{HELP}?CANARY", headers={"User-Agent": "CANARY", "traceparent": TRACE, "Cookie": "CANARY=1"})
    assert named.status_code == 200
    kept = proxy.written()
    for secret in ("CANARY", "ca11ed", sent.json()["receipt"], token, "/reports"):
        assert secret.encode() not in kept
    help_ = [path for path in (proxy.folder / "help").rglob("*") if path.is_file()]
    assert len(help_) == 1
    assert {path.name for path in proxy.folder.rglob("*") if path.is_file()} - {help_[0].name} == {
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
    """What is not said there is what nginx does by itself, which is to keep addresses and to write answers to files."""
    text = nginx.SHIPPED.read_text()
    assert text.count("access_log off;") == text.count("error_log /dev/null emerg;") == text.count("server {")
    # Where it is inherited no longer, it is said again.
    assert text.count("Strict-Transport-Security") == 1 + text.count("add_header X-Request-Id")
    for needed in ("client_body_buffer_size 3m;", "client_max_body_size 1536k;", "proxy_max_temp_file_size 0;"):
        assert needed in text


@with_nginx
def test_debians_nginx_can_begin_with_it() -> None:
    """It makes the last folder of a path, and none before it."""
    program = nginx.found()
    assert program is not None
    made_with = subprocess.run([program, "-V"], capture_output=True, text=True, check=True).stderr
    if "--http-proxy-temp-path=/var/lib/nginx/proxy" not in made_with:
        pytest.skip("not Debian's")
    [folder] = re.findall(r"proxy_cache_path (\S+)", nginx.SHIPPED.read_text())
    assert Path(folder).parent.is_dir()
