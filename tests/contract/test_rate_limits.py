"""How often one caller may ask, and what is never refused (contract L1 to L4), over HTTP."""

from __future__ import annotations

import contextlib
import re
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Any

import anyio
import http_sf
import httpx
import pytest
import sqlalchemy as sa
from sqlmodel import SQLModel

from app.core import clock
from app.core.ratelimit import KEY_LIFETIME_SECONDS, RateLimiter, Slowdown
from app.routers.runtime import Runtime
from app.vocabulary import Role
from tests.reports.working import asked_after, solved
from tests.support.world import Someone, World

# Limits are counted in the process's memory: no matter of the database.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
META = "/v1/meta"
QUOTA_EXCEEDED = "https://iana.org/assignments/http-problem-types#quota-exceeded"
POLICY = re.compile(r'"(?P<name>[a-z-]+)";q=(?P<q>\d+);w=(?P<w>\d+)')
STATE = re.compile(r'"(?P<name>[a-z-]+)";r=(?P<r>\d+);t=(?P<t>\d+)')
PHRASE = "a long phrase that somebody remembers"


def runtime(world: World) -> Runtime:
    found: Runtime = world.app.state.runtime
    return found


def allow(world: World, quota: int) -> RateLimiter:
    """From now on each caller has this many requests a minute."""
    runtime(world).callers = RateLimiter("default", quota=quota)
    return runtime(world).callers


@contextlib.asynccontextmanager
async def caller_at(world: World, address: str) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody at another address."""
    transport = httpx.ASGITransport(world.app, client=(address, 50_000))
    async with httpx.AsyncClient(transport=transport, base_url="http://peerline.test") as http:
        yield http


@contextlib.contextmanager
def later(seconds: float) -> Iterator[None]:
    """The process's clock for durations is ahead by this much."""
    with pytest.MonkeyPatch.context() as patch:
        now = clock.monotonic
        patch.setattr(clock, "monotonic", lambda: now() + seconds)
        yield


async def with_password(world: World, *roles: Role) -> Someone:
    return await world.person(*roles, password_hash=runtime(world).passwords.hash_now(PHRASE))


async def sign_in(http: httpx.AsyncClient, login: str, password: str = PHRASE) -> httpx.Response:
    return await http.post("/v1/auth/token", json={"grant_type": "password", "login": login, "password": password})


async def refresh(http: httpx.AsyncClient, token: str) -> httpx.Response:
    return await http.post("/v1/auth/token", json={"grant_type": "refresh_token", "refresh_token": token})


def without_instance(answer: httpx.Response) -> dict[str, Any]:
    return {name: value for name, value in answer.json().items() if name != "instance"}


# 429


