"""Nobody waits in silence: a question for today is paged at once, and what was not read by its time is paged then."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.guidance.pack import load_guidance
from app.vocabulary import Level, Role, RosterLine
from tests.reports.harbour import my_pages, my_report, one_database, take
from tests.support.world import Someone, World

MELBOURNE = ZoneInfo("Australia/Melbourne")
EVENING = dt.datetime(2027, 3, 10, 20, tzinfo=MELBOURNE)
MORNING = dt.datetime(2027, 3, 11, 9, tzinfo=MELBOURNE)


async def scene(world: World) -> tuple[Someone, Someone]:
    """In the evening: an adviser on call, and a reader who comes in the morning."""
    await world.school()
    adviser = await world.person(Role.ADVISER, alias="Mira", paged=True)
    triager = await world.person(Role.TRIAGER, alias="Tess")
    await world.on_call(adviser)
    world.time.set(EVENING)
    return adviser, triager


async def made(world: World, **fields: Any) -> dict[str, Any]:
    answer = await world.report("tearful", **fields)
    assert answer.status_code == 201, answer.text
    await world.settle()
    body: dict[str, Any] = answer.json()
    return body


@one_database
async def test_a_friend_who_wants_advice_today_has_the_clock_of_a_supporter(world: World) -> None:
    """STUDY I02: they need expert advice at once, too."""
    adviser, _ = await scene(world)
    answer = await made(world, wants="advice_only", priority="today")
    assert answer["expect"]["staffed_now"] is True
    read_by = dt.datetime.fromisoformat(answer["expect"]["read_by"])
    assert dt.timedelta(minutes=30) <= read_by - EVENING <= dt.timedelta(minutes=32)
    [page] = await my_pages(world, adviser)
    assert (page["priority"], page["subject_kind"]) == ("today", "report")


@one_database
@pytest.mark.parametrize("fields", [{"wants": "just_letting_you_know", "priority": "today"}, {"priority": "soon"}])
async def test_what_can_wait_wakes_nobody_at_night(world: World, fields: dict[str, str]) -> None:
    adviser, _ = await scene(world)
    answer = await made(world, **fields)
    assert dt.datetime.fromisoformat(answer["expect"]["read_by"]) == MORNING
    world.time.advance(hours=12)
    await world.settle()
    assert await my_pages(world, adviser) == []


async def test_what_nobody_has_opened_by_the_promised_time_is_asked_of_whoever_is_on(world: World) -> None:
    adviser, triager = await scene(world)
    unread = await made(world)
    await made(world)
    [_, other] = (await world.http.get("/v1/schools/harbour/reports", headers=triager.headers)).json()["items"]
    # One of them is opened in the morning, before the time; the queue shows no words, so looking at it is no reading.
    await world.http.get(f"/v1/schools/harbour/reports/{other['id']}", headers=triager.headers)
    world.time.set(MORNING)
    world.time.advance(minutes=1)
    await world.settle()
    pages = await my_pages(world, adviser)
    assert [(page["priority"], page["state"]) for page in pages] == [("today", "delivered")]
    shown = [
        (await world.http.get("/v1/me/report", headers=await world.reporter(each["receipt"]))).json()["expect"]["basis"]
        for each in (unread,)
    ]
    assert len(shown) == 1
    again = await world.settle()
    assert again == 0


@one_database
async def test_it_stays_kept_from_whom_it_is_kept_from(world: World) -> None:
    adviser, _ = await scene(world)
    other = await world.person(Role.ADVISER, alias="Omar", paged=True)
    await world.on_call(other, level=Level.BACKUP)
    await made(world, keep_from=["Mira"])
    world.time.set(MORNING)
    world.time.advance(minutes=1)
    await world.settle()
    assert await my_pages(world, adviser) == []
    assert len(await my_pages(world, other)) == 1


@one_database
async def test_without_advisers_a_question_for_today_is_read_like_any_other(world: World) -> None:
    await world.school()
    await world.person(Role.TRIAGER, alias="Tess")
    world.time.set(EVENING)
    answer = await made(world, wants="advice_only", priority="today")
    assert dt.datetime.fromisoformat(answer["expect"]["read_by"]) == MORNING


async def opened_by(world: World, reader: Someone) -> str:
    """The one report there is, opened by a reader in the evening; gives its address."""
    [report] = (await world.http.get("/v1/schools/harbour/reports", headers=reader.headers)).json()["items"]
    url = f"/v1/schools/harbour/reports/{report['id']}"
    assert (await world.http.get(url, headers=reader.headers)).status_code == 200
    return url


async def goes(world: World, reader: Someone, url: str, how: str) -> None:
    """Whoever has opened it cannot read it any more."""
    if how == "recused":
        left = await world.http.post(f"{url}/recuse", headers=reader.headers, json={})
    else:
        coordinator = await world.person(Role.COORDINATOR)
        grants = "/v1/schools/harbour/role-grants"
        items = (await world.http.get(grants, headers=coordinator.headers)).json()["items"]
        [grant] = [each for each in items if each["person"] == str(reader.id)]
        ended = (
            f"{grants}/{grant['id']}/end" if how == "role ended" else f"/v1/schools/harbour/people/{reader.id}/leave"
        )
        left = await world.http.post(ended, headers=coordinator.headers | {"If-Match": "*"})
    assert left.is_success, left.text
    await world.settle()


@pytest.mark.parametrize(
    ("how", "late", "claimed"),
    [
        ("recused", False, False),
        ("recused", True, True),
        ("role ended", False, True),
        ("role ended", True, False),
        ("left", True, True),
    ],
)
async def test_what_was_opened_by_somebody_who_is_gone_is_asked_as_if_nobody_had(
    world: World, how: str, late: bool, claimed: bool
) -> None:
    """Before its time or after it; and its reporter is not told that nobody has opened it (J14)."""
    adviser, triager = await scene(world)
    await world.person(Role.TRIAGER, alias="Uli")
    receipt = (await made(world, priority="soon"))["receipt"]
    url = await opened_by(world, triager)
    if claimed:
        await world.http.post(f"{url}/claim", headers=triager.headers | {"If-Match": "*"})
    if late:
        world.time.set(MORNING + dt.timedelta(minutes=1))
        await world.settle()
        assert await my_pages(world, adviser) == []
    await goes(world, triager, url, how)
    seen = await my_report(world, receipt)
    assert (seen["status"], [each["role"] for each in seen["access_summary"]]) == ("received", ["triager"])
    assert seen["status_text"] == load_guidance().waits_for_another
    assert "Nobody" not in seen["status_text"]
    world.time.set(MORNING + dt.timedelta(minutes=2))
    await world.settle()
    assert [page["priority"] for page in await my_pages(world, adviser)] == ["today"]


@one_database
async def test_what_was_opened_by_somebody_whose_role_runs_out_is_asked_in_that_moment(world: World) -> None:
    """Hours after the time by which it was to be read, and in nobody's transaction."""
    adviser, triager = await scene(world)
    await world.person(Role.TRIAGER, alias="Uli")
    noon = MORNING + dt.timedelta(hours=3)
    await take(world, triager, Role.TRIAGER)
    coordinator, sponsor = await world.person(Role.COORDINATOR), await world.person(Role.SPONSOR)
    body = {"person": str(triager.id), "role": "triager", "ends_at": noon.isoformat()}
    grants = "/v1/schools/harbour/role-grants"
    given = await world.http.post(grants, headers=coordinator.headers | world.once(), json=body)
    confirm = f"{grants}/{given.json()['id']}/confirm"
    assert (await world.http.post(confirm, headers=sponsor.headers | {"If-Match": "*"})).status_code == 200
    receipt = (await made(world))["receipt"]
    await opened_by(world, triager)
    world.time.set(noon - dt.timedelta(minutes=1))
    await world.settle()
    assert (await my_report(world, receipt))["status"] == "being_read"
    assert await my_pages(world, adviser) == []
    world.time.set(noon + dt.timedelta(minutes=1))
    await world.settle()
    assert [page["priority"] for page in await my_pages(world, adviser)] == ["today"]


@one_database
async def test_what_another_reader_has_opened_is_asked_of_nobody_when_one_is_gone(world: World) -> None:
    adviser, triager = await scene(world)
    other = await world.person(Role.TRIAGER, alias="Uli")
    receipt = (await made(world))["receipt"]
    url = await opened_by(world, triager)
    await opened_by(world, other)
    await goes(world, triager, url, "recused")
    assert (await my_report(world, receipt))["status"] == "being_read"
    world.time.set(MORNING + dt.timedelta(hours=30))
    await world.settle()
    assert await my_pages(world, adviser) == []


@one_database
async def test_where_nobody_else_reads_its_reporter_learns_that_it_was_opened_and_left(world: World) -> None:
    """Also while independent handlers are asked, as whom nobody has opened it."""
    _, triager = await scene(world)
    handler = await world.person(Role.INDEPENDENT_HANDLER, alias="Asha", paged=True)
    await world.on_call(handler, line=RosterLine.INDEPENDENT_ADVICE)
    receipt = (await made(world))["receipt"]
    await goes(world, triager, await opened_by(world, triager), "recused")
    assert len(await my_pages(world, handler)) == 1
    assert (await my_report(world, receipt))["status_text"] == load_guidance().waits_for_another
