"""Every write of the API, done well and badly by somebody marked all over: no log line and no metric has the mark.

tests/anonymity looks for a reporter in everything that is kept; here it is everybody, and what is printed.
"""

from __future__ import annotations

import ast
import json
import re
import socket
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from app.vocabulary import Role
from tests.anonymity.evidence import Place, left_behind, trace
from tests.support import processes
from tests.support.receiver import Receiver
from tests.support.server import LOOPBACK, Server
from tests.support.world import World

ROOT = Path(__file__).parents[2]
LEVELS = {"debug", "info", "warning", "error", "critical", "exception"}
MARK = "canarybird"


def marked(kind: str) -> str:
    """A word that passes for a slug, a name and a text."""
    return f"{MARK}-{kind}-{uuid.uuid4().hex[:12]}"


def lines_of(server: Server) -> list[dict[str, Any]]:
    """All that the process has printed: one JSON object a line, or this raises."""
    return [json.loads(line) for line in server.stdout_text().splitlines() if line]


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_no_line_and_no_metric_has_anything_of_whoever_wrote(
    world: World, database_url: str, tmp_path: Path, receiver: Receiver
) -> None:
    await world.school()
    adviser = await world.person(Role.ADVISER, Role.TRIAGER, alias=marked("adviser"), paged=True)
    staff = await world.person(Role.COORDINATOR, Role.SCHOOL_IT, Role.PRIVACY_OFFICER, alias=marked("staff"))
    await world.on_call(adviser)
    metrics = processes.free_port()
    server = Server(
        tmp_path,
        database_url=database_url,
        env={
            "PEERLINE_ENVIRONMENT": "production",
            "PEERLINE_PUBLIC_BASE_URL": "https://peerline.example",
            "PEERLINE_PASSWORD_COST": "recommended",
            "PEERLINE_MASTER_KEYS": world.settings.master_keys,
            "PEERLINE_METRICS_PORT": str(metrics),
            "PEERLINE_RATE_LIMIT_PER_MINUTE": "100000",
            # What is spoilt below is read at once.
            "PEERLINE_OUTLOOK_SECONDS": "0",
        },
    )
    server.output.touch()
    headers = {name: marked(name) for name in ("User-Agent", "Cookie", "Referer", "X-Request-Id", "X-Device-Id")}
    secrets = ["203.0.113.88", *(each.headers["Authorization"].partition(".")[2] for each in (adviser, staff))]
    with server:
        with httpx.Client(
            base_url=server.base_url, headers=headers | {"X-Forwarded-For": secrets[0]}, timeout=20
        ) as http:
            secrets += good_deeds(http, adviser.headers, staff.headers)
            statuses = bad_deeds(http, (None, adviser.headers, staff.headers))
            assert {401, 403, 404, 413, 415, 422} <= statuses, statuses
            with socket.create_connection((LOOPBACK, server.port)) as raw:
                raw.sendall(f"{marked('line')} /{marked('path')}\r\n\r\n".encode())
                raw.recv(1000)
            await world.write(lambda s: s.connection().execute(sa.text(f"UPDATE schools SET policies = '{SPOILT}'")))
            crashed = http.post(
                "/v1/schools/harbour/reports", json={"signs": ["tearful"], "narrative": marked("crash")}
            )
            assert crashed.status_code == 500, crashed.text
            scraped = httpx.get(f"http://{LOOPBACK}:{metrics}/metrics").content
        server.wait_for_output("http.crash")
    lines = lines_of(server)
    assert {"http.crash", "library"} <= {line["event"] for line in lines}
    assert all({"event", "level", "timestamp"} <= set(line) for line in lines)
    printed = [Place("what was printed", server.output.read_bytes()), Place("the metrics", scraped)]
    assert b"peerline_database_up 1.0" in scraped
    # Part of every marked word: its other forms are of no more than that part.
    whole = [trace("a secret", each) for each in secrets]
    assert left_behind([trace("a mark", MARK, MARK.encode().hex(), "Y2FuYXJ5Ymly"), *whole], printed) == []


# What pydantic says of this repeats it.
SPOILT = json.dumps({MARK: MARK, "paging": MARK})


