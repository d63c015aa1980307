"""What a roster says and what rendering it yields: plain values without behaviour.

Names and meaning follow roster-semantics. Instants are aware datetimes on whole minutes; `*_local` are naive wall-clock
datetimes in the layer's zone, else the roster's. Weekdays count from Monday = 0.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Unit = Literal["hour", "day", "week"]
AdvanceOn = Literal["calendar", "active"]
Combine = Literal["precedence", "union"]


@dataclass(frozen=True, slots=True)
class Pause:
    """A participant gets no slot from `start` until `end`; without an end, until further notice."""

    person: str
    start: dt.datetime
    end: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Rotation:
    """Slot i begins `i * length` units after `start_local` and is that of `participants[i mod n]` (rules 2, 5, 7)."""

    unit: Unit
    length: int
    start_local: dt.datetime
    participants: tuple[str, ...]
    until_local: dt.datetime | None = None
    advance_on: AdvanceOn = "calendar"
    paused: tuple[Pause, ...] = ()


@dataclass(frozen=True, slots=True)
class Version:
    """A rotation that rules from `effective_from` until the next version. None: it has always ruled (rule 8)."""

    effective_from: dt.datetime | None
    rotation: Rotation


@dataclass(frozen=True, slots=True)
class Restriction:
    """A window on each of `days`; `end <= start` ends on the next day (rule 4)."""

    days: frozenset[int]
    start: dt.time
    end: dt.time


@dataclass(frozen=True, slots=True)
class WeekTime:
    """A weekday and a time of day."""

    day: int
    time: dt.time


@dataclass(frozen=True, slots=True)
class WeeklyRange:
    """A window from one weekday time to the next occurrence of another; equal times mean the whole week (rule 4)."""

    start: WeekTime
    end: WeekTime


@dataclass(frozen=True, slots=True)
class Layer:
    """Versions in ascending order; a layer that was never edited has one. No restriction at all means at any time.

    `since`, `until` and `combine` come with the version of a whole roster that a layer is part of: it says nothing
    outside that time.
    """

    id: str
    rank: int
    versions: tuple[Version, ...]
    time_zone: str | None = None
    restrictions: tuple[Restriction, ...] = ()
    weekly_ranges: tuple[WeeklyRange, ...] = ()
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    combine: Combine | None = None


@dataclass(frozen=True, slots=True)
class Override:
    """`person` is on call from `start` to `end`, or in place of `replaces` only; None takes cover away (rule 9)."""

    id: str
    start: dt.datetime
    end: dt.datetime
    person: str | None
    created_seq: int
    replaces: str | None = None


@dataclass(frozen=True, slots=True)
class Absence:
    """`person` is on call by nothing from `start` to `end`; without an end, until further notice. `kind` is a code."""

    person: str
    start: dt.datetime
    end: dt.datetime | None
    kind: str


@dataclass(frozen=True, slots=True)
class Roster:
    """A whole definition. At each time ranks are distinct, and so are layer ids; override ids and `created_seq` are.

    An absence leaves a gap where no lower layer has somebody: nobody is on call without having been told before. A
    person in an override who is absent is not on call, and the override goes on ruling.
    """

    time_zone: str
    layers: tuple[Layer, ...]
    combine: Combine = "precedence"
    overrides: tuple[Override, ...] = ()
    absences: tuple[Absence, ...] = ()


@dataclass(frozen=True, slots=True)
class Window:
    """Time to ask about, half-open."""

    start: dt.datetime
    end: dt.datetime


@dataclass(frozen=True, slots=True)
class Turn:
    """A slot of a rotation, named by what stays when a roster is edited around it: its layer and the slot's own start.

    `person` has the slot (a stand-in, where the one whose turn it is has paused).
    """

    person: str
    layer_id: str
    slot_start: dt.datetime


@dataclass(frozen=True, slots=True)
class Stretch:
    """Time with one origin: the turns that stand behind `on_call` and the override that acts, if any.

    A turn that an override replaces is still listed, under its own person; one that an override outdoes or takes away
    is not. `away` would be on call, were they not absent; their turns are listed.
    """

    start: dt.datetime
    end: dt.datetime
    on_call: tuple[str, ...]
    turns: tuple[Turn, ...]
    override_id: str | None
    away: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """Ids of every layer and override that had a part in a segment, each in alphabetical order."""

    layers: tuple[str, ...]
    overrides: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """Time with one answer: neighbours with the same people are one segment, whatever put them there."""

    start: dt.datetime
    end: dt.datetime
    on_call: tuple[str, ...]
    source: Source


@dataclass(frozen=True, slots=True)
class Gap:
    """Time with nobody on call."""

    start: dt.datetime
    end: dt.datetime


@dataclass(frozen=True, slots=True)
class Rendering:
    """Segments tile the window, and so do the stretches they are merged from; gaps are the segments with nobody."""

    segments: tuple[Segment, ...]
    gaps: tuple[Gap, ...]
    minutes_per_person: Mapping[str, int]
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class OnCall:
    """The answer at one instant. `since` or `until` is None where the answer holds beyond what was searched.

    `source` is that of the instant itself, not of all that `since` and `until` enclose.
    """

    on_call: tuple[str, ...]
    since: dt.datetime | None
    until: dt.datetime | None
    source: Source
