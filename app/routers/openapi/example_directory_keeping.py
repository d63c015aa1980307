"""Examples of how a directory is kept. Services, places and numbers are made up."""

from __future__ import annotations

from typing import Any

from app.directory import csv_table
from app.directory.keeping_schemas import EntryPut
from app.routers.openapi.example_duty import MIRA

ENTRY_ID = "harbour-counselling"
CORRECTION_ID = "3b0f6b52-5d0e-4c55-9f5a-0f3a2f0a7c11"
SITE_ID = "01989b00-0000-7000-8000-00000000a001"
_TAG = '"3f5c8a10b7d94e26a1c0f2d4e6b8a097"'
_GIVEN: dict[str, Any] = {
    "id": ENTRY_ID,
    "name": "Harbour Counselling",
    "tier": "school_support",
    "what_it_is": "Counselling for students of the university",
    "who_for": "Students of the university",
    "for": ["self", "worried_about_someone"],
    "independent": False,
    "run_by": "university",
    "shares_information_with_school": "with_consent",
    "channels": ["in_person", "phone"],
    "phone_display": "+61 2 5550 2222",
    "phone_dial": "+61255502222",
    "hours_text": "09:00 to 17:00 on working days",
    "hours": "Mo-Fr 09:00-17:00",
    "zone": "Australia/Melbourne",
    "cost": "free",
    "verification": "verified",
    "sources": [{"url_or_text": "https://counselling.harbour.example/", "date": "2027-03"}],
}
_PUT = _GIVEN | {"external_id": "CRM-1042", "position": 1}
_WRITTEN = EntryPut.model_validate(_GIVEN).model_dump(mode="json", by_alias=True)
_IN_FILE = EntryPut.model_validate(_PUT).model_dump(mode="json", by_alias=True)
_CHECK = {
    "id": "01989b00-0000-7000-8000-00000000c001",
    "entry_id": ENTRY_ID,
    "method": "called",
    "evidence": "Reception confirmed number and hours.",
    "verified_by": MIRA,
    "verified_at": "2027-03-10T01:00:00Z",
    "due_on": "2027-09-06",
}
_KEPT = {
    "id": ENTRY_ID,
    "origin": "own",
    "entry": {name: value for name, value in _WRITTEN.items() if name not in ("external_id", "pinned", "position")},
    "changed_fields": [],
    "served": True,
    "kept_for_safety": False,
    "hidden": False,
    "hidden_reason": None,
    "hidden_until": None,
    "pinned": False,
    "position": 1,
    "external_id": "CRM-1042",
    "base_version": None,
    "national_version": None,
    "base_state": None,
    "broken": None,
    "last_check": _CHECK,
    "check_due_on": "2027-09-06",
    "overdue": False,
    "version": 2,
    "updated_at": "2027-03-10T01:00:00Z",
}
HIDDEN = _KEPT | {
    "served": False,
    "hidden": True,
    "hidden_reason": "They move, and have no telephone meanwhile.",
    "hidden_until": "2027-04-01T00:00:00Z",
    "version": 3,
}
_CORRECTION = {
    "id": CORRECTION_ID,
    "entry_id": ENTRY_ID,
    "kind": "number_wrong",
    "note": "It rings, and nobody answers on Fridays.",
    "state": "open",
    "received_hour": "2027-03-10T11:00:00Z",
    "settled_by": None,
    "settled_at": None,
}
SETTLED = _CORRECTION | {
    "note": None,
    "state": "corrected",
    "settled_by": MIRA,
    "settled_at": "2027-03-11T01:00:00Z",
}
_TASK = {"code": "verification_overdue", "entry_id": ENTRY_ID, "since": "2027-03-09", "count": 1}
_PLACE = {
    "name": "Pier Hospital",
    "kind": "hospital",
    "region": "VIC",
    "is_teaching_site": True,
    "latitude": -37.8,
    "longitude": 144.96,
}
_SITE = {"id": SITE_ID, **_PLACE, "version": 1, "updated_at": "2027-03-10T01:00:00Z"}
TABLE = csv_table.write([_PUT])
BODIES: dict[str, Any] = {
    "EntryPut": {"ofTheSchool": _PUT},
    "EntryPatch": {"otherHours": {"hours": "Mo-Fr 08:00-18:00", "hours_text": "08:00 to 18:00 on working days"}},
    "EntryHide": {"forATime": {"reason": HIDDEN["hidden_reason"], "until": HIDDEN["hidden_until"]}},
    "EntryCheck": {"called": {"method": "called", "evidence": _CHECK["evidence"]}},
    "DirectoryImport": {"objects": {"entries": [_PUT]}, "table": {"csv": TABLE}},
    "CorrectionCreate": {"number": {"kind": "number_wrong", "note": _CORRECTION["note"]}, "closed": {"kind": "moved"}},
    "CorrectionSettle": {"corrected": {"outcome": "corrected"}},
    "SiteCreate": {"hospital": _PLACE},
    "SitePatch": {"renamed": {"name": "Pier Hospital, east wing"}},
}
ANSWERS: dict[str, Any] = {
    "KeptEntry": _KEPT,
    "KeptEntryPage": {"items": [_KEPT], "next_cursor": None},
    "EntryCheckPage": {"items": [_CHECK], "next_cursor": None},
    "ImportDiff": {
        "stored": False,
        "mode": "merge",
        "rows": 3,
        "added": [ENTRY_ID],
        "changed": [{"id": "harbour-gp", "fields": ["hours", "hours_text"]}],
        "removed": [],
        "unchanged": 1,
        "errors": [],
        "removals_to_confirm": None,
        "etag": _TAG,
    },
    "DirectoryExport": {"entries": [_IN_FILE]},
    "CorrectionReceived": {"received": True},
    "CorrectionOut": _CORRECTION,
    "CorrectionPage": {"items": [_CORRECTION], "next_cursor": None},
    "ReviewTaskPage": {"items": [_TASK], "next_cursor": None},
    "KeptSite": _SITE,
}
EVENTS: dict[str, Any] = {
    "directory.verification_overdue": {"school": "harbour", "overdue": 1, "entry_ids": [ENTRY_ID]},
    "directory.base_changed": {"school": "harbour", "entry_id": "example-line", "state": "changed"},
    "directory.correction_received": {"school": "harbour", "entry_id": ENTRY_ID},
}
