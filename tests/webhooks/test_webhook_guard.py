"""Where a webhook may go (W9): refused when it is saved, and again at each attempt, because DNS changes."""

from __future__ import annotations

import socket

import pytest
from endpoints import attempts, create, emit, look_up_with, move, on_sqlite, school_it

from app.vocabulary import Role
from app.webhooks import guard
from app.webhooks.names import Names
from tests.support.world import World

NONE: frozenset[str] = frozenset()
PUBLIC = "93.184.215.14"

REFUSED = [
    "http://pager.example.edu/hook",
    "http://127.0.0.1/",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://0/",
    "https://0.0.0.0/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/",
    "https://017700000001/",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://192.168.1.1/",
    "https://192.0.0.192/opc/v1/",
    "https://100.64.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://224.0.0.1/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    "https://[::]/",
    "https://[::1]/",
    "https://[::1]:8443/",
    "https://[::ffff:10.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::127.0.0.1]/",
    "https://[64:ff9b::10.0.0.1]/",
    "https://[64:ff9b::192.0.0.192]/",
    "https://[64:ff9b:1::10.0.0.1]/",
    "https://[2002:a00:1::1]/",
    "https://[fe80::1]/",
    "https://[fe80::1%25eth0]/",
    "https://[fec0::1]/",
    "https://[fd00::1]/",
    "https://[ff02::1]/",
    "https://[2001:db8::1]/",
    "https://localhost/",
    "https://pager/",
    "https://user@pager.example.edu/",
    "https://user:secret@pager.example.edu/",
    "https://pager.example.edu@127.0.0.1/",
    "https://pager.example.edu\\@127.0.0.1/",
    "https://pager.example.edu:22/",
    "https://pager.example.edu:99999/",
    "https://127%2e0%2e0%2e1/",
    "https:///hook",
    "ftp://pager.example.edu/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_",
]


@pytest.mark.parametrize("url", REFUSED)
def test_it_is_refused_when_it_is_saved(url: str) -> None:
    with pytest.raises(guard.Refused):
        guard.check_url(url, allowed_origins=NONE)


@pytest.mark.parametrize(
    "url",
    [
        "https://pager.example.edu/hook?key=1",
        "https://pager.example.edu:443/",
        "https://pager.example.edu:8443/",
        f"https://{PUBLIC}/",
        "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/",
        "https://[64:ff9b::93.184.215.14]/",
    ],
)
def test_public_https_is_allowed(url: str) -> None:
    guard.check_url(url, allowed_origins=NONE)


def test_an_allowed_origin_is_exact() -> None:
    allowed = frozenset({"http://127.0.0.1:8899"})
    guard.check_url("http://127.0.0.1:8899/hook/x", allowed_origins=allowed)
    for other in (
        "http://127.0.0.1:8898/hook",
        "http://127.0.0.1/hook",
        "https://127.0.0.1:8899/hook",
        "http://127.0.0.1:8899@evil.example/hook",
        "http://user@127.0.0.1:8899/hook",
        "http://127.0.0.1:88990/hook",
    ):
        with pytest.raises(guard.Refused):
            guard.check_url(other, allowed_origins=allowed)


async def resolve(url: str) -> guard.Target:
    return await guard.resolve(url, allowed_origins=NONE, names=Names(), owner="")


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["10.1.2.3"],
        ["169.254.169.254"],
        ["100.64.0.1"],
        ["0.0.0.0"],
        ["::1"],
        ["::ffff:10.0.0.1"],
        ["fe80::1%eth0"],
        ["fec0::1"],
        ["fd12:3456::1"],
        ["64:ff9b::a00:1"],
        ["2002:7f00:1::1"],
        [PUBLIC, "10.0.0.1"],
        ["10.0.0.1", PUBLIC],
    ],
)
async def test_a_public_name_with_any_private_address_is_refused_at_the_attempt(
    addresses: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    look_up_with(monkeypatch, lambda _: addresses)
    with pytest.raises(guard.Refused):
        await resolve("https://pager.example.edu/hook")


async def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    look_up_with(monkeypatch, lambda _: [PUBLIC])
    target = await resolve("https://pager.example.edu:8443/hook?a=1")
    assert target == guard.Target(
        url=f"https://{PUBLIC}:8443/hook?a=1", host="pager.example.edu:8443", sni="pager.example.edu"
    )
    six = "2606:2800:21f:cb07:6820:80da:af6b:8b2c"
    look_up_with(monkeypatch, lambda _: [six])
    assert (await resolve("https://pager.example.edu/")).url == f"https://[{six}]/"


async def test_dns_that_changes_between_two_attempts_is_checked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    look_up_with(monkeypatch, lambda _: [PUBLIC])
    await resolve("https://rebind.example/")
    look_up_with(monkeypatch, lambda _: ["127.0.0.1"])
    with pytest.raises(guard.Refused):
        await resolve("https://rebind.example/")


@on_sqlite
@pytest.mark.parametrize("url", ["https://169.254.169.254/", "http://pager.example.edu/", "https://a:b@pager.example/"])
async def test_the_api_refuses_it_with_a_pointer_and_saves_nothing(world: World, url: str) -> None:
    await world.school()
    adviser = await world.person(Role.ADVISER)
    refused = await world.http.post("/v1/me/webhook-endpoints", headers=adviser.headers, json={"url": url})
    assert refused.status_code == 422
    assert refused.headers["content-type"].startswith("application/problem+json")
    [error] = refused.json()["errors"]
    assert (error["pointer"], error["code"]) == ("#/url", "webhook_url_refused")
    assert "169.254" not in refused.text
    assert (await world.http.get("/v1/me/webhook-endpoints", headers=adviser.headers)).json()["items"] == []


@on_sqlite
async def test_changing_the_address_is_checked_too(world: World) -> None:
    await world.school()
    it = await school_it(world)
    made = await create(world, it, "school")
    path = f"/v1/schools/harbour/webhook-endpoints/{made['id']}"
    tag = (await world.http.get(path, headers=it.headers)).headers["etag"]
    refused = await world.http.patch(path, headers=it.headers | {"If-Match": tag}, json={"url": "https://10.0.0.1/"})
    assert refused.status_code == 422
    assert (await world.http.get(path, headers=it.headers)).json()["url"] == world.receiver.url("school")


@on_sqlite
async def test_an_address_that_became_private_is_refused_at_the_attempt_and_recorded(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.school()
    made = await create(world, await school_it(world), "school")
    look_up_with(monkeypatch, lambda _: ["127.0.0.1"])

    await move(world, made["id"], "https://pager.example.edu/hook")
    before = len(world.receiver.requests())
    [event_id] = await emit(world)
    [attempt] = await attempts(world, event_id)
    assert (attempt.status, attempt.error) == (None, "address_refused")
    assert len(world.receiver.requests()) == before


@on_sqlite
async def test_a_name_that_is_not_found_is_a_failure_like_any_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.school()
    made = await create(world, await school_it(world), "school")

    def not_found(_: str) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    await move(world, made["id"], "https://no-such-name.example.edu/hook")
    look_up_with(monkeypatch, not_found)
    [event_id] = await emit(world)
    [attempt] = await attempts(world, event_id)
    assert (attempt.status, attempt.error) == (None, "name_not_found")
