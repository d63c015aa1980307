"""Who is shown, in what order, and what may never be missing (STUDY E08, I07, T01; journey J2)."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fictitious import emergency, entry, side
from hypothesis import given, settings
from hypothesis import strategies as st

from app.directory.entries import CALLER_LOCAL, Community, Entry, ForWhom, RunBy, SideList, Tier, Verification
from app.directory.matching import MOST_SHOWN, always_open_help, help_for, judge, why_shown
from app.directory.opening_hours import OpenState
from app.directory.pack import load_pack
from app.guidance.pack import load_guidance
from app.guidance.signs import RED_FLAG_SIGNS, AboutWhom, ConcernType, Priority, Sign, is_urgent

SYDNEY = ZoneInfo("Australia/Sydney")
NIGHT = dt.datetime(2026, 3, 11, 2, tzinfo=SYDNEY)
NOON = dt.datetime(2026, 3, 11, 12, tzinfo=SYDNEY)
WHY = load_guidance().why_shown

DAYTIME = {"hours": "Mo-Fr 09:00-17:00", "time_zone": CALLER_LOCAL}
MEDICAL = {"tier": Tier.PRIMARY_CARE, "for_medical_students": True}
SCHOOL = {"tier": Tier.SCHOOL_SUPPORT, "independent": False, "run_by": RunBy.SCHOOL}

NATIONAL = (
    entry("talk-line"),
    entry("youth-line", max_age=25),
    emergency(),
    entry("first-nations-line", community=Community.FIRST_NATIONS),
    entry("call-back-line"),
    entry("third-line"),
    entry("harm-line", topics=(ConcernType.SEXUAL_OR_GENDER_BASED_HARM,)),
    entry("food-line", tier=Tier.PRIMARY_CARE, topics=(Sign.EATING_DIFFERENTLY,), **DAYTIME),
    entry("drug-line", topics=(ConcernType.ALCOHOL_OR_OTHER_DRUGS, Sign.USING_MORE_ALCOHOL_OR_DRUGS)),
    entry("doctors-line", topics=(ConcernType.WORRY_ABOUT_CAREER_OR_DISCLOSURE,), **MEDICAL),
    entry("north-triage", tier=Tier.SPECIALIST, regions=("NORTH",)),
    entry("south-triage", tier=Tier.SPECIALIST, regions=("SOUTH",)),
    entry("south-page", tier=Tier.SPECIALIST, regions=("SOUTH",), phone_dial=None, web="https://south.invalid/"),
    entry("clinic-line", tier=Tier.PRIMARY_CARE, **DAYTIME),
    entry("school-counsellor", **SCHOOL),
    side("relay", SideList.ACCESS),
    side("ombudsman", SideList.RIGHTS),
)


@dataclass
class Match:
    """An entry for one question, and what is said of it."""

    entry: Entry
    open_state: OpenState
    why_shown: tuple[str, ...]
    conflicts: bool


def ask(
    entries: tuple[Entry, ...] = NATIONAL, *, region: str | None = "NORTH", at: dt.datetime = NOON, **changes: Any
) -> list[Match]:
    holidays = changes.pop("public_holidays", frozenset())
    judged = judge(entries, region=region, at=at, zone=SYDNEY, public_holidays=lambda _: holidays)
    question: dict[str, Any] = {"signs": [Sign.TEARFUL], "priority": Priority.SOON, **changes}
    about_whom = question.get("about_whom", AboutWhom.PREFER_NOT_TO_SAY)
    found = []
    for each in help_for(judged, **question):
        entry, state, conflicts = each.entry, each.now.state, each.conflicts
        where = {"here": each.here, "site_region": question.get("site_region")}
        reasons = why_shown(entry, state=state, fits=each.fits, about_whom=about_whom, conflicts=conflicts, **where)
        found.append(Match(entry, state, reasons, conflicts))
    return found


def ids(matches: list[Match]) -> list[str]:
    return [match.entry.id for match in matches]


def before(matches: list[Match], first: str, second: str) -> bool:
    return ids(matches).index(first) < ids(matches).index(second)


def test_what_serves_the_region_of_a_site_comes_before_what_serves_the_schools_alone() -> None:
    """However well it was checked; but open before closed. Of neither region nothing is there."""
    local = {"tier": Tier.SPECIALIST}
    entries = (
        entry("north", **local, regions=("NORTH",)),
        entry("south", **local, regions=("SOUTH",), verification=Verification.SECONDARY_ONLY),
        entry("shut", **local, regions=("SOUTH",), **DAYTIME),
        entry("both", **local, regions=("NORTH", "SOUTH")),
        entry("west", **local, regions=("WEST",)),
        entry("anywhere", **local),
    )

    def said(**where: Any) -> list[tuple[str, set[str]]]:
        regions = {WHY.region, WHY.region_of_site}
        return [(each.entry.id, regions.intersection(each.why_shown)) for each in ask(entries, at=NIGHT, **where)]

    at_school, at_site = {WHY.region}, {WHY.region_of_site}
    assert said() == [("north", at_school), ("both", at_school), ("anywhere", set())]
    there = [("both", at_site), ("anywhere", set()), ("south", at_site), ("north", at_school), ("shut", at_site)]
    assert said(site_region="SOUTH") == there


def test_the_short_list_in_its_order() -> None:
    lines = [line.id for line in always_open_help(NATIONAL, region="NORTH")]
    general = ["talk-line", "call-back-line", "third-line"]
    local = ["first-nations-line", "north-triage", "doctors-line", "school-counsellor"]
    assert lines == ["emergency", *general, *local]


def test_the_short_list_without_a_region_is_national() -> None:
    assert not any(line.regions for line in always_open_help(NATIONAL, region=None))
    assert always_open_help(NATIONAL, region="AU-NORTH") == always_open_help(NATIONAL, region="north")


@pytest.mark.parametrize(
    "changes",
    [
        {"max_age": 25},
        {"topics": (ConcernType.MONEY_OR_HOUSING,)},
        {"hours": "Mo-Su 08:00-24:00"},
        {"phone_dial": None, "web": "https://line.invalid/"},
        {"for_whom": (ForWhom.SELF,)},
        {"community": Community.MEN},
    ],
)
def test_the_short_list_is_for_anyone_at_any_hour(changes: dict[str, Any]) -> None:
    assert [line.id for line in always_open_help((entry("line", **changes), emergency()), region=None)] == ["emergency"]


def test_better_checked_lines_come_first() -> None:
    lines = (entry("heard-of", verification=Verification.SECONDARY_ONLY), entry("checked"), emergency())
    assert [line.id for line in always_open_help(lines, region=None)] == ["emergency", "checked", "heard-of"]


def test_one_number_takes_one_place() -> None:
    twin = entry("local-doctors", **MEDICAL, verification=Verification.PARTLY_VERIFIED)
    twins = (twin, entry("doctors", **MEDICAL, phone_dial=twin.phone_dial))
    assert [line.id for line in always_open_help(twins, region=None)] == ["doctors"]
    assert ids(ask(twins)) == ["doctors"]


@pytest.mark.parametrize("sign", sorted(RED_FLAG_SIGNS))
@pytest.mark.parametrize("priority", list(Priority))
def test_a_red_flag_puts_emergency_first_whatever_the_priority(sign: Sign, priority: Priority) -> None:
    found = ask(signs=[Sign.TEARFUL, sign], priority=priority, at=NIGHT)
    assert found[0].entry.tier is Tier.EMERGENCY
    assert [match.entry.tier for match in found[1:3]] == [Tier.CRISIS, Tier.CRISIS]


def test_now_puts_emergency_first_and_the_rest_of_the_time_it_is_last() -> None:
    assert ids(ask(priority=Priority.NOW))[0] == "emergency"
    assert ids(ask(priority=Priority.SOON))[-1] == "emergency"


def test_open_comes_before_closed() -> None:
    concerned = {"signs": [Sign.EATING_DIFFERENTLY]}
    assert ids(ask(at=NOON, **concerned))[0] == "food-line"
    night = ask(at=NIGHT, **concerned)
    assert night[-2].entry.id == "food-line"
    assert night[-2].open_state is OpenState.CLOSED
    assert WHY.closed in night[-2].why_shown


def test_independent_help_comes_before_the_school() -> None:
    found = ask(at=NOON)
    assert before(found, "talk-line", "school-counsellor")
    assert before(found, "doctors-line", "school-counsellor")


def test_one_place_is_kept_for_the_school_itself() -> None:
    assert "school-counsellor" in ids(ask())


HARM = {"concern_types": [ConcernType.SEXUAL_OR_GENDER_BASED_HARM]}
PATHWAY = entry("pathway", topics=(ConcernType.SEXUAL_OR_GENDER_BASED_HARM,), **SCHOOL, **DAYTIME)


@pytest.mark.parametrize("about_whom", AboutWhom)
@pytest.mark.parametrize("at", [NOON, NIGHT])
def test_of_sexual_or_gender_based_harm_the_schools_own_way_comes_first(at: dt.datetime, about_whom: AboutWhom) -> None:
    """J21: open or closed, and whoever asks; where it is urgent, right after emergency help."""
    found = ids(ask((*NATIONAL, PATHWAY), at=at, about_whom=about_whom, **HARM))
    assert found[:2] == ["pathway", "harm-line"]
    urgent = ids(ask((*NATIONAL, PATHWAY), at=at, signs=[Sign.UNSAFE_RIGHT_NOW], about_whom=about_whom, **HARM))
    assert urgent[:2] == [emergency().id, "pathway"]
    assert "pathway" not in ids(ask((*NATIONAL, PATHWAY), at=at, about_whom=about_whom))


def test_of_such_harm_no_peers_are_shown_and_without_an_own_way_the_national_service_is_first() -> None:
    peers = [
        entry(f"peers-{number}", topics=topics, **{**SCHOOL, "tier": tier})
        for number, (tier, topics) in enumerate(
            itertools.product((Tier.PEER, Tier.TRAINED_PEER), ((), (ConcernType.SEXUAL_OR_GENDER_BASED_HARM,)))
        )
    ]
    found = ids(ask((*peers, *NATIONAL), **HARM))
    assert found[0] == "harm-line"
    assert not [name for name in found if name.startswith("peers")]
    assert "peers-0" in ids(ask((*peers, emergency())))


def test_two_lines_for_any_hour_are_shown_whoever_runs_them() -> None:
    by_day = [entry(f"clinic-{letter}", tier=Tier.PRIMARY_CARE, **DAYTIME) for letter in "abcdefghij"]
    campus = [entry(name, **{**SCHOOL, "tier": Tier.CRISIS}) for name in ("campus-line", "night-line")]
    found = ask((*by_day, *campus, emergency()), signs=[Sign.SAID_THOUGHTS_OF_SUICIDE])
    assert {"campus-line", "night-line"} <= set(ids(found))


def test_a_line_with_an_upper_age_comes_after_those_without() -> None:
    lines = (entry("youth-line", max_age=25), entry("clinic-line", tier=Tier.PRIMARY_CARE, **DAYTIME))
    found = ask(lines)
    assert ids(found) == ["clinic-line", "youth-line"]
    assert WHY.up_to_age.format(age=25) in found[1].why_shown


def test_who_prefers_independent_help_sees_the_school_after_what_is_closed() -> None:
    few = (entry("clinic-line", tier=Tier.PRIMARY_CARE, **DAYTIME), entry("school-counsellor", **SCHOOL))
    assert ids(ask(few, at=NIGHT)) == ["school-counsellor", "clinic-line"]
    assert ids(ask(few, at=NIGHT, prefers_independent=True)) == ["clinic-line", "school-counsellor"]


@pytest.mark.parametrize(
    ("line", "question"),
    [
        ("harm-line", {"concern_types": [ConcernType.SEXUAL_OR_GENDER_BASED_HARM]}),
        ("drug-line", {"signs": [Sign.USING_MORE_ALCOHOL_OR_DRUGS]}),
        ("drug-line", {"concern_types": [ConcernType.ALCOHOL_OR_OTHER_DRUGS]}),
        ("food-line", {"signs": [Sign.EATING_DIFFERENTLY]}),
        ("doctors-line", {"concern_types": [ConcernType.WORRY_ABOUT_CAREER_OR_DISCLOSURE]}),
    ],
)
def test_a_line_made_for_it_comes_first_and_says_why(line: str, question: dict[str, Any]) -> None:
    first = ask(**question)[0]
    assert first.entry.id == line
    assert WHY.fits in first.why_shown
    plain = ask(signs=[Sign.OTHER])
    assert line == "doctors-line" or line not in ids(plain)


def test_where_a_life_may_be_in_danger_crisis_lines_precede_the_matter_behind_it() -> None:
    found = ask(signs=[Sign.HURT_THEMSELVES], concern_types=[ConcernType.ALCOHOL_OR_OTHER_DRUGS])
    assert before(found, "talk-line", "drug-line")


def test_the_first_nations_line_is_listed_without_asking_anybody() -> None:
    assert "first-nations-line" in ids(ask())


def test_a_line_that_takes_no_call_about_others_is_for_oneself() -> None:
    lines = (entry("own-group", tier=Tier.TRAINED_PEER, for_whom=(ForWhom.SELF,)), entry("talk-line"))
    assert "own-group" not in ids(ask(lines, about_whom=AboutWhom.SOMEONE_ELSE))
    assert "own-group" in ids(ask(lines, about_whom=AboutWhom.ME))
    assert "own-group" in ids(ask(lines, about_whom=AboutWhom.PREFER_NOT_TO_SAY))


class TestAvoidedSites:
    """STUDY I07: some would rather not be taken to the hospital they are placed at."""

    HERE = (emergency(), emergency("ward-entrance", phone_dial="+61255500001", site_ids=("site-1",)), *NATIONAL)
    NEAR = entry("hospital-clinic", tier=Tier.SPECIALIST, site_ids=("site-1", "site-2"), phone_dial="+61255500002")

    def test_an_emergency_entry_keeps_its_place_and_says_so(self) -> None:
        found = ask(self.HERE, signs=[Sign.UNSAFE_RIGHT_NOW], avoid_site_ids=["site-1"])
        entrance = found[ids(found).index("ward-entrance")]
        assert ids(found).index("ward-entrance") < ids(found).index("talk-line")
        assert entrance.conflicts
        assert WHY.emergency_at_avoided_site in entrance.why_shown
        assert not found[0].conflicts

    def test_other_entries_come_last_and_say_so(self) -> None:
        found = ask((self.NEAR, emergency(), entry("talk-line")), avoid_site_ids=["site-2"])
        assert ids(found) == ["talk-line", "emergency", "hospital-clinic"]
        assert found[-1].conflicts
        assert WHY.at_avoided_site in found[-1].why_shown

    def test_they_come_last_in_an_emergency_too(self) -> None:
        lines = (self.NEAR, emergency(), entry("clinic-line", tier=Tier.PRIMARY_CARE, **DAYTIME), entry("talk-line"))
        found = ask(lines, at=NIGHT, signs=[Sign.HURT_THEMSELVES], avoid_site_ids=["site-1"])
        assert ids(found) == ["emergency", "talk-line", "clinic-line", "hospital-clinic"]

    def test_nothing_is_flagged_that_is_not_avoided(self) -> None:
        assert not any(match.conflicts for match in ask((self.NEAR, *self.HERE), avoid_site_ids=["site-3"]))


@settings(max_examples=150)
@given(
    signs=st.lists(st.sampled_from(Sign), max_size=4),
    concern_types=st.lists(st.sampled_from(ConcernType), max_size=3),
    priority=st.sampled_from(Priority),
    about_whom=st.sampled_from(AboutWhom),
    region=st.sampled_from(["VIC", "NSW", "ACT", "TAS", "WA", None]),
    hour=st.integers(0, 24 * 14),
    prefers_independent=st.booleans(),
)
def test_what_holds_for_every_worry_with_the_shipped_pack(
    signs: list[Sign], concern_types: list[ConcernType], priority: Priority, hour: int, **rest: Any
) -> None:
    at = NIGHT + dt.timedelta(hours=hour)
    found = ask(load_pack(), at=at, signs=signs, concern_types=concern_types, priority=priority, **rest)
    tiers = [match.entry.tier for match in found]
    assert tiers.count(Tier.EMERGENCY) == 1
    assert (tiers[0] is Tier.EMERGENCY) == is_urgent(signs, priority)
    any_hour = [match for match in found if match.entry.always_open and match.entry.answers_at_once]
    assert sum(match.entry.tier is Tier.CRISIS for match in any_hour) >= 2
    assert len(found) <= MOST_SHOWN + 1
    assert len(set(ids(found))) == len(found)
    assert all(match.why_shown and match.entry.side_list is None for match in found)
    states = [match.open_state for match in found if match.entry.tier is not Tier.EMERGENCY]
    assert states == sorted(states, key=["open", "unknown", "closed"].index)
