"""The processes that are put through it, run as for real: one on SQLite, two APIs and three workers on PostgreSQL."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from sqlmodel import Session

from app import startup
from app.core.crypto import KeyRing
from app.core.db import Database
from app.settings import Settings
from benchmarks.chaos.clocks import Clock
from benchmarks.chaos.disks import Disk, mounted
from benchmarks.processes import UNLIMITED
from tests.support.postgres import PostgresServer
from tests.support.receiver import Receiver
from tests.support.server import MASTER_KEYS, Product, Server, Worker

T = TypeVar("T")

On = Literal["sqlite", "postgres"]

# On PostgreSQL: each host has a worker, the first two an API beside it.
APIS, WORKERS = 2, 3
# Alembic has one context for a whole process.
MIGRATING = threading.Lock()


@dataclass(frozen=True, slots=True)
class Deployment:
    """`products` by what they are called in the counts. `postgres` and its `disk` are None on SQLite; `clocks` are
    those of its hosts."""

    products: dict[str, list[Product]]
    addresses: list[str]
    clocks: list[Clock]
    postgres: PostgresServer | None
    disk: Disk | None
    settings: Settings

    @property
    def all(self) -> list[Product]:
        return [product for same in self.products.values() for product in same]

    def read(self, work: Callable[[Session], T]) -> T:
        """Read the database from this process."""
        with contextlib.closing(self._database()) as db:
            return db.read_now(work)

    def write(self, work: Callable[[Session], T]) -> T:
        """Reach into the database, for what time alone would do."""
        with contextlib.closing(self._database()) as db:
            return db.write_now(work)

    def output(self) -> str:
        return "".join(product.stdout_text() for product in self.all)

    def _database(self) -> Database:
        return startup.open_database(self.settings, KeyRing.parse(MASTER_KEYS))


@contextlib.contextmanager
def deployed(
    on: On, folder: Path, receiver: Receiver, *, parent: Path | None, own_disk: bool = True
) -> Iterator[Deployment]:
    """Migrated, not yet started. Commits reach the disk. `own_disk`: one for PostgreSQL that can be filled."""
    folder.mkdir()
    env = UNLIMITED | {"PEERLINE_WEBHOOK_ALLOWED_ORIGINS": receiver.origin}
    clocks = [Clock(folder / f"clock-{number}") for number in range(WORKERS if on == "postgres" else 1)]
    with contextlib.ExitStack() as stack:
        postgres, disk, url = None, None, ""
        if on == "postgres":
            if own_disk:
                disk = stack.enter_context(mounted(folder))
                parent = disk.at
            # Its log of changes stays small beside the disk that holds it.
            postgres = stack.enter_context(PostgresServer(durable=True, parent=parent, max_wal_size="64MB"))
            url = postgres.create_database("peerline")

        def on_host(number: int) -> Mapping[str, str]:
            return env | clocks[number].environment

        several = on == "postgres"
        servers = [
            Server(folder / f"data-{number}", worker=not several, database_url=url, env=on_host(number))
            for number in range(APIS if several else 1)
        ]
        products: dict[str, list[Product]] = {"API with its worker": [*servers]}
        if several:
            workers = [Worker(servers[0]) for _ in range(WORKERS)]
            for number, worker in enumerate(workers):
                worker.env = worker.env | clocks[number].environment
            products = {"API": [*servers], "worker": [*workers]}
        with MIGRATING:
            servers[0].migrate()
        settings = Settings(data_dir=servers[0].data_dir, database_url=url, master_keys=MASTER_KEYS)
        made = Deployment(products, [server.base_url for server in servers], clocks, postgres, disk, settings)
        stack.callback(_end, made)
        yield made


def _end(deployment: Deployment) -> None:
    for product in deployment.all:
        product.kill9()
