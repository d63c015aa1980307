"""The keys of providers, in the memory of this process: asked for seldom, and kept while a provider is away."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from app.core import clock
from app.sso.discovery import Found, NotFetched
from app.sso.public_keys import KeySet, PublicKey

log = structlog.get_logger("peerline.sso")

# A key that a provider has taken back counts for this long at the most, while the provider answers.
FRESH_SECONDS = 600.0
# For a key that we do not know, or after a failure, it is asked again this often, however many tokens come.
AGAIN_SECONDS = 10.0
# While it does not answer, its keys go on for so long: an outage must not lock a school out, a silence must not last.
STALE_SECONDS = 86_400.0
# Of providers that nobody uses any more nothing is kept.
MOST_PROVIDERS = 1000


class Fetches(Protocol):
    async def fetch(self, issuer: str, *, owner: str) -> Found: ...


@dataclass(slots=True)
class Kept:
    """What is known of one provider. Times are monotonic seconds."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    keys: KeySet | None = None
    fetched_at: float = float("-inf")
    asked_at: float = float("-inf")


class KeyStore:
    """One request at a time to each provider: the others wait for its answer. Belongs to one event loop."""

    def __init__(self, discovery: Fetches) -> None:
        self._discovery = discovery
        self._kept: dict[tuple[str, str], Kept] = {}

    async def keys_for(self, issuer: str, *, algorithm: str, kid: str | None, owner: str) -> tuple[PublicKey, ...]:
        """The keys that such a token may have been signed with, none when the provider has none such.

        Raises NotFetched when the provider cannot be asked and nothing is known of it.
        """
        kept = self._of(issuer, owner)
        found = self._fitting(kept, algorithm, kid, no_older_than=FRESH_SECONDS)
        if found:
            return found
        failure: NotFetched | None = None
        async with kept.lock:
            # Whoever held the lock may have asked for this one as well.
            found = self._fitting(kept, algorithm, kid, no_older_than=FRESH_SECONDS)
            if found:
                return found
            if clock.monotonic() - kept.asked_at >= AGAIN_SECONDS:
                try:
                    await self._ask(kept, issuer, owner)
                except NotFetched as exc:
                    failure = exc
                    log.warning("sso.provider_not_fetched", reason=exc.code)
        found = self._fitting(kept, algorithm, kid, no_older_than=STALE_SECONDS)
        if not found and clock.monotonic() - kept.fetched_at >= STALE_SECONDS:
            raise failure or NotFetched("asked_a_moment_ago", "It did not answer a moment ago.")
        return found

    async def ask_now(self, issuer: str, *, owner: str) -> Found:
        """What the provider says now; its keys count from now on. Raises NotFetched."""
        kept = self._of(issuer, owner)
        async with kept.lock:
            return await self._ask(kept, issuer, owner)

    async def _ask(self, kept: Kept, issuer: str, owner: str) -> Found:
        kept.asked_at = clock.monotonic()
        found = await self._discovery.fetch(issuer, owner=owner)
        kept.keys, kept.fetched_at = found.keys, clock.monotonic()
        return found

    def _of(self, issuer: str, owner: str) -> Kept:
        # For each school on its own: none learns from the pace of answers which provider another one has.
        name = (owner, issuer)
        kept = self._kept.pop(name, None) or Kept()
        # The one used last is the last.
        self._kept[name] = kept
        if len(self._kept) > MOST_PROVIDERS:
            del self._kept[next(iter(self._kept))]
        return kept

    @staticmethod
    def _fitting(kept: Kept, algorithm: str, kid: str | None, *, no_older_than: float) -> tuple[PublicKey, ...]:
        if kept.keys is None or clock.monotonic() - kept.fetched_at >= no_older_than:
            return ()
        return kept.keys.fitting(algorithm, kid)
