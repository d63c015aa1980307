"""Programs of a school's IT: made, changed, their secrets rotated, ended (contract 1.2), over HTTP."""

from __future__ import annotations

import datetime as dt
import hashlib

import httpx
import programs
import pytest
from programs import ACCOUNTS, EXPORT, an_account, ask, change, headers_of, keeper
from sqlmodel import select

from app.identity.actors import people_with
from app.models import AuditEntry, Person, ServiceAccount, SignIn
from app.schools import service as schools
from app.vocabulary import Role, Scope
from tests.support.world import World

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_a_secret_is_shown_once_and_opens_a_token_of_the_accounts_scopes(world: World) -> None:
    """Contract 1.2, M6: 256 bits, kept as a keyed hash; no refresh token; last used is told to the hour."""
    await world.school()
    it = await keeper(world)
    made = await an_account(world, it, "webhooks:write", "directory:read")
    assert made["client_secret"].startswith("psa_")
    assert len(made["client_secret"]) >= len("psa_") + 43
    address = f"{ACCOUNTS}/{made['id']}"
    shown = (await world.http.get(address, headers=it.headers)).json()
    assert shown == {name: value for name, value in made.items() if name != "client_secret"}
    assert (shown["created_by"], shown["last_used_at"]) == ("Sam", None)

    opened = await ask(world, made)
    assert opened.headers["Cache-Control"] == "no-store"
    pair = opened.json()
    assert (pair["refresh_token"], pair["roles"], pair["school"]) == (None, [], "harbour")
    assert (pair["scope"], pair["expires_in"]) == ("directory:read webhooks:write", 600)
    answer = await world.http.get(EXPORT, headers={"Authorization": f"Bearer {pair['access_token']}"})
    assert answer.status_code == 200, answer.text
    used = (await world.http.get(address, headers=it.headers)).json()["last_used_at"]
    assert used == world.time.now().strftime("%Y-%m-%dT%H:00:00Z")

    row = await world.db.read(lambda s: s.exec(select(ServiceAccount)).one().model_dump())
    secret = made["client_secret"].encode()
    assert secret not in repr(row).encode()
    assert row["secret_hash"] != hashlib.sha256(secret).digest()


@on_sqlite
async def test_scopes_of_a_token_can_only_be_fewer(world: World) -> None:
    """RFC 6749, 3.3: what the account has not is refused; what was left out stays shut although the account has it."""
    await world.school()
    account = await an_account(world, await keeper(world), "directory:read", "webhooks:write")
    headers = await headers_of(world, account, scope="webhooks:write")
    answer = await world.http.get(EXPORT, headers=headers)
    assert (code(answer), answer.json()["detail"]) == ((403, "forbidden"), "This needs the scope directory:read.")
    assert (await world.http.get("/v1/schools/harbour/webhook-endpoints", headers=headers)).status_code == 200
    for more in ("directory:write", "directory:read directory:write", "reports:read"):
        refused = await ask(world, account, scope=more)
        assert (code(refused), refused.json()["errors"][0]["code"]) == ((422, "validation_failed"), "scope_not_held")


@on_sqlite
async def test_unknown_wrong_expired_and_ended_are_refused_alike(world: World) -> None:
    """L4: nothing tells which of them it was."""
    await world.school()
    it = await keeper(world)
    wrong, ended, expired = [await an_account(world, it, days=days) for days in (1, 1, 0.5)]
    assert (await change(world, it, "DELETE", ended)).status_code == 204
    world.time.advance(hours=13)
    unknown = wrong | {"client_id": "0197b7d8-5c1e-7d2a-9b3f-2e4a6c8d0f77"}
    answers = [
        await ask(world, unknown),
        await ask(world, wrong | {"client_id": "nobody"}),
        await ask(world, wrong | {"client_secret": ended["client_secret"]}),
        await ask(world, ended),
        await ask(world, expired),
        # A person is no program.
        await ask(world, wrong | {"client_id": str(it.id)}),
    ]
    assert {code(answer) for answer in answers} == {(401, "bad_credentials")}
    assert len({str({**answer.json(), "instance": None}) for answer in answers}) == 1
    assert (await ask(world, wrong)).status_code == 200


@on_sqlite
async def test_who_guesses_is_slowed_and_learns_nothing(world: World) -> None:
    """L4: whether there is such an account makes no difference to when 429 comes."""
    await world.school()
    account = await an_account(world, await keeper(world)) | {"client_secret": "psa_wrong"}
    until = []
    for client_id in (account["client_id"], "0197b7d8-5c1e-7d2a-9b3f-2e4a6c8d0f77"):
        world.time.advance(minutes=6)
        for attempt in range(1, 200):
            answer = await ask(world, account | {"client_id": client_id})
            if answer.status_code == 429:
                until.append(attempt)
                break
            assert answer.status_code == 401
    assert until[0] == until[1] <= world.settings.failed_sign_ins_per_minute + 1


