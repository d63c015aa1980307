"""Examples of a school's profile and its policy documents."""

from __future__ import annotations

from typing import Any

DOCUMENT = "student_support"
_BODY = {
    "owner": "university",
    "title": "Student support policy",
    "url": "https://policies.example.edu/student-support",
    "version": "3.1",
    "review_by": "2028-06-30",
}
_DOCUMENT = _BODY | {"code": DOCUMENT, "review_overdue": False}
_TERM = {"name": "First term", "starts_on": "2027-02-01", "ends_on": "2027-06-25"}
_COHORT = {
    "about": "Graduates of many subjects; most moved here in year 1.",
    "size": "between 400 and 450",
    "background": "Many are the first in their family at a university.",
    "languages": ["English", "Vietnamese"],
    "placements": ["Harbour General Hospital", "Rural clinics in the north"],
}
_SPONSORS: list[dict[str, Any]] = [
    {"kind": "academic", "title": "Dean of Students", "post": "programme_lead", "term_end": "2028-12-31"},
    {"kind": "professional", "title": "Director of Student Services", "post": None, "term_end": None},
]
_PROFILE = {
    "school": "harbour",
    "name": "Harbour Medical School",
    "status": "active",
    "country": "AU",
    "region": "VIC",
    "program_type": "graduate_entry",
    "years": 4,
    "clinical_years": [3, 4],
    "terms": [_TERM],
    "cohort_profile": _COHORT,
    "sponsors": [each | {"ended": False} for each in _SPONSORS],
    "policy_documents": [_DOCUMENT],
    "updated_at": "2027-03-10T11:00:00Z",
}
BODIES: dict[str, Any] = {
    "ProfilePut": {
        "whole": {"clinical_years": [3, 4], "terms": [_TERM], "cohort_profile": _COHORT, "sponsors": _SPONSORS},
        "sponsorAlone": {"sponsors": [_SPONSORS[1]]},
    },
    "PolicyDocumentPut": {"listed": _BODY},
}
ANSWERS: dict[str, Any] = {
    "ProfileOut": _PROFILE,
    "PolicyDocumentOut": _DOCUMENT,
    "PolicyDocumentPage": {"items": [_DOCUMENT], "next_cursor": None},
}
