"""A student signs in with a maintained OpenID Connect provider in a process of its own: django-oauth-toolkit.

The browser's and the app's part is done by HTTP as they do it: the authorization code flow with PKCE.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from app.settings import Settings
from tests.sso.own_provider import STUDENTS, bearer, exchange, register
from tests.support.oidc_provider import OidcProvider
from tests.support.receiver import Receiver
from tests.support.server import MASTER_KEYS
from tests.support.world import World


@pytest.fixture(scope="module")
def provider() -> Iterator[OidcProvider]:
    with OidcProvider() as running:
        yield running


@pytest.fixture
async def world(database_url: str, tmp_path: Path, receiver: Receiver, provider: OidcProvider) -> AsyncIterator[World]:
    """The application, which may ask this provider although it is on the loopback."""
    settings = Settings(
        data_dir=tmp_path,
        database_url=database_url,
        master_keys=MASTER_KEYS,
        password_cost="fast",
        webhook_allowed_origins=f"{receiver.origin},{provider.origin}",
    )
    async with World.open(settings, receiver) as opened:
        yield opened


async def test_students_sign_in_with_their_university_and_its_keys_change(world: World, provider: OidcProvider) -> None:
    """Issue, discovery, keys, claims, roles; then a new key without a restart, and the end of an old one."""
    await world.school()
    registered = await register(world, provider.issuer, STUDENTS, alias_claim="given_name")
    path = f"/v1/schools/harbour/identity-providers/{registered['id']}/check"
    checked = (await world.http.post(path, headers=registered["by"].headers)).json()
    assert [finding["code"] for finding in checked["findings"] if finding["code"] != "key"] == [
        "discovery_found",
        "keys_found",
    ]
    assert checked["ok"]

    first = await provider.sign_in("sam", nonce="n-1")
    assert (await exchange(world, first, nonce="n-2")).status_code == 401
    answer = await exchange(world, first, nonce="n-1")
    assert answer.status_code == 200, answer.text
    me = (await world.http.get("/v1/auth/me", headers=bearer(answer.json()))).json()
    assert (me["alias"], me["school"], me["roles"]) == ("Sam", "harbour", ["student"])
    staff = await exchange(world, await provider.sign_in("toni", nonce="n-1"))
    assert (staff.status_code, staff.json()["code"]) == (403, "no_role_for_you")

    before = [await provider.sign_in("sam", nonce="n-1") for _ in range(2)]
    provider.rotate()
    # For a key that is not known the provider is asked again, though not at once.
    world.time.advance(seconds=11)
    for token in (await provider.sign_in("sam", nonce="n-1"), before[0]):
        again = await exchange(world, token)
        assert again.status_code == 200, again.text
        assert (await world.http.get("/v1/auth/me", headers=bearer(again.json()))).json()["id"] == me["id"]
    provider.drop_old_keys()
    world.time.advance(minutes=10)
    assert (await exchange(world, before[1])).status_code == 401
    assert (await exchange(world, await provider.sign_in("sam", nonce="n-1"))).status_code == 200
