"""A provider of our own making, at the real receiver: for tokens that no honest provider would sign."""

from __future__ import annotations

import base64
import datetime as dt
import itertools
import json
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from app.core import clock
from app.vocabulary import Role
from tests.support.receiver import Receiver
from tests.support.world import Someone, World

CLIENT = "peerline-app"
STUDENTS = {"claim": "affiliation", "contains": "student", "role": "student"}
WELL_KNOWN = "/.well-known/openid-configuration"
# Made once: an RSA key takes a good part of a second.
RSA_KEY = rsa.generate_private_key(65537, 2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
OTHER_KEY = ec.generate_private_key(ec.SECP256R1())
_numbers = itertools.count(1)

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def b64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def part(value: Any) -> str:
    return b64(json.dumps(value).encode())


def number(value: int) -> str:
    return b64(value.to_bytes((value.bit_length() + 7) // 8))


def jwk(key: PrivateKey, kid: str | None, **members: Any) -> dict[str, Any]:
    public = key.public_key().public_numbers()
    if isinstance(public, rsa.RSAPublicNumbers):
        shape: dict[str, Any] = {"kty": "RSA", "n": number(public.n), "e": number(public.e)}
    else:
        size = (public.curve.key_size + 7) // 8
        named = {"secp256r1": "P-256", "secp384r1": "P-384"}[public.curve.name]
        shape = {"kty": "EC", "crv": named, "x": b64(public.x.to_bytes(size)), "y": b64(public.y.to_bytes(size))}
    return shape | ({} if kid is None else {"kid": kid}) | members


def sign(algorithm: str, key: PrivateKey, data: bytes) -> bytes:
    digest = {"256": hashes.SHA256(), "384": hashes.SHA384()}[algorithm[2:]]
    if isinstance(key, ec.EllipticCurvePrivateKey):
        size = (key.curve.key_size + 7) // 8
        r, s = decode_dss_signature(key.sign(data, ec.ECDSA(digest)))
        return r.to_bytes(size) + s.to_bytes(size)
    scheme = (
        padding.PKCS1v15()
        if algorithm.startswith("RS")
        else padding.PSS(mgf=padding.MGF1(digest), salt_length=digest.digest_size)
    )
    return key.sign(data, scheme, digest)


def token(header: Any, claims: Any, signature: Any) -> str:
    """`signature` makes the signature from what is signed."""
    signed = f"{part(header)}.{part(claims)}"
    return f"{signed}.{b64(signature(signed.encode()))}"


@dataclass
class OwnProvider:
    """Its documents are what `publish` last said."""

    receiver: Receiver
    name: str = "idp"
    keys: list[dict[str, Any]] = field(default_factory=lambda: [jwk(EC_KEY, "k1"), jwk(RSA_KEY, "k2")])

    @property
    def issuer(self) -> str:
        return self.receiver.url(self.name)

    def publish(self, *keys: dict[str, Any], **members: Any) -> None:
        if keys:
            self.keys = list(keys)
        document = {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/keys"} | members
        self.receiver.behave(self.name + WELL_KNOWN, {"body": json.dumps(document)})
        self.receiver.behave(f"{self.name}/keys", {"body": json.dumps({"keys": self.keys})})

    def go_away(self) -> None:
        for each in (WELL_KNOWN, "/keys"):
            self.receiver.behave(self.name + each, {"close": True})

    def asked(self) -> int:
        """How often it was asked for its keys."""
        return len(self.receiver.requests(f"{self.name}/keys"))

    def claims(self, subject: str = "s-1", **claims: Any) -> dict[str, Any]:
        now = int(clock.now().timestamp())
        said = {
            "iss": self.issuer,
            "sub": subject,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "jti": str(next(_numbers)),
            "affiliation": ["member", "student"],
        } | claims
        return {name: value for name, value in said.items() if value is not ...}

    def token(
        self,
        subject: str = "s-1",
        *,
        key: PrivateKey = EC_KEY,
        algorithm: str = "ES256",
        kid: str | None = "k1",
        header: dict[str, Any] | None = None,
        **claims: Any,
    ) -> str:
        """Good, unless told otherwise. A claim that is `...` is left out."""
        head = {"alg": algorithm} | ({} if kid is None else {"kid": kid}) | (header or {})
        return token(head, self.claims(subject, **claims), lambda data: sign(algorithm, key, data))


async def register(
    world: World, issuer: str, *rules: dict[str, Any], by: Someone | None = None, **fields: Any
) -> dict[str, Any]:
    """As school IT does it, over HTTP."""
    by = by or await world.person(Role.SCHOOL_IT)
    body = {
        "name": "Harbour University",
        "issuer": issuer,
        "client_ids": [CLIENT],
        "rules": list(rules) or [STUDENTS],
        **fields,
    }
    made = await world.http.post(
        f"/v1/schools/{by.school}/identity-providers", json=body, headers=by.headers | world.once()
    )
    assert made.status_code == 201, made.text
    provider: dict[str, Any] = made.json()
    return provider | {"by": by}


async def exchange(world: World, id_token: str, *, school: str = "harbour", **fields: Any) -> Any:
    return await world.http.post(
        "/v1/auth/token",
        json={
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
            "school": school,
            "subject_token": id_token,
            "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
            **fields,
        },
    )


def bearer(pair: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {pair['access_token']}"}


def ago(**units: float) -> int:
    return int((clock.now() - dt.timedelta(**units)).timestamp())
