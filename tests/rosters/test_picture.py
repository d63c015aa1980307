"""The picture of a roster: well-formed, in words too, escaped, the same each time, right where clocks change."""

from __future__ import annotations

import datetime as dt
import re
from xml.etree import ElementTree as ET

import pytest
from building import layer, override, roster, rotation
from viewing import view

from app.rosters import words
from app.rosters.picture import LARGEST, MOST_SHAPES, MOST_TOLD, draw, shapes, told
from app.rosters.picture_key import Look, looks
from app.rosters.views import View
from app.vocabulary import Expects

SVG = "{http://www.w3.org/2000/svg}"
MELBOURNE = "Australia/Melbourne"
EVENINGS = [{"days": ["MO", "TU", "WE", "TH", "FR", "SA", "SU"], "start": "18:00", "end": "23:00"}]


def parsed(shown: View) -> ET.Element:
    return ET.fromstring(draw(shown))  # our own


def titles(picture: ET.Element) -> list[str]:
    return [each.text or "" for each in picture.iter(f"{SVG}title")][1:]


def texts(picture: ET.Element) -> list[str]:
    return [each.text or "" for each in picture.iter(f"{SVG}text")]


def by_weeks(*people: str, **more: object) -> View:
    turns = rotation("2026-01-05T09:00", *people, unit="week")
    return view(roster(MELBOURNE, layer(turns), **more), "2026-09-28", "2026-10-26")


def test_it_is_an_image_with_a_title_and_a_description() -> None:
    picture = parsed(by_weeks("A", "B", "C"))
    assert (picture.tag, picture.get("role")) == (f"{SVG}svg", "img")
    named = (picture.get("aria-labelledby") or "").split()
    title, description = picture.find(f"{SVG}title"), picture.find(f"{SVG}desc")
    assert title is not None
    assert description is not None
    assert [title.get("id"), description.get("id")] == named
    ids = [each.get("id") for each in picture.iter() if each.get("id")]
    assert len(ids) == len(set(ids))
    assert title.text == "On call: Advice (clinical advice, primary), Mon 28 Sep 2026 to Sun 25 Oct 2026"


def test_the_description_sums_up_people_and_names_every_gap() -> None:
    shown = by_weeks(
        "A",
        "B",
        overrides=[
            override(1, None, "2026-10-07T22:00Z", "2026-10-08T06:00Z"),
            override(2, "C", "2026-10-13T00:00Z", "2026-10-13T02:30Z"),
        ],
    )
    assert told(shown) == (
        "Mon 28 Sep 2026 to Sun 25 Oct 2026, Australia/Melbourne time. Each row is a week from Monday to Sunday; time "
        "goes from left to right. On call: Mira (M), 332 h 30 min; Tomas (T), 328 h; Wren (W), 2 h 30 min. "
        "1 GAP, 8 h in all: nobody from Thu 8 Oct 2026 09:00 to 17:00. 1 stretch changed by hand."
    )


def test_each_bar_says_who_and_when_in_local_time() -> None:
    shown = by_weeks("A", "B", overrides=[override(1, "C", "2026-10-13T00:00Z", "2026-10-13T02:00Z")])
    found = titles(parsed(shown))
    assert "Mira, Mon 28 Sep 2026 09:00 to Mon 5 Oct 2026 09:00 (167 h)" in found
    assert "Wren, Tue 13 Oct 2026 11:00 to 13:00 (2 h), changed by hand" in found
    assert "*Wren" not in found


def test_names_are_text_and_nothing_else() -> None:
    """Aliases are what people typed: no tag, no attribute, no control character, no turned direction comes of them."""
    names = {
        "A": "<script>alert(1)</script>",
        "B": '"/><image href="https://elsewhere.example/x"/>&amp;',
        "C": "a\x00\x1b[31m\u202eb\ufffe\ud800c",
    }
    turns = rotation("2026-01-05T09:00", "A", "B", "C", unit="week")
    shown = view(roster(MELBOURNE, layer(turns)), "2026-09-28", "2026-10-26", names=names, name="]]><script>")
    text = draw(shown)
    picture = ET.fromstring(text)
    assert {each.tag.removeprefix(SVG) for each in picture.iter()} <= {
        *("svg", "title", "desc", "defs", "pattern", "rect", "circle", "g", "text", "path")
    }
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert any(each.startswith("<script>alert(1)</script>, ") for each in titles(picture))
    assert text.encode().decode() == text


