"""Reports with an Idempotency-Key come together like others (decision 25), and each key still has one effect."""

from __future__ import annotations

import asyncio
import threading
import uuid
from collections.abc import Sequence
from typing import Any

import httpx
import pytest
from sqlmodel import Session

from app.idempotency import service as idempotency
from app.idempotency.service import Once, Reply
from app.models import IdempotencyKey, Report
from app.reports import intake
from app.reports.intake import CanWait, Made
from app.vocabulary import Role
from tests.reports.harbour import REPORTS, rows
from tests.support.world import World

WORRY = {"signs": ["tearful"], "narrative": "She has stopped coming to lunch.", "priority": "soon"}


class Groups:
    """How many reports each shared transaction had. While it is `held`, none goes on."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.began, self.go_on = threading.Event(), threading.Event()
        self.go_on.set()

    def submit_all(self, session: Session, reports: Sequence[CanWait]) -> list[Made | None]:
        self.sizes.append(len(reports))
        self.began.set()
        assert self.go_on.wait(10)
        return _submit_all(session, reports)


_submit_all = intake.submit_all


@pytest.fixture
def groups(monkeypatch: pytest.MonkeyPatch) -> Groups:
    found = Groups()
    monkeypatch.setattr(intake, "submit_all", found.submit_all)
    return found


async def share(world: World, key: str | None = None, **said: Any) -> httpx.Response:
    headers = {} if key is None else {"Idempotency-Key": key}
    return await world.http.post(REPORTS, json=WORRY | said, headers=headers)


def repeated(answer: httpx.Response) -> bool:
    return answer.headers.get("Idempotency-Replayed") == "true"


async def test_sixty_with_keys_share_transactions_and_each_can_be_had_again(world: World, groups: Groups) -> None:
    await world.school()
    keys = [str(uuid.uuid4()) for _ in range(60)]
    answers = await asyncio.gather(*(share(world, key, narrative=f"Worry {key}.") for key in keys))
    assert {answer.status_code for answer in answers} == {201}
    assert (sum(groups.sizes), len(await rows(world, Report))) == (60, 60)
    assert len(groups.sizes) < 30
    again = await asyncio.gather(*(share(world, key, narrative=f"Worry {key}.") for key in keys))
    assert all(repeated(answer) for answer in again)
    assert [answer.content for answer in again] == [answer.content for answer in answers]
    assert len(await rows(world, Report)) == 60


async def test_a_key_that_came_before_keeps_none_of_its_neighbours_out(world: World, groups: Groups) -> None:
    """In one transaction: the key of yesterday, a twin of a neighbour, another worry under a neighbour's key, and two
    that are new."""
    await world.school()
    old, new = str(uuid.uuid4()), str(uuid.uuid4())
    first = await share(world, old)
    groups.began.clear()
    groups.go_on.clear()
    # What comes while a transaction is under way is the next one.
    ahead = asyncio.create_task(share(world))
    await asyncio.to_thread(groups.began.wait, 10)
    asked = []
    for key, said in ((None, {}), (old, {}), (new, {}), (new, {}), (new, {"narrative": "Another."}), (None, {})):
        asked.append(asyncio.create_task(share(world, key, **said)))
        while len(world.app.state.runtime.reports._waiting) < len(asked):
            await asyncio.sleep(0.01)
    groups.go_on.set()
    assert (await ahead).status_code == 201
    alone, repeat, one, twin, other, last = await asyncio.gather(*asked)
    assert (alone.status_code, last.status_code, one.status_code) == (201, 201, 201)
    assert (repeat.content, repeated(repeat)) == (first.content, True)
    assert (twin.content, repeated(one), repeated(twin)) == (one.content, False, True)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert groups.sizes == [1, 1, 6]
    assert len(await rows(world, Report)) == 5
    assert len(await rows(world, IdempotencyKey)) == 2
    receipts = {answer.json()["receipt"] for answer in (first, alone, one, last)}
    assert len(receipts) == 4
    for receipt in receipts:
        assert (await world.http.get("/v1/me/report", headers=await world.reporter(receipt))).status_code == 200


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No lock is given up: what waits for one waits until it is let go, however slow the machine."""
    monkeypatch.setattr("app.core.engines.LOCK_TIMEOUT", "60s")


@pytest.mark.parametrize("came_first", [True, False])
async def test_a_twin_in_another_transaction_is_waited_for_and_nobody_else_waits_with_it(
    patient: None, world: World, groups: Groups, came_first: bool
) -> None:
    """As another process would have it that stands still: its key is there, and not committed yet. Whether the twin
    comes before the others, in a transaction by itself, or with them."""
    await world.school()
    key, said = str(uuid.uuid4()), idempotency.fingerprint("POST", REPORTS, WORRY)
    holds, go_on = threading.Event(), threading.Event()

    def other(session: Session) -> Reply:
        once: Once = intake.Key(key, REPORTS, said).once(session)
        made = idempotency.do_once(session, once, lambda: Reply(201, b'{"receipt":"theirs"}'), now=world.time.now())
        holds.set()
        assert go_on.wait(25)
        return made

    theirs = asyncio.create_task(world.db.write(other))
    await asyncio.to_thread(holds.wait, 10)
    twin = asyncio.create_task(share(world, key))
    if came_first and world.db.dialect == "postgresql":
        await asyncio.to_thread(groups.began.wait, 10)
    others = [asyncio.create_task(share(world, each)) for each in (str(uuid.uuid4()), None, str(uuid.uuid4()))]
    if world.db.dialect == "postgresql":
        # SQLite's one writer is what everybody waits for. Here they are answered while the key is still held.
        assert {answer.status_code for answer in await asyncio.gather(*others)} == {201}
        assert {(await share(world, each)).status_code for each in (None, str(uuid.uuid4()))} == {201}
        assert not theirs.done()
    else:
        await asyncio.sleep(0.2)
    assert not twin.done()
    go_on.set()
    await theirs
    answer = await twin
    assert (answer.json(), repeated(answer)) == ({"receipt": "theirs"}, True)
    assert {answer.status_code for answer in await asyncio.gather(*others)} == {201}
    assert len(await rows(world, Report)) == (5 if world.db.dialect == "postgresql" else 3)


async def test_a_group_that_fails_leaves_no_key_behind(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.school()
    keys = [str(uuid.uuid4()) for _ in range(5)]

    def fails(*_: object) -> None:
        raise RuntimeError("a fault after the rows")

    with monkeypatch.context() as patch:
        patch.setattr("app.reports.unread.watch", fails)
        crashed = await asyncio.gather(*(share(world, key) for key in keys))
        assert {answer.status_code for answer in crashed} == {500}
    assert (await rows(world, Report), await rows(world, IdempotencyKey)) == ([], [])
    answers = await asyncio.gather(*(share(world, key) for key in keys))
    assert not any(repeated(answer) for answer in answers)
    assert len({answer.json()["receipt"] for answer in answers}) == 5


async def test_what_cannot_share_a_transaction_has_one_of_its_own(world: World, groups: Groups) -> None:
    """A report that pages, and one that is kept from somebody, with a key as without."""
    await world.school()
    adviser = await world.person(Role.ADVISER, paged=True)
    await world.on_call(adviser)
    await world.person(Role.TRIAGER, alias="Eli")
    for said in ({"signs": ["said_thoughts_of_suicide"]}, {"keep_from": ["Eli"]}):
        key = str(uuid.uuid4())
        answer, again = await share(world, key, **said), await share(world, key, **said)
        assert (answer.status_code, again.content, repeated(again)) == (201, answer.content, True)
    assert groups.sizes == []
    assert len(await rows(world, Report)) == 2
