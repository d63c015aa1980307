"""Replace and end processes under load, and count what anybody noticed: python -m benchmarks.rolling [--times N]

Two processes of the API and two workers on PostgreSQL, with commits that reach the disk. Half of the times SIGHUP
replaces all of them; the other times one of them, by lot, is told to end (SIGTERM) and another is made in its place.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import signal
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from app import startup
from app.core.crypto import KeyRing
from app.settings import Settings
from benchmarks import machine
from benchmarks.chaos import school
from benchmarks.processes import UNLIMITED
from tests.support import processes
from tests.support.postgres import PostgresServer
from tests.support.receiver import Receiver
from tests.support.server import MASTER_KEYS, Server

PATH = f"{school.PATH}/reports"
URGENT = {"signs": ["said_thoughts_of_suicide"]}
ORDINARY = {"signs": ["withdrawn_or_keeping_to_self"]}
PARTS = {"API": 2, "worker": 2}
LATE_SECONDS = 1.0
# Before anything is done to them: what a page takes on this machine as busy as it is.
UNDISTURBED_SECONDS = 15.0


@dataclass
class Noticed:
    """What clients saw. `waits`: seconds from the answer to an urgent report to the page that it caused."""

    receipts: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    undisturbed: list[float] = field(default_factory=list)
    unpaged: int = 0
    twice: int = 0


class Clients:
    """Ordinary reports on a kept connection and on new ones; urgent ones, one after the other's page is there."""

    def __init__(self, server: Server, receiver: Receiver) -> None:
        self._url, self._receiver = server.base_url + PATH, receiver
        self._end = threading.Event()
        self._lock = threading.Lock()
        self.noticed = Noticed()
        self._threads = [
            threading.Thread(target=self._report, args=(True,)),
            threading.Thread(target=self._report, args=(False,)),
            threading.Thread(target=self._ask),
        ]

    def __enter__(self) -> Clients:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join()

    def _post(self, client: httpx.Client | None, body: dict[str, list[str]]) -> float | None:
        """When the answer was there; None when it was not a 201."""
        try:
            made = client.post(self._url, json=body) if client else httpx.post(self._url, json=body, timeout=30)
        except httpx.HTTPError as exc:
            with self._lock:
                self.noticed.refused.append(type(exc).__name__)
            return None
        at = time.monotonic()
        with self._lock:
            if made.status_code == 201:
                self.noticed.receipts.append(made.json()["receipt"])
                return at
            self.noticed.refused.append(str(made.status_code))
        return None

    def _report(self, keep: bool) -> None:
        with httpx.Client(timeout=30) as client:
            while not self._end.wait(0.02):
                self._post(client if keep else None, ORDINARY)

    def _ask(self) -> None:
        count = 0
        with httpx.Client(timeout=30) as client:
            while not self._end.wait(0.05):
                answered = self._post(client if count % 2 else None, URGENT)
                if answered is None:
                    continue
                count += 1
                try:
                    arrived = self._receiver.wait_for("primary", count, timeout=30)
                except AssertionError:
                    self.noticed.unpaged += 1
                    count = len(self._receiver.requests("primary"))
                    continue
                self.noticed.waits.append(max(0.0, arrived[count - 1].monotonic - answered))
        ids = [request.headers["webhook-id"] for request in self._receiver.requests("primary")]
        self.noticed.twice = len(ids) - len(set(ids))


