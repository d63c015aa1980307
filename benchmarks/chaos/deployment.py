"""The processes that are put through it, run as for real: one on SQLite, two APIs and two workers on PostgreSQL."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from sqlmodel import Session

from app import startup
from app.core.crypto import KeyRing
from app.core.db import Database
from app.settings import Settings
from benchmarks.processes import UNLIMITED
from tests.support.postgres import PostgresServer
from tests.support.receiver import Receiver
from tests.support.server import MASTER_KEYS, Product, Server, Worker

T = TypeVar("T")

On = Literal["sqlite", "postgres"]


@dataclass(frozen=True, slots=True)
class Deployment:
    """`products` by what they are called in the counts. `postgres` is None on SQLite."""

    products: dict[str, list[Product]]
    addresses: list[str]
    postgres: PostgresServer | None
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
def deployed(on: On, folder: Path, receiver: Receiver, *, parent: Path | None) -> Iterator[Deployment]:
    """Migrated, not yet started. Commits reach the disk."""
    env = UNLIMITED | {"PEERLINE_WEBHOOK_ALLOWED_ORIGINS": receiver.origin}
    with contextlib.ExitStack() as stack:
        postgres, url = None, ""
        if on == "postgres":
            postgres = stack.enter_context(PostgresServer(durable=True, parent=parent))
            url = postgres.create_database("peerline")
        several = on == "postgres"
        servers = [
            Server(folder / f"{on}-{number}", worker=not several, database_url=url, env=env)
            for number in range(2 if several else 1)
        ]
        products: dict[str, list[Product]] = {"API with its worker": [*servers]}
        if several:
            products = {"API": [*servers], "worker": [Worker(servers[0]), Worker(servers[1])]}
        servers[0].migrate()
        settings = Settings(data_dir=servers[0].data_dir, database_url=url, master_keys=MASTER_KEYS)
        made = Deployment(products, [server.base_url for server in servers], postgres, settings)
        stack.callback(_end, made)
        yield made


def start(deployment: Deployment) -> None:
    for server in deployment.all:
        server.output.touch()  # tells a server that the database is migrated
    with ThreadPoolExecutor(4) as threads:
        # All at once, on a machine that may have other things to do.
        list(threads.map(lambda product: product.start(timeout=120), deployment.all))


def _end(deployment: Deployment) -> None:
    for product in deployment.all:
        product.kill9()
