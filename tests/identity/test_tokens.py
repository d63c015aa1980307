"""Access tokens: only ours, for this use, and current; whatever else comes is 401 and never a crash (pitfalls 3.5)."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
import uuid
from typing import Any

import httpx
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from sqlmodel import Session, select

from app.core import clock
from app.identity.keys import create_signing_key
from app.identity.tokens import REPORTER, STAFF, new_key_pair
from app.models import SignIn, SigningKey
from app.routers.runtime import ISSUER
from app.vocabulary import Role
from tests.support.world import Someone, World

ME = "/v1/auth/me"
ABSENT = object()
KEY = new_key_pair("made-by-the-test")[0]


def b64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def un64(value: str) -> bytes:
    return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))


def es256(private_pem: str, signed: bytes) -> bytes:
    """A signature as RFC 7518, 3.4 has it, without the library under test."""
    private = serialization.load_pem_private_key(private_pem.encode(), password=None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    r, s = decode_dss_signature(private.sign(signed, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def public_pem(private_pem: str) -> bytes:
    private = serialization.load_pem_private_key(private_pem.encode(), password=None)
    return private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def public_der(private_pem: str) -> bytes:
    private = serialization.load_pem_private_key(private_pem.encode(), password=None)
    return private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


class Forge:
    """Makes tokens by hand, signed with a key that this deployment publishes."""

    def __init__(self, person: Someone, sign_in: uuid.UUID) -> None:
        now = int(clock.now().timestamp())
        self.header: dict[str, Any] = {"alg": "ES256", "typ": "at+jwt", "kid": KEY.kid}
        self.claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": STAFF,
            "sub": str(person.id),
            "sid": str(sign_in),
            "jti": str(uuid.uuid4()),
            "iat": now,
            "exp": now + 600,
            "school": person.school,
            "roles": ["triager"],
        }

    def raw(self, header: bytes, claims: bytes, *, pem: str = KEY.pem) -> str:
        signed = f"{b64(header)}.{b64(claims)}".encode()
        return f"{signed.decode()}.{b64(es256(pem, signed))}"

    def token(self, header: dict[str, Any] | None = None, *, pem: str = KEY.pem, **claims: Any) -> str:
        """A good token, but for what is named; ABSENT leaves a member out."""
        return self.raw(*self.parts(header, **claims), pem=pem)

    def parts(self, header: dict[str, Any] | None = None, **claims: Any) -> tuple[bytes, bytes]:
        members = ({**self.header, **(header or {})}, {**self.claims, **claims})
        first, second = [
            json.dumps({name: value for name, value in each.items() if value is not ABSENT}).encode()
            for each in members
        ]
        return first, second

    def instead(self, claim: str, text: str) -> str:
        """A good token with this JSON text, whatever it is, in place of a claim."""
        header, claims = self.parts(**{claim: "PLACE"})
        return self.raw(header, claims.replace(b'"PLACE"', text.encode()))

    def signed_otherwise(self, alg: str, signature: Any) -> str:
        header, claims = self.parts({"alg": alg})
        signed = f"{b64(header)}.{b64(claims)}".encode()
        return f"{signed.decode()}.{b64(signature(signed))}"


@pytest.fixture
async def forge(world: World) -> Forge:
    """A triager, signed in, and the means to make tokens for them."""
    await world.school()
    person = await world.person(Role.TRIAGER)

    def publish(session: Session) -> uuid.UUID:
        # Older than the deployment's own, so that it is published and does not sign.
        old = clock.now() - dt.timedelta(days=1)
        pem = public_pem(KEY.pem).decode()
        session.add(SigningKey(kid=KEY.kid, public_pem=pem, private_sealed=b"elsewhere", created_at=old))
        return session.exec(select(SignIn.id).where(SignIn.person_id == person.id)).one()

    return Forge(person, await world.write(publish))


async def present(world: World, token: str) -> httpx.Response:
    return await world.http.get(ME, headers={"Authorization": f"Bearer {token}"})


async def refused(world: World, tokens: dict[str, str]) -> None:
    """Each of them gets 401, with the reason of RFC 6750 and with help."""
    seen = {}
    for name, token in tokens.items():
        answer = await present(world, token)
        seen[name] = answer.status_code
        if answer.status_code == 401:
            assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
            assert answer.json()["help"]
    assert {name: status for name, status in seen.items() if status != 401} == {}


async def test_a_token_made_by_hand_with_a_published_key_is_accepted(world: World, forge: Forge) -> None:
    """The control: without it, every refusal below would prove nothing."""
    answer = await present(world, forge.token())
    assert (answer.status_code, answer.json()["roles"]) == (200, ["triager"])


async def test_every_claim_is_required(world: World, forge: Forge) -> None:
    """The library takes tokens without `aud`, `exp`, `iat`, `jti` or `sub`; we do not."""
    await refused(world, {f"without {claim}": forge.token(**{claim: ABSENT}) for claim in forge.claims})
    await refused(
        world, {f"{claim} is null": forge.token(**{claim: None}) for claim in forge.claims if claim != "school"}
    )


async def test_a_claim_of_another_kind_is_refused(world: World, forge: Forge) -> None:
    """Wrong values and wrong types, in a signed token, are refusals and no crashes."""
    others: dict[str, list[Any]] = {
        "iss": ["somebody-else", "", [ISSUER, "other"], {}],
        "aud": ["somebody-else", REPORTER, "", [], [REPORTER], [1], {}],
        "sub": ["", "me", 7, [], str(uuid.uuid4())],
        "sid": ["", "mine", 7, [], str(uuid.uuid4())],
        "jti": [7, []],
        "roles": ["triager", {"triager": True}, 7],
        "school": [7, ["harbour"], {}],
        "epoch": [1, -1, 10**30, True, False, 0.0, "0", None, []],
    }
    await refused(world, {f"{n}: {v!r}": forge.token(**{n: v}) for n, values in others.items() for v in values})


async def test_a_time_that_is_none_is_refused(world: World, forge: Forge) -> None:
    """`exp: null`, `[]` and `1e999` make the library raise what is not its own error."""
    texts = ("null", "[]", "{}", "1e999", "-1e999", "NaN", "Infinity", '"soon"', '"9999999999"', "true", "1e300", "[1]")
    for claim in ("exp", "iat", "nbf"):
        # A time in the past is a good `iat` and a good `nbf`.
        bad = [text for text in texts if claim == "exp" or text not in ("true", '"9999999999"', "-1e999")]
        await refused(world, {f"{claim}: {text}": forge.instead(claim, text) for text in bad if text != "1e300"})
    await refused(world, {"exp: 1e300": forge.instead("exp", "1e300"), "iat: 1e300": forge.instead("iat", "1e300")})


async def test_an_expired_token_is_refused_after_a_short_leeway(world: World, forge: Forge) -> None:
    """M4: 30 s for clocks that differ: 10 s late is in time, 40 s and an hour are not."""
    now = int(clock.now().timestamp())
    assert (await present(world, forge.token(iat=now - 700, exp=now - 10))).status_code == 200
    await refused(
        world,
        {
            "40 s ago": forge.token(iat=now - 700, exp=now - 40),
            "an hour ago": forge.token(iat=now - 4200, exp=now - 3600),
            "in 1970": forge.token(iat=0, exp=0),
            "never issued": forge.token(iat=-1, exp=-1),
        },
    )


async def test_a_token_from_the_future_is_refused(world: World, forge: Forge) -> None:
    """M4: `iat` 20 s ahead is a clock that differs; an hour ahead, which the library takes, is not."""
    now = int(clock.now().timestamp())
    assert (await present(world, forge.token(iat=now + 20))).status_code == 200
    await refused(
        world,
        {
            "iat in two minutes": forge.token(iat=now + 120),
            "iat in an hour": forge.token(iat=now + 3600, exp=now + 7200),
            "nbf in an hour": forge.token(nbf=now + 3600),
        },
    )


async def test_a_token_without_a_signature_is_refused(world: World, forge: Forge) -> None:
    """`alg: none`, in any spelling, with an empty, a missing or somebody else's signature."""
    tokens = {}
    for alg in ("none", "None", "NONE", "nOnE", "", "null"):
        tokens[f"alg {alg}"] = forge.signed_otherwise(alg, lambda _: b"")
        tokens[f"alg {alg}, no third part"] = tokens[f"alg {alg}"].rstrip(".")
    whole = forge.token()
    tokens["the signature cut off"] = whole[: whole.rindex(".") + 1]
    tokens["half the signature"] = whole[:-43]
    tokens["zeros"] = whole[: whole.rindex(".") + 1] + b64(bytes(64))
    await refused(world, tokens)


