"""One-time links: joining, and choosing another password (contract 1.2), over HTTP."""

from __future__ import annotations

import asyncio
import json
import unicodedata
from collections import Counter

import httpx
import pytest
import sqlalchemy as sa
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlmodel import Session, SQLModel, select

from app.core import clock
from app.core.ratelimit import RateLimiter, Slowdown
from app.identity import link_rules
from app.identity.role_rules import GIVEN_BY_IT, READS_CASES
from app.models import AuditEntry, OneTimeLink, Person, RoleGrant
from app.routers.runtime import Runtime
from app.vocabulary import LinkPurpose, Role
from tests.identity.linking import LOGIN, PHRASE, accept, codes, invited, link_for, look, sign_in
from tests.support.world import Someone, World

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
OTHER = "nine dry badgers under a piano"


def runtime(world: World) -> Runtime:
    found: Runtime = world.app.state.runtime
    return found


async def coordinator(world: World) -> Someone:
    await world.school()
    return await world.person(Role.COORDINATOR)


async def me(world: World, token: str) -> int:
    return (await world.http.get("/v1/auth/me", headers={"Authorization": f"Bearer {token}"})).status_code


def said(answer: httpx.Response) -> dict[str, object]:
    return {name: value for name, value in answer.json().items() if name != "instance"}


# Joining


async def test_a_link_lets_somebody_in_once(world: World) -> None:
    secret = await invited(world, await coordinator(world), Role.SUPPORTER)
    assert (await sign_in(world, LOGIN)).status_code == 401
    shown = (await look(world, secret)).json()
    assert (shown["purpose"], shown["school"], shown["alias"]) == ("join", "harbour", "Wren")
    assert (shown["login"], shown["roles"], shown["waits_for_confirmation"]) == (LOGIN, ["supporter"], False)

    joined = await accept(world, secret)
    pair = joined.json()
    assert (joined.status_code, pair["school"], pair["roles"]) == (200, "harbour", ["supporter"])
    assert joined.headers["Cache-Control"] == "no-store"
    assert await me(world, pair["access_token"]) == 200
    assert (await sign_in(world, LOGIN)).status_code == 200

    world.time.advance(seconds=61)
    assert (
        codes((await look(world, secret), await accept(world, secret), await accept(world, secret, OTHER)))
        == [(404, "not_found")] * 3
    )
    assert (await sign_in(world, LOGIN, OTHER)).status_code == 401


@on_sqlite
async def test_a_used_link_shows_nothing_at_once(world: World) -> None:
    secret = await invited(world, await coordinator(world))
    await accept(world, secret)
    assert (await look(world, secret)).status_code == 404


async def test_of_many_who_use_a_link_at_once_one_password_counts(world: World) -> None:
    """Each with a password of their own: exactly one is let in, and it is their password that is set."""
    secret = await invited(world, await coordinator(world))
    passwords = [f"{PHRASE} {number}" for number in range(6)]
    answers = await asyncio.gather(*(accept(world, secret, each) for each in passwords))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 404: 5}
    opened = [each for each in passwords if (await sign_in(world, LOGIN, each)).status_code == 200]
    assert opened == [each for each, answer in zip(passwords, answers, strict=True) if answer.status_code == 200]


async def test_a_lost_answer_can_be_had_again_for_a_minute(world: World) -> None:
    """M6: the same secret and password, also twice at once; with another password it opens nothing."""
    secret = await invited(world, await coordinator(world))
    twins = await asyncio.gather(accept(world, secret), accept(world, secret))
    assert [each.status_code for each in twins] == [200, 200]
    world.time.advance(seconds=58)
    again, other = await accept(world, secret), await accept(world, secret, OTHER)
    assert [each.status_code for each in (again, other)] == [200, 404]
    for answer in (*twins, again):
        assert await me(world, answer.json()["access_token"]) == 200


