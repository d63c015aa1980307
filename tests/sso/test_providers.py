"""Registering a provider, and asking it: what may be registered, and what it cannot make us do."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from sqlmodel import col, select

from app.models import AuditEntry
from app.vocabulary import Role
from tests.sso.own_provider import CLIENT, EC_KEY, STUDENTS, WELL_KNOWN, OwnProvider, exchange, jwk, register
from tests.support.world import Someone, World

ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
PATH = "/v1/schools/harbour/identity-providers"


async def post(world: World, by: Someone, **fields: Any) -> httpx.Response:
    body = {
        "name": "University",
        "issuer": "https://login.harbour.example",
        "client_ids": [CLIENT],
        "rules": [STUDENTS],
    }
    return await world.http.post(PATH, json=body | fields, headers=by.headers | world.once())


def faults(answer: httpx.Response) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    return [(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]]


@ON_SQLITE
async def test_claims_can_give_only_what_it_may_give(world: World) -> None:
    """Contract 1.2: a rule for any other role is refused, when a provider is registered and when it is changed."""
    await world.school()
    it = await world.person(Role.SCHOOL_IT)
    others = sorted(set(Role) - {Role.STUDENT, Role.EVALUATOR, Role.SCHOOL_IT})
    rules = [STUDENTS, *(STUDENTS | {"role": role} for role in others)]
    expected = [(f"#/rules/{number}/role", "role_not_given_by_claims") for number in range(1, len(rules))]
    assert faults(await post(world, it, rules=rules)) == expected
    made = await post(world, it, rules=[STUDENTS | {"role": role} for role in ("student", "evaluator", "school_it")])
    assert made.status_code == 201, made.text
    changed = await world.http.patch(
        made.headers["Location"], json={"rules": rules}, headers=it.headers | {"If-Match": made.headers["ETag"]}
    )
    assert faults(changed) == expected
    moved = await world.http.patch(
        made.headers["Location"],
        json={"issuer": "https://login.elsewhere.example"},
        headers=it.headers | {"If-Match": made.headers["ETag"]},
    )
    assert faults(moved) == [("#/issuer", "unknown_field")]
    assert (await world.http.get(made.headers["Location"], headers=it.headers)).json() == made.json()


@ON_SQLITE
async def test_an_issuer_inside_a_network_is_refused(world: World) -> None:
    """As for webhooks: nobody makes the service ask addresses that only it can reach. There is one of each issuer, and
    not many; everything is in the trail."""
    await world.school()
    coordinator = await world.person(Role.COORDINATOR)
    for issuer in (
        "http://login.harbour.example",
        "https://127.0.0.1",
        "https://10.0.0.8/realm",
        "https://[::1]",
        "https://169.254.169.254",
        "https://localhost",
        "https://login.harbour.example:22",
        "https://a:b@login.harbour.example",
    ):
        assert (issuer, faults(await post(world, coordinator, issuer=issuer))) == (
            issuer,
            [("#/issuer", "issuer_refused")],
        )
    for issuer in (
        "https://login.example?x=1",
        "https://login.example#x",
        "ftp://login.example",
        "https://a b.example",
    ):
        assert (issuer, [pointer for pointer, _ in faults(await post(world, coordinator, issuer=issuer))]) == (
            issuer,
            ["#/issuer"],
        )
    for number in range(5):
        made = await post(world, coordinator, issuer=f"https://login-{number}.example.edu")
        assert made.status_code == 201, made.text
    full = await post(world, coordinator, issuer="https://login-5.example.edu")
    assert (full.status_code, full.json()["code"]) == (409, "too_many_identity_providers")
    gone = await world.http.delete(
        made.headers["Location"], headers=coordinator.headers | {"If-Match": made.headers["ETag"]}
    )
    assert gone.status_code == 204
    twice = await post(world, coordinator, issuer="https://login-0.example.edu")
    assert (twice.status_code, twice.json()["code"]) == (409, "issuer_taken")
    ours = select(AuditEntry.action).where(col(AuditEntry.action).startswith("identity_provider."))
    actions = await world.db.read(lambda s: sorted(s.exec(ours)))
    assert actions == [*["identity_provider.added"] * 5, "identity_provider.removed"]


@ON_SQLITE
async def test_a_provider_that_answers_wrongly_is_told_of_in_words_and_opens_nothing(world: World) -> None:
    """Another issuer, no JSON, too much, a redirect, keys inside the network, no usable key, nobody there."""
    await world.school()
    provider = OwnProvider(world.receiver)
    provider.publish()
    it = (registered := await register(world, provider.issuer))["by"]
    told = f"{PATH}/{registered['id']}/check"
    document = {"issuer": provider.issuer, "jwks_uri": f"{provider.issuer}/keys"}

    async def check(**headers: str) -> dict[str, Any]:
        # It is asked for seldom.
        world.time.advance(seconds=61)
        answer = await world.http.post(told, headers=it.headers | headers)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    assert [each["code"] for each in (await check())["findings"]] == ["discovery_found", "keys_found", "key", "key"]
    for code, said in (
        ("issuer_differs", {"body": json.dumps(document | {"issuer": provider.issuer + "/"})}),
        ("no_jwks_uri", {"body": json.dumps({"issuer": provider.issuer})}),
        ("keys_refused", {"body": json.dumps(document | {"jwks_uri": "https://10.0.0.8/keys"})}),
        ("keys_refused", {"body": json.dumps(document | {"jwks_uri": "file:///etc/passwd"})}),
        ("keys_no_json", {"body": json.dumps(document | {"jwks_uri": world.receiver.url("text")})}),
        ("keys_not_understood", {"body": json.dumps(document | {"jwks_uri": world.receiver.url("object")})}),
        ("discovery_no_json", {"body": "<html>"}),
        ("discovery_no_json", {"body": "[]"}),
        ("discovery_no_json", {"body": "[" * 1000}),
        ("discovery_too_large", {"body": "x" * 300_000}),
        ("discovery_status", {"status": 302, "location": f"{provider.issuer}/elsewhere"}),
        ("discovery_status", {"status": 500}),
        ("discovery_unreachable", {"close": True}),
    ):
        world.receiver.behave("object", {"body": "{}"})
        world.receiver.behave("elsewhere", {"body": json.dumps(document)})
        world.receiver.behave(provider.name + WELL_KNOWN, said)
        found = await check()
        assert (found["ok"], [each["code"] for each in found["findings"] if not each["ok"]]) == (False, [code])
        assert all("10.0.0.8" not in each["words"] for each in found["findings"])
    provider.publish(jwk(EC_KEY, "k1", use="enc"))
    assert [each["code"] for each in (await check())["findings"]] == [
        "discovery_found",
        "no_usable_key",
        "keys_passed_over",
    ]
    assert (await exchange(world, provider.token())).status_code == 401
    assert not [each for each in world.receiver.requests() if each.name.endswith("elsewhere")]
    # Somebody else's server is asked for: not without end.
    statuses = [(await world.http.post(told, headers=it.headers)).status_code for _ in range(12)]
    assert statuses[-1] == 429
