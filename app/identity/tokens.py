"""Access tokens: JWT (RFC 7519) with ES256, typed `at+jwt` (RFC 9068). One module, because the library needs care.

python-jose accepts tokens without `aud` or `exp`, tries every key of a set, follows the header's algorithm when none is
pinned, and raises far more than its own errors. Here the algorithm is pinned, every claim is required, the key comes
from our table by `kid`, and whatever goes wrong means no.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jose import jwk, jwt
from jose.constants import ALGORITHMS

ALGORITHM = ALGORITHMS.ES256
LEEWAY_SECONDS = 30
LONGEST_TOKEN = 4096
# What its column holds.
LARGEST_EPOCH = 2**31
OPTIONS = {
    "require_exp": True,
    "require_iat": True,
    "require_aud": True,
    "require_iss": True,
    "require_sub": True,
    "require_jti": True,
    "leeway": LEEWAY_SECONDS,
}
STAFF = "peerline-api"
REPORTER = "peerline-receipt"
# Of a peer who chooses a supporter, and of one who comes back to what they chose.
CHOOSING = "peerline-choosing"
CHOICE = "peerline-choice"


class InvalidToken(Exception):
    """Not a token of ours for this use, or no longer."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    kid: str
    pem: str


@dataclass(frozen=True, slots=True)
class PrivateKey:
    kid: str
    pem: str


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified token says. `session` is the sign-in it came from, for a receipt the report's id, for a program
    its secret's.

    `epoch` is that of the person when it was issued; one of a release that knew none is of the first. `scopes` is None
    but for a program.
    """

    subject: uuid.UUID
    session: uuid.UUID
    school: str | None
    roles: frozenset[str]
    expires_at: dt.datetime
    epoch: int = 0
    scopes: frozenset[str] | None = None


class TokenKeys:
    """The keys of this deployment: the newest signs, all published ones verify. Key objects are built once."""

    def __init__(self, *, issuer: str, signing: PrivateKey, published: Mapping[str, PublicKey]) -> None:
        self._issuer = issuer
        self._signing = signing
        self._signing_key = jwk.construct(signing.pem, ALGORITHM)
        self._published = {kid: jwk.construct(key.pem, ALGORITHM) for kid, key in published.items()}

    def issue(
        self,
        *,
        subject: uuid.UUID,
        session: uuid.UUID,
        school: str | None,
        roles: frozenset[str],
        audience: str,
        now: dt.datetime,
        lifetime: dt.timedelta,
        epoch: int = 0,
        scope: str | None = None,
    ) -> str:
        """`scope`: space between the codes, as RFC 9068 writes it; only for a program."""
        claims: dict[str, Any] = {
            "iss": self._issuer,
            "aud": audience,
            "sub": str(subject),
            "sid": str(session),
            "jti": str(uuid.uuid4()),
            "iat": int(now.timestamp()),
            "exp": int((now + lifetime).timestamp()),
            "school": school,
            "roles": sorted(roles),
            "epoch": epoch,
        }
        if scope is not None:
            claims["scope"] = scope
        headers = {"kid": self._signing.kid, "typ": "at+jwt"}
        token: str = jwt.encode(claims, self._signing_key, algorithm=ALGORITHM, headers=headers)
        return token

    def read(self, token: str, *, audience: str, now: dt.datetime) -> Claims:
        """The claims of a token that is ours, for `audience`, and current. Raises InvalidToken for anything else."""
        if len(token) > LONGEST_TOKEN:
            raise InvalidToken
        try:
            header = jwt.get_unverified_header(token)
            key = self._published[header["kid"]]
            if header.get("alg") != ALGORITHM or header.get("typ") != "at+jwt" or "crit" in header:
                raise InvalidToken
            claims = jwt.decode(
                token, key, algorithms=[ALGORITHM], audience=audience, issuer=self._issuer, options=OPTIONS
            )
            # The library accepts a token from the future; a stolen signing clock must not help.
            if claims["iat"] > now.timestamp() + 2 * LEEWAY_SECONDS:
                raise InvalidToken
            return _claims(claims)
        except InvalidToken:
            raise
        except Exception as exc:  # JOSEError, KeyError, TypeError, RecursionError, …: all mean no
            raise InvalidToken from exc

    def jwks(self) -> list[dict[str, str]]:
        """The published keys as JSON Web Keys (RFC 7517)."""
        keys = []
        for kid, key in self._published.items():
            members = {name: value for name, value in key.to_dict().items() if name in ("kty", "crv", "x", "y")}
            keys.append({**{n: _text(v) for n, v in members.items()}, "kid": kid, "use": "sig", "alg": ALGORITHM})
        return keys


def new_key_pair(kid: str) -> tuple[PrivateKey, PublicKey]:
    """A P-256 key pair, as PEM."""
    private = ec.generate_private_key(ec.SECP256R1())
    private_pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public_pem = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return PrivateKey(kid=kid, pem=private_pem.decode()), PublicKey(kid=kid, pem=public_pem.decode())


def _claims(claims: Mapping[str, Any]) -> Claims:
    roles = claims["roles"]
    school, scope = claims["school"], claims.get("scope")
    epoch = claims.get("epoch", 0)
    if not isinstance(roles, list) or not all(each is None or isinstance(each, str) for each in (school, scope)):
        raise InvalidToken
    if type(epoch) is not int or not 0 <= epoch < LARGEST_EPOCH:
        raise InvalidToken
    return Claims(
        subject=uuid.UUID(claims["sub"]),
        session=uuid.UUID(claims["sid"]),
        school=school,
        roles=frozenset(str(role) for role in roles),
        expires_at=dt.datetime.fromtimestamp(claims["exp"], dt.UTC),
        epoch=epoch,
        scopes=None if scope is None else frozenset(scope.split()),
    )


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
