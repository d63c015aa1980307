"""Signing in, going on with a refresh token, signing out (contract M6, L4), over HTTP."""

from __future__ import annotations

import asyncio
import unicodedata
from collections import Counter
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlmodel import Session, SQLModel, func, select

from app.core import clock
from app.models import Person, RefreshToken, RoleGrant, SignIn
from app.vocabulary import Role
from tests.support.world import Someone, World

PHRASE = "a long phrase that somebody remembers"
Pair = dict[str, Any]


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def member(world: World, *roles: Role) -> Someone:
    """Somebody with a password."""
    hashed = world.app.state.runtime.passwords.hash_now(PHRASE)
    return await world.person(*(roles or (Role.ADVISER,)), password_hash=hashed)


async def grant(world: World, **body: str) -> httpx.Response:
    return await world.http.post("/v1/auth/token", json=body)


async def sign_in(world: World, person: Someone) -> Pair:
    answer = await grant(world, grant_type="password", login=person.login, password=PHRASE)
    assert answer.status_code == 200, answer.text
    pair: Pair = answer.json()
    return pair


async def refresh(world: World, pair: Pair) -> httpx.Response:
    return await grant(world, grant_type="refresh_token", refresh_token=pair["refresh_token"])


async def me(world: World, pair: Pair) -> httpx.Response:
    return await world.http.get("/v1/auth/me", headers={"Authorization": f"Bearer {pair['access_token']}"})


async def works(world: World, pair: Pair) -> bool:
    """Whether both halves of a pair do what they are for. Uses the refresh token up."""
    return ((await me(world, pair)).status_code, (await refresh(world, pair)).status_code) == (200, 200)


async def test_a_password_opens_a_sign_in(world: World) -> None:
    """Contract 1.2: a pair of tokens, for ten minutes and longer, with school and roles; never kept by a cache."""
    await world.school()
    person = await member(world, Role.ADVISER, Role.SUPPORTER)
    answer = await grant(world, grant_type="password", login=person.login, password=PHRASE)
    pair = answer.json()
    assert set(pair) == {
        "access_token",
        "token_type",
        "expires_in",
        "refresh_token",
        "scope",
        "school",
        "roles",
        "issued_token_type",
    }
    assert (pair["token_type"], pair["expires_in"]) == ("Bearer", 600)
    assert (pair["school"], pair["roles"]) == ("harbour", ["adviser", "supporter"])
    assert answer.headers["Cache-Control"] == "no-store"
    shown = (await me(world, pair)).json()
    assert (shown["id"], shown["school"], shown["roles"]) == (str(person.id), "harbour", ["adviser", "supporter"])


async def test_an_operator_signs_in_without_a_school(world: World) -> None:
    """Contract 1: a token names exactly one school, a platform operator's none."""
    hashed = world.app.state.runtime.passwords.hash_now(PHRASE)
    operator = await world.person(Role.PLATFORM_OPERATOR, school=None, password_hash=hashed)
    pair = await sign_in(world, operator)
    assert (pair["school"], pair["roles"]) == (None, ["platform_operator"])
    assert await works(world, pair)


async def test_a_login_has_no_case_and_no_white_space_around_it(world: World) -> None:
    """People type their address as their phone spells it."""
    await world.school()
    person = await member(world)
    for login in (person.login.upper(), person.login.title(), f" {person.login} "):
        assert (await grant(world, grant_type="password", login=login, password=PHRASE)).status_code == 200


async def test_a_grant_that_is_no_grant_is_refused(world: World) -> None:
    """E4, E5: 422 that points at the fault and repeats no secret; an unknown field is a fault."""
    await world.school()
    person = await member(world)
    bodies: list[dict[str, Any]] = [
        {},
        {"grant_type": "client_credentials", "login": person.login, "password": "CANARY-1"},
        {"grant_type": "password", "login": person.login},
        {"grant_type": "password", "login": person.login, "password": ""},
        {"grant_type": "password", "login": person.login, "password": "CANARY-2" * 100},
        {"grant_type": "password", "login": person.login, "password": ["CANARY-3"]},
        {"grant_type": "password", "login": person.login, "password": PHRASE, "scope": "CANARY-4"},
        {"grant_type": "refresh_token", "refresh_token": "CANARY-5"},
        {"grant_type": "refresh_token", "login": person.login, "password": PHRASE},
    ]
    for body in bodies:
        refused = await world.http.post("/v1/auth/token", json=body)
        assert (body, code(refused)) == (body, (422, "validation_failed"))
        assert refused.json()["errors"]
        assert "CANARY" not in refused.text


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_a_login_is_theirs_in_either_spelling_of_its_letters(world: World) -> None:
    """As a file of people brings it, in composed form; a keyboard may send the letter and its macron apart."""
    await world.school()
    person, login = await member(world), "m\u0101ia.p\u014dtiki"

    def rename(session: Session) -> None:
        row = session.get_one(Person, person.id)
        row.login = login
        session.add(row)

    await world.write(rename)
    for typed in (login, unicodedata.normalize("NFD", login), unicodedata.normalize("NFD", login.upper())):
        answer = await grant(world, grant_type="password", login=typed, password=PHRASE)
        assert answer.status_code == 200, typed


