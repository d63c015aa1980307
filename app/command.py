"""What every command of the command line needs: the configured database, and a way to fail in plain words."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn, TypeVar

import typer
from sqlmodel import Session

from app import startup
from app.core.crypto import KeyRing
from app.core.db import Database
from app.settings import Settings, from_environment

T = TypeVar("T")


def with_db(work: Callable[[Session], T]) -> T:
    """Run `work` in one transaction on the configured database."""
    settings = from_environment()
    db = open_db(settings)
    try:
        startup.require_ready(settings, db)
        return db.write_now(work)
    finally:
        db.close()


def read_db(work: Callable[[Session], T]) -> T:
    """As `with_db`, for what writes nothing: it waits for nobody, and nobody for it."""
    db = open_db(from_environment())
    try:
        return db.read_now(work)
    finally:
        db.close()


def open_db(settings: Settings) -> Database:
    ring: KeyRing = startup.key_ring(settings)
    return startup.open_database(settings, ring)


def fail(text: str, code: int) -> NoReturn:
    typer.echo(text, err=True)
    raise SystemExit(code)
