"""What ends at a moment: an ID token that was used, and a sign-in that the school lets last for so many days."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlmodel import col, select

from app.core import clock
from app.models import SignIn
from app.sso import id_tokens
from app.sso.public_keys import PublicKey
from tests.sso.own_provider import OwnProvider, bearer, exchange, register
from tests.support.world import World

LINKS = "/v1/auth/identities"
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
async def provider(world: World) -> OwnProvider:
    await world.school()
    made = OwnProvider(world.receiver)
    made.publish()
    return made


async def me(world: World, pair: dict[str, Any]) -> int:
    return (await world.http.get("/v1/auth/me", headers=bearer(pair))).status_code


async def test_a_used_token_that_ends_while_it_is_looked_at_is_still_a_used_one(
    world: World, provider: OwnProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody has it from a log, and sends it in its last second: the provider's keys take two to come."""
    await register(world, provider.issuer)
    token = provider.token()
    pair = (await exchange(world, token)).json()
    left = id_tokens.good_until(id_tokens.parse(token).claims) - clock.now()
    world.time.advance(seconds=left.total_seconds() - 1)
    store = world.app.state.runtime.provider_keys
    keys_for = store.keys_for

    async def slowly(issuer: str, **how: Any) -> tuple[PublicKey, ...]:
        world.time.advance(seconds=2)
        found: tuple[PublicKey, ...] = await keys_for(issuer, **how)
        return found

    monkeypatch.setattr(store, "keys_for", slowly)
    assert (await exchange(world, token)).status_code == 401
    assert await me(world, pair) == 401


async def test_a_link_to_what_is_switched_off_is_no_other_way_in(world: World, provider: OwnProvider) -> None:
    """Whoever has no password would stay outside with it."""
    registered = await register(world, provider.issuer)
    other = OwnProvider(world.receiver, name="idp-2")
    other.publish()
    second = await register(world, other.issuer, by=registered["by"])
    student = bearer((await exchange(world, provider.token())).json())
    [first] = (await world.http.get(LINKS, headers=student)).json()["items"]
    body = {"subject_token": other.token("s-2"), "subject_token_type": "urn:ietf:params:oauth:token-type:id_token"}
    assert (await world.http.post(LINKS, headers=student | world.once(), json=body)).status_code == 201

    async def switched(on: bool) -> int:
        at, it = f"/v1/schools/harbour/identity-providers/{second['id']}", registered["by"].headers
        etag = (await world.http.get(at, headers=it)).headers["ETag"]
        return (await world.http.patch(at, headers=it | {"If-Match": etag}, json={"enabled": on})).status_code

    assert await switched(False) == 200
    refused = await world.http.delete(f"{LINKS}/{first['id']}", headers=student)
    assert (refused.status_code, refused.json()["code"]) == (409, "only_way_in")
    assert await switched(True) == 200
    assert (await world.http.delete(f"{LINKS}/{first['id']}", headers=student)).status_code == 204
    assert (await exchange(world, other.token("s-2"))).status_code == 200


async def test_no_token_outlasts_its_sign_in(world: World, provider: OwnProvider) -> None:
    """Gone on with a minute before its end, it would have opened everything for nine minutes more."""
    await register(world, provider.issuer, sign_in_days=1)
    pair = (await exchange(world, provider.token())).json()
    assert pair["expires_in"] == 600
    ends_at = await world.db.read(
        lambda s: s.exec(select(SignIn.ends_at).where(col(SignIn.ends_at).is_not(None))).one()
    )
    assert ends_at is not None
    world.time.advance(hours=23, minutes=59)
    refreshed = await world.http.post(
        "/v1/auth/token", json={"grant_type": "refresh_token", "refresh_token": pair["refresh_token"]}
    )
    late = refreshed.json()
    assert 50 <= late["expires_in"] <= 60
    shown = (await world.http.get("/v1/auth/me", headers=bearer(late))).json()
    assert dt.datetime.fromisoformat(shown["token_expires_at"]) <= ends_at
