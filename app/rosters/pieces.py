"""Who holds which shift: stretches of a rendering as shifts with a name that stays (roster-semantics, "Swaps")."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from app.rosters.definition import Override, Stretch


@dataclass(frozen=True, slots=True)
class ShiftName:
    """A slot of a layer, by its start; or an override that puts somebody on call, by its id."""

    layer_id: str | None = None
    slot_start: dt.datetime | None = None
    override_id: str | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """Unbroken time of one person in one shift.

    `held` is False where it is theirs by the layers and not in effect: somebody stands in for them, or they are absent.
    """

    person: str
    name: ShiftName
    start: dt.datetime
    end: dt.datetime
    held: bool


def pieces(stretches: Iterable[Stretch], *, overrides: Mapping[str, Override]) -> list[Piece]:
    """Every piece of every shift, in order of start. `overrides` by id, at least those that act."""
    done: list[Piece] = []
    going_on: dict[tuple[str, ShiftName, bool], Piece] = {}
    for stretch in stretches:
        now: dict[tuple[str, ShiftName, bool], Piece] = {}
        for person, name, held in _of(stretch, overrides):
            key = (person, name, held)
            before = going_on.pop(key, None)
            start = before.start if before is not None else stretch.start
            now[key] = Piece(person, name, start, stretch.end, held)
        done += going_on.values()
        going_on = now
    return sorted([*done, *going_on.values()], key=lambda piece: (piece.start, piece.person, piece.end))


def _of(stretch: Stretch, overrides: Mapping[str, Override]) -> list[tuple[str, ShiftName, bool]]:
    found: list[tuple[str, ShiftName, bool]] = []
    acting = None if stretch.override_id is None else overrides.get(stretch.override_id)
    if acting is not None and acting.person is not None:
        name = ShiftName(override_id=acting.id)
        found.append((acting.person, name, acting.person in stretch.on_call))
    for turn in stretch.turns:
        replaced = acting is not None and acting.replaces in (None, turn.person)
        if any(person == turn.person for person, _, _ in found):
            # Already there by the override or a lower layer: one person is on call once.
            continue
        held = turn.person in stretch.on_call and not replaced
        found.append((turn.person, ShiftName(layer_id=turn.layer_id, slot_start=turn.slot_start), held))
    return found


def clipped(piece: Piece, start: dt.datetime, end: dt.datetime) -> Piece | None:
    """The part of a piece that lies in a window."""
    since, until = max(piece.start, start), min(piece.end, end)
    return replace(piece, start=since, end=until) if since < until else None
