"""Seal and open column values with the data key of their owner.

Owners are schools, and the deployment itself. Purposes keep apart what different people may open: `content` is what
handlers read, `life_at_risk` what only a recorded confidentiality decision opens (STUDY I04, I05).
"""

from __future__ import annotations

import contextlib
import threading
import uuid

from sqlmodel import Session, col, select

from app.core import clock, crypto
from app.core.crypto import KeyRing, Place
from app.models import DataKey

CONTENT = "content"
LIFE_AT_RISK = "life_at_risk"
DEPLOYMENT = "deployment"

# Seconds that a process goes by the data keys it has read: how long a key that was replaced may still seal.
KEYS_COUNT_FOR = 60.0


class Keys:
    """The master key ring of this process and the data keys it has opened so far, the newest of each owner first."""

    def __init__(self, ring: KeyRing) -> None:
        self.ring = ring
        self._open: dict[tuple[str, str], tuple[float, tuple[bytes, ...]]] = {}
        # Keys for one use each, that follow from an opened one.
        self._derived: dict[tuple[bytes, str], bytes] = {}
        self._lock = threading.Lock()

    def known(self, owner: str, purpose: str) -> tuple[bytes, ...]:
        """None at all for those that were read too long ago: another process may have made a newer one."""
        with self._lock:
            read_at, keys = self._open.get((owner, purpose), (0.0, ()))
        return keys if clock.monotonic() - read_at < KEYS_COUNT_FOR else ()

    def learn(self, owner: str, purpose: str, keys: tuple[bytes, ...]) -> None:
        with self._lock:
            self._open[owner, purpose] = clock.monotonic(), keys

    def derived(self, key: bytes, purpose: str) -> bytes:
        """`crypto.derive`, done once. Only for the few purposes there are, and never for a key that a caller chose."""
        found = self._derived.get((key, purpose))
        if found is None:
            found = self._derived[key, purpose] = crypto.derive(key, purpose)
        return found


def keys_of(session: Session) -> Keys:
    keys: Keys = session.info["keys"]
    return keys


def create_key(session: Session, *, owner: str, purpose: str, generation: int = 1) -> None:
    """Make and wrap a new data key. A school gets its keys when it is created, the deployment at its first start."""
    row = DataKey(
        owner=owner, purpose=purpose, generation=generation, master_kid="", wrapped=b"", created_at=clock.now()
    )
    row.master_kid, row.wrapped = keys_of(session).ring.wrap(crypto.new_key(), _place(row))
    session.add(row)
    session.flush()


def data_key(session: Session, *, owner: str, purpose: str) -> bytes:
    """The opened data key that seals now. Raises as `data_keys` does."""
    return data_keys(session, owner=owner, purpose=purpose)[0]


def data_keys(session: Session, *, owner: str, purpose: str, read_again: bool = False) -> tuple[bytes, ...]:
    """Every data key of an owner that something may still be sealed with, the newest first.

    Raises CannotOpen when a master key is not in the ring, LookupError when there is no key.
    """
    keys = keys_of(session)
    found = () if read_again else keys.known(owner, purpose)
    if not found:
        statement = select(DataKey).where(DataKey.owner == owner, DataKey.purpose == purpose)
        rows = session.exec(statement.order_by(col(DataKey.generation).desc())).all()
        if not rows:
            raise LookupError(f"no {purpose} key for this owner; run: peerline migrate")
        found = tuple(keys.ring.unwrap(row.master_kid, row.wrapped, _place(row)) for row in rows)
        keys.learn(owner, purpose, found)
    return found


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
    session: Session,
    sealed: bytes,
    *,
    school_id: uuid.UUID | None,
    place: Place,
    purpose: str = CONTENT,
    formerly: Place | None = None,
) -> str:
    """The text. `formerly` is where an earlier release bound such values to. Raises CannotOpen."""
    owner = owner_of(school_id)
    places = (place,) if formerly is None else (place, formerly)
    for read_again in (False, True):
        # Another process may have rotated the keys since this one read them.
        for key in data_keys(session, owner=owner, purpose=purpose, read_again=read_again):
            for each in places:
                with contextlib.suppress(crypto.CannotOpen):
                    return crypto.unseal(key, sealed, each).decode()
    raise crypto.CannotOpen


def lookup_hash(session: Session, value: str, *, use: str) -> bytes:
    """A keyed hash for finding a secret again, under a key for this `use` alone.

    It comes from the deployment's data key, not from a master key, so that rotating master keys keeps it valid.
    """
    key = data_key(session, owner=DEPLOYMENT, purpose=CONTENT)
    return crypto.keyed_hash(keys_of(session).derived(key, f"lookup:{use}"), value)


def wrap_anew(session: Session) -> int:
    """Wrap every data key with the newest master key, and say how many were not. Raises CannotOpen."""
    ring = keys_of(session).ring
    rows = session.exec(select(DataKey).where(DataKey.master_kid != ring.newest)).all()
    for row in rows:
        row.master_kid, row.wrapped = ring.wrap(ring.unwrap(row.master_kid, row.wrapped, _place(row)), _place(row))
        session.add(row)
    return len(rows)


def owner_of(school_id: uuid.UUID | None) -> str:
    return DEPLOYMENT if school_id is None else str(school_id)


def _opens(ring: KeyRing, row: DataKey) -> bool:
    try:
        ring.unwrap(row.master_kid, row.wrapped, _place(row))
    except crypto.CannotOpen:
        return False
    return True


def _place(row: DataKey) -> Place:
    # The first generation is bound as it was before there were others.
    generation = "" if row.generation == 1 else f"/{row.generation}"
    return Place(table="data_keys", row=f"{row.owner}/{row.purpose}{generation}", column="wrapped")
