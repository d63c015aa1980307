"""The picture and the load of stored rosters over HTTP, and a roster in the terminal."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest
from sqlmodel import Session
from typer.testing import CliRunner

from app.cli import cli
from app.core import clock
from app.models import Absence, Person, Roster
from app.rosters import records
from app.rosters.service import minute_of
from app.vocabulary import AbsenceKind, Level, Role, RosterLine
from tests.conftest import KEYS
from tests.support.server import environment
from tests.support.world import Someone, World

ROSTERS = "/v1/schools/harbour/rosters"
SVG = "{http://www.w3.org/2000/svg}"
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def around(world: World, *, days: tuple[int, int] = (-7, 7)) -> dict[str, str]:
    """A window of whole days around now."""
    midnight = world.time.now().replace(hour=0, minute=0, second=0, microsecond=0)
    start, end = (midnight + dt.timedelta(days=each) for each in days)
    return {"from": start.isoformat(), "to": end.isoformat()}


async def picture(
    world: World, someone: Someone, roster: uuid.UUID, window: dict[str, str], **headers: str
) -> httpx.Response:
    return await world.http.get(f"{ROSTERS}/{roster}/calendar.svg", params=window, headers=someone.headers | headers)


async def load(world: World, someone: Someone, window: dict[str, str]) -> dict[str, Any]:
    answer = await world.http.get(f"{ROSTERS}/load", params=window, headers=someone.headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def titles(answer: httpx.Response) -> list[str]:
    return [each.text or "" for each in ET.fromstring(answer.text).iter(f"{SVG}title")][1:]


async def test_a_picture_is_an_image_that_may_not_run_anything(world: World) -> None:
    await world.school()
    mira = await world.person(Role.ADVISER, alias="<b>Mira</b>", paged=True)
    roster = await world.on_call(mira)
    answer = await picture(world, mira, roster, around(world, days=(1, 8)))
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/svg+xml")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"
    assert {each.partition(", ")[0] for each in titles(answer)} == {"<b>Mira</b>"}
    assert str(mira.id) not in answer.text

    known = {"If-None-Match": answer.headers["ETag"]}
    again = await picture(world, mira, roster, around(world, days=(1, 8)), **known)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["Content-Security-Policy"] == answer.headers["Content-Security-Policy"]


async def test_a_picture_says_that_nobody_can_be_reached_and_not_why_somebody_is_away(world: World) -> None:
    """D10, J8: a picture is passed on; leave and pauses are nobody's business."""
    await world.school()
    mira = await world.person(Role.ADVISER, alias="Mira")
    coordinator = await world.person(Role.COORDINATOR)
    roster = await world.on_call(mira)
    window = around(world, days=(1, 8))
    found = titles(await picture(world, coordinator, roster, window))
    assert any(each.startswith("Gap: nobody who can be reached, ") for each in found)

    def away(session: Session) -> None:
        school_id = session.get_one(Person, mira.id).school_id
        assert school_id is not None
        session.add(
            Absence(
                school_id=school_id,
                person_id=mira.id,
                kind=AbsenceKind.EXAM_WINDOW,
                starts_at=clock.now(),
                created_at=clock.now(),
            )
        )

    await world.write(away)
    answer = await picture(world, coordinator, roster, window)
    assert {each.partition(",")[0] for each in titles(answer)} == {"Gap: nobody"}
    assert "exam" not in answer.text


@on_sqlite
async def test_the_past_is_what_was_recorded_and_before_the_roster_there_is_no_gap(world: World) -> None:
    await world.school()
    mira = await world.person(Role.ADVISER, alias="Mira", paged=True)
    coordinator = await world.person(Role.COORDINATOR)
    roster = await world.on_call(mira)
    made = minute_of(world.time.now())
    world.time.advance(days=3)
    now = minute_of(world.time.now())

    def leaves(session: Session) -> None:
        records.record(session, session.get_one(Roster, roster), until=now)
        person = session.get_one(Person, mira.id)
        person.active = False
        session.add(person)

    await world.write(leaves)
    answer = await picture(world, coordinator, roster, around(world))
    bars = [each for each in titles(answer) if each.startswith("Mira")]
    gaps = [each for each in titles(answer) if each.startswith("Gap")]
    # One for each week that it has a part in.
    assert bars
    assert all(re.search(r"\(72 h\)$", each) for each in bars)
    assert gaps
    assert len(set(gaps)) == 1
    carried = await load(world, coordinator, around(world))
    assert [(each["alias"], each["minutes"], each["shifts"] > 0) for each in carried["people"]] == [
        ("Mira", (now - made) // dt.timedelta(minutes=1), True)
    ]


@on_sqlite
async def test_windows_that_are_refused(world: World) -> None:
    await world.school()
    mira = await world.person(Role.ADVISER, paged=True)
    coordinator = await world.person(Role.COORDINATOR, Role.ADVISER)
    roster = await world.on_call(mira)
    hourly = {
        "name": "By the hour",
        "line": "clinical_advice",
        "time_zone": "UTC",
        "layers": [
            {
                "id": "L1",
                "rank": 1,
                "rotation": {
                    "unit": "hour",
                    "length": 1,
                    "start_local": "2026-01-05T09:00",
                    "participants": [str(mira.id), str(coordinator.id)],
                },
            }
        ],
    }
    made = await world.http.post(ROSTERS, headers=coordinator.headers | world.once(), json={"roster": hourly})
    for shown, window in (
        (roster, around(world, days=(1, 1))),
        (roster, around(world, days=(0, 401))),
        (made.json()["id"], around(world, days=(0, 400))),
    ):
        refused = await picture(world, coordinator, shown, window)
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "window_refused")
    refused = await world.http.get(f"{ROSTERS}/load", params=around(world, days=(0, 401)), headers=coordinator.headers)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "window_refused")
    assert (await picture(world, coordinator, made.json()["id"], around(world, days=(0, 90)))).status_code == 200
    assert (await world.http.get(f"{ROSTERS}/load", headers=coordinator.headers)).status_code == 422


