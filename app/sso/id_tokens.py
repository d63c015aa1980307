"""An ID token, checked as OpenID Connect Core 3.1.3.7 asks. Everything that is not expressly right means no.

Signatures are checked with `cryptography` itself. The library that reads our own tokens knows no PS256, follows a
header's algorithm, passes over `crit`, and tries every key of a set; for keys that somebody else publishes, the short
way is the safe one.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.core import strict_json

LONGEST = 16_384
LONGEST_SUBJECT = 255
LEEWAY = dt.timedelta(seconds=60)
# An app exchanges a token when it gets it. One that lay around for longer may have been taken from a log or a backup.
OLDEST = dt.timedelta(hours=1)
_PART = re.compile(rb"[A-Za-z0-9_-]+")
# Other kinds of token that the same keys sign (RFC 9068, 2.1; OpenID Connect Back-Channel Logout 1.0, 2.4) say so.
TYPES = frozenset({"jwt"})


class NotAccepted(Exception):
    """Why not, as a code for the log. Whoever sent it is told nothing of it."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Unverified:
    """A token that has the right shape. Its claims are only to find out whose keys to ask."""

    algorithm: str
    kid: str | None
    claims: Mapping[str, Any]
    # What was signed. Two tokens that differ in their signature alone are the same one: some signatures can be
    # written in two ways.
    signed: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Expected:
    """What a provider's token must say. `nonce` None: the app has asked for none."""

    issuer: str
    client_ids: frozenset[str]
    nonce: str | None


def parse(token: str) -> Unverified:
    """The parts of a compact JWS (RFC 7515, 7.1). Raises NotAccepted."""
    if len(token) > LONGEST or not token.isascii():
        raise NotAccepted("length")
    parts = token.encode().split(b".")
    if len(parts) != 3:
        raise NotAccepted("shape")
    header, claims = _object(parts[0]), _object(parts[1])
    # `crit` names what must be understood, and nothing of it is (RFC 7515, 4.1.11); `b64` changes what was signed.
    if "crit" in header or "b64" in header:
        raise NotAccepted("crit")
    kind = header.get("typ", "JWT")
    if not isinstance(kind, str) or kind.lower() not in TYPES or "events" in claims:
        raise NotAccepted("type")
    algorithm, kid = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str) or not (kid is None or isinstance(kid, str)):
        raise NotAccepted("header")
    return Unverified(algorithm, kid, claims, parts[0] + b"." + parts[1], _bytes(parts[2]))


def check(claims: Mapping[str, Any], expected: Expected, *, now: dt.datetime) -> str:
    """The subject of a token whose signature was found good. Raises NotAccepted."""
    if claims.get("iss") != expected.issuer:
        raise NotAccepted("issuer")
    _check_audience(claims, expected.client_ids)
    expires, issued = instant(claims, "exp"), instant(claims, "iat")
    # Nothing is added to what the token says: it may be the first or the last moment that there is.
    if expires <= now - LEEWAY:
        raise NotAccepted("expired")
    if issued > now + LEEWAY:
        raise NotAccepted("from_the_future")
    if issued <= now - OLDEST - LEEWAY:
        raise NotAccepted("too_old")
    if "nbf" in claims and instant(claims, "nbf") > now + LEEWAY:
        raise NotAccepted("not_yet")
    if expected.nonce is not None and claims.get("nonce") != expected.nonce:
        raise NotAccepted("nonce")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 1 <= len(subject) <= LONGEST_SUBJECT:
        raise NotAccepted("subject")
    return subject


def good_until(claims: Mapping[str, Any]) -> dt.datetime:
    """When `check` would refuse a token that it accepts now."""
    return min(instant(claims, "exp"), instant(claims, "iat") + OLDEST) + LEEWAY


def instant(claims: Mapping[str, Any], name: str) -> dt.datetime:
    """A NumericDate (RFC 7519, 2). Raises NotAccepted."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise NotAccepted(name)
    try:
        return dt.datetime.fromtimestamp(value, dt.UTC)
    except (OverflowError, OSError, ValueError) as exc:
        raise NotAccepted(name) from exc


def _check_audience(claims: Mapping[str, Any], client_ids: frozenset[str]) -> None:
    """Every audience is one of ours, and with several the token says which of them asked for it (3.1.3.7, 3 to 5)."""
    audience = claims.get("aud")
    audiences = [audience] if isinstance(audience, str) else audience
    if not isinstance(audiences, list) or not audiences:
        raise NotAccepted("audience")
    if any(not isinstance(each, str) or each not in client_ids for each in audiences):
        raise NotAccepted("audience")
    party = claims.get("azp")
    if party is None and len(audiences) > 1:
        raise NotAccepted("authorized_party")
    if party is not None and (not isinstance(party, str) or party not in client_ids):
        raise NotAccepted("authorized_party")


def _object(part: bytes) -> dict[str, Any]:
    try:
        value = strict_json.check(_bytes(part))
    except strict_json.Refused as exc:
        raise NotAccepted("json") from exc
    if not isinstance(value, dict):
        raise NotAccepted("json")
    return value


def _bytes(part: bytes) -> bytes:
    """Base64url in its one spelling: without padding, and with no bit that says nothing (RFC 4648, 3.5)."""
    if not _PART.fullmatch(part):
        raise NotAccepted("base64")
    try:
        value = base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4))
    except (binascii.Error, ValueError) as exc:
        raise NotAccepted("base64") from exc
    if base64.urlsafe_b64encode(value).rstrip(b"=") != part:
        raise NotAccepted("base64")
    return value