@on_sqlite
async def test_whatever_is_wrong_with_a_link_the_answer_is_the_same(world: World) -> None:
    """L4: wrong, replaced, expired, withdrawn, and of somebody who has left."""
    by = await coordinator(world)
    replaced = await invited(world, by)
    left = await world.person(Role.STUDENT)
    of_one_who_left = await link_for(world, left, by)
    expired = await invited(world, by, login="late@harbour.example")

    def happen(session: Session) -> None:
        person = session.get_one(Person, left.id)
        person.active = False
        session.add(person)
        link = session.exec(select(OneTimeLink).where(OneTimeLink.ended_at.is_(None)).limit(1)).one()  # type: ignore[union-attr]
        link.ended_at = clock.now()
        session.add(link)

    await world.write(happen)
    world.time.advance(days=7)
    answers = []
    for secret in ("ptl_" + "A" * 32, replaced, of_one_who_left, expired):
        answers += [await look(world, secret), await accept(world, secret)]
    assert {json.dumps(said(answer), sort_keys=True) for answer in answers} == {
        json.dumps(said(answers[0]), sort_keys=True)
    }
    assert codes(answers) == [(404, "not_found")] * 8


@on_sqlite
async def test_a_link_opens_until_its_last_second(world: World) -> None:
    by = await coordinator(world)
    student = await world.person(Role.STUDENT)
    join, password = await invited(world, by), await link_for(world, student, by)
    world.time.advance(hours=24, seconds=-5)
    assert [(await look(world, each)).status_code for each in (join, password)] == [200, 200]
    world.time.advance(seconds=5)
    assert [(await look(world, each)).status_code for each in (join, password)] == [200, 404]
    world.time.advance(days=6, seconds=-5)
    assert (await look(world, join)).status_code == 200
    world.time.advance(seconds=5)
    assert (await look(world, join)).status_code == 404


@on_sqlite
async def test_a_password_that_is_refused_leaves_the_link_as_it_was(world: World) -> None:
    """It says which rule, at which field, and nothing of the password."""
    secret = await invited(world, await coordinator(world))
    refused = {
        "CANARY-7": "too_short",
        "CANARY-7 " * 30: "too_long",
        "Harbour Medical School 7": "made_of_names",
        "wren@harbour.example 7": "made_of_names",
        "correct horse battery staple": "common_phrase",
        "qwertyuiopasdfghjkl": "run_of_keys",
        "CACACACACACACACACA": "repeated",
        "CANARY-7\x07 and the rest": "control_character",
    }
    for password, rule in refused.items():
        runtime(world).sign_ins = RateLimiter("sign-in", quota=10)
        answer = await accept(world, secret, password)
        [fault] = answer.json()["errors"]
        assert (answer.status_code, answer.json()["code"]) == (422, "password_refused")
        assert (fault["pointer"], fault["code"]) == ("#/password", rule)
        assert "CANARY" not in answer.text
        assert answer.json()["help"]
    assert (await accept(world, secret)).status_code == 200


@on_sqlite
async def test_wrong_secrets_make_answers_slower_and_those_of_receipts_not(world: World) -> None:
    """L4: none is refused, right ones wait as long, and each kind of secret is counted for itself."""
    secret = await invited(world, await coordinator(world))
    for _ in range(Slowdown.FREE + 1):
        assert (await look(world, "ptl_" + "A" * 32)).status_code == 404
    assert runtime(world).link_secrets.seconds == Slowdown.STEP_SECONDS
    assert runtime(world).receipts.seconds == runtime(world).story_codes.seconds == 0
    await accept(world, secret, "short")
    assert runtime(world).link_secrets.seconds == Slowdown.STEP_SECONDS
    assert (await look(world, secret)).status_code == 200


@on_sqlite
async def test_who_holds_a_link_cannot_have_passwords_hashed_without_end(world: World) -> None:
    secret = await invited(world, await coordinator(world))
    quota = world.settings.sign_in_limit_per_minute
    answers = [await accept(world, secret, "short") for _ in range(quota + 1)]
    assert Counter(answer.status_code for answer in answers) == {422: quota, 429: 1}
    assert "link" not in answers[-1].text