async def test_scopes_that_are_taken_away_are_gone_with_the_next_request(world: World) -> None:
    """Domain 5: read from the database as roles are; so are an earlier end, and a scope that was added."""
    await world.school()
    it = await keeper(world)
    account = await an_account(world, it, "directory:read", "webhooks:write")
    headers = await headers_of(world, account)
    changed = await change(world, it, "PATCH", account, scopes=["webhooks:write", "directory:write"])
    assert changed.json()["scopes"] == ["directory:write", "webhooks:write"]
    assert (await world.http.get(EXPORT, headers=headers)).status_code == 403
    # What was added counts for tokens that were opened since.
    imported = "/v1/schools/harbour/directory/imports?dry_run=true"
    for given, status in ((headers, 403), (await headers_of(world, account), 200)):
        assert (await world.http.post(imported, headers=given, json={"entries": []})).status_code == status
    soon = (world.time.now() + dt.timedelta(minutes=2)).isoformat()
    assert (await change(world, it, "PATCH", account, expires_at=soon)).status_code == 200
    assert (await ask(world, account)).json()["expires_in"] <= 120
    world.time.advance(minutes=3)
    assert (await world.http.get("/v1/schools/harbour/webhook-endpoints", headers=headers)).status_code == 401


@on_sqlite
async def test_what_is_ended_ends_with_its_tokens(world: World) -> None:
    """R7, contract 1.2: 401 with the very next request; it is gone from the list; its deeds keep their name."""
    await world.school()
    it, officer = await keeper(world), await world.person(Role.PRIVACY_OFFICER)
    account = await an_account(world, it, "directory:write")
    headers = await headers_of(world, account)
    site = {"name": "A hospital", "kind": "hospital", "region": "VIC", "is_teaching_site": True}
    made = await world.http.post("/v1/schools/harbour/sites", headers=headers | world.once(), json=site)
    assert made.status_code == 201, made.text
    assert (await change(world, it, "DELETE", account)).status_code == 204
    after = await world.http.post("/v1/schools/harbour/sites", headers=headers | world.once(), json=site)
    assert (code(after), 'error="invalid_token"' in after.headers["WWW-Authenticate"]) == (
        (401, "unauthenticated"),
        True,
    )
    for path in (ACCOUNTS, f"{ACCOUNTS}/{account['id']}"):
        answer = await world.http.get(path, headers=it.headers)
        assert answer.status_code == 404 or answer.json()["items"] == []
    audit = (await world.http.get("/v1/schools/harbour/audit-log", headers=officer.headers)).json()["items"]
    done = {(row["action"], row["alias"]) for row in audit}
    assert ("site.created", "Directory sync") in done
    assert {("service_account.made", "Sam"), ("service_account.ended", "Sam")} <= done


async def test_the_secret_before_works_until_the_overlap_ends(world: World) -> None:
    """M6: two at the most; its tokens end with it; a second rotation ends the oldest at once."""
    await world.school()
    it = await keeper(world)
    first = await an_account(world, it)
    before = await headers_of(world, first)
    second = (await change(world, it, "POST", first, "/rotate-secret", overlap_minutes=5)).json()
    assert second["client_secret"] not in ("", first["client_secret"])
    assert second["previous_secret_until"] is not None
    assert [(await ask(world, each)).status_code for each in (first, second)] == [200, 200]
    assert (await ask(world, first)).json()["expires_in"] <= 300
    world.time.advance(minutes=6)
    assert [(await ask(world, each)).status_code for each in (first, second)] == [401, 200]
    assert (await world.http.get(EXPORT, headers=before)).status_code == 401
    third = (await change(world, it, "POST", first, "/rotate-secret", overlap_minutes=10_080)).json()
    during = await headers_of(world, second)
    fourth = (await change(world, it, "POST", first, "/rotate-secret", overlap_minutes=60)).json()
    statuses = [(await ask(world, each)).status_code for each in (second, third, fourth)]
    assert statuses == [401, 200, 200]
    assert (await world.http.get(EXPORT, headers=during)).status_code == 401
    last = (await change(world, it, "POST", first, "/rotate-secret", overlap_minutes=0)).json()
    assert [(await ask(world, each)).status_code for each in (third, fourth, last)] == [401, 401, 200]
    assert last["previous_secret_until"] is None