async def test_the_public_key_is_no_secret_to_sign_with(world: World, forge: Forge) -> None:
    """Key confusion (CVE-2024-33663 and its DER variant): HMAC under what everybody can read."""
    jwk = (await world.http.get("/.well-known/jwks.json")).content
    secrets = {
        "PEM": public_pem(KEY.pem),
        "PEM without its last line end": public_pem(KEY.pem).strip(),
        "DER": public_der(KEY.pem),
        "JWKS": jwk,
        "nothing": b"",
        "the kid": KEY.kid.encode(),
    }
    digests = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}
    tokens = {
        f"{alg} with {name}": forge.signed_otherwise(
            alg, lambda signed, secret=secret, digest=digest: hmac.digest(secret, signed, digest)
        )
        for name, secret in secrets.items()
        for alg, digest in digests.items()
    }
    # The same, under a header that promises ES256.
    for name, secret in secrets.items():
        tokens[f"ES256 in name, {name}"] = forge.signed_otherwise(
            "ES256", lambda signed, secret=secret: hmac.digest(secret, signed, hashlib.sha256)
        )
    await refused(world, tokens)


async def test_only_our_algorithm_is_accepted(world: World, forge: Forge) -> None:
    """A good signature under a header that names another algorithm, or none."""
    others = ("ES384", "ES512", "RS256", "PS256", "EdDSA", "es256", "dir", ABSENT, None, 256, ["ES256"])
    await refused(world, {f"alg {alg!r}": forge.token({"alg": alg}) for alg in others})


