"""The public directory by HSDS as programs meet it: pages, parameters, caches, and schools apart."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from hsds_schemas import LISTED, SHOWN, faults
from sqlmodel import select

from app.core.db import Database, DatabaseUnavailable
from app.directory.pack import load_pack
from app.models import School, Site
from tests.reports.harbour import not_found_body, one_database
from tests.support.world import World

COUNTRY, HARBOUR, RIDGE = "/hsds/v3", "/hsds/v3/schools/harbour", "/hsds/v3/schools/ridge"
WARD = {
    "id": "ward",
    "name": "Harbour ward",
    "tier": "specialist",
    "what_it_is": "Somebody to talk to on the ward",
    "who_for": "Anyone",
    "for": ["self"],
    "independent": False,
    "run_by": "health_service",
    "shares_information_with_school": "unknown",
    "channels": ["in_person"],
    "hours_text": "Ask at the desk",
    "cost": "free",
    "verification": "verified",
    "sources": [{"url_or_text": "The ward", "date": "2026-02-01"}],
    "notes": "CANARY",
}


async def two_schools(world: World) -> None:
    """Harbour has a ward in its hospital, a room of its own, and a number that nobody could confirm."""
    world.time.set(dt.datetime(2027, 3, 10, 11, tzinfo=dt.UTC))
    await world.school()
    await world.school("ridge", region="NSW")

    def site(session: Any) -> str:
        school = session.exec(select(School).where(School.slug == "harbour")).one()
        made = Site(school_id=school.id, name="Harbour Hospital", kind="hospital", region="VIC", is_teaching_site=True)
        session.add(made)
        return str(made.id)

    await world.entry(WARD | {"site_ids": [await world.write(site)]})
    room = {"id": "room", "name": "Quiet room", "tier": "school_support", "run_by": "school"}
    hours = {"hours": "Mo-Fr 09:00-17:00; PH off", "zone": "Australia/Melbourne"}
    await world.entry(WARD | room | hours | {"address": "1 Quay Street, Harbour VIC 3999"})
    unsure = {"id": "unsure", "name": "Unsure line", "phone_display": "02 5550 0199", "phone_dial": "+61255500199"}
    await world.entry(WARD | unsure | {"verification": "number_unverified"})


async def walked(world: World, base: str, kind: str, **query: Any) -> list[dict[str, Any]]:
    """Every item of a collection, page by page as a harvester reads it."""
    found: list[dict[str, Any]] = []
    number = 1
    while True:
        answer = await world.http.get(f"{base}/{kind}", params={"page": number, "per_page": 20} | query)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert (page["page_number"], page["first_page"], page["size"]) == (number, number == 1, len(page["contents"]))
        found += page["contents"]
        if page["last_page"]:
            assert page["total_items"] == len(found)
            return found
        number += 1


async def test_a_harvester_reads_a_schools_whole_directory_and_all_of_it_is_the_standards(world: World) -> None:
    await two_schools(world)
    for kind, schema in LISTED.items():
        listed = await walked(world, HARBOUR, kind)
        assert listed
        assert [wrong for each in listed if (wrong := faults(schema, each))] == []
        for each in listed[-3:]:
            shown = await world.http.get(f"{HARBOUR}/{kind}/{each['id']}")
            assert (shown.status_code, faults(SHOWN[kind], shown.json())) == (200, [])
    for kind in ("services", "service_at_locations"):
        full = await walked(world, HARBOUR, kind, full="true")
        assert [wrong for each in full if (wrong := faults(SHOWN[kind], each))] == []
    services = await walked(world, HARBOUR, "services")
    national = await walked(world, COUNTRY, "services")
    # As its students find them: of other states' lines there is none.
    here = {entry.name for entry in load_pack("AU") if entry.in_region("VIC")}
    assert here < {each["name"] for each in national}
    assert {each["name"] for each in services} == here | {"Harbour ward", "Quiet room"}
    assert not {each["id"] for each in services} & {each["id"] for each in national}
    doors = await walked(world, HARBOUR, "service_at_locations")
    assert {each["location"]["name"] for each in doors} == {"Harbour Hospital", "Quiet room"}
    text = (await world.http.get(f"{HARBOUR}/services?full=true&per_page=100")).text
    assert not [word for word in ("CANARY", "Unsure", "+61255500199", "is_teaching_site") if word in text]


@one_database
async def test_filters_narrow_what_is_listed(world: World) -> None:
    await two_schools(world)
    terms = await walked(world, HARBOUR, "taxonomy_terms", search="school support")
    of_term = await walked(world, HARBOUR, "services", taxonomy_term_id=terms[0]["id"])
    assert [each["name"] for each in of_term] == ["Quiet room"]
    assert of_term[0]["organization"]["name"] == "Harbour Medical School"
    by_name = await walked(world, HARBOUR, "services", search="WARD talk")
    assert "Harbour ward" in {each["name"] for each in by_name}
    runs = of_term[0]["organization_id"]
    assert len(await walked(world, HARBOUR, "services", organization_id=runs)) == 1
    whole = (await world.http.get(f"{HARBOUR}/organizations/{runs}")).json()
    assert [each["name"] for each in whole["services"]] == ["Quiet room"]
    beyond = (await world.http.get(f"{HARBOUR}/services?page=99")).json()
    assert (beyond["empty"], beyond["contents"], beyond["last_page"]) == (True, [], True)


@one_database
async def test_what_cannot_be_answered_is_refused_and_never_ignored(world: World) -> None:
    """A harvester that asked for changes and got everything, or the other way round, would lose services."""
    for query, name in (
        ("modified_after=2027-01-01T00:00:00Z", "modified_after"),
        ("minimal=true", "minimal"),
        ("proximity=100", "proximity"),
        ("format=ndjson", "format"),
        ("per_page=101", "per_page"),
        ("page=0", "page"),
        ("taxonomy_term_id=x", "taxonomy_term_id"),
        ("full=perhaps", "full"),
    ):
        refused = await world.http.get(f"{COUNTRY}/services?{query}")
        assert refused.status_code == 422, query
        assert refused.headers["content-type"] == "application/problem+json"
        assert [fault["parameter"] for fault in refused.json()["errors"]] == [name]
    assert (await world.http.get(f"{COUNTRY}/services?minimal=false&full=false&format=json")).status_code == 200


@one_database
async def test_answers_can_be_kept_and_change_with_the_directory_alone(world: World) -> None:
    await two_schools(world)
    for base in (COUNTRY, HARBOUR):
        about = (await world.http.get(base)).json()
        assert about["version"] == "3.2"
        assert about["openapi_url"].endswith("/openapi.json")
        for path in ("", "/services", "/services?full=true", "/organizations", "/taxonomies"):
            first = await world.http.get(base + path)
            assert first.headers["Cache-Control"] == "public, max-age=300"
            known = await world.http.get(base + path, headers={"If-None-Match": first.headers["ETag"]})
            assert (known.status_code, known.content) == (304, b"")
            head = await world.http.head(base + path)
            assert (head.status_code, head.headers["ETag"]) == (200, first.headers["ETag"])
    before = (await world.http.get(f"{HARBOUR}/services")).headers["ETag"]
    world.time.advance(days=30)
    assert (await world.http.get(f"{HARBOUR}/services")).headers["ETag"] == before
    await world.entry(WARD | {"id": "another", "name": "Another"})
    assert (await world.http.get(f"{HARBOUR}/services")).headers["ETag"] != before


@one_database
async def test_what_another_school_has_is_not_there(world: World) -> None:
    await two_schools(world)
    for kind in ("services", "organizations", "service_at_locations"):
        for each in await walked(world, HARBOUR, kind):
            theirs = await world.http.get(f"{RIDGE}/{kind}/{each['id']}")
            nothing = await world.http.get(f"{RIDGE}/{kind}/{uuid.uuid4()}")
            assert theirs.status_code == 404
            assert not_found_body(theirs) == not_found_body(nothing)
    assert (await world.http.get("/hsds/v3/schools/nowhere/services")).status_code == 404


@one_database
async def test_the_countrys_directory_needs_no_database(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: Any) -> None:
        raise DatabaseUnavailable("away")

    monkeypatch.setattr(Database, "read", away)
    assert (await world.http.get(f"{COUNTRY}/services")).status_code == 200
    assert (await world.http.get(f"{HARBOUR}/services")).status_code == 503
