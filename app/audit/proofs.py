"""A head to keep: proof of how far a chain had come, for whoever fears that it is taken back later.

It is sealed: how many links a chain has would tell whoever sees only a part of it how much they do not see.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass

from sqlmodel import Session

from app.audit import chain, marks
from app.core import clock, crypto
from app.core.crypto import CannotOpen, Place
from app.vault import service as vault

PLACE = Place(table="audit_heads", row="", column="proof")


@dataclass(frozen=True, slots=True)
class Proof:
    """The newest finished link of a chain at some moment: its number and its mac. Number 0: none was finished yet."""

    chain: uuid.UUID
    number: int
    mac: bytes


class NoProof(ValueError):
    """Nothing that this deployment has given out as a head."""


def take(session: Session, of: uuid.UUID) -> str:
    """The head of a chain, after its last link was finished if it is of an earlier hour.

    Also of a chain where none is finished: that there is no head would tell how old the first entry is.
    """
    head = chain.finish_earlier(session, of, now=clock.now())
    number, last = (0, marks.NOTHING) if head is None else (head.number - 1, head.last)
    told = json.dumps([of.hex, f"{number:010d}", last.hex()]).encode()
    return crypto.encode_b64(crypto.seal_alike(_key(session), told, PLACE))


def read(session: Session, text: str) -> Proof:
    """Raises NoProof."""
    try:
        opened = json.loads(crypto.unseal(_key(session), crypto.decode_b64(text.strip()), PLACE))
    except (CannotOpen, ValueError) as exc:
        raise NoProof from exc
    name, number, mac = opened
    return Proof(chain=uuid.UUID(name), number=int(number), mac=bytes.fromhex(mac))


def _key(session: Session) -> bytes:
    found = vault.data_key(session, owner=vault.DEPLOYMENT, purpose=vault.CONTENT)
    return vault.keys_of(session).derived(found, "audit-proof")
