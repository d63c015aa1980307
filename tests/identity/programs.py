"""Service accounts as tests make and use them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import httpx

from app.vocabulary import Role
from tests.support.world import Someone, World

ACCOUNTS = "/v1/schools/harbour/service-accounts"
TOKEN = "/v1/auth/token"
EXPORT = "/v1/schools/harbour/directory/export"


async def keeper(world: World) -> Someone:
    return await world.person(Role.SCHOOL_IT, alias="Sam")


async def an_account(
    world: World, it: Someone, *scopes: str, days: float = 100, name: str = "Directory sync"
) -> dict[str, Any]:
    """What the answer showed that made it: its secret among it."""
    end = world.time.now() + dt.timedelta(days=days)
    body = {"name": name, "scopes": scopes or ["directory:read"], "expires_at": end.isoformat()}
    path = f"/v1/schools/{it.school}/service-accounts"
    made = await world.http.post(path, headers=it.headers | world.once(), json=body)
    assert made.status_code == 201, made.text
    account: dict[str, Any] = made.json()
    return account


async def ask(world: World, account: dict[str, Any], **other: str) -> httpx.Response:
    """For a token; `other` replaces or adds members."""
    body = {"grant_type": "client_credentials", "client_id": account["client_id"]}
    return await world.http.post(TOKEN, json=body | {"client_secret": account["client_secret"]} | other)


async def headers_of(world: World, account: dict[str, Any], **other: str) -> dict[str, str]:
    opened = await ask(world, account, **other)
    assert opened.status_code == 200, opened.text
    return {"Authorization": f"Bearer {opened.json()['access_token']}"}


async def change(world: World, it: Someone, method: str, account: dict[str, Any], at: str = "", **body: Any) -> Any:
    """In the version that it has now."""
    path = f"{ACCOUNTS}/{account['id']}"
    shown = await world.http.get(path, headers=it.headers)
    headers = it.headers | {"If-Match": shown.headers["ETag"]}
    return await world.http.request(method, path + at, headers=headers, json=body or None)
