"""The receipt opens its report, and nothing else; a wrong one tells nothing (J3)."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from typing import Any

from harbour import cast, documented, my_report, not_found_body, one_database, random_id, rows, the_row

from app.core import clock
from app.core.receipts import new_receipt
from app.identity.keys import load_token_keys
from app.identity.tokens import REPORTER
from app.models import Report
from app.routers.runtime import ISSUER
from app.vocabulary import Role
from tests.support.world import World

SESSION = "/v1/receipts/session"


async def receipt_of(world: World, *signs: str, **fields: Any) -> str:
    made = await world.report(*signs, **fields)
    assert made.status_code == 201, made.text
    receipt: str = made.json()["receipt"]
    return receipt


@one_database
async def test_a_receipt_opens_its_report_however_it_is_typed(world: World) -> None:
    await world.school()
    receipt = await receipt_of(world, "tearful")
    spelled = receipt.translate(str.maketrans("01", "OL"))
    for typed in (
        receipt,
        receipt.lower(),
        receipt.replace("-", ""),
        f"  {receipt.replace('-', ' ')}  ",
        " ".join(receipt.replace("-", "")),
        spelled,
        spelled.lower(),
        receipt.translate(str.maketrans("01", "oi")),
    ):
        opened = await world.http.post(SESSION, json={"receipt": typed})
        assert opened.status_code == 200, typed
        assert opened.headers["cache-control"] == "no-store"
        assert set(opened.json()) == {"access_token", "token_type", "expires_in"}
        assert (opened.json()["token_type"], opened.json()["expires_in"]) == ("Bearer", 900)


async def test_wrong_expired_and_malformed_receipts_get_one_and_the_same_answer(world: World) -> None:
    await world.school()
    expired = await receipt_of(world, "tearful")
    world.time.advance(days=91)
    bodies = []
    for receipt in (expired, expired.lower(), new_receipt(), "☃", "7", "x" * 100, random_id(), "' OR 1=1 --"):
        answer = await world.http.post(SESSION, json={"receipt": receipt})
        bodies.append((not_found_body(answer), len(answer.content), sorted(answer.headers)))
        assert receipt not in answer.text or len(receipt) < 5
    assert all(body == bodies[0] for body in bodies)
    assert bodies[0][0]["help"]


@one_database
async def test_many_wrong_receipts_slow_down_and_are_never_refused(world: World, monkeypatch: Any) -> None:
    """An honest reporter on the same network still gets in: there is no 429 and no lockout."""
    slowdown = world.app.state.runtime.receipts
    monkeypatch.setattr(type(slowdown), "STEP_SECONDS", 0.001)
    await world.school()
    receipt = await receipt_of(world, "tearful")
    assert slowdown.seconds == 0
    for _ in range(40):
        assert (await world.http.post(SESSION, json={"receipt": new_receipt()})).status_code == 404
    assert 0 < slowdown.seconds <= slowdown.LONGEST_SECONDS
    assert (await world.http.post(SESSION, json={"receipt": receipt})).status_code == 200


async def test_every_use_keeps_a_receipt_good_for_another_ninety_days(world: World) -> None:
    await world.school()
    receipt = await receipt_of(world, "tearful")
    for _ in range(3):
        world.time.advance(days=89)
        seen = await my_report(world, receipt)
        assert seen["receipt_good_until"] == (clock.now().date() + dt.timedelta(days=90)).isoformat()
    world.time.advance(days=91)
    assert (await world.http.post(SESSION, json={"receipt": receipt})).status_code == 404


@one_database
async def test_a_receipt_is_kept_as_a_keyed_hash_alone(world: World) -> None:
    await world.school()
    receipt = await receipt_of(world, "tearful")
    row = await the_row(world, Report)
    assert len(row.receipt_hash) == 32
    kept = repr(row.model_dump())
    assert receipt not in kept
    assert receipt.replace("-", "") not in kept


@one_database
async def test_a_session_shows_its_own_report_and_no_other(world: World) -> None:
    await cast(world)
    first, second = await receipt_of(world, "tearful"), await receipt_of(world, "isolated")
    sessions = [await world.reporter(receipt) for receipt in (first, second)]
    for number, session in enumerate(sessions):
        sent = await world.http.post("/v1/me/report/messages", headers=session, json={"text": f"I am {number}."})
        assert sent.status_code == 201
    for number, session in enumerate(sessions):
        found = await world.http.get("/v1/me/report/messages", headers=session)
        assert [message["text"] for message in found.json()["items"]] == [f"I am {number}."]


def guarded() -> list[tuple[str, str]]:
    """Every operation that needs a token, with made-up ids in its path."""
    found = []
    for path, operations in documented()["paths"].items():
        concrete = path.replace("{school}", "harbour")
        concrete = re.sub(r"\{token\}", "x" * 32, concrete)
        concrete = re.sub(r"\{[a-z_]+\}", random_id(), concrete)
        found += [(method, concrete) for method, operation in operations.items() if operation.get("security")]
    return found


@one_database
async def test_a_session_opens_nothing_but_the_report(world: World) -> None:
    await cast(world)
    session = await world.reporter(await receipt_of(world, "tearful"))
    operations = guarded()
    mine = [(method, path) for method, path in operations if path.startswith("/v1/me/report")]
    others = [(method, path) for method, path in operations if (method, path) not in mine]
    assert len(mine) >= 3
    assert len(others) >= 30
    for method, path in others:
        answer = await world.http.request(
            method, path, headers=session | world.once(), json={} if method != "get" else None
        )
        assert answer.status_code == 401, (method, path)
        assert answer.json()["help"], (method, path)
    bodies = {"/v1/me/report/messages": {"text": "x"}, "/v1/me/report/withdraw": {"expected": "destroyed"}}
    for method, path in mine:
        body = bodies.get(path) if method != "get" else None
        answer = await world.http.request(method, path, headers=session, json=body)
        # No summary has been written yet: there is none to read, and none to say yes or no to.
        wanted = (404, 422) if path.endswith("/relay-summary") else (200, 201, 204)
        assert answer.status_code in wanted, (method, path)


@one_database
async def test_no_other_token_opens_a_report(world: World) -> None:
    """Not that of any role, not one of a report that is not there, not an expired or a changed one."""
    await world.school()
    receipt = await receipt_of(world, "tearful")
    [row] = await rows(world, Report)
    keys = await world.db.read(lambda session: load_token_keys(session, issuer=ISSUER))

    def token(subject: uuid.UUID, audience: str, *, minutes: int = 15) -> dict[str, str]:
        made = keys.issue(
            subject=subject,
            session=uuid.uuid4(),
            school=None,
            roles=frozenset({"reporter"}),
            audience=audience,
            now=clock.now() - dt.timedelta(minutes=20),
            lifetime=dt.timedelta(minutes=20 + minutes),
        )
        return {"Authorization": f"Bearer {made}"}

    async def status(headers: dict[str, str]) -> int:
        return (await world.http.get("/v1/me/report", headers=headers)).status_code

    assert await status(token(row.id, REPORTER)) == 200
    assert await status(token(row.id, REPORTER, minutes=-2)) == 401
    assert await status(token(uuid.uuid4(), REPORTER)) == 404
    assert await status(token(row.id, "peerline-api")) == 401
    good = await world.reporter(receipt)
    assert await status({"Authorization": good["Authorization"][:-2]}) == 401
    assert await status({}) == 401
    for role in Role:
        person = await world.person(role, school=None if role is Role.PLATFORM_OPERATOR else "harbour")
        assert await status(person.headers) == 401, role


def test_a_receipt_has_no_place_in_an_address() -> None:
    """S1: no operation has a receipt in its path or query, where histories and logs would keep it."""
    for path, operations in documented()["paths"].items():
        for method, operation in operations.items():
            names = {p["name"] for p in operation.get("parameters", []) if p["in"] in ("path", "query")}
            assert not {name for name in names if "receipt" in name}, (method, path)
