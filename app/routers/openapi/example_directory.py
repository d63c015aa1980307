"""Examples of the directory. Services, places and numbers are made up."""

from __future__ import annotations

from typing import Any

from app.routers.openapi.example_help import CRISIS_LINE, EMERGENCY, OPEN_THEN, SITE_ID, TWO_WEEKS

FROM_THERE = "c2VhbGVkLWV4YW1wbGUtb25seQ"
_NOTE = "These are kinds of help, not a ladder: start where it fits."
_OF_A_MINUTE = (
    "open_state",
    "opens_at",
    "closes_at",
    "as_of",
    "zone_used",
    "verification_overdue",
    "conflicts_with_avoided_site",
    "why_shown",
)
_COUNSELLING = CRISIS_LINE | {
    "id": "harbour-counselling",
    "name": "Harbour Counselling",
    "tier": "school_support",
    "what_it_is": "Counselling for students of the university",
    "who_for": "Students of the university",
    "for": ["self"],
    "independent": False,
    "run_by": "university",
    "shares_information_with_school": "with_consent",
    "channels": ["in_person", "phone"],
    "phone_display": "+61 2 5550 2222",
    "phone_dial": "+61255502222",
    "web": None,
    "hours_text": "09:00 to 17:00 on working days",
    "always_open": False,
    "address": "Student centre, first floor",
    "latitude": -37.8,
    "longitude": 144.96,
    "site_ids": [SITE_ID],
    "open_state": "closed",
    "opens_at": "2027-03-10T22:00:00Z",
    "zone_used": "Australia/Melbourne",
    "why_shown": ["Closed now"],
}
_FACTS = {name: value for name, value in _COUNSELLING.items() if name not in _OF_A_MINUTE} | {
    "regions": [],
    "hours": "Mo-Fr 09:00-17:00; PH off",
    "time_zone": "Australia/Melbourne",
}
_SITE = {
    "id": SITE_ID,
    "name": "Harbour Hospital",
    "kind": "hospital",
    "region": "VIC",
    "is_teaching_site": True,
    "latitude": -37.81,
    "longitude": 144.97,
}

BODIES: dict[str, Any] = {
    "ReferralAsk": {
        "aboutAFriend": {
            "signs": ["withdrawn_or_keeping_to_self"],
            "about_whom": "someone_else",
            "priority": "soon",
            "avoid_site_ids": [SITE_ID],
            "prefers_independent": True,
            "for": "worried_about_someone",
        },
        "theLeast": {},
        "tonight": {"signs": ["unsafe_right_now"], "priority": "now", "zone": "Australia/Perth"},
    },
}
ANSWERS: dict[str, Any] = {
    "DirectoryPage": {
        "items": [EMERGENCY | {"distance_km": None}, _COUNSELLING | {"distance_km": 1.4}],
        "next_cursor": None,
        "note": _NOTE,
    },
    "EntryDetailOut": CRISIS_LINE
    | {
        "regions": [],
        "hours": "24/7",
        "time_zone": None,
        "sources": [{"url_or_text": "https://crisis-line.example", "date": "2027-02-01"}],
    },
    "ReferralOptions": {"items": [CRISIS_LINE, EMERGENCY], "note": _NOTE},
    "SnapshotOut": {
        "school": "harbour",
        "school_name": "Harbour Medical School",
        "region": "VIC",
        "time_zone": "Australia/Melbourne",
        "note": _NOTE,
        "tiers": [{"tier": "emergency", "label": "Emergency: when a life may be in danger now"}],
        "side_lists": [{"side_list": "access", "label": "Relay and interpreter services: to be understood"}],
        "sites": [_SITE],
        "entries": [
            _FACTS | {"verification_overdue": False, "open_intervals": [OPEN_THEN], "unknown_intervals": []},
        ],
        **TWO_WEEKS,
        "version": "9f3c5a7e1b2d4f60",
    },
    "ChangesPage": {
        "items": [_FACTS, {"id": "closed-for-good", "deleted": True}],
        "next_cursor": None,
        "next_sync_token": FROM_THERE,
    },
    "SiteList": {"items": [_SITE]},
}
