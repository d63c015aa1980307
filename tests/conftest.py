"""Fixtures: a migrated database of each kind, and a world of schools, people and a receiver around the real app."""

from __future__ import annotations

import contextlib
import functools
import gc
import importlib.util
import os
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import hypothesis
import pytest
from httpx._transports import default as httpx_transports

from app import startup
from app.core.crypto import KeyRing
from app.settings import Settings
from tests.support import engines, folders, postgres, thorough
from tests.support.receiver import Receiver
from tests.support.reused import Reused
from tests.support.server import MASTER_KEYS
from tests.support.world import World

# Below this folder pytest makes `tmp_path`.
os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(folders.for_data()))

# Nothing that is loaded by now is garbage: without this, each full collection looks through all of it again, which is a
# tenth of the time of the suite.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 50)

engines.share()

# httpx looks for sniffio in each request, through every folder of the path where it is not installed.
if importlib.util.find_spec("sniffio") is None:
    sys.modules["sniffio"] = None  # type: ignore[assignment]  # Python's way to say that there is none

# Each request without a client makes one, which reads all certificates of the machine: 20 ms each time.
# By its name: httpx does not export what it uses here.
setattr(httpx_transports, "create_ssl_context", functools.cache(httpx.create_ssl_context))  # noqa: B010  as above

hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None)
hypothesis.settings.load_profile("repeatable")

KEYS = MASTER_KEYS

# Read and checked once: to look through the environment for each of its fields takes longer than to open a database.
OF_A_WORLD = Settings(
    master_keys=KEYS,
    password_cost="fast",
    rate_limit_per_minute=10_000,
    reports_before_challenge=10_000,
    outlook_seconds=0,
    # Who asks much at once is told to come again; tests/contract/test_overload.py is about that.
    other_requests_at_once=100,
    requests_at_once=200,
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Whoever names a test or its file, or asks for a kind, gets it."""
    if config.option.keyword or any(".py" in argument for argument in config.args):
        return
    left_out = thorough.left_out(items)
    config.hook.pytest_deselected(items=[item for item in items if item in left_out])
    items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def receiver_process() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture
def receiver(receiver_process: Receiver) -> Receiver:
    """A real receiver of webhooks, in a process of its own, with nothing received yet."""
    receiver_process.reset()
    return receiver_process


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file at the newest migration, to copy."""
    folder = tmp_path_factory.mktemp("migrated")
    settings = Settings(data_dir=folder, master_keys=KEYS)
    startup.migrate(settings, KeyRing.parse(KEYS))
    return folder / "peerline.sqlite3"


@pytest.fixture(scope="session")
def migrated_postgres() -> postgres.PostgresServer:
    """A PostgreSQL server with a database `template_peerline` at the newest migration."""
    server = postgres.shared()
    url = server.create_database("template_peerline")
    startup.migrate(Settings(database_url=url, master_keys=KEYS), KeyRing.parse(KEYS))
    return server


@pytest.fixture(scope="session")
def reused_postgres(migrated_postgres: postgres.PostgresServer) -> Iterator[Reused]:
    """The database of that server which is given to test after test."""
    with contextlib.closing(Reused(migrated_postgres, template="template_peerline")) as reused:
        yield reused


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """Every test that uses it runs on both databases."""
    kind: str = request.param
    return kind


@pytest.fixture
def database_url(database_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A migrated database for each test, with nothing in it of another."""
    if database_kind == "sqlite":
        target = tmp_path / "peerline.sqlite3"
        shutil.copy(request.getfixturevalue("migrated_sqlite"), target)
        yield f"sqlite:///{target}"
        return
    reused = request.getfixturevalue("reused_postgres")
    yield reused.begin()
    reused.end()


@pytest.fixture
async def world(database_url: str, tmp_path: Path, receiver: Receiver) -> AsyncIterator[World]:
    """The application in this process, without its worker: `await world.settle()` does what is due, to the end."""
    # As the settings read it: nothing checks what is put into a copy.
    url = database_url.replace("postgresql://", "postgresql+psycopg://", 1)
    own = {"data_dir": tmp_path, "database_url": url, "webhook_allowed_origins": receiver.origin}
    settings = OF_A_WORLD.model_copy(update=own)
    async with World.open(settings, receiver) as opened:
        yield opened
