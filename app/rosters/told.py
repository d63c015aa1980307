"""What a calendar tells of a roster: who has which shift, who had one by a plan and has not, each under a lasting name.

A shift is named by what people would call the same shift: who, by which layer or override, and the local day on which
it was planned to begin. So it keeps its name when its handoff moves to another hour, when an override or an absence
cuts off some of it, and when it is given away and comes back.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from app.rosters.definition import Gap, Override, Stretch
from app.rosters.pieces import Piece, pieces

Name = tuple[str, ...]
Times = list[tuple[dt.datetime, dt.datetime]]
OfPeople = dict[str, list["Told"]]


@dataclass(frozen=True, slots=True)
class Told:
    """Unbroken time of one person in one shift; `person` None: nobody. `held` False: by a plan, and no longer."""

    person: str | None
    name: Name
    start: dt.datetime
    end: dt.datetime
    held: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What layers alone give. Of one that was given up only what ends after `since` counts: the rest still stands."""

    stretches: Sequence[Stretch]
    since: dt.datetime | None = None


def told(
    actual: Sequence[Stretch],
    *,
    overrides: Sequence[Override],
    ruling: Plan,
    given_up: Sequence[Plan] = (),
    otherwise: Sequence[Stretch] = (),
    zone: dt.tzinfo,
) -> list[Told]:
    """Every piece of every shift that is held, and what was planned and is not, in order of start; no name twice.

    `actual` is what is on record or to come; `ruling` what the layers give in the same time. `overrides` are all that
    lie in it, those taken back too. `given_up` are plans of versions that were replaced or called off, newest first.
    `otherwise` is what would be, had nothing been taken back: a shift that was cut in two had two names then.
    """
    plans = [_by_layers(plan, zone) for plan in (ruling, *given_up)]
    of_people = [_of_people(plan) for plan in plans]
    by_overrides = [each for override in overrides for each in _by_override(override, ruling, of_people, zone)]
    names = _Names([*plans[0], *by_overrides])
    by_id = {override.id: override for override in overrides}
    found: dict[tuple[str | None, Name], Told] = {}
    for stretches, held in ((actual, True), (otherwise, False)):
        for each in names.of([piece for piece in pieces(stretches, overrides=by_id) if piece.held], zone):
            found.setdefault((each.person, each.name), replace(each, held=held))
    anew = [each for each in by_overrides if names.own(each.person or "", each.start, each.end) is None]
    for planned in (anew, *plans):
        for each in planned:
            found.setdefault((each.person, each.name), each)
    return sorted(found.values(), key=lambda each: (each.start, each.person or "", each.name))


def nobody(
    gaps: Sequence[Gap], *, expected: Iterable[tuple[dt.datetime, dt.datetime]], edge: dt.datetime, zone: dt.tzinfo
) -> list[Told]:
    """Gaps, as far as somebody is expected. `edge` is where looking began: what lies on it may have begun before."""
    found: list[Told] = []
    numbers = _Numbers(zone)
    starts = [gap.start for gap in gaps]
    for since, until in expected:
        for gap in gaps[max(0, bisect_right(starts, since) - 1) :]:
            if gap.start >= until:
                break
            start, end = max(gap.start, since), min(gap.end, until)
            if start < end:
                name = ("nobody", "before") if start == edge else numbers.name("nobody", at=start)
                found.append(Told(None, name, start, end, held=True))
    return found


class _Numbers:
    """Names that begin alike are told apart by the local day, and on one day by their order."""

    def __init__(self, zone: dt.tzinfo) -> None:
        self._zone = zone
        self._count: Counter[Name] = Counter()

    def name(self, *first: str, at: dt.datetime, person: str = "") -> Name:
        name = (*first, at.astimezone(self._zone).date().isoformat())
        self._count[person, *name] += 1
        return (*name, str(self._count[person, *name]))


