"""Examples of the content: short pieces that are made up, in the forms of those that are shipped."""

from __future__ import annotations

from typing import Any

ARTICLE_ID = "signs-first"
SCENARIO_ID = "practice-lunch"
SYNC_TOKEN = "c3luYy10b2tlbi1vZi1hLXN0YXRl"  # noqa: S105 - made up
_SHOWN: dict[str, Any] = {
    "language": "en",
    "origin": "shipped",
    "review_overdue": False,
    "warning": None,
    "needs_help_beside": False,
    "audience": "all_students",
    "sources": [{"of": "A study among students", "url": "https://study.example/1", "dated": "2022"}],
    "reviewed_on": "2027-03-01",
    "review_by": "2028-03-01",
}
_ARTICLE = _SHOWN | {
    "id": ARTICLE_ID,
    "title": "What friends see first",
    "kind": "signs",
    "summary": "Small changes, and what to make of them.",
    "sections": [{"heading": "It is the change that counts", "paragraphs": [], "points": ["They are away more."]}],
    "options": [
        {"text": "Ask how they are.", "who_will_know": "The two of you", "exposure": 1},
        {"text": "Call a line together.", "who_will_know": "A service", "exposure": 2},
    ],
    "see_also": [SCENARIO_ID],
}
_SCRIPT = _SHOWN | {
    "id": "opener-message",
    "title": "A message to a friend",
    "purpose": "opener",
    "channels": ["message"],
    "relationships": ["friend"],
    "text": "Missed you today. Lunch tomorrow, just us?",
    "tone": "Light",
    "why_this_works": "It asks for nothing but company.",
    "instead_of": "Cheer up, tomorrow is a new day.",
    "try": "That sounds like a lot. Do you want to tell me about it?",
    "next_step": SCENARIO_ID,
}
_PLAY = {
    "id": SCENARIO_ID,
    "title": "Lunch with a friend",
    "about": "Somebody in your group has gone quiet.",
    "relationship": "same_group_or_class",
    "minutes": 5,
}
_SUMMARY = _SHOWN | _PLAY
_END = {"id": "end", "says": "They nod, and tell you.", "choices": [], "take_away": "Asking is enough to begin with."}
_AGAIN = "They look away. Try it more gently."
_STEPS = [
    {
        "id": "start",
        "says": "They have hardly eaten.",
        "choices": [
            {
                "id": "ask",
                "text": "You seem quieter. How is it going?",
                "feedback": "You said what you saw.",
                "goes_to": "end",
            },
            {"id": "joke", "text": "Not hungry for once?", "feedback": _AGAIN, "goes_to": None},
            {"id": "wait", "text": "Say nothing yet.", "feedback": "That is possible too.", "goes_to": "later"},
        ],
        "take_away": None,
    },
    {"id": "later", "says": "They leave early.", "choices": [], "take_away": "There is another lunch."},
    _END,
]
_SCENARIO = _SUMMARY | {"steps": _STEPS, "see_also": [ARTICLE_ID]}
_CARD = _SHOWN | {
    "id": "obligations-au-students",
    "title": "What the rules ask of students",
    "review_by": "2027-06-01",
    "review_overdue": True,
    "warning": "This text should have been checked again by now, and has not been.",
    "jurisdiction": "AU",
    "applies_to": ["student"],
    "summary": "Less than most students think.",
    "sections": [{"heading": "Of a friend", "paragraphs": ["You are free to help."], "points": []}],
    "unverified": ["Whether a guideline has been renewed since."],
    "notice": "This is general information in plain words, not legal advice.",
}
_PART = {"title": "The work", "prompts": ["Which task can wait?"]}
_PLAN = _SHOWN | {
    "id": "plan-hard-week",
    "title": "A hard week",
    "about": "To fill in together.",
    "parts": dict.fromkeys(("study_work", "outside_help", "staying_safe", "next_check_in"), _PART),
}
ROLE_CARD = _SHOWN | {
    "id": "role-supporter",
    "title": "Supporter",
    "role": "supporter",
    "can": ["Listen, and keep company."],
    "cannot": ["Promise to keep a danger to life secret."],
    "pause_when": ["Exams need you more."],
    "ask_advice_when": ["You are not sure what to do next."],
    "refer_when": ["Somebody is not safe."],
    "to_whom": ["The emergency number, now.", "The adviser on call, at any hour."],
}
_UNIT = {
    "id": "unit-1",
    "title": "Who is missing",
    "minutes": 10,
    "paragraphs": ["Some are seen by nobody."],
    "points": [],
}
_CHOICES = [{"id": "greet", "text": "Say hello first."}, {"id": "wait", "text": "Wait until they do."}]
_NO_QUESTION = {"must_be_right": False, "choices": [], "scenario": None, "talk_about": []}
_QUESTION = _NO_QUESTION | {"id": "exercise-1", "prompt": "What helps?", "choices": _CHOICES}
_MODULE = _SHOWN | {
    "id": "training-reaching",
    "title": "Reaching students who are on their own",
    "audience": "formal_supporters",
    "code": "reaching_isolated_students",
    "version": "1",
    "aims": ["Know how to begin."],
    "minutes": 10,
    "units": [_UNIT],
    "exercises": [
        _QUESTION,
        _NO_QUESTION | {"id": "exercise-2", "prompt": "Play it.", "scenario": SCENARIO_ID},
    ],
    "pass_with": 1,
    "see_also": [ARTICLE_ID],
}
_NOTHING = dict.fromkeys(("article", "script", "scenario", "obligations_card", "action_plan", "role_card"))
_ITEM = _NOTHING | {"sort": "article", "id": ARTICLE_ID, "article": _ARTICLE}
_GONE = _NOTHING | {"sort": "script", "id": "opener-old", "deleted": True}

BODIES: dict[str, Any] = {
    "Move": {"move": {"step": "start", "choice": "ask"}},
    "ExerciseAnswer": {"answer": {"exercise": "exercise-1", "choices": ["greet"]}},
}
ANSWERS: dict[str, Any] = {
    "ArticleOut": _ARTICLE,
    "ArticlePage": {"items": [_ARTICLE], "next_cursor": None},
    "ScriptPage": {"items": [_SCRIPT], "next_cursor": None},
    "ScenarioPage": {"items": [_SUMMARY], "next_cursor": None},
    "ScenarioOut": _SCENARIO,
    "MoveOut": {"feedback": "You said what you saw.", "step": _END, "ended": True},
    "ObligationsCardPage": {"items": [_CARD], "next_cursor": None},
    "RoleCardPage": {"items": [ROLE_CARD], "next_cursor": None},
    "RoleCardOut": ROLE_CARD,
    "ActionPlanPage": {"items": [_PLAN], "next_cursor": None},
    "ContentChangePage": {
        "items": [_ITEM | {"deleted": False}, _GONE],
        "next_cursor": None,
        "next_sync_token": SYNC_TOKEN,
    },
    "ContentItem": _ITEM,
    "ContentPage": {"items": [_ITEM], "next_cursor": None},
    "ModuleOut": _MODULE,
    "ModulePage": {"items": [_MODULE], "next_cursor": None},
    "ExerciseFeedback": {
        "exercise": "exercise-1",
        "right": True,
        "choices": [
            {"id": "greet", "chosen": True, "right": True, "feedback": "It costs you little."},
            {"id": "wait", "chosen": False, "right": False, "feedback": "It may be long until then."},
        ],
    },
}
