"""Examples of taking a report back."""

from __future__ import annotations

from typing import Any

MY_WITHDRAWAL: dict[str, Any] = {
    "withdrawn": False,
    "outcome": "destroyed",
    "what_happens": "Nobody has read it. It is destroyed when you can no longer undo this.",
    "because": [],
    "because_text": [],
    "was_read": False,
    "destroyed": ["What you ticked, and what you wrote."],
    "kept": ["That there was something, and the hours in which it came and was taken back."],
    "actions_stand": None,
    "undo_until": "2027-03-12T00:00:00Z",
}
WITHDRAWN = MY_WITHDRAWAL | {"withdrawn": True}
BODIES: dict[str, dict[str, Any]] = {
    "WithdrawalCreate": {
        "asShown": {"expected": "destroyed"},
        "withAReason": {"expected": "restricted_until_decided", "reason": "His brother is with him now."},
    },
    "WithdrawalDecisionCreate": {
        "goOn": {"decision": "continue", "note": "We know the house. Somebody looks in on them in the morning."},
        "letGo": {"decision": "let_go", "note": "His brother is with him. We have no name and no place."},
    },
}
ANSWERS: dict[str, Any] = {
    "MyWithdrawal": MY_WITHDRAWAL,
    "ReceiptExtended": {"receipt_good_until": "2027-06-09"},
    "WithdrawalDecisionOut": {
        "decision": "continue",
        "decided_hour": "2027-03-11T02:00:00Z",
        "destroyed_from": None,
    },
}
