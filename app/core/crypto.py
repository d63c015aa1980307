"""Encryption and keyed hashes: a master key ring wraps data keys; data keys seal single columns.

AES-256-GCM with a random 96-bit nonce for each value (but for `seal_alike`) and, as additional data, the place it
stands in (table, row, column), so that a value moved to another row no longer opens (NIST SP 800-38D).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES = 12
KEY_BYTES = 32


class CannotOpen(Exception):
    """The value was not sealed with this key for this place, or was changed."""


class BadKeyRing(Exception):
    """PEERLINE_MASTER_KEYS is not a list of `kid:base64url of 32 bytes`."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed value stands. A value opens only where it was sealed."""

    table: str
    row: str
    column: str

    def encode(self) -> bytes:
        return "\x1f".join((self.table, self.row, self.column)).encode()


def seal(key: bytes, plain: bytes, place: Place) -> bytes:
    """Nonce and ciphertext of `plain`, bound to `place`."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, place.encode())


def seal_alike(key: bytes, plain: bytes, place: Place) -> bytes:
    """`seal` whose result is the same for the same value in the same place, where an answer must not change by itself.

    The nonce is a keyed hash of place and value (as in RFC 8452) under a key of its own. One nonce under two contents,
    which would break GCM, needs a collision of 96 bits; what shows is only that the very same value stands in the very
    same place. Not for columns: there equal texts must look different.
    """
    told = place.encode()
    nonce = hmac.digest(derive(key, "nonce"), len(told).to_bytes(8) + told + plain, hashlib.sha256)[:NONCE_BYTES]
    return nonce + AESGCM(key).encrypt(nonce, plain, told)


def unseal(key: bytes, sealed: bytes, place: Place) -> bytes:
    """The plain bytes. Raises CannotOpen for another key, another place, or a changed value."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place.encode())
    except (InvalidTag, ValueError) as exc:
        raise CannotOpen from exc


def new_key() -> bytes:
    return os.urandom(KEY_BYTES)


def derive(key: bytes, purpose: str) -> bytes:
    """A 32-byte key for one purpose (HKDF-SHA256, RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=purpose.encode()).derive(key)


def keyed_hash(key: bytes, value: str) -> bytes:
    """HMAC-SHA256: for looking a secret up without keeping it."""
    return hmac.digest(key, value.encode(), hashlib.sha256)


def same(a: bytes, b: bytes) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(a, b)


def encode_b64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def decode_b64(value: str) -> bytes:
    return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))


class KeyRing:
    """The master keys, newest first. The newest wraps; every one of them unwraps."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        if not keys:
            raise BadKeyRing("no master key")
        self._keys = dict(keys)
        self.newest = next(iter(self._keys))

    @classmethod
    def parse(cls, text: str) -> KeyRing:
        """Read `kid:base64url,kid:base64url`. Raises BadKeyRing, which repeats nothing of it: what stands where a name
        should may be a key."""
        keys: dict[str, bytes] = {}
        for number, part in enumerate(filter(None, (p.strip() for p in text.split(","))), start=1):
            kid, colon, encoded = part.partition(":")
            if not colon or not kid:
                raise BadKeyRing(f"master key number {number} has no name: write NAME:KEY")
            try:
                key = decode_b64(encoded)
            except ValueError as exc:
                raise BadKeyRing(f"master key number {number} is not base64url") from exc
            if len(key) != KEY_BYTES:
                raise BadKeyRing(f"master key number {number} must have {KEY_BYTES} bytes")
            if kid in keys:
                raise BadKeyRing(f"master key number {number} has the name of one before it")
            keys[kid] = key
        return cls(keys)

    @property
    def kids(self) -> frozenset[str]:
        return frozenset(self._keys)

    def wrap(self, key: bytes, place: Place) -> tuple[str, bytes]:
        """The id of the wrapping master key and the wrapped key."""
        return self.newest, seal(derive(self._keys[self.newest], "wrap"), key, place)

    def unwrap(self, kid: str, wrapped: bytes, place: Place) -> bytes:
        """Raises CannotOpen when the master key is not in the ring."""
        if kid not in self._keys:
            raise CannotOpen(f"master key {kid!r} is not in PEERLINE_MASTER_KEYS")
        return unseal(derive(self._keys[kid], "wrap"), wrapped, place)

    def for_purpose(self, kid: str, purpose: str) -> bytes:
        """A key for one purpose that follows from a master key. Raises CannotOpen when that is not in the ring."""
        if kid not in self._keys:
            raise CannotOpen(f"master key {kid!r} is not in PEERLINE_MASTER_KEYS")
        return derive(self._keys[kid], purpose)
