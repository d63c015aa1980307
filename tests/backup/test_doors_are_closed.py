"""What a backup holds that opens a door by itself opens none once it has been restored, over HTTP."""

from __future__ import annotations

import pytest

from app.backup import closing
from app.core import clock
from app.vocabulary import Role
from tests.identity.linking import PHRASE, accept, invited, look, sign_in
from tests.identity.programs import EXPORT, an_account, ask, change, headers_of, keeper
from tests.rosters.calendars import subscribe
from tests.support.world import World

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@on_sqlite
async def test_nothing_of_before_a_restore_opens_a_door_but_passwords_and_receipts(world: World) -> None:
    await world.school()
    lee, it = await world.person(Role.COORDINATOR), await keeper(world)
    pair = (await accept(world, await invited(world, lee, Role.SUPPORTER))).json()
    link = await invited(world, lee, Role.SUPPORTER, login="noor@harbour.example")
    account = await an_account(world, it)
    program = await headers_of(world, account)
    newer = account | (await change(world, it, "POST", account, "/rotate-secret", overlap_minutes=600)).json()
    calendar = await subscribe(world, lee)
    receipt = (await world.report("tearful")).json()["receipt"]
    wren = {"Authorization": f"Bearer {pair['access_token']}"}

    async def opened() -> dict[str, int]:
        answers = {
            "a sign-in": await world.http.get("/v1/auth/me", headers=wren),
            "a calendar": await world.http.get(calendar),
            "a link": await look(world, link),
            "a secret of a program": await ask(world, newer),
            "the secret before it": await ask(world, account),
            "a token of a program": await world.http.get(EXPORT, headers=program),
        }
        return {name: answer.status_code for name, answer in answers.items()}

    doors = await opened()
    assert set(doors.values()) == {200}, "each of them is a door"
    await world.write(lambda session: closing.close(session, now=clock.now(), current=True))
    assert await opened() == dict.fromkeys(doors, 401) | {"a calendar": 404, "a link": 404}
    assert (await accept(world, link)).status_code == 404
    refresh = {"grant_type": "refresh_token", "refresh_token": pair["refresh_token"]}
    assert (await world.http.post("/v1/auth/token", json=refresh)).status_code == 401
    # Nobody could make these anew.
    assert (await sign_in(world, "wren@harbour.example", PHRASE)).status_code == 200
    assert (await world.http.get("/v1/me/report", headers=await world.reporter(receipt))).status_code == 200