async def test_the_key_comes_from_our_table(world: World, forge: Forge) -> None:
    """The library tries every key of a set; here `kid` names one, and keys that a token brings along are not read."""
    stranger, _ = new_key_pair("a-stranger")
    numbers = serialization.load_pem_private_key(stranger.pem.encode(), password=None).public_key()
    assert isinstance(numbers, ec.EllipticCurvePublicKey)
    point = numbers.public_numbers()
    jwk = {"kty": "EC", "crv": "P-256", "x": b64(point.x.to_bytes(32, "big")), "y": b64(point.y.to_bytes(32, "big"))}
    [own] = await world.db.read(
        lambda session: list(session.exec(select(SigningKey.kid).where(SigningKey.kid != KEY.kid)))
    )
    kids: list[Any] = [
        ABSENT,
        None,
        "",
        "unknown",
        own,
        [KEY.kid],
        {"kid": KEY.kid},
        0,
        True,
        "../../etc/passwd",
        "' OR 1",
    ]
    tokens = {f"kid {kid!r}": forge.token({"kid": kid}) for kid in kids}
    tokens |= {
        "another key": forge.token(pem=stranger.pem),
        "a key in the header": forge.token({"jwk": jwk}, pem=stranger.pem),
        "a key in the header, and its kid": forge.token({"jwk": jwk, "kid": stranger.kid}, pem=stranger.pem),
        "a key at an address": forge.token({"jku": "https://stranger.example/jwks.json"}, pem=stranger.pem),
        "a certificate": forge.token({"x5c": [b64(public_der(stranger.pem))]}, pem=stranger.pem),
    }
    await refused(world, tokens)


async def test_a_token_of_another_type_is_refused(world: World, forge: Forge) -> None:
    """RFC 9068: `at+jwt`; and a header whose `crit` we do not understand must not be understood (RFC 7515, 4.1.11)."""
    types = (ABSENT, None, "JWT", "jwt", "dpop+jwt", "", ["at+jwt"])
    tokens = {f"typ {typ!r}": forge.token({"typ": typ}) for typ in types}
    crits: list[Any] = [["exp"], ["b64"], [], None, "exp"]
    tokens |= {f"crit {crit!r}": forge.token({"crit": crit, "exp": 0}) for crit in crits}
    await refused(world, tokens)


