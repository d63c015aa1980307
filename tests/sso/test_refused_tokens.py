"""ID tokens that must open nothing (OpenID Connect Core, 3.1.3.7), and keys that must check nothing."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from sqlmodel import select

from app.models import Person, PersonIdentity, UsedIdToken
from app.sso import public_keys
from tests.sso.own_provider import (
    CLIENT,
    EC_KEY,
    OTHER_KEY,
    RSA_KEY,
    OwnProvider,
    ago,
    b64,
    exchange,
    jwk,
    number,
    part,
    register,
    sign,
    token,
)
from tests.support.world import World

ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
Make = Callable[[OwnProvider], str]


def pem(key: Any) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def by_secret(provider: OwnProvider, secret: bytes) -> str:
    """HS256 with something that everybody knows."""
    head = {"alg": "HS256", "kid": "k2"}
    return token(head, provider.claims(), lambda data: hmac.digest(secret, data, hashlib.sha256))


def with_claims(text: str) -> Make:
    """A good signature over claims that are written by hand."""

    def make(provider: OwnProvider) -> str:
        written = json.dumps(provider.claims())[:-1] + text + "}"
        signed = f"{part({'alg': 'ES256', 'kid': 'k1'})}.{b64(written.encode())}"
        return f"{signed}.{b64(sign('ES256', EC_KEY, signed.encode()))}"

    return make


def respelt(text: str) -> str:
    """The last sign of the signature with other bits that say nothing."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return text[:-1] + alphabet[alphabet.index(text[-1]) ^ 1]


def tampered(provider: OwnProvider) -> str:
    head, _, signature = provider.token().split(".")
    return f"{head}.{part(provider.claims('somebody-else'))}.{signature}"


