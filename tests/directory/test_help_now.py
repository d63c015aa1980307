"""Help that depends on nobody: complete, small, and byte for byte the same (STUDY T03, journey J1)."""

from __future__ import annotations

import json
from typing import Any

from fictitious import emergency, entry, side

from app.directory.entries import EntryOut, SideList, entry_out
from app.directory.help_now import MOST_MEMBERS, HelpNowOut, as_bytes, build_help_now, help_members
from app.directory.opening_hours import OpenState
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


def help_now(**changes: Any) -> HelpNowOut:
    school = {"country": "AU", "region": "VIC", "school_name": "Harbour", "school_slug": "harbour"}
    return build_help_now(**{**school, "entries": NATIONAL, "site_entries": (), **changes})


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
    shown = entry_out(entry("line", site_ids=("site-1",)), open_state=OpenState.OPEN).model_dump(mode="json")
    assert shown["for"] == ["self", "worried_about_someone"]
    hidden = {"notes", "sources", "site_ids", "verification", "topics", "for_whom", "regions", "hours"}
    assert hidden.isdisjoint(shown)


def test_every_text_and_list_in_the_schema_has_a_bound() -> None:
    def unbounded(part: Any, path: str) -> list[str]:
        if isinstance(part, list):
            return [name for index, item in enumerate(part) for name in unbounded(item, f"{path}/{index}")]
        if not isinstance(part, dict):
            return []
        bare = part.get("type") == "string" and not {"maxLength", "enum", "const"} & part.keys()
        bare |= part.get("type") == "array" and "maxItems" not in part
        inner = [name for key, item in part.items() for name in unbounded(item, f"{path}/{key}")]
        return [path, *inner] if bare else inner

    assert unbounded(HelpNowOut.model_json_schema(mode="serialization"), "#") == []
