"""Ids that stay: the same thing has the same UUID in every process, on every day, and in every copy of its list."""

from __future__ import annotations

import hashlib
import uuid

NAMESPACE = uuid.UUID("4f1d6a0e-6f0b-4a57-9d0c-52a1f3b7c9e4")


def of(*parts: str) -> str:
    """A UUID of version 5 (RFC 9562, 5.5) from what names a thing, the widest part first.

    As `uuid.uuid5` makes it, without an object for each: one service has dozens.
    """
    name = "/".join(parts).encode()
    octets = bytearray(hashlib.sha1(NAMESPACE.bytes + name, usedforsecurity=False).digest()[:16])
    octets[6] = octets[6] & 0x0F | 0x50
    octets[8] = octets[8] & 0x3F | 0x80
    digits = octets.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
