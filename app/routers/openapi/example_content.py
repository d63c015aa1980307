"""Examples of what a school says over the content, and of wording that could be better."""

from __future__ import annotations

from typing import Any

from app.routers.openapi.example_duty import MIRA
from app.routers.openapi.example_guidance import ARTICLE_ID

_REVIEW = {"reviewed_on": "2027-03-01", "review_by": "2028-03-01"}
_OVERRIDE = _REVIEW | {
    "sort": "article",
    "id": ARTICLE_ID,
    "origin": "changed",
    "language": "en",
    "fields": {"summary": "Small changes, and where to go at this school."},
    "hidden_reason": None,
    "base_version": "9f86d081884c7d659a2feaa0c55ad015",
    "base_changed": False,
    "broken": None,
    "review_overdue": False,
    "reviewed_by": MIRA,
    "version": 1,
    "updated_at": "2027-03-10T11:00:00Z",
}
_OWN = {
    "title": "Where to go on the north campus",
    "audience": "all_students",
    "kind": "how_to_refer",
    "summary": "A door that is open.",
    "sections": [{"heading": "The door", "points": ["Second floor, no appointment."]}],
    "sources": [{"of": "The school's own page", "dated": "2027-02"}],
}

BODIES: dict[str, Any] = {
    "ContentOverridePut": {
        "changes": _REVIEW | {"changes": _OVERRIDE["fields"]},
        "own": _REVIEW | {"own": _OWN},
        "hidden": _REVIEW | {"hidden_reason": "Our students have another way to do this."},
    },
    "WordingCheck": {"text": {"text": "Maybe they are having a hard time, and we will help."}},
}
ANSWERS: dict[str, Any] = {
    "ContentOverrideOut": _OVERRIDE,
    "ContentOverrideSaved": _OVERRIDE | {"suggestions": []},
    "ContentOverridePage": {"items": [_OVERRIDE], "next_cursor": None},
    "WordingResult": {
        "suggestions": [
            {
                "pointer": None,
                "start": 39,
                "end": 46,
                "found": "we will",
                "suggestion": None,
                "why": "It promises what depends on somebody. Say what is so, and what is not known.",
            }
        ],
        "needs_help_beside": False,
    },
}
EVENTS: dict[str, Any] = {
    "content.review_overdue": {
        "school": "harbour",
        "overdue": 2,
        "pieces": [
            {"sort": "obligations_card", "piece_id": "obligations-au-students", "due_on": "2027-03-01"},
            {"sort": "script", "piece_id": "opener-friend-message", "due_on": "2027-03-01"},
        ],
    }
}
