"""When a report is read: computed from hours, holidays, rosters and zones, and never said before it is so (J1)."""

from __future__ import annotations

import datetime as dt
import uuid
from zoneinfo import ZoneInfo

import holidays
import pytest
from australia import WEEK, ZONES, Schools, new_school, new_triager, on_triage
from harbour import my_report
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from app.paging import expectation
from app.paging.schemas import Expect
from app.vocabulary import Role
from tests.support.world import World

START = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
THREE_YEARS = 3 * 365 * 24 * 60


def said(expect: Expect) -> str:
    """The time that is promised, in the words of the sentence."""
    local = dt.datetime.fromisoformat(expect.read_by_local or "")
    return f"{local:%a} {local.day} {local:%b %Y %H:%M}, by the school's clock"


@pytest.mark.parametrize(
    ("region", "wall", "read_by"),
    [
        pytest.param("VIC", "2027-03-10T02:00", "2027-03-10T09:00:00+11:00", id="2 am on a working day"),
        pytest.param("VIC", "2027-03-10T08:59:59", "2027-03-10T09:00:00+11:00", id="a second before opening"),
        pytest.param("VIC", "2027-03-12T18:00", "2027-03-15T09:00:00+11:00", id="Friday evening"),
        pytest.param("VIC", "2027-03-12T17:00", "2027-03-15T09:00:00+11:00", id="the moment of closing on Friday"),
        pytest.param("VIC", "2027-03-13T12:00", "2027-03-15T09:00:00+11:00", id="Saturday"),
        pytest.param("VIC", "2027-11-01T18:00", "2027-11-03T09:00:00+11:00", id="before Cup Day in VIC"),
        pytest.param("NSW", "2027-11-01T18:00", "2027-11-02T09:00:00+11:00", id="before Cup Day in NSW"),
        pytest.param("VIC", "2027-11-02T10:00", "2027-11-03T09:00:00+11:00", id="on Cup Day in VIC"),
        pytest.param("VIC", "2027-03-08T10:00", "2027-03-09T09:00:00+11:00", id="Labour Day in VIC"),
        pytest.param("VIC", "2027-03-25T18:00", "2027-03-30T09:00:00+11:00", id="over Easter"),
        pytest.param("VIC", "2027-12-24T18:00", "2027-12-29T09:00:00+11:00", id="Christmas and its substitutes"),
        pytest.param("VIC", "2027-12-31T18:00", "2028-01-04T09:00:00+11:00", id="over the end of the year"),
        pytest.param("VIC", "2027-10-01T18:00", "2027-10-04T09:00:00+11:00", id="over the start of daylight saving"),
        pytest.param("NSW", "2027-10-01T18:00", "2027-10-05T09:00:00+11:00", id="the same with NSW's Labour Day"),
        pytest.param("QLD", "2027-10-01T18:00", "2027-10-05T09:00:00+10:00", id="no daylight saving in QLD"),
        pytest.param("VIC", "2027-10-03T03:00", "2027-10-04T09:00:00+11:00", id="after the missing hour"),
        pytest.param("VIC", "2027-04-02T18:00", "2027-04-05T09:00:00+10:00", id="over the end of daylight saving"),
        pytest.param("VIC", "2027-04-04T02:30", "2027-04-05T09:00:00+10:00", id="the hour that comes twice, first"),
        pytest.param("SA", "2027-03-10T02:00", "2027-03-10T09:00:00+10:30", id="a zone with half an hour"),
        pytest.param("WA", "2027-03-10T02:00", "2027-03-10T09:00:00+08:00", id="the west"),
    ],
)
def test_outside_reading_hours_the_next_opening_is_promised(
    australia: Schools, region: str, wall: str, read_by: str
) -> None:
    now = australia.local(region, wall)
    expect = australia.promise(region, now)
    assert (expect.staffed_now, expect.read_by_local) == (False, read_by)
    assert expect.read_by == dt.datetime.fromisoformat(read_by)
    assert expect.basis == f"Somebody is there to read your report from {said(expect)}."


