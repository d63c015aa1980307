"""A school's help as a file: what it was made of, so that the hours of any later day can be worked out from it."""

from __future__ import annotations

import json
from typing import Any

from app.directory.entries import CostKind
from app.directory.help_now import LISTS, HelpEntryOut, HelpFacts, HelpPlace
from app.directory.hours_notation import ALWAYS

_TEXTS = ("school", "school_name", "country", "what_to_do", "red_flags")
_FIELDS = tuple(field.alias or name for name, field in HelpEntryOut.model_fields.items())
# Of an entry that was kept by a release that did not ask.
_UNKNOWN: dict[str, Any] = {
    "opens_at": None,
    "closes_at": None,
    "as_of": None,
    "zone_used": None,
    "cost_kind": CostKind.UNKNOWN,
    "languages": ["en"],
    "community": None,
    "culturally_safe_for": [],
    "address": None,
    "latitude": None,
    "longitude": None,
    "site_ids": [],
    "verify_by": None,
    "verification_overdue": False,
    "pinned": False,
    "time_zone": None,
    "open_intervals": [],
    "unknown_intervals": [],
}


def written(facts: HelpFacts) -> bytes:
    """As it is kept on disk."""
    place = {"region": facts.place.region, "time_zone": facts.place.time_zone, "local_days": facts.place.local_days}
    return json.dumps({"place": place, "content": facts.content}, ensure_ascii=False).encode()


def read(file: bytes) -> HelpFacts:
    """What `written` wrote, here or in another release. Raises ValueError for what nobody wrote.

    What a release did not know yet is filled in: help that is a little poorer is better than none.
    """
    found = json.loads(file)
    if not isinstance(found, dict):
        raise ValueError("this is no help")
    content, place = found.get("content", found), found.get("place", {})
    content = {name: content[name] for name in (*_TEXTS, *LISTS)}
    for name in LISTS:
        content[name] = [_filled(entry) for entry in content[name]]
    days = tuple((str(day), bool(kept)) for day, kept in place.get("local_days", ()))
    return HelpFacts(HelpPlace(content["country"], place.get("region"), place.get("time_zone"), days), content)


def _filled(entry: dict[str, Any]) -> dict[str, Any]:
    known = _UNKNOWN | {"hours": ALWAYS if entry["always_open"] else None} | entry
    return {name: known[name] for name in _FIELDS}
