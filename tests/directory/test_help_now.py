"""Help that depends on nobody: complete, small, and byte for byte the same (STUDY T03, journey J1)."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from zoneinfo import ZoneInfo

from fictitious import emergency, entry, side

from app.directory.entries import CALLER_LOCAL, EntryOut, SideList, entry_out
from app.directory.help_files import read, written
from app.directory.help_now import MOST_MEMBERS, HelpFacts, HelpNowOut, as_bytes, build_help_now, help_members, help_on
from app.directory.matching import open_now
from app.directory.pack import load_pack
from app.guidance.signs import RED_FLAG_SIGNS

NATIONAL = (
    entry("talk-line"),
    emergency(),
    entry("call-back-line", sms="0491570006"),
    side("relay", SideList.ACCESS),
    side("interpreters", SideList.ACCESS, hours=None),
    side("ombudsman", SideList.RIGHTS),
)


# A Wednesday in Melbourne, and the midnight that begins it there.
TODAY = dt.datetime(2027, 3, 10, 3, tzinfo=dt.UTC)
MIDNIGHT = dt.datetime(2027, 3, 9, 13, tzinfo=dt.UTC)


def facts(**changes: Any) -> HelpFacts:
    school = {"country": "AU", "region": "VIC", "school_name": "Harbour", "school_slug": "harbour"}
    clock = {"time_zone": "Australia/Melbourne", "entries": NATIONAL, "site_entries": ()}
    return build_help_now(**{**school, **clock, **changes})


def help_now(**changes: Any) -> HelpNowOut:
    return help_on(facts(**changes), at=TODAY)


def names(entries: list[EntryOut]) -> list[str]:
    return [line.id for line in entries]


def test_what_it_holds() -> None:
    shown = help_now()
    assert (shown.school, shown.school_name, shown.country) == ("harbour", "Harbour", "AU")
    assert names(shown.emergency) == ["emergency"]
    assert names(shown.always_open) == ["talk-line", "call-back-line"]
    assert names(shown.access) == ["relay", "interpreters"]
    assert [line.open_state for line in shown.access] == ["open", "unknown"]
    assert len(shown.what_to_do) >= 3
    assert len(shown.red_flags) >= len(RED_FLAG_SIGNS)


def test_equal_content_gives_equal_bytes() -> None:
    first, second = help_now(), help_now(entries=list(NATIONAL))
    assert as_bytes(first) == as_bytes(second)
    content = json.loads(as_bytes(first))
    assert content == first.model_dump(mode="json", by_alias=True)
    assert list(content) == sorted(content)


def test_the_version_changes_with_the_content_alone() -> None:
    version = help_now().version
    assert help_now().version == version
    assert help_now(school_name="Harbour Medical School").version != version
    assert help_now(site_entries=(entry("campus-line"),)).version != version
    assert help_now(entries=(*NATIONAL, entry("by-day", hours=None))).version == version


def test_the_hours_are_those_of_the_two_weeks_from_the_schools_midnight() -> None:
    """They are the same all day long, and others on the next; what is open now, a telephone tells by itself."""
    relay = side("relay", SideList.ACCESS, hours="Mo-Fr 09:00-17:00", time_zone=CALLER_LOCAL)
    kept = facts(entries=(*NATIONAL[:2], relay))
    shown = help_on(kept, at=TODAY)
    assert (shown.valid_from, shown.valid_until) == (MIDNIGHT, MIDNIGHT + dt.timedelta(days=14))
    assert [(each.start, each.end) for each in shown.emergency[0].open_intervals] == [
        (shown.valid_from, shown.valid_until)
    ]
    # Labour Day is on the 8th; of the hours on a holiday nothing is said, and there is none in these days.
    [line] = shown.access
    assert (len(line.open_intervals), line.unknown_intervals) == (10, [])
    assert line.open_intervals[0].start == MIDNIGHT + dt.timedelta(hours=9)
    late = MIDNIGHT + dt.timedelta(hours=23, minutes=59)
    assert as_bytes(help_on(kept, at=late)) == as_bytes(shown)
    tomorrow = help_on(kept, at=late + dt.timedelta(minutes=1))
    assert tomorrow.valid_from == MIDNIGHT + dt.timedelta(days=1)
    assert tomorrow.version == shown.version


def test_what_nobody_has_checked_in_time_is_told_and_comes_last() -> None:
    old = entry("old-line", verify_by=dt.date(2027, 3, 10))
    kept = facts(entries=(old, emergency(verify_by=dt.date(2027, 3, 10)), *NATIONAL[2:]))
    for day, order, late in ((10, ["old-line", "call-back-line"], False), (11, ["call-back-line", "old-line"], True)):
        shown = help_on(kept, at=dt.datetime(2027, 3, day, 3, tzinfo=dt.UTC))
        assert names(shown.always_open) == order
        assert [line.verification_overdue for line in shown.emergency] == [late]


def test_a_file_is_read_as_it_was_written_also_one_of_an_earlier_release() -> None:
    kept = facts(local_days=(("2027-03-12", True),))
    assert read(written(kept)) == kept
    earlier = json.loads(as_bytes(help_now()))
    fields = "id name tier side_list what_it_is who_for for independent run_by shares_information_with_school channels"
    fields += " phone_display phone_dial sms web hours_text open_state always_open cost verified_on"
    fields += " conflicts_with_avoided_site why_shown"
    for name in ("emergency", "always_open", "access"):
        earlier[name] = [{field: line[field] for field in fields.split()} for line in earlier[name]]
    del earlier["valid_from"], earlier["valid_until"]
    again = help_on(read(json.dumps(earlier).encode()), at=TODAY)
    assert names(again.always_open) == names(help_now().always_open)
    assert help_members(again) == help_members(help_now())
    assert all(line.open_intervals for line in (*again.emergency, *again.always_open))
    # Of a service that is not always open nothing was kept of its hours: nobody can say.
    assert [bool(line.unknown_intervals) for line in again.access] == [False, True]


def test_a_schools_own_entries_join_and_replace() -> None:
    ours = (entry("talk-line", who_for="Our students"), emergency("ward-entrance", phone_dial="+61255500001"))
    shown = help_now(site_entries=ours)
    assert names(shown.emergency) == ["emergency", "ward-entrance"]
    assert [line.who_for for line in shown.always_open if line.id == "talk-line"] == ["Our students"]


def test_an_unknown_school_still_gets_the_countrys_help() -> None:
    shown = help_now(school_slug=None, school_name=None, region=None, entries=load_pack())
    assert shown.school is None
    assert shown.emergency
    assert len(shown.always_open) >= 2
    assert all(line.open_state == "open" and line.phone_dial for line in (*shown.emergency, *shown.always_open))


def test_the_short_list_of_a_problem_response() -> None:
    members = help_members(help_now())
    assert [member.name for member in members] == ["Emergency", "Talk line", "Call back line"]
    assert members[2].sms == "0491570006"
    many = help_now(entries=(*NATIONAL, *(entry(f"line-{letter}") for letter in "abcdefgh")))
    assert len(help_members(many)) == MOST_MEMBERS


def test_a_problem_response_stays_small_with_the_shipped_pack() -> None:
    for region in ("VIC", "NSW", "QLD", "WA", "SA", "TAS", "ACT", "NT", None):
        members = help_members(help_now(entries=load_pack(), region=region))
        assert len(members) >= 3
        assert len(json.dumps([member.model_dump() for member in members])) < 2000


def test_an_entry_shows_its_public_face_only() -> None:
    line = entry("line", site_ids=("site-1",))
    now = open_now(line, at=TODAY, zone=ZoneInfo("Australia/Melbourne"))
    shown = entry_out(line, now=now, overdue=False).model_dump(mode="json")
    assert shown["for"] == ["self", "worried_about_someone"]
    hidden = {"notes", "sources", "verification", "topics", "for_whom", "regions", "hours"}
    assert hidden.isdisjoint(shown)


def test_every_text_and_list_in_the_schema_has_a_bound() -> None:
    def unbounded(part: Any, path: str) -> list[str]:
        if isinstance(part, list):
            return [name for index, item in enumerate(part) for name in unbounded(item, f"{path}/{index}")]
        if not isinstance(part, dict):
            return []
        bare = part.get("type") == "string" and not {"maxLength", "enum", "const", "format"} & part.keys()
        bare |= part.get("type") == "array" and "maxItems" not in part
        inner = [name for key, item in part.items() for name in unbounded(item, f"{path}/{key}")]
        return [path, *inner] if bare else inner

    assert unbounded(HelpNowOut.model_json_schema(mode="serialization"), "#") == []
