"""Where a service has a door: locations, and addresses as far as one line can be taken apart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.directory.entries import Entry
from app.directory.hsds import ids
from app.directory.hsds.shapes import HsdsAddress, HsdsLocation, HsdsServiceAtLocation

# `1 Sea Road, Newport VIC 3015`: what is written otherwise stays in one piece.
_AUSTRALIAN = re.compile(
    r"(?P<street>[^\n]+), *(?P<city>[^,\n]+?),? +(?P<state>ACT|NSW|NT|QLD|SA|TAS|VIC|WA),? +(?P<postcode>[0-9]{4})"
)


@dataclass(frozen=True, slots=True)
class Place:
    """A site of the school, by its public name."""

    name: str
    latitude: float | None
    longitude: float | None


def at_locations(entry: Entry, *, service_id: str, places: Mapping[str, Place]) -> list[HsdsServiceAtLocation]:
    """Its own door, or those of the sites that it belongs to; none for what is only reached from afar.

    `places`: by site id. A site that is not among them is not shown.
    """
    if entry.address is not None or entry.latitude is not None:
        own = Place(entry.name, entry.latitude, entry.longitude)
        return [_joined(service_id, _location(ids.of(service_id, "location"), own, entry))]
    return [
        _joined(service_id, _location(ids.of(service_id, "location", site), places[site], None))
        for site in entry.site_ids
        if site in places
    ]


def _joined(service_id: str, location: HsdsLocation) -> HsdsServiceAtLocation:
    return {
        "id": ids.of(location["id"], "service"),
        "service_id": service_id,
        "location_id": location["id"],
        "location": location,
    }


def _location(location_id: str, place: Place, entry: Entry | None) -> HsdsLocation:
    found: HsdsLocation = {"id": location_id, "location_type": "physical", "name": place.name}
    if place.latitude is not None and place.longitude is not None:
        found |= {"latitude": place.latitude, "longitude": place.longitude}
    if entry is not None and entry.address is not None:
        found["description"] = entry.address
        address = _address(location_id, entry.address, country=entry.country)
        if address is not None:
            found["addresses"] = [address]
    return found


def _address(location_id: str, text: str, *, country: str) -> HsdsAddress | None:
    match = _AUSTRALIAN.fullmatch(text.strip()) if country == "AU" else None
    if match is None:
        return None
    return {
        "id": ids.of(location_id, "address"),
        "location_id": location_id,
        "address_1": match["street"],
        "city": match["city"],
        "state_province": match["state"],
        "postal_code": match["postcode"],
        "country": country,
        "address_type": "physical",
    }
