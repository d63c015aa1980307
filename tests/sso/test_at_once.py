"""Sign-ins of the same moment, on both databases: none is lost, and nobody is made twice."""

from __future__ import annotations

import asyncio

from sqlmodel import col, func, select

from app.models import PersonIdentity, SignIn
from tests.sso.own_provider import OwnProvider, exchange, register
from tests.support.world import World


async def test_many_exchanges_at_once_make_one_person_and_one_sign_in_for_each_token(world: World) -> None:
    """A person signs in on two devices for the first time, and one of them asks three times (M6)."""
    await world.school()
    provider = OwnProvider(world.receiver)
    provider.publish()
    await register(world, provider.issuer)
    one, two = provider.token(), provider.token()
    answers = await asyncio.gather(*(exchange(world, token) for token in (one, two, one, one)))
    assert [answer.status_code for answer in answers] == [200] * 4
    assert len({answer.json()["refresh_token"] for answer in answers}) == 4
    by_provider = select(func.count()).select_from(SignIn).where(col(SignIn.provider_id).is_not(None))
    assert await world.db.read(lambda s: s.exec(by_provider).one()) == 2
    assert await world.db.read(lambda s: s.exec(select(func.count()).select_from(PersonIdentity)).one()) == 1
    # Its keys were asked for once: the others waited for the answer.
    assert provider.asked() == 1
