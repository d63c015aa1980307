"""Pausing and what supporters carry, held against the OpenAPI document."""

from __future__ import annotations

from held import OPERATIONS, Held, example

from app.vocabulary import Role
from tests.programme.put_in_place import a_pause_of_the_programme, a_talk
from tests.support.world import World

PAUSES = "/v1/supporters/me/pauses"


async def pausing(held: Held, world: World) -> None:
    wren = await world.person(Role.SUPPORTER)
    [media] = OPERATIONS["createMyPause"].content().values()
    for each in media["examples"]:
        made = await held("createMyPause", wren, headers=world.once(), json=example("createMyPause", of=each) | LATER)
        assert made.status_code == 201, made.text
    assert (await held("createMyPause", wren, headers=world.once(), json=PAST)).status_code == 422
    await held("listMyPauses", wren)
    await held("resumeSupporting", wren, json=example("resumeSupporting"))
    await limits(held, world)
    await by_the_programme(held, world)
    await talks(held, world)


async def by_the_programme(held: Held, world: World) -> None:
    wren, lee = await world.person(Role.SUPPORTER), await world.person(Role.COORDINATOR)
    okafor = await world.person(Role.SPONSOR)
    mine = await world.http.get("/v1/supporters/me/expected-end", headers=wren.headers)
    at = {"supporter_id": mine.json()["id"]}
    asked = example("createSupporterPause")
    made = await held("createSupporterPause", lee, at=at, headers=world.once(), json=asked)
    assert made.status_code == 201, made.text
    assert (await held("createSupporterPause", lee, at=at, headers=world.once(), json=asked)).status_code == 409
    await held("listSupporterPauses", lee, at=at)
    its = {"pause_id": made.json()["id"]}
    words = example("appealMyPause")
    assert (await held("appealMyPause", wren, at=its, headers=world.once(), json=words)).status_code == 200
    assert (await held("appealMyPause", wren, at=its, headers=world.once(), json=words)).status_code == 409
    await held("listPauseAppeals", okafor)
    await held("decidePauseAppeal", okafor, at=its, json=example("decidePauseAppeal"))
    other = {"decision": "kept"}
    assert (await held("decidePauseAppeal", okafor, at=its, json=other)).status_code == 409


async def talks(held: Held, world: World) -> None:
    wren, mira = await world.person(Role.SUPPORTER), await world.person(Role.ADVISER)
    first, second = [await world.write(lambda session: a_talk(session, wren, mira)) for _ in range(2)]
    await held("listMyDebriefs", wren)
    await held("takeMyDebrief", wren, at={"debrief_id": first}, json={})
    assert (await held("declineMyDebrief", wren, at={"debrief_id": first})).status_code == 409
    await held("declineMyDebrief", wren, at={"debrief_id": second})
    await held("listDebriefs", mira)


async def limits(held: Held, world: World) -> None:
    wren, lee = await world.person(Role.SUPPORTER), await world.person(Role.COORDINATOR)
    await held("getMyLoad", wren)
    lower = {"max_open_contacts": 1}
    await held.versioned("updateMyLimits", wren, "getMyLimits", at={}, json=lower)
    mine = await world.http.get("/v1/supporters/me/expected-end", headers=wren.headers)
    at = {"supporter_id": mine.json()["id"]}
    await held("getSupporterLoad", lee, at=at)
    hours = {"max_on_call_hours_per_week": 6}
    await held.versioned("updateSupporterLimits", lee, "getSupporterLimits", at=at, json=hours)


# Whatever the day on which this runs.
LATER = {"until": None}
PAST = {"from": "2020-01-01T00:00:00Z"}


async def five_pauses(world: World) -> tuple[str, dict[str, str]]:
    """Each when the one before has ended."""
    wren = await world.person(Role.SUPPORTER)
    for _ in range(5):
        made = await world.http.post(PAUSES, headers=wren.headers | world.once(), json={})
        assert made.status_code == 201, made.text
        world.time.advance(minutes=2)
        back = await world.http.post("/v1/supporters/me/resume", headers=wren.headers, json={})
        assert back.status_code == 200, back.text
        world.time.advance(minutes=2)
    return PAUSES, wren.headers


async def five_debriefs(world: World) -> tuple[str, dict[str, str]]:
    wren, mira = await world.person(Role.SUPPORTER), await world.person(Role.ADVISER)
    for _ in range(5):
        await world.write(lambda session: a_talk(session, wren, mira))
    return "/v1/supporters/me/debriefs", wren.headers


async def five_talks(world: World) -> tuple[str, dict[str, str]]:
    mira = await world.person(Role.ADVISER)
    for _ in range(5):
        wren = await world.person(Role.SUPPORTER)
        await world.write(lambda session, wren=wren: a_talk(session, wren, mira, taken=True))
    return "/v1/debriefs", mira.headers


async def five_appeals(world: World) -> tuple[str, dict[str, str]]:
    okafor, lee = await world.person(Role.SPONSOR), await world.person(Role.COORDINATOR)
    for _ in range(5):
        wren = await world.person(Role.SUPPORTER)
        await world.write(lambda session, wren=wren: a_pause_of_the_programme(session, wren, lee))
    return "/v1/pause-appeals", okafor.headers


async def five_pauses_of_a_supporter(world: World) -> tuple[str, dict[str, str]]:
    wren, lee = await world.person(Role.SUPPORTER), await world.person(Role.COORDINATOR)
    for _ in range(5):
        await world.write(lambda session: a_pause_of_the_programme(session, wren, lee))
    return f"/v1/supporters/{await world.supporter_id(wren)}/pauses", lee.headers
