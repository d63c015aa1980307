"""When somebody signed in and went on is not kept for ever (docs/people.md)."""

from __future__ import annotations

import uuid

from sqlmodel import Session, select

from app.core.clock import hour_of
from app.models import LegalHold, RefreshToken, SignIn
from app.schools import service as schools
from app.vocabulary import Role
from app.worker import start_recurring
from tests.support.world import World

PHRASE = "a long phrase that somebody remembers"


async def signed_in(world: World, login: str, *, times: int) -> str:
    """By so many pairs of tokens. Gives the last refresh token."""
    body = {"grant_type": "password", "login": login, "password": PHRASE}
    for _ in range(times):
        answer = await world.http.post("/v1/auth/token", json=body)
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["refresh_token"]
        body = {"grant_type": "refresh_token", "refresh_token": token}
    return token


async def rows(world: World) -> tuple[int, int]:
    def count(session: Session) -> tuple[int, int]:
        return len(session.exec(select(SignIn.id)).all()), len(session.exec(select(RefreshToken.id)).all())

    return await world.db.read(count)


async def test_three_months_later_the_last_sign_in_is_left_and_no_token_that_is_over(world: World) -> None:
    await world.school()
    hashed = world.app.state.runtime.passwords.hash_now(PHRASE)
    adviser = await world.person(Role.ADVISER, password_hash=hashed)
    await world.write(start_recurring)
    before = await rows(world)
    gone = await signed_in(world, adviser.login, times=3)
    await signed_in(world, adviser.login, times=2)
    world.time.advance(days=89)
    await world.settle()
    assert await rows(world) == (before[0] + 2, before[1] + 5), "a token that comes back is known as used"

    world.time.advance(days=2)
    lasts = await signed_in(world, adviser.login, times=2)
    await world.settle()
    sign_ins, tokens = await rows(world)
    assert (sign_ins, tokens) == (1, 2)
    answers = [
        await world.http.post("/v1/auth/token", json={"grant_type": "refresh_token", "refresh_token": token})
        for token in (gone, lasts)
    ]
    assert [answer.status_code for answer in answers] == [401, 200]

    world.time.advance(days=120)
    await world.settle()
    assert await rows(world) == (1, 0), "whether somebody has ever come in can still be told"


async def test_a_hold_on_everything_of_the_school_keeps_them(world: World) -> None:
    await world.school()
    hashed = world.app.state.runtime.passwords.hash_now(PHRASE)
    adviser = await world.person(Role.ADVISER, password_hash=hashed)
    await world.write(start_recurring)
    for _ in range(2):
        await signed_in(world, adviser.login, times=2)

    def hold(session: Session) -> uuid.UUID:
        row = LegalHold(
            school_id=schools.find(session, "harbour").id,
            report_id=None,
            placed_by=adviser.id,
            placed_hour=hour_of(world.time.now()),
            reason_sealed=b"",
            authority_sealed=b"",
        )
        session.add(row)
        session.flush()
        return row.id

    held = await world.db.write(hold)
    kept = await rows(world)
    world.time.advance(days=120)
    await world.settle()
    assert await rows(world) == kept

    def release(session: Session) -> None:
        row = session.get_one(LegalHold, held)
        row.released_hour = hour_of(world.time.now())
        session.add(row)

    await world.write(release)
    world.time.advance(hours=2)
    await world.settle()
    assert await rows(world) == (1, 0)