async def test_who_asks_too_often_is_told_to_wait_and_where_to_turn(world: World) -> None:
    """L1, L2: 429, the registered type, the violated policy, whole seconds to wait; and help, now."""
    await world.school()
    allow(world, 3)
    answers = [await world.http.get(META) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    refused = answers[-1]
    body = refused.json()
    assert refused.headers["Content-Type"].startswith("application/problem+json")
    assert (body["type"], body["status"], body["code"]) == (QUOTA_EXCEEDED, 429, "too_many_requests")
    assert body["violated-policies"] == ["default"]
    assert body["help"][0]["phone_dial"] == "000"
    state = STATE.fullmatch(refused.headers["RateLimit"])
    assert state is not None
    assert re.fullmatch(r"[1-9]\d*", refused.headers["Retry-After"])
    assert int(state["t"]) <= int(refused.headers["Retry-After"]) <= 60


async def test_every_answer_says_what_is_left(world: World) -> None:
    """L2: `RateLimit-Policy` and `RateLimit` as structured fields; what remains falls by one to nothing."""
    await world.school()
    person = await world.person(Role.ADVISER)
    allow(world, 4)
    for path, headers in ((META, {}), ("/v1/auth/me", person.headers)):
        answers = [await world.http.get(path, headers=headers) for _ in range(5)]
        policies = {POLICY.fullmatch(answer.headers["RateLimit-Policy"]) for answer in answers}
        assert {(found["name"], found["q"], found["w"]) for found in policies if found} == {("default", "4", "60")}
        states = [STATE.fullmatch(answer.headers["RateLimit"]) for answer in answers]
        assert [int(found["r"]) for found in states if found] == [3, 2, 1, 0, 0]
        assert all(1 <= int(found["t"]) <= 60 for found in states if found)


async def test_what_is_left_is_said_in_the_syntax_of_the_draft(world: World) -> None:
    """L2: draft-ietf-httpapi-ratelimit-headers-10, 3 and 4, on every kind of answer, to an independent parser."""
    await world.school()
    await world.site()
    person = await world.person(Role.COORDINATOR, Role.SCHOOL_IT)
    reporter = await world.reporter((await world.report()).json()["receipt"])
    base, http, know = "/v1/schools/harbour", world.http, person.headers
    [site] = (await http.get(f"{base}/sites")).json()["items"]
    at = f"{base}/sites/{site['id']}"
    shown = await http.get(at, headers=know)
    past = know | {"If-Match": '"past"'}
    answers = [
        shown,
        await http.get(META),
        await http.get(f"{base}/directory"),
        await http.get("/v1/me/report", headers=reporter),
        await http.head(META),
        await http.get(at, headers=know | {"If-None-Match": shown.headers["ETag"]}),
        await http.get(f"{base}/sites/{uuid.uuid4()}", headers=know),
        await http.patch(at, headers=past, json={"name": "B"}),
        await http.patch(at, headers=know, json={"name": "B"}),
        await http.patch(at, headers=past, json={"nam": "B"}),
        await http.post(f"{base}/sites", headers=know, json={"name": "C", "kind": "hospital", "region": "VIC"}),
        await http.delete(at, headers=know | {"If-Match": shown.headers["ETag"]}),
        *[await sign_in(http, person.login, "wrong") for _ in range(12)],
    ]
    statuses = {answer.status_code for answer in answers}
    assert {200, 204, 304, 401, 404, 412, 422, 428, 429} <= statuses
    names = set()
    for answer in answers:
        assert ("RateLimit" in answer.headers) == ("RateLimit-Policy" in answer.headers)
        if "RateLimit" not in answer.headers:
            assert answer.status_code == 401
            continue
        policies = as_list(answer.headers["RateLimit-Policy"])
        states = as_list(answer.headers["RateLimit"])
        assert policies.keys() == states.keys()
        for name, policy in policies.items():
            names.add(name)
            assert policy.keys() <= {"q", "qu", "w", "pk"}
            assert (type(policy["q"]), type(policy["w"])) == (int, int)
            assert policy["q"] > 0 < policy["w"]
            state = states[name]
            assert state.keys() <= {"r", "t", "pk"}
            assert (type(state["r"]), type(state["t"])) == (int, int)
            assert 0 <= state["r"] <= policy["q"]
            assert 0 <= state["t"] <= policy["w"]
            if answer.status_code == 429:
                assert (state["r"], int(answer.headers["Retry-After"]) >= state["t"]) == (0, True)
    assert "default" in names


def as_list(value: str) -> dict[str, dict[str, Any]]:
    """A list of strings with parameters (RFC 9651, 3.1); a name that is a token is none."""
    parsed = http_sf.parse(value.encode(), tltype="list")
    assert all(type(name) is str for name, _ in parsed)
    return dict(parsed)


async def test_a_304_and_a_conflict_say_it_too(world: World) -> None:
    """L2: what counts is counted in the open, whatever the answer."""
    await world.school()
    person = await world.person(Role.ADVISER)
    tag = (await world.http.get("/v1/auth/me", headers=person.headers)).headers["ETag"]
    known = await world.http.get("/v1/auth/me", headers=person.headers | {"If-None-Match": tag})
    blind = await world.http.get(f"/v1/pages/{uuid.uuid4()}", headers=person.headers)
    assert [answer.status_code for answer in (known, blind)] == [304, 404]
    assert all(STATE.fullmatch(answer.headers["RateLimit"]) for answer in (known, blind))


async def test_after_the_window_everybody_may_ask_again(world: World) -> None:
    """L1: Retry-After is true: then it works."""
    allow(world, 2)
    answers = [await world.http.get(META) for _ in range(3)]
    assert answers[-1].status_code == 429
    with later(int(answers[-1].headers["Retry-After"])):
        assert (await world.http.get(META)).status_code == 200


async def test_one_caller_takes_nothing_from_another(world: World) -> None:
    """L1, L3: people are counted one by one, wherever they sit; those without an account by address."""
    await world.school()
    one, two = await world.person(Role.ADVISER), await world.person(Role.ADVISER)
    allow(world, 2)
    for _ in range(3):
        refused = await world.http.get("/v1/auth/me", headers=one.headers)
    assert refused.status_code == 429
    assert (await world.http.get("/v1/auth/me", headers=two.headers)).status_code == 200
    assert (await world.http.get(META)).status_code == 200
    async with caller_at(world, "198.51.100.7") as elsewhere:
        assert (await elsewhere.get("/v1/auth/me", headers=one.headers)).status_code == 429
        for _ in range(3):
            crowded = await elsewhere.get(META)
    assert crowded.status_code == 429
    assert (await world.http.get(META)).status_code == 200


# What is never refused


async def test_an_urgent_report_is_never_refused(world: World) -> None:
    """L1, J2: a red flag or `now` gets through when nothing else does, and is stored."""
    await world.school()
    allow(world, 1)
    await world.http.get(META)
    urgent = [await world.report("said_thoughts_of_suicide") for _ in range(5)]
    urgent += [await world.report("tearful", priority="now") for _ in range(5)]
    assert Counter(answer.status_code for answer in urgent) == {201: 10}


async def test_a_report_that_can_wait_is_never_too_many_either(world: World) -> None:
    """L1, J13: whatever else its address has done. While very many come in it is asked for work, never to wait."""
    await world.school()
    allow(world, 1)
    await world.http.get(META)
    assert (await world.http.get(META)).status_code == 429
    challenges = asked_after(world, 2)
    answers = [await world.report("tearful") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [201, 201, 428, 428]
    assert all("RateLimit" not in answer.headers for answer in answers)
    assert answers[-1].json()["help"]
    body = {"signs": ["tearful"], "challenge_solution": solved(answers[-1].json()["report_challenge"]["challenge"])}
    assert (await world.http.post("/v1/schools/harbour/reports", json=body)).status_code == 201
    assert "127.0.0.1" not in repr(vars(challenges))


async def test_help_now_is_never_limited(world: World) -> None:
    """L1: nor are the probes, nor the keys: they have no RateLimit at all."""
    await world.school()
    allow(world, 1)
    await world.http.get(META)
    for path in ("/v1/schools/harbour/help-now", "/healthz", "/readyz", "/.well-known/jwks.json"):
        answers = [await world.http.get(path) for _ in range(20)]
        assert (path, {answer.status_code for answer in answers}) == (path, {200})
        assert "RateLimit" not in answers[-1].headers


# Receipts: slower, never refused


async def test_wrong_receipts_make_answers_slower_and_refuse_nobody(world: World) -> None:
    """L4: no 429, however often; from the 21st failure on everybody waits a little, the right receipt as well."""
    await world.school()
    allow(world, 1)
    receipt = (await world.report("tearful", priority="now")).json()["receipt"]
    path = "/v1/receipts/session"
    wrong = [await world.http.post(path, json={"receipt": f"AAAAA-AAAAA-AAAAA-AA{n:03}"}) for n in range(27)]
    assert Counter(answer.status_code for answer in wrong) == {404: 27}
    wait = runtime(world).receipts.seconds
    assert 0 < wait <= Slowdown.LONGEST_SECONDS
    for given, status in ((receipt, 200), ("AAAAA-AAAAA-AAAAA-AAAAA", 404)):
        began = time.monotonic()
        answer = await world.http.post(path, json={"receipt": given})
        assert (answer.status_code, time.monotonic() - began >= wait) == (status, True)
        assert "RateLimit" not in answer.headers
    with later(Slowdown.WINDOW_SECONDS + 1):
        assert runtime(world).receipts.seconds == 0


async def test_waiting_for_a_receipt_has_an_end(world: World) -> None:
    """L4: nobody can make others wait for more than a second."""
    slowdown = runtime(world).receipts
    for _ in range(10_000):
        slowdown.failed()
    assert slowdown.seconds == Slowdown.LONGEST_SECONDS == 1.0


# Signing in


async def test_guessing_a_password_ends_soon_and_tells_nothing_of_who_exists(world: World) -> None:
    """L4: 20 bad passwords: 429 long before the last; status, body and headers alike for known and unknown logins."""
    await world.school()
    known = await with_password(world, Role.ADVISER)
    left, right = [
        [await sign_in(world.http, login, f"guess {n}") for n in range(20)]
        for login in (known.login, "nobody@harbour.example")
    ]
    assert Counter(answer.status_code for answer in left) == {401: 10, 429: 10}
    assert left[-1].json()["violated-policies"] == ["sign-in"]
    for one, other in zip(left, right, strict=True):
        assert (one.status_code, without_instance(one)) == (other.status_code, without_instance(other))
        assert set(one.headers) == set(other.headers)
        assert one.headers.get("RateLimit", "").split(";t=")[0] == other.headers.get("RateLimit", "").split(";t=")[0]


async def test_the_right_password_does_not_help_who_has_guessed_too_often(world: World) -> None:
    """L4: otherwise a refusal would say that the guess was wrong; spelling the login otherwise does not help either."""
    await world.school()
    known = await with_password(world, Role.ADVISER)
    for n in range(10):
        await sign_in(world.http, known.login, f"guess {n}")
    for login in (known.login, known.login.upper(), known.login.title()):
        assert (await sign_in(world.http, login)).status_code == 429


async def test_nobody_can_lock_somebody_else_out(world: World) -> None:
    """L4: the bucket is of the login and the address; from their own the person still signs in."""
    await world.school()
    known = await with_password(world, Role.ADVISER)
    async with caller_at(world, "203.0.113.66") as attacker:
        for n in range(12):
            refused = await sign_in(attacker, known.login, f"guess {n}")
    assert refused.status_code == 429
    assert (await sign_in(world.http, known.login)).status_code == 200


async def test_guessing_one_password_for_many_logins_ends_too(world: World) -> None:
    """L4: 429 with help for known and unknown logins alike; elsewhere, and with a refresh token, people go on."""
    await world.school()
    people = [await with_password(world, Role.ADVISER) for _ in range(3)]
    pair = (await sign_in(world.http, people[0].login)).json()
    runtime(world).guesses = RateLimiter("sign-in-failures", quota=10)
    guesses = [await sign_in(world.http, f"person-{n}@harbour.example", "autumn2026") for n in range(15)]
    assert Counter(answer.status_code for answer in guesses) == {401: 10, 429: 5}
    known, unknown = await sign_in(world.http, people[1].login), await sign_in(world.http, "nobody@harbour.example")
    assert known.status_code == unknown.status_code == 429
    assert without_instance(known) == without_instance(unknown)
    assert known.json()["help"]
    assert known.json()["violated-policies"] == ["sign-in-failures"]
    assert 1 <= int(known.headers["Retry-After"]) <= 60
    assert (await refresh(world.http, pair["refresh_token"])).status_code == 200
    async with caller_at(world, "198.51.100.7") as elsewhere:
        assert (await sign_in(elsewhere, people[2].login)).status_code == 200
    with later(int(known.headers["Retry-After"])):
        assert (await sign_in(world.http, people[1].login)).status_code == 200


async def test_many_guesses_at_once_do_not_get_past_the_limit(world: World) -> None:
    """L4: each is counted before it is known to be wrong."""
    await world.school()
    runtime(world).guesses = RateLimiter("sign-in-failures", quota=10)
    answers: list[int] = []

    async def guess(n: int) -> None:
        answers.append((await sign_in(world.http, f"person-{n}@harbour.example", "autumn2026")).status_code)

    async with anyio.create_task_group() as together:
        for n in range(20):
            together.start_soon(guess, n)
    assert Counter(answers) == {401: 10, 429: 10}


async def test_signing_in_rightly_is_not_counted_with_the_failures(world: World) -> None:
    """L4: a whole campus signs in behind one address in the morning."""
    await world.school()
    people = [await with_password(world, Role.ADVISER) for _ in range(12)]
    runtime(world).guesses = RateLimiter("sign-in-failures", quota=10)
    assert {(await sign_in(world.http, person.login)).status_code for person in people} == {200}


async def test_signing_in_has_a_bucket_of_its_own(world: World) -> None:
    """L4: who may not sign in for a minute still reads and is paged, and the other way round."""
    await world.school()
    known = await with_password(world, Role.ADVISER)
    for n in range(11):
        refused = await sign_in(world.http, known.login, f"guess {n}")
    assert refused.status_code == 429
    assert (await world.http.get("/v1/auth/me", headers=known.headers)).status_code == 200
    other = await with_password(world, Role.ADVISER)
    allow(world, 1)
    await world.http.get(META)
    assert (await sign_in(world.http, other.login)).status_code == 200


async def test_a_whole_campus_behind_one_address_can_stay_signed_in(world: World) -> None:
    """L4, M6: refreshing is counted for each token: of a hundred people with ten minutes each, ten refresh a minute."""
    await world.school()
    people = [await with_password(world, Role.ADVISER) for _ in range(15)]
    pairs = [(await sign_in(world.http, person.login)).json() for person in people]
    answers = [await refresh(world.http, pair["refresh_token"]) for pair in pairs]
    assert Counter(answer.status_code for answer in answers) == {200: 15}


async def test_guessing_refresh_tokens_ends_soon(world: World) -> None:
    """L4: a bucket for those from one address that open nothing, and for one token that comes again and again."""
    await world.school()
    person = await with_password(world, Role.ADVISER)
    good = (await sign_in(world.http, person.login)).json()["refresh_token"]
    guesses = [await refresh(world.http, f"ptr_{uuid.uuid4()}") for _ in range(20)]
    assert Counter(answer.status_code for answer in guesses) == {401: 10, 429: 10}
    assert guesses[-1].json()["help"]
    again = [await refresh(world.http, good) for _ in range(12)]
    assert Counter(answer.status_code for answer in again) == {200: 10, 429: 2}


# Who asked


async def test_no_address_is_kept_not_even_in_memory(world: World) -> None:
    """L3: the limiter holds keyed hashes; no answer shows a partition; no row, no column has the address."""
    await world.school()
    address = "203.0.113.77"
    person = await with_password(world, Role.SUPPORTER)
    async with caller_at(world, address) as http:
        answers = [
            await http.get(META),
            await http.post("/v1/schools/harbour/reports", json={"signs": ["tearful"]}),
            await http.get("/v1/auth/me", headers=person.headers),
            await sign_in(http, person.login),
            await sign_in(http, person.login, "wrong"),
        ]
    for limiter in (runtime(world).callers, runtime(world).sign_ins, runtime(world).guesses):
        held = repr(vars(limiter))
        for known in (address, address.encode().hex(), str(person.id), person.login):
            assert known not in held
        counts = next(value for value in vars(limiter).values() if isinstance(value, dict))
        assert counts
        assert all(isinstance(who, bytes) and len(who) == 16 for who in counts)
    headers = " ".join(f"{name}: {value}" for answer in answers for name, value in answer.headers.items())
    for known in (address, str(person.id), person.login):
        assert known not in headers

    def everything(session: Any) -> str:
        tables = SQLModel.metadata.sorted_tables
        return repr([session.connection().execute(sa.select(table)).all() for table in tables])

    stored = await world.db.read(everything)
    assert person.login in stored
    assert address not in stored


async def test_the_key_of_the_callers_hashes_lives_for_minutes(world: World) -> None:
    """L3: then it is replaced, with all counters: what somebody did before cannot be put together with what follows."""
    limiter = allow(world, 5)
    await world.http.get(META)
    before = vars(limiter)["_key"], set(vars(limiter)["_counts"])
    assert KEY_LIFETIME_SECONDS <= 600
    with later(KEY_LIFETIME_SECONDS + 1):
        await world.http.get(META)
    after = vars(limiter)["_key"], set(vars(limiter)["_counts"])
    assert before[0] != after[0]
    assert before[1].isdisjoint(after[1])


async def test_two_processes_hash_the_same_caller_differently(world: World) -> None:
    """L3: the key is made in memory, for each process."""
    held = []
    for _ in range(2):
        limiter = allow(world, 5)
        await world.http.get(META)
        held += list(vars(limiter)["_counts"])
    assert len(set(held)) == 2
