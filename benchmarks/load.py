"""The load generator: a process of its own that speaks HTTP/1.1 over sockets that stay open.

    python -m benchmarks.load        reads one job (JSON) from each line, answers each with one line

A client sends its next request as soon as it has the answer to the last one (`seconds`), or requests are sent at a
steady rate whatever becomes of them (`rate` and `count`). Only the standard library and uvloop, so that the generator
is not what is measured; each result says how busy it was. Times are of the machine's monotonic clock.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import sys
import time
import uuid
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

# Replaced by a fresh random UUID in each request.
FRESH = b"{fresh-uuid}"
# So long after the end of a job an answer may still come.
GRACE_SECONDS = 20.0


@dataclass(slots=True)
class Exchange:
    """One request and its answer."""

    sent: float
    done: float
    status: int
    body: bytes


@dataclass(slots=True)
class Tally:
    """What came of a job's requests. `lost`: the connection ended or failed instead of an answer."""

    keep_bodies: bool
    exchanges: list[Exchange] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    lost: int = 0

    def add(self, exchange: Exchange) -> None:
        self.statuses[exchange.status] += 1
        if not self.keep_bodies:
            exchange.body = b""
        self.exchanges.append(exchange)


class Client(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self, on_answer: Callable[[Client, Exchange | None], None]) -> None:
        self._on_answer = on_answer
        # Of the last answer.
        self.head = b""
        self._buffer = b""
        self._needed: int | None = None
        self._head_ends = 0
        self._sent = 0.0
        self._waiting = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def request(self, data: bytes) -> None:
        assert self._transport is not None
        self._waiting = True
        self._sent = time.monotonic()
        self._transport.write(data)

    @property
    def gone(self) -> bool:
        """Whether the server has hung up."""
        return self._transport is None or self._transport.is_closing()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._needed is None:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            self._head_ends = end + 4
            self._needed = self._head_ends + _content_length(self._buffer[:end])
        if len(self._buffer) < self._needed:
            return
        exchange = Exchange(self._sent, time.monotonic(), int(self._buffer[9:12]), self._buffer[self._head_ends :])
        self.head = self._buffer[: self._head_ends]
        self._buffer, self._needed, self._waiting = b"", None, False
        self._on_answer(self, exchange)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if self._waiting:
            self._waiting = False
            self._on_answer(self, None)


async def run(job: dict[str, Any]) -> dict[str, Any]:
    """Do one job: `port`, `clients`, `requests` (base64; sent in turn), and `seconds`, or `rate` and `count`."""
    tally = Tally(keep_bodies=bool(job.get("bodies")))
    templates = [base64.b64decode(request) for request in job["requests"]]
    began_cpu = time.process_time()
    if "rate" in job:
        elapsed = await _steady(job, templates, tally)
    else:
        elapsed = await _closed(job, templates, tally)
    busy = (time.process_time() - began_cpu) / elapsed
    result: dict[str, Any] = {
        "elapsed": elapsed,
        "busy": busy,
        "lost": tally.lost,
        "statuses": {str(status): count for status, count in tally.statuses.items()},
        "latencies": [exchange.done - exchange.sent for exchange in tally.exchanges],
    }
    if tally.keep_bodies:
        result["exchanges"] = [[e.sent, e.done, e.status, e.body.decode("latin-1")] for e in tally.exchanges]
    return result


async def _closed(job: dict[str, Any], templates: list[bytes], tally: Tally) -> float:
    """Each client keeps one request under way until the time is over. The answers still due then count, too."""
    make = _maker(templates)
    loop = asyncio.get_running_loop()
    finished = loop.create_future()
    left = int(job["clients"])
    ends = 0.0

    def answered(client: Client, exchange: Exchange | None) -> None:
        nonlocal left
        if exchange is None:
            tally.lost += 1
        else:
            tally.add(exchange)
            if exchange.done < ends:
                client.request(make())
                return
        left -= 1
        if left == 0 and not finished.done():
            finished.set_result(None)

    clients = await _connect(job, answered)
    began = time.monotonic()
    ends = began + float(job["seconds"])
    for client in clients:
        client.request(make())
    await _within(finished, ends, tally, waiting=lambda: left)
    for client in clients:
        client.close()
    return max((exchange.done for exchange in tally.exchanges), default=time.monotonic()) - began


async def _steady(job: dict[str, Any], templates: list[bytes], tally: Tally) -> float:
    """Send at a steady rate; a request waits only when every client is busy."""
    make = _maker(templates)
    loop = asyncio.get_running_loop()
    finished = loop.create_future()
    count, interval = int(job["count"]), 1.0 / float(job["rate"])
    free: deque[Client] = deque()
    queued = 0

    def answered(client: Client, exchange: Exchange | None) -> None:
        nonlocal queued
        if exchange is None:
            tally.lost += 1
        else:
            tally.add(exchange)
            if queued:
                queued -= 1
                client.request(make())
            else:
                free.append(client)
        if tally.lost + len(tally.exchanges) >= count and not finished.done():
            finished.set_result(None)

    clients = await _connect(job, answered)
    free.extend(clients)
    began = time.monotonic()
    for number in range(count):
        await asyncio.sleep(max(0.0, began + number * interval - time.monotonic()))
        if free:
            free.popleft().request(make())
        else:
            queued += 1
    missing = lambda: count - tally.lost - len(tally.exchanges)  # noqa: E731  a name for an argument
    await _within(finished, began + count * interval, tally, waiting=missing)
    for client in clients:
        client.close()
    return time.monotonic() - began


async def _connect(job: dict[str, Any], answered: Callable[[Client, Exchange | None], None]) -> list[Client]:
    loop = asyncio.get_running_loop()
    clients = []
    for _ in range(int(job["clients"])):
        _, client = await loop.create_connection(lambda: Client(answered), "127.0.0.1", int(job["port"]))
        clients.append(client)
    return clients


async def _within(finished: asyncio.Future[None], ends: float, tally: Tally, *, waiting: Callable[[], int]) -> None:
    try:
        await asyncio.wait_for(finished, max(0.0, ends - time.monotonic()) + GRACE_SECONDS)
    except TimeoutError:
        tally.lost += waiting()


def _maker(templates: list[bytes]) -> Callable[[], bytes]:
    """What to send next: each in turn, from the first again after the last."""
    turns = itertools.cycle([template.partition(FRESH) for template in templates])

    def make() -> bytes:
        before, found, after = next(turns)
        return before + str(uuid.uuid4()).encode() + after if found else before

    return make


def _content_length(head: bytes) -> int:
    if head[9:12] in (b"204", b"304"):
        return 0
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise ValueError("an answer without Content-Length")


def main() -> None:
    try:
        import uvloop

        runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
    except ImportError:
        runner = asyncio.Runner()
    with runner:
        for line in sys.stdin:
            sys.stdout.write(json.dumps(runner.run(run(json.loads(line)))) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
