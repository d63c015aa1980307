"""The directory by the Open Referral standard HSDS 3.2: strictly what its schemas say, of public entries only."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import uuid
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fictitious import emergency, entry, side
from hsds_schemas import LISTED, SHOWN, faults

from app.core.problems import NotFound
from app.directory import opening_hours
from app.directory.entries import (
    CALLER_LOCAL,
    UNPUBLISHED,
    Channel,
    Community,
    CostKind,
    Entry,
    ForWhom,
    RunBy,
    Sharing,
    SideList,
    Tier,
    Verification,
)
from app.directory.hsds import collections, ids, taxonomies
from app.directory.hsds.collections import Directory, Wanted
from app.directory.hsds.places import Place
from app.directory.hsds.schedules import schedules
from app.directory.hsds.services import Base
from app.directory.hsds.stored import of_country

YEAR = 2027
CLINIC = entry(
    "clinic",
    tier=Tier.SCHOOL_SUPPORT,
    run_by=RunBy.SCHOOL,
    independent=False,
    shares_information_with_school=Sharing.SERIOUS_THREAT_ONLY,
    channels=(Channel.PHONE, Channel.IN_PERSON, Channel.SMS),
    sms="0491570006",
    web="https://clinic.harbour.example/",
    hours="Mo-We,Fr 09:00-12:00,13:00-17:00; Th 20:00-26:00; PH off",
    hours_text="Most weekdays",
    time_zone="Australia/Melbourne",
    cost="Free with a card",
    cost_kind=CostKind.BULK_BILLED,
    languages=("en", "zh-Hant"),
    culturally_safe_for=(Community.LGBTIQ,),
    community=Community.FIRST_NATIONS,
    min_age=18,
    max_age=30,
    regions=("VIC", "NSW"),
    address="1 Quay Street, Harbour VIC 3999",
    latitude=-37.8,
    longitude=144.9,
    verification=Verification.VERIFIED_OLD,
    verified_on="2020-03-23, an old source: please check",
)
ROOM = entry(
    "quiet-room",
    tier=Tier.PEER,
    phone_dial=None,
    phone_display=None,
    channels=(Channel.IN_PERSON,),
    hours="Mo-Fr 10:00-16:00",
    time_zone=CALLER_LOCAL,
    address="Behind the library",
    cost="Ask",
    cost_kind=CostKind.UNKNOWN,
    verification=Verification.PARTLY_VERIFIED,
    verified_on="2026-01, only partly checked",
)
OWN = (
    emergency(),
    entry("line", verified_on="2026-01-31"),
    CLINIC,
    ROOM,
    entry("ward", tier=Tier.SPECIALIST, hours=None, hours_text="Ask", site_ids=("here", "elsewhere")),
    side("relay", SideList.ACCESS),
    entry("wrong-number", verification=Verification.NUMBER_UNVERIFIED),
)
PLACES = (("here", Place("Harbour Hospital", -37.9, None)), ("unnamed", Place("Unused", None, None)))


def school(*entries: Entry, year: int = YEAR) -> Directory:
    base = Base(scope="a-school", school="Harbour Medical School", places=PLACES, year=year)
    return Directory(base, entries or OWN, national=frozenset({"emergency", "line"}))


def answers(of: Directory) -> Iterator[tuple[str, str, Any]]:
    """All that can be shown: the collection, the schema that it has to fit, and it."""
    for full in (False, True):
        kinds = SHOWN if full else LISTED
        for each in of.services(Wanted()):
            yield "services", kinds["services"], of.show_service(each, full=full)
        for runs in of.organizations(Wanted()):
            yield "organizations", kinds["organizations"], of.show_organization(runs, with_services=full, full=full)
        for door in of.doors(Wanted()):
            yield "service_at_locations", kinds["service_at_locations"], of.show_door(door, full=full)
    for taxonomy in collections.taxonomies_with(None):
        yield "taxonomies", "taxonomy", taxonomy
    for term in collections.terms_with(None, taxonomy_id=None, parent_id=None):
        yield "taxonomy_terms", "taxonomy_term", term


def shown(of: Directory, name: str) -> Any:
    [found] = [each for each in of.services(Wanted()) if each.id == name]
    return of.show_service(found, full=True)


# --- the standard ---


@pytest.mark.parametrize("of", [of_country("AU", year=YEAR), school()], ids=["country", "school"])
def test_everything_is_strictly_what_the_standards_schemas_say(of: Directory) -> None:
    seen: dict[str, int] = {}
    wrong = {}
    for collection, schema, value in answers(of):
        seen[collection] = seen.get(collection, 0) + 1
        sent = json.loads(json.dumps(value))
        # Those of lists are of 3.1: what they let pass is held to 3.2 too.
        if found := faults(schema, sent) + faults(SHOWN[collection], sent):
            wrong[f"{schema} {value['id']}"] = found
        assert "null" not in json.dumps(value)
    assert wrong == {}
    assert seen["services"] >= 12
    assert len(taxonomies.ALL) == seen["taxonomies"]


def test_the_check_bites() -> None:
    good = shown(school(), "clinic")
    assert faults("service", good) == []
    broken: list[dict[str, Any]] = [
        {"tier": "peer"},
        {"id": "no-uuid"},
        {"phones": [{"id": good["id"], "number": None}]},
        {"schedules": [{"id": good["id"], "open": True}]},
        {"service_at_locations": [{"id": good["id"], "location": {"id": good["id"], "location_type": "door"}}]},
        {"url": "not an address"},
    ]
    for change in broken:
        assert len(faults("service", good | change)) == 1, change
    assert faults("compiled/service_list", good) != [], "lists have no parts"
    assert faults("organization", {"id": good["id"], "name": "No description"}) != []


def test_every_term_that_an_entry_can_have_is_listed() -> None:
    enums = (Tier, SideList, RunBy, ForWhom, Community, Channel, Sharing)
    listed = (
        taxonomies.TIER,
        taxonomies.SIDE_LIST,
        taxonomies.RUN_BY,
        taxonomies.FOR_WHOM,
        taxonomies.COMMUNITY,
        taxonomies.CHANNEL,
        taxonomies.SHARING,
    )
    for enum, each in zip(enums, listed, strict=True):
        assert set(each.terms) == set(enum)
    assert set(taxonomies.VERIFICATION.terms) == set(Verification) - UNPUBLISHED


# --- what is public, and what it is called ---


def test_what_is_not_published_is_not_there_and_notes_never_are() -> None:
    of = school()
    text = json.dumps([value for *_, value in answers(of)])
    assert "Wrong number" not in text
    assert "only for those who keep the directory" not in text
    assert "a test" not in text, "sources stay inside"
    with pytest.raises(NotFound):
        of.service(ids.of("a-school", "service", "wrong-number"))


def test_ids_are_the_same_on_every_day_and_apart_between_directories() -> None:
    """A change of an entry keeps its ids; another school's entry of the same name has others."""
    first, second = shown(school(), "clinic"), shown(school(dataclasses.replace(CLINIC, name="New")), "clinic")
    for path in ("id", "organization_id"):
        assert first[path] == second[path]
    assert first["phones"][0]["id"] == second["phones"][0]["id"]
    assert uuid.UUID(first["id"]).version == 5
    assert first["id"] == "ce7e1d8f-ae83-5a3f-b9ae-c212944ea370", "for good: programs keep it"
    all_ids = [value["id"] for *_, value in answers(school())]
    other = Directory(Base(scope="other", school="Other", year=YEAR), OWN, national=frozenset())
    assert not {each["id"] for kind, _, each in answers(other) if "tax" not in kind} & set(all_ids)


