"""Statistics over HTTP: closed once, the same for ever and in every form, and nothing of few (J12; domain 3.7)."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import sqlalchemy as sa
from counted import (
    CLOSING,
    IN_2027,
    OVER,
    PERIODS,
    RULES,
    SCHOOL,
    STATISTICS,
    TRANSPARENCY,
    a_year,
    add,
    close_what_is_due,
    closed,
    evaluator,
    table,
)
from sqlmodel import Session, col, select

from app.core import clock
from app.evaluation import closing, tables
from app.kinds import RECURRING
from app.models import Report, ReportOutcome, StatisticsPeriod, StatisticsTally, WorkItem
from app.reports import erasing, periods
from app.schools import service as schools
from app.vocabulary import ContactMethod, Outcome, Role, SecondPersonState
from app.work import queue
from app.work.queue import Item
from app.worker import NOTHING
from tests.support.world import Someone, World

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
DOCUMENT = Path(__file__).parents[2] / "openapi" / "openapi.json"
EVERY_TABLE = sorted(tables.BY_NAME)


def counts(shown: dict[str, Any]) -> dict[str, Any]:
    return {"/".join(cell["codes"]): cell["count"] or cell["suppressed"] for cell in shown["cells"]}


async def test_a_year_is_closed_thirty_days_after_its_end_and_shows_nothing_of_few(world: World) -> None:
    await world.school()
    who = await evaluator(world)
    await add(world, a_year())
    await add(world, [{"relationship": "friend", "independent": True}, {"withdrawn_hour": IN_2027}] * 10)
    world.time.set(OVER)
    assert closing.SWEEP in RECURRING
    await world.write(lambda s: queue.enqueue(s, closing.SWEEP, NOTHING, due_at=clock.now(), now=clock.now()))
    await world.settle()
    early = await table(world, who, "relationship")
    assert (early.status_code, early.json()["code"]) == (409, "period_not_closed")
    world.time.set(CLOSING)
    await world.settle()

    found = (await table(world, who, "relationship")).json()
    assert found["total"] == {"count": 115, "suppressed": None}
    assert counts(found) == {
        "friend": 70,
        "same_group_or_class": "small",
        "same_placement": "small",
        "housemate": 10,
        "partner_or_family": "small",
        "barely_know_them": "small",
        "peer_supporter": "small",
        "staff": "small",
    }
    [friend] = [cell for cell in found["cells"] if cell["codes"] == ["friend"]]
    assert (friend["of"], friend["percent"]) == (115, 61)
    assert found["closed_on"] == "2028-01-31"
    assert found["method"]["smallest_group"] == 10
    within = counts((await table(world, who, "peer_knows,relationship")).json())
    assert within["friend/does_not_know"] == 40
    # Of seventy friends none is left over: of the two that could be shown, the last is hidden.
    assert within["friend/knows_and_agrees"] == "complementary"
    assert within["staff/does_not_know"] == "small"
    listed = (await world.http.get(PERIODS, headers=who.headers)).json()
    assert [(each["period"], each["closed_on"]) for each in listed["periods"]][:2] == [
        ("2028", None),
        ("2027", "2028-01-31"),
    ]
    assert [each["by"] for each in listed["tables"]] == [sort.name for sort in tables.SORTS]
    seen = (await world.http.get(TRANSPARENCY)).json()
    assert seen["periods"][0]["worries"]["count"] == 115
    assert seen["periods"][0]["median_time_to_answer"] == "not_answered"
    assert seen["periods"][0]["confidentiality_decisions"] == {"count": None, "suppressed": "small"}


@on_sqlite
async def test_json_csv_and_picture_say_the_same(world: World) -> None:
    who = await a_closed_year(world)
    for by in EVERY_TABLE:
        as_json = (await table(world, who, by)).json()
        as_csv = await table(world, who, by, ending=".csv")
        assert as_csv.headers["content-type"] == "text/csv; charset=utf-8"
        header, total, *lines = csv.reader(io.StringIO(as_csv.text))
        assert header == ["period", *as_json["by"], "count", "of", "percent", "suppressed"]
        assert total[-4:] == [text(as_json["total"][name]) for name in ("count",)] + ["", "", ""]
        assert lines == [
            ["2027", *cell["codes"], *(text(cell[name]) for name in ("count", "of", "percent", "suppressed"))]
            for cell in as_json["cells"]
        ]
        picture = ElementTree.fromstring((await table(world, who, by, ending=".svg")).text)
        said = picture.findtext("{*}desc") or ""
        drawn = re.findall(r": (not shown|[0-9]+)\.", said)
        assert drawn == [text(each["count"]) or "not shown" for each in [as_json["total"], *as_json["cells"]]]
        _, *bars = picture.findall("{*}rect")
        hidden = {bar.get("width") for bar in bars if bar.get("fill") == "url(#hatched)"}
        # As wide whatever is hidden. Of regions there are none.
        assert len(hidden) == (1 if bars else 0)
        widths = [float(bar.get("width") or 0) for bar in bars]
        shown = [(cell["count"], wide) for cell, wide in zip(as_json["cells"], widths, strict=True) if cell["count"]]
        # The length of a bar says its rounded number, and no more.
        assert len({round(wide / count, 1) for count, wide in shown}) <= 1


@on_sqlite
async def test_a_closed_period_stays_the_same_to_the_byte(world: World) -> None:
    """Reports are erased, an outcome comes late, the school asks for larger groups, and a report of that year turns
    up."""
    who, officer = await a_closed_year(world), await world.person(Role.PRIVACY_OFFICER)
    before = [await table(world, who, by, ending=form) for by in EVERY_TABLE for form in ("", ".csv", ".svg")]
    public = await world.http.get(TRANSPARENCY)

    def change(session: Session) -> None:
        [first, *others] = session.exec(select(Report)).all()
        session.add(
            ReportOutcome(
                report_id=first.id,
                outcome=Outcome.WORRY_EASED,
                contact_method=ContactMethod.NO_CONTACT,
                state=SecondPersonState.IN_EFFECT,
                person_id=officer.id,
                hour=clock.now(),
            )
        )
        for each in others[::9]:
            erasing.erase(session, each, now=clock.now(), outcome=None)

    await world.write(change)
    await add(world, [{"relationship": "friend"}] * 20)
    await put_rules(world, officer, smallest_group=20, terms=[])
    await close_what_is_due(world)
    after = [await table(world, who, by, ending=form) for by in EVERY_TABLE for form in ("", ".csv", ".svg")]
    assert [each.content for each in after] == [each.content for each in before]
    assert (await world.http.get(TRANSPARENCY)).content == public.content
    again = await world.http.get(
        STATISTICS,
        headers=who.headers | {"If-None-Match": before[0].headers["etag"]},
        params={"period": "2027", "by": EVERY_TABLE[0]},
    )
    assert again.status_code == 304


@on_sqlite
async def test_when_reports_are_erased_changes_no_number(world: World) -> None:
    for slug in ("harbour", "estuary"):
        await world.school(slug)
        await add(world, a_year(), slug=slug)
    world.time.set(IN_2027)

    def erase_some(session: Session) -> None:
        school = schools.find(session, "estuary")
        for each in session.exec(select(Report).where(Report.school_id == school.id)).all()[::9]:
            erasing.erase(session, each, now=clock.now(), outcome=None)

    await world.write(erase_some)
    tallied = await world.db.read(lambda s: [row.counts_sealed for row in s.exec(select(StatisticsTally))])
    # What waits for the end of the period is for nobody to read.
    assert len(tallied) == 1
    assert b"friend" not in (tallied[0] or b"")
    world.time.set(CLOSING)
    for slug in ("harbour", "estuary"):
        await close_what_is_due(world, slug=slug)
    one, other = await closed(world, slug="harbour"), await closed(world, slug="estuary")
    assert one["2027"]["total"]["count"] == 115
    assert one == other
    kept = await world.db.read(lambda s: [row.counts_sealed for row in s.exec(select(StatisticsTally))])
    assert set(kept) == {None}


async def test_of_two_who_close_a_period_at_once_one_does(world: World) -> None:
    await world.school()
    await add(world, a_year())
    world.time.set(CLOSING)
    start = asyncio.Event()

    async def close() -> None:
        await start.wait()
        await world.write(
            lambda s: closing.close(s, schools.find(s, "harbour"), periods.of_year(2027, ())[0], now=clock.now())
        )

    both = [asyncio.create_task(close()) for _ in range(2)]
    start.set()
    await asyncio.gather(*both)
    rows = await world.db.read(lambda s: s.exec(select(StatisticsPeriod.period)).all())
    assert rows == ["2027"]


@on_sqlite
async def test_a_period_whose_closing_was_given_up_is_tried_again_by_the_next_look(world: World) -> None:
    await world.school()
    world.time.set(CLOSING)

    def given_up(session: Session) -> None:
        session.connection().execute(sa.update(WorkItem).where(col(WorkItem.kind) == closing.CLOSE).values(dead=True))

    def looked(session: Session) -> int:
        item = Item(NOTHING, closing.SWEEP, NOTHING, {}, clock.now(), 1, 0)
        closing.sweep(session, item, clock.now())
        there = select(WorkItem).where(WorkItem.kind == closing.CLOSE, col(WorkItem.dead).is_(False))
        return len(session.exec(there).all())

    assert await world.db.write(looked) == 1
    await world.write(given_up)
    world.time.advance(hours=1)
    assert await world.db.write(looked) == 1


@on_sqlite
async def test_smaller_groups_and_dates_of_ones_own_are_refused(world: World) -> None:
    await world.school()
    officer, who = await world.person(Role.PRIVACY_OFFICER), await evaluator(world)
    terms = [
        {"period": "2028-T1", "starts_on": "2028-02-07", "ends_on": "2028-06-16"},
        {"period": "2028-T2", "starts_on": "2028-07-10", "ends_on": "2028-11-24"},
    ]
    assert await put_rules(world, officer, smallest_group=9, terms=[]) == (422, ["multiple_of"])
    assert await put_rules(world, officer, smallest_group=5, terms=[]) == (422, ["greater_than_equal"])
    assert await put_rules(world, officer, smallest_group=12, terms=terms) == (422, ["multiple_of"])
    assert await put_rules(world, officer, smallest_group=15, terms=terms) == (200, [])
    assert await put_rules(world, officer, smallest_group=10, terms=terms) == (422, ["never_lowered"])
    week = {"period": "2028-W1", "starts_on": "2028-12-01", "ends_on": "2028-12-07"}
    assert await put_rules(world, officer, smallest_group=15, terms=[week]) == (422, ["term_too_short"])
    overlapping = [*terms, {"period": "2028-T3", "starts_on": "2028-06-16", "ends_on": "2028-08-30"}]
    assert await put_rules(world, officer, smallest_group=15, terms=overlapping) == (422, ["terms_overlap"])
    world.time.set(CLOSING)
    assert await put_rules(world, officer, smallest_group=15, terms=terms[:1]) == (422, ["year_has_begun"])
    # A year less its terms would be what lies between them: of this year there are only terms.
    world.time.set(CLOSING.replace(month=3))
    listed = (await world.http.get(PERIODS, headers=who.headers)).json()
    assert [each["period"] for each in listed["periods"]] == ["2028-T1", "2027", "2026"]
    assert (await table(world, who, "wants", period="2028")).status_code == 404
    assert (await table(world, who, "wants", period="2028-T1")).json()["code"] == "period_not_closed"


@on_sqlite
async def test_three_dimensions_and_other_tables_are_refused(world: World) -> None:
    who = await a_closed_year(world)
    for by, code in (
        ("relationship,peer_knows,wants", "too_many_dimensions"),
        ("relationship,wants", "unknown_table"),
        ("narrative", "unknown_table"),
        ("region", "unknown_table"),
    ):
        found = await table(world, who, by)
        assert (found.status_code, found.json()["errors"][0]["code"]) == (422, code)
    assert (await table(world, who, "wants", period="2019")).status_code == 404


@on_sqlite
async def test_a_region_with_one_site_is_not_told_apart(world: World) -> None:
    await world.school()
    who = await evaluator(world)
    sites = [await world.site(name) for name in ("A", "B")]
    lonely = {"concern_types": ["placement_isolation"]}
    await add(world, [{**lonely, "site_id": str(sites[each % 2])} for each in range(24)] + [lonely] * 12 + [{}] * 10)
    world.time.set(CLOSING)
    await close_what_is_due(world)
    found = (await table(world, who, "concern_type,region")).json()
    assert counts(found) == {"placement_isolation/VIC": 25}
    assert found["cells"][0]["of"] == 35


@on_sqlite
async def test_an_evaluators_token_reaches_no_report(world: World) -> None:
    """Every address that an evaluator may read, with words and the id of a report that is there."""
    await world.school()
    who = await evaluator(world)
    canary = "She sat alone in the canteen of the Zephyrine wing."
    assert (await world.report("tearful", narrative=canary, relationship="friend")).status_code == 201
    report_id = await world.db.read(lambda s: s.exec(select(Report.id)).one())
    document = json.loads(DOCUMENT.read_text())
    asked = 0
    for path, item in document["paths"].items():
        for method, operation in item.items():
            roles = {role for each in operation["security"] for role in each.get("bearer", ())}
            if "evaluator" not in roles:
                continue
            assert not re.search(r"\{(report|request|page|message|contact)_id\}", path), path
            if method != "get" or re.search(r"\{(?!school\})", path):
                continue
            asked += 1
            query = {"period": "2027", "by": "wants"} if "/statistics" in path else {}
            found = await world.http.get(path.replace("{school}", "harbour"), headers=who.headers, params=query)
            assert str(report_id) not in found.text
            assert "Zephyrine" not in found.text
    assert asked >= 5
    for path in (f"{SCHOOL}/reports", f"{SCHOOL}/reports/{report_id}", f"{SCHOOL}/report-records"):
        assert (await world.http.get(path, headers=who.headers)).status_code == 403


@on_sqlite
async def test_nobody_counts_across_schools(world: World) -> None:
    """One school in a total of two would be the total less the other. Whoever runs the platform gets no count."""
    await world.school()
    operator = await world.person(Role.PLATFORM_OPERATOR, school=None)
    who = await evaluator(world)
    await world.school("ridge")
    assert (await world.http.get(STATISTICS.replace("harbour", "ridge"), headers=who.headers)).status_code == 404
    for path in (STATISTICS, PERIODS):
        assert (await world.http.get(path, headers=operator.headers)).status_code in (403, 404)
    document = json.loads(DOCUMENT.read_text())
    outside = [path for path in document["paths"] if "{school}" not in path]
    assert not [path for path in outside if "statistic" in path or "transparency" in path or "evaluation/waves" in path]
    numbers = set()
    for item in document["paths"].values():
        for operation in item.values():
            roles = {role for each in operation["security"] for role in each.get("bearer", ())}
            if roles == {"platform_operator"}:
                numbers |= _numbers_of(document, operation["responses"])
    # How long a course is, and versions of what is shipped: nothing that a school's people have done.
    assert numbers <= {"years", "entries", "pieces", "overdue"}, numbers


def _numbers_of(document: dict[str, Any], schema: Any, name: str = "") -> set[str]:
    """The names of all whole numbers in a piece of the document, problems not looked into."""
    if isinstance(schema, list):
        return {found for each in schema for found in _numbers_of(document, each, name)}
    if not isinstance(schema, dict):
        return set()
    if "$ref" in schema:
        parts = schema["$ref"].split("/")
        return set() if parts[2] != "schemas" else _numbers_of(document, document["components"]["schemas"][parts[3]])
    found = {name} if schema.get("type") in ("integer", "number") else set()
    for key, each in schema.items():
        if key == "properties":
            found |= {number for field, inner in each.items() for number in _numbers_of(document, inner, field)}
        elif key not in ("example", "examples", "headers", "links"):
            found |= _numbers_of(document, each, name)
    return found


async def a_closed_year(world: World) -> Someone:
    await world.school()
    who = await evaluator(world)
    await add(world, a_year())
    world.time.set(CLOSING)
    await close_what_is_due(world)
    return who


async def put_rules(world: World, officer: Someone, **body: Any) -> tuple[int, list[str]]:
    """The status, and the codes of what is wrong."""
    read = await world.http.get(RULES, headers=officer.headers)
    found = await world.http.put(RULES, headers=officer.headers | {"If-Match": read.headers["etag"]}, json=body)
    return found.status_code, [each["code"] for each in found.json().get("errors", [])]


def text(value: object) -> str:
    return "" if value is None else str(value)
