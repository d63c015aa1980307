"""Rosters written as contract 1.3 has them, and renderings written short."""

from __future__ import annotations

import datetime as dt
from typing import Any

from app.rosters.definition import Rendering, Roster, Window
from app.rosters.rendering import render
from app.rosters.schemas import RosterDefinition

Document = dict[str, Any]


def instant(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def rotation(start_local: str, *people: str, unit: str = "day", length: int = 1, **more: Any) -> Document:
    return {"unit": unit, "length": length, "start_local": start_local, "participants": list(people), **more}


def layer(turns: Document, *, rank: int = 1, **more: Any) -> Document:
    return {"id": f"L{rank}", "rank": rank, "rotation": turns, **more}


def override(seq: int, person: str | None, start: str, end: str, **more: Any) -> Document:
    return {"id": f"o{seq}", "person": person, "start": start, "end": end, "created_seq": seq, **more}


def roster(zone: str, *layers: Document, **more: Any) -> Roster:
    document = {"time_zone": zone, "layers": list(layers), **more}
    return RosterDefinition.model_validate(document).to_definition()


def rendering(definition: Roster, start: str, end: str) -> Rendering:
    return render(definition, Window(instant(start), instant(end)))


def answer(definition: Roster, start: str, end: str) -> list[tuple[str, str]]:
    """When each segment starts, as `DDTHH:MM` in UTC, and who is on call in it, `-` for nobody."""
    return [
        (f"{segment.start:%dT%H:%M}", "+".join(segment.on_call) or "-")
        for segment in rendering(definition, start, end).segments
    ]
