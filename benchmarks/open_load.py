"""A load that does not wait: each request has its time, whatever becomes of those before it.

    python -m benchmarks.open_load        reads one job (JSON) from each line, answers each with one line

What a request took is counted from when it was to be sent, so that a server (or a generator) that falls behind is not
spared the requests of that time. A connection has one request at a time; as many are opened as are needed.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import random
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from benchmarks.load import FRESH, Client, Exchange

# So long after the end of a job an answer may still come.
GRACE_SECONDS = 15.0
# Answers that must carry both.
REFUSED = 503


@dataclass(slots=True)
class Stream:
    """Requests of one kind and what came of them. `even`: at even distances, else at random ones (Poisson)."""

    name: str
    rate: float
    requests: Iterator[tuple[bytes, bytes, bytes]]
    even: bool
    bodies: bool
    sent: int = 0
    answered: Counter[int] = field(default_factory=Counter)
    accepted: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    incomplete: int = 0
    kept: list[tuple[float, str]] = field(default_factory=list)

    def times(self, seconds: float, chance: random.Random) -> Iterator[float]:
        at = 0.0
        while (at := at + (1 / self.rate if self.even else chance.expovariate(self.rate))) < seconds:
            yield at

    def make(self) -> bytes:
        before, found, after = next(self.requests)
        return before + str(uuid.uuid4()).encode() + after if found else before

    def add(self, exchange: Exchange, head: bytes, due: float) -> None:
        self.answered[exchange.status] += 1
        taken = exchange.done - due
        if exchange.status < 400:
            self.accepted.append(taken)
            if self.bodies:
                self.kept.append((exchange.done, exchange.body.decode()))
            return
        self.refused.append(taken)
        if exchange.status == REFUSED:
            whole = b"\r\nretry-after: " in head.lower() and b'"help":[{' in exchange.body
            self.incomplete += not whole

    def result(self) -> dict[str, Any]:
        answered = sum(self.answered.values())
        return {
            "sent": self.sent,
            "lost": self.sent - answered,
            "statuses": {str(status): count for status, count in self.answered.items()},
            "accepted": self.accepted,
            "refused": self.refused,
            "incomplete": self.incomplete,
            "kept": self.kept,
        }


class Run:
    """One job: `port`, `seconds`, `most` connections, and `streams` (name, rate, requests in base64, even, bodies)."""

    def __init__(self, job: dict[str, Any]) -> None:
        self._port, self._most = int(job["port"]), int(job["most"])
        self._seconds = float(job["seconds"])
        self._streams = [_stream(each) for each in job["streams"]]
        self._free: list[Client] = []
        self._under_way: dict[Client, tuple[Stream, float]] = {}
        self._connections = 0
        self._behind: list[tuple[Stream, float]] = []
        self._opening: set[asyncio.Task[None]] = set()
        self._all: list[Client] = []

    async def do(self) -> dict[str, Any]:
        chance = random.Random(9)
        plan = sorted(
            ((at, index) for index, stream in enumerate(self._streams) for at in stream.times(self._seconds, chance)),
        )
        began, began_cpu = time.monotonic(), time.process_time()
        latest = 0.0
        for at, index in plan:
            due = began + at
            if (early := due - time.monotonic()) > 0.0005:
                await asyncio.sleep(early)
            elif -early > latest:
                latest = -early
                await asyncio.sleep(0)
            self._streams[index].sent += 1
            self._send(self._streams[index], due)
        busy = (time.process_time() - began_cpu) / (time.monotonic() - began)
        ends = began + self._seconds + GRACE_SECONDS
        while (self._under_way or self._behind or self._opening) and time.monotonic() < ends:
            await asyncio.sleep(0.01)
        answered = time.monotonic()
        for client in self._all:
            client.close()
        return {
            "streams": {stream.name: stream.result() for stream in self._streams},
            "busy": busy,
            "latest": latest,
            "connections": self._connections,
            "ended": began + self._seconds,
            "answered": answered,
        }

    def _send(self, stream: Stream, due: float) -> None:
        while self._free and self._free[-1].gone:
            self._free.pop()
            self._connections -= 1
        if self._free:
            self._use(self._free.pop(), stream, due)
        elif self._connections < self._most:
            self._connections += 1
            task = asyncio.get_running_loop().create_task(self._open(stream, due))
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)
        else:
            self._behind.append((stream, due))

    async def _open(self, stream: Stream, due: float) -> None:
        try:
            _, client = await asyncio.get_running_loop().create_connection(
                lambda: Client(self._answered), "127.0.0.1", self._port
            )
        except OSError:
            self._connections -= 1
            return
        self._all.append(client)
        self._use(client, stream, due)

    def _use(self, client: Client, stream: Stream, due: float) -> None:
        self._under_way[client] = (stream, due)
        client.request(stream.make())

    def _answered(self, client: Client, exchange: Exchange | None) -> None:
        stream, due = self._under_way.pop(client)
        if exchange is None:
            self._connections -= 1
            return
        stream.add(exchange, client.head, due)
        if self._behind:
            self._use(client, *self._behind.pop(0))
        elif b"\r\nconnection: close" in client.head.lower():
            self._connections -= 1
        else:
            self._free.append(client)


def _stream(told: dict[str, Any]) -> Stream:
    templates = [base64.b64decode(request).partition(FRESH) for request in told["requests"]]
    return Stream(
        name=told["name"],
        rate=float(told["rate"]),
        requests=itertools.cycle(templates),
        even=bool(told.get("even")),
        bodies=bool(told.get("bodies")),
    )


def main() -> None:
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        for line in sys.stdin:
            sys.stdout.write(json.dumps(runner.run(Run(json.loads(line)).do())) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
