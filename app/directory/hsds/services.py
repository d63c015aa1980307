"""One directory entry as an HSDS service, and as the organization behind it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from app.directory.entries import CostKind, Entry, RunBy, Verification
from app.directory.hsds import ids, taxonomies
from app.directory.hsds.places import Place, at_locations
from app.directory.hsds.schedules import schedules
from app.directory.hsds.shapes import (
    HsdsAttribute,
    HsdsCostOption,
    HsdsLanguage,
    HsdsOrganization,
    HsdsPhone,
    HsdsService,
    HsdsServiceArea,
    HsdsServiceAtLocation,
)
from app.directory.hsds.taxonomies import Listed

# Only then is the newest date of a source that of a check.
_CHECKED = (Verification.VERIFIED, Verification.VERIFIED_OLD)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """Whose directory it is: a country's (`school` None), or a school's.

    `scope` is a part of every id: the country's code, or the school's id. `school`: its name. `places`: its sites by
    their ids. `year`: the first of two whose hours are written out.
    """

    scope: str
    school: str | None
    places: tuple[tuple[str, Place], ...] = field(default=())
    year: int


def service_id(base: Base, entry: Entry) -> str:
    return ids.of(base.scope, "service", entry.id)


def organization_id(base: Base, entry: Entry) -> str:
    """The school's for what it runs itself. Nobody else is named in an entry, so that each has one of its own."""
    if base.school is not None and entry.run_by is RunBy.SCHOOL:
        return ids.of(base.scope, "school")
    return ids.of(base.scope, "organization", entry.id)


def organization(base: Base, entry: Entry) -> HsdsOrganization:
    if base.school is not None and entry.run_by is RunBy.SCHOOL:
        name, description = base.school, "The school that keeps this directory."
    else:
        name = entry.name
        description = (
            "Whoever runs the service of this name. The directory names services: about the organization behind this "
            "one it says nothing else."
        )
    return {"id": organization_id(base, entry), "name": name, "description": description}


def listed(base: Base, entry: Entry) -> HsdsService:
    """What a service has one of, and its organization."""
    found: HsdsService = {
        "id": service_id(base, entry),
        "organization_id": organization_id(base, entry),
        "name": entry.name,
        "description": entry.what_it_is,
        "status": "active",
        "fees_description": entry.cost,
        "eligibility_description": entry.who_for,
        "organization": organization(base, entry),
    }
    if entry.web is not None:
        found["url"] = entry.web
    if entry.min_age is not None:
        found["minimum_age"] = entry.min_age
    if entry.max_age is not None:
        found["maximum_age"] = entry.max_age
    assured = _assured(entry)
    if assured is not None:
        found["assured_date"] = assured
    if entry.verification is not Verification.VERIFIED:
        found["alert"] = f"Last checked: {entry.verified_on or 'date not known'}."
    return found


def whole(base: Base, entry: Entry, *, national: bool) -> HsdsService:
    """All that an entry has to say. `national`: it is one of the country's, so that no region means everywhere."""
    found = listed(base, entry)
    own = found["id"]
    found |= {
        "schedules": schedules(entry, service_id=own, year=base.year),
        "languages": [_language(own, tag) for tag in entry.languages],
        "cost_options": [_cost(own, entry)],
        "attributes": _attributes(own, entry),
    }
    several: HsdsService = {
        "id": own,
        "name": entry.name,
        "status": "active",
        "phones": list(_phones(own, entry)),
        "service_areas": list(_areas(own, entry, national=national)),
        "service_at_locations": doors(base, entry),
    }
    # An empty list would say that there is none, where nobody has said so.
    found |= {key: value for key, value in several.items() if value}  # type: ignore[typeddict-item]  # each key with its own value
    return found


def doors(base: Base, entry: Entry) -> list[HsdsServiceAtLocation]:
    return at_locations(entry, service_id=service_id(base, entry), places=dict(base.places))


