"""Seal and open column values with the data key of their owner.

Owners are schools, and the deployment itself. Purposes keep apart what different people may open: `content` is what
handlers read, `life_at_risk` what only a recorded confidentiality decision opens (STUDY I04, I05).
"""

from __future__ import annotations

import threading
import uuid

from sqlmodel import Session, select

from app.core import clock, crypto
from app.core.crypto import KeyRing, Place
from app.models import DataKey

CONTENT = "content"
LIFE_AT_RISK = "life_at_risk"
DEPLOYMENT = "deployment"


class Keys:
    """The master key ring of this process and the data keys it has opened so far."""

    def __init__(self, ring: KeyRing) -> None:
        self.ring = ring
        self._open: dict[tuple[str, str], bytes] = {}
        self._lock = threading.Lock()

    def known(self, owner: str, purpose: str) -> bytes | None:
        with self._lock:
            return self._open.get((owner, purpose))

    def learn(self, owner: str, purpose: str, key: bytes) -> None:
        with self._lock:
            self._open[owner, purpose] = key


def keys_of(session: Session) -> Keys:
    keys: Keys = session.info["keys"]
    return keys


def create_key(session: Session, *, owner: str, purpose: str) -> None:
    """Make and wrap a new data key. A school gets its keys when it is created, the deployment at its first start."""
    row = DataKey(owner=owner, purpose=purpose, master_kid="", wrapped=b"", created_at=clock.now())
    row.master_kid, row.wrapped = keys_of(session).ring.wrap(crypto.new_key(), _place(row))
    session.add(row)
    session.flush()


def data_key(session: Session, *, owner: str, purpose: str) -> bytes:
    """The opened data key. Raises CannotOpen when its master key is not in the ring, LookupError when there is none."""
    keys = keys_of(session)
    key = keys.known(owner, purpose)
    if key is None:
        row = session.exec(select(DataKey).where(DataKey.owner == owner, DataKey.purpose == purpose)).one_or_none()
        if row is None:
            raise LookupError(f"no {purpose} key for this owner; run: peerline migrate")
        key = keys.ring.unwrap(row.master_kid, row.wrapped, _place(row))
        keys.learn(owner, purpose, key)
    return key


def has_keys(session: Session) -> bool:
    return session.exec(select(DataKey.id).limit(1)).first() is not None


def unopened(session: Session) -> int:
    """How many data keys the master keys of this process do not open. With any, texts are lost to it.

    One query over all of them, and some 10 microseconds for each.
    """
    ring = keys_of(session).ring
    return sum(not _opens(ring, row) for row in session.exec(select(DataKey)))


def seal(session: Session, text: str, *, school_id: uuid.UUID | None, place: Place, purpose: str = CONTENT) -> bytes:
    """`text` sealed for `place`; `school_id` None seals for the deployment."""
    return crypto.seal(data_key(session, owner=owner_of(school_id), purpose=purpose), text.encode(), place)


def unseal(
    session: Session, sealed: bytes, *, school_id: uuid.UUID | None, place: Place, purpose: str = CONTENT
) -> str:
    """The text. Raises CannotOpen."""
    return crypto.unseal(data_key(session, owner=owner_of(school_id), purpose=purpose), sealed, place).decode()


def lookup_hash(session: Session, value: str, *, use: str) -> bytes:
    """A keyed hash for finding a secret again, under a key for this `use` alone.

    It comes from the deployment's data key, not from a master key, so that rotating master keys keeps it valid.
    """
    key = data_key(session, owner=DEPLOYMENT, purpose=CONTENT)
    return crypto.keyed_hash(crypto.derive(key, f"lookup:{use}"), value)


def owner_of(school_id: uuid.UUID | None) -> str:
    return DEPLOYMENT if school_id is None else str(school_id)


def _opens(ring: KeyRing, row: DataKey) -> bool:
    try:
        ring.unwrap(row.master_kid, row.wrapped, _place(row))
    except crypto.CannotOpen:
        return False
    return True


def _place(row: DataKey) -> Place:
    return Place(table="data_keys", row=f"{row.owner}/{row.purpose}", column="wrapped")
