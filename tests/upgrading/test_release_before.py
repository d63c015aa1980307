"""The code of the release before runs on the schema of today, beside the code of today (docs/upgrading.md)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import last_release
import pytest

from app.identity.passwords import Passwords
from app.vocabulary import Level, Role
from tests.support.receiver import verified
from tests.support.server import Server
from tests.support.thorough import LONG
from tests.support.world import Someone, World

PASSWORD = "correct horse battery staple"
REPORT = {"signs": ["said_thoughts_of_suicide"], "narrative": "He told me on the train home."}
# On SQLite no two versions share a database: there it is the way back, which `make upgrade` tries.
KINDS = ["postgresql", "sqlite"] if LONG else ["postgresql"]


class Version:
    """One version of the product, asked over HTTP."""

    def __init__(self, server: Server) -> None:
        self._base = server.base_url

    def post(self, path: str, body: Mapping[str, Any] | None = None, **headers: str) -> httpx.Response:
        answer = httpx.post(self._base + path, json=body, headers=headers, timeout=30)
        assert answer.is_success, (path, answer.status_code, answer.text)
        return answer

    def get(self, path: str, **headers: str) -> Any:
        answer = httpx.get(self._base + path, headers=headers, timeout=30)
        assert answer.status_code == 200, (path, answer.text)
        return answer.json()

    def sign_in(self, someone: Someone) -> dict[str, str]:
        asked = {"grant_type": "password", "login": someone.login, "password": PASSWORD}
        return {"authorization": f"Bearer {self.post('/v1/auth/token', asked).json()['access_token']}"}

    def report(self) -> str:
        receipt: str = self.post("/v1/schools/harbour/reports", REPORT).json()["receipt"]
        return receipt

    def reporter(self, receipt: str) -> dict[str, str]:
        opened = self.post("/v1/receipts/session", {"receipt": receipt}).json()
        return {"authorization": f"Bearer {opened['access_token']}"}


def paged(world: World, someone: Someone, count: int) -> str:
    """The page that reached someone as the `count`th."""
    got = world.receiver.wait_for(someone.hook, count, timeout=30)
    event = verified(got[-1], someone.secret)
    assert event["type"] == "page.requested"
    page: str = event["data"]["page_id"]
    return page


def answered(world: World, adviser: Someone, count: int, *, at: Version, then: Version, receipt: str) -> None:
    """The page that came is acknowledged and read at one version, answered at the other, and the reporter sees it."""
    page = f"/v1/pages/{paged(world, adviser, count)}"
    signed_in = at.sign_in(adviser)
    assert at.post(f"{page}/ack", **signed_in).json()["first"] is True
    assert at.get(page, **signed_in)["text"] == REPORT["narrative"]
    then.post(f"{page}/reply", {"text": "I am here."}, **signed_in, **world.once())
    for version in (at, then):
        reporter = version.reporter(receipt)
        assert version.get("/v1/me/report", **reporter)["status"] == "someone_has_replied"
        shown = version.get("/v1/me/report/messages", **reporter)["items"]
        assert [message["text"] for message in shown] == ["I am here."]


@pytest.mark.parametrize("database_kind", KINDS, indirect=True)
async def test_it_takes_pages_answers_and_hands_over_on_the_schema_of_today(world: World, tmp_path: Path) -> None:
    before = last_release.last()
    code = last_release.code_of(before, tmp_path / "before")
    hashed = Passwords(cost="fast").hash_now(PASSWORD)
    await world.school()
    adviser = await world.person(Role.ADVISER, paged=True, password_hash=hashed)
    backup = await world.person(Role.ADVISER, paged=True)
    await world.on_call(adviser)
    await world.on_call(backup, level=Level.BACKUP)
    env = {
        "PEERLINE_MASTER_KEYS": world.settings.master_keys,
        "PEERLINE_WEBHOOK_ALLOWED_ORIGINS": world.receiver.origin,
    }
    url = world.settings.database_url
    old_server = last_release.Of(code, tmp_path / "old", database_url=url, env=env)
    new_server = Server(tmp_path / "new", worker=False, database_url=url, env=env)
    beside = [new_server] if world.db.dialect == "postgresql" else []

    def roll() -> None:
        old, *more = [Version(server) for server in (old_server, *beside)]
        new = more[0] if more else old
        for version in (old, new):
            assert version.get("/readyz") == {"status": "ok"}
        # The only worker is the old one: it pages for what either version has taken.
        for count, (taking, answering) in enumerate([(old, new), (new, old)], start=1):
            receipt = taking.report()
            answered(world, adviser, count, at=answering, then=taking, receipt=receipt)
        old.report()
        paged(world, adviser, 3)

    with old_server:
        for server in beside:
            server.start()
        try:
            await asyncio.to_thread(roll)
        finally:
            for server in beside:
                server.stop()
    # Its last report goes on with the new version's worker, by the timers that the old one has set.
    assert not world.receiver.requests(backup.hook)
    world.time.advance(minutes=11)
    await world.settle()
    [page] = world.receiver.wait_for(backup.hook)
    assert page.json()["type"] == "page.requested"
