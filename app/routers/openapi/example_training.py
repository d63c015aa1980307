"""Examples of a supporter's training: what they have, what they answer, what is to be done."""

from __future__ import annotations

from typing import Any

SUPPORTER_ID = "0b1f6a3e-2c47-4d58-9e60-71a2b3c4d5e6"
_ISOLATED, _RESPONSES = "reaching_isolated_students", "mental_health_responses"
_FEEDBACK = {
    "exercise": "exercise-1",
    "right": True,
    "choices": [
        {"id": "greet", "chosen": True, "right": True, "feedback": "It costs you little."},
        {"id": "wait", "chosen": False, "right": False, "feedback": "It may be long until then."},
    ],
}
_TRAINING = {
    "supporter": SUPPORTER_ID,
    "valid": True,
    "valid_until": "2027-05-02",
    "lapses_at": "2027-05-02T14:00:00Z",
    "modules": [
        {"module": _RESPONSES, "valid_until": "2028-03-09", "missing": [], "assignment": None},
        {
            "module": _ISOLATED,
            "valid_until": "2027-05-02",
            "missing": [],
            "assignment": {
                "id": "6d0f5b1c-8a23-4e7f-b9c4-1d2e3f405162",
                "assigned_on": "2027-03-07",
                "due_on": "2027-05-02",
                "overdue": False,
            },
        },
    ],
    "records": [
        {
            "id": "8e1a6c2d-9b34-4f80-8ad5-2e3f40516273",
            "module": _RESPONSES,
            "kind": "exercises",
            "module_version": "2026-1",
            "held_on": "2027-03-10",
            "valid_until": "2028-03-09",
        },
        {
            "id": "9f2b7d3e-ac45-4091-9be6-3f4051627384",
            "module": _ISOLATED,
            "kind": "exercises",
            "module_version": "2026-1",
            "held_on": "2026-05-02",
            "valid_until": "2027-05-02",
        },
    ],
}
BODIES: dict[str, Any] = {
    "AttemptCreate": {"answered": {"answers": [{"exercise": "exercise-1", "choices": ["greet"]}]}},
    "AssignmentCreate": {"again": {"module": _ISOLATED, "due_on": "2027-04-30"}},
    "InPersonCreate": {"workshop": {"module": _RESPONSES, "kind": "workshop", "held_on": "2027-03-06"}},
}
ANSWERS: dict[str, Any] = {
    "SupporterTraining": _TRAINING,
    "AttemptOut": {
        "module": _RESPONSES,
        "passed": True,
        "valid_until": "2028-03-09",
        "missing": [],
        "exercises": [_FEEDBACK],
    },
}
EVENTS: dict[str, Any] = {
    "training.due": {"school": "harbour", "supporter_id": SUPPORTER_ID, "notice": "days_28"},
}