REFUSED: dict[str, Make] = {
    "no algorithm": lambda p: f"{part({'alg': 'none'})}.{part(p.claims())}.",
    "no algorithm, signed": lambda p: token({"alg": "none"}, p.claims(), lambda data: sign("ES256", EC_KEY, data)),
    "the public key as a secret": lambda p: by_secret(p, pem(RSA_KEY)),
    "the key's JSON as a secret": lambda p: by_secret(p, json.dumps(jwk(RSA_KEY, "k2")).encode()),
    "an empty secret": lambda p: by_secret(p, b""),
    "another key under a known kid": lambda p: p.token(key=OTHER_KEY),
    "a known key under an unknown kid": lambda p: p.token(kid="k3"),
    "the kid of another provider": lambda p: p.token(key=OTHER_KEY, kid="their-key"),
    "no kid, two keys": lambda p: p.token(
        kid=None, algorithm="PS256", key=RSA_KEY, header={"kid": None, "alg": "RS256"}
    ),
    "an algorithm of another kind of key": lambda p: p.token(algorithm="ES256", header={"alg": "RS256"}),
    "an algorithm that the key is not for": lambda p: p.token(key=RSA_KEY, algorithm="RS256", kid="k4"),
    "tampered claims": tampered,
    "a signature spelt otherwise": lambda p: respelt(p.token()),
    "critical things": lambda p: p.token(header={"crit": ["exp"]}),
    "nothing critical": lambda p: p.token(header={"crit": []}),
    "unencoded": lambda p: p.token(header={"b64": False}),
    "an access token": lambda p: p.token(header={"typ": "at+jwt"}),
    "a logout token": lambda p: p.token(events={"http://schemas.openid.net/event/backchannel-logout": {}}),
    "a key of its own": lambda p: p.token(key=OTHER_KEY, kid=None, header={"jwk": jwk(OTHER_KEY, None)}),
    "a number as kid": lambda p: p.token(header={"kid": 1}),
    "an array as header": lambda p: token(["ES256"], p.claims(), lambda data: sign("ES256", EC_KEY, data)),
    "another issuer": lambda p: p.token(iss="https://login.elsewhere.example"),
    "the issuer with a stroke": lambda p: p.token(iss=p.issuer + "/"),
    "no issuer": lambda p: p.token(iss=...),
    "a list of issuers": lambda p: p.token(iss=[p.issuer]),
    "another audience": lambda p: p.token(aud="another-app"),
    "no audience": lambda p: p.token(aud=...),
    "an empty list of audiences": lambda p: p.token(aud=[]),
    "one audience too many": lambda p: p.token(aud=[CLIENT, "another-app"], azp=CLIENT),
    "several, and nobody who asked": lambda p: p.token(aud=[CLIENT, CLIENT]),
    "asked for by another app": lambda p: p.token(azp="another-app"),
    "expired": lambda p: p.token(iat=ago(minutes=10), exp=ago(seconds=61)),
    "no end": lambda p: p.token(exp=...),
    "an end that is null": lambda p: p.token(exp=None),
    "an end that is a text": lambda p: p.token(exp="4102444800"),
    "an end that is true": lambda p: p.token(exp=True),
    "an end beyond all time": lambda p: p.token(exp=10**30),
    "an end that no number of the machine can be": lambda p: p.token(exp=10**400),
    "issued in the first second of all": lambda p: p.token(iat=-62_135_596_800),
    "an end without end": with_claims(', "end": 1e999, "x": NaN'),
    "the same claim twice": with_claims(', "aud": "peerline-app"'),
    "an endless number": lambda p: with_claims(', "nbf": 1e999')(p),
    "no beginning": lambda p: p.token(iat=...),
    "from the future": lambda p: p.token(iat=ago(seconds=-90)),
    "not yet": lambda p: p.token(nbf=ago(seconds=-90)),
    "too old": lambda p: p.token(iat=ago(minutes=62)),
    "no subject": lambda p: p.token(sub=...),
    "an empty subject": lambda p: p.token(sub=""),
    "a number as subject": lambda p: p.token(sub=7),
    "too long a subject": lambda p: p.token(sub="s" * 256),
    "an address that nobody can store": with_claims(r', "name": "\u0000"'),
    "nested without end": lambda p: f"{b64(b'[' * 5000)}.{part(p.claims())}.{b64(b'x')}",
    "four parts": lambda p: p.token() + ".x",
    "padded": lambda p: p.token() + "==",
    "no token": lambda p: "x" * 40,
    "not of this alphabet": lambda p: "ä" * 40,
}


@ON_SQLITE
async def test_a_token_with_anything_wrong_opens_nothing_and_learns_nothing(world: World) -> None:
    """One 401 for all of them, the same as at a school without a provider and one that does not exist; nothing is
    stored, and the provider is asked no more than it must."""
    for slug in ("harbour", "ridge"):
        await world.school(slug)
    provider = OwnProvider(world.receiver)
    provider.publish(jwk(EC_KEY, "k1"), jwk(RSA_KEY, "k2"), jwk(RSA_KEY, "k4", alg="PS256"))
    await register(world, provider.issuer)
    # Whose keys are those of another provider of the same school.
    other = OwnProvider(world.receiver, "other")
    other.publish(jwk(OTHER_KEY, "their-key"))
    await register(world, other.issuer)
    good = await exchange(world, other.token(key=OTHER_KEY, kid="their-key"))
    assert good.status_code == 200
    before = await rows(world)
    seen = {told(await exchange(world, provider.token(), school=school)) for school in ("ridge", "nowhere")}
    for name, make in REFUSED.items():
        # Each is one wrong token a minute: they are throttled as passwords are.
        world.time.advance(seconds=61)
        answer = await exchange(world, make(provider))
        assert (name, answer.status_code, answer.json()["code"]) == (name, 401, "bad_credentials")
        seen.add(told(answer))
    world.time.advance(seconds=61)
    seen.add(told(await exchange(world, provider.token(nonce="n-1"), nonce="n-2")))
    seen.add(told(await exchange(world, provider.token(), nonce="n-2")))
    assert len(seen) == 1, seen
    assert await rows(world) == before
    for accepted in (
        provider.token(nonce="n-1"),
        provider.token(aud=[CLIENT]),
        provider.token(azp=CLIENT, header={"typ": "JWT"}),
        provider.token(iat=ago(seconds=-50), exp=ago(seconds=50)),
        provider.token(key=RSA_KEY, algorithm="RS256", kid="k2"),
        provider.token(key=RSA_KEY, algorithm="PS256", kid="k4"),
        provider.token(key=RSA_KEY, algorithm="PS384", kid="k2"),
        provider.token(kid=None),
        provider.token(sub="s" * 255),
    ):
        assert (await exchange(world, accepted)).status_code == 200


