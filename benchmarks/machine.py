"""What the figures were measured on, without saying where: versions, cores, and what the disk takes for a commit."""

from __future__ import annotations

import datetime as dt
import os
import platform
import sqlite3
import statistics
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg

from benchmarks import bare
from tests.support.processes import REPOSITORY

FSYNCS = 200
COMMITS = 50


def facts(folder: Path) -> dict[str, Any]:
    """`folder`: where the data of the run lie."""
    return {
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "commit": _commit(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2),
        "sqlite": sqlite3.sqlite_version,
        "fastapi": version("fastapi"),
        "uvicorn": version("uvicorn"),
        "fsync_ms": round(fsync_ms(folder, grow=False), 2),
        "fsync_ms_of_a_growing_file": round(fsync_ms(folder, grow=True), 2),
    }


def fsync_ms(folder: Path, *, grow: bool) -> float:
    """Median time to have a page on disk: one that makes a file longer, or one that is written over.

    Both databases write over their logs, once these are as long as they get.
    """
    page = os.urandom(4096)
    with tempfile.TemporaryFile(dir=folder) as file:
        if not grow:
            os.write(file.fileno(), page * FSYNCS)
            os.fsync(file.fileno())
            os.lseek(file.fileno(), 0, os.SEEK_SET)

        def write() -> None:
            os.write(file.fileno(), page)
            os.fsync(file.fileno())

        return _median_ms(write, FSYNCS)


class SqliteCommits:
    """Single raw commits to SQLite, one after the other, on a file of their own."""

    def __init__(self, file: Path) -> None:
        self._connection = bare.open_sqlite(file)
        self.medians: list[float] = []

    def measure(self) -> None:
        def commit() -> None:
            self._connection.execute(bare.INSERT_SQLITE, (uuid.uuid4().hex, "x" * 400))

        self.medians.append(_median_ms(commit, COMMITS))

    def close(self) -> None:
        self._connection.close()


class PostgresCommits:
    """Single raw commits to PostgreSQL, one after the other, in a table of their own."""

    def __init__(self, dsn: str) -> None:
        self._connection = psycopg.connect(dsn, autocommit=True)
        self._connection.execute(bare.CREATE_POSTGRES)
        self._connection.prepare_threshold = 0
        self.medians: list[float] = []

    @property
    def server_version(self) -> str:
        return self._connection.info.parameter_status("server_version") or "unknown"

    def measure(self) -> None:
        def commit() -> None:
            self._connection.execute(bare.INSERT_POSTGRES, (uuid.uuid4(), "x" * 400))

        self.medians.append(_median_ms(commit, COMMITS))

    def close(self) -> None:
        self._connection.close()


def _median_ms(work: Callable[[], None], count: int) -> float:
    times = []
    for _ in range(count):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1e3


def _commit() -> str:
    """The short commit, with `+` when files differ from it; `unknown` outside a checkout."""
    try:
        head = _git("rev-parse", "--short", "HEAD")
        return head + ("+" if _git("status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    return done.stdout.strip()
