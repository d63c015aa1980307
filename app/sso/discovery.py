"""Asking a provider what it says of itself, and for its keys (OpenID Connect Discovery 1.0, 4). No database in here.

The address is the school's to choose, so that it is asked as carefully as a webhook is told: checked at each request,
connected to where it was checked, not redirected, within a time, and no more than so many bytes.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import httpx

from app.core import strict_json
from app.sso import public_keys
from app.sso.public_keys import KeySet
from app.webhooks import guard
from app.webhooks.names import Names

TIMEOUT_SECONDS = 5.0
# Of all schools together, each of whose providers is asked at most once at a time.
MOST_CONNECTIONS = 50
LARGEST_BYTES = 262_144
WELL_KNOWN = "/.well-known/openid-configuration"


class NotFetched(Exception):
    """What was in the way: a code, and words for whoever looks after the provider. Nothing of what was answered."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(code)
        self.code, self.words = code, words


@dataclass(frozen=True, slots=True)
class Found:
    """A provider's answer. `algorithms` is what it says it signs ID tokens with."""

    jwks_uri: str
    algorithms: tuple[str, ...]
    keys: KeySet


class Discovery:
    """Asks providers, with a client and name lookups of its own. Belongs to one event loop."""

    def __init__(self, client: httpx.AsyncClient, *, allowed_origins: frozenset[str]) -> None:
        self._client, self._allowed, self._names = client, allowed_origins, Names()

    async def close(self) -> None:
        await self._client.aclose()

    async def fetch(self, issuer: str, *, owner: str) -> Found:
        """Both documents, within five seconds together. `owner` is the school. Raises NotFetched."""
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                return await self._fetch(issuer, owner=owner)
        except TimeoutError as exc:
            raise NotFetched("timeout", "It did not answer within five seconds.") from exc

    async def _fetch(self, issuer: str, *, owner: str) -> Found:
        document = await self._get(issuer.rstrip("/") + WELL_KNOWN, "discovery", owner=owner)
        if document.get("issuer") != issuer:
            raise NotFetched(
                "issuer_differs", "The discovery document names another issuer: copy it from there, to the last sign."
            )
        jwks_uri = document.get("jwks_uri")
        if not isinstance(jwks_uri, str):
            raise NotFetched("no_jwks_uri", "The discovery document names no jwks_uri.")
        try:
            keys = public_keys.parse(await self._get(jwks_uri, "keys", owner=owner))
        except ValueError as exc:
            raise NotFetched("keys_not_understood", "What is at jwks_uri is no JSON Web Key Set.") from exc
        listed = document.get("id_token_signing_alg_values_supported")
        algorithms = [each for each in listed if isinstance(each, str)] if isinstance(listed, list) else []
        return Found(jwks_uri, tuple(algorithms[:50]), keys)

    async def _get(self, url: str, what: str, *, owner: str) -> dict[str, Any]:
        """A JSON object. Raises NotFetched, TimeoutError."""
        try:
            target = await guard.resolve(url, allowed_origins=self._allowed, names=self._names, owner=owner)
            body = await self._read(target, what)
        except guard.Refused as exc:
            raise NotFetched(f"{what}_refused", f"The address of its {what} may not be called: {exc}.") from exc
        except httpx.TimeoutException as exc:
            raise TimeoutError from exc
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as exc:
            if isinstance(exc, TimeoutError):
                raise
            raise NotFetched(f"{what}_unreachable", f"The address of its {what} cannot be reached.") from exc
        try:
            document = strict_json.check(body)
        except strict_json.Refused as exc:
            raise NotFetched(f"{what}_no_json", f"What it answers for its {what} is not JSON.") from exc
        if not isinstance(document, dict):
            raise NotFetched(f"{what}_no_json", f"What it answers for its {what} is not a JSON object.")
        return document

    async def _read(self, target: guard.Target, what: str) -> bytes:
        request = self._client.build_request(
            "GET",
            target.url,
            # Not compressed: a few bytes could become endless ones.
            headers={"host": target.host, "accept": "application/json", "accept-encoding": "identity"},
            extensions={"sni_hostname": target.sni} if target.sni else None,
        )
        response = await self._client.send(request, stream=True)
        try:
            if response.status_code != httpx.codes.OK:
                raise NotFetched(f"{what}_status", f"It answers {response.status_code} when asked for its {what}.")
            body = bytearray()
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > LARGEST_BYTES:
                    raise NotFetched(f"{what}_too_large", f"What it answers for its {what} is too large.")
            return bytes(body)
        finally:
            await response.aclose()
