"""Looking up the names of receivers, in bounded room of its own: a name that hangs must keep nobody else waiting.

The system's resolver blocks a thread, for half a minute when a name server is silent, and nothing can end it. So each
lookup has a thread of its own; a name is looked up once at a time, however many wait for it, and an owner of endpoints
has few lookups at a time (decision 10).
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections import defaultdict
from dataclasses import dataclass

from app.core import clock

# Of one owner, a person or a school: their others wait for these, and only their own deliveries with them.
MOST_OF_AN_OWNER = 2
# Of everybody: a bound for the threads that can hang. Beyond it a lookup fails at once.
MOST = 128
# A lookup that has taken this long hangs: whoever asked has given up, and nobody new waits for it.
HANGS_AFTER_SECONDS = 5.0
# Shorter than the shortest wait before a retry, so that a retry always asks again.
REMEMBER_FAILURE_SECONDS = 4.0


class NotLookedUp(OSError):
    """This name is not asked for now: it hangs, has just failed, or too many hang."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """One that runs. The future gets what came of it, also when that is an exception."""

    since: float
    found: asyncio.Future[list[str] | Exception]


class Names:
    """The lookups of one lane of deliveries. Belongs to one event loop."""

    def __init__(self) -> None:
        self._running: dict[str, Lookup] = {}
        self._failed_until: dict[str, float] = {}
        self._rooms: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(MOST_OF_AN_OWNER))

    async def addresses(self, host: str, *, owner: str) -> list[str]:
        """The addresses of `host`, at least one. Raises OSError when there is none, ValueError when it is no name."""
        lookup = self._joined(host) or await self._begin(host, room=self._rooms[owner])
        # Shielded: whoever gives up does not take the answer from the others.
        found = await asyncio.shield(lookup.found)
        if isinstance(found, Exception):
            raise found
        return found

    def _joined(self, host: str) -> Lookup | None:
        """The lookup of this name that runs already. Raises NotLookedUp when it would be in vain."""
        now = clock.monotonic()
        if self._failed_until.get(host, now) > now:
            raise NotLookedUp("this name has just failed")
        lookup = self._running.get(host)
        if lookup is not None and now - lookup.since >= HANGS_AFTER_SECONDS:
            raise NotLookedUp("the lookup of this name hangs")
        return lookup

    async def _begin(self, host: str, *, room: asyncio.Semaphore) -> Lookup:
        await room.acquire()
        try:
            # Somebody else may have asked while this one waited.
            lookup = self._joined(host)
            if lookup is None:
                return self._start(host, room)
        except BaseException:
            room.release()
            raise
        room.release()
        return lookup

    def _start(self, host: str, room: asyncio.Semaphore) -> Lookup:
        if len(self._running) >= MOST:
            raise NotLookedUp("too many lookups hang")
        loop = asyncio.get_running_loop()
        lookup = Lookup(clock.monotonic(), loop.create_future())

        def look_up() -> None:
            found = _look_up(host)
            # RuntimeError: the loop has been closed meanwhile, and nobody waits.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self._end, host, room, found)

        # A daemon, so that one that hangs does not keep the process from ending.
        try:
            threading.Thread(target=look_up, name="name-lookup", daemon=True).start()
        except RuntimeError as exc:
            raise NotLookedUp("there is no thread left for it") from exc
        self._running[host] = lookup
        return lookup

    def _end(self, host: str, room: asyncio.Semaphore, found: list[str] | Exception) -> None:
        room.release()
        if isinstance(found, Exception):
            now = clock.monotonic()
            self._failed_until = {name: until for name, until in self._failed_until.items() if until > now}
            self._failed_until[host] = now + REMEMBER_FAILURE_SECONDS
        self._running.pop(host).found.set_result(found)


def _look_up(host: str) -> list[str] | Exception:
    try:
        return [str(entry[4][0]) for entry in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]
    except Exception as exc:
        return exc