def test_no_two_things_have_one_id() -> None:
    found: dict[str, str] = {}

    def look(value: Any, kind: str) -> None:
        if isinstance(value, dict):
            if "id" in value:
                assert found.setdefault(value["id"], kind) == kind, value
            for name, part in value.items():
                look(part, name.rstrip("s"))
        elif isinstance(value, list):
            named = [each["id"] for each in value if isinstance(each, dict)]
            assert len(named) == len(set(named)), kind
            for part in value:
                look(part, kind)

    for each in school().services(Wanted()):
        look(school().show_service(each, full=True), "service")


def test_the_school_is_the_organization_of_what_it_runs_and_nobody_else_is_made_up() -> None:
    of = school()
    assert shown(of, "clinic")["organization"]["name"] == "Harbour Medical School"
    assert shown(of, "line")["organization"]["name"] == "Line"
    runs = shown(of, "clinic")["organization_id"]
    assert [each["name"] for each in of.organization(runs)["services"]] == ["Clinic"]


# --- what it says ---


def test_what_is_known_of_a_service_is_said_in_the_standards_words() -> None:
    clinic = shown(school(), "clinic")
    assert [(phone["type"], phone["number"]) for phone in clinic["phones"]] == [
        ("voice", CLINIC.phone_dial),
        ("text", "0491570006"),
    ]
    assert (clinic["minimum_age"], clinic["maximum_age"], clinic["status"]) == (18, 30, "active")
    assert [(each["code"], each.get("note")) for each in clinic["languages"]] == [("en", None), ("zh", "zh-Hant")]
    assert [area["name"] for area in clinic["service_areas"]] == ["AU-VIC", "AU-NSW"]
    assert (clinic["assured_date"], clinic["alert"]) == (
        "2020-03-23",
        "Last checked: 2020-03-23, an old source: please check.",
    )
    ways = {(each["link_type"], each["taxonomy_term"]["code"]) for each in clinic["attributes"]}
    assert {("kind_of_help", "school_support"), ("run_by", "school"), ("independence", "not_independent")} <= ways
    assert {("run_for", "first_nations"), ("culturally_safe_for", "lgbtiq"), ("channel", "sms")} <= ways


