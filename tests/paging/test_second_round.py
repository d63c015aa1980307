"""Nobody could answer, and a time was promised at which somebody can: they are asked then, once (decision 9; J6)."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from story import ack, decline, kinds, later, my_report, on_sqlite, pages, reply, team, the_escalation, told, work

from app.core import clock
from app.models import WebhookEndpoint, WorkItem
from app.models.webhooks import EndpointHealth
from app.paging import auditor
from app.paging.deadlines import ASK_AGAIN, DELIVERY_DUE, REPLY_DUE, STEP_DUE
from app.rosters import gaps
from app.schools.policies import PagingPolicy, Step
from app.vocabulary import EscalationState, Level, Role, RosterLine
from tests.reports.harbour import act, write_to_reporter
from tests.support.world import Someone, World

URGENT = "said_thoughts_of_suicide"
OUT_OF_TIME = {"minutes": 10, "seconds": 1}
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
BY_DAY = [{"days": DAYS, "start": "09:00", "end": "17:00"}]
TIMERS = (STEP_DUE, REPLY_DUE, DELIVERY_DUE, ASK_AGAIN)


def at(wall: str) -> dt.datetime:
    return dt.datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo("Australia/Melbourne"))


NIGHT, MORNING = at("2027-03-10T02:00"), at("2027-03-10T09:00")


async def at_night(world: World, **on_call: Any) -> tuple[Someone, Someone]:
    """Two in the morning, with an adviser who comes on at nine, and a sponsor who hears when nobody answers."""
    await world.school()
    adviser = await world.person(Role.ADVISER, paged=True, alias="Mira")
    sponsor = await world.person(Role.SPONSOR, paged=True)
    await world.on_call(adviser, restrictions=BY_DAY, **on_call)
    world.time.set(NIGHT)
    return adviser, sponsor


async def urgent(world: World, **fields: Any) -> dict[str, Any]:
    made = await world.report(URGENT, **fields)
    await world.settle()
    body: dict[str, Any] = made.json()
    return body


async def morning(world: World) -> None:
    world.time.set(MORNING)
    await later(world, seconds=1)


async def test_whoever_was_promised_is_asked_at_the_promised_time_and_not_before(world: World) -> None:
    adviser, sponsor = await at_night(world)
    made = await urgent(world)
    assert (made["expect"]["staffed_now"], dt.datetime.fromisoformat(made["expect"]["read_by"])) == (False, MORNING)
    escalation = await the_escalation(world)
    assert (escalation.state, escalation.next_due_at) == (EscalationState.EXHAUSTED, MORNING)
    assert kinds(world, sponsor).count("page.exhausted") == 1
    assert (await my_report(world, made["receipt"]))["nobody_has_answered"] is True
    await later(world, hours=6)
    assert kinds(world, adviser) == []

    await morning(world)
    [page] = pages(world, adviser)
    assert dt.timedelta(minutes=9) < dt.datetime.fromisoformat(page["ack_by"]) - clock.now() <= dt.timedelta(minutes=10)
    assert (await my_report(world, made["receipt"]))["nobody_has_answered"] is False
    assert (await ack(world, adviser))["first"] is True
    await reply(world, adviser)
    escalation = await the_escalation(world)
    assert escalation.state is EscalationState.CLOSED
    assert escalation.exhausted_at is not None
    assert escalation.exhausted_at < MORNING


async def test_when_that_is_in_vain_too_it_is_told_again_and_nobody_is_asked_a_third_time(world: World) -> None:
    adviser, sponsor = await at_night(world)
    made = await urgent(world)
    first = (await the_escalation(world)).exhausted_at
    await morning(world)
    await later(world, **OUT_OF_TIME)
    escalation = await the_escalation(world)
    assert (escalation.state, escalation.exhausted_at) == (EscalationState.EXHAUSTED, first)
    assert escalation.next_due_at is None
    assert kinds(world, sponsor).count("page.exhausted") == 2
    assert (await my_report(world, made["receipt"]))["nobody_has_answered"] is True
    for _ in range(5):
        await later(world, hours=24)
    assert len(pages(world, adviser)) == 1
    assert await work(world, *TIMERS) == []


@pytest.mark.parametrize("how", ["answer", "close"])
async def test_what_was_answered_or_closed_meanwhile_asks_nobody(world: World, how: str) -> None:
    adviser, _ = await at_night(world)
    triager = await world.person(Role.TRIAGER)
    await urgent(world)
    reports = "/v1/schools/harbour/reports"
    [report] = (await world.http.get(reports, headers=triager.headers)).json()["items"]
    if how == "answer":
        done = [await write_to_reporter(world, triager, report["id"])]
    else:
        done = [await act(world, triager, report["id"], action) for action in ("claim", "close")]
    assert all(each.is_success for each in done)
    assert await work(world, *TIMERS) == []
    await morning(world)
    await later(world, hours=1)
    assert kinds(world, adviser) == []


async def test_the_auditor_mends_a_second_round_whose_timer_was_lost(world: World) -> None:
    adviser, _ = await at_night(world)
    await urgent(world)
    await world.write(lambda session: session.exec(sa.delete(WorkItem).where(WorkItem.kind == ASK_AGAIN)))
    await world.write(lambda session: auditor.start_audit(session, now=clock.now()))
    await world.settle()
    [mended] = await work(world, ASK_AGAIN)
    assert mended.due_at == MORNING
    assert kinds(world, adviser) == []
    await morning(world)
    assert len(pages(world, adviser)) == 1


async def test_whoever_took_it_after_the_end_and_let_it_lapse_holds_up_no_promise(world: World) -> None:
    """They are on record as having it; when they are silent, whoever is on duty by then is asked at once."""
    await world.school()
    early = await world.person(Role.ADVISER, paged=True)
    adviser = await world.person(Role.ADVISER, paged=True)
    days = {"days": DAYS, "start": "00:00", "end": "02:05"}
    await world.on_call(early, level=Level.BACKUP, restrictions=[days])
    await world.on_call(adviser, restrictions=BY_DAY)
    world.time.set(NIGHT)
    await urgent(world)
    await later(world, **OUT_OF_TIME)
    assert (await the_escalation(world)).next_due_at == MORNING
    world.time.set(MORNING - dt.timedelta(minutes=5))
    assert (await ack(world, early))["first"] is True
    await morning(world)
    assert pages(world, adviser) == []
    await later(world, minutes=6)
    assert len(pages(world, adviser)) == 1
    await later(world, hours=30)
    assert len(pages(world, adviser)) == 1


async def assert_promised_at_seven(world: World, first: Someone, *, not_yet: Someone) -> None:
    """The reporter is told when `first` comes on, and then they alone are asked."""
    made = await urgent(world)
    read_by = dt.datetime.fromisoformat(made["expect"]["read_by"])
    assert read_by == at("2027-03-10T07:00")
    world.time.set(read_by)
    await later(world, seconds=1)
    assert [len(pages(world, person)) for person in (first, not_yet)] == [1, 0]


@on_sqlite
async def test_whoever_comes_on_first_is_asked_whatever_line_they_are_on(world: World) -> None:
    adviser, _ = await at_night(world)
    academic = await world.person(Role.ADVISER, paged=True)
    sooner = [{"days": DAYS, "start": "07:00", "end": "08:00"}]
    await world.on_call(academic, line=RosterLine.ACADEMIC_ADVICE, restrictions=sooner)
    await assert_promised_at_seven(world, academic, not_yet=adviser)
    [page] = (await world.http.get("/v1/me/pages", headers=academic.headers)).json()["items"]
    assert page["line"] == "academic_advice"


@on_sqlite
async def test_whoever_comes_on_first_is_asked_whatever_level_they_are_on(world: World) -> None:
    adviser, _ = await at_night(world)
    backup = await world.person(Role.ADVISER, paged=True)
    sooner = [{"days": DAYS, "start": "07:00", "end": "08:00"}]
    await world.on_call(backup, level=Level.BACKUP, restrictions=sooner)
    await assert_promised_at_seven(world, backup, not_yet=adviser)


@on_sqlite
async def test_a_level_that_the_policy_does_not_ask_is_no_promise(world: World) -> None:
    adviser, _ = await at_night(world)
    backup = await world.person(Role.ADVISER, paged=True)
    await world.on_call(backup, level=Level.BACKUP, restrictions=[{"days": DAYS, "start": "07:00", "end": "08:00"}])
    first = Step(level=Level.PRIMARY, target="roster", roster_level=Level.PRIMARY)
    last = Step(level=Level.COORDINATOR, target="role", role=Role.COORDINATOR)
    await world.policy(PagingPolicy(steps=[first, last]))
    made = await urgent(world)
    assert dt.datetime.fromisoformat(made["expect"]["read_by"]) == MORNING
    await morning(world)
    assert [len(pages(world, person)) for person in (backup, adviser)] == [0, 1]


async def test_a_promise_passes_to_whoever_comes_on_next_where_nobody_comes_at_its_time(world: World) -> None:
    """She goes on leave in the night. The one round there is must not be spent on an empty room."""
    adviser, sponsor = await at_night(world)
    academic = await world.person(Role.ADVISER, paged=True)
    noon = [{"days": DAYS, "start": "13:00", "end": "17:00"}]
    await world.on_call(academic, line=RosterLine.ACADEMIC_ADVICE, restrictions=noon)
    made = await urgent(world)
    assert dt.datetime.fromisoformat(made["expect"]["read_by"]) == MORNING
    body = {"kind": "leave", "start": at("2027-03-10T03:00").isoformat()}
    away = await world.http.post("/v1/schools/harbour/absences", headers=adviser.headers | world.once(), json=body)
    assert away.status_code == 201, away.text
    await morning(world)
    escalation = await the_escalation(world)
    assert (escalation.state, escalation.next_due_at) == (EscalationState.EXHAUSTED, at("2027-03-10T13:00"))
    assert kinds(world, sponsor).count("page.exhausted") == 1
    world.time.set(at("2027-03-10T13:00"))
    await later(world, seconds=1)
    assert [len(pages(world, person)) for person in (adviser, academic)] == [0, 1]
    # Only one: when that is in vain too, it is the end.
    await later(world, **OUT_OF_TIME)
    assert (await the_escalation(world)).next_due_at is None


@pytest.mark.parametrize("promised", [True, False])
async def test_whoever_is_put_on_duty_meanwhile_is_asked_at_once(world: World, promised: bool) -> None:
    """A coordinator hears that nobody answered, and puts somebody on: nobody has to wait until nine, or for ever."""
    adviser, _ = await at_night(world)
    lee = await world.person(Role.COORDINATOR)
    noor = await world.person(Role.ADVISER, paged=True)
    [roster] = (await world.http.get("/v1/schools/harbour/rosters", headers=lee.headers)).json()["items"]
    await world.write(lambda session: gaps.look_soon(session, uuid.UUID(roster["id"]), now=clock.now()))
    if not promised:
        broken = sa.update(WebhookEndpoint).where(WebhookEndpoint.person_id == adviser.id)
        await world.write(lambda session: session.exec(broken.values(health=EndpointHealth.FAILING)))
    await urgent(world)
    assert (await the_escalation(world)).next_due_at == (MORNING if promised else None)
    world.time.advance(minutes=20)
    url = f"/v1/schools/harbour/rosters/{roster['id']}"
    start = clock.now().replace(second=0, microsecond=0)
    body = {"person": str(noor.id), "start": start.isoformat(), "end": (start + dt.timedelta(hours=5)).isoformat()}
    added = await world.http.post(f"{url}/overrides", headers=lee.headers | {"If-Match": "*"}, json=body)
    assert added.status_code == 201, added.text
    await world.settle()
    assert len(pages(world, noor)) == 1
    await reply(world, noor)
    await morning(world)
    assert pages(world, adviser) == []


@on_sqlite
@pytest.mark.parametrize("health", [EndpointHealth.FAILING, EndpointHealth.UNVERIFIED])
async def test_the_hours_of_somebody_who_cannot_be_reached_are_no_promise(world: World, health: EndpointHealth) -> None:
    await at_night(world)
    await world.write(lambda session: session.exec(sa.update(WebhookEndpoint).values(health=health)))
    made = await urgent(world)
    assert made["expect"]["read_by"] is None
    assert await work(world, ASK_AGAIN) == []


@on_sqlite
async def test_nobody_it_is_kept_from_is_asked_when_they_come_on_duty(world: World) -> None:
    adviser, _ = await at_night(world)
    await world.person(Role.TRIAGER)
    await urgent(world, keep_from=["Mira"])
    assert await work(world, ASK_AGAIN) == []
    await morning(world)
    assert kinds(world, adviser) == []


@on_sqlite
async def test_for_an_independent_report_only_independent_handlers_come_on_duty(world: World) -> None:
    inside, _ = await at_night(world)
    handler = await world.person(Role.INDEPENDENT_HANDLER, paged=True)
    by_day = [{"days": DAYS, "start": "11:00", "end": "17:00"}]
    await world.on_call(handler, line=RosterLine.INDEPENDENT_ADVICE, restrictions=by_day)
    await urgent(world, about_role="staff")
    await later(world, **OUT_OF_TIME)
    assert (await the_escalation(world)).next_due_at == at("2027-03-10T11:00")
    world.time.set(at("2027-03-10T11:00"))
    await later(world, seconds=1)
    assert [len(pages(world, person)) for person in (handler, inside)] == [2, 0]


async def test_whoever_was_asked_and_is_still_on_duty_is_not_asked_in_rounds(world: World) -> None:
    people = await team(world)
    await urgent(world)
    for person in (people.primary, people.backup):
        await later(world, **OUT_OF_TIME)
        assert len(pages(world, person)) == 1
    await decline(world, people.coordinator)
    await world.settle()
    assert await work(world, ASK_AGAIN) == []
    await later(world, hours=48)
    assert [len(pages(world, one)) for one in (people.primary, people.backup, people.coordinator)] == [1, 1, 1]
    assert len(told(world, people.sponsor, "page.exhausted")) == 1
