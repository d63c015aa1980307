"""Of what takes turns in the suite nothing is left out for good (tests/support/thorough.py)."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support import thorough

KINDS = ("sqlite", "postgresql")


@dataclass(eq=False)
class Item:
    """As pytest collects one, as far as that is looked at."""

    nodeid: str
    callspec: SimpleNamespace


def item(name: str, **params: str) -> Any:
    return Item(f"{name}[{'-'.join(params.values())}]", SimpleNamespace(params=params))


@pytest.mark.parametrize(
    ("file", "times_on_each", "times_of_others"),
    [
        ("tests/core/test_db.py", 6, 6),
        ("tests/rosters/test_gaps.py", 3, 6),
        ("tests/parsing/test_parsers_hold.py", 1, 2),
    ],
)
def test_whatever_is_left_out_is_run_at_another_turn(
    file: str, times_on_each: int, times_of_others: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six turns: two databases by three thirds."""
    on_both = [item(f"{file}::test_{n}", database_kind=kind) for n in range(10) for kind in KINDS]
    others = [item(f"{file}::test_{n}", what="words") for n in range(10)]
    left_out = []
    monkeypatch.setattr(thorough, "LONG", False)
    for turn in range(6):
        monkeypatch.setattr(thorough, "TURN", turn)
        left_out += [each.nodeid for each in thorough.left_out([*on_both, *others])]
    assert {6 - left_out.count(each.nodeid) for each in on_both} == {times_on_each}
    assert {6 - left_out.count(each.nodeid) for each in others} == {times_of_others}
    monkeypatch.setattr(thorough, "LONG", True)
    assert thorough.left_out([*on_both, *others]) == set()