def main() -> int:
    """0 when nobody noticed anything: nothing refused, nothing lost, no page later than a second."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=20, help="how often (20)")
    parser.add_argument("--seed", type=int, default=7, help="which processes, and when (7)")
    chosen = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="peerline-rolling-"))
    processes.keep_folder(folder)
    with contextlib.ExitStack() as stack:
        stack.callback(processes.remove_folder, folder)
        postgres = stack.enter_context(PostgresServer(durable=True))
        receiver = stack.enter_context(Receiver())
        url = postgres.create_database("peerline")
        env = UNLIMITED | {"PEERLINE_WEBHOOK_ALLOWED_ORIGINS": receiver.origin}
        server = Server(folder / "data", database_url=url, env=env)
        server.arguments = ("serve", "--processes", str(PARTS["API"]), "--workers", str(PARTS["worker"]))
        server.migrate()
        settings = Settings(data_dir=folder / "data", database_url=url, master_keys=MASTER_KEYS)
        with contextlib.closing(startup.open_database(settings, KeyRing.parse(MASTER_KEYS))) as db:
            db.write_now(lambda session: school.make(session, receiver))
        server.output.touch()
        server.start(timeout=120)
        noticed, seconds, ended = _disturb(server, receiver, times=chosen.times, chance=random.Random(chosen.seed))
        print(_table(noticed, times=chosen.times, seconds=seconds, ended=ended, facts=machine.facts(folder)))
    late = [wait for wait in noticed.waits if wait > LATE_SECONDS]
    return int(bool(noticed.refused or noticed.unpaged or late or ended))


def _disturb(server: Server, receiver: Receiver, *, times: int, chance: random.Random) -> tuple[Noticed, float, int]:
    """Gives what was noticed, how long it took to replace all processes at the median, and the exit code at the end."""
    took = []
    server.wait_for_output("serving.ready", timeout=120)
    with Clients(server, receiver) as clients:
        time.sleep(UNDISTURBED_SECONDS)
        clients.noticed.undisturbed, clients.noticed.waits = clients.noticed.waits, []
        for number in range(times):
            time.sleep(chance.uniform(0.2, 1.0))
            print(f"{number + 1} of {times} …", file=sys.stderr, flush=True)
            assert server.process is not None
            if number % 2 == 0:
                began, replaced = time.monotonic(), server.stdout_text().count("serving.replaced")
                server.process.send_signal(signal.SIGHUP)
                processes.wait_until(
                    lambda before=replaced: server.stdout_text().count("serving.replaced") > before,  # type: ignore[misc]  # bound at once
                    timeout=240,
                    what="all are replaced",
                )
                took.append(time.monotonic() - began)
            else:
                os.kill(chance.choice(_children(server.process.pid)), signal.SIGTERM)
                processes.wait_until(
                    lambda pid=server.process.pid: len(_children(pid)) >= sum(PARTS.values()),  # type: ignore[misc]  # bound at once
                    timeout=120,
                    what="another was made",
                )
        time.sleep(1.0)
    lost = [receipt for receipt in clients.noticed.receipts[:: max(1, len(clients.noticed.receipts) // 200)]
            if not _opens(server, receipt)]  # fmt: skip
    clients.noticed.refused += ["lost"] * len(lost)
    ended = server.stop(timeout=60)
    return clients.noticed, sorted(took)[len(took) // 2], int(ended or 0)


def _opens(server: Server, receipt: str) -> bool:
    return (
        httpx.post(f"{server.base_url}/v1/receipts/session", json={"receipt": receipt}, timeout=30).status_code == 200
    )


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _spread(waits: list[float]) -> str:
    return f"{waits[len(waits) // 2]:.3f} s, {waits[-1]:.3f} s"


def _table(noticed: Noticed, *, times: int, seconds: float, ended: int, facts: dict[str, object]) -> str:
    waits, undisturbed = sorted(noticed.waits), sorted(noticed.undisturbed)
    rows = {
        "replaced as a group (SIGHUP), and one told to end (SIGTERM)": f"{(times + 1) // 2}, {times // 2}",
        "to replace all four, median": f"{seconds:.1f} s",
        "reports acknowledged": len(noticed.receipts),
        "refused, cut off, or lost": ", ".join(noticed.refused) or 0,
        "urgent reports without their page": noticed.unpaged,
        "pages sent twice": noticed.twice,
        "from the answer to the page: p50, longest": _spread(waits),
        "the same before, with nobody disturbed": _spread(undisturbed),
        "pages later than a second": sum(wait > LATE_SECONDS for wait in waits),
        "exit code at the end": ended,
    }
    lines = [f"| {name} | {value} |" for name, value in rows.items()]
    head = f"python -m benchmarks.rolling --times {times}, {facts['date']}, {facts['system']}, {facts['cores']} cores, "
    return "\n".join([head + f"load {facts['load_before']} before", "", "| what | |", "| --- | --- |", *lines])


if __name__ == "__main__":
    sys.exit(main())
