"""A client as a careful one is written: it tries again with the same Idempotency-Key until it has an answer."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import httpx

from benchmarks.chaos.ledger import Entry, Ledger, Told

# So long a client tries to have one thing done; then it gives up, and knows nothing.
PATIENCE_SECONDS = 40.0
ANSWER_SECONDS = 15.0
# What a service may say when it cannot: all is away, or it is a moment too many (docs/overload.md).
NOT_NOW = ("unavailable", "overloaded")


@dataclass(frozen=True, slots=True)
class Answer:
    """`told` is UNKNOWN when there was none, or one that leaves it open. `status` 0: none."""

    told: Told
    status: int
    body: dict[str, Any]
    address: str = ""
    etag: str = ""


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
    ) -> str | None:
        """Have an entry stored, and write down what was said to it. Gives who acknowledged it; None: nobody did.

        With a key it is sent until it is answered, without one it is sent once. `twice`: an acknowledged one with a
        key is sent once more, as an impatient client does, and must get the same answer.
        """
        all_headers = self._keyed(entry, path, body, headers)
        answer = self._until_answered("POST", path, body, all_headers, again=entry.key is not None, help_=with_help)
        entry.told = answer.told
        if answer.told is not Told.ACKNOWLEDGED:
            return None
        entry.answers.append(answer.body)
        if twice and entry.key is not None:
            repeated = self._until_answered("POST", path, body, all_headers, again=True, help_=with_help)
            if repeated.told is Told.ACKNOWLEDGED:
                self._ledger.count("keys sent again, answered the same")
                entry.answers.append(repeated.body)
        return answer.address

    def enter_everywhere(
        self,
        entry: Entry,
        path: str,
        body: dict[str, Any],
        *,
        headers: dict[str, str] | None = None,
        meanwhile: Callable[[], None],
    ) -> bool:
        """The same request under one key to every address at once, as of a client that has lost its head."""
        all_headers = self._keyed(entry, path, body, headers)
        alone = [Caller(self._ledger, [each], random.Random(self._chance.random())) for each in self._addresses]
        # One address may stand for several processes, or for one: two requests meet there, too.
        alone = alone if len(alone) > 1 else [*alone, Caller(self._ledger, self._addresses, self._chance)]

        def ask(caller: Caller) -> Answer:
            try:
                return caller._until_answered("POST", path, body, all_headers, again=True, help_=False)
            finally:
                caller.close()

        with ThreadPoolExecutor(len(alone)) as threads:
            asked = [threads.submit(ask, caller) for caller in alone]
            meanwhile()
            answers = [each.result() for each in asked]
        self._ledger.count("keys sent everywhere at once")
        told = [answer.told for answer in answers]
        if Told.ACKNOWLEDGED in told:
            entry.told = Told.ACKNOWLEDGED
            entry.answers += [answer.body for answer in answers if answer.told is Told.ACKNOWLEDGED]
        else:
            entry.told = Told.REFUSED if set(told) == {Told.REFUSED} else Told.UNKNOWN
        return entry.told is Told.ACKNOWLEDGED

    def misuse(self, entry: Entry, path: str, body: dict[str, Any], *, of: Entry) -> None:
        """Send another thing under the key of an acknowledged one: it must be refused, for what it is."""
        assert of.sent is not None
        answer = self._until_answered("POST", path, body, of.sent[2], again=True, help_=False)
        entry.told = answer.told
        if answer.told is Told.ACKNOWLEDGED:
            self._ledger.never("another thing under a used key was acknowledged")
            entry.answers.append(answer.body)
        elif answer.told is Told.REFUSED:
            self._ledger.count(f"keys used for another thing, refused {answer.status} {answer.body.get('code')}")

    def once_more(self, entry: Entry) -> None:
        """The same key when all is over: the first answer, or that it cannot be repeated any more."""
        assert entry.sent is not None
        path, body, headers = entry.sent
        answer = self._until_answered("POST", path, body, headers, again=True, help_=False)
        if answer.told is Told.ACKNOWLEDGED:
            self._ledger.count("keys sent after the faults, answered the same")
            entry.answers.append(answer.body)
        elif answer.body.get("code") == "already_received":
            # Its receipt has been used: then it is not told a second time (contract, 1.4).
            self._ledger.count("keys sent after the faults, answered that it was received")
        else:
            self._ledger.never(f"a key sent after the faults was answered {answer.status} {answer.body.get('code')}")

    def _keyed(self, entry: Entry, path: str, body: dict[str, Any], headers: dict[str, str] | None) -> dict[str, str]:
        all_headers = (headers or {}) | ({} if entry.key is None else {"Idempotency-Key": entry.key})
        entry.sent = (path, body, all_headers)
        return all_headers

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
                # An earlier one of the same may have been taken, although this one is refused.
                refused = answer.told is Told.REFUSED
                return replace(answer, told=Told.UNKNOWN) if lost and refused and method == "POST" else answer
            if time.monotonic() > deadline:
                self._ledger.count("given up by the client")
                return Answer(Told.UNKNOWN if lost else Told.REFUSED, answer.status, answer.body)
            time.sleep(self._chance.uniform(0.05, 0.4))

    def _once(
        self, method: str, path: str, body: dict[str, Any] | None, headers: dict[str, str], *, help_: bool
    ) -> Answer:
        address = self._chance.choice(self._addresses)
        try:
            response = self._http.request(method, address + path, json=body, headers=headers)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            self._ledger.count("connections refused")
            return Answer(Told.REFUSED, -1, {})
        except httpx.TransportError:
            self._ledger.count("answers lost")
            return Answer(Told.UNKNOWN, 0, {})
        self._ledger.count("requests answered")
        said = response.json()
        if response.is_success:
            return Answer(Told.ACKNOWLEDGED, response.status_code, said, address, response.headers.get("etag", ""))
        self._ledger.count(f"answered {response.status_code} {said.get('code')}")
        if response.status_code >= 500 and said.get("code") not in NOT_NOW:
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
