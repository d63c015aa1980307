"""Every way in which a receiver fails, each for a spell, on one endpoint or on all: what they are called, and how."""

from __future__ import annotations

import contextlib
import random
import threading
from collections.abc import Sequence
from typing import Any

from benchmarks.chaos.calls import Caller
from benchmarks.chaos.ledger import Ledger, Told
from benchmarks.chaos.school import Cast, Member
from tests.support.processes import wait_until
from tests.support.receiver import Receiver

SPELL_SECONDS = (0.5, 2.5)
AWAY_SECONDS = (0.5, 4.0)
# Where nothing may ever arrive: a receiver that sends elsewhere is not followed.
ELSEWHERE = "elsewhere"
# So often an endpoint takes what it is sent, else it fails in one of the ways below.
GOOD = 0.4

OK = "HTTP/1.1 200 OK\r\n"
Step = int | dict[str, Any]

# The last step stays for as long as the spell. Longer than the five seconds of an attempt is a failure.
WAYS: dict[str, tuple[Step, ...]] = {
    "takes it after 0.2 s": ({"delay": 0.2},),
    "500 once": (500, 200),
    "500": (500,),
    "503, 500, breaks off, takes it": (503, 500, {"close": True}, 200),
    "404": (404,),
    "410, once": (410, 200),
    "301 elsewhere": ({"status": 301, "location": f"/hook/{ELSEWHERE}"},),
    "307 elsewhere": ({"status": 307, "location": f"/hook/{ELSEWHERE}"},),
    "429, Retry-After 2": ({"status": 429, "headers": {"Retry-After": "2"}},),
    "503, Retry-After 2": ({"status": 503, "headers": {"Retry-After": "2"}},),
    "503, Retry-After in 3,000 years": ({"status": 503, "headers": {"Retry-After": "99999999999"}},),
    "503, Retry-After in the past": (
        {"status": 503, "headers": {"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"}},
        {"status": 503, "headers": {"Retry-After": "-5"}},
    ),
    "503, Retry-After of no meaning": ({"status": 503, "headers": {"Retry-After": "soon"}},),
    "never answers": ({"delay": 30.0, "close": True},),
    "takes it after 6 s": ({"delay": 6.0}, {"delay": 0.5}),
    "answers byte by byte": ({"raw": OK + "Content-Length: 2\r\n\r\nok", "drip": 0.4},),
    "breaks off instead of an answer": ({"close": True},),
    "resets the connection": ({"close": "reset"},),
    "breaks off within its status line": ({"raw": "HTTP/1.1 2"},),
    "breaks off within its headers": ({"raw": OK + "Content-Le"},),
    "a body shorter than it says": ({"raw": OK + "Content-Length: 900\r\n\r\nok", "status": 200},),
    "a body longer than it says": ({"raw": OK + "Content-Length: 1\r\n\r\nokay", "status": 200},),
    "two lengths of its body": ({"raw": OK + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nok"},),
    "a length that is no number": ({"raw": OK + "Content-Length: many\r\n\r\nok"},),
    "chunks that are none": ({"raw": OK + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", "status": 200},),
    "an endless body": ({"raw": OK + "\r\n", "status": 200, "endless": True},),
    "an endless header": ({"raw": OK + "X-Long: ", "endless": True},),
    "a thousand times 100 Continue": ({"raw": "HTTP/1.1 100 Continue\r\n\r\n" * 1000},),
    "no HTTP": ({"raw": "hello, who is there?\r\n\r\n"},),
    "TLS on a plain port": ({"raw": "\x15\x03\x01\x00\x02\x02\x28"},),
}
REFUSES, HANGS_UP = "refuses connections", "hangs up before it reads"


class Moods:
    """The receivers of one school, driven by one thread until it is told to stop; then they all work."""

    def __init__(
        self, ledger: Ledger, receiver: Receiver, cast: Cast, addresses: Sequence[str], chance: random.Random
    ) -> None:
        self._ledger, self._receiver, self._chance = ledger, receiver, chance
        self._owners = [member for member in cast.paged if member.hook is not None]
        self._caller = Caller(ledger, addresses, chance)

    def run(self, stopping: threading.Event) -> None:
        while not stopping.wait(self._chance.uniform(*SPELL_SECONDS) / len(self._owners)):
            owner = self._chance.choice(self._owners)
            if self._chance.random() < GOOD:
                self._behave(owner, (200,))
            elif self._chance.random() < 2 / len(WAYS):
                self._go_away(stopping)
            else:
                way = self._chance.choice(list(WAYS))
                self._behave(owner, WAYS[way])
                self._ledger.count(f"receivers: {way}")
            if self._chance.random() < 0.1:
                self._switch_on(owner)

    def end(self) -> None:
        """Everybody's endpoint takes what it is sent, and is switched on again where it had said that it is gone."""
        for owner in self._owners:
            # It may have gone away a moment before.
            hook = owner.hook or ""
            wait_until(
                lambda hook=hook: behave_if_there(self._receiver, hook, 200),
                timeout=3 * AWAY_SECONDS[1],
                what="a receiver that is back",
            )
        for owner in self._owners:
            # Its answer may be lost: then the second look finds it on.
            if not any(self._switch_on(owner) for _ in range(5)):
                raise RuntimeError("an endpoint could not be switched on again")
        self._caller.close()

    def _behave(self, owner: Member, steps: Sequence[Step]) -> None:
        self._receiver.behave(owner.hook or "", *steps)

    def _go_away(self, stopping: threading.Event) -> None:
        seconds, hang_up = self._chance.uniform(*AWAY_SECONDS), self._chance.random() < 0.5
        self._receiver.away(seconds, hang_up=hang_up)
        self._ledger.count(f"receivers: {HANGS_UP if hang_up else REFUSES}")
        stopping.wait(seconds + 0.2)

    def _switch_on(self, owner: Member) -> bool:
        """As its owner does, who wonders why it is quiet. True when it is on."""
        path = "/v1/me/webhook-endpoints"
        listed = self._caller.repeatable("GET", path, headers=owner.headers)
        if listed.told is not Told.ACKNOWLEDGED:
            return False
        off = [each for each in listed.body["items"] if not each["enabled"]]
        for each in off:
            shown = self._caller.repeatable("GET", f"{path}/{each['id']}", headers=owner.headers)
            condition = owner.headers | {"If-Match": shown.etag}
            done = self._caller.repeatable("PATCH", f"{path}/{each['id']}", headers=condition, body={"enabled": True})
            if done.told is not Told.ACKNOWLEDGED:
                return False
            self._ledger.count("endpoints switched on again after a 410")
        return True


def behave_if_there(receiver: Receiver, hook: str, *steps: Step) -> bool:
    """False while it is away, where it cannot be told anything either."""
    with contextlib.suppress(OSError):
        receiver.behave(hook, *steps)
        return True
    return False
