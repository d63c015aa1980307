"""Proof of work while very many write: asked of devices, once for each report, and of no urgent one (J13)."""

from __future__ import annotations

import asyncio
import base64
import json
import uuid
from collections import Counter
from typing import Any

import httpx
import pytest
from harbour import REPORTS, one_database
from sqlmodel import Session, func, select
from working import CHALLENGE, QUIET, asked_after, caller_at, flooded, solved

from app.core import crypto
from app.core.db import DatabaseUnavailable
from app.core.ratelimit import KEY_LIFETIME_SECONDS
from app.models import Page, Report, SpentChallenge
from app.reports import challenges as service
from app.reports import surge
from app.reports.challenges import GOOD_FOR, Challenges, Issuer
from app.reports.outlook import Outlooks
from app.settings import Settings
from app.vocabulary import Role
from app.worker import start_recurring
from tests.paging.story import kinds, later, team
from tests.support.world import World


@pytest.fixture(autouse=True)
def _short_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """A try is a twentieth of what it is: these are about who is asked, when and how often, not about how long."""
    monkeypatch.setattr(surge, "ROUNDS", surge.ROUNDS // 20)


async def known(world: World, *schools: str) -> None:
    """As schools are that were there when the process started."""
    for school in schools:
        await world.http.get(f"/v1/schools/{school}/help-now")


async def stored(world: World) -> tuple[int, int]:
    """How many reports there are, and how many challenges were used."""

    def look(session: Session) -> tuple[int, int]:
        reports = session.exec(select(func.count()).select_from(Report)).one()
        return reports, session.exec(select(func.count()).select_from(SpentChallenge)).one()

    return await world.db.read(look)


def challenge_of(refused: httpx.Response) -> dict[str, Any]:
    """What an answer asks for; it is the same kind of answer whatever was wrong."""
    assert (refused.status_code, refused.json()["code"]) == (428, "challenge_required"), refused.text
    assert refused.headers["Content-Type"].startswith("application/problem+json")
    assert refused.json()["help"][0]["phone_dial"] == "000"
    asked = refused.json()["report_challenge"]
    assert asked["needed"] is True
    challenge: dict[str, Any] = asked["challenge"]
    return challenge


def with_work(challenge: dict[str, Any]) -> dict[str, Any]:
    return QUIET | {"challenge_solution": solved(challenge)}


@one_database
async def test_as_long_as_nothing_is_unusual_nothing_is_asked(world: World) -> None:
    """Contract 1.4: `challenge_solution: null` is accepted; one that nobody asked for is not even read."""
    await world.school()
    asked = await world.http.get(CHALLENGE)
    assert asked.json() == {"needed": False, "most_tries": None, "expires_at": None, "challenge": None}
    assert asked.headers["Cache-Control"] == "no-store"
    assert not {"set-cookie", "etag", "ratelimit"} & set(asked.headers)
    for solution in (None, "", "nonsense"):
        assert (await world.report("tearful", challenge_solution=solution)).status_code == 201
    assert await stored(world) == (3, 0)
    assert (await world.http.get("/v1/schools/nowhere/report-challenge")).status_code == 404
    assert "report_challenge" in (await world.http.get("/v1/meta")).json()["features"]


async def test_whoever_is_asked_solves_it_and_sends_the_same_again(world: World) -> None:
    await world.school()
    asked = challenge_of(await flooded(world))
    before = await stored(world)
    key = world.once()
    refused = await world.http.post(REPORTS, json=QUIET, headers=key)
    assert await stored(world) == before
    body = with_work(challenge_of(refused))
    taken = await world.http.post(REPORTS, json=body, headers=key)
    assert taken.status_code == 201
    # Its answer was lost: it is repeated, with the work, with other work, and with none.
    for again in (body, with_work(asked), QUIET):
        repeated = await world.http.post(REPORTS, json=again, headers=key)
        assert (repeated.status_code, repeated.json()) == (201, taken.json())
        assert repeated.headers["Idempotency-Replayed"] == "true"
    # … and long after the challenge has expired.
    world.time.advance(minutes=11)
    assert (await world.http.post(REPORTS, json=body, headers=key)).json() == taken.json()
    assert await stored(world) == (before[0] + 1, before[1] + 1)


async def test_one_solution_counts_for_one_report_however_many_send_it_at_once(world: World) -> None:
    await world.school()
    body = with_work(challenge_of(await flooded(world)))
    before = await stored(world)
    many = [world.http.post(REPORTS, json=body, headers=world.once() if n % 2 else {}) for n in range(12)]
    answers = await asyncio.gather(*many)
    assert Counter(answer.status_code for answer in answers) == {201: 1, 428: 11}
    assert await stored(world) == (before[0] + 1, before[1] + 1)
    for answer in answers:
        if answer.status_code == 428:
            assert challenge_of(answer) != {}
    # At another school it counts no more than here.
    await world.school("ridge")
    elsewhere = await world.http.post("/v1/schools/ridge/reports", json=body)
    assert (
        await world.http.post("/v1/schools/ridge/reports", json=with_work(challenge_of(elsewhere)))
    ).status_code == 201


@one_database
async def test_what_is_wrong_forged_or_expired_is_asked_again_and_told_nothing_else(world: World) -> None:
    await world.school()
    asked = challenge_of(await flooded(world))
    good = json.loads(base64.b64decode(solved(asked)))

    def changed(part: str, name: str, value: Any) -> str:
        inner = good[part] if name in good[part] else good[part]["parameters"]
        whole = good | {
            part: good[part] | ({name: value} if inner is good[part] else {"parameters": inner | {name: value}})
        }
        return base64.b64encode(json.dumps(whole).encode()).decode()

    others = Issuer(crypto.new_key(), crypto.new_key()).make(1, now=world.time.now())
    assert others.challenge is not None
    bad = [
        changed("solution", "derivedKey", "00" * 32),
        changed("solution", "derivedKey", asked["parameters"]["keyPrefix"]),
        changed("challenge", "signature", "00" * 32),
        changed("challenge", "keyPrefix", ""),
        changed("challenge", "keySignature", None),
        changed("challenge", "cost", 1),
        changed("challenge", "cost", 10**400),
        changed("challenge", "cost", float("inf")),
        changed("challenge", "expiresAt", 9_999_999_999),
        changed("challenge", "expiresAt", "soon"),
        changed("challenge", "algorithm", "\ud800"),
        changed("challenge", "nonce", ["__proto__"]),
        solved(others.challenge.model_dump(mode="json", by_alias=True)),
        base64.b64encode(b"[" * 900).decode(),
        base64.b64encode(b'{"challenge": {}, "solution": 3}').decode(),
        "not base64 at all, and ünicode",
        "=" * 4000,
        "",
    ]
    before = await stored(world)
    told = set()
    for solution in bad:
        refused = await world.http.post(REPORTS, json=QUIET | {"challenge_solution": solution})
        assert challenge_of(refused) != asked, solution[:80]
        told.add((refused.json()["title"], refused.json()["detail"]))
    assert len(told) == 1
    world.time.advance(seconds=GOOD_FOR.total_seconds() + 1)
    asked_after(world, 1)
    await world.report("tearful")
    challenge_of(await world.http.post(REPORTS, json=with_work(asked)))
    assert await stored(world) == (before[0] + 1, before[1])


@one_database
async def test_nothing_is_ever_asked_of_a_report_that_cannot_wait(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """J2: at the highest level, with any solution, and when the machinery of challenges fails."""
    people = await team(world)
    challenges = asked_after(world, 1)
    for _ in range(200):
        challenges.count("127.0.0.1", "harbour")
    assert challenges.level("127.0.0.1", "harbour") == 5

    def broken(*_: Any, **__: Any) -> None:
        raise DatabaseUnavailable("away")

    monkeypatch.setattr(service, "issuer_of", broken)
    monkeypatch.setattr(Challenges, "count", broken)
    urgent = [{"signs": ["tearful"], "priority": "now"}, {"signs": ["unsafe_right_now"], "priority": "when_you_can"}]
    wrong = [{}, {"challenge_solution": None}, {"challenge_solution": "x" * 4000}]
    sent = [world.http.post(REPORTS, json=urgent[n % 2] | wrong[n % 3]) for n in range(60)]
    answers = await asyncio.gather(*sent)
    assert Counter(answer.status_code for answer in answers) == {201: 60}
    # Whoever is paged hears of sixty in a few words, and none of the sixty is lost (decision 17).
    await world.settle()
    await later(world, seconds=11)
    assert len(kinds(world, people.primary)) <= 7
    assert await world.db.read(lambda s: s.exec(select(func.count()).select_from(Page)).one()) == 60


@one_database
async def test_a_flood_makes_it_harder_for_its_own_address_and_for_nobody_else(world: World) -> None:
    await world.school()
    await world.school("ridge")
    await known(world, "harbour", "ridge")
    challenges = asked_after(world, 20)
    async with caller_at(world, "203.0.113.7") as flood, caller_at(world, "198.51.100.9") as elsewhere:
        answers = [await flood.post(REPORTS, json=QUIET) for _ in range(200)]
        assert Counter(answer.status_code for answer in answers) == {201: 20, 428: 180}
        tries = [answer.json()["report_challenge"]["most_tries"] for answer in answers[20:]]
        assert tries == sorted(tries)
        assert (tries[0], tries[-1]) == (128, 1024)
        assert (await flood.get(CHALLENGE)).json()["most_tries"] == 1024
        assert (await elsewhere.get(CHALLENGE)).json()["needed"] is False
        assert (await elsewhere.post(REPORTS, json=QUIET)).status_code == 201
    # From many addresses, each with little: then everybody is asked at this school, and nobody at another.
    for number in range(30):
        challenges.count(f"192.0.2.{number}", "harbour")
    async with caller_at(world, "198.51.100.10") as honest:
        assert (await honest.get(CHALLENGE)).json()["most_tries"] == 128
        body = with_work(challenge_of(await honest.post(REPORTS, json=QUIET)))
        assert (await honest.post(REPORTS, json=body)).status_code == 201
        assert (await honest.post("/v1/schools/ridge/reports", json=QUIET)).status_code == 201
    world.time.advance(hours=1)
    assert (await world.http.get(CHALLENGE)).json()["needed"] is False


def test_whoever_has_a_network_of_addresses_is_one_caller() -> None:
    """IPv6 is given out in networks of 64 bits; an IPv4 address in its clothes is that address."""
    challenges = Challenges(free=4)
    for number in range(9):
        challenges.count(f"2001:db8:0:7::{number:x}", "harbour")
    assert challenges.level("2001:db8:0:7:ffff::1", "ridge") > 0
    assert challenges.level("2001:db8:0:8::1", "ridge") == 0
    for _ in range(9):
        challenges.count("::ffff:192.0.2.1", "harbour")
    assert challenges.level("192.0.2.1", "ridge") > 0


@one_database
async def test_of_callers_and_schools_nothing_is_kept_but_hashes_for_minutes(world: World) -> None:
    """L3: a keyed hash whose key lives in memory for minutes; names of schools that do not exist fill nothing."""
    await world.school()
    await known(world, "harbour")
    challenges = asked_after(world, 1000)
    async with caller_at(world, "203.0.113.77") as http:
        for slug in ("harbour", *(f"made-up-{n}" for n in range(20))):
            await http.post(f"/v1/schools/{slug}/reports", json=QUIET)
    held = vars(challenges)
    assert "203.0.113.77" not in repr(held)
    assert set(held["_schools"]) == {"harbour", ""}
    [who] = held["_callers"]
    assert (type(who), len(who)) == (bytes, 16)
    world.time.advance(seconds=KEY_LIFETIME_SECONDS + 1)
    challenges.level("203.0.113.77", "harbour")
    assert who not in vars(challenges)["_callers"]


@one_database
async def test_another_process_takes_it_and_what_was_used_is_forgotten_within_two_hours(world: World) -> None:
    await world.school()
    body = with_work(challenge_of(await flooded(world)))
    # A process that has just started, with memory of its own and the same database.
    challenges = asked_after(world, 1)
    for _ in range(3):
        challenges.count("127.0.0.1", "harbour")
    assert challenges.issuer is None
    assert (await world.http.post(REPORTS, json=body)).status_code == 201
    [row] = await world.db.read(lambda s: s.exec(select(SpentChallenge)).all())
    assert (row.forget_after.minute, row.forget_after.second, row.forget_after.microsecond) == (0, 0, 0)
    nonce = json.loads(base64.b64decode(body["challenge_solution"]))["challenge"]["parameters"]["nonce"]
    assert bytes.fromhex(nonce) not in row.challenge_hash
    await world.write(start_recurring)
    await world.settle()
    assert (await stored(world))[1] == 1
    await later(world, hours=2, minutes=1)
    assert (await stored(world))[1] == 0


@one_database
async def test_five_hundred_a_minute_beside_fifty_honest_ones_behind_one_address(world: World) -> None:
    """J13: all fifty get through, and are asked for work, not turned away.

    A minute's worth, as fast as it goes: 500 requests of a flood and 50 people, all from one address, one honest
    report between ten of the flood. The load does not forget in these seconds, so that it rises as high as in a
    minute or higher. Every tenth of the flood does the work, too. The limits are the product's own.
    """
    await world.school()
    triager = await world.person(Role.TRIAGER)
    asked_after(world, Settings().reports_before_challenge)
    # As it is by default, too: what a school's answers have in common is read once a second.
    world.app.state.runtime.outlooks = Outlooks(seconds=Settings().outlook_seconds)
    flood: Counter[int] = Counter()
    asked, statuses = 0, []

    async def abuse(number: int) -> None:
        refused = await world.http.post(REPORTS, json=QUIET)
        if refused.status_code == 428 and number % 10 == 0:
            refused = await world.http.post(REPORTS, json=with_work(challenge_of(refused)))
        flood[refused.status_code] += 1

    async def honest() -> int:
        """An app: it asks, solves when it must, sends, and solves what is asked in the meantime."""
        key = {"Idempotency-Key": str(uuid.uuid4())}
        shown = (await world.http.get(CHALLENGE)).json()
        body = QUIET | {"narrative": "honest"}
        rounds = 0
        if shown["needed"]:
            body |= {"challenge_solution": solved(shown["challenge"])}
            rounds = 1
        answer = await world.http.post(REPORTS, json=body, headers=key)
        while answer.status_code == 428:
            rounds += 1
            body |= {"challenge_solution": solved(challenge_of(answer))}
            answer = await world.http.post(REPORTS, json=body, headers=key)
        statuses.append(answer.status_code)
        return rounds

    for burst in range(50):
        *_, rounds = await asyncio.gather(*(abuse(10 * burst + n) for n in range(10)), honest())
        # Once is enough: what was asked stays good, however much more is asked by then.
        assert rounds <= 1
        asked += rounds
    assert statuses == [201] * 50
    assert asked > 20
    assert set(flood) == {201, 428}
    assert flood[428] > 200
    listed, cursor = [], None
    while True:
        page = (
            await world.http.get(
                REPORTS, headers=triager.headers, params={"limit": 100} | ({"cursor": cursor} if cursor else {})
            )
        ).json()
        listed += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(listed) == 50 + flood[201]
