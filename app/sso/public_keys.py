"""The keys that a provider publishes (RFC 7517), as far as they can check an ID token; and checking with them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

# Asymmetric ones only: with a symmetric one the client's secret would sign, and with `none` anybody.
_HASHES: dict[str, Callable[[], hashes.HashAlgorithm]] = {
    "256": hashes.SHA256,
    "384": hashes.SHA384,
    "512": hashes.SHA512,
}
_CURVES: dict[str, tuple[str, type[ec.EllipticCurve]]] = {
    "P-256": ("ES256", ec.SECP256R1),
    "P-384": ("ES384", ec.SECP384R1),
    "P-521": ("ES512", ec.SECP521R1),
}
RSA_ALGORITHMS = frozenset(f"{kind}{size}" for kind in ("RS", "PS") for size in _HASHES)
ALGORITHMS = RSA_ALGORITHMS | {algorithm for algorithm, _ in _CURVES.values()}
SMALLEST_RSA_BITS = 2048
# A check takes time that grows with these: a provider must not be able to keep us busy.
LARGEST_RSA_BITS = 8192
LARGEST_EXPONENT = 2**32
MOST_KEYS = 50
LONGEST_KID = 255


@dataclass(frozen=True, slots=True)
class PublicKey:
    """One key, and the algorithms it may be used with."""

    kid: str | None
    algorithms: frozenset[str]
    key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey

    def signed(self, algorithm: str, signature: bytes, data: bytes) -> bool:
        """Whether the signature is this key's, by this algorithm and no other (RFC 7518, 3.3 to 3.5)."""
        if algorithm not in self.algorithms:
            return False
        digest = _HASHES[algorithm[2:]]()
        try:
            if isinstance(self.key, rsa.RSAPublicKey):
                self.key.verify(signature, data, _padding(algorithm, digest), digest)
            else:
                self.key.verify(_der(signature, self.key), data, ec.ECDSA(digest))
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class KeySet:
    """What a provider publishes now. `passed_over` counts what is there and cannot be used."""

    keys: tuple[PublicKey, ...]
    passed_over: int

    def fitting(self, algorithm: str, kid: str | None) -> tuple[PublicKey, ...]:
        """The keys that a token may have been signed with. Without a `kid` there must be one only (Core, 10.1)."""
        fit = tuple(key for key in self.keys if algorithm in key.algorithms)
        if kid is None:
            return fit if len(fit) == 1 else ()
        return tuple(key for key in fit if key.kid == kid)


def parse(document: Any) -> KeySet:
    """The usable keys of a JSON Web Key Set. Raises ValueError for what is none."""
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise ValueError("not a key set")
    keys = tuple(key for key in map(_key, listed[:MOST_KEYS]) if key is not None)
    return KeySet(keys=keys, passed_over=len(listed) - len(keys))


def _key(jwk: Any) -> PublicKey | None:
    """None for a key of another kind or use, a small one, and one that is no key at all (RFC 7517, 5)."""
    if not isinstance(jwk, dict) or not _for_signatures(jwk):
        return None
    kid = jwk.get("kid")
    if kid is not None and (not isinstance(kid, str) or len(kid) > LONGEST_KID):
        return None
    try:
        found = _rsa(jwk) if jwk.get("kty") == "RSA" else _elliptic(jwk) if jwk.get("kty") == "EC" else None
    except (ValueError, KeyError, TypeError):
        return None
    if found is None:
        return None
    key, algorithms = found
    # A key that names its algorithm is for that one alone.
    allowed = algorithms & {jwk["alg"]} if "alg" in jwk and isinstance(jwk["alg"], str) else algorithms
    return PublicKey(kid, frozenset(allowed), key) if allowed and isinstance(jwk.get("alg", ""), str) else None


def _for_signatures(jwk: dict[str, Any]) -> bool:
    operations = jwk.get("key_ops", ["verify"])
    return jwk.get("use", "sig") == "sig" and isinstance(operations, list) and "verify" in operations


def _rsa(jwk: dict[str, Any]) -> tuple[rsa.RSAPublicKey, frozenset[str]] | None:
    modulus, exponent = _number(jwk["n"]), _number(jwk["e"])
    if not SMALLEST_RSA_BITS <= modulus.bit_length() <= LARGEST_RSA_BITS or not 3 <= exponent < LARGEST_EXPONENT:
        return None
    return rsa.RSAPublicNumbers(exponent, modulus).public_key(), RSA_ALGORITHMS


def _elliptic(jwk: dict[str, Any]) -> tuple[ec.EllipticCurvePublicKey, frozenset[str]]:
    algorithm, curve = _CURVES[jwk["crv"]]
    numbers = ec.EllipticCurvePublicNumbers(_number(jwk["x"]), _number(jwk["y"]), curve())
    return numbers.public_key(), frozenset({algorithm})


def _number(text: Any) -> int:
    """Base64urlUInt (RFC 7518, 2). Raises ValueError or TypeError."""
    if not isinstance(text, str) or len(text) > 2 * LARGEST_RSA_BITS // 6:
        raise ValueError
    try:
        return int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except binascii.Error as exc:
        raise ValueError from exc


def _padding(algorithm: str, digest: hashes.HashAlgorithm) -> padding.AsymmetricPadding:
    if algorithm.startswith("RS"):
        return padding.PKCS1v15()
    return padding.PSS(mgf=padding.MGF1(digest), salt_length=digest.digest_size)


def _der(signature: bytes, key: ec.EllipticCurvePublicKey) -> bytes:
    """The two numbers of fixed width, as the library wants them (RFC 7518, 3.4). Raises InvalidSignature."""
    width = (key.curve.key_size + 7) // 8
    if len(signature) != 2 * width:
        raise InvalidSignature
    return encode_dss_signature(int.from_bytes(signature[:width]), int.from_bytes(signature[width:]))


def words(key_set: KeySet) -> Iterator[str]:
    """Each key in words, without the key."""
    for key in key_set.keys:
        kind = f"RSA, {key.key.key_size} bits" if isinstance(key.key, rsa.RSAPublicKey) else f"EC, {key.key.curve.name}"
        yield f"{kind}, for {', '.join(sorted(key.algorithms))}"