def terms_of(entry: Entry) -> Iterator[tuple[Listed, str, str]]:
    """The terms that are true of an entry: their list, their code, and in which way."""
    if entry.tier is not None:
        yield taxonomies.TIER, entry.tier, "kind_of_help"
    if entry.side_list is not None:
        yield taxonomies.SIDE_LIST, entry.side_list, "kind_of_help"
    yield taxonomies.RUN_BY, entry.run_by, "run_by"
    independence = taxonomies.INDEPENDENT if entry.independent else taxonomies.NOT_INDEPENDENT
    yield taxonomies.INDEPENDENCE, independence, "independence"
    for each in entry.for_whom:
        yield taxonomies.FOR_WHOM, each, "eligibility"
    if entry.community is not None:
        yield taxonomies.COMMUNITY, entry.community, "run_for"
    for community in entry.culturally_safe_for:
        yield taxonomies.COMMUNITY, community, "culturally_safe_for"
    for channel in entry.channels:
        yield taxonomies.CHANNEL, channel, "channel"
    yield taxonomies.SHARING, entry.shares_information_with_school, "sharing_with_school"
    yield taxonomies.VERIFICATION, entry.verification, "verification"


def term_ids(entry: Entry) -> frozenset[str]:
    return frozenset(taxonomies.term_id(of.code, code) for of, code, _ in terms_of(entry))


def taxonomy_ids(entry: Entry) -> frozenset[str]:
    return frozenset(taxonomies.taxonomy_id(of.code) for of, _, _ in terms_of(entry))


def _attributes(own: str, entry: Entry) -> list[HsdsAttribute]:
    known = taxonomies.terms()
    made: list[HsdsAttribute] = []
    for of, code, way in terms_of(entry):
        term = taxonomies.term_id(of.code, code)
        attribute: HsdsAttribute = {
            "id": ids.of(own, "attribute", of.code, code, way),
            "link_id": own,
            "taxonomy_term_id": term,
            "link_type": way,
            "link_entity": "service",
            "taxonomy_term": known[term],
        }
        if of is taxonomies.VERIFICATION and entry.verified_on is not None:
            attribute["value"] = entry.verified_on
        made.append(attribute)
    return made


def _phones(own: str, entry: Entry) -> Iterator[HsdsPhone]:
    """Types as in RFC 6350, 6.4.1."""
    for kind, number in (("voice", entry.phone_dial), ("text", entry.sms)):
        if number is not None:
            yield {"id": ids.of(own, "phone", kind), "service_id": own, "number": number, "type": kind}


def _language(own: str, tag: str) -> HsdsLanguage:
    code = tag.partition("-")[0]
    spoken: HsdsLanguage = {"id": ids.of(own, "language", tag), "service_id": own, "code": code}
    return spoken if code == tag else spoken | {"note": tag}


def _cost(own: str, entry: Entry) -> HsdsCostOption:
    """No amount but nought: what is bulk billed is free for some, and what costs little costs something."""
    cost: HsdsCostOption = {"id": ids.of(own, "cost"), "service_id": own, "option": entry.cost}
    return cost | {"amount": 0} if entry.cost_kind is CostKind.FREE else cost


def _areas(own: str, entry: Entry, *, national: bool) -> Iterator[HsdsServiceArea]:
    """A school's own entry without a region is for its own people: no area says that."""
    everywhere: Iterable[str] = (entry.country,) if national else ()
    for area in [f"{entry.country}-{region}" for region in entry.regions] or everywhere:
        yield {
            "id": ids.of(own, "area", area),
            "service_id": own,
            "name": area,
            "extent": area,
            "extent_type": "text",
        }


def _assured(entry: Entry) -> str | None:
    """The day of the last check, where there was one and its day is known: a month is not a day."""
    day = _DAY.match(entry.verified_on or "") if entry.verification in _CHECKED else None
    return dt.date.fromisoformat(day[0]).isoformat() if day is not None else None