def test_the_hour_that_comes_twice_gives_the_same_promise_both_times(australia: Schools) -> None:
    both = [australia.promise("VIC", australia.local("VIC", "2027-04-04T02:30", fold=fold)).read_by for fold in (0, 1)]
    assert both[0] == both[1]


@pytest.mark.parametrize(
    ("region", "wall", "read_by"),
    [
        ("VIC", "2027-03-10T09:00", "2027-03-10T17:00:00+11:00"),
        ("VIC", "2027-03-10T16:59:59", "2027-03-10T17:00:00+11:00"),
        ("NSW", "2027-11-02T10:00", "2027-11-02T17:00:00+11:00"),
        ("VIC", "2027-04-05T12:00", "2027-04-05T17:00:00+10:00"),
        ("VIC", "2027-10-04T12:00", "2027-10-04T17:00:00+11:00"),
    ],
)
def test_within_reading_hours_it_is_read_before_they_end(
    australia: Schools, region: str, wall: str, read_by: str
) -> None:
    expect = australia.promise(region, australia.local(region, wall))
    assert (expect.staffed_now, expect.read_by_local) == (True, read_by)
    assert expect.basis == f"{expectation.READ_NOW} Reading hours end on {said(expect)}."


@settings(max_examples=100)
@given(
    region=st.sampled_from(sorted(ZONES)),
    now=st.integers(0, THREE_YEARS).map(lambda minutes: START + dt.timedelta(minutes=minutes)),
)
def test_at_any_instant_the_promise_is_the_next_office_hour_of_the_state(
    australia: Schools, region: str, now: dt.datetime
) -> None:
    """Against the plain definition, walked day by day on the state's own clock."""
    zone = ZoneInfo(ZONES[region])
    free = holidays.country_holidays("AU", subdiv=region, years=range(2026, 2032))

    def at(day: dt.date, hour: int) -> dt.datetime:
        return dt.datetime.combine(day, dt.time(hour), tzinfo=zone).astimezone(dt.UTC)

    day = now.astimezone(zone).date()
    working = (d for n in range(30) if (d := day + dt.timedelta(days=n)).weekday() < 5 and d not in free)
    opens, closes = next((at(d, 9), at(d, 17)) for d in working if at(d, 17) > now)

    expect = australia.promise(region, now)
    assert expect.staffed_now == (opens <= now)
    assert expect.read_by == (closes if opens <= now else opens)
    assert expect.read_by is not None
    assert (
        dt.datetime.fromisoformat(expect.read_by_local or "").utcoffset() == expect.read_by.astimezone(zone).utcoffset()
    )
    assert expect.read_by > now


def test_with_nobody_who_reads_no_time_is_promised(australia: Schools) -> None:
    australia.write(lambda session: new_school(session, "empty"))
    for wall in ("2027-03-10T02:00", "2027-03-10T12:00"):
        now = australia.local("VIC", wall)
        expect = australia.promise("empty", now)
        assert (expect.staffed_now, expect.read_by, expect.read_by_local) == (False, None, None)
        assert expect.basis == expectation.NOBODY_AT_ALL
        assert expect.fallback


def test_somebody_who_has_left_reads_nothing(australia: Schools) -> None:
    def make(session: Session) -> None:
        school = new_school(session, "left")
        new_triager(session, school).active = False

    australia.write(make)
    assert australia.promise("left", australia.local("VIC", "2027-03-10T12:00")).read_by is None


@pytest.mark.parametrize(
    ("slug", "shift", "wall", "read_by"),
    [
        pytest.param("afternoons", ("13:00", "15:00"), "2027-03-10T02:00", "2027-03-10T13:00:00+11:00", id="later"),
        pytest.param("mornings", ("07:00", "10:00"), "2027-03-10T12:00", "2027-03-11T09:00:00+11:00", id="opening"),
        pytest.param("weekend", ("13:00", "15:00"), "2027-03-12T16:00", "2027-03-15T13:00:00+11:00", id="Monday"),
    ],
)
def test_with_a_roster_of_readers_the_next_time_that_somebody_is_on_it_is_promised(
    australia: Schools, slug: str, shift: tuple[str, str], wall: str, read_by: str
) -> None:
    """Reading hours alone promise nobody: the roster says who is there."""

    def make(session: Session) -> None:
        school = new_school(session, slug)
        on_triage(session, school, (new_triager(session, school), [{"days": WEEK, "start": shift[0], "end": shift[1]}]))

    australia.write(make)
    expect = australia.promise(slug, australia.local("VIC", wall))
    assert (expect.staffed_now, expect.read_by_local) == (False, read_by)


