"""An alias by which reporters keep a report from somebody goes on meaning that person (J14), over HTTP."""

from __future__ import annotations

import datetime as dt
from typing import Any

import httpx
import pytest
from giving import act, code, give, given, grant_of

from app.vocabulary import Role
from tests.reports.harbour import listed
from tests.support.world import Someone, World

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
PEOPLE = "/v1/schools/harbour/people"
OPENS_CASES = (
    Role.TRIAGER,
    Role.ADVISER,
    Role.INDEPENDENT_HANDLER,
    Role.PRIVACY_OFFICER,
    Role.COORDINATOR,
    Role.SPONSOR,
)


async def rename(world: World, actor: Someone, person: Someone, alias: str, **more: Any) -> httpx.Response:
    shown = await world.http.get(f"{PEOPLE}/{person.id}", headers=actor.headers)
    headers = actor.headers | {"If-Match": shown.headers["ETag"]}
    return await world.http.patch(f"{PEOPLE}/{person.id}", headers=headers, json={"alias": alias, **more})


async def test_nobody_swaps_the_aliases_of_two_readers(world: World) -> None:
    """Who names one of them means the one whom they saw in the list, whoever would like it to be the other."""
    await world.school()
    it, coordinator = await world.person(Role.SCHOOL_IT), await world.person(Role.COORDINATOR, alias="Lee")
    noor, ines = await world.person(Role.TRIAGER, alias="Noor"), await world.person(Role.ADVISER, alias="Ines")
    other = await world.person(Role.TRIAGER, alias="Eli")
    for person, alias in ((noor, "Zed"), (ines, "Noor")):
        assert code(await rename(world, it, person, alias)) == (403, "not_yours_to_rename")
        assert code(await rename(world, coordinator, person, alias)) == (409, "alias_stays")
    assert code(await rename(world, coordinator, coordinator, "Zed")) == (409, "alias_stays")
    made = await world.report("isolated", keep_from=["Noor"], narrative="It is about Noor.")
    assert made.status_code == 201
    assert await listed(world, noor) == []
    assert len(await listed(world, other)) == 1


@on_sqlite
@pytest.mark.parametrize("role", OPENS_CASES)
async def test_every_alias_that_can_keep_somebody_out_stays(world: World, role: Role) -> None:
    """Of readers, and of sponsors, who may be named where somebody tells of a breach of privacy."""
    await world.school()
    coordinator, person = await world.person(Role.COORDINATOR), await world.person(role, alias="Noor")
    assert code(await rename(world, coordinator, person, "Zed")) == (409, "alias_stays")
    # What is no other name is no change.
    same = await rename(world, coordinator, person, "Noor", assesses_at=[])
    assert (same.status_code, same.json()["alias"]) == (200, "Noor")


@on_sqlite
async def test_what_is_wrong_is_mended_before_the_second_word(world: World) -> None:
    """Somebody who is to read cases is called what a second person agrees to; who never came to read them is free."""
    await world.school()
    coordinator, sponsor = await world.person(Role.COORDINATOR), await world.person(Role.SPONSOR)
    noor = await world.person(Role.SUPPORTER, alias="Noro")
    waiting = await given(world, coordinator, noor, Role.TRIAGER)
    assert code(await rename(world, coordinator, noor, "Noor")) == (409, "alias_stays")
    assert (await act(world, sponsor, waiting, "decline")).status_code == 200
    assert (await rename(world, coordinator, noor, "Noor")).json()["alias"] == "Noor"


async def test_an_alias_stays_for_thirty_days_after_the_last_such_role(world: World) -> None:
    """Whoever took it away cannot give it to somebody else next; a month later nobody has that list in hand."""
    await world.school()
    it, coordinator = await world.person(Role.SCHOOL_IT), await world.person(Role.COORDINATOR)
    noor = await world.person(Role.SUPPORTER, Role.TRIAGER, alias="Noor")
    grant = await grant_of(world, coordinator, noor, Role.TRIAGER)
    assert (await act(world, coordinator, grant, "end")).status_code == 200
    for days in (0, 29):
        world.time.advance(days=days)
        assert code(await rename(world, coordinator, noor, "Zed")) == (409, "alias_stays"), days
    world.time.advance(days=1)
    # A supporter is somebody to those who confide in them: still not school IT's to rename.
    assert code(await rename(world, it, noor, "Zed")) == (403, "not_yours_to_rename")
    assert (await rename(world, coordinator, noor, "Zed")).json()["alias"] == "Zed"


@on_sqlite
async def test_a_role_that_ran_out_is_one_that_ended(world: World) -> None:
    """Nobody has written that down, and it counts as if somebody had."""
    await world.school()
    coordinator, lee = await world.person(Role.COORDINATOR), await world.person(Role.SUPPORTER, alias="Lee")
    end = (dt.datetime.now(dt.UTC) + dt.timedelta(days=2)).isoformat()
    assert (await give(world, coordinator, lee, Role.COORDINATOR, ends_at=end)).status_code == 201
    world.time.advance(days=31)
    assert code(await rename(world, coordinator, lee, "Zed")) == (409, "alias_stays")
    world.time.advance(days=2)
    assert (await rename(world, coordinator, lee, "Zed")).status_code == 200


@on_sqlite
async def test_who_has_left_keeps_the_alias_by_which_reports_are_kept_from_them(world: World) -> None:
    """However long they are away, in case they come back."""
    await world.school()
    it, coordinator = await world.person(Role.SCHOOL_IT), await world.person(Role.COORDINATOR)
    noor = await world.person(Role.TRIAGER, alias="Noor")
    await world.person(Role.TRIAGER)
    assert (await world.http.post(f"{PEOPLE}/{noor.id}/leave", headers=it.headers)).status_code == 200
    world.time.advance(days=100)
    for actor in (it, coordinator):
        assert code(await rename(world, actor, noor, "Zed")) == (409, "alias_stays")
    assert (await world.report("tearful", keep_from=["Noor"])).status_code == 201


@on_sqlite
async def test_no_file_renames_somebody_whose_alias_stays(world: World) -> None:
    """Also not whom a file has taken off, and brings back without a role."""
    await world.school()
    it, noor = await world.person(Role.SCHOOL_IT), await world.person(Role.TRIAGER, alias="Noor")
    kai = await world.person(Role.STUDENT, alias="Kai")

    async def bring(*rows: dict[str, Any]) -> dict[str, Any]:
        done = await world.http.post(f"{PEOPLE}/imports", headers=it.headers, json={"rows": list(rows)})
        assert done.status_code == 200, done.text
        found: dict[str, Any] = done.json()
        return found

    row = {"external_id": "T-1", "login": noor.login}
    await bring(row, {"external_id": "S-1", "login": kai.login, "alias": "Kai W"})
    gone = await world.http.post(f"{PEOPLE}/deprovision", headers=it.headers, json={"external_id": "T-1"})
    assert gone.status_code == 204
    back = await bring({"external_id": "T-1", "alias": "Zed", "roles": ["student"]})
    assert back["returned"] == ["T-1"]
    assert back["kept"] == [{"external_id": "T-1", "fields": ["alias"]}]
    shown = (await world.http.get(PEOPLE, headers=it.headers)).json()["items"]
    assert {"Noor", "Kai W"} < {each["alias"] for each in shown}
