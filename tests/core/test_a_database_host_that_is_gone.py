"""Connections to a host that says nothing any more are given up: nobody is told, and whoever waits would wait long."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from sqlmodel import Session

from app.core.db import Database
from app.work import listen
from tests.support import processes
from tests.support.postgres import SUPERUSER, PostgresServer

# Less than a lease: what was in hand is then done by whoever reaches the database.
MOST_SECONDS = 20


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Of a server that is reached by TCP: at a socket nobody goes without a word."""
    port = str(processes.free_port())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PGPORT", port)
        with PostgresServer(listen_addresses="127.0.0.1", port=port):
            yield f"postgresql+psycopg://{SUPERUSER}@127.0.0.1:{port}/postgres"


def seconds_until_it_is_given_up(connection: Any) -> tuple[float, float]:
    """While an answer is waited for, and while what was sent is not even received."""
    with socket.socket(fileno=os.dup(connection.fileno())) as same:
        idle, interval, count, unheard = (
            same.getsockopt(socket.IPPROTO_TCP, option)
            for option in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT, socket.TCP_USER_TIMEOUT)
        )
    return idle + interval * count, unheard / 1000 or float("inf")


def test_whoever_asks_waits_for_less_than_a_lease(url: str) -> None:
    def look(session: Session) -> tuple[float, float]:
        return seconds_until_it_is_given_up(session.connection().connection.driver_connection)

    db = Database(url)
    try:
        assert max(db.write_now(look)) < MOST_SECONDS
        assert max(db.read_now(look)) < MOST_SECONDS
    finally:
        db.close()


async def test_whoever_is_to_be_woken_finds_out_too(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []
    connect = psycopg.AsyncConnection.connect

    async def noted(*args: Any, **options: Any) -> Any:
        made.append(await connect(*args, **options))
        return made[-1]

    monkeypatch.setattr(psycopg.AsyncConnection, "connect", noted)
    woken = asyncio.Event()
    listening = asyncio.create_task(listen.listen(url, woken.set))
    try:
        await asyncio.wait_for(woken.wait(), 10)
        assert max(seconds_until_it_is_given_up(made[0])) < MOST_SECONDS
    finally:
        listening.cancel()
