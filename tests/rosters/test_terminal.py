"""A roster in the terminal: 80 columns, no colour needed, gaps loud."""

from __future__ import annotations

import pytest
from building import layer, override, roster, rotation
from rich.cells import cell_len
from viewing import view

from app.rosters.terminal import lines
from app.rosters.views import View
from app.vocabulary import Expects

MELBOURNE = "Australia/Melbourne"


def plain(shown: View) -> list[str]:
    return [text.plain for text in lines(shown)]


def test_a_week_of_two_people_with_a_gap_and_a_change_by_hand() -> None:
    turns = rotation("2026-01-05T09:00", "B", "A", unit="week")
    changes = [
        override(1, None, "2026-10-07T22:00Z", "2026-10-08T06:10Z"),
        override(2, "C", "2026-10-09T22:00Z", "2026-10-10T22:00Z"),
    ]
    shown = view(
        roster(MELBOURNE, layer(turns), overrides=changes), "2026-10-05", "2026-10-12", holidays=["2026-10-06"]
    )
    assert plain(shown) == [
        "Advice (clinical advice, primary)",
        "Mon 5 Oct 2026 to Sun 11 Oct 2026, Australia/Melbourne time",
        "1 GAP, 8 h 10 min in all",
        "",
        "5 Oct       0     3     6     9     12    15    18    21",
        "Mon 5 Oct   TTTTTTTTTTTTTTTTTTMMMMMMMMMMMMMMMMMMMMMMMMMMMMMM",
        "Tue 6 Oct   MMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMM  holiday",
        "Wed 7 Oct   MMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMM",
        "Thu 8 Oct   MMMMMMMMMMMMMMMMMM!!!!!!!!!!!!!!!!!MMMMMMMMMMMMM",
        "Fri 9 Oct   MMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMM",
        "Sat 10 Oct  MMMMMMMMMMMMMMMMMMWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW",
        "Sun 11 Oct  WWWWWWWWWWWWWWWWWWMMMMMMMMMMMMMMMMMMMMMMMMMMMMMM",
        "",
        "  M  Mira                            126 h 50 min",
        "  T  Tomas                                    9 h",
        "  W  Wren                                    24 h",
        "  .  nobody is expected",
        "",
        "!! 1 GAP, 8 h 10 min in all",
        "!! Thu 8 Oct 2026 09:00 to 17:10",
        "   nobody, 8 h 10 min",
        "",
        "Changed by hand",
        "   Sat 10 Oct 2026 09:00 to Sun 11 Oct 2026 09:00",
        "   Wren, 24 h",
    ]


@pytest.mark.parametrize(
    ("zone", "monday", "end", "cells", "length"),
    [
        (MELBOURNE, "2026-09-28", "2026-10-05", 46, "23 h"),
        (MELBOURNE, "2027-03-29", "2027-04-05", 50, "25 h"),
        ("Australia/Lord_Howe", "2026-09-28", "2026-10-05", 47, "23 h 30 min"),
        ("Australia/Lord_Howe", "2027-03-29", "2027-04-05", 49, "24 h 30 min"),
    ],
)
def test_a_day_has_as_many_letters_as_half_hours(zone: str, monday: str, end: str, cells: int, length: str) -> None:
    [sunday] = [
        line
        for line in plain(view(roster(zone, layer(rotation(f"{monday}T09:00", "A", unit="week"))), monday, end))
        if line.startswith("Sun 4 ") and "2026" not in line
    ]
    assert sunday == f"{sunday[:12]}{'M' * cells}  {length}"


def test_two_at_once_have_two_lines_and_a_gap_of_contacts_a_third() -> None:
    both = roster(
        MELBOURNE,
        layer(rotation("2026-01-05T00:00", "A", unit="week")),
        layer(rotation("2026-01-05T00:00", "B", unit="week"), rank=2),
        combine="union",
    )
    found = plain(view(both, "2026-10-05", "2026-10-06", unreachable={"A", "B"}))
    assert [line[12:] for line in found[5:8]] == ["M" * 48, "T" * 48, "!" * 48]


def test_no_line_is_wider_than_80_columns_and_none_steers_the_terminal() -> None:
    names = {"A": "李" * 80, "B": "\x1b[2J\r\nB" * 20, "C": "[red]C[/red]" * 9}
    turns = rotation("2026-01-05T09:00", "A", "B", "C")
    shown = view(roster(MELBOURNE, layer(turns)), "2027-03-29", "2027-04-12", names=names, name="Ω" * 200)
    found = plain(shown)
    assert max(cell_len(line) for line in found) <= 80
    assert all(line.isprintable() for line in found)
    assert any("[red]C[/red]" in line for line in found)


def test_evenings_only() -> None:
    evenings = [{"days": ["MO", "TU", "WE", "TH", "FR", "SA", "SU"], "start": "18:00", "end": "23:00"}]
    turns = roster(MELBOURNE, layer(rotation("2026-01-05T09:00", "A"), restrictions=evenings))
    found = plain(view(turns, "2026-10-05", "2026-10-06", expects=Expects.PLANNED_HOURS))
    assert found[5] == f"Mon 5 Oct   {'.' * 36}{'M' * 10}.."
    assert "No gaps" in found
