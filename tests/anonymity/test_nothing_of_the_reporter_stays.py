"""A real service, a reporter who shows everything a reporter can show, and a search of all it has written (S3)."""

from __future__ import annotations

import base64
import hashlib
import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import httpx
import pytest
from evidence import Place, Trace, cells_of, count, files_below, files_of, left_behind, trace
from jose import jwt

from app.idempotency.service import fingerprint
from app.vocabulary import Role
from tests.support import postgres, processes
from tests.support.receiver import Receiver
from tests.support.server import LOOPBACK, Server
from tests.support.world import Someone, World

ADDRESS = "127.0.0.77"
REPORTS = "/v1/schools/harbour/reports"
SESSION = "/v1/receipts/session"


def canary(kind: str) -> str:
    return f"{kind}-canary-{uuid.uuid4().hex}"


@dataclass
class Reporter:
    """Somebody who reports from an address of their own, with all the headers that give a person away."""

    base_url: str
    student: Someone
    agent: str = field(default_factory=lambda: canary("agent"))
    cookie: str = field(default_factory=lambda: canary("cookie"))
    referer: str = field(default_factory=lambda: canary("referer"))
    device: str = field(default_factory=lambda: canary("device"))
    trace_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    span_id: str = field(default_factory=lambda: uuid.uuid4().hex[:16])
    request_id: str = field(default_factory=lambda: canary("request"))
    forwarded: str = "203.0.113.177"
    key: str = field(default_factory=lambda: str(uuid.uuid4()))
    narrative: str = field(default_factory=lambda: f"She told me on the train: {canary('narrative')}")
    person: str = field(default_factory=lambda: canary("person"))
    message: str = field(default_factory=lambda: canary("message"))
    mistake: str = field(default_factory=lambda: canary("mistake"))
    receipts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        headers = {
            "User-Agent": self.agent,
            "Cookie": f"session={self.cookie}",
            "Referer": f"https://example.test/{self.referer}",
            "X-Device-Id": self.device,
            "X-Request-Id": self.request_id,
            "X-Forwarded-For": self.forwarded,
            "Forwarded": f"for={self.forwarded}",
            "Accept-Language": self.device,
            "traceparent": f"00-{self.trace_id}-{self.span_id}-01",
            "tracestate": f"vendor={self.device[:30]}",
            **self.student.headers,
        }
        transport = httpx.HTTPTransport(local_address=ADDRESS)
        self.http = httpx.Client(base_url=self.base_url, transport=transport, headers=headers, timeout=20)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    @property
    def token(self) -> str:
        return self.student.headers["Authorization"].removeprefix("Bearer ")

    @property
    def body(self) -> dict[str, Any]:
        return {"signs": ["said_thoughts_of_suicide"], "narrative": self.narrative, "about_person": self.person}

    def traces(self) -> list[Trace]:
        """Everything that must be nowhere."""
        _, payload, signature = self.token.split(".")
        plain = fingerprint("POST", REPORTS, self.body)
        kept = [
            trace("the address", ADDRESS, f"{ADDRESS}:", "::ffff:127.0.0.77", "2130706509"),
            trace("the address of the proxy", self.forwarded),
            trace("the user agent", self.agent),
            trace("the cookie", self.cookie),
            trace("the referer", self.referer),
            trace("the device", self.device),
            trace("the trace", self.trace_id, self.span_id),
            trace("the request id", self.request_id),
            trace("the token", self.token, payload, signature, jwt.get_unverified_claims(self.token)["jti"]),
            trace("the key", self.key, self.key.upper(), uuid.UUID(self.key).hex, uuid.UUID(self.key).bytes),
            trace("the text", self.narrative, self.narrative.partition(": ")[2]),
            trace("the person", self.person),
            trace("the message", self.message),
            trace("a mistake", self.mistake),
            trace("a plain hash of the report", plain, plain.hex()),
        ]
        for receipt in self.receipts:
            bare = receipt.replace("-", "")
            kept.append(trace("a receipt", receipt, bare, receipt.lower(), bare.lower()))
        return kept

    def report_and_come_back(self) -> None:
        """Everything a reporter can do, and everything they can do wrong."""
        # Twice: the second is answered from what was kept for the key.
        for _ in range(2):
            made = self.http.post(REPORTS, json=self.body, headers={"Idempotency-Key": self.key})
            assert made.status_code == 201, made.text
        quiet = self.body | {"signs": ["tearful"], "wants": "not_sure"}
        sealed = self.body | {"signs": ["tearful"], "open_only_if_life_at_risk": True}
        for body in (quiet, sealed):
            another = self.http.post(REPORTS, json=body)
            assert another.status_code == 201, another.text
            self.receipts.append(another.json()["receipt"])
        self.receipts.append(made.json()["receipt"])

        opened = self.http.post(SESSION, json={"receipt": self.receipts[-1]})
        assert opened.status_code == 200, opened.text
        mine = {"Authorization": f"Bearer {opened.json()['access_token']}"}
        assert self.http.get("/v1/me/report", headers=mine).status_code == 200
        wrote = self.http.post("/v1/me/report/messages", headers=mine, json={"text": self.message})
        assert wrote.status_code == 201, wrote.text
        again = self.http.post(REPORTS, json=self.body, headers={"Idempotency-Key": self.key})
        assert (again.status_code, again.json()["code"]) == (409, "already_received")
        for path in ("help-now", "privacy-statement", "readers", "coverage/now"):
            assert self.http.get(f"/v1/schools/harbour/{path}").status_code == 200

        json_type = {"content-type": "application/json"}
        mistakes: list[tuple[int, httpx.Response]] = [
            (422, self.http.post(REPORTS, json=self.body | {self.mistake: self.mistake})),
            (422, self.http.post(REPORTS, json={"signs": [self.mistake], "priority": self.mistake})),
            (422, self.http.post(REPORTS, json={"signs": ["tearful"], "keep_from": [self.mistake]})),
            (422, self.http.post(REPORTS, content=f'{{"signs": "{self.mistake}', headers=json_type)),
            (415, self.http.post(REPORTS, content=self.mistake, headers={"content-type": "text/plain"})),
            (413, self.http.post(REPORTS, content=self.mistake * 9000, headers=json_type)),
            (404, self.http.post(f"/v1/schools/{self.mistake[:20]}/reports", json=self.body)),
            (404, self.http.post(SESSION, json={"receipt": self.mistake})),
            (422, self.http.post(SESSION, json={"receipt": {"it is": self.mistake}})),
            (404, self.http.get(f"/v1/{self.mistake}?receipt={self.receipts[0]}")),
            (405, self.http.put(REPORTS, json=self.body)),
            (400, self.http.post(REPORTS, json=self.body, headers={"Idempotency-Key": self.mistake})),
        ]
        for status, answer in mistakes:
            assert answer.status_code == status, answer.text
            assert self.mistake not in answer.text
            assert answer.headers.get("set-cookie") is None


