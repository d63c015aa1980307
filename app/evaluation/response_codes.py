"""Codes that let somebody answer once, without saying who they are.

Four symbols that all codes of the same wave and population begin with, sixteen that are random (80 bits) and kept as a
keyed hash until they are used, and four that prove that the code is one of ours. So a code can be told from a typing
error without any row, also when its row is gone: used and unused look alike, to whoever handed them out as well.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlmodel import Session

from app.core import crypto
from app.core.receipts import ALPHABET, normal_form
from app.vault import service as vault

PREFIX, RANDOM, PROOF = 4, 16, 4
LENGTH = PREFIX + RANDOM + PROOF
GROUP = 4


@dataclass(frozen=True, slots=True)
class ResponseCode:
    """One that is proved to be ours. `secret` is what is hashed."""

    prefix: str
    secret: str


def new(session: Session, prefix: str) -> str:
    """A code as it is shown: six groups of four."""
    secret = prefix + "".join(secrets.choice(ALPHABET) for _ in range(RANDOM))
    whole = secret + _proof(session, secret)
    return "-".join(whole[place : place + GROUP] for place in range(0, LENGTH, GROUP))


def read(session: Session, typed: str) -> ResponseCode | None:
    """None for what we never gave: it has another length, or somebody has mistyped it."""
    whole = normal_form(typed)
    secret, proof = whole[: PREFIX + RANDOM], whole[PREFIX + RANDOM :]
    if len(whole) != LENGTH or not crypto.same(proof.encode(), _proof(session, secret).encode()):
        return None
    return ResponseCode(prefix=whole[:PREFIX], secret=secret)


def hash_of(session: Session, code: ResponseCode) -> bytes:
    """What is kept of one that has not been used."""
    return vault.lookup_hash(session, code.secret, use="evaluation code")


def _proof(session: Session, secret: str) -> str:
    made = vault.lookup_hash(session, secret, use="proof of an evaluation code")
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in made[:PROOF])
