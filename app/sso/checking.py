"""What a provider says of itself now, in words for whoever has registered it."""

from __future__ import annotations

from collections.abc import Iterator

from app.core import clock
from app.sso import public_keys
from app.sso.discovery import Found, NotFetched
from app.sso.key_store import KeyStore
from app.sso.schemas import IdentityProviderOut, ProviderCheck, ProviderFinding

LONGEST = 300
MOST_FINDINGS = 60


async def check(provider: IdentityProviderOut, keys: KeyStore, *, owner: str) -> ProviderCheck:
    """Fetches both documents now; what is found counts for sign-ins at once. Opens no transaction."""
    try:
        findings = list(_of(await keys.ask_now(provider.issuer, owner=owner)))
    except NotFetched as exc:
        findings = [ProviderFinding(code=exc.code, ok=False, words=exc.words)]
    findings += _of_settings(provider)
    return ProviderCheck(
        ok=all(finding.ok for finding in findings), checked_at=clock.now(), findings=findings[:MOST_FINDINGS]
    )


def _of(found: Found) -> Iterator[ProviderFinding]:
    yield ProviderFinding(
        code="discovery_found", ok=True, words="Its discovery document is there, and names this issuer."
    )
    if found.keys.keys:
        count = len(found.keys.keys)
        yield ProviderFinding(
            code="keys_found",
            ok=True,
            words=f"It publishes {count} {'key' if count == 1 else 'keys'} that can be used.",
        )
    else:
        yield ProviderFinding(
            code="no_usable_key",
            ok=False,
            words="It publishes no key that can be used: RSA of 2048 bits or more, or EC on P-256, P-384 or P-521.",
        )
    for words in public_keys.words(found.keys):
        yield ProviderFinding(code="key", ok=True, words=words[:LONGEST])
    if found.keys.passed_over:
        yield ProviderFinding(
            code="keys_passed_over",
            ok=True,
            words=f"{found.keys.passed_over} more are of another kind or use, or too small. They are not used.",
        )
    if found.algorithms and not public_keys.ALGORITHMS.intersection(found.algorithms):
        yield ProviderFinding(
            code="no_usable_algorithm",
            ok=False,
            words="It signs ID tokens with nothing that is accepted: RS256, PS256 and ES256 are, and their longer kin.",
        )


def _of_settings(provider: IdentityProviderOut) -> Iterator[ProviderFinding]:
    if not provider.enabled:
        yield ProviderFinding(
            code="switched_off", ok=False, words="It is switched off here: nobody can sign in with it."
        )
    if not provider.rules:
        yield ProviderFinding(
            code="no_rules",
            ok=False,
            words="No rule gives a role: only people whom a coordinator has given one can sign in with it.",
        )
