"""Content that is made up: a whole small library, and one in a language that only tests speak."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from app.guidance.content_pack import ContentPack, by_sort, load_content
from app.guidance.library import Library, load_library

# Accented English, in brackets and longer: nobody reads it, and nothing that was not translated looks like it.
PSEUDO = "en-XA"
_ACCENTS = str.maketrans("aceinouyACEINOU", "àçéîñöüýÀÇÉÎÑÖÜ")
REVIEWED = {"reviewed_on": dt.date(2026, 1, 5), "review_by": dt.date(2027, 1, 5)}
SOURCES = [{"of": "A study", "dated": "2022"}]
# By these a piece is found or referred to; and codes are no prose.
_NOT_PROSE = {"id", "kind", "audience", "see_also", "next_step", "purpose", "channels", "relationships", "goes_to"}
_NOT_PROSE |= {"relationship", "jurisdiction", "applies_to", "code", "role", "scenario", "sources", "version"}


def piece(piece_id: str, **fields: Any) -> dict[str, Any]:
    shared = {"id": piece_id, "title": f"About {piece_id}", "audience": "all_students", "sources": SOURCES}
    return shared | REVIEWED | fields


def article(piece_id: str = "an-article", **fields: Any) -> dict[str, Any]:
    sections = [{"heading": "First", "points": ["Say what you saw."]}]
    return piece(piece_id, **{"kind": "signs", "summary": "In short.", "sections": sections} | fields)


def script(piece_id: str = "a-script", **fields: Any) -> dict[str, Any]:
    said = {"text": "How are you?", "tone": "Light", "why_this_works": "It asks."}
    return piece(piece_id, **{"purpose": "opener", "channels": ["message"]} | said | fields)


def scenario(piece_id: str = "a-scenario", **fields: Any) -> dict[str, Any]:
    choices = [
        {"id": "ask", "text": "I ask.", "feedback": "You asked.", "goes_to": "good"},
        {"id": "joke", "text": "I joke.", "feedback": "Try again.", "goes_to": None},
        {"id": "leave", "text": "I leave.", "feedback": "You left.", "goes_to": "other"},
    ]
    steps = [
        {"id": "start", "says": "They are quiet.", "choices": choices},
        {"id": "good", "says": "They tell you.", "take_away": "Asking was enough."},
        {"id": "other", "says": "They stay.", "take_away": "There is another day."},
    ]
    return piece(piece_id, **{"about": "Lunch.", "relationship": "friend", "minutes": 5, "steps": steps} | fields)


def card(piece_id: str = "a-card", **fields: Any) -> dict[str, Any]:
    sections = [{"heading": "First", "points": ["You may help."]}]
    rules = {"jurisdiction": "AU", "applies_to": ["student"], "summary": "Little.", "sections": sections}
    return piece(piece_id, **rules | fields)


def plan(piece_id: str = "a-plan", **fields: Any) -> dict[str, Any]:
    part = {"title": "A part", "prompts": ["What can wait?"]}
    parts = dict.fromkeys(("study_work", "outside_help", "staying_safe", "next_check_in"), part)
    return piece(piece_id, **{"about": "Together.", "parts": parts} | fields)


def module(piece_id: str = "a-module", **fields: Any) -> dict[str, Any]:
    choices = [
        {"id": "ask", "text": "Ask.", "right": True, "feedback": "It helps."},
        {"id": "wait", "text": "Wait.", "right": False, "feedback": "It may be long."},
    ]
    exercises = [
        {"id": "first-one", "prompt": "Which?", "choices": choices},
        {"id": "second-one", "prompt": "Play.", "scenario": "a-scenario"},
        {"id": "third-one", "prompt": "Talk.", "talk_about": ["What was hard?"]},
    ]
    units = [{"id": f"unit-{n}", "title": "A unit", "minutes": 10, "paragraphs": ["Read."]} for n in (1, 2)]
    whole = {"code": "mental_health_responses", "version": "1", "aims": ["To ask."], "units": units}
    return piece(piece_id, **whole | {"exercises": exercises, "pass_with": 1, "audience": "formal_supporters"} | fields)


def role_card(piece_id: str = "a-role-card", **fields: Any) -> dict[str, Any]:
    lists = ("can", "cannot", "pause_when", "ask_advice_when", "refer_when", "to_whom")
    return piece(piece_id, **{"role": "supporter"} | {name: ["A line."] for name in lists} | fields)


def whole(**files: list[dict[str, Any]]) -> dict[str, Any]:
    """The files of a language, by name."""
    made: dict[str, Any] = {
        "articles": [article()],
        "scripts": [script()],
        "scenarios": [scenario()],
        "obligations": [card()],
        "action_plans": [plan()],
        "training": [module()],
        "role_cards": [role_card()],
        "notices": {"review_overdue": "Look again.", "not_legal_advice": "No advice."},
    }
    return made | files


def put(folder: Path, language: str, files: dict[str, Any]) -> None:
    """JSON is YAML."""
    (folder / language).mkdir(parents=True, exist_ok=True)
    for name, pieces in files.items():
        (folder / language / f"{name}.yaml").write_text(json.dumps(pieces, default=str))


def library(folder: Path, **files: list[dict[str, Any]]) -> Library:
    put(folder, "en", whole(**files))
    return load_library(folder)


def in_memory(**files: list[dict[str, Any]]) -> Library:
    """A library with these pieces, and no others."""
    names = ("articles", "scripts", "scenarios", "obligations", "action_plans", "training", "role_cards")
    pieces: dict[str, Any] = dict.fromkeys(names, ()) | files
    return Library({"en": ContentPack.model_validate({"language": "en", "notices": whole()["notices"]} | pieces)})


def pseudo(value: Any) -> Any:
    """A text in the language that only tests speak; codes and ids as they are."""
    if isinstance(value, str):
        return f"[{value.translate(_ACCENTS)} ~~]"
    if isinstance(value, dict):
        return {name: inner if name in _NOT_PROSE else pseudo(inner) for name, inner in value.items()}
    return [pseudo(inner) for inner in value] if isinstance(value, list | tuple) else value


def put_pseudo(folder: Path, *, without: Collection[str] = ()) -> None:
    """What is shipped, with all its prose in that language, less some pieces that nobody has translated yet."""
    english, files = load_content(), ("articles", "scripts", "scenarios", "obligations", "action_plans", "training")
    for name, pieces in zip((*files, "role_cards"), by_sort(english).values(), strict=True):
        put(folder, "en", {name: [json.loads(each.model_dump_json(by_alias=True)) for each in pieces]})
        dumped = [each.model_dump(mode="json", by_alias=True) for each in pieces if each.id not in without]
        dates = ("reviewed_on", "review_by")
        put(folder, PSEUDO, {name: [pseudo(each) | {day: each[day] for day in dates} for each in dumped]})
    assert english.notices is not None
    put(folder, "en", {"notices": english.notices.model_dump()})
    put(folder, PSEUDO, {"notices": pseudo(english.notices.model_dump())})