def test_what_is_not_known_is_left_out() -> None:
    room, line = shown(school(), "quiet-room"), shown(school(), "line")
    assert not {"phones", "url", "minimum_age", "assured_date", "service_areas"} & set(room)
    assert "2026-01, only partly checked" in room["alert"]
    assert "amount" not in room["cost_options"][0]
    assert "amount" not in shown(school(), "clinic")["cost_options"][0], "not free for whoever has no card"
    assert line["cost_options"][0]["amount"] == 0
    assert (line["assured_date"], "alert" in line) == ("2026-01-31", False)
    assert [area["name"] for area in line["service_areas"]] == ["AU"], "national: the whole country"
    assert "assured_date" not in shown(school(entry("by-month", verified_on="2026-01")), "by-month")


def test_only_what_has_a_door_has_a_location_and_no_address_is_guessed() -> None:
    of = school()
    doors = {each.id: of.show_door((each, door), full=True) for each, door in of.doors(Wanted())}
    assert set(doors) == {"clinic", "quiet-room", "ward"}
    [address] = doors["clinic"]["location"]["addresses"]
    assert (address["address_1"], address["city"], address["state_province"], address["postal_code"]) == (
        "1 Quay Street",
        "Harbour",
        "VIC",
        "3999",
    )
    room = doors["quiet-room"]["location"]
    assert (room["description"], "addresses" in room, "latitude" in room) == ("Behind the library", False, False)
    ward = doors["ward"]["location"]
    assert (ward["name"], "latitude" in ward) == ("Harbour Hospital", False)


# --- hours ---


def openings(of: Entry, day: dt.date) -> set[tuple[str, str]]:
    """What the schedules say of one day that is no public holiday, as clock times."""
    found = set()
    for each in schedules(of, service_id="s", year=YEAR):
        within = each.get("valid_from", "") <= day.isoformat() <= each.get("valid_to", "9")
        if within and ("MO", "TU", "WE", "TH", "FR", "SA", "SU")[day.weekday()] in each.get("byday", "").split(","):
            found.add((each["opens_at"], each["closes_at"]))
    return found