@on_sqlite
async def test_an_account_ends_within_400_days(world: World) -> None:
    """Contract 1.2: no secret for ever; and what is asked for is said field by field."""
    await world.school()
    it = await keeper(world)
    now = world.time.now()
    good = {"name": "Sync", "scopes": ["directory:read"], "expires_at": (now + dt.timedelta(days=399)).isoformat()}

    async def faults(**other: object) -> set[tuple[str, str]]:
        body = {name: value for name, value in (good | other).items() if value is not None}
        answer = await world.http.post(ACCOUNTS, headers=it.headers | world.once(), json=body)
        assert answer.status_code == 422, answer.text
        return {(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]}

    far, past = ((now + dt.timedelta(days=days)).isoformat() for days in (401, -1))
    assert await faults(expires_at=far) == {("#/expires_at", "too_far")}
    assert await faults(expires_at=past) == {("#/expires_at", "in_the_past")}
    assert await faults(expires_at=None) == {("#/expires_at", "required")}
    assert await faults(scopes=[]) == {("#/scopes", "too_short")}
    assert await faults(scopes=["reports:read"]) == {("#/scopes/0", "enum")}
    assert await faults(name=" ") == {("#/name", "string_too_short")}
    made = await an_account(world, it, days=1)
    renewed = await change(world, it, "PATCH", made, expires_at=good["expires_at"], name="Other")
    assert (renewed.status_code, renewed.json()["name"]) == (200, "Other")
    assert (await change(world, it, "PATCH", made, expires_at=far)).status_code == 422
    assert (await change(world, it, "PATCH", made, scopes=None)).status_code == 422


@on_sqlite
async def test_the_same_request_twice_makes_one_account(world: World) -> None:
    """I1, C3: and shows the same secret again to whoever lost the answer; what changed meanwhile is 412."""
    await world.school()
    it = await keeper(world)
    end = (world.time.now() + dt.timedelta(days=9)).isoformat()
    body = {"name": "Sync", "scopes": ["directory:read"], "expires_at": end}
    key = it.headers | world.once()
    answers = [await world.http.post(ACCOUNTS, headers=key, json=body) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    [listed] = (await world.http.get(ACCOUNTS, headers=it.headers)).json()["items"]
    address, etag = answers[0].headers["Location"], answers[0].headers["ETag"]
    assert (await world.http.get(address, headers=it.headers)).headers["ETag"] == etag
    old = it.headers | {"If-Match": etag}
    assert (await world.http.patch(address, headers=old, json={"name": "New"})).status_code == 200
    for method, at, sent in (("PATCH", "", {"name": "Newer"}), ("POST", "/rotate-secret", {}), ("DELETE", "", None)):
        answer = await world.http.request(method, address + at, headers=old, json=sent)
        assert code(answer) == (412, "precondition_failed")
    assert listed["id"] == answers[0].json()["id"]


@on_sqlite
async def test_a_program_is_nowhere_among_people(world: World) -> None:
    """Contract 1.2: no reader, nobody to keep a report from, on no roster, nobody to be asked or to sign in."""
    await world.school()
    it, coordinator = await keeper(world), await world.person(Role.COORDINATOR)
    account = await an_account(world, it, *Scope, name="Sync of Harbour")
    readers = await world.http.get("/v1/schools/harbour/readers")
    assert "Sync of Harbour" not in readers.text
    kept = await world.report(keep_from=["Sync of Harbour"])
    assert (code(kept), kept.json()["errors"][0]["pointer"]) == ((422, "validation_failed"), "#/keep_from/0")
    layer = {
        "id": "L1",
        "rank": 1,
        "rotation": {"unit": "week", "length": 1, "start_local": "2026-01-05T09:00", "participants": [account["id"]]},
    }
    roster = {"name": "A", "line": "triage", "time_zone": "UTC", "combine": "union", "layers": [layer]}
    refused = await world.http.post(
        "/v1/schools/harbour/rosters", headers=coordinator.headers | world.once(), json={"roster": roster}
    )
    assert refused.status_code == 422, refused.text
    given = {"person": account["id"], "role": "triager"}
    post = {"title": "Lead", "holder": account["id"], "deputy": None}
    for method, path, body in (("POST", "role-grants", given), ("PUT", "posts/programme_lead", post)):
        refused = await world.http.request(
            method, f"/v1/schools/harbour/{path}", headers=coordinator.headers | world.once(), json=body
        )
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "unknown_person")
    window = {"from": "2027-01-04T00:00:00Z", "to": "2027-01-05T00:00:00Z"}
    of_people = f"/v1/schools/harbour/people/{account['id']}"
    for answer in (
        await world.http.get(f"{of_people}/shifts", headers=coordinator.headers, params=window),
        await world.http.post(f"{of_people}/departures", headers=coordinator.headers | world.once(), json={}),
    ):
        assert code(answer) == (404, "not_found")
    password = {"grant_type": "password", "login": f"service:{account['id']}", "password": account["client_secret"]}
    assert (await world.http.post(programs.TOKEN, json=password)).status_code == 401

    def found(session: object) -> object:
        school = schools.find(session, "harbour")
        return people_with(session, school.id, *Role), session.exec(select(SignIn.person_id)).all()

    with_roles, signed_in = await world.db.read(found)
    assert {it.id, coordinator.id} == set(with_roles) == set(signed_in)
    row = await world.db.read(lambda s: s.exec(select(Person).where(Person.service)).one())
    assert (str(row.id), row.password_hash) == (account["id"], None)
    actions = await world.db.read(lambda s: s.exec(select(AuditEntry.action)).all())
    assert set(actions) - {"audit_chain.begun"} == {"service_account.made"}
