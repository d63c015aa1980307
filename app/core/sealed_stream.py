"""A stream sealed in numbered chunks, so that a file of any size is opened as it is read, and no byte of it unproven.

The construction is STREAM (Hoang, Reyhanitabar, Rogaway and Vizár 2015) over AES-256-GCM: the nonce of a chunk is its
number and whether it is the last, the additional data is the whole header. A key is used for one stream alone: it
follows (HKDF) from a master key and a salt in the header. Chunks that are changed, left out, swapped, taken from
another file or cut off at the end are therefore all found.

    header = MAGIC, version (1 byte), length of the key's id (2 bytes), id of the master key, salt (32 bytes)
    chunk  = CHUNK bytes of plain text, fewer in the last one, with a tag of 16 bytes
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.core.crypto import CannotOpen, KeyRing

MAGIC = b"peerline backup\n"
VERSION = 1
CHUNK = 65_536
TAG_BYTES = 16
SALT_BYTES = 32


class Unsealable(Exception):
    """The stream cannot be opened; the text says why, as the end of a sentence about it."""


def seal(parts: Iterable[bytes], out: BinaryIO, *, ring: KeyRing) -> None:
    """Write `parts`, cut into chunks, to `out`, under the newest master key. What fails leaves it without its end."""
    header = _header(ring.newest, os.urandom(SALT_BYTES))
    sealing = AESGCM(_key(ring, ring.newest, header))
    out.write(header)
    waiting: bytes | None = None
    number = 0
    for chunk in _chunks(parts):
        if waiting is not None:
            out.write(sealing.encrypt(_nonce(number, last=False), waiting, header))
            number += 1
        waiting = chunk
    out.write(sealing.encrypt(_nonce(number, last=True), waiting or b"", header))


def unseal(file: BinaryIO, *, ring: KeyRing) -> Iterator[bytes]:
    """The plain chunks. Raises Unsealable, also after some of them: whoever uses them before the end must undo it."""
    kid, header = _read_header(file)
    try:
        opening = AESGCM(_key(ring, kid, header))
    except CannotOpen:
        raise Unsealable(f"needs the master key {shown(kid)}, which is not in PEERLINE_MASTER_KEYS") from None
    number, sealed = 0, file.read(CHUNK + TAG_BYTES)
    while True:
        following = file.read(CHUNK + TAG_BYTES) if len(sealed) == CHUNK + TAG_BYTES else b""
        try:
            yield opening.decrypt(_nonce(number, last=not following), sealed, header)
        except (InvalidTag, ValueError):
            raise Unsealable("is damaged, or a part of it is missing") from None
        if not following:
            return
        number, sealed = number + 1, following


def kid_of(file: BinaryIO) -> str:
    """The id of the master key that a stream says it was sealed under. Raises Unsealable."""
    return _read_header(file)[0]


def shown(kid: str) -> str:
    """An id out of a file that nothing has proven yet, fit to be printed."""
    return repr(kid[:40])


def _header(kid: str, salt: bytes) -> bytes:
    named = kid.encode()
    return MAGIC + bytes([VERSION]) + len(named).to_bytes(2) + named + salt


def _read_header(file: BinaryIO) -> tuple[str, bytes]:
    begun = file.read(len(MAGIC) + 3)
    if not begun.startswith(MAGIC):
        raise Unsealable("is not a backup of Peerline")
    if len(begun) < len(MAGIC) + 3:
        raise Unsealable("is damaged, or a part of it is missing")
    version, length = begun[len(MAGIC)], int.from_bytes(begun[len(MAGIC) + 1 :])
    if version != VERSION:
        raise Unsealable(f"has the format {version}; this program knows {VERSION} alone")
    rest = file.read(length + SALT_BYTES)
    if len(rest) < length + SALT_BYTES:
        raise Unsealable("is damaged, or a part of it is missing")
    return rest[:length].decode(errors="replace"), begun + rest


def _key(ring: KeyRing, kid: str, header: bytes) -> bytes:
    return ring.for_purpose(kid, f"backup {header[-SALT_BYTES:].hex()}")


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11) + bytes([last])


def _chunks(parts: Iterable[bytes]) -> Iterator[bytes]:
    held = bytearray()
    for part in parts:
        held += part
        while len(held) >= CHUNK:
            yield bytes(held[:CHUNK])
            del held[:CHUNK]
    if held:
        yield bytes(held)