async def test_a_token_for_another_use_is_refused(world: World, forge: Forge) -> None:
    """A receipt session's token is signed with the same keys, for another audience."""
    reporter = await world.reporter((await world.report()).json()["receipt"])
    assert (await world.http.get(ME, headers=reporter)).status_code == 401
    assert (await world.http.get("/v1/me/report", headers=reporter)).status_code == 200
    staff = {"Authorization": f"Bearer {forge.token()}"}
    assert (await world.http.get("/v1/me/report", headers=staff)).status_code == 401


async def test_what_is_no_token_at_all_is_refused(world: World, forge: Forge) -> None:
    """Deep, huge, broken and binary headers and bodies: 401 for each, and the service goes on."""
    header, claims = forge.parts()
    deep = b"[" * 1200 + b"]" * 1200
    whole = forge.token()
    first, second, third = whole.split(".")
    tokens = {
        "one part": "abc",
        "two parts": f"{first}.{second}",
        "four parts": f"{whole}.{third}",
        "five parts": f"{whole}.{third}.{third}",
        "dots": "..",
        "no header": f".{second}.{third}",
        "no claims": f"{first}..{third}",
        "not base64": "!!!.???.***",
        "padded": f"{first}==.{second}==.{third}==",
        "a nested header that fits": f"{b64(deep)}.{second}.{third}",
        "a signed nested header": forge.raw(b'{"alg":"ES256","x":' + deep + b"}", b"{}"),
        "signed nested claims": forge.raw(header, b'{"exp":' + deep + b"}"),
        "a header that is a list": forge.raw(b"[]", claims),
        "a header that is a text": forge.raw(b'"at+jwt"', claims),
        "a header that is null": forge.raw(b"null", claims),
        "claims that are a list": forge.raw(header, b"[]"),
        "claims that are null": forge.raw(header, b"null"),
        "claims that are no JSON": forge.raw(header, b"\xff\xfe"),
        "a header of other bytes": forge.raw(b"\xff\xfe", claims),
        "too long": forge.token(padding="x" * 4096),
        "a NUL": forge.token(sub="\x00"),
    }
    await refused(world, tokens)
    # So long that no header may be: refused before anybody reads it.
    endless = await present(world, f"{b64(b'[' * 100_000)}.{second}.{third}")
    assert (endless.status_code, endless.json()["code"]) == (431, "headers_too_large")
    assert (await present(world, whole)).status_code == 200


async def test_a_token_that_was_changed_is_refused(world: World, forge: Forge) -> None:
    """Whoever is signed for cannot become somebody else."""
    whole = forge.token()
    _, other = forge.parts(roles=["coordinator"])
    first, second, third = whole.split(".")
    tokens = {"other claims": f"{first}.{b64(other)}.{third}"}
    for at in (5, len(first) + 5, len(first) + len(second) + 5, len(whole) - 40):
        tokens[f"one character at {at}"] = whole[:at] + ("A" if whole[at] != "A" else "B") + whole[at + 1 :]
    await refused(world, tokens)


# Keys


async def test_an_outsider_can_verify_our_tokens_with_the_published_keys(world: World) -> None:
    """RFC 7517, 7518: a token of a real sign-in, checked with `cryptography` and nothing of ours."""
    await world.school()
    phrase = "a long phrase"
    passwords = world.app.state.runtime.passwords
    person = await world.person(Role.ADVISER, password_hash=passwords.hash_now(phrase))
    grant = {"grant_type": "password", "login": person.login, "password": phrase}
    token = (await world.http.post("/v1/auth/token", json=grant)).json()["access_token"]
    first, second, third = token.split(".")
    header = json.loads(un64(first))
    published = (await world.http.get("/.well-known/jwks.json")).json()["keys"]
    [key] = [key for key in published if key["kid"] == header["kid"]]
    assert {name: key[name] for name in ("kty", "crv", "use", "alg")} == {
        "kty": "EC",
        "crv": "P-256",
        "use": "sig",
        "alg": "ES256",
    }
    point = ec.EllipticCurvePublicNumbers(
        int.from_bytes(un64(key["x"]), "big"), int.from_bytes(un64(key["y"]), "big"), ec.SECP256R1()
    ).public_key()
    raw = un64(third)
    signature = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    point.verify(signature, f"{first}.{second}".encode(), ec.ECDSA(hashes.SHA256()))
    with pytest.raises(InvalidSignature):
        point.verify(signature, f"{first}.{second}x".encode(), ec.ECDSA(hashes.SHA256()))
    claims = json.loads(un64(second))
    assert (claims["iss"], claims["aud"], claims["sub"]) == (ISSUER, STAFF, str(person.id))
    assert claims["exp"] - claims["iat"] == 600


