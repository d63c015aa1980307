"""What a calendar tells of shifts: what is held, what is cancelled and why, and which names stay (rule "iCal")."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import pytest
from building import Document, instant, layer, override, roster, rotation
from hypothesis import given
from strategies import Case, cases, steady

from app.rosters.definition import Absence, Gap, Override, Roster, Window
from app.rosters.given_up import Stated, given_up
from app.rosters.rendering import render
from app.rosters.told import Name, Plan, Told, nobody, told

MELBOURNE = "Australia/Melbourne"
# Around the end of daylight saving in Melbourne, on 4 April 2027.
WINDOW = Window(instant("2027-03-14T22:00Z"), instant("2027-04-30T14:00Z"))
WEEKLY = rotation("2027-03-01T09:00", "A", "B", unit="week")


def tell(
    definition: Roster,
    *,
    taken_back: Sequence[Override] = (),
    called_off: Sequence[Absence] = (),
    versions: Sequence[Stated] = (),
    window: Window = WINDOW,
) -> list[Told]:
    """As the service asks: `versions` are those that were stored, of which `definition` holds."""
    untouched = dataclasses.replace(
        definition,
        overrides=(*definition.overrides, *taken_back),
        absences=(*definition.absences, *called_off),
    )
    found = told(
        render(definition, window).stretches,
        overrides=[*definition.overrides, *taken_back],
        ruling=Plan(render(dataclasses.replace(definition, overrides=(), absences=()), window).stretches),
        given_up=[
            Plan(render(state.definition, window).stretches, since=state.differs_from)
            for state in given_up(versions, changed_at=WINDOW.start)
        ],
        otherwise=render(untouched, window).stretches if taken_back or called_off else (),
        zone=ZoneInfo(MELBOURNE),
    )
    keys = [(each.person, each.name) for each in found]
    assert len(keys) == len(set(keys))
    return found


def written(found: Sequence[Told]) -> list[str]:
    """`person day hour > day hour` in Melbourne, in brackets where it is cancelled."""
    zone = ZoneInfo(MELBOURNE)
    texts = [
        f"{each.person} {each.start.astimezone(zone):%m-%dT%H:%M} > {each.end.astimezone(zone):%m-%dT%H:%M}"
        for each in found
    ]
    return [text if each.held else f"({text})" for text, each in zip(texts, found, strict=True)]


def names(
    found: Sequence[Told], *, person: str | None = None, held: bool | None = None
) -> set[tuple[str | None, Name]]:
    return {
        (each.person, each.name)
        for each in found
        if (person is None or each.person == person) and (held is None or each.held == held)
    }


def weekly(**more: object) -> Roster:
    return roster(MELBOURNE, layer(WEEKLY), **more)


def change(number: int, person: str | None, start: str, end: str, **more: str) -> Override:
    [made] = weekly(overrides=[override(number, person, start, end, **more)]).overrides
    return made


def plan(*turns: Document) -> Roster:
    return roster(MELBOURNE, *turns)


def stated(number: int, since: str, definition: Roster, *, until: str | None = None, created: str) -> Stated:
    return Stated(number, instant(since), None if until is None else instant(until), definition, instant(created))


# What is held


def test_each_unbroken_piece_of_a_shift_is_one_and_named_by_the_day_it_begins() -> None:
    office = [
        {"days": ["MO", "TU"], "start": "09:00", "end": "12:00"},
        {"days": ["MO"], "start": "13:00", "end": "17:00"},
    ]
    found = tell(plan(layer(WEEKLY, restrictions=office)), window=Window(WINDOW.start, instant("2027-03-21T13:00Z")))
    assert written(found) == [
        "A 03-15T09:00 > 03-15T12:00",
        "A 03-15T13:00 > 03-15T17:00",
        "A 03-16T09:00 > 03-16T12:00",
    ]
    assert [each.name[2:] for each in found] == [("2027-03-15", "1"), ("2027-03-15", "2"), ("2027-03-16", "1")]


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [(MELBOURNE, "2027-04-04", 25), (MELBOURNE, "2027-10-03", 23), ("Australia/Lord_Howe", "2027-04-04", 24.5)],
)
def test_a_day_on_which_the_clock_changes_is_one_shift(zone: str, day: str, hours: float) -> None:
    midnight = dt.datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)
    daily = roster(zone, layer(rotation("2027-03-01T00:00", "A", "B")))
    window = Window(midnight - dt.timedelta(days=2), midnight + dt.timedelta(days=2))
    [shift] = [each for each in tell(daily, window=window) if each.start == midnight]
    assert shift.end - shift.start == dt.timedelta(hours=hours)


@steady(max_examples=150)
@given(cases())
def test_what_is_held_is_what_the_renderer_says_minute_by_minute(case: Case) -> None:
    found = tell(case.roster, window=case.window)
    rendering = render(case.roster, case.window)
    edges = {edge for each in (*found, *rendering.segments) for edge in (each.start, each.end)} - {case.window.end}
    for edge in edges:
        [segment] = [each for each in rendering.segments if each.start <= edge < each.end]
        on_at = {each.person for each in found if each.held and each.start <= edge < each.end}
        assert on_at == set(segment.on_call)


# What is cancelled, by each cause


def test_what_was_given_away_is_cancelled_and_what_was_taken_is_held() -> None:
    handed = change(1, "B", "2027-03-14T22:00Z", "2027-03-21T22:00Z", replaces="A")
    found = tell(dataclasses.replace(weekly(), overrides=(handed,)))
    assert written(found)[:3] == [
        "(A 03-15T09:00 > 03-22T09:00)",
        "B 03-15T09:00 > 03-22T09:00",
        "B 03-22T09:00 > 03-29T09:00",
    ]


def test_a_shift_that_lost_some_time_is_another_length_under_its_name() -> None:
    before = tell(weekly())
    some = change(1, "C", "2027-03-14T22:00Z", "2027-03-16T22:00Z")
    after = tell(dataclasses.replace(weekly(), overrides=(some,)))
    assert written(after)[:2] == ["C 03-15T09:00 > 03-17T09:00", "A 03-17T09:00 > 03-22T09:00"]
    assert names(after, person="A") == names(before, person="A")


def test_cover_taken_away_and_somebody_in_their_place_cancel() -> None:
    for person in (None, "C"):
        instead = change(1, person, "2027-03-14T00:00Z", "2027-03-22T12:00Z")
        found = tell(dataclasses.replace(weekly(), overrides=(instead,)))
        assert "(A 03-15T09:00 > 03-22T09:00)" in written(found)


def test_an_absence_cancels_and_its_end_brings_back_under_the_same_name() -> None:
    away = Absence("A", instant("2027-03-14T00:00Z"), instant("2027-03-23T00:00Z"), "leave")
    found = tell(dataclasses.replace(weekly(), absences=(away,)))
    assert "(A 03-15T09:00 > 03-22T09:00)" in written(found)
    assert names(found) == names(tell(weekly()))
    assert written(tell(weekly(), called_off=[away])) == written(tell(weekly()))


def test_an_override_that_was_taken_back_is_cancelled_and_the_shift_is_its_owners_again() -> None:
    handed = change(1, "B", "2027-03-14T22:00Z", "2027-03-21T22:00Z", replaces="A")
    during = tell(dataclasses.replace(weekly(), overrides=(handed,)))
    after = tell(weekly(), taken_back=[handed])
    assert written(after)[:2] == ["A 03-15T09:00 > 03-22T09:00", "(B 03-15T09:00 > 03-22T09:00)"]
    assert names(after) == names(during)


def test_an_override_that_a_newer_one_outdoes_is_cancelled() -> None:
    first = change(1, "C", "2027-03-15T00:00Z", "2027-03-16T00:00Z")
    second = change(2, "D", "2027-03-14T00:00Z", "2027-03-17T00:00Z")
    found = tell(dataclasses.replace(weekly(), overrides=(first, second)))
    assert "(C 03-15T11:00 > 03-16T11:00)" in written(found)


def test_a_part_that_an_override_cut_off_is_cancelled_when_it_is_taken_back() -> None:
    middle = change(1, "C", "2027-03-16T00:00Z", "2027-03-17T00:00Z")
    cut = tell(dataclasses.replace(weekly(), overrides=(middle,)))
    assert written(cut)[:3] == [
        "A 03-15T09:00 > 03-16T11:00",
        "C 03-16T11:00 > 03-17T11:00",
        "A 03-17T11:00 > 03-22T09:00",
    ]
    whole = tell(weekly(), taken_back=[middle])
    assert written(whole)[:3] == [
        "A 03-15T09:00 > 03-22T09:00",
        "(C 03-16T11:00 > 03-17T11:00)",
        "(A 03-17T11:00 > 03-22T09:00)",
    ]
    assert names(whole) == names(cut)


def test_what_a_version_planned_that_was_replaced_is_cancelled() -> None:
    old, new = weekly(), plan(layer(rotation("2027-03-29T09:00", "C", "B", unit="week")))
    stored = [
        stated(1, "2027-01-01T00:00Z", old, until="2027-03-28T22:00Z", created="2027-01-01T00:00Z"),
        stated(2, "2027-03-28T22:00Z", new, created="2027-03-20T00:00Z"),
    ]
    found = tell(joined_of(stored), versions=stored)
    assert written(found)[:5] == [
        "A 03-15T09:00 > 03-22T09:00",
        "B 03-22T09:00 > 03-29T09:00",
        "(A 03-29T09:00 > 04-05T09:00)",
        "C 03-29T09:00 > 04-05T09:00",
        "B 04-05T09:00 > 04-12T09:00",
    ]


def test_what_a_version_planned_that_was_called_off_is_cancelled() -> None:
    off = plan(layer(rotation("2027-03-29T09:00", "C", "D", unit="week")))
    stored = [
        stated(1, "2027-01-01T00:00Z", weekly(), created="2027-01-01T00:00Z"),
        stated(2, "2027-03-28T22:00Z", off, until="2027-03-28T22:00Z", created="2027-03-20T00:00Z"),
    ]
    found = tell(weekly(), versions=stored)
    assert written([each for each in found if each.person in "CD"])[0] == "(C 03-29T09:00 > 04-05T09:00)"
    assert written([each for each in found if each.person in "AB"]) == written(tell(weekly()))


# Names that stay


def joined_of(stored: Sequence[Stated]) -> Roster:
    """What holds after all of them: the last state, had another been put in place after it."""
    after = dataclasses.replace(
        stored[-1], number=99, created_at=stored[-1].created_at, since=instant("2030-01-01T00:00Z")
    )
    return given_up([*stored, after], changed_at=WINDOW.start)[0].definition


def edited(old: Roster, new: Roster, *, at: str) -> list[Told]:
    stored = [
        stated(1, "2027-01-01T00:00Z", old, until=at, created="2027-01-01T00:00Z"),
        stated(2, at, new, created="2027-03-18T00:00Z"),
    ]
    return tell(joined_of(stored), versions=stored)


@pytest.mark.parametrize("at", ["2027-03-21T22:00Z", "2027-03-24T03:00Z"])
def test_an_edit_that_keeps_the_shifts_keeps_their_names(at: str) -> None:
    """Between two shifts and in the middle of one."""
    twin = plan(layer(WEEKLY), layer(rotation("2027-06-01T09:00", "D"), rank=2))
    assert edited(weekly(), twin, at=at) == tell(weekly())


@pytest.mark.parametrize("at", ["2027-03-21T22:00Z", "2027-03-24T03:00Z"])
def test_a_handoff_that_moves_to_another_hour_keeps_the_names(at: str) -> None:
    later = plan(layer(rotation("2027-03-01T12:30", "A", "B", unit="week")))
    found = edited(weekly(), later, at=at)
    assert names(found, held=True) == names(tell(weekly()))
    assert names(found, held=False) == set()
    assert written(found)[-1].endswith("T12:30 > 05-01T00:00")


def test_two_shifts_of_one_person_on_one_day_are_told_apart_and_keep_their_names() -> None:
    by_day = plan(layer(rotation("2027-03-01T08:00", "A", "A", "B", unit="hour", length=4)))
    moved = plan(layer(rotation("2027-03-01T07:00", "A", "A", "B", unit="hour", length=4)))
    found = edited(by_day, moved, at="2027-03-31T13:00Z")
    assert names(found, held=False) == set()


def test_a_swap_there_and_back_ends_with_the_names_it_began_with() -> None:
    there = [
        change(1, "B", "2027-03-14T22:00Z", "2027-03-21T22:00Z", replaces="A"),
        change(2, "A", "2027-03-21T22:00Z", "2027-03-28T22:00Z", replaces="B"),
    ]
    before = tell(weekly())
    swapped = tell(dataclasses.replace(weekly(), overrides=tuple(there)))
    assert names(before) <= names(swapped)
    back = tell(weekly(), taken_back=there)
    assert names(back, held=True) == names(before)
    # By two more overrides in place of taking them back.
    again = [
        change(3, "A", "2027-03-14T22:00Z", "2027-03-21T22:00Z", replaces="A"),
        change(4, "B", "2027-03-21T22:00Z", "2027-03-28T22:00Z", replaces="B"),
    ]
    by_more = tell(dataclasses.replace(weekly(), overrides=(*there, *again)))
    assert names(by_more, held=True) == names(before)
    assert names(by_more, held=False) == names(swapped) - names(before)


def test_a_later_look_gives_the_same_names() -> None:
    """The window moves on with time; whatever it still shows is called as before, however it is cut off."""
    monthly = roster(MELBOURNE, layer(rotation("2027-01-04T09:00", "A", "B", unit="week", length=6)))
    for definition in (weekly(), monthly, plan(layer(rotation("2027-03-01T09:00", "A", "B", unit="hour", length=8)))):
        days = [
            tell(definition, window=dataclasses.replace(WINDOW, start=WINDOW.start + dt.timedelta(days=d)))
            for d in (0, 10)
        ]
        late = {(each.person, each.name) for each in days[1]}
        assert late <= names(days[0])


# Nobody


def test_gaps_are_told_where_somebody_is_expected() -> None:
    gap = Gap(instant("2027-03-15T00:00Z"), instant("2027-03-18T00:00Z"))
    hours = [(instant(f"2027-03-{day}T22:00Z"), instant(f"2027-03-{day + 1}T06:00Z")) for day in (14, 15, 16, 17)]
    found = nobody([gap], expected=hours, edge=WINDOW.start, zone=ZoneInfo(MELBOURNE))
    assert [(each.start.day, each.start.hour, each.end.day, each.end.hour) for each in found] == [
        (15, 0, 15, 6),
        (15, 22, 16, 6),
        (16, 22, 17, 6),
        (17, 22, 18, 0),
    ]
    assert len({each.name for each in found}) == 4
    assert {each.person for each in found} == {None}


def test_a_gap_that_had_begun_before_has_one_name_on_every_day() -> None:
    edges = [instant("2027-03-15T00:00Z"), instant("2027-03-16T00:00Z")]
    found = [
        nobody([Gap(edge, WINDOW.end)], expected=[(edge, WINDOW.end)], edge=edge, zone=ZoneInfo(MELBOURNE))
        for edge in edges
    ]
    assert found[0][0].name == found[1][0].name