async def test_the_load_of_a_week(world: World) -> None:
    """By hand: a week from Monday to Monday has 168 hours, 63 of them at night and 48 on the weekend."""
    await world.school()
    mira = await world.person(Role.ADVISER, alias="Mira", paged=True)
    tomas = await world.person(Role.ADVISER, Role.TRIAGER, alias="Tomas", paged=True)
    coordinator = await world.person(Role.COORDINATOR, alias="Lee")
    await world.on_call(mira, tomas)
    # The same time again: it counts once.
    await world.on_call(mira, level=Level.BACKUP)
    office = [{"days": ["MO", "TU", "WE", "TH", "FR"], "start": "09:00", "end": "17:00"}]
    await world.on_call(tomas, line=RosterLine.TRIAGE, restrictions=office)
    # In Victoria 3 November 2099, a Tuesday, is Melbourne Cup Day.
    window = {"from": "2099-11-02T00:00:00+11:00", "to": "2099-11-09T00:00:00+11:00"}
    found = await load(world, coordinator, window)
    assert found["time_zone"] == "Australia/Melbourne"
    hours = {"minutes": 168 * 60, "night_minutes": 63 * 60, "weekend_minutes": 48 * 60, "public_holiday_minutes": 1440}
    # A slot of a week begins on Monday at 09:00: two have a part in it, on each layer.
    assert found["people"] == [
        {"person": str(mira.id), "alias": "Mira", **hours, "shifts": 4, "pages": 0},
        {"person": str(tomas.id), "alias": "Tomas", **hours, "shifts": 3, "pages": 0},
    ]
    even = {kind: {"mean": each, "least": each, "most": each} for kind, each in hours.items()}
    nothing = {"mean": 0, "least": 0, "most": 0}
    days = {"mean": 2400, "least": 2400, "most": 2400}
    holiday = {"mean": 480, "least": 480, "most": 480}
    assert found["lines"] == [
        {"line": "clinical_advice", "people": 2, **even},
        {
            "line": "triage",
            "people": 1,
            "minutes": days,
            "night_minutes": nothing,
            "weekend_minutes": nothing,
            "public_holiday_minutes": holiday,
        },
    ]


@on_sqlite
async def test_load_is_for_coordinators(world: World) -> None:
    await world.school()
    window = around(world)
    for role, status in ((Role.COORDINATOR, 200), (Role.ADVISER, 403), (Role.SPONSOR, 403)):
        person = await world.person(role)
        answer = await world.http.get(f"{ROSTERS}/load", params=window, headers=person.headers)
        assert (role, answer.status_code) == (role, status)


@pytest.fixture
def here(world: World, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A world that the command line works on as well."""
    told = {"PEERLINE_MASTER_KEYS": KEYS}
    for name, value in environment(data_dir=tmp_path, database_url=database_url, env=told).items():
        monkeypatch.setenv(name, value)
    return world


async def test_a_roster_in_the_terminal(here: World) -> None:
    await here.school()
    mira = await here.person(Role.ADVISER, alias="Mira")
    await here.on_call(mira)
    shown = CliRunner().invoke(
        cli, ["roster", "show", "harbour", "clinical_advice", "--from", "2099-01-07", "--weeks", "1"]
    )
    assert shown.exit_code == 0, shown.output
    printed = shown.stdout.splitlines()
    assert printed[1] == "Mon 5 Jan 2099 to Sun 11 Jan 2099, Australia/Melbourne time"
    assert f"Wed 7 Jan   {'M' * 48}" in printed
    assert "1 GAP, 168 h in all" in printed
    assert "\x1b" not in shown.stdout, "piped output is plain"
    assert max(map(len, printed)) <= 80


@on_sqlite
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere", "triage"], "There is no school nowhere."),
        (["harbour", "coffee"], "There is no line coffee. Lines are peer_support, clinical_advice, "),
        (["harbour", "triage"], "harbour has no roster for triage at the level primary."),
        (
            ["harbour", "clinical_advice", "--level", "backup"],
            "harbour has no roster for clinical_advice at ",
        ),
        (["harbour", "clinical_advice", "--from", "0001-01-01"], "Give a day from 1901 to 2198."),
    ],
)
async def test_what_the_terminal_says_when_there_is_nothing_to_show(
    here: World, arguments: list[str], said: str
) -> None:
    await here.school()
    await here.on_call(await here.person(Role.ADVISER))
    shown = CliRunner().invoke(cli, ["roster", "show", *arguments])
    assert (shown.exit_code, shown.stdout) == (1, "")
    assert shown.stderr.startswith(said)
