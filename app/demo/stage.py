"""What the scenes of the demo are played on: a client of the service, the receiver's log, and a clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx

from app.demo.people import PASSWORD
from app.settings import Settings

PATIENCE_SECONDS = 10.0


class Failed(Exception):
    """The journey did not go as it must; the text says where."""


class Stage:
    """A client of the service, the receiver's log, and a clock for the transcript."""

    def __init__(self, settings: Settings) -> None:
        self.http = httpx.Client(base_url=settings.local_url, timeout=10, trust_env=False)
        receiver = f"http://127.0.0.1:{settings.demo_receiver_port}"
        self.receiver = httpx.Client(base_url=receiver, timeout=5, trust_env=False)
        self.began = time.monotonic()

    def close(self) -> None:
        self.http.close()
        self.receiver.close()

    def say(self, text: str) -> None:
        print(f"{time.monotonic() - self.began:7.2f} s  {text}", flush=True)

    def expect(self, response: httpx.Response, status: int) -> Any:
        if response.status_code != status:
            raise Failed(f"{response.request.url.path}: {response.status_code} instead of {status}")
        return response.json() if response.content else None

    def sign_in(self, login: str) -> dict[str, str]:
        grant = {"grant_type": "password", "login": login, "password": PASSWORD}
        token = self.expect(self.http.post("/v1/auth/token", json=grant), 200)["access_token"]
        return {"Authorization": f"Bearer {token}"}

    def answer_with(self, name: str, status: int) -> None:
        self.receiver.post("/_behaviour", json={"name": name, "status": status}).raise_for_status()

    def await_event(self, event: str, since: float, match: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The next verified delivery of this type that fits. Raises Failed after ten seconds."""
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            for entry in self.receiver.get("/_log").json():
                if entry["at"] >= since and entry["verified"] and entry["body"]["type"] == event and match(entry):
                    return dict(entry)
            time.sleep(0.01)
        raise Failed(f"no {event} arrived within {PATIENCE_SECONDS:.0f} s")


def new_reports(stage: Stage, triager: dict[str, str]) -> set[str]:
    """No list tells which report of an hour is the newest: compare what is there before and after."""
    found: set[str] = set()
    query = {"limit": "100", "state": "new"}
    while True:
        page = stage.expect(stage.http.get("/v1/schools/harbour/reports", headers=triager, params=query), 200)
        found |= {report["id"] for report in page["items"]}
        if page["next_cursor"] is None:
            return found
        query["cursor"] = page["next_cursor"]