class _Names:
    """Gives pieces the names of the plans they come from."""

    def __init__(self, planned: Iterable[Told]) -> None:
        self._planned: dict[str, dict[Name, list[Told]]] = defaultdict(lambda: defaultdict(list))
        for each in planned:
            self._planned[each.person or ""][each.name[:2]].append(each)

    def of(self, held: Sequence[Piece], zone: dt.tzinfo) -> list[Told]:
        """Parts of one planned piece that touch are one; of several the first has its name, whichever are missing."""
        numbers = _Numbers(zone)
        parts: dict[tuple[str, Name], Times] = {}
        for piece in held:
            plan = self._plan_of(piece)
            name = (
                plan.name
                if plan is not None
                else numbers.name("also", *_origin(piece), at=piece.start, person=piece.person)
            )
            times = parts.setdefault((piece.person, name), [])
            if times and times[-1][1] == piece.start:
                times[-1] = (times[-1][0], piece.end)
            else:
                times.append((piece.start, piece.end))
        return [
            Told(person, name if number == 0 else (*name, f"part {number + 1}"), start, end, held=True)
            for (person, name), times in parts.items()
            for number, (start, end) in enumerate(times)
        ]

    def own(self, person: str, start: dt.datetime, end: dt.datetime) -> Told | None:
        """The shift of somebody by the layers that holds all of a time."""
        for origin, planned in self._planned[person].items():
            found = _first_over(planned, start, end) if origin[0] == "layer" else None
            if found is not None and found.start <= start and end <= found.end:
                return found
        return None

    def _plan_of(self, piece: Piece) -> Told | None:
        by_override = piece.name.override_id is not None
        # An override that gives somebody what is theirs by the layers: the same shift.
        own = self.own(piece.person, piece.start, piece.end) if by_override else None
        return own or _first_over(self._planned[piece.person][_origin(piece)], piece.start, piece.end)


def _first_over(planned: list[Told], start: dt.datetime, end: dt.datetime) -> Told | None:
    """The first of ascending, separate pieces that has some of a time."""
    place = bisect_right(planned, start, key=lambda each: each.end)
    return planned[place] if place < len(planned) and planned[place].start < end else None


def _origin(piece: Piece) -> Name:
    if piece.name.override_id is not None:
        return "override", piece.name.override_id
    return "layer", piece.name.layer_id or ""


def _by_layers(plan: Plan, zone: dt.tzinfo) -> list[Told]:
    """What is planned by layers. A piece that the window cuts off is named by where its slot began."""
    if not plan.stretches:
        return []
    edge = plan.stretches[0].start
    numbers = _Numbers(zone)
    found = []
    for piece in _through_seams(pieces(plan.stretches, overrides={})):
        begins = piece.name.slot_start if piece.start == edge and piece.name.slot_start else piece.start
        name = numbers.name(*_origin(piece), at=begins, person=piece.person)
        if plan.since is None or piece.end > plan.since:
            found.append(Told(piece.person, name, piece.start, piece.end, held=False))
    return found


def _through_seams(found: Iterable[Piece]) -> list[Piece]:
    """A new version cuts a slot in two: whoever has both parts has one shift."""
    whole: list[Piece] = []
    last: dict[tuple[str, str | None], int] = {}
    for piece in found:
        key = (piece.person, piece.name.layer_id)
        before = last.get(key)
        if before is not None and whole[before].end == piece.start and piece.name.slot_start != piece.start:
            whole[before] = replace(whole[before], end=piece.end)
        else:
            last[key] = len(whole)
            whole.append(piece)
    return whole


def _by_override(override: Override, ruling: Plan, plans: Sequence[OfPeople], zone: dt.tzinfo) -> list[Told]:
    """What an override alone would give its person. The layers that it was made for may have been replaced since."""
    if override.person is None or not ruling.stretches:
        return []
    edge = ruling.stretches[0].start
    start, end = max(override.start, edge), min(override.end, ruling.stretches[-1].end)
    if override.replaces is None:
        times: Times = [(start, end)] if start < end else []
    else:
        times = next(filter(None, (_times_in(plan[override.replaces], start, end) for plan in plans)), [])
    numbers = _Numbers(zone)
    return [
        Told(
            override.person,
            numbers.name("override", override.id, at=override.start if since == edge else since),
            since,
            until,
            held=False,
        )
        for since, until in times
    ]


def _of_people(plan: Iterable[Told]) -> OfPeople:
    found: OfPeople = defaultdict(list)
    for each in plan:
        found[each.person or ""].append(each)
    return found


def _times_in(planned: Iterable[Told], start: dt.datetime, end: dt.datetime) -> Times:
    """When somebody is on call, by whatever layers, within a time."""
    times: Times = []
    for each in planned:
        since, until = max(each.start, start), min(each.end, end)
        if since >= until:
            continue
        if times and since <= times[-1][1]:
            times[-1] = (times[-1][0], max(times[-1][1], until))
        else:
            times.append((since, until))
    return times
