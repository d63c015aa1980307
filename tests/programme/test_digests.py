"""The digest of the week: when it is due, what it says, and what it never says; and the forecast it goes by."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.programme import forecast_rules
from app.programme.forecast_rules import Expected, Standing, Term
from app.readiness import digest_rules, digests
from app.schools import service as schools
from app.vocabulary import Role, RosterLine
from app.vocabulary.succession import RiskReason
from app.work import queue
from app.worker import NOTHING
from tests.programme.going import say, told, until, watched
from tests.support.world import Someone, World

one_database = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
MELBOURNE = ZoneInfo("Australia/Melbourne")
TODAY = dt.date(2027, 3, 1)
WINTER = Term("Semester 1", dt.date(2027, 6, 18), set_by_school=True)


def due(text: str, *, zone: str = "Australia/Melbourne", weekday: int = 0, hour: int = 8) -> dt.date | None:
    now = dt.datetime.fromisoformat(text)
    return digest_rules.due_week(now=now, zone=ZoneInfo(zone), weekday=weekday, hour=hour)


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(f"{text}+00:00")


def test_it_is_due_at_eight_by_the_schools_clock_on_either_side_of_the_change() -> None:
    """Summer time ends in Melbourne on Sunday 4 April 2027: eight is 21:00 UTC before, and 22:00 after."""
    assert due("2027-03-28T20:59+00:00") is None
    assert due("2027-03-28T21:00+00:00") == dt.date(2027, 3, 29)
    assert due("2027-04-04T21:00+00:00") is None
    assert due("2027-04-04T22:00+00:00") == dt.date(2027, 4, 5)
    assert due("2027-04-05T21:59+00:00") == dt.date(2027, 4, 5), "a worker that was away"
    assert due("2027-04-05T22:00+00:00") is None, "the week is under way"
    assert due("2027-04-08T22:30+00:00", zone="Australia/Adelaide", weekday=4) == dt.date(2027, 4, 5), "on its Friday"
    assert digest_rules.next_look(at("2027-03-01T08:14:59")) == at("2027-03-01T08:15")
    assert digest_rules.next_look(at("2027-03-01T08:45")) == at("2027-03-01T09:00")


def test_of_few_reports_nothing_is_said() -> None:
    assert digest_rules.waiting(received=9, late=True, fewest=10) == "suppressed"
    assert [digest_rules.waiting(received=10, late=late, fewest=10) for late in (True, False)] == ["yes", "no"]


def test_terms_are_the_schools_own_and_then_half_years() -> None:
    past = Term("Before", dt.date(2027, 2, 28), set_by_school=True)
    ends = [(each.ends_on, each.set_by_school) for each in forecast_rules.terms_ahead([WINTER, past], today=TODAY)]
    halves = [dt.date(2027, 6, 30), dt.date(2027, 12, 31), dt.date(2028, 6, 30)]
    assert ends == [(WINTER.ends_on, True), *((end, False) for end in halves)]
    assert forecast_rules.terms_ahead([], today=dt.date(2027, 12, 31))[0].ends_on == dt.date(2027, 12, 31)


def test_nothing_is_assumed_of_whoever_has_not_said() -> None:
    """Whoever's last day is that of the term is gone after it; of the others nobody knows."""
    ends = [WINTER.ends_on, dt.date(2027, 6, 19), None, None]
    after = forecast_rules.expected_after(ends, WINTER.ends_on)
    assert after == Expected(staying=1, unknown=2)
    assert (after.too_few(4), after.too_few(3)) == (True, False)


@pytest.mark.parametrize(
    ("supporters", "sponsors", "begun", "expected"),
    [
        ([None] * 4, [None], True, []),
        ([], [None], False, []),
        ([], [None], True, [RiskReason.TOO_FEW_NOW, RiskReason.TOO_FEW_AFTER_TERM]),
        ([WINTER.ends_on, None, None, None], [None], True, [RiskReason.TOO_FEW_AFTER_TERM]),
        (
            [dt.date(2027, 6, 29)] * 4,
            [dt.date(2027, 6, 29), dt.date(2027, 6, 30)],
            True,
            [RiskReason.LAST_SUPPORTER_ENDS],
        ),
        ([None] * 4, [dt.date(2027, 6, 29)], True, [RiskReason.LAST_SPONSOR_ENDS]),
        ([None] * 4, [], True, [RiskReason.NO_SPONSOR]),
    ],
)
def test_what_makes_a_programme_end(
    supporters: list[Any], sponsors: list[Any], begun: bool, expected: list[RiskReason]
) -> None:
    """29 June is 120 days from 1 March."""
    standing = Standing(minimum=4, begun=begun, supporters=supporters, had_sponsor=True, sponsors=sponsors)
    assert forecast_rules.reasons(standing, next_term=WINTER, today=TODAY) == expected