async def test_a_wrong_password_opens_nothing(world: World) -> None:
    """L4: 401 bad_credentials with a challenge and help, and no sign-in is left behind."""
    await world.school()
    person = await member(world)
    before = await world.db.read(lambda s: s.exec(select(func.count()).select_from(SignIn)).one())
    refused = await grant(world, grant_type="password", login=person.login, password="another phrase")
    assert code(refused) == (401, "bad_credentials")
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")
    assert refused.json()["help"]
    assert await world.db.read(lambda s: s.exec(select(func.count()).select_from(SignIn)).one()) == before


# Refreshing


async def test_a_refresh_token_gives_a_new_pair(world: World) -> None:
    """M6: both tokens are new; the sign-in is the same."""
    await world.school()
    pair = await sign_in(world, await member(world))
    seen = [pair]
    for _ in range(3):
        world.time.advance(minutes=9)
        answer = await refresh(world, seen[-1])
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"
        seen.append(answer.json())
    assert len({each["refresh_token"] for each in seen}) == len({each["access_token"] for each in seen}) == 4
    assert await world.db.read(lambda s: len(s.exec(select(RefreshToken.sign_in_id).distinct()).all())) == 1
    assert await works(world, seen[-1])


async def test_a_refreshed_token_has_the_roles_of_now(world: World) -> None:
    """Domain 5: what was given or taken meanwhile counts from the next pair on."""
    await world.school()
    person = await member(world, Role.TRIAGER)
    pair = await sign_in(world, person)

    def change(session: Session) -> None:
        [grant] = session.exec(select(RoleGrant).where(RoleGrant.person_id == person.id))
        grant.ended_at = clock.now()
        session.add(grant)
        session.add(RoleGrant(person_id=person.id, role=Role.SUPPORTER, granted_at=clock.now()))

    await world.write(change)
    assert (await refresh(world, pair)).json()["roles"] == ["supporter"]


async def test_a_lost_answer_to_a_refresh_can_be_had_again(world: World) -> None:
    """M6: the same token again within 60 s yields a pair that works, and so does the one that was lost."""
    await world.school()
    first = await sign_in(world, await member(world))
    lost = (await refresh(world, first)).json()
    world.time.advance(seconds=58)
    again = await refresh(world, first)
    assert again.status_code == 200
    assert await works(world, again.json())
    assert await works(world, lost)


async def test_eight_refreshes_at_once_all_work(world: World) -> None:
    """M6: an app with several tabs: nobody is taken for a thief, nothing crashes."""
    await world.school()
    first = await sign_in(world, await member(world))
    answers = await asyncio.gather(*(refresh(world, first) for _ in range(8)))
    assert Counter(answer.status_code for answer in answers) == {200: 8}
    assert len({answer.json()["refresh_token"] for answer in answers}) == 8
    assert [await works(world, answer.json()) for answer in answers] == [True] * 8


async def test_a_token_that_comes_back_late_ends_the_whole_sign_in(world: World) -> None:
    """M6: after the grace it is theft: 401 token_reused, and every token of the family is dead, the newest too."""
    await world.school()
    first = await sign_in(world, await member(world))
    second = (await refresh(world, first)).json()
    third = (await refresh(world, second)).json()
    assert (await me(world, third)).status_code == 200
    world.time.advance(seconds=62)
    reused = await refresh(world, first)
    assert code(reused) == (401, "token_reused")
    assert 'error="invalid_token"' in reused.headers["WWW-Authenticate"]
    assert reused.json()["help"]
    for pair in (first, second, third):
        assert (await me(world, pair)).status_code == 401
        assert code(await refresh(world, pair)) == (401, "bad_credentials")


async def test_the_end_of_a_stolen_sign_in_is_kept(world: World) -> None:
    """M6: the revocation is committed although the answer is an error, with its reason and time."""
    await world.school()
    first = await sign_in(world, await member(world))
    await refresh(world, first)
    world.time.advance(seconds=62)
    assert code(await refresh(world, first)) == (401, "token_reused")
    [row] = await world.db.read(lambda s: s.exec(select(SignIn).where(SignIn.revoked_because == "token_reused")).all())
    assert row.revoked_at is not None


async def test_a_stolen_sign_in_ends_no_other(world: World) -> None:
    """M6: a family is one device; the person's other devices, and other people, go on."""
    await world.school()
    person = await member(world)
    phone, laptop = await sign_in(world, person), await sign_in(world, person)
    other = await sign_in(world, await member(world))
    await refresh(world, phone)
    world.time.advance(seconds=62)
    assert code(await refresh(world, phone)) == (401, "token_reused")
    assert await works(world, laptop)
    assert await works(world, other)


