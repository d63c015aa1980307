"""What an urgent report is promised: the deadline of whoever was paged, or the truth that there is none (J2, J6)."""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo

from australia import ZONES, Schools
from harbour import cast, my_pages, my_report, one_database, the_row
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import Session, select

from app.guidance.answers import nobody_has_answered, status_text
from app.models import Escalation, School, WebhookEndpoint
from app.models.webhooks import EndpointHealth
from app.paging import expectation
from app.paging.schemas import Expect
from app.paging.service import Standing
from app.vocabulary import EscalationState, Level, ReportStatus, Role, RosterLine
from tests.support.world import World

START = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)


@settings(max_examples=30)
@given(st.integers(0, 10**14))
def test_a_promise_is_rounded_to_the_minute_but_never_to_an_earlier_one(australia: Schools, after: int) -> None:
    due = START + dt.timedelta(microseconds=after)
    standing = Standing(state=EscalationState.OPEN, level=Level.PRIMARY, asked=(), reachable=True, due_at=due)

    def ask(session: Session) -> Expect:
        school = session.exec(select(School).where(School.slug == "vic")).one()
        return expectation.of_paging(
            session,
            school,
            standing,
            line=RosterLine.CLINICAL_ADVICE,
            now=due - dt.timedelta(minutes=10),
            excluded=frozenset(),
            in_reading_hours=True,
        )

    read_by = australia.db.read_now(ask).read_by
    assert read_by is not None
    assert dt.timedelta() <= read_by - due < dt.timedelta(minutes=1)
    assert (read_by.second, read_by.microsecond) == (0, 0)


HURRY = re.compile(
    r"\bshortly\b|\bsoon\b|\basap\b|\bimmediate|\bright away\b|\bstraight away\b|\bat once\b|\bpromptly\b|\bquickly\b"
    r"|\bin a (?:moment|minute|while)\b|\bwithin\b|\bbe in touch\b|\bget back to you\b|\bwill (?:call|contact|reply)\b",
    re.IGNORECASE,
)


def test_no_text_about_answers_promises_haste() -> None:
    """J6: never "we will be in touch shortly"."""
    texts = [value for name, value in vars(expectation).items() if name.isupper() and isinstance(value, str)]
    assert len(texts) >= 4
    texts += [nobody_has_answered(), *map(status_text, ReportStatus)]
    texts.append(status_text(ReportStatus.RECEIVED, opened=True))
    assert [text for text in texts if HURRY.search(text)] == []
    for text in (expectation.ASKED_UNSURE, expectation.NOBODY_NOW, expectation.NOBODY_AT_ALL):
        assert "services" in text


@one_database
async def test_an_urgent_report_is_promised_the_deadline_of_whoever_was_paged(world: World) -> None:
    await cast(world)
    expect = (await world.report("hurt_themselves")).json()["expect"]
    escalation = await the_row(world, Escalation)
    read_by = dt.datetime.fromisoformat(expect["read_by"])
    assert (expect["staffed_now"], expect["basis"]) == (True, expectation.BEING_PAGED)
    assert escalation.next_due_at is not None
    assert dt.timedelta() <= read_by - escalation.next_due_at < dt.timedelta(minutes=1)


@one_database
async def test_whoever_may_not_be_reachable_is_asked_but_promises_nothing(world: World) -> None:
    """Neither after a failed delivery, nor before there was any."""
    people = await cast(world)

    def worsen(session: Session) -> None:
        for endpoint in session.exec(select(WebhookEndpoint)):
            mine = endpoint.person_id == people.adviser.id
            endpoint.health = EndpointHealth.FAILING if mine else EndpointHealth.UNVERIFIED
            session.add(endpoint)

    await world.write(worsen)
    expect = (await world.report("hurt_themselves")).json()["expect"]
    assert (expect["staffed_now"], expect["read_by"], expect["basis"]) == (False, None, expectation.ASKED_UNSURE)
    assert expect["fallback"]
    coverage = (await world.http.get("/v1/schools/harbour/coverage/now")).json()
    assert not any(line["staffed"] for line in coverage["lines"])
    assert [page["state"] for page in await my_pages(world, people.adviser)] == ["sent"]


@one_database
async def test_an_urgent_report_with_nobody_to_page_says_when_reports_are_next_read(world: World) -> None:
    await world.school()
    await world.person(Role.TRIAGER)
    world.time.set(dt.datetime(2027, 3, 12, 18, 0, tzinfo=ZoneInfo(ZONES["VIC"])))
    expect = (await world.report("hurt_themselves")).json()["expect"]
    assert (expect["staffed_now"], expect["basis"]) == (False, expectation.NOBODY_NOW)
    assert expect["read_by_local"] == "2027-03-15T09:00:00+11:00"
    assert expect["fallback"]


@one_database
async def test_an_urgent_report_with_nobody_at_all_gets_no_time_and_the_lines_that_answer_now(world: World) -> None:
    await world.school()
    made = (await world.report("hurt_themselves")).json()
    expect = made["expect"]
    assert (expect["staffed_now"], expect["read_by"], expect["read_by_local"]) == (False, None, None)
    assert expect["basis"] == expectation.NOBODY_AT_ALL
    assert [entry["tier"] for entry in expect["fallback"]].count("emergency") >= 1
    assert sum(entry["always_open"] for entry in expect["fallback"]) >= 2
    assert (await my_report(world, made["receipt"]))["nobody_has_answered"] is True
