"""Examples of evaluation: a wave among all students, its codes, a form, an answer, and its tables."""

from __future__ import annotations

from typing import Any

from app.evaluation import design, instruments
from app.evaluation.pack import load_evaluation
from app.evaluation.results import METHOD
from app.routers.openapi.example_help import HELP_MEMBER
from app.vocabulary.evaluation import DesignWarning

WAVE_ID = "0197b7e2-64aa-7c10-8f21-0c9d5e7a4b33"
INSTRUMENT = "k6"
CODE = "7K3Q-D0XV-M2TR-8HWN-4ZEB-P9CS"
_PACK = load_evaluation()
_WORDS = _PACK.words["en"]
_ITEM = "peerline.cohort-watched"
_TEXT = _WORDS.items["cohort-watched"]
_DESIGN: dict[str, Any] = {
    "title": "How are we doing?",
    "period": "2027-T1",
    "opens_on": "2027-03-15",
    "closes_on": "2027-03-28",
    "program_started_on": "2026-02-01",
    "previous_wave": None,
    "keep_answers_days": 30,
}
_POPULATIONS = [{"population": "general_cohort", "invited": 240}]
_BODY = _DESIGN | {
    "populations": _POPULATIONS,
    "instruments": [{"instrument": "peerline", "items": ["cohort-watched"]}],
}
_ASKED = {"instrument": "peerline", "items": ["cohort-watched"], "populations": None}
_WARNED = (
    DesignWarning.ONE_PARTY,
    DesignWarning.ONE_DIRECTION,
    DesignWarning.NO_STAFF,
    DesignWarning.TRUST_NOT_ASKED,
    DesignWarning.NO_BASELINE,
    DesignWarning.ASKED_ONCE,
)
_WAVE = _DESIGN | {
    "id": WAVE_ID,
    "state": "draft",
    "populations": [
        {
            "population": "general_cohort",
            "invited": 240,
            "items": 1,
            "codes_given": 0,
            "responded": None,
            "response_rate_percent": None,
            "withheld": "not_closed",
        }
    ],
    "instruments": [_ASKED],
    "items": [{"code": _ITEM, "populations": ["general_cohort"], "direction": "unintended", "domain": "felt_exposed"}],
    "design_warnings": [{"code": code.value, "population": None, "detail": design.TEXTS[code]} for code in _WARNED],
    "opened_hour": None,
    "closed_hour": None,
    "answers_erased": False,
    "version": 1,
}
OPENED = _WAVE | {"state": "open", "opened_hour": "2027-03-10T11:00:00Z", "version": 2}
CLOSED = OPENED | {
    "state": "closed",
    "closed_hour": "2027-03-28T13:00:00Z",
    "version": 3,
    "populations": [
        {
            "population": "general_cohort",
            "invited": 240,
            "items": 1,
            "codes_given": 240,
            "responded": 150,
            "response_rate_percent": 62,
            "withheld": None,
        }
    ],
}
_SHOWN = {
    "instrument": "peerline",
    "name": _PACK.own.name,
    "citation": _PACK.own.citation,
    "licence": _PACK.own.licence,
    "notices": [],
}


def _cell(answer: str, count: int | None, percent: int | None) -> dict[str, Any]:
    return {
        "answer": answer,
        "text": _WORDS.answers[answer],
        "value": None,
        "count": count,
        "percent": percent,
        "withheld": None if count is not None else "small",
    }


