"""Examples of people who come from a school's own systems."""

from __future__ import annotations

from typing import Any

_CSV = """external_id,login,alias,roles,active
S-2031,kai@harbour.example,Kai,student,yes
S-1877,noor@harbour.example,Noor,student;evaluator,yes
S-1120,,,,no
"""

# As in example_duty.py.
BODIES: dict[str, dict[str, Any]] = {
    "PeopleImport": {
        "table": {"csv": _CSV},
        "rows": {
            "rows": [
                {
                    "external_id": "S-2031",
                    "login": "kai@harbour.example",
                    "alias": "Kai",
                    "roles": ["student"],
                    "active": True,
                },
                {"external_id": "S-1120", "active": False},
            ]
        },
    },
    "Deprovision": {"byExternalId": {"external_id": "S-1120"}, "byLogin": {"login": "kai@harbour.example"}},
}
ANSWERS: dict[str, Any] = {
    "PeopleImportDiff": {
        "stored": False,
        "mode": "merge",
        "rows": 4,
        "added": ["S-2031"],
        "changed": [{"external_id": "S-1877", "fields": ["roles"]}],
        "left": ["S-1120"],
        "returned": [],
        "unchanged": 0,
        "stay_away": [],
        "kept": [{"external_id": "S-1877", "fields": ["alias"]}],
        "errors": [
            {
                "pointer": "#/csv/4/roles",
                "code": "role_not_given_here",
                "detail": "An import gives evaluator, school_it, student. One of these roles takes a coordinator. "
                "Whoever has it keeps it; leave it out here.",
            }
        ],
        "too_many_leave": False,
    },
}
