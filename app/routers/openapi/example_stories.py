"""Examples of a story: told, reviewed, published, taken back."""

from __future__ import annotations

from typing import Any

from app.routers.openapi.example_help import HELP_MEMBER
from app.stories.texts import load_texts
from app.vocabulary import StoryState

STORY_ID = "5d0b6a52-3f0e-4c1b-9a5e-7f2c8d1e4b60"
CODE = "3VQ8K-ZT4MB-90XJR-7HDWA"
_TEXTS = load_texts()
_WORDS = {
    "title": "The year I asked",
    "text": "For a year I told nobody. Then I told one friend, and on the next day my doctor. I passed that year.",
    "shown_as": "Somebody in fifth year",
    "strengths": {
        "what_helped": "One person who knew, and a walk every day.",
        "what_i_learned": "Asking is a skill, and it can be learned.",
        "what_i_would_say": None,
    },
}
_GIVEN = {"version": _TEXTS.consent.version, "agreed": True}
_BODY = _WORDS | {"author_kind": "near_peer", "includes_careers_advice": True, "consent": _GIVEN}
_GATES = {
    "strengths_based": True,
    "safe_messaging_checked": True,
    "nobody_else_recognisable": True,
    "careers_advice_checked": True,
}
_ASKED = {
    "gates": _GATES | {"nobody_else_recognisable": False},
    "decision": "ask_for_changes",
    "words": "Your tutor could be recognised. Could you leave out the ward?",
}
HELP = [HELP_MEMBER]
_PUBLISHED = _WORDS | {
    "id": STORY_ID,
    "author_kind": "near_peer",
    "includes_careers_advice": True,
    "careers_note": _TEXTS.careers_note,
    "published_hour": "2027-03-12T09:00:00Z",
}
_SUMMARY = {
    "id": STORY_ID,
    "state": "awaiting_second_person",
    "author_kind": "near_peer",
    "includes_careers_advice": True,
    "received_hour": "2027-03-10T11:00:00Z",
    "decided_hour": "2027-03-11T02:00:00Z",
}
_REVIEW = _GATES | {
    "number": 1,
    "reviewed_by": "Lee",
    "reviewed_hour": "2027-03-11T02:00:00Z",
    "decision": "publish",
    "words": None,
    "second_by": None,
    "second_hour": None,
    "second_agreed": None,
}
_SUBMISSION = _SUMMARY | {"story": _WORDS, "consent_version": _GIVEN["version"], "reviews": [_REVIEW]}
_SECOND = {"second_by": "Okafor", "second_hour": "2027-03-12T09:00:00Z"}
CONFIRMED = _SUBMISSION | {
    "state": "published",
    "decided_hour": "2027-03-12T09:00:00Z",
    "reviews": [_REVIEW | _SECOND | {"second_agreed": True}],
}
DECLINED = CONFIRMED | {"state": "awaiting_review", "reviews": [_REVIEW | _SECOND | {"second_agreed": False}]}

BODIES: dict[str, Any] = {
    "StoryCreate": {
        "withCareersAdvice": _BODY,
        "short": {name: _BODY[name] for name in ("title", "text", "consent")}
        | {"author_kind": "peer", "includes_careers_advice": False},
    },
    "StoryEdit": {"anew": _BODY | {"code": CODE}},
    "StoryCodeOnly": {"code": {"code": CODE}},
    "StoryReviewCreate": {"publish": {"gates": _GATES, "decision": "publish"}, "askForChanges": _ASKED},
}
ANSWERS: dict[str, Any] = {
    "ConsentOut": {
        "version": _TEXTS.consent.version,
        "title": _TEXTS.consent.title,
        "points": list(_TEXTS.consent.points),
        "how_to_write": list(_TEXTS.how_to_write),
    },
    "StoryCreated": {"story_code": CODE, "what_happens_next": list(_TEXTS.what_happens_next), "help": HELP},
    "MyStory": {
        "state": "changes_asked",
        "state_text": _TEXTS.states[StoryState.CHANGES_ASKED],
        "words": _ASKED["words"],
        "author_kind": "near_peer",
        "includes_careers_advice": True,
        "story": _WORDS,
        "consent_version": _TEXTS.consent.version,
        "story_id": None,
        "kept_until": "2027-09-07",
        "help": HELP,
    },
    "StoryEdited": {"state": "awaiting_review", "what_happens_next": list(_TEXTS.changed)},
    "StoryTakenBack": {"what_happened": list(_TEXTS.withdrawn)},
    "StoryPage": {
        "items": [_PUBLISHED],
        "deleted": [],
        "next_cursor": None,
        "next_sync_token": "c2VhbGVkLWV4YW1wbGU",
        "help": HELP,
    },
    "StoryShown": {"story": _PUBLISHED, "help": HELP},
    "SubmissionOut": _SUBMISSION,
    "SubmissionPage": {"items": [_SUMMARY], "next_cursor": None},
}
EVENTS: dict[str, Any] = {
    "story.submitted": {"school": "harbour", "waiting": 2},
    "story.withdrawn": {"school": "harbour", "story_id": STORY_ID},
}