async def test_no_secret_and_no_password_is_kept(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    """A keyed hash of the one, Argon2id of the other; neither in the trail nor in a log."""
    secret = await invited(world, await coordinator(world))
    await accept(world, secret, "CANARY-7")
    await accept(world, secret)

    def everything(session: Session) -> str:
        return repr([session.connection().execute(sa.select(table)).all() for table in SQLModel.metadata.sorted_tables])

    kept = await world.db.read(everything) + "".join(capfd.readouterr())
    assert LOGIN in kept
    assert not [each for each in (secret, secret.removeprefix("ptl_"), PHRASE, "CANARY-7") if each in kept]


@on_sqlite
async def test_secrets_are_long_and_of_chance(world: World) -> None:
    """At least 128 bits: 192, and a prefix by which scanners find one that leaked."""
    by = await coordinator(world)
    secrets = {await invited(world, by, login=f"p{number}@harbour.example") for number in range(5)}
    assert len(secrets) == 5
    assert {(each[:4], len(each)) for each in secrets} == {("ptl_", 36)}


# Another password


async def test_another_password_ends_every_sign_in_and_every_older_link(world: World) -> None:
    by = await coordinator(world)
    student = await world.person(Role.STUDENT, password_hash=runtime(world).passwords.hash_now(OTHER))
    before = (await sign_in(world, student.login, OTHER)).json()
    older, newer = await link_for(world, student, by), await link_for(world, student, by)
    assert (await look(world, older)).status_code == 404
    shown = (await look(world, newer)).json()
    assert (shown["purpose"], shown["login"]) == ("new_password", student.login)

    assert (await accept(world, newer)).status_code == 200
    assert await me(world, before["access_token"]) == 401
    assert (await sign_in(world, student.login, OTHER)).status_code == 401
    assert (await sign_in(world, student.login)).status_code == 200
    trail = await world.db.read(
        lambda s: s.exec(select(AuditEntry.action).where(AuditEntry.person_id == student.id)).all()
    )
    assert trail == ["password_link.used"]


@on_sqlite
async def test_whoever_reads_cases_needs_a_second_person(world: World) -> None:
    """A link for them shows that it waits, and does nothing; a role that was given since counts."""
    by = await coordinator(world)
    adviser, student = await world.person(Role.ADVISER), await world.person(Role.STUDENT)
    secrets = [await link_for(world, each, by) for each in (adviser, student)]

    def promote(session: Session) -> None:
        session.add(RoleGrant(person_id=student.id, role=Role.SPONSOR, granted_at=clock.now()))

    await world.write(promote)
    for secret in secrets:
        assert (await look(world, secret)).json()["waits_for_confirmation"] is True
        assert codes([await accept(world, secret)]) == [(409, "not_confirmed")]


@on_sqlite
async def test_a_link_by_it_is_for_those_whom_it_may_let_in(world: World) -> None:
    """Somebody who was given more since has a link that opens nothing, whether they join or have forgotten."""
    by = await coordinator(world)
    student = await world.person(Role.STUDENT, Role.EVALUATOR)
    secrets = [await link_for(world, student, by, by_it=True), await invited(world, by, Role.STUDENT, by_it=True)]
    assert [(await look(world, each)).status_code for each in secrets] == [200, 200]

    def promote(session: Session) -> None:
        for person in session.exec(select(Person).where(Person.login.in_((student.login, LOGIN)))):  # type: ignore[attr-defined]
            session.add(RoleGrant(person_id=person.id, role=Role.SUPPORTER, granted_at=clock.now()))

    await world.write(promote)
    assert [(await look(world, each)).status_code for each in secrets] == [404, 404]
    assert [(await accept(world, each)).status_code for each in secrets] == [404, 404]


def test_the_rules_on_links_are_these() -> None:
    alone = {role for role in Role if not link_rules.needs_second_person(LinkPurpose.NEW_PASSWORD, {role})}
    assert set(Role) - alone == READS_CASES | {Role.COORDINATOR, Role.SPONSOR}
    assert not any(link_rules.needs_second_person(LinkPurpose.JOIN, {role}) for role in Role)
    assert {role for role in Role if link_rules.within_reach_of_it({role})} == GIVEN_BY_IT
    assert link_rules.within_reach_of_it(set())


# One's own


async def change(world: World, token: str, current: str, new: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"}
    body = {"current_password": current, "new_password": new}
    return await world.http.put("/v1/auth/password", headers=headers, json=body)


async def test_whoever_changes_their_password_stays_signed_in_here_alone(world: World) -> None:
    by = await coordinator(world)
    student = await world.person(Role.STUDENT, password_hash=runtime(world).passwords.hash_now(OTHER))
    here, elsewhere = [(await sign_in(world, student.login, OTHER)).json()["access_token"] for _ in range(2)]
    link = await link_for(world, student, by)
    assert codes([await change(world, here, PHRASE, PHRASE)]) == [(403, "wrong_password")]
    assert codes([await change(world, here, OTHER, "short")]) == [(422, "password_refused")]
    assert [await me(world, each) for each in (here, elsewhere)] == [200, 200]

    done = await change(world, here, OTHER, PHRASE)
    assert (done.status_code, done.content) == (204, b"")
    assert [await me(world, each) for each in (here, elsewhere)] == [200, 401]
    assert (await look(world, link)).status_code == 404
    assert [(await sign_in(world, student.login, each)).status_code for each in (OTHER, PHRASE)] == [401, 200]
    # The answer was lost, and it is sent again.
    assert (await change(world, here, OTHER, PHRASE)).status_code == 204
    trail = await world.db.read(
        lambda s: s.exec(select(AuditEntry.action).where(AuditEntry.person_id == student.id)).all()
    )
    assert trail == ["password.changed"]


async def test_of_two_changes_at_once_one_counts(world: World) -> None:
    await world.school()
    student = await world.person(Role.STUDENT, password_hash=runtime(world).passwords.hash_now(OTHER))
    token = (await sign_in(world, student.login, OTHER)).json()["access_token"]
    new = [f"{PHRASE} {number}" for number in range(4)]
    answers = await asyncio.gather(*(change(world, token, OTHER, each) for each in new))
    assert Counter(answer.status_code for answer in answers) == {204: 1, 403: 3}
    [right] = [each for each, answer in zip(new, answers, strict=True) if answer.status_code == 204]
    assert (await sign_in(world, student.login, right)).status_code == 200


@on_sqlite
async def test_guessing_a_password_with_a_stolen_token_is_throttled_as_signing_in_is(world: World) -> None:
    """By person, and by address together with those who guess at signing in."""
    await world.school()
    student = await world.person(Role.STUDENT, password_hash=runtime(world).passwords.hash_now(OTHER))
    token = (await sign_in(world, student.login, OTHER)).json()["access_token"]
    quota = world.settings.sign_in_limit_per_minute
    answers = [await change(world, token, f"guess {number}", PHRASE) for number in range(quota + 1)]
    assert Counter(answer.status_code for answer in answers) == {403: quota, 429: 1}
    runtime(world).sign_ins = RateLimiter("sign-in", quota=quota)
    runtime(world).guesses = RateLimiter("sign-in-failures", quota=3)
    assert [(await change(world, token, "guess", PHRASE)).status_code for _ in range(4)] == [403, 403, 403, 429]
    assert (await sign_in(world, "nobody@harbour.example")).status_code == 429


@on_sqlite
async def test_a_password_is_the_same_however_a_keyboard_sends_it(world: World) -> None:
    """RFC 8265, 4.2; and what was set before passwords were normalised opens still, and is then kept as the others."""
    secret = await invited(world, await coordinator(world))
    composed = "sieben müde Äpfel träumen"
    decomposed = unicodedata.normalize("NFD", composed).replace(" ", "\u00a0")
    assert (await accept(world, secret, decomposed)).status_code == 200
    assert [(await sign_in(world, LOGIN, each)).status_code for each in (composed, decomposed)] == [200, 200]

    older = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),)).hash(decomposed)
    student = await world.person(Role.STUDENT, password_hash=older)
    assert (await sign_in(world, student.login, composed)).status_code == 401
    assert (await sign_in(world, student.login, decomposed)).status_code == 200
    assert [(await sign_in(world, student.login, each)).status_code for each in (composed, decomposed)] == [200, 200]