def good_deeds(http: httpx.Client, adviser: dict[str, str], staff: dict[str, str]) -> list[str]:
    """Gives what must be nowhere and could not be marked."""
    key = str(uuid.uuid4())
    body = {"signs": ["said_thoughts_of_suicide"], "narrative": marked("narrative"), "about_person": marked("person")}
    made = http.post("/v1/schools/harbour/reports", json=body, headers={"Idempotency-Key": key})
    assert made.status_code == 201, made.text
    receipt: str = made.json()["receipt"]
    opened = http.post("/v1/receipts/session", json={"receipt": receipt})
    token: str = opened.json()["access_token"]
    wrote = http.post(
        "/v1/me/report/messages", json={"text": marked("message")}, headers={"Authorization": f"Bearer {token}"}
    )
    assert wrote.status_code == 201, wrote.text
    signed_in = {
        "grant_type": "password",
        "login": marked("login"),
        "password": marked("password"),
        "school": "harbour",
    }
    assert http.post("/v1/auth/token", json=signed_in).status_code >= 400
    site = {"name": marked("site"), "kind": "hospital", "region": "VIC", "is_teaching_site": True}
    told = http.post("/v1/schools/harbour/sites", json=site, headers=staff | {"Idempotency-Key": str(uuid.uuid4())})
    assert told.status_code == 201, told.text
    endpoint = {"url": f"https://{marked('host')}.invalid/{marked('path')}"}
    hook = http.post(
        "/v1/me/webhook-endpoints", json=endpoint, headers=adviser | {"Idempotency-Key": str(uuid.uuid4())}
    )
    assert hook.status_code == 201, hook.text
    pinged = http.post(
        f"/v1/me/webhook-endpoints/{hook.json()['id']}/ping", headers=adviser | {"Idempotency-Key": str(uuid.uuid4())}
    )
    assert pinged.status_code < 400, pinged.text
    return [key, receipt, receipt.replace("-", ""), token.partition(".")[2], hook.json()["secret"]]


def bad_deeds(http: httpx.Client, callers: tuple[dict[str, str] | None, ...]) -> set[int]:
    """Each write of the document, with a body that it does not want, by one of each kind of caller in turn."""
    document = json.loads((ROOT / "openapi" / "openapi.json").read_text())
    writes = [
        (method, re.sub(r"\{(\w+)\}", lambda part: "harbour" if part[1] == "school" else marked("id"), path))
        for path, item in document["paths"].items()
        for method in item
        if method in ("post", "put", "patch")
    ]
    assert len(writes) > 150
    seen = set()
    for number, (method, path) in enumerate(writes):
        who = callers[number % 3] or {}
        kind = ("application/json", "application/json", "text/plain")[number // 3 % 3]
        text = json.dumps({marked("field"): marked("value"), "text": [marked("text")]})
        content = text[:-1] if number // 3 % 3 == 1 else text
        sent = {"Content-Type": kind, "Idempotency-Key": marked("key"), "If-Match": f'"{marked("etag")}"'} | who
        seen.add(http.request(method, path, content=content, headers=sent).status_code)
    seen.add(http.get(f"/v1/{marked('nowhere')}?receipt={marked('query')}").status_code)
    large = marked("large") * 20_000
    seen.add(
        http.post(
            "/v1/schools/harbour/reports", content=large, headers={"Content-Type": "application/json"}
        ).status_code
    )
    return seen


def test_the_documentation_has_every_event_with_its_level_and_fields() -> None:
    table = (ROOT / "docs" / "monitoring.md").read_text().partition("\n## Logs\n")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:5]] for line in table.splitlines() if line.startswith("| `")]
    told = {row[0].strip("`"): (set(row[1].split(", ")), set(re.findall(r"`(\w+)`", row[2]))) for row in rows}
    assert told.pop("library") == ({"any"}, {"logger", "error", "text"})
    said: dict[str, tuple[set[str], set[str]]] = {}
    for path in sorted((ROOT / "app").rglob("*.py")):
        text = path.read_text()
        # Parsed only where it can be.
        for node in ast.walk(ast.parse(text)) if "structlog" in text else ():
            if is_a_line(node):
                name = node.args[0]
                assert isinstance(name, ast.Constant), f"{path}: an event has a fixed name"
                levels, fields = said.setdefault(name.value, (set(), set()))
                levels.add(node.func.attr)
                fields |= {str(each.arg) for each in node.keywords}
    assert told == said


def is_a_line(node: Any) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "log"
        and node.func.attr in LEVELS
    )


def test_what_nobody_caught_is_a_line_without_its_text() -> None:
    program = f"""
import logging, threading, warnings
from app.core import logs
logs.configure(pretty=False)
def fall(): raise ValueError("{MARK}")
class Lost:
    def __del__(self): fall()
Lost()
thread = threading.Thread(target=fall); thread.start(); thread.join()
logging.getLogger("some.library").error("{MARK} %s", "{MARK}")
try: fall()
except ValueError: logging.getLogger("uvicorn.error").exception("the server says this")
warnings.warn("{MARK}")
fall()
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    found = [(line["event"], line["level"], line.get("error"), line.get("text")) for line in lines]
    assert found == [
        ("process.exception_lost", "error", "ValueError", None),
        ("process.thread_crashed", "error", "ValueError", None),
        ("library", "error", None, None),
        ("library", "error", "ValueError", "the server says this"),
        ("library", "warning", None, None),
        ("process.crashed", "critical", "ValueError", None),
    ]
    assert MARK not in done.stdout
