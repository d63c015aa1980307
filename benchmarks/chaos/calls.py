"""A client as a careful one is written: it tries again with the same Idempotency-Key until it has an answer."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from benchmarks.chaos.ledger import Entry, Ledger, Told

# So long a client tries to have one thing done; then it gives up, and knows nothing.
PATIENCE_SECONDS = 40.0
ANSWER_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Answer:
    """`told` is UNKNOWN when there was none, or one that leaves it open. `status` 0: none."""

    told: Told
    status: int
    body: dict[str, Any]


class Caller:
    """One client with its own connections, to any of the addresses in turn. Not for several threads."""

    def __init__(self, ledger: Ledger, addresses: Sequence[str], chance: random.Random) -> None:
        self._ledger, self._addresses, self._chance = ledger, addresses, chance
        self._http = httpx.Client(timeout=ANSWER_SECONDS, trust_env=False)

    def close(self) -> None:
        self._http.close()

    def enter(
        self,
        entry: Entry,
        path: str,
        body: dict[str, Any],
        *,
        headers: dict[str, str] | None = None,
        with_help: bool = False,
        twice: bool = False,
    ) -> bool:
        """Have an entry stored, and write down what was said to it. True when it was acknowledged.

        With a key it is sent until it is answered, without one it is sent once. `twice`: an acknowledged one with a
        key is sent once more, as an impatient client does, and must get the same answer.
        """
        keyed = {} if entry.key is None else {"Idempotency-Key": entry.key}
        all_headers = (headers or {}) | keyed
        answer = self._until_answered("POST", path, body, all_headers, again=entry.key is not None, help_=with_help)
        entry.told = answer.told
        if answer.told is not Told.ACKNOWLEDGED:
            return False
        entry.answers.append(answer.body)
        if twice and entry.key is not None:
            repeated = self._until_answered("POST", path, body, all_headers, again=True, help_=with_help)
            if repeated.told is Told.ACKNOWLEDGED:
                self._ledger.count("answers asked for twice")
                entry.answers.append(repeated.body)
        return True

    def repeatable(
        self, method: str, path: str, *, headers: dict[str, str], body: dict[str, Any] | None = None
    ) -> Answer:
        """A request that may be sent any number of times: a read, an acknowledgement, opening a receipt."""
        return self._until_answered(method, path, body, headers, again=True, help_=False)

    def _until_answered(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None,
        headers: dict[str, str],
        *,
        again: bool,
        help_: bool,
    ) -> Answer:
        deadline = time.monotonic() + PATIENCE_SECONDS
        lost = False
        while True:
            answer = self._once(method, path, body, headers, help_=help_)
            lost = lost or (answer.told is Told.UNKNOWN and answer.status >= 0)
            # Nobody was there to hear it: it may be said again, with or without a key.
            unheard = answer.status < 0
            if answer.status in (0, 409, 503) and not again:
                return answer
            if not (unheard or answer.status in (0, 503) or answer.body.get("code") == "request_in_progress"):
                return answer
            if time.monotonic() > deadline:
                self._ledger.count("given up by the client")
                return Answer(Told.UNKNOWN if lost else Told.REFUSED, answer.status, answer.body)
            time.sleep(self._chance.uniform(0.05, 0.4))

    def _once(
        self, method: str, path: str, body: dict[str, Any] | None, headers: dict[str, str], *, help_: bool
    ) -> Answer:
        url = self._chance.choice(self._addresses) + path
        try:
            response = self._http.request(method, url, json=body, headers=headers)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            self._ledger.count("connections refused")
            return Answer(Told.REFUSED, -1, {})
        except httpx.TransportError:
            self._ledger.count("answers lost")
            return Answer(Told.UNKNOWN, 0, {})
        self._ledger.count("requests answered")
        said = response.json()
        if response.is_success:
            return Answer(Told.ACKNOWLEDGED, response.status_code, said)
        self._ledger.count(f"answered {response.status_code} {said.get('code')}")
        if response.status_code >= 500 and said.get("code") != "unavailable":
            self._ledger.never(f"{method} was answered {response.status_code} {said.get('code')}")
        if help_ and not said.get("help"):
            self._ledger.never(f"a reporter was answered {response.status_code} without help")
        perhaps = response.status_code == 503 and "Nothing was stored" not in said["detail"]
        return Answer(Told.UNKNOWN if perhaps else Told.REFUSED, response.status_code, said)


def new_key() -> str:
    return str(uuid.uuid4())


def items(call: Callable[[str], Answer], path: str) -> list[dict[str, Any]]:
    """Every item of a list, page by page."""
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        answer = call(f"{path}?limit=100{cursor}")
        if answer.told is not Told.ACKNOWLEDGED:
            raise RuntimeError(f"a list was answered {answer.status} {answer.body}")
        found += answer.body["items"]
        if answer.body["next_cursor"] is None:
            return found
        cursor = f"&cursor={answer.body['next_cursor']}"
