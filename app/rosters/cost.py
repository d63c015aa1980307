"""How much there is to render, estimated from above without rendering it."""

from __future__ import annotations

from app.rosters.definition import Layer, Roster, Window
from app.rosters.restrictions import WEEK, weekly_windows
from app.rosters.rotation import UNIT_MINUTES
from app.rosters.wall_clock import minute_of

# A preview of four layers that hand over every hour for 400 days; it takes about a second.
MOST_EDGES = 40_000


def edges(roster: Roster, *, window: Window) -> int:
    """Handoffs, window edges, pauses and overrides to go through; with `combine: union` each is met in every layer."""
    minutes = minute_of(window.end) - minute_of(window.start)
    met = len(roster.layers) if roster.combine == "union" else 1
    changes = len(roster.overrides) + len(roster.absences)
    return 2 * changes + met * sum(_layer_edges(layer, minutes=minutes) for layer in roster.layers)


def _layer_edges(layer: Layer, *, minutes: int) -> int:
    windows = len(weekly_windows(layer)) * (minutes // WEEK + 2)
    rotations = [version.rotation for version in layer.versions]
    by_clock = [
        UNIT_MINUTES[each.unit] * each.length for each in rotations if each.advance_on == "calendar" or not windows
    ]
    handoffs = minutes // min(by_clock) if by_clock else windows
    return 2 * windows + handoffs + 2 * sum(1 + len(each.paused) for each in rotations)
