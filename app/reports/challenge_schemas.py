"""A challenge as it is sent, spelt as ALTCHA spells it: what its libraries sign and solve (its proof of work, v2)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from app.core.schemas import Instant, OutputModel

Hex = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]+$", max_length=128)]


class ChallengeParameters(OutputModel):
    """Find the whole number, counted from 0, of which the derived key begins with `keyPrefix`.

    The key is PBKDF2 with `cost` rounds and `keyLength` bytes; the password is `nonce` and then the number as four
    bytes, the highest first; all in hexadecimal. `expiresAt` is in seconds since 1970.
    """

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True)

    algorithm: Literal["PBKDF2/SHA-256"]
    nonce: Hex
    salt: Hex
    cost: Annotated[int, Field(ge=1, le=1_000_000)]
    key_length: Annotated[int, Field(ge=1, le=64)] = Field(alias="keyLength")
    key_prefix: Hex = Field(alias="keyPrefix")
    key_signature: Hex = Field(alias="keySignature")
    expires_at: Annotated[int, Field(ge=0, le=10_000_000_000)] = Field(alias="expiresAt")


class Challenge(OutputModel):
    """An ALTCHA challenge (proof of work, v2). Its `signature` shows that it is one of ours, and was not changed."""

    parameters: ChallengeParameters
    signature: Hex


class ReportChallenge(OutputModel):
    """Whether a report that can wait is asked for a little work just now, and for which.

    `challenge` is null when nothing is asked. It takes at the most `most_tries` tries, on average half of them, and
    counts for one report, until it expires.
    """

    needed: bool
    most_tries: Annotated[int, Field(ge=1, le=1_000_000)] | None
    expires_at: Instant | None
    challenge: Challenge | None
