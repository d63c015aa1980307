"""What every answer of a school needs is read once for all who come at the same time, and never kept from before a
change."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

import pytest

from app.core.db import DatabaseUnavailable
from app.reports.outlook import Outlooks

NOW = dt.datetime(2027, 3, 2, 20, 15, 30, tzinfo=dt.UTC)


class Reads:
    """Stands in for the database: each read waits until it is told what was there."""

    def __init__(self) -> None:
        self.begun: list[asyncio.Future[Any]] = []

    async def __call__(self) -> Any:
        self.begun.append(asyncio.get_running_loop().create_future())
        return await self.begun[-1]


async def all_begun() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_those_who_come_at_once_share_one_read_and_the_next_needs_none() -> None:
    outlooks, reads = Outlooks(seconds=60), Reads()
    waiting = [asyncio.ensure_future(outlooks.of("harbour", now=NOW, read=reads)) for _ in range(5)]
    await all_begun()
    waiting[0].cancel()
    await all_begun()
    [read] = reads.begun
    read.set_result("as it is")
    assert await asyncio.gather(*waiting[1:]) == ["as it is"] * 4
    assert await outlooks.of("harbour", now=NOW, read=reads) == "as it is"
    assert len(reads.begun) == 1


async def test_what_was_read_before_a_change_is_not_kept_after_it() -> None:
    outlooks, reads = Outlooks(seconds=60), Reads()
    before = asyncio.ensure_future(outlooks.of("harbour", now=NOW, read=reads))
    await all_begun()
    outlooks.forget("harbour")
    after = asyncio.ensure_future(outlooks.of("harbour", now=NOW, read=reads))
    await all_begun()
    reads.begun[1].set_result("new")
    reads.begun[0].set_result("old")
    assert await asyncio.gather(before, after) == ["old", "new"]
    assert await outlooks.of("harbour", now=NOW, read=reads) == "new"


@pytest.mark.parametrize(
    ("seconds", "later"), [(60.0, dt.timedelta(minutes=1)), (0.0, dt.timedelta())], ids=["another-minute", "no-keeping"]
)
async def test_a_read_is_shared_within_its_minute_and_only_where_something_is_kept(
    seconds: float, later: dt.timedelta
) -> None:
    outlooks, reads = Outlooks(seconds=seconds), Reads()
    waiting = [asyncio.ensure_future(outlooks.of("harbour", now=NOW + n * later, read=reads)) for n in range(2)]
    await all_begun()
    assert len(reads.begun) == 2
    for number, read in enumerate(reads.begun):
        read.set_result(number)
    assert await asyncio.gather(*waiting) == [0, 1]


async def test_a_read_that_fails_is_told_to_all_who_waited_and_tried_again_by_the_next() -> None:
    outlooks, reads = Outlooks(seconds=60), Reads()
    waiting = [asyncio.ensure_future(outlooks.of("harbour", now=NOW, read=reads)) for _ in range(2)]
    await all_begun()
    reads.begun[0].set_exception(DatabaseUnavailable("away"))
    failures = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(failure) for failure in failures] == [DatabaseUnavailable] * 2
    again = asyncio.ensure_future(outlooks.of("harbour", now=NOW, read=reads))
    await all_begun()
    reads.begun[1].set_result("back")
    assert await again == "back"
