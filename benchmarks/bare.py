"""What the product is compared with: the least that does the same visible work, served as the product is served.

    python -m benchmarks.bare sqlite FILE --port N      POST /rows commits one row through sqlite3
    python -m benchmarks.bare postgres DSN --port N     POST /rows commits one row through psycopg
    python -m benchmarks.bare bytes FILE --port N       GET /bytes answers with the bytes of a file

The rows take the same request body as a report, validate a part of it, and store it as it is.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sqlite3
import uuid
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated

import psycopg
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel, StringConstraints
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

POSTGRES_CONNECTIONS = 12  # as many as the product has


class Row(BaseModel):
    signs: list[str]
    narrative: Annotated[str, StringConstraints(max_length=2000)]


class Stored(BaseModel):
    id: uuid.UUID


def sqlite_app(file: Path) -> FastAPI:
    """One connection on one thread, WAL, synchronous=FULL: a row is on disk before it is answered."""
    writer = ThreadPoolExecutor(1, thread_name_prefix="writer")
    connection = open_sqlite(file)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        writer.shutdown()
        connection.close()

    app = _fastapi(lifespan)

    def insert(row_id: uuid.UUID, body: str) -> None:
        connection.execute(INSERT_SQLITE, (row_id.hex, body))

    @app.post("/rows", status_code=201)
    async def create_row(row: Row) -> Stored:
        row_id = uuid.uuid4()
        await asyncio.get_running_loop().run_in_executor(writer, insert, row_id, row.narrative)
        return Stored(id=row_id)

    return app


def postgres_app(dsn: str) -> FastAPI:
    """Asynchronous connections in autocommit: one INSERT, one commit."""
    free: asyncio.Queue[psycopg.AsyncConnection[tuple[object, ...]]] = asyncio.Queue()

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        connections = [await psycopg.AsyncConnection.connect(dsn, autocommit=True) for _ in range(POSTGRES_CONNECTIONS)]
        await connections[0].execute(CREATE_POSTGRES)
        for connection in connections:
            connection.prepare_threshold = 0
            free.put_nowait(connection)
        yield
        for connection in connections:
            await connection.close()

    app = _fastapi(lifespan)

    @app.post("/rows", status_code=201)
    async def create_row(row: Row) -> Stored:
        row_id = uuid.uuid4()
        connection = await free.get()
        try:
            await connection.execute(INSERT_POSTGRES, (row_id, row.narrative))
        finally:
            free.put_nowait(connection)
        return Stored(id=row_id)

    return app


def bytes_app(file: Path) -> Starlette:
    """A plain route without middleware."""
    body = file.read_bytes()

    async def give(_: Request) -> Response:
        return Response(body, media_type="application/json")

    return Starlette(routes=[Route("/bytes", give)])


def open_sqlite(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(CREATE_SQLITE)
    # Make the log as long as it gets: a commit that only writes over it is the cheaper one, and the usual one.
    connection.execute(INSERT_SQLITE, ("log", "x" * 5_000_000))
    connection.execute("DELETE FROM rows")
    connection.execute("PRAGMA wal_checkpoint(RESTART)")
    return connection


CREATE_SQLITE = "CREATE TABLE IF NOT EXISTS rows (id TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID"
INSERT_SQLITE = "INSERT INTO rows (id, body) VALUES (?, ?)"
CREATE_POSTGRES = "CREATE TABLE IF NOT EXISTS rows (id uuid PRIMARY KEY, body text NOT NULL)"
INSERT_POSTGRES = "INSERT INTO rows (id, body) VALUES (%s, %s)"


def _fastapi(lifespan: object) -> FastAPI:
    return FastAPI(
        lifespan=lifespan,  # type: ignore[arg-type]
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bare", description=__doc__)
    parser.add_argument("kind", choices=("sqlite", "postgres", "bytes"))
    parser.add_argument("target")
    parser.add_argument("--port", type=int, required=True)
    chosen = parser.parse_args()
    app: FastAPI | Starlette
    match chosen.kind:
        case "sqlite":
            app = sqlite_app(Path(chosen.target))
        case "postgres":
            app = postgres_app(chosen.target)
        case _:
            app = bytes_app(Path(chosen.target))
    # The same words as in app/cli.py.
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=chosen.port,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips="127.0.0.1",
        timeout_graceful_shutdown=8,
    )


if __name__ == "__main__":
    main()