async def test_no_private_key_is_ever_published(world: World) -> None:
    """RFC 7517: members of a public key, and nothing else."""
    published = (await world.http.get("/.well-known/jwks.json")).json()["keys"]
    assert published
    for key in published:
        assert set(key) == {"kty", "crv", "x", "y", "kid", "use", "alg"}


async def test_a_new_key_of_another_process_is_accepted_without_a_restart(world: World, forge: Forge) -> None:
    """Rotation: a key row appears; two seconds later its tokens are good here, and those of the old key still are."""
    assert (await present(world, forge.token())).status_code == 200
    private, public = new_key_pair("made-later")
    row = SigningKey(kid=private.kid, public_pem=public.pem, private_sealed=b"", created_at=clock.now())
    row.created_at -= dt.timedelta(hours=1)
    await world.write(lambda session: session.add(row))
    world.time.advance(seconds=2)
    assert (await present(world, forge.token({"kid": private.kid}, pem=private.pem))).status_code == 200
    assert (await present(world, forge.token())).status_code == 200


async def test_a_new_key_is_published_and_signs_without_a_restart(world: World) -> None:
    """Rotation: what a newer process signs with can be verified with the keys that any process publishes."""
    await world.school()
    phrase = "a long phrase"
    person = await world.person(Role.ADVISER, password_hash=world.app.state.runtime.passwords.hash_now(phrase))
    grant = {"grant_type": "password", "login": person.login, "password": phrase}
    before = (await world.http.get("/.well-known/jwks.json")).json()["keys"]
    old = (await world.http.post("/v1/auth/token", json=grant)).json()["access_token"]
    world.time.advance(seconds=11)
    await world.write(create_signing_key)
    after = (await world.http.get("/.well-known/jwks.json")).json()["keys"]
    assert {key["kid"] for key in before} < {key["kid"] for key in after}
    new = (await world.http.post("/v1/auth/token", json=grant)).json()["access_token"]
    kids = [json.loads(un64(token.split(".")[0]))["kid"] for token in (old, new)]
    assert kids[0] != kids[1]
    assert [(await present(world, token)).status_code for token in (old, new)] == [200, 200]


async def test_a_retired_key_is_refused_without_a_restart(world: World, forge: Forge) -> None:
    """Rotation: a key that was stolen is retired at once, not when the last process has been restarted."""
    token = forge.token()
    assert (await present(world, token)).status_code == 200

    def retire(session: Session) -> None:
        row = session.get_one(SigningKey, KEY.kid)
        row.retired_at = clock.now()
        session.add(row)

    await world.write(retire)
    world.time.advance(seconds=11)
    assert (await present(world, token)).status_code == 401
    published = (await world.http.get("/.well-known/jwks.json")).json()["keys"]
    assert KEY.kid not in {key["kid"] for key in published}


async def test_a_clock_that_is_set_back_keeps_no_retired_key(world: World, forge: Forge) -> None:
    token = forge.token()
    assert (await present(world, token)).status_code == 200

    def retire(session: Session) -> None:
        row = session.get_one(SigningKey, KEY.kid)
        row.retired_at = clock.now() - dt.timedelta(days=1)
        session.add(row)

    await world.write(retire)
    # Less than makes a token one of the future.
    world.time.set(clock.now() - dt.timedelta(seconds=50))
    world.time.advance(seconds=11)
    assert (await present(world, token)).status_code == 401


async def test_tokens_that_are_no_good_do_not_wear_the_database_out(world: World, forge: Forge) -> None:
    """Rotation: keys are read again every few seconds at most, however many bad tokens come."""
    assert (await present(world, forge.token())).status_code == 200
    reads = 0
    read = world.db.read

    async def counted(work: Any) -> Any:
        nonlocal reads
        reads += 1
        return await read(work)

    world.db.read = counted  # type: ignore[method-assign]  # of this world alone
    for _ in range(20):
        assert (await present(world, forge.token({"kid": "unknown"}))).status_code == 401
    assert reads <= 1
