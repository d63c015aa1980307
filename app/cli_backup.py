"""`peerline backup`, `verify-backup` and `restore`: sealed copies of the whole database (docs/backup.md)."""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from app import exits, startup
from app.backup import making, restoring
from app.backup.container import Manifest
from app.backup.looking import Looked
from app.backup.refusals import BackupRefused
from app.command import fail
from app.core import clock
from app.core.crypto import KeyRing
from app.settings import Settings, UnsafeSettings, from_environment

T = TypeVar("T")

_AFTERWARDS = """\
Restored as of {when}. What was acknowledged after that is not in it. Before you start anything on it:
- Every sign-in, invitation and reset link, calendar address and secret of a service account has been ended.
- People who were shut out since, and roles that were ended since, are back: go through them (docs/backup.md).
- What was erased or withdrawn since is back, too: erase it again (docs/backup.md).
- A worker that is started does what is due: pages that were open then are sent, also those that were answered since.
  Do not start one for a rehearsal."""


def add_backup(cli: typer.Typer) -> None:
    """Into the commands of `peerline`."""
    cli.command()(backup)
    cli.command("verify-backup")(verify_backup)
    cli.command()(restore)


def backup(
    target: Annotated[
        str, typer.Argument(help="A new file; a folder, for a file named by the time; - for the output.")
    ],
    quick: Annotated[bool, typer.Option("--quick", help="Do not look through the database and its audit log.")] = False,
) -> None:
    """Copy the whole database while it is used, sealed with the newest master key, and read it back."""
    settings, ring, now = from_environment(), _ring(), clock.now().replace(microsecond=0)
    if target == "-":
        if sys.stdout.isatty():
            fail("A backup is no text: send it to a file, or to another program.", exits.BACKUP_REFUSED)
        made = _tried(lambda: making.to_stream(settings, ring, sys.stdout.buffer, now=now, quick=quick))
    else:
        path = Path(target)
        path = path / f"peerline-{now:%Y%m%dT%H%M%SZ}.backup" if path.is_dir() else path
        os.umask(0o077)
        made = _tried(lambda: making.to_file(settings, ring, path, now=now, quick=quick))
        typer.echo(f"{path} has {made.size} bytes.", err=True)
    typer.echo(
        f"{_about(made.manifest)} It is sealed with the master key {ring.newest}, which is not in it: without that "
        "key, kept elsewhere, nobody can ever read it.",
        err=True,
    )
    if quick:
        typer.echo("What is in it was not looked at.", err=True)
    _tell(made.looked)


def verify_backup(source: Annotated[Path, typer.Argument(help="A backup.")]) -> None:
    """Read a backup to its end, and look through the database in it. Nothing is changed or left in the clear."""
    settings, ring = from_environment(), _ring()
    manifest, looked = _tried(lambda: restoring.verify(settings, ring, source))
    typer.echo(f"{source} is whole. {_about(manifest)}")
    if looked is None:
        typer.echo("Its rows were not looked at: for that, restore it into an empty database.")
    else:
        _tell(looked)


def restore(
    source: Annotated[Path, typer.Argument(help="A backup.")],
    older: Annotated[bool, typer.Option("--older", help="Also one from before PEERLINE_BACKUP_DAYS.")] = False,
) -> None:
    """Put a backup in the place of the database, where there must be none, and end every sign-in in it."""
    settings, ring = from_environment(), _ring()
    oldest = None if older else dt.timedelta(days=settings.backup_days)
    os.umask(0o077)
    manifest, looked = _tried(lambda: restoring.restore(settings, ring, source, now=clock.now(), oldest=oldest))
    typer.echo(_AFTERWARDS.format(when=f"{manifest.made_at:%Y-%m-%d %H:%M:%S} UTC"))
    if not looked.current:
        typer.echo("It is of an earlier version of Peerline. Run: peerline migrate")
    _tell(looked)


def _ring() -> KeyRing:
    """Raises UnsafeSettings where a demo would make itself a key: no backup is of that."""
    settings: Settings = from_environment()
    if not settings.master_keys and not settings.own_keys.exists():
        raise UnsafeSettings(
            "PEERLINE_MASTER_KEYS is missing. A backup is sealed with a master key, and opened with it."
        )
    return startup.key_ring(settings)


def _tried(work: Callable[[], T]) -> T:
    """What goes wrong with files and with SQLite, in plain words."""
    try:
        return work()
    except sqlite3.Error as exc:
        raise BackupRefused(f"SQLite cannot do it: {exc}. Nothing was made or put in place.") from exc
    except OSError as exc:
        raise BackupRefused(f"{exc.strerror or 'It failed'}. Nothing was made or put in place.") from exc


def _about(manifest: Manifest) -> str:
    at = ", ".join(sorted(manifest.revisions))
    return f"The database ({manifest.kind}) is as of {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC, at {at}."


def _tell(looked: Looked) -> None:
    if looked.faults:
        fail(
            f"Its audit log is not as it was written ({looked.faults} faults): peerline audit verify says which.",
            exits.AUDIT_LOG_CHANGED,
        )
