"""A deployment of any size on a PostgreSQL of its own: migrated, filled, and ready to be opened or served."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from app import startup
from app.audit import chain
from app.core import clock
from app.core.crypto import KeyRing
from app.settings import Settings
from benchmarks.scale import fill, paths, school, template
from benchmarks.scale.fill import Size
from benchmarks.scale.paths import Place
from benchmarks.scale.template import Template
from tests.support.postgres import PostgresServer
from tests.support.receiver import Receiver
from tests.support.server import MASTER_KEYS
from tests.support.world import World

# Of the machine that docs/sizing.md recommends, as far as they change plans: what fits into memory, and an SSD.
POSTGRES = {
    "shared_buffers": "2GB",
    "effective_cache_size": "4GB",
    "work_mem": "16MB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "30min",
    "random_page_cost": "1.1",
    "jit": "off",
}


@dataclass(frozen=True, slots=True)
class Deployment:
    """`seconds`: what it took to fill."""

    url: str
    folder: Path
    receiver: Receiver
    size: Size
    template: Template
    seconds: float

    @property
    def settings(self) -> Settings:
        return settings(self.url, self.folder, self.receiver)

    def place(self, slug: str) -> Place:
        """A school of it, read in this process."""
        db = startup.open_database(self.settings, KeyRing.parse(MASTER_KEYS))
        try:
            return db.read_now(lambda session: paths.place(session, slug))
        finally:
            db.close()

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator[World]:
        """The application in this process."""
        async with World.open(self.settings, self.receiver) as world:
            yield world


def settings(url: str, folder: Path, receiver: Receiver) -> Settings:
    return Settings(
        database_url=url,
        data_dir=folder,
        master_keys=MASTER_KEYS,
        password_cost="fast",
        rate_limit_per_minute=10**9,
        reports_before_challenge=10**9,
        webhook_allowed_origins=receiver.origin,
    )


def make(
    server: PostgresServer, name: str, *, folder: Path, receiver: Receiver, size: Size, years: int = school.YEARS
) -> Deployment:
    """A database of this name. `years`: of rosters."""
    url = server.create_database(name)
    known = settings(url, folder, receiver)
    startup.migrate(known, KeyRing.parse(MASTER_KEYS))
    return filled(url, folder=folder, receiver=receiver, size=size, years=years)


def filled(
    url: str,
    *,
    folder: Path,
    receiver: Receiver,
    size: Size,
    years: int = school.YEARS,
    supporters: int = school.SUPPORTERS,
) -> Deployment:
    """Fill a database that is migrated and empty."""
    began = time.monotonic()
    known = settings(url, folder, receiver)
    first, audit_key = asyncio.run(_first(known, receiver, years=years, supporters=supporters))
    fill.fill(url, first, size, ring=KeyRing.parse(MASTER_KEYS), audit_key=audit_key)
    db = startup.open_database(known, KeyRing.parse(MASTER_KEYS))
    try:
        db.write_now(lambda session: fill.record_beginnings(session, first, size))
    finally:
        db.close()
    return Deployment(url, folder, receiver, size, first, time.monotonic() - began)


async def _first(known: Settings, receiver: Receiver, *, years: int, supporters: int) -> tuple[Template, bytes]:
    async with World.open(known, receiver) as world:
        made = await school.make(world, years=years, supporters=supporters)
        read = await asyncio.to_thread(template.read, world.db, made, at=clock.now())
        return read, await world.db.read(chain.key_of)