@one_database
async def test_the_forecast_counts_who_stays_and_the_risk_is_told_once_for_each_state(world: World) -> None:
    await world.school(minimum_supporters=2)
    world.time.set(dt.datetime(2027, 3, 1, tzinfo=dt.UTC))
    lee, bell = await world.person(Role.COORDINATOR, alias="Lee", paged=True), await world.person(Role.SPONSOR)
    ada, ben = [await world.person(Role.SUPPORTER, alias=alias) for alias in ("Ada", "Ben")]
    term = {"name": "Semester 1", "starts_on": "2027-02-22", "ends_on": "2027-06-18"}
    path = "/v1/schools/harbour/profile"
    etag = (await world.http.get(path)).headers["etag"]
    written = await world.http.put(path, headers=lee.headers | {"If-Match": etag}, json={"terms": [term]})
    assert written.status_code == 200, written.text
    await world.on_call(ada, line=RosterLine.PEER_SUPPORT)
    await watched(world)
    assert told(world, lee, "succession.at_risk") == []

    async def forecast() -> Any:
        found = await world.http.get("/v1/schools/harbour/succession/forecast", headers=bell.headers)
        assert found.status_code == 200, found.text
        return found.json()

    first = (await forecast())["terms"][0]
    assert (first["name"], first["staying"], first["unknown"]) == ("Semester 1", 0, 2)
    assert (first["too_few"], first["unsure"]) == (False, True)
    assert {each["line"]: each["covered_percent"] for each in first["lines"]}["peer_support"] == 100

    await say(world, ada, "2027-05-10")
    await until(world, "2027-03-01T02:00+00:00")
    now = await forecast()
    assert (now["terms"][0]["staying"], now["terms"][0]["unknown"], now["terms"][0]["too_few"]) == (0, 1, True)
    covered = {each["line"]: each["covered_percent"] for each in now["terms"][0]["lines"]}
    # 71 of the 110 days from 1 March to the end of 18 June, both by the clock there.
    assert covered["peer_support"] == 64
    for hour in ("03", "04"):
        await until(world, f"2027-03-01T{hour}:00+00:00")
    assert [each["reasons"] for each in told(world, lee, "succession.at_risk")] == [["too_few_after_term"]]
    await say(world, ada, None)
    await until(world, "2027-03-01T05:00+00:00")
    await say(world, ben, "2027-05-10")
    await until(world, "2027-03-01T06:00+00:00")
    assert len(told(world, lee, "succession.at_risk")) == 2, "it was well in between"


@one_database
async def test_a_school_without_a_programme_has_nothing_to_end(world: World) -> None:
    """Ridge: the forecast and the digest answer, nobody is missed, and nothing is at risk."""
    await world.school("ridge", region="NSW", zone="Australia/Sydney")
    await world.write(lambda s: setattr(schools.find(s, "ridge"), "features", {"formal_program": False}))
    dana = await world.person(Role.COORDINATOR, school="ridge")
    forecast = await world.http.get("/v1/schools/ridge/succession/forecast", headers=dana.headers)
    assert (forecast.json()["minimum"], forecast.json()["active"], forecast.json()["at_risk"]) == (0, 0, [])
    assert {each["too_few"] or each["unsure"] for each in forecast.json()["terms"]} == {False}
    found = await world.write(lambda s: digests.made(s, schools.find(s, "ridge"), now=world.time.now()))
    assert (found.at_risk, found.ends_soon, found.gaps) == ([], 0, [])


async def asked(world: World, who: Someone, week: str) -> Any:
    return await world.http.get(f"/v1/schools/harbour/digests/{week}", headers=who.headers)


async def test_a_digest_is_made_on_monday_and_told_without_a_word_of_it(world: World) -> None:
    """Once; kept as it was; incidents for privacy officers alone; and nothing at a school that does not want it."""
    await world.school()
    world.time.set(dt.datetime(2027, 3, 28, 20, 30, tzinfo=dt.UTC))
    lee, bell = await world.person(Role.COORDINATOR, alias="Lee", paged=True), await world.person(Role.SPONSOR)
    priya, wren = await world.person(Role.PRIVACY_OFFICER), await world.person(Role.SUPPORTER, alias="Wren")
    await world.http.post("/v1/schools/harbour/suggestions", json={"text": "Tea on Fridays."})
    await world.report("tearful")
    incident = {"kind": "other", "what_happened": "A screen was left open.", "happened_on": "2027-03-01"}
    path = "/v1/schools/harbour/privacy-incidents"
    assert (await world.http.post(path, headers=lee.headers | world.once(), json=incident)).status_code == 201
    now = world.time.now()
    await world.write(lambda s: queue.enqueue(s, digests.WEEKLY, NOTHING, due_at=now, now=now, key=digests.WEEKLY))
    await world.settle()
    assert told(world, lee, "digest.weekly") == []
    for minute in ("21:00", "21:15", "23:00"):
        await until(world, f"2027-03-28T{minute}+00:00")
    [event] = told(world, lee, "digest.weekly")
    assert event == {"school": "harbour", "digest_id": event["digest_id"], "week": "2027-03-29"}
    shown = (await asked(world, lee, "2027-03-29")).json()
    assert (shown["made_at"], shown["incidents_open"]) == ("2027-03-28T21:00:00Z", None)
    found = shown["found"]
    assert (found["suggestions_wait"], found["reports_late"]) == (True, "suppressed")
    assert (found["at_risk"], found["drill"]) == (["too_few_now", "too_few_after_term"], None)
    assert "succession" in found["not_ready"]
    assert (await asked(world, priya, "2027-03-29")).json()["incidents_open"] is True
    assert (await asked(world, bell, "2027-03-29")).json()["incidents_open"] is None
    assert (await asked(world, wren, "2027-03-29")).status_code == 403
    assert (await asked(world, lee, "2027-03-22")).status_code == 404
    for stamp in ("2027-04-04T21:30", "2027-04-04T22:00"):
        await until(world, f"{stamp}+00:00")
    assert [each["week"] for each in told(world, lee, "digest.weekly")] == ["2027-03-29", "2027-04-05"]
    assert (await asked(world, lee, "2027-03-29")).json()["found"] == found, "what was told is a fact"