def answered(server: Server, adviser: Someone) -> None:
    """The adviser reads and answers whatever they were paged for."""
    with httpx.Client(base_url=server.base_url, headers=adviser.headers, timeout=20) as http:
        for page in http.get("/v1/me/pages").json()["items"]:
            assert http.get(f"/v1/pages/{page['id']}").status_code == 200
            key = {"Idempotency-Key": str(uuid.uuid4())}
            replied = http.post(f"/v1/pages/{page['id']}/reply", json={"text": "I am here."}, headers=key)
            assert replied.status_code == 201, replied.text


def whoever_signed_in(reporter: Reporter) -> Trace:
    """The student's own ids: in the tables of people and sign-ins, where they were before, and nowhere else."""
    claims = jwt.get_unverified_claims(reporter.token)
    ids = [uuid.UUID(claims[name]) for name in ("sub", "sid")]
    return trace("the student", *(form for each in ids for form in (str(each), each.hex, each.bytes)))


async def test_after_a_report_nothing_of_its_reporter_is_anywhere(
    world: World, database_kind: str, database_url: str, tmp_path: Path, receiver: Receiver
) -> None:
    await world.school()
    adviser = await world.person(Role.ADVISER, alias="Mira", paged=True)
    await world.person(Role.TRIAGER, alias="Noor")
    await world.person(Role.INDEPENDENT_HANDLER, alias="Asha", paged=True)
    student = await world.person(Role.STUDENT, alias="Kai")
    await world.on_call(adviser)
    began = time.time()
    metrics = processes.free_port()
    server = Server(
        tmp_path,
        database_url=database_url,
        env={
            "PEERLINE_MASTER_KEYS": world.settings.master_keys,
            "PEERLINE_WEBHOOK_ALLOWED_ORIGINS": receiver.origin,
            "PEERLINE_METRICS_PORT": str(metrics),
        },
    )
    server.output.touch()  # the database is migrated: serving is all that is left to do
    with server, Reporter(server.base_url, student) as reporter:
        signed_in = whoever_signed_in(reporter)
        before = count(signed_in, await cells_of(world.db))
        assert before > 0, "the search finds what is there"

        reporter.report_and_come_back()
        delivered = receiver.wait_for(adviser.hook or "")
        answered(server, adviser)
        assert httpx.get(f"{server.base_url}/metrics").status_code == 404, "not where everyone is"
        scraped = httpx.get(f"http://{LOOPBACK}:{metrics}/metrics")
        assert "peerline_database_up 1.0" in scraped.text
        assert left_behind(reporter.traces(), [Place("the metrics", scraped.content)]) == []
        assert left_behind(reporter.traces(), [*files_of(server), *await cells_of(world.db)]) == []
        assert count(signed_in, await cells_of(world.db)) == before
    assert left_behind(reporter.traces(), [*files_of(server), *await cells_of(world.db)]) == []
    if database_kind == "postgresql":
        assert left_behind(plain_forms(reporter), files_of_postgres(since=began)) == []

    sent = Place("what was sent out", b"".join(json.dumps(each.headers).encode() + each.body for each in delivered))
    assert left_behind(reporter.traces(), [sent]) == []