def test_nothing_is_executed_and_nothing_fetched() -> None:
    picture = parsed(by_weeks("A", "B", "C"))
    for each in picture.iter():
        for name, value in each.attrib.items():
            assert not name.startswith("on")
            assert "href" not in name
            assert "http" not in value
            assert re.sub(r"url\(#r1-[a-z]+\)", "", value).find("url(") == -1


def test_the_same_view_gives_the_same_text() -> None:
    assert draw(by_weeks("A", "B", "C")) == draw(by_weeks("A", "B", "C"))


def test_two_pictures_on_a_page_share_no_id() -> None:
    turns = roster(MELBOURNE, layer(rotation("2026-01-05T09:00", "A")))
    ids = [
        {each.get("id") for each in parsed(view(turns, "2026-09-28", "2026-10-05", key=key)).iter() if each.get("id")}
        for key in ("r1", "r2")
    ]
    assert ids[0].isdisjoint(ids[1])


def test_a_gap_is_hatched_labelled_and_listed() -> None:
    picture = parsed(by_weeks("A", "B", overrides=[override(1, None, "2026-10-08T22:00Z", "2026-10-10T22:00Z")]))
    hatched = [each for each in picture.iter(f"{SVG}rect") if each.get("fill") == "url(#r1-gap)"]
    assert len(hatched) == 2, "one in the key"
    assert "NOBODY 09:00–09:00" in texts(picture)
    assert "Gap: Fri 9 Oct 2026 09:00 to Sun 11 Oct 2026 09:00, nobody" in texts(picture)
    assert "1 GAP, 48 h in all" in texts(picture)


def test_a_gap_of_a_minute_is_seen() -> None:
    picture = parsed(by_weeks("A", "B", overrides=[override(1, None, "2026-10-08T22:00Z", "2026-10-08T22:01Z")]))
    [_, hatched] = [each for each in picture.iter(f"{SVG}rect") if each.get("fill") == "url(#r1-gap)"]
    assert float(hatched.get("width") or 0) >= 4


def test_hours_in_which_nobody_is_expected_are_no_gap() -> None:
    evenings = roster(MELBOURNE, layer(rotation("2026-01-05T09:00", "A", "B"), restrictions=EVENINGS))
    shown = view(evenings, "2026-09-28", "2026-10-26", expects=Expects.PLANNED_HOURS)
    assert shown.gap_summary == "No gaps"
    assert not [each for each in parsed(shown).iter(f"{SVG}rect") if each.get("fill") == "url(#r1-gap)"]


def test_two_people_at_once_stand_below_each_other() -> None:
    both = roster(
        MELBOURNE,
        layer(rotation("2026-01-05T09:00", "A", unit="week")),
        layer(rotation("2026-01-05T09:00", "B", unit="week"), rank=2),
        combine="union",
    )
    bars = [each for each in parsed(view(both, "2026-09-28", "2026-10-05")).iter(f"{SVG}svg") if each.get("x")]
    assert {each.get("x") for each in bars} == {"96"}
    assert len({each.get("y") for each in bars}) == 2


def test_who_cannot_be_reached_is_shown_with_the_gap_below() -> None:
    turns = roster(MELBOURNE, layer(rotation("2026-01-05T09:00", "A", "B", unit="week")))
    picture = parsed(view(turns, "2026-09-28", "2026-10-05", unreachable={"A"}))
    assert any(each.startswith("Mira, ") for each in titles(picture))
    assert any(each.startswith("Gap: nobody who can be reached, Mon 28 Sep 2026 09:00") for each in titles(picture))


# In Melbourne 4 October 2026 has 23 hours and 4 April 2027 has 25; on Lord Howe it is half an hour each time.
@pytest.mark.parametrize(
    ("zone", "monday", "end", "length"),
    [
        (MELBOURNE, "2026-09-28", "2026-10-05", "23 h long"),
        (MELBOURNE, "2027-03-29", "2027-04-05", "25 h long"),
        ("Australia/Lord_Howe", "2026-09-28", "2026-10-05", "23 h 30 min long"),
        ("Australia/Lord_Howe", "2027-03-29", "2027-04-05", "24 h 30 min long"),
        ("Pacific/Apia", "2011-12-26", "2012-01-02", "no such day here"),
    ],
)
def test_days_on_which_the_clock_changes_have_their_length_and_the_width_of_others(
    zone: str, monday: str, end: str, length: str
) -> None:
    daily = roster(zone, layer(rotation(f"{monday}T00:00", "A", "B")))
    picture = parsed(view(daily, monday, end))
    assert texts(picture).count(length) == 1
    bars = sorted(float(each.get("x") or 0) for each in picture.iter(f"{SVG}svg") if each.get("x"))
    assert set(bars) <= {96 + 156 * day for day in range(7)}
    # The day that is left out is in the middle of one bar.
    assert len(bars) == (5 if zone == "Pacific/Apia" else 7)


