"""Examples of the HSDS projection: what it makes of one fictitious entry."""

from __future__ import annotations

from typing import Any

from app.directory.fields import entry_from_fields
from app.directory.hsds import collections, pages, taxonomies
from app.directory.hsds.collections import Directory, Wanted
from app.directory.hsds.services import Base

_ENTRY = entry_from_fields(
    {
        "id": "harbour-counselling",
        "name": "Harbour Counselling",
        "tier": "school_support",
        "what_it_is": "Counselling for students, in person or by phone",
        "who_for": "Students of the university",
        "for": ["self", "worried_about_someone"],
        "independent": False,
        "run_by": "university",
        "shares_information_with_school": "serious_threat_only",
        "channels": ["phone", "in_person"],
        "phone_display": "02 5550 0142",
        "phone_dial": "+61255500142",
        "web": "https://counselling.harbour.example/",
        "hours_text": "Weekdays, 9 am to 5 pm",
        "hours": "Mo-Fr 09:00-17:00; PH off",
        "zone": "Australia/Brisbane",
        "cost": "free",
        "address": "1 Quay Street, Harbour QLD 4999",
        "verification": "verified",
        "sources": [{"url_or_text": "https://counselling.harbour.example/", "date": "2027-02-01"}],
    },
    country="AU",
    file="example",
)
_DIRECTORY = Directory(
    Base(scope="example", school="Harbour Medical School", year=2027), [_ENTRY], national=frozenset()
)
_ALL = Wanted()
SERVICE_ID = _DIRECTORY.show_service(_ENTRY, full=False)["id"]
ORGANIZATION_ID = _DIRECTORY.organizations(_ALL)[0]
SERVICE_AT_LOCATION_ID = _DIRECTORY.doors(_ALL)[0][1]["id"]
TAXONOMY_ID = taxonomies.taxonomy_id("tier")
TAXONOMY_TERM_ID = taxonomies.term_id("tier", "school_support")
_TERMS = [collections.term(TAXONOMY_TERM_ID)]


def _page(found: list[Any]) -> dict[str, Any]:
    return collections.page_of(found, lambda each: each, page=1, per_page=50)


ANSWERS: dict[str, Any] = {
    "HsdsAbout": {
        "version": pages.VERSION,
        "profile": "https://hsds.example/profile",
        "openapi_url": "https://peerline.example/openapi.json",
        "description": "Services that are public.",
    },
    "HsdsServicePage": _page([_DIRECTORY.show_service(_ENTRY, full=False)]),
    "HsdsService": _DIRECTORY.service(SERVICE_ID),
    "HsdsOrganizationPage": _page([_DIRECTORY.show_organization(ORGANIZATION_ID, with_services=False, full=False)]),
    "HsdsOrganization": _DIRECTORY.organization(ORGANIZATION_ID),
    "HsdsServiceAtLocationPage": _page([_DIRECTORY.show_door(found, full=False) for found in _DIRECTORY.doors(_ALL)]),
    "HsdsServiceAtLocation": _DIRECTORY.door(SERVICE_AT_LOCATION_ID),
    "HsdsTaxonomyPage": _page(collections.taxonomies_with("kind")),
    "HsdsTaxonomy": collections.taxonomy(TAXONOMY_ID),
    "HsdsTaxonomyTermPage": _page(_TERMS),
    "HsdsTaxonomyTerm": _TERMS[0],
}
