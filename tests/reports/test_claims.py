"""A report is held by somebody who can answer it, or by nobody: a claim that was left behind holds nothing up."""

from __future__ import annotations

from typing import Any

import pytest
from harbour import act, cast, give, leave, listed, my_report, one_database, take, the_report, write_to_reporter

from app.vocabulary import Role
from tests.support.world import World


@pytest.mark.parametrize("how", ["left", "role ended", "kept from a new role"])
async def test_what_somebody_held_who_can_no_longer_answer_it_is_free_for_the_next(world: World, how: str) -> None:
    people = await cast(world)
    await world.report("tearful", keep_from=["adviser"])
    [report] = await listed(world, people.triager)
    for action in ("claim", "claim"):
        assert (await act(world, people.triager, report["id"], action)).json()["claimed_by_me"] is True
    assert (await act(world, people.second_triager, report["id"], "claim")).status_code == 409
    if how == "left":
        await leave(world, people.triager)
    elif how == "role ended":
        await take(world, people.triager, Role.TRIAGER)
    else:
        await give(world, people.triager, Role.ADVISER)

    async def claimed() -> tuple[Any, Any]:
        [summary] = await listed(world, people.second_triager)
        full = await the_report(world, people.second_triager)
        assert (summary["claimed"], summary["claimed_by_me"]) == (full["claimed"], full["claimed_by_me"])
        return full["claimed"], full["claimed_by_me"]

    assert await claimed() == (False, False)
    early = await act(world, people.second_triager, report["id"], "close")
    assert (early.status_code, early.json()["code"]) == (409, "not_claimed")
    assert (await write_to_reporter(world, people.second_triager, report["id"])).status_code == 201
    assert (await act(world, people.second_triager, report["id"], "claim")).status_code == 200
    assert await claimed() == (True, True)
    assert (await act(world, people.second_triager, report["id"], "close")).status_code == 200


@one_database
async def test_the_reporter_is_not_told_that_it_is_being_read_by_somebody_who_has_left(world: World) -> None:
    people = await cast(world)
    receipt = (await world.report("tearful")).json()["receipt"]
    [report] = await listed(world, people.triager)
    await act(world, people.triager, report["id"], "claim")
    assert (await my_report(world, receipt))["status"] == "being_read"
    await leave(world, people.triager)
    assert (await my_report(world, receipt))["status"] == "received"
