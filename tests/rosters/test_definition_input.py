"""What a definition may say (contract 1.3): bad ones are refused with a stable code at the right place."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from app.rosters.preview import preview
from app.rosters.schemas import PreviewRequest, RenderingOut, RosterDefinition

# The example of contract 1.3.
BODY: dict[str, Any] = {
    "roster": {
        "name": "Clinical advice",
        "line": "clinical_advice",
        "time_zone": "Australia/Melbourne",
        "combine": "precedence",
        "layers": [
            {
                "id": "L1",
                "rank": 1,
                "time_zone": None,
                "rotation": {
                    "unit": "week",
                    "length": 1,
                    "start_local": "2027-03-15T09:00",
                    "until_local": None,
                    "participants": ["A", "B", "C"],
                    "advance_on": "calendar",
                    "paused": [{"person": "A", "start": "2027-03-22T00:00Z", "end": "2027-03-29T00:00Z"}],
                },
                "restrictions": [{"days": ["MO", "TU", "WE", "TH", "FR"], "start": "09:00", "end": "17:00"}],
                "weekly_ranges": [{"start": "FR 17:00", "end": "MO 09:00"}],
                "versions": None,
            }
        ],
        "overrides": [
            {
                "id": "o1",
                "person": "B",
                "replaces": None,
                "start": "2027-03-20T00:00Z",
                "end": "2027-03-21T00:00Z",
                "created_seq": 1,
            }
        ],
    },
    "window": {"start": "2027-03-20T00:00Z", "end": "2027-04-20T00:00Z"},
}
ROTATION = BODY["roster"]["layers"][0]["rotation"]
LAYER = BODY["roster"]["layers"][0]
OVERRIDE = BODY["roster"]["overrides"][0]
HOURLY = {"unit": "hour", "length": 1, "start_local": "2027-01-01T00:00", "participants": ["A"]}
NOTHING = object()


def changed(path: str, value: object) -> dict[str, Any]:
    """The example with one value set, added or (NOTHING) removed; numbers in the path count from 0."""
    body = copy.deepcopy(BODY)
    *way, last = [int(step) if step.isdigit() else step for step in path.split("/")]
    place: Any = body
    for step in way:
        place = place[step]
    if value is NOTHING:
        del place[last]
    else:
        place[last] = value
    return body


def faults(body: object) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as caught:
        preview(body)
    return [("/".join(map(str, error["loc"])), error["type"]) for error in caught.value.errors()]


def version(effective_from: str) -> dict[str, Any]:
    return {"effective_from": effective_from, "rotation": ROTATION}


L, R, O = "roster/layers/0", "roster/layers/0/rotation", "roster/overrides/0"  # noqa: E741  # as in the example's ids


@pytest.mark.parametrize(
    ("path", "value", "place", "code"),
    [
        ("roster/time_zone", "Mars/Olympus", None, "time_zone_unknown"),
        ("roster/time_zone", "../etc/passwd", None, "string_pattern_mismatch"),
        ("roster/time_zone", "America", None, "time_zone_unknown"),
        ("roster/time_zone", NOTHING, None, "missing"),
        (f"{L}/time_zone", "posixrules", None, "time_zone_unknown"),
        ("roster/line", "gossip", None, "enum"),
        ("roster/colour", "blue", None, "extra_forbidden"),
        ("roster/combine", "sum", None, "literal_error"),
        ("roster/layers", [LAYER, {**LAYER, "id": "L2"}], None, "layer_rank_repeated"),
        ("roster/layers", [LAYER, {**LAYER, "rank": 2}], None, "layer_id_repeated"),
        ("roster/layers", [{**LAYER, "id": f"L{n}", "rank": n} for n in range(21)], None, "too_long"),
        (R, None, L, "rotation_or_versions"),
        (f"{L}/versions", [version("2027-03-15T00:00Z")], L, "rotation_or_versions"),
        (L, {"id": "L1", "rank": 1}, None, "rotation_or_versions"),
        (L, {"id": "L1", "rank": 1, "versions": []}, None, "rotation_or_versions"),
        (
            L,
            {"id": "L1", "rank": 1, "versions": [version("2027-03-15T00:00Z"), version("2027-03-15T00:00Z")]},
            f"{L}/versions",
            "versions_not_ascending",
        ),
        (f"{R}/participants", [], None, "participants_empty"),
        (f"{R}/participants", ["A", " "], f"{R}/participants/1", "string_too_short"),
        (f"{R}/participants", ["A" * 201], f"{R}/participants/0", "string_too_long"),
        (f"{R}/participants", ["A"] * 201, None, "too_long"),
        (f"{R}/length", 0, None, "greater_than_equal"),
        (f"{R}/length", 1001, None, "less_than_equal"),
        (f"{R}/length", "1", None, "int_type"),
        (f"{R}/length", True, None, "int_type"),
        (f"{R}/unit", "month", None, "literal_error"),
        (f"{R}/advance_on", "clock", None, "literal_error"),
        (f"{R}/until_local", "2027-03-15T09:00", None, "end_not_after_start"),
        (f"{R}/start_local", "2027-03-15T09:00Z", None, "local_time_invalid"),
        (f"{R}/start_local", "2027-02-30T09:00", None, "local_time_invalid"),
        (f"{R}/start_local", "2027-03-15T09:00:30", None, "local_time_invalid"),
        (f"{R}/start_local", "0001-01-01T00:00", None, "local_time_invalid"),
        (f"{R}/paused/0/end", "2027-03-22T00:00Z", None, "end_not_after_start"),
        (f"{L}/restrictions/0/days", [], None, "too_short"),
        (f"{L}/restrictions/0/days", ["MON"], f"{L}/restrictions/0/days/0", "literal_error"),
        (f"{L}/restrictions/0/end", "24:00", None, "clock_time_invalid"),
        (f"{L}/weekly_ranges/0/start", "FR 5pm", None, "week_time_invalid"),
        (f"{O}/start", "2027-03-20T00:00", None, "timezone_aware"),
        (f"{O}/start", "2027-03-20T00:00:30Z", None, "not_whole_minute"),
        (f"{O}/start", 1_805_500_800, None, "instant_invalid"),
        (f"{O}/start", "2027-03-20", None, "instant_invalid"),
        (f"{O}/start", "2027-02-30T00:00Z", None, "instant_invalid"),
        (f"{O}/start", "0001-01-01T00:00+14:00", None, "instant_invalid"),
        (f"{O}/end", "2027-03-20T00:00Z", None, "end_not_after_start"),
        (f"{O}/person", NOTHING, None, "missing"),
        ("roster/overrides", [OVERRIDE, {**OVERRIDE, "created_seq": 2}], None, "override_id_repeated"),
        ("roster/overrides", [OVERRIDE, {**OVERRIDE, "id": "o2"}], None, "created_seq_repeated"),
        ("window/end", "2027-03-20T00:00Z", None, "end_not_after_start"),
        ("window/end", "2028-04-23T00:01Z", None, "window_too_long"),
    ],
)
def test_a_bad_definition_is_refused_where_it_is_bad(path: str, value: object, place: str | None, code: str) -> None:
    assert faults(changed(path, value)) == [(place or path, code)]


def test_several_faults_are_told_at_once() -> None:
    body = changed(f"{R}/participants", [])
    body["window"]["end"] = body["window"]["start"]
    assert faults(body) == [(f"{R}/participants", "participants_empty"), ("window/end", "end_not_after_start")]


@pytest.mark.parametrize("body", [None, [], "roster", {}, {"roster": None, "window": None}])
def test_what_is_no_request_is_refused(body: object) -> None:
    assert faults(body)


def test_a_window_of_400_days_is_rendered() -> None:
    assert preview(changed("window/end", "2028-04-23T00:00Z"))["segments"][-1]["end"] == "2028-04-23T00:00:00Z"


def test_more_handoffs_than_a_reply_can_hold_are_refused() -> None:
    hourly = [{"id": f"L{n}", "rank": n, "rotation": HOURLY} for n in range(20)]
    body = {"roster": {"time_zone": "UTC", "layers": hourly}, "window": dict(BODY["window"])}
    assert preview(body)["minutes_per_person"] == {"A": 31 * 1440}
    body["window"]["end"] = "2028-04-20T00:00Z"
    assert faults(body) == [("", "rendering_too_large")]
    body["roster"]["layers"] = hourly[:4]
    assert preview(body)["gaps"] == []


def test_null_means_the_same_as_absence() -> None:
    bare_layer = {"id": "L1", "rank": 1, "rotation": HOURLY}
    bare = {"time_zone": "UTC", "layers": [bare_layer]}
    nulls = dict.fromkeys(("time_zone", "versions", "restrictions", "weekly_ranges"))
    rotation = {**HOURLY, "until_local": None, "advance_on": None, "paused": None}
    spelt = {**bare, "name": None, "line": None, "combine": None, "overrides": None}
    spelt["layers"] = [{**bare_layer, **nulls, "rotation": rotation}]
    assert RosterDefinition.model_validate(spelt) == RosterDefinition.model_validate(bare)


@pytest.mark.parametrize("text", ["2027-03-20T01:00+01:00", "2027-03-20t00:00z", "2027-03-20T00:00:00.000Z"])
def test_an_instant_may_be_written_in_the_ways_of_rfc_3339(text: str) -> None:
    request = PreviewRequest.model_validate(changed(f"{O}/start", text))
    assert request.roster.overrides[0].start.isoformat() == "2027-03-20T00:00:00+00:00"


def test_a_definition_survives_being_stored_as_json() -> None:
    roster = PreviewRequest.model_validate(BODY).roster
    document = json.loads(roster.model_dump_json())
    assert document["layers"][0]["rotation"]["start_local"] == "2027-03-15T09:00"
    assert document["layers"][0]["restrictions"][0]["end"] == "17:00"
    assert document["layers"][0]["weekly_ranges"] == [{"start": "FR 17:00", "end": "MO 09:00"}]
    assert RosterDefinition.model_validate(document) == roster


def test_everybody_who_is_named_is_told() -> None:
    body = changed(f"{O}/replaces", "X")
    body["roster"]["layers"].append({"id": "L2", "rank": 2, "versions": [version("2027-03-15T00:00Z")]})
    body["roster"]["layers"][1]["versions"][0]["rotation"] = {**HOURLY, "participants": ["V"]}
    body["roster"]["layers"][0]["rotation"]["paused"][0]["person"] = "P"
    assert PreviewRequest.model_validate(body).roster.people() == {"A", "B", "C", "P", "V", "X"}


def test_the_schema_describes_times_as_text_and_what_may_be_null() -> None:
    schema = TypeAdapter(PreviewRequest).json_schema()["$defs"]
    assert schema["RotationIn"]["properties"]["start_local"]["type"] == "string"
    assert {"type": "null"} in schema["LayerIn"]["properties"]["versions"]["anyOf"]
    assert schema["RotationIn"]["properties"]["participants"]["minItems"] == 1
    assert set(RenderingOut.model_json_schema()["required"]) == {"segments", "gaps", "minutes_per_person"}