async def test_two_thefts_noticed_at_once_end_it_once(world: World) -> None:
    """M6: parallel reuse: 401 for all, no crash, one family dead."""
    await world.school()
    first = await sign_in(world, await member(world))
    newest = (await refresh(world, first)).json()
    world.time.advance(seconds=62)
    answers = await asyncio.gather(*(refresh(world, first) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {401}
    assert (await me(world, newest)).status_code == 401


async def test_a_refresh_token_lives_for_thirty_days(world: World) -> None:
    """Each new one as long again: who works with it stays signed in, a forgotten device does not."""
    await world.school()
    person = await member(world)
    used, forgotten = await sign_in(world, person), await sign_in(world, person)
    for _ in range(2):
        world.time.advance(days=29)
        used = (await refresh(world, used)).json()
    assert await works(world, used)
    assert code(await refresh(world, forgotten)) == (401, "bad_credentials")


async def test_a_made_up_refresh_token_opens_nothing(world: World) -> None:
    """M6: unknown is unknown; an access token is no refresh token, and the other way round."""
    await world.school()
    pair = await sign_in(world, await member(world))
    for token in ("ptr_" + "A" * 43, pair["refresh_token"][:-1] + "?", pair["refresh_token"].upper()):
        assert code(await grant(world, grant_type="refresh_token", refresh_token=token)) == (401, "bad_credentials")
    assert code(await me(world, {"access_token": pair["refresh_token"]})) == (401, "unauthenticated")
    too_long = await grant(world, grant_type="refresh_token", refresh_token=pair["access_token"])
    assert too_long.status_code in (401, 422)


async def test_a_person_who_left_cannot_go_on(world: World) -> None:
    """Domain 5: neither with the refresh token nor with the password; the answer says no more than bad_credentials."""
    await world.school()
    person = await member(world)
    pair = await sign_in(world, person)

    def leave(session: Session) -> None:
        row = session.get_one(Person, person.id)
        row.active = False
        session.add(row)

    await world.write(leave)
    again = await grant(world, grant_type="password", login=person.login, password=PHRASE)
    assert [code(answer) for answer in (await refresh(world, pair), again)] == [(401, "bad_credentials")] * 2


# Signing out


async def test_signing_out_ends_every_token_of_this_sign_in_at_once(world: World) -> None:
    """Contract 1.2: access and refresh tokens, also those that were got before; the other device stays signed in."""
    await world.school()
    person = await member(world)
    first, elsewhere = await sign_in(world, person), await sign_in(world, person)
    second = (await refresh(world, first)).json()
    headers = {"Authorization": f"Bearer {second['access_token']}"}
    done = await world.http.post("/v1/auth/revoke", headers=headers)
    assert (done.status_code, done.content) == (204, b"")
    for pair in (first, second):
        assert (await me(world, pair)).status_code == 401
        assert code(await refresh(world, pair)) == (401, "bad_credentials")
    assert (await world.http.post("/v1/auth/revoke", headers=headers)).status_code == 401
    assert await works(world, elsewhere)


async def test_signing_out_needs_no_body(world: World) -> None:
    """M1: it can be repeated from two tabs at once; who is second learns that it has ended."""
    await world.school()
    pair = await sign_in(world, await member(world))
    headers = {"Authorization": f"Bearer {pair['access_token']}"}
    answers = await asyncio.gather(*(world.http.post("/v1/auth/revoke", headers=headers) for _ in range(4)))
    assert {answer.status_code for answer in answers} <= {204, 401}
    assert (await me(world, pair)).status_code == 401


# What is kept


async def test_no_token_and_no_password_is_kept(world: World) -> None:
    """Design 3: keyed hashes of refresh tokens, Argon2id of passwords, nothing of access tokens."""
    await world.school()
    first = await sign_in(world, await member(world))
    second = (await refresh(world, first)).json()

    def everything(session: Session) -> str:
        tables = SQLModel.metadata.sorted_tables
        return repr([session.connection().execute(sa.select(table)).all() for table in tables])

    stored = await world.db.read(everything)
    assert "$argon2id$" in stored
    assert PHRASE not in stored
    for pair in (first, second):
        assert pair["refresh_token"].removeprefix("ptr_") not in stored
        assert not [part for part in pair["access_token"].split(".")[1:] if part in stored]


async def test_a_refresh_token_can_be_found_by_secret_scanners(world: World) -> None:
    """Its prefix says what it is; the rest is random enough not to be guessed (256 bits)."""
    await world.school()
    person = await member(world)
    tokens = [(await sign_in(world, person))["refresh_token"] for _ in range(3)]
    assert all(token.startswith("ptr_") and len(token) >= 4 + 43 for token in tokens)
    assert len(set(tokens)) == 3
