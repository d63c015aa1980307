"""The worked cases that came with the semantics, each through the same door as a preview request."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from building import instant

from app.rosters.preview import preview
from app.rosters.rendering import on_call_at
from app.rosters.schemas import RosterDefinition

CASES = json.loads(Path(__file__).with_name("roster-cases.json").read_text())["cases"]
each_case = pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])


def roster_of(case: dict[str, Any]) -> dict[str, Any]:
    return {key: case[key] for key in ("time_zone", "combine", "layers", "overrides") if key in case}


def times(parts: list[dict[str, Any]]) -> list[tuple[object, ...]]:
    """What parts say, compared as instants: the file leaves seconds out."""
    return [(instant(part["start"]), instant(part["end"]), part.get("on_call")) for part in parts]


@each_case
def test_a_preview_gives_what_the_case_expects(case: dict[str, Any]) -> None:
    reply = preview({"roster": roster_of(case), "window": case["window"]})
    assert times(reply["segments"]) == times(case["expected"])
    assert times(reply["gaps"]) == times(case["expected_gaps"])
    assert reply["minutes_per_person"] == case["minutes_per_person"]
    uncovered = sum((instant(gap["end"]) - instant(gap["start"])).total_seconds() for gap in reply["gaps"])
    assert uncovered == case["uncovered_minutes"] * 60


@each_case
def test_a_point_query_agrees_with_the_case(case: dict[str, Any]) -> None:
    roster = RosterDefinition.model_validate(roster_of(case)).to_definition()
    inner = [(part["start"], part["on_call"]) for part in case["expected"]]
    queries = [(query["at"], query["on_call"]) for query in case.get("point_queries", [])]
    for at, people in inner + queries:
        assert on_call_at(roster, instant(at)).on_call == tuple(people), at
