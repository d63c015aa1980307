"""The same requests to the same product on a small and on a large database, one after the other, again and again.

What is compared is the time of a request alone on its server: of both sides the median, and the ratio of the two.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import statistics
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from app.vocabulary import Role
from benchmarks.scale import fill, paths
from benchmarks.scale.deployment import Deployment
from benchmarks.scale.paths import Ask, Place
from tests.support.server import LOOPBACK, Server, Worker

TARGET = 1.5
# What is under this many milliseconds on both sides differs by what else the machine does.
AT_ONCE_MS = 2.0
# uvicorn ends a connection that nobody uses after five.
IDLE_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Compared:
    """Medians in milliseconds. `biggest`: of the school with the most reports, else of one like all others.

    `rows`: of a list, how many it was asked for, since one side had no more.
    """

    name: str
    biggest: bool
    rows: int | None
    small_ms: float
    large_ms: float

    @property
    def ratio(self) -> float:
        return self.large_ms / self.small_ms

    @property
    def met(self) -> bool:
        return self.ratio <= TARGET or self.large_ms < AT_ONCE_MS


class Side:
    """A running server and a school of it that is asked."""

    def __init__(self, server: Server, place: Place) -> None:
        self.place = place
        self._connection = http.client.HTTPConnection(LOOPBACK, server.port, timeout=60.0)
        self._used = 0.0

    def seconds(self, ask: Ask) -> float | None:
        """None where a limit that people have, too, is reached. Raises RuntimeError for other answers but good ones."""
        headers = self.place.headers(ask)
        if ask.of is not None:
            _, _, etag = self._ask("GET", ask.of, None, {"Authorization": headers["Authorization"]})
            headers["If-Match"] = etag
        began = time.perf_counter()
        status, body, _ = self._ask(ask.method, ask.path, ask.content(), headers)
        taken = time.perf_counter() - began
        if status == 429:
            return None
        if status not in (200, 201):
            raise RuntimeError(f"{ask.name}: {status} {body[:500]!r}")
        return taken

    def rows(self, ask: Ask) -> int | None:
        """How many a list of at most ROWS has; None of what is no such list."""
        if f"limit={paths.ROWS}" not in ask.path:
            return None
        status, body, _ = self._ask("GET", ask.path, None, self.place.headers(ask))
        return len(json.loads(body)["items"]) if status == 200 else None

    def cursor(self) -> str | None:
        """To the second page of reports."""
        first = next(paths.lists(self.place, cursor=None))
        _, body, _ = self._ask("GET", first.path, None, self.place.headers(first))
        cursor: str | None = json.loads(body)["next_cursor"]
        return cursor

    def urgent(self) -> list[uuid.UUID]:
        """Reports, fifty at the most, that cannot wait and that nobody has answered."""
        path = f"/v1/schools/{self.place.slug}/reports?state=new&priority=now&limit={paths.ROWS}"
        asked = Ask("urgent reports", "GET", path, Role.TRIAGER)
        _, body, _ = self._ask("GET", path, None, self.place.headers(asked))
        return [uuid.UUID(each["id"]) for each in json.loads(body)["items"]]

    def reporter(self) -> str:
        """The token of somebody who has just sent a report."""
        sent = next(paths.writes(self.place))
        _, body, _ = self._ask("POST", sent.path, sent.content(), self.place.headers(sent))
        given = json.dumps({"receipt": json.loads(body)["receipt"]}).encode()
        _, body, _ = self._ask("POST", "/v1/receipts/session", given, {"Content-Type": "application/json"})
        return str(json.loads(body)["access_token"])

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, bytes, str]:
        if time.monotonic() - self._used > IDLE_SECONDS:
            # The server may be about to end it: the next request opens another.
            self._connection.close()
        self._connection.request(method, path, body=body, headers=headers)
        answer = self._connection.getresponse()
        read = answer.read()
        self._used = time.monotonic()
        return answer.status, read, answer.headers.get("etag", "")


def compare(small: Deployment, large: Deployment, *, times: int) -> Iterator[Compared]:
    """Each path of an ordinary school and of the biggest one, each with the same of the small deployment."""
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(_serving(each)) for each in (small, large)]
        for biggest in (False, True):
            sides = [
                Side(server, each.place(fill.slug_of(0 if biggest else 1)))
                for server, each in zip(servers, (small, large), strict=True)
            ]
            for name, asks in _pairs(sides, claims=times):
                rows, asks = _as_many(sides, asks)
                taken = [list[float](), list[float]()]
                for number in range(times + 1):
                    seconds = [side.seconds(ask) for side, ask in zip(sides, asks[number % len(asks)], strict=True)]
                    if None in seconds:
                        # What was measured until then counts.
                        break
                    for each, found in zip(seconds, taken, strict=True):
                        if number and each is not None:
                            found.append(each)
                one, other = (statistics.median(found) * 1e3 for found in taken)
                yield Compared(name, biggest, rows, one, other)


def _as_many(sides: Sequence[Side], asks: list[tuple[Ask, ...]]) -> tuple[int | None, list[tuple[Ask, ...]]]:
    """A list asked for as many rows on both sides: fifty take longer than the six that a small school has of them."""
    if len(asks) > 1:
        return None, asks
    found = [side.rows(ask) for side, ask in zip(sides, asks[0], strict=True)]
    fewest = min((each for each in found if each is not None), default=0)
    if None in found or fewest in (0, paths.ROWS):
        return None, asks
    fewer = [replace(ask, path=ask.path.replace(f"limit={paths.ROWS}", f"limit={fewest}")) for ask in asks[0]]
    return fewest, [tuple(fewer)]


def _pairs(sides: Sequence[Side], *, claims: int) -> Iterator[tuple[str, list[tuple[Ask, ...]]]]:
    """Name, and the same request for each side; a claim is another one each time."""
    of_sides = [
        [
            *paths.lists(side.place, cursor=side.cursor()),
            *paths.reads(side.place),
            *paths.writes(side.place),
            *paths.of_a_reporter(side.reporter()),
        ]
        for side in sides
    ]
    by_name = [{ask.name: ask for ask in asks} for asks in of_sides]
    for name in by_name[0]:
        if all(name in each for each in by_name):
            yield name, [tuple(each[name] for each in by_name)]
    several = list(zip(*(paths.claims(side.place, most=claims + 1) for side in sides), strict=False))
    if len(several) > 1:
        yield "claim a report", several


@contextlib.contextmanager
def _serving(deployment: Deployment) -> Iterator[Server]:
    """`peerline serve --no-worker` with `peerline worker` beside it."""
    env = {
        "PEERLINE_RATE_LIMIT_PER_MINUTE": str(10**9),
        "PEERLINE_REPORTS_BEFORE_CHALLENGE": str(10**9),
        "PEERLINE_WEBHOOK_ALLOWED_ORIGINS": deployment.receiver.origin,
    }
    server = Server(deployment.folder / "served", worker=False, database_url=deployment.url, env=env)
    server.output.touch()  # tells it that the database is migrated
    with server, Worker(server):
        yield server
