"""Passwords: Argon2id, renewed when the cost changes, and as slow for an unknown login as for a known one (L4)."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from app.identity.passwords import AT_ONCE, Passwords
from app.models import Person
from app.vocabulary import Role
from tests.support.world import Someone, World

PHRASE = "a long phrase that somebody remembers"


def passwords_of(world: World) -> Passwords:
    found: Passwords = world.app.state.runtime.passwords
    return found


async def sign_in(world: World, login: str, password: str = PHRASE) -> httpx.Response:
    body = {"grant_type": "password", "login": login, "password": password}
    return await world.http.post("/v1/auth/token", json=body)


async def stored(world: World, person: Someone) -> str | None:
    return await world.db.read(lambda session: session.get_one(Person, person.id).password_hash)


def without_instance(answer: httpx.Response) -> dict[str, Any]:
    return {name: value for name, value in answer.json().items() if name != "instance"}


async def test_a_hash_made_at_another_cost_is_renewed_when_its_owner_signs_in(world: World) -> None:
    """Design 4: raising the cost reaches everybody who signs in; then it is left alone."""
    await world.school()
    older = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=16, parallelism=1),)).hash(PHRASE)
    person = await world.person(Role.ADVISER, password_hash=older)
    assert (await sign_in(world, person.login)).status_code == 200
    renewed = await stored(world, person)
    assert renewed is not None
    assert renewed != older
    assert re.match(r"\$argon2id\$v=19\$m=8,t=1,p=1\$", renewed)
    assert (await sign_in(world, person.login)).status_code == 200
    assert await stored(world, person) == renewed


async def test_a_wrong_password_renews_nothing(world: World) -> None:
    """Only who knows it can have it hashed again."""
    await world.school()
    older = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=16, parallelism=1),)).hash(PHRASE)
    person = await world.person(Role.ADVISER, password_hash=older)
    assert (await sign_in(world, person.login, "another phrase")).status_code == 401
    assert await stored(world, person) == older


async def test_passwords_are_kept_as_rfc_9106_recommends() -> None:
    """RFC 9106, 4: Argon2id with 64 MiB, three passes, four lanes, unless a test asks for less."""
    passwords = Passwords(cost="recommended")
    try:
        assert passwords.hash_now(PHRASE).startswith("$argon2id$v=19$m=65536,t=3,p=4$")
        assert passwords.hash_now(PHRASE) != passwords.hash_now(PHRASE)
    finally:
        passwords.close()


@pytest.fixture
def hashed(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The hashes that passwords are compared with, in turn: each comparison costs the same."""
    seen: list[str] = []
    inner = passwords_of(world)._hash
    real = inner.verify_and_update

    def counted(password: str, hash_: str) -> Any:
        seen.append(hash_)
        return real(password, hash_)

    monkeypatch.setattr(inner, "verify_and_update", counted)
    return seen


async def test_an_unknown_login_costs_as_much_and_says_the_same_as_a_known_one(world: World, hashed: list[str]) -> None:
    """L4: one comparison at the same cost, one body: for a wrong password, for nobody, without one, for who left."""
    await world.school()
    known = await world.person(Role.ADVISER, password_hash=passwords_of(world).hash_now(PHRASE))
    gone = await world.person(Role.ADVISER, password_hash=passwords_of(world).hash_now(PHRASE))
    without = await world.person(Role.ADVISER)

    def leave(session: Any) -> None:
        row = session.get_one(Person, gone.id)
        row.active = False
        session.add(row)

    await world.write(leave)
    answers = [
        await sign_in(world, known.login, "another phrase"),
        await sign_in(world, "nobody@harbour.example"),
        await sign_in(world, gone.login),
        await sign_in(world, without.login),
    ]
    assert [answer.status_code for answer in answers] == [401] * 4
    assert all(without_instance(answer) == without_instance(answers[0]) for answer in answers)
    assert all(set(answer.headers) == set(answers[0].headers) for answer in answers)
    assert len(hashed) == 4
    assert len({hash_.rsplit("$", 2)[0] for hash_ in hashed}) == 1


async def test_the_hash_for_nobody_fits_no_password(world: World) -> None:
    """L4: what unknown logins are compared with opens nothing, even for its own words."""
    await world.school()
    without = await world.person(Role.ADVISER)
    for login in ("nobody@harbour.example", without.login):
        for password in ("a password that nobody has", ""):
            assert (await sign_in(world, login, password)).status_code in (401, 422)


async def test_a_damaged_hash_lets_nobody_in_and_crashes_nothing(world: World) -> None:
    """L4: 401 like any other; the row is somebody's problem, not the caller's."""
    await world.school()
    cut = "$argon2id$v=19$m=8,t=1,p=1$c2FsdA$"
    for damaged in ("not a hash", "$argon2id$", cut, "$2b$12$abcdefghijklmnopqrstuv", "{SSHA}x", " "):
        person = await world.person(Role.ADVISER, password_hash=damaged)
        answer = await sign_in(world, person.login)
        assert (damaged, answer.status_code, answer.json()["code"]) == (damaged, 401, "bad_credentials")


async def test_a_password_is_taken_as_it_was_typed(world: World) -> None:
    """RFC 8265, 4: nothing is cut off, no case is folded; 200 characters and any script are fine."""
    await world.school()
    for password in (" spaces around ", "tab\tand\nline", "ÄÖÜ ß 密码 🔑", "x" * 200, "CaseMatters"):
        person = await world.person(Role.ADVISER, password_hash=passwords_of(world).hash_now(password))
        assert (password, (await sign_in(world, person.login, password)).status_code) == (password, 200)
        for other in (password.strip().swapcase(), password + "x"):
            if other != password and len(other) <= 200:
                assert (other, (await sign_in(world, person.login, other)).status_code) == (other, 401)


async def test_hashing_keeps_nobody_else_waiting(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Design 4: off the event loop, a few at a time: others are answered while somebody signs in."""
    await world.school()
    running, most = 0, 0

    def slow(_password: str, _hash: str) -> tuple[bool, None]:
        nonlocal running, most
        running += 1
        most = max(most, running)
        time.sleep(0.15)
        running -= 1
        return False, None

    monkeypatch.setattr(passwords_of(world)._hash, "verify_and_update", slow)
    waiting = [asyncio.create_task(sign_in(world, f"somebody-{n}@harbour.example")) for n in range(6)]
    answered = 0
    while not all(task.done() for task in waiting):
        assert (await world.http.get("/healthz")).status_code == 200
        answered += 1
        await asyncio.sleep(0.01)
    assert {task.result().status_code for task in waiting} == {401}
    assert answered > 5
    assert most == AT_ONCE
