"""Examples of who must not know of a report, and of who is asked to help with it."""

from __future__ import annotations

from typing import Any

BODIES: dict[str, Any] = {
    "ConflictCreate": {"livesWithHim": {"person": "Mira", "reason": "She lives with him."}},
    "RecusalCreate": {"withAReason": {"reason": "I teach him."}, "withoutOne": {}},
    "GrantCreate": {"toAColleague": {"person": "Asha"}},
}
ANSWERS: dict[str, Any] = {
    "ConflictOut": {"earlier_reads": [{"role": "adviser", "hour": "2027-03-10T11:00:00Z"}]},
    "GrantOut": {"alias": "Asha", "given_hour": "2027-03-10T11:00:00Z"},
}
