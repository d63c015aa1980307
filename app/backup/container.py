"""What a backup holds: a line about it, then the database. All is sealed: from outside there is only a key's id."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from app.backup.refusals import BackupRefused
from app.core import sealed_stream
from app.core.crypto import KeyRing
from app.core.sealed_stream import Unsealable

LENGTH_BYTES = 4
# More than this no manifest has.
LARGEST = 4096


class Manifest(BaseModel):
    """About the whole database, and nothing in it. `tools`: the major version of PostgreSQL's that wrote the rest."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    kind: Literal["sqlite", "postgresql"]
    made_at: dt.datetime
    revisions: frozenset[str]
    tools: int | None


def seal(out: BinaryIO, manifest: Manifest, database: Iterable[bytes], *, ring: KeyRing) -> None:
    sealed_stream.seal(_parts(manifest, database), out, ring=ring)


def unseal(file: BinaryIO, *, name: Path | str, ring: KeyRing) -> tuple[Manifest, Iterator[bytes]]:
    """The manifest and the database's bytes. Raises BackupRefused, also from within the iterator: it is never whole
    before its end.
    """
    plain = _told(sealed_stream.unseal(file, ring=ring), name)
    begun = next(plain)
    length = int.from_bytes(begun[:LENGTH_BYTES])
    if length > LARGEST:
        raise BackupRefused(f"{name} was not written by this program.")
    try:
        manifest = Manifest.model_validate_json(begun[LENGTH_BYTES : LENGTH_BYTES + length])
    except ValidationError as exc:
        raise BackupRefused(f"{name} was not written by this program.") from exc
    return manifest, _rest(begun[LENGTH_BYTES + length :], plain)


def _parts(manifest: Manifest, database: Iterable[bytes]) -> Iterator[bytes]:
    about = manifest.model_dump_json().encode()
    yield len(about).to_bytes(LENGTH_BYTES) + about
    yield from database


def _rest(first: bytes, plain: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from plain


def _told(plain: Iterator[bytes], name: Path | str) -> Iterator[bytes]:
    try:
        yield from plain
    except Unsealable as exc:
        raise BackupRefused(f"{name} {exc}. Nothing was changed.") from exc
    except OSError as exc:
        raise BackupRefused(f"{name} cannot be read: {exc.strerror}.") from exc
