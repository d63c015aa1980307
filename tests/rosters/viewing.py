"""Views of rosters that nobody stored, for tests of pictures and terminals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from building import instant

from app.rosters.definition import Roster, Window
from app.rosters.gap_finding import find
from app.rosters.rendering import render
from app.rosters.views import View, bars_of, people_of
from app.vocabulary import Expects

NAMES = {"A": "Mira", "B": "Tomas", "C": "Wren"}


def view(
    roster: Roster,
    start: str,
    end: str,
    *,
    names: Mapping[str, str] = NAMES,
    expects: Expects = Expects.ALWAYS,
    unreachable: Collection[str] = (),
    holidays: Collection[str] = (),
    **more: Any,
) -> View:
    """What there is to see of a roster between two local midnights, as YYYY-MM-DD."""
    zone = ZoneInfo(roster.time_zone)
    first, last = (instant(f"{day}T00:00").replace(tzinfo=zone).astimezone(dt.UTC) for day in (start, end))
    window = Window(first, last)
    rendering = render(roster, window)
    given = {
        "key": "r1",
        "name": "Advice",
        "line": "clinical_advice",
        "level": "primary",
        "zone": zone,
        "window": window,
        "people": people_of(rendering, names=names),
        "bars": bars_of(rendering, overrides={each.id: each for each in roster.overrides}),
        "gaps": find(roster, window, expects=expects, unreachable=unreachable),
        "holidays": frozenset(dt.date.fromisoformat(day) for day in holidays),
        "today": None,
    }
    return View(**given | more)