@ON_SQLITE
async def test_wrong_tokens_are_throttled_like_wrong_passwords(world: World) -> None:
    """Contract L4: so many from one address a minute, whichever school they are for; good ones are not counted."""
    await world.school()
    provider = OwnProvider(world.receiver)
    provider.publish()
    await register(world, provider.issuer)
    quota = world.settings.failed_sign_ins_per_minute
    for _ in range(3):
        assert (await exchange(world, provider.token())).status_code == 200
    codes = [(await exchange(world, "x" * 40 + str(each), school="nowhere")).status_code for each in range(quota + 5)]
    assert codes == [401] * quota + [429] * 5
    assert (await exchange(world, provider.token())).status_code == 429
    world.time.advance(seconds=61)
    assert (await exchange(world, provider.token())).status_code == 200


@pytest.mark.parametrize(
    ("key", "usable"),
    [
        (jwk(RSA_KEY, "k", use="sig"), True),
        (jwk(EC_KEY, "k", key_ops=["verify"]), True),
        (jwk(ec.generate_private_key(ec.SECP384R1()), "k"), True),
        (jwk(RSA_KEY, "k", use="enc"), False),
        (jwk(RSA_KEY, "k", key_ops=["encrypt"]), False),
        (jwk(RSA_KEY, "k", alg="RSA-OAEP"), False),
        (jwk(RSA_KEY, "k", alg="HS256"), False),
        (jwk(RSA_KEY, "k", alg=["RS256"]), False),
        (jwk(EC_KEY, "k", alg="RS256"), False),
        (jwk(rsa.generate_private_key(65537, 1024), "k"), False),
        (jwk(RSA_KEY, "k", e=number(1)), False),
        (jwk(RSA_KEY, "k", e=number(2**40 + 1)), False),
        (jwk(RSA_KEY, "k", n="!"), False),
        (jwk(RSA_KEY, "k", n="A" * 100_000), False),
        (jwk(EC_KEY, "k", x=number(5)), False),
        (jwk(EC_KEY, "k", crv="P-192"), False),
        (jwk(EC_KEY, "k" * 300), False),
        ({"kty": "oct", "k": "c2VjcmV0", "kid": "k", "alg": "HS256"}, False),
        ({"kty": "OKP", "crv": "Ed25519", "x": "AA", "kid": "k"}, False),
        ("k", False),
        ({}, False),
    ],
)
def test_only_keys_that_can_check_an_id_token_count(key: Any, usable: bool) -> None:
    """Wrong use, symmetric, too small, malformed: passed over, and the others of the set go on."""
    found = public_keys.parse({"keys": [key, jwk(EC_KEY, "good")]})
    assert [each.kid for each in found.keys] == (["k", "good"] if usable else ["good"])
    assert found.passed_over == (0 if usable else 1)


async def rows(world: World) -> list[int]:
    kinds = (Person.id, PersonIdentity.id, UsedIdToken.used_at)
    return [len(await world.db.read(lambda s, kind=kind: s.exec(select(kind)).all())) for kind in kinds]


def told(answer: httpx.Response) -> str:
    body = answer.json()
    # The help is the deployment's or the school's, by the address that was asked; never by what was found.
    return json.dumps([answer.status_code, {k: v for k, v in body.items() if k != "instance"}])
