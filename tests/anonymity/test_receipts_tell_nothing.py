"""A receipt that was never given, one that has expired, one that was taken back: the same words, size, headers and time
(J3)."""

from __future__ import annotations

import statistics
import time

import httpx
import pytest

from app.core.receipts import new_receipt
from tests.reports.harbour import one_database
from tests.support.world import World

SESSION = "/v1/receipts/session"
# Together with the others below the number from which failures slow down.
ROUNDS = 9


async def timed(world: World, receipt: str) -> tuple[httpx.Response, float]:
    began = time.perf_counter()
    answer = await world.http.post(SESSION, json={"receipt": receipt})
    return answer, time.perf_counter() - began


async def expired_receipt(world: World) -> str:
    await world.school()
    made = await world.report("tearful")
    world.time.advance(days=91)
    receipt: str = made.json()["receipt"]
    return receipt


async def withdrawn_receipt(world: World) -> str:
    """Taken back, and the day in which that can be undone is over."""
    await world.school()
    receipt: str = (await world.report("tearful")).json()["receipt"]
    reporter = await world.reporter(receipt)
    done = await world.http.post("/v1/me/report/withdraw", headers=reporter, json={"expected": "destroyed"})
    assert done.status_code == 200, done.text
    world.time.advance(hours=26)
    await world.settle()
    return receipt


GONE = {"expired": expired_receipt, "withdrawn": withdrawn_receipt}


@one_database
@pytest.mark.parametrize("how", GONE)
async def test_wrong_and_gone_receipts_get_answers_of_one_size_and_one_set_of_headers(world: World, how: str) -> None:
    expired = await GONE[how](world)
    answers = [(await timed(world, receipt))[0] for receipt in (expired, new_receipt(), expired, new_receipt())]
    assert {answer.status_code for answer in answers} == {404}
    assert len({len(answer.content) for answer in answers}) == 1
    assert len({tuple(sorted(answer.headers)) for answer in answers}) == 1
    constant = [{name: value for name, value in answer.headers.items() if name != "x-request-id"} for answer in answers]
    assert all(headers == constant[0] for headers in constant)
    assert len({answer.headers["x-request-id"] for answer in answers}) == len(answers)


@one_database
@pytest.mark.parametrize("how", GONE)
async def test_wrong_and_gone_receipts_take_the_same_time(world: World, how: str) -> None:
    """Of one class: both look the hash up in one transaction that is rolled back, and neither does more."""
    expired = await GONE[how](world)
    wrong, old = [], []
    for _ in range(ROUNDS):
        wrong.append((await timed(world, new_receipt()))[1])
        old.append((await timed(world, expired))[1])
    one, other = sorted((statistics.median(wrong), statistics.median(old)))
    assert other < 2 * one + 0.01, (one, other)


@one_database
async def test_wrong_and_withdrawn_receipts_take_the_same_time(world: World) -> None:
    """Before and after the worker has put something else in the place of the hash."""
    await world.school()
    withdrawn = (await world.report("tearful")).json()["receipt"]
    reporter = await world.reporter(withdrawn)
    done = await world.http.post("/v1/me/report/withdraw", headers=reporter, json={"expected": "destroyed"})
    assert done.status_code == 200
    world.time.advance(hours=25)
    for work in (False, True):
        if work:
            await world.settle()
            # What failed before is no reason for these to wait.
            world.time.advance(hours=1)
        wrong, gone = [], []
        for _ in range(ROUNDS // 2):
            wrong.append(await timed(world, new_receipt()))
            gone.append(await timed(world, withdrawn))
        assert len({(answer.status_code, len(answer.content)) for answer, _ in (*wrong, *gone)}) == 1
        one, other = sorted(statistics.median(took for _, took in each) for each in (wrong, gone))
        assert other < 2 * one + 0.01, (work, one, other)


@one_database
async def test_failures_make_right_and_wrong_receipts_wait_alike(world: World) -> None:
    await world.school()
    receipt = (await world.report("tearful")).json()["receipt"]
    slowdown = world.app.state.runtime.receipts
    for _ in range(slowdown.FREE + 5):
        slowdown.failed()
    assert slowdown.seconds >= 0.1
    right, took_right = await timed(world, receipt)
    wrong, took_wrong = await timed(world, new_receipt())
    assert (right.status_code, wrong.status_code) == (200, 404)
    assert min(took_right, took_wrong) >= 0.1
