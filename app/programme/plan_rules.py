"""What is handed over, item by item: values in, values out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

OF_A_POST = ("documents", "accounts_and_keys", "people_to_know", "calendar", "open_matters")
OF_A_SUPPORTER = ("peers_asked", "contacts", "shifts", "accounts_and_devices", "confidentiality_goes_on")
# As it is kept: code, text, done_by and done_on.
Item = dict[str, Any]


def standard(*, of_post: bool) -> list[Item]:
    """The list that a plan begins with."""
    return [_item(code, None) for code in (OF_A_POST if of_post else OF_A_SUPPORTER)]


def with_own(items: Sequence[Item], texts: Sequence[str]) -> list[Item]:
    """The list with more lines, each under a code that nothing else has had."""
    number = 1 + max((int(each["code"][4:]) for each in items if each["text"] is not None), default=0)
    return [*items, *(_item(f"own_{number + place}", text) for place, text in enumerate(texts))]


def unknown(items: Sequence[Item], codes: Collection[str]) -> list[str]:
    there = {each["code"] for each in items}
    return sorted(set(codes) - there)


def ticked(
    items: Sequence[Item], *, done: Collection[str], not_done: Collection[str], by: str, on: dt.date
) -> list[Item]:
    """Who has done it first, and when, stays; what is in both lists is not done."""
    found = []
    for each in items:
        if each["code"] in not_done:
            each = each | {"done_by": None, "done_on": None}
        elif each["code"] in done and each["done_by"] is None:
            each = each | {"done_by": by, "done_on": on.isoformat()}
        found.append(each)
    return found


def _item(code: str, text: str | None) -> Item:
    return {"code": code, "text": text, "done_by": None, "done_on": None}
