"""The worked cases from outside: over HTTP, and on the command line without a server (contract 1.3)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.vocabulary import Role
from tests.support.server import call_cli, run_cli
from tests.support.world import World

CASES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "roster-cases.json").read_text())["cases"]


def body_of(case: dict[str, Any]) -> dict[str, Any]:
    roster = {name: case[name] for name in ("time_zone", "layers", "combine", "overrides") if name in case}
    return {"roster": roster, "window": case["window"]}


def instant(text: str) -> str:
    """The cases leave seconds out; answers have them."""
    return text.replace("Z", ":00Z") if text.count(":") == 1 else text


def expected_of(case: dict[str, Any]) -> list[tuple[str, str, list[str]]]:
    return [(instant(s["start"]), instant(s["end"]), s["on_call"]) for s in case["expected"]]


def segments_of(reply: dict[str, Any]) -> list[tuple[str, str, list[str]]]:
    return [(s["start"], s["end"], s["on_call"]) for s in reply["segments"]]


async def test_every_case_over_http_and_nothing_is_stored(world: World) -> None:
    await world.school()
    coordinator = await world.person(Role.COORDINATOR)
    for case in CASES:
        answer = await world.http.post(
            "/v1/schools/harbour/rosters/preview", json=body_of(case), headers=coordinator.headers
        )
        assert answer.status_code == 200, answer.text
        assert segments_of(answer.json()) == expected_of(case), case["id"]
        assert answer.json()["minutes_per_person"] == case["minutes_per_person"], case["id"]
    kept = await world.http.get("/v1/schools/harbour/rosters", headers=coordinator.headers)
    assert kept.json()["items"] == []


@pytest.mark.parametrize("case", CASES[:2], ids=lambda case: case["id"])
def test_a_case_from_a_file_without_a_server(case: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "roster.json"
    file.write_text(json.dumps(body_of(case)))
    done = run_cli("roster", "preview", str(file))
    assert done.returncode == 0, done.stderr
    assert segments_of(json.loads(done.stdout)) == expected_of(case)


def test_a_case_from_standard_input() -> None:
    done = run_cli("roster", "preview", "-", stdin=json.dumps(body_of(CASES[2])))
    assert done.returncode == 0, done.stderr
    assert segments_of(json.loads(done.stdout)) == expected_of(CASES[2])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("not json", "not JSON"),
        ('{"roster": {"time_zone": "Mars/Base", "layers": []}}', "time_zone_unknown"),
        ('{"a": 1, "a": 2}', "same name twice"),
        ("null", "the document: model_type: This must be an object"),
        ("[]", "the document: model_type: This must be an object"),
        ('{"roster": 1, "window": {}}', "roster: model_type: This must be an object"),
    ],
)
def test_a_file_that_cannot_be_rendered_is_refused_with_the_reason(text: str, says: str) -> None:
    done = call_cli("roster", "preview", "-", stdin=text)
    assert done.returncode == 1
    assert says in done.stderr
    assert done.stdout == ""
    assert "PreviewRequest" not in done.stderr


def test_a_file_that_is_not_there_is_refused() -> None:
    done = call_cli("roster", "preview", "no-such-file.json")
    assert done.returncode == 1
    assert "cannot be read" in done.stderr