def test_a_time_that_comes_twice_has_its_offset() -> None:
    hours = roster(MELBOURNE, layer(rotation("2027-04-03T02:30", "A", "B")))
    found = titles(parsed(view(hours, "2027-03-29", "2027-04-05")))
    assert "Mira, Sat 3 Apr 2027 02:30 to Sun 4 Apr 2027 02:30 UTC+11:00 (24 h)" in found


def test_weekends_holidays_and_today_are_marked() -> None:
    turns = roster(MELBOURNE, layer(rotation("2026-01-05T09:00", "A", unit="week")))
    shown = view(turns, "2026-09-28", "2026-10-12", holidays=["2026-10-03"], today=dt.date(2026, 10, 6))
    fills = [each.get("fill") for each in parsed(shown).iter(f"{SVG}rect")]
    assert (fills.count("#eef0f3"), fills.count("#e7dcf3")) == (1 + 3, 1 + 1), "each once in the key"
    assert {"public holiday", "6 today"} <= set(texts(parsed(shown)))
    assert "Public holidays: Sat 3 Oct 2026." in told(shown)


def test_people_are_told_apart_without_colour() -> None:
    people = [f"P{number}" for number in range(30)]
    turns = rotation("2026-01-05T00:00", *people)
    shown = view(roster("UTC", layer(turns)), "2026-01-05", "2026-02-09", names=dict.fromkeys(people, "Sam"))
    assert len({each.mark for each in shown.people}) == 30
    found = list(looks(shown).values())
    assert len(set(found[:18])) == 18


@pytest.mark.parametrize("look", looks(by_weeks(*"ABC")).values())
def test_names_on_bars_have_contrast(look: Look) -> None:
    """WCAG 2.2, 1.4.3: 4.5 to 1."""

    def luminance(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    dark, light = sorted((luminance(look.fill), luminance(look.ink)))
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_a_long_name_is_cut_and_whole_in_the_title() -> None:
    names = {"A": "Bartholomew Featherstonehaugh-Cholmondeley the Younger"}
    short = roster("UTC", layer(rotation("2026-01-05T00:00", "A", unit="hour", length=12), restrictions=EVENINGS))
    shown = view(short, "2026-01-05", "2026-01-12", names=names, expects=Expects.PLANNED_HOURS)
    picture = parsed(shown)
    on_bars = {each.text for bar in picture.iter(f"{SVG}svg") if bar.get("x") for each in bar.iter(f"{SVG}text")}
    assert on_bars == {"B"}
    assert titles(picture)[0].startswith("Bartholomew Featherstonehaugh-Cholmonde…, Mon 5 Jan 2026 18:00 to 23:00")


def test_the_largest_picture_is_as_large_as_the_document_says() -> None:
    """400 days, names as long and as costly as can be, and gaps."""
    names = dict.fromkeys("ABC", "&" * 80)
    turns = roster("UTC", layer(rotation("2026-01-05T00:00", "A", "B", "C", unit="hour", length=2)))
    shown = view(turns, "2026-01-05", "2027-02-09", names=names)
    assert 4700 < shapes(shown) <= MOST_SHAPES
    assert len(draw(shown)) < LARGEST


def test_the_description_has_an_end() -> None:
    evenings = roster("UTC", layer(rotation("2026-01-05T09:00", "A", "B"), restrictions=EVENINGS))
    shown = view(evenings, "2026-01-05", "2027-01-11")
    assert len(shown.gaps) > MOST_TOLD
    assert f"and {len(shown.gaps) - MOST_TOLD} more." in told(shown)


@pytest.mark.parametrize(
    ("minutes", "text"), [(1, "1 min"), (60, "1 h"), (450, "7 h 30 min"), (10080, "168 h"), (0, "0 min")]
)
def test_lengths_in_words(minutes: int, text: str) -> None:
    assert words.hours(dt.timedelta(minutes=minutes)) == text
