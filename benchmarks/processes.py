"""The processes of a run: the generator, the bare servers, the product. All end with the benchmark, however it ends."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from sqlmodel import Session

from app import startup
from app.core.crypto import KeyRing
from app.core.db import Database
from app.settings import Settings
from benchmarks import seed
from benchmarks.seed import Seeded
from tests.support import processes
from tests.support.postgres import PostgresServer
from tests.support.receiver import Receiver
from tests.support.server import LOOPBACK, MASTER_KEYS, Server

T = TypeVar("T")

# The receiver's name for the adviser on call.
ADVISER = "adviser"
SQLITE_FILE = "peerline.sqlite3"

# Nothing measured may be refused for its rate.
UNLIMITED = {
    "PEERLINE_RATE_LIMIT_PER_MINUTE": str(10**9),
    "PEERLINE_REPORTS_BEFORE_CHALLENGE": str(10**9),
    "PEERLINE_SIGN_IN_LIMIT_PER_MINUTE": str(10**9),
}
TICKS = os.sysconf("SC_CLK_TCK")


class Generator:
    """The load generator's process, from this side."""

    def __init__(self, module: str = "benchmarks.load") -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", module],
            cwd=processes.REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        processes.keep(self._process)

    def run(self, *, port: int, requests: Sequence[bytes], clients: int, **job: Any) -> dict[str, Any]:
        """Do one job (see load.py) and give its result."""
        encoded = [base64.b64encode(each).decode() for each in requests]
        return self.tell(job | {"port": port, "clients": clients, "requests": encoded})

    def tell(self, told: dict[str, Any]) -> dict[str, Any]:
        """The same with a job as it is sent."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(told).encode() + b"\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError("the load generator ended")
        result: dict[str, Any] = json.loads(answer)
        return result

    def close(self) -> None:
        processes.end(self._process, signal.SIGKILL)


@contextlib.contextmanager
def bare(kind: str, target: Path | str, *, log: Path) -> Iterator[tuple[int, int]]:
    """A server of bare.py: its port and its process id."""
    port = processes.free_port()
    with open(log, "ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.bare", kind, str(target), "--port", str(port)],
            cwd=processes.REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    processes.keep(process)

    def listens() -> bool:
        if process.poll() is not None:
            raise RuntimeError(f"the bare server ended:\n{log.read_text(errors='replace')}")
        return get(port, "/")[0] == 404

    try:
        processes.wait_until(lambda: _refused_is_false(listens), timeout=30.0, what="the bare server listens")
        yield port, process.pid
    finally:
        processes.end(process, signal.SIGKILL)


class Databases:
    """Databases migrated by `peerline migrate`, each with the seeded school: made once, copied for every side."""

    def __init__(self, folder: Path, receiver: Receiver, *, parent: Path | None) -> None:
        self._folder, self._receiver, self._parent = folder, receiver, parent
        self._sqlite: Seeded | None = None
        self._postgres: Seeded | None = None
        self._server: PostgresServer | None = None

    @property
    def postgres(self) -> PostgresServer:
        """One server for the run, whose commits reach the disk. It starts when it is first needed."""
        if self._server is None:
            self._server = PostgresServer(durable=True, parent=self._parent)
            self._server.start()
        return self._server

    def close(self) -> None:
        if self._server is not None:
            self._server.stop()

    @contextlib.contextmanager
    def products(
        self, *names: str, on: Literal["sqlite", "postgres"] = "sqlite", processes: int = 1
    ) -> Iterator[list[Product]]:
        """A `peerline serve` for each name, its worker in the same process, on a database of its own.

        Of several processes that of the product is the one that has made the others.
        """
        servers, seeds = [], []
        for name in names:
            data_dir = self._folder / f"{on}-{name}"
            data_dir.mkdir()
            url, seeded = ("", self._copy_sqlite(data_dir)) if on == "sqlite" else self._copy_postgres(name)
            server = self._server_on(data_dir, url)
            server.output.touch()  # tells it that the database is migrated
            if processes > 1:
                server.arguments = (*server.arguments, "--processes", str(processes))
            servers.append(server)
            seeds.append((seeded, _settings(data_dir, url)))
        try:
            with ThreadPoolExecutor(len(servers)) as threads:
                list(threads.map(Server.start, servers))
            yield [
                Product(server.port, server.process.pid, *made)
                for server, made in zip(servers, seeds, strict=True)
                if server.process is not None
            ]
        finally:
            for server in servers:
                server.stop()

    def _copy_sqlite(self, data_dir: Path) -> Seeded:
        if self._sqlite is None:
            self._sqlite = self._new(self._folder / "template", "")
        shutil.copyfile(self._folder / "template" / SQLITE_FILE, data_dir / SQLITE_FILE)
        return self._sqlite

    def _copy_postgres(self, name: str) -> tuple[str, Seeded]:
        if self._postgres is None:
            url = self.postgres.create_database("peerline_template")
            self._postgres = self._new(self._folder / "postgres-template", url)
        return self.postgres.create_database(f"peerline_{name}", "peerline_template"), self._postgres

    def _new(self, data_dir: Path, url: str) -> Seeded:
        self._server_on(data_dir, url).migrate()
        db = startup.open_database(_settings(data_dir, url), KeyRing.parse(MASTER_KEYS))
        try:
            return seed.seed(db, hook=self._receiver.url(ADVISER))
        finally:
            db.close()

    def _server_on(self, data_dir: Path, url: str) -> Server:
        env = UNLIMITED | {"PEERLINE_WEBHOOK_ALLOWED_ORIGINS": self._receiver.origin}
        return Server(data_dir, database_url=url, env=env)


@dataclass(frozen=True, slots=True)
class Product:
    """A running product process."""

    port: int
    pid: int
    seeded: Seeded
    settings: Settings

    def read(self, work: Callable[[Session], T]) -> T:
        """Read its database from this process."""
        with self._open() as db:
            return db.read_now(work)

    def write(self, work: Callable[[Session], T]) -> T:
        """Change it from this process, past the product."""
        with self._open() as db:
            return db.write_now(work)

    @contextlib.contextmanager
    def _open(self) -> Iterator[Database]:
        db = startup.open_database(self.settings, KeyRing.parse(MASTER_KEYS))
        try:
            yield db
        finally:
            db.close()


def _settings(data_dir: Path, url: str) -> Settings:
    return Settings(data_dir=data_dir, database_url=url, master_keys=MASTER_KEYS)


def get(port: int, path: str, headers: dict[str, str] | None = None) -> tuple[int, bytes, dict[str, str]]:
    """One request: status, body and headers by lower-case name."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=10.0)
    try:
        connection.request("GET", path, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()}
    finally:
        connection.close()


def request(
    method: str, path: str, *, headers: dict[str, str] | None = None, body: dict[str, Any] | None = None
) -> bytes:
    """The bytes of a request."""
    content = b"" if body is None else json.dumps(body).encode()
    lines = {"Host": LOOPBACK, **(headers or {})}
    if body is not None:
        lines |= {"Content-Type": "application/json", "Content-Length": str(len(content))}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + content


def cpu_seconds(pid: int) -> float | None:
    """Processor time of a process so far, with all its threads; None where the system does not say."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / TICKS


def settle(pid: int, *, at_most: float) -> None:
    """Wait until a process has next to nothing left to do."""
    deadline = time.monotonic() + at_most
    while time.monotonic() < deadline:
        before = cpu_seconds(pid)
        time.sleep(0.2)
        after = cpu_seconds(pid)
        if before is None or after is None or after - before <= 0.02:
            return


@contextlib.contextmanager
def frozen(pids: Sequence[int]) -> Iterator[None]:
    """Stop these processes for a while: only the side that is measured shall use the machine."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def _refused_is_false(probe: Any) -> bool:
    try:
        return bool(probe())
    except (OSError, http.client.HTTPException):
        return False
