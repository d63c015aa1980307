"""Identifiers. UUIDv7 sorts by time and shows it; whatever a report causes gets UUIDv4, which says nothing."""

from __future__ import annotations

import datetime as dt
import os
import time
import uuid


def new_id() -> uuid.UUID:
    """A UUIDv7 (RFC 9562, 5.7): milliseconds since 1970 in front, random behind."""
    value = (time.time_ns() // 1_000_000 & (1 << 48) - 1) << 80 | int.from_bytes(os.urandom(10))
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return uuid.UUID(int=value)


def earliest_id(made_at: dt.datetime) -> uuid.UUID:
    """No UUIDv7 that was made at this time or later is less."""
    return uuid.UUID(int=(int(made_at.timestamp() * 1000) & (1 << 48) - 1) << 80 | 0x7 << 76 | 0x2 << 62)


def new_opaque_id() -> uuid.UUID:
    """A UUIDv4 (RFC 9562, 5.4), for rows whose time of creation must not be readable from their id (contract R4)."""
    return uuid.uuid4()