def plain_forms(reporter: Reporter) -> list[Trace]:
    """Of each trace the words themselves: the files of a whole server are too much to try every hash on."""
    words = {"the address": ADDRESS, "the agent": reporter.agent, "the text": reporter.narrative, "a key": reporter.key}
    words |= {"the person": reporter.person, "the trace": reporter.trace_id, "a receipt": reporter.receipts[0]}
    return [Trace(name, frozenset({word.encode()})) for name, word in words.items()]


def files_of_postgres(*, since: float) -> Iterator[Place]:
    """The server's log, tables and write-ahead log as they lie on the disk."""
    folder = postgres.shared().folder
    yield Place("the log of PostgreSQL", postgres.shared().log_text().encode())
    for path in files_below(folder / "data", since=since):
        yield Place(f"PostgreSQL's {path.name}", path.read_bytes())


@pytest.mark.parametrize("kept", ["as it is", "in base 64", "hashed", "in an address"])
def test_the_search_finds_what_it_looks_for(kept: str) -> None:
    """A search that finds nothing anywhere would pass just as well."""
    word = f"Zoë {canary('text')}"
    content = {
        "as it is": word.encode(),
        "in base 64": base64.b64encode(word.encode()),
        "hashed": hashlib.sha256(word.encode()).hexdigest().encode(),
        "in an address": quote(word).encode(),
    }[kept]
    places = [Place("here", b"\x00before" + content + b"after\xff"), Place("there", b"nothing")]
    assert left_behind([trace("the word", word)], places) == ["the word in here"]
