"""A directory as the collections of HSDS: which of them are asked for, and one page of those.

Services are written out when they are asked for; what finds them is made once for each directory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from app.core.problems import NotFound
from app.directory.entries import UNPUBLISHED, Entry
from app.directory.hsds import services, taxonomies
from app.directory.hsds.services import Base
from app.directory.hsds.shapes import (
    HsdsOrganization,
    HsdsService,
    HsdsServiceAtLocation,
    HsdsTaxonomy,
    HsdsTaxonomyTerm,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which ones. `search`: every word of it is somewhere in what is said of a service. Unknown ids fit none."""

    search: str | None = None
    taxonomy_term_id: str | None = None
    taxonomy_id: str | None = None
    organization_id: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """An entry, with what it is looked for by."""

    entry: Entry
    organization: str
    text: str
    terms: frozenset[str]
    taxonomies: frozenset[str]

    def fits(self, wanted: Wanted) -> bool:
        return (
            wanted.organization_id in (None, self.organization)
            and (wanted.taxonomy_term_id is None or wanted.taxonomy_term_id in self.terms)
            and (wanted.taxonomy_id is None or wanted.taxonomy_id in self.taxonomies)
            and _says(wanted.search, self.text)
        )


class Directory:
    """The public entries of a country or a school. `national`: the ids of those that the country's directory has."""

    def __init__(self, base: Base, entries: Iterable[Entry], *, national: frozenset[str]) -> None:
        self._base = base
        self._entries = tuple(entry for entry in entries if entry.verification not in UNPUBLISHED)
        self._national = national

    def services(self, wanted: Wanted) -> list[Entry]:
        return [each.entry for each in self._all if each.fits(wanted)]

    def service(self, service_id: str) -> HsdsService:
        """Raises NotFound, as all of these do for an id that they do not have."""
        return self.show_service(_of(self._by_id, service_id), full=True)

    def show_service(self, entry: Entry, *, full: bool) -> HsdsService:
        if full:
            return services.whole(self._base, entry, national=entry.id in self._national)
        return services.listed(self._base, entry)

    def organizations(self, wanted: Wanted) -> list[str]:
        """The ids of those that run a service that fits."""
        return list(dict.fromkeys(each.organization for each in self._all if each.fits(wanted)))

    def organization(self, organization_id: str) -> HsdsOrganization:
        return self.show_organization(organization_id, with_services=True, full=True)

    def show_organization(self, organization_id: str, *, with_services: bool, full: bool) -> HsdsOrganization:
        entries = _of(self._by_organization, organization_id)
        shown = services.organization(self._base, entries[0])
        if with_services:
            shown["services"] = [self.show_service(entry, full=full) for entry in entries]
        return shown

    def doors(self, wanted: Wanted) -> list[tuple[Entry, HsdsServiceAtLocation]]:
        return [
            (each.entry, door)
            for each in self._all
            if each.entry.id in self._doors and each.fits(wanted)
            for door in self._doors[each.entry.id]
        ]

    def door(self, service_at_location_id: str) -> HsdsServiceAtLocation:
        return self.show_door(_of(self._by_door, service_at_location_id), full=True)

    def show_door(self, found: tuple[Entry, HsdsServiceAtLocation], *, full: bool) -> HsdsServiceAtLocation:
        """With its service. Lists have the door's name and place, and leave the parts of its address to `full`."""
        entry, door = found
        location = door["location"].copy()
        service = self.show_service(entry, full=full)
        service.pop("service_at_locations", None)
        if not full:
            location.pop("addresses", None)
        return door | {"location": location, "service": service}

    @cached_property
    def _by_id(self) -> dict[str, Entry]:
        return {services.service_id(self._base, entry): entry for entry in self._entries}

    @cached_property
    def _by_organization(self) -> dict[str, list[Entry]]:
        found: dict[str, list[Entry]] = {}
        for each in self._all:
            found.setdefault(each.organization, []).append(each.entry)
        return found

    @cached_property
    def _by_door(self) -> dict[str, tuple[Entry, HsdsServiceAtLocation]]:
        return {door["id"]: (entry, door) for entry, door in self.doors(Wanted())}

    @cached_property
    def _doors(self) -> dict[str, list[HsdsServiceAtLocation]]:
        found = {entry.id: services.doors(self._base, entry) for entry in self._entries}
        return {name: doors for name, doors in found.items() if doors}

    @cached_property
    def _all(self) -> tuple[Found, ...]:
        """Searched is what a service is called, what it is and for whom, and where it is."""
        return tuple(
            Found(
                each,
                services.organization_id(self._base, each),
                "\n".join((each.name, each.what_it_is, each.who_for, each.address or "")).casefold(),
                services.term_ids(each),
                services.taxonomy_ids(each),
            )
            for each in self._entries
        )


def taxonomy(taxonomy_id: str) -> HsdsTaxonomy:
    return _of({each["id"]: each for each in taxonomies.taxonomies()}, taxonomy_id)


def taxonomies_with(search: str | None) -> list[HsdsTaxonomy]:
    return [each for each in taxonomies.taxonomies() if _says(search, _words(each))]


def term(term_id: str) -> HsdsTaxonomyTerm:
    return _detailed(_of(taxonomies.terms(), term_id))


def terms_with(search: str | None, *, taxonomy_id: str | None, parent_id: str | None) -> list[HsdsTaxonomyTerm]:
    """No term is below another."""
    return [
        _detailed(each)
        for each in taxonomies.terms().values()
        if parent_id is None and taxonomy_id in (None, each["taxonomy_id"]) and _says(search, _words(each))
    ]


def page_of(found: Sequence[T], show: Callable[[T], Any], *, page: int, per_page: int) -> dict[str, Any]:
    """The envelope of the standard. A page after the last is empty, and so is the one page of nothing."""
    first = (page - 1) * per_page
    contents = [show(each) for each in found[first : first + per_page]]
    pages = -(-len(found) // per_page)
    return {
        "total_items": len(found),
        "total_pages": pages,
        "page_number": page,
        "size": len(contents),
        "first_page": page == 1,
        "last_page": page >= pages,
        "empty": not contents,
        "contents": contents,
    }


def _detailed(each: HsdsTaxonomyTerm) -> HsdsTaxonomyTerm:
    return each | {"taxonomy_detail": taxonomy(each["taxonomy_id"])}


def _says(search: str | None, text: str) -> bool:
    return all(word in text for word in (search or "").casefold().split())


def _words(each: HsdsTaxonomy | HsdsTaxonomyTerm) -> str:
    return f"{each['name']}\n{each['description']}".casefold()


def _of(known: dict[str, T], name: str) -> T:
    found = known.get(name)
    if found is None:
        raise NotFound
    return found