_RESULTS = {
    "wave": WAVE_ID,
    **{name: value for name, value in _DESIGN.items() if name != "keep_answers_days"},
    "method": list(METHOD),
    "instruments": [_SHOWN],
    "populations": [
        {
            "population": "general_cohort",
            "invited": 240,
            "responded": 150,
            "response_rate_percent": 62,
            "withheld": None,
            "items": [
                {
                    "item": _ITEM,
                    "text": _TEXT,
                    "direction": "unintended",
                    "domain": "felt_exposed",
                    "cells": [_cell("agree", None, None), _cell("neither", 40, 27), _cell("disagree", 90, 60)],
                    "mean": None,
                }
            ],
        }
    ],
}
TABLE = (
    "population,invited,responded,response_rate_percent,population_withheld,item,direction,domain,answer,value,count,"
    "percent,withheld\r\n"
    f"general_cohort,240,150,62,,{_ITEM},unintended,felt_exposed,disagree,,90,60,\r\n"
)
CODES_TABLE = f"token\r\n{CODE}\r\n"
_OWN = instruments.own(_PACK).model_dump(mode="json")
_LOADED: dict[str, Any] = {
    "code": "our_room",
    "name": "Our quiet room",
    "measures": "Whether the quiet room is any good.",
    "licence": "Ours: we wrote them.",
    "citation": "Harbour Medical School",
    "source": "Written by the student society.",
    "right_to_use": {"attested": True, "because": "We wrote these items ourselves."},
    "answers": [{"code": "yes", "text": "Yes"}, {"code": "no", "text": "No"}],
    "items": [
        {"code": "found-it", "text": "I could find the room.", "direction": "intended", "domain": "knew_where_to_go"},
        {"code": "seen-there", "text": "I would not like to be seen in it.", "direction": "unintended"},
    ],
}
_ANSWERS = [{"code": "yes", "text": "Yes", "value": None}, {"code": "no", "text": "No", "value": None}]
_SUMMARY = {
    **{name: _LOADED[name] for name in ("code", "name", "measures", "licence", "citation", "source")},
    "origin": "school",
    "usable": True,
    "may_ship": False,
    "why_not": None,
    "notices": [],
    "item_count": 2,
    "scoring": None,
    "bands": [],
    "right_to_use": _LOADED["right_to_use"]["because"],
    "loaded_hour": "2027-03-10T11:00:00Z",
}
_INSTRUMENT = _SUMMARY | {
    "items": [{"domain": None} | item | {"populations": [], "answers": _ANSWERS} for item in _LOADED["items"]]
}
BODIES: dict[str, Any] = {
    "InstrumentCreate": {"ownWords": _LOADED},
    "WaveCreate": {"students": _BODY},
    "WaveUpdate": {"longer": {"closes_on": "2027-04-04"}},
    "CodesWanted": {"forStudents": {"population": "general_cohort", "count": 1}},
    "FormWanted": {"code": {"token": CODE}},
    "ResponseCreate": {
        "one": {"token": CODE, "answers": [{"item": _ITEM, "answer": "disagree"}]},
        "nothingSaid": {"token": CODE, "answers": []},
    },
}
ANSWERS: dict[str, Any] = {
    "InstrumentOut": _INSTRUMENT,
    "InstrumentPage": {
        "items": [_SUMMARY, {name: value for name, value in _OWN.items() if name != "items"}],
        "next_cursor": None,
    },
    "WaveOut": _WAVE,
    "WavePage": {"items": [_WAVE], "next_cursor": None},
    "CodeBatch": {"population": "general_cohort", "closes_on": "2027-03-28", "tokens": [CODE]},
    "WaveResults": _RESULTS,
    "FormOut": {
        "title": _DESIGN["title"],
        "school": "Harbour Medical School",
        "population": "general_cohort",
        "population_text": "All students",
        "closes_on": "2027-03-28",
        "before_you_answer": list(_WORDS.before_you_answer),
        "items": [
            {
                "code": _ITEM,
                "text": _TEXT,
                "answers": [
                    {"code": answer, "text": _WORDS.answers[answer]}
                    for answer in ("agree", "neither", "disagree", "not_said")
                ],
            }
        ],
        "instruments": [_SHOWN],
        "help": [HELP_MEMBER],
    },
    "ResponseTaken": {"what_happens_next": list(_WORDS.answered), "help": [HELP_MEMBER]},
}