def test_schedules_open_and_close_when_the_hours_engine_does() -> None:
    """Each opening of two years, in UTC; the hours engine is the oracle."""
    zone, day, compared = ZoneInfo("Australia/Melbourne"), dt.date(YEAR, 1, 1), 0
    while day < dt.date(YEAR + 2, 1, 1):
        for opens, closes in openings(CLINIC, day):
            start = dt.datetime.fromisoformat(f"{day}T{opens}")
            end = dt.datetime.fromisoformat(f"{day}T{closes}")
            end += dt.timedelta(days=end <= start)
            for moment, expected in ((start, "open"), (end - dt.timedelta(minutes=1), "open"), (end, "closed")):
                assert opening_hours.state(CLINIC.hours, at=moment, zone=zone) == expected, (day, opens)
            before = start - dt.timedelta(minutes=1)
            assert opening_hours.state(CLINIC.hours, at=before, zone=zone) == "closed"
            compared += 1
        day += dt.timedelta(days=1)
    assert compared > 900
    assert openings(CLINIC, dt.date(YEAR, 1, 9)) == set(), "closed on a Saturday"
    assert openings(CLINIC, dt.date(YEAR, 1, 7)) == {("20:00+11:00", "02:00+11:00")}, "into the next day, in summer"
    assert openings(CLINIC, dt.date(YEAR, 7, 8)) == {("20:00+10:00", "02:00+10:00")}


def test_always_open_is_said_and_unknown_hours_are_neither_open_nor_closed() -> None:
    [always] = schedules(entry("line"), service_id="s", year=YEAR)
    assert (always["opens_at"], always["closes_at"], always["byday"]) == ("00:00Z", "00:00Z", "MO,TU,WE,TH,FR,SA,SU")
    [unknown] = schedules(entry("line", hours=None, hours_text="By signing up"), service_id="s", year=YEAR)
    assert not {"opens_at", "closes_at", "byday", "freq"} & set(unknown)
    assert unknown["description"] == "By signing up"


def test_what_holds_on_public_holidays_is_said_in_words() -> None:
    def notes(hours: str) -> str:
        made = schedules(entry("line", hours=hours, time_zone=CALLER_LOCAL), service_id="s", year=YEAR)
        return {each["notes"] for each in made}.pop()

    assert notes("Mo-Fr 09:00-17:00; PH off").startswith("Closed on public holidays.")
    assert notes("Mo-Fr 09:00-17:00; PH 10:00-12:00").startswith("On public holidays: 10:00-12:00.")
    assert notes("Mo-Fr 09:00-17:00").startswith("What holds on public holidays is not known.")
    assert notes("Mo-Su off").endswith("Times are on the caller's own clock.")


# --- asking ---


def test_what_is_asked_for_is_what_fits() -> None:
    of = school()

    def named(**wanted: Any) -> set[str]:
        return {each.id for each in of.services(Wanted(**wanted))}

    assert named(search="SOMEBODY clinic") == {"clinic"}
    assert named(search="harbour quay") == {"clinic"}
    assert named(taxonomy_term_id=taxonomies.term_id("side_list", "access")) == {"relay"}
    assert named(taxonomy_id=taxonomies.taxonomy_id("community")) == {"clinic"}
    assert named(organization_id=shown(of, "line")["organization_id"]) == {"line"}
    assert named(taxonomy_term_id=str(uuid.uuid4())) == set()
    assert collections.terms_with(None, taxonomy_id=None, parent_id=taxonomies.term_id("tier", "peer")) == []


def test_pages_of_the_standard_are_whole_and_never_overlap() -> None:
    whole = list(range(7))
    walked = [collections.page_of(whole, str, page=number, per_page=3) for number in (1, 2, 3)]
    assert [each for page in walked for each in page["contents"]] == [str(each) for each in whole]
    assert [(page["first_page"], page["last_page"], page["size"]) for page in walked] == [
        (True, False, 3),
        (False, False, 3),
        (False, True, 1),
    ]
    assert {(page["total_items"], page["total_pages"], page["empty"]) for page in walked} == {(7, 3, False)}
    beyond, nothing = (
        collections.page_of(whole, str, page=9, per_page=3),
        collections.page_of([], str, page=1, per_page=3),
    )
    assert (beyond["empty"], beyond["last_page"], beyond["contents"]) == (True, True, [])
    assert (nothing["empty"], nothing["first_page"], nothing["last_page"]) == (True, True, True)
