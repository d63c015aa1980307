"""Files that are there whole, or not at all: written under another name, on disk before they get their own."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from app.backup.refusals import BackupRefused

READ = 1 << 20


@contextlib.contextmanager
def appearing(target: Path, *, what: str) -> Iterator[tuple[BinaryIO, Path]]:
    """A new file, readable by its user alone, and the name it has until it is finished; `target` when the block ends.

    Raises BackupRefused when something has that name already, or it cannot be written; then nothing is left of it.
    """
    if os.path.lexists(target):
        raise BackupRefused(f"{target} is there already. Nothing was overwritten.")
    under = target.with_name(f".{target.name}.{secrets.token_hex(4)}.{what}")
    try:
        with open(os.open(under, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
            yield file, under
            file.flush()
            os.fsync(file.fileno())
        _give_name(under, target)
        sync_folder(target.parent)
    except OSError as exc:
        raise BackupRefused(f"{target} cannot be written: {exc.strerror}.") from exc
    finally:
        for name in (under, *beside(under)):
            name.unlink(missing_ok=True)


def beside(database: Path) -> tuple[Path, ...]:
    """What SQLite keeps beside a database file. Of another database, it would be played into this one."""
    return tuple(database.with_name(database.name + end) for end in ("-wal", "-shm", "-journal"))


def sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def content(handle: int) -> Iterator[bytes]:
    """All of a file, from its beginning, wherever others stand in it."""
    at = 0
    while part := os.pread(handle, READ, at):
        yield part
        at += len(part)


def _give_name(under: Path, target: Path) -> None:
    """A link is refused where the name was taken meanwhile; a renaming would take its place."""
    try:
        os.link(under, target)
    except FileExistsError:
        raise BackupRefused(f"{target} is there already. Nothing was overwritten.") from None
    except OSError as exc:
        # A file system without links.
        if exc.errno not in (errno.EPERM, errno.ENOTSUP, errno.EMLINK):
            raise
        if os.path.lexists(target):
            raise BackupRefused(f"{target} is there already. Nothing was overwritten.") from None
        os.rename(under, target)
