"""What a roster said before it was edited: the states of its versions, one for each version as it was put in place."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.rosters.definition import Roster
from app.rosters.versions import Ruling, joined


@dataclass(frozen=True, slots=True)
class Stated:
    """A version as it was stored. `until` equal to `since`: it never came to rule."""

    number: int
    since: dt.datetime
    until: dt.datetime | None
    definition: Roster
    created_at: dt.datetime


@dataclass(frozen=True, slots=True)
class State:
    """What held until `replaced_at`. Before `differs_from` the next state says the same."""

    definition: Roster
    differs_from: dt.datetime
    replaced_at: dt.datetime


def given_up(versions: Sequence[Stated], *, changed_at: dt.datetime) -> list[State]:
    """The states before the one that holds, newest first. `changed_at`: when the roster was changed last.

    When a version was called off is not kept: it counts in the state that it made, and in none after it.
    """
    ordered = sorted(versions, key=lambda version: version.number)
    called_off = {
        version.number
        for place, version in enumerate(ordered)
        if version.since == version.until and all(later.since != version.since for later in ordered[place + 1 :])
    }
    states = []
    for place, version in enumerate(ordered):
        following = ordered[place + 1] if place + 1 < len(ordered) else None
        if following is None and version.number not in called_off:
            continue
        counting = [each for each in ordered[: place + 1] if each is version or each.number not in called_off]
        differs = [] if following is None else [following.since]
        if version.number in called_off:
            differs.append(version.since)
        replaced_at = changed_at if following is None else following.created_at
        states.append(State(_joined(counting), min(differs), replaced_at))
    return states[::-1]


def _joined(versions: Sequence[Stated]) -> Roster:
    """Each from its own instant until the next one's; of two that begin at the same instant the later one."""
    by_start = {version.since: version.definition for version in versions}
    starts: list[dt.datetime | None] = [*sorted(by_start), None]
    return joined([Ruling(since, until, by_start[since]) for since, until in pairwise(starts) if since is not None])