def test_a_roster_that_never_meets_the_reading_hours_promises_nothing(australia: Schools) -> None:
    def make(session: Session) -> None:
        school = new_school(session, "nights")
        on_triage(session, school, (new_triager(session, school), [{"days": WEEK, "start": "20:00", "end": "22:00"}]))

    australia.write(make)
    for wall in ("2027-03-10T12:00", "2027-03-10T21:00"):
        expect = australia.promise("nights", australia.local("VIC", wall))
        assert (expect.staffed_now, expect.read_by) == (False, None)


def test_the_hours_of_those_who_cannot_see_the_report_promise_nothing(australia: Schools) -> None:
    """Kept from the reader of the morning, it is read in the afternoon; somebody who left is on no roster."""
    people: dict[str, uuid.UUID] = {}

    def make(session: Session) -> None:
        school = new_school(session, "shared")
        morning, afternoon, gone = (new_triager(session, school, name) for name in ("morning", "afternoon", "gone"))
        gone.active = False
        on_triage(
            session,
            school,
            (gone, [{"days": WEEK, "start": "09:00", "end": "10:00"}]),
            (morning, [{"days": WEEK, "start": "10:00", "end": "12:00"}]),
            (afternoon, [{"days": WEEK, "start": "14:00", "end": "16:00"}]),
        )
        people.update(morning=morning.id, afternoon=afternoon.id)

    australia.write(make)
    now = australia.local("VIC", "2027-03-10T02:00")
    promised = [
        australia.promise("shared", now, excluded=excluded).read_by_local
        for excluded in (set(), {people["morning"]}, set(people.values()))
    ]
    assert promised == ["2027-03-10T10:00:00+11:00", "2027-03-10T14:00:00+11:00", None]
    in_the_morning = australia.promise(
        "shared", australia.local("VIC", "2027-03-10T10:30"), excluded={people["morning"]}
    )
    assert in_the_morning.staffed_now is False


def test_a_school_sets_its_own_reading_hours(australia: Schools) -> None:
    def make(session: Session) -> None:
        school = new_school(
            session, "always", reading_hours="Mo-Su,PH 08:00-20:00", reading_hours_text="day and night, within minutes"
        )
        new_triager(session, school)

    australia.write(make)
    expect = australia.promise("always", australia.local("VIC", "2027-12-25T21:00"))
    assert expect.read_by_local == "2027-12-26T08:00:00+11:00"
    assert expect.basis == f"Somebody is there to read your report from {said(expect)}."
    assert said(expect) == "Sun 26 Dec 2027 08:00, by the school's clock"


def test_reading_hours_without_an_end_have_none_in_words(australia: Schools) -> None:
    australia.write(lambda session: new_triager(session, new_school(session, "day-and-night", reading_hours="24/7")))
    expect = australia.promise("day-and-night", australia.local("VIC", "2027-12-25T21:00"))
    assert (expect.staffed_now, expect.read_by, expect.basis) == (True, None, expectation.READ_NOW)


async def test_the_answer_and_the_report_carry_the_promise_of_the_moment_it_was_made(world: World) -> None:
    """On the way through the API: 2 am on a working day, in the school's own time."""
    await world.school()
    await world.person(Role.TRIAGER)
    world.time.set(dt.datetime(2027, 3, 10, 2, 0, 7, tzinfo=ZoneInfo(ZONES["VIC"])))
    made = (await world.report("tearful")).json()
    expect = made["expect"]
    assert {name: expect[name] for name in ("staffed_now", "read_by", "read_by_local")} == {
        "staffed_now": False,
        "read_by": "2027-03-09T22:00:00Z",
        "read_by_local": "2027-03-10T09:00:00+11:00",
    }
    world.time.advance(hours=2)
    assert (await my_report(world, made["receipt"]))["expect"] == expect
