"""What readers of a school's directory are served from: in memory, and looked at again after a moment.

So that a list costs no question to the database, and is there while the database is away.
"""

from __future__ import annotations

import functools
import threading
import unicodedata
import uuid
from dataclasses import dataclass
from typing import Annotated

from pydantic import StringConstraints
from sqlmodel import Session, col, select

from app.core import clock
from app.core.problems import InvalidRequest
from app.core.schemas import OutputModel, ShortText, zone_names
from app.directory import catalogue
from app.directory.catalogue import Catalogue, Place
from app.directory.entries import Entry, Latitude, Longitude
from app.models import School, Site
from app.vault import cursors
from app.vault import service as vault

# Seconds after which it is asked again whether the school has changed anything.
FRESH_SECONDS = 1.0

UNKNOWN_SITE = "This is no site of the school."

SiteKind = Annotated[str, StringConstraints(min_length=1, max_length=40)]
RegionCode = Annotated[str, StringConstraints(max_length=10)]


class SiteOut(OutputModel):
    """A place where students of the school study or are placed."""

    id: uuid.UUID
    name: ShortText
    kind: SiteKind
    region: RegionCode
    is_teaching_site: bool
    latitude: Latitude | None
    longitude: Longitude | None


@dataclass(frozen=True, eq=False, slots=True)
class Here:
    """The entries of a catalogue by id, those for sites elsewhere too, and the words that each is found by. Kept with
    the catalogue."""

    entries: dict[str, Entry]
    words: dict[str, str]


# Not many: each keeps a catalogue in memory that may be of the past.
@functools.lru_cache(maxsize=128)
def here_of(found: Catalogue) -> Here:
    entries = {entry.id: entry for entry in found.entries}
    words = {entry.id: plain(f"{entry.name} {entry.what_it_is} {entry.who_for}") for entry in entries.values()}
    return Here(entries, words)


# Marks of quotation and apostrophes, in all of their forms: a telephone puts in another than was typed.
_MARKS = frozenset(
    "'\"`\u00ab\u00bb\u02b9\u02ba\u02bb\u02bc\u02bd\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u2032\u2033"
)


def plain(text: str) -> str:
    """Without case, accents and marks of quotation, as people type it into a search."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in apart if not unicodedata.combining(c) and c not in _MARKS)


@dataclass(frozen=True, eq=False, slots=True)
class Reading:
    """One state of a school's directory. While nothing changes it is the same object."""

    school_id: uuid.UUID
    slug: str
    name: str
    place: Place
    catalogue: Catalogue
    sites: tuple[SiteOut, ...]
    # Seals cursors.
    cursor_key: bytes
    here: Here

    @property
    def region(self) -> str:
        return self.place[1]

    @property
    def time_zone(self) -> str:
        return self.place[2]

    def is_as(self, other: Reading) -> bool:
        return (self.name, self.place, self.catalogue, self.sites, self.cursor_key) == (
            other.name,
            other.place,
            other.catalogue,
            other.sites,
            other.cursor_key,
        )


def check_zone(zone: str | None, where: dict[str, str]) -> None:
    """Raises InvalidRequest for what is no time zone. `where`: the parameter or the place in the body."""
    if zone is not None and zone not in zone_names():
        detail = "This is no time zone: send an IANA name, such as Australia/Perth."
        raise InvalidRequest(errors=[{**where, "code": "unknown_time_zone", "detail": detail}])


def reading_of(session: Session, school: School) -> Reading:
    found = catalogue.catalogue_of(session, school)
    key = vault.data_key(session, owner=vault.DEPLOYMENT, purpose=vault.CONTENT)
    return Reading(
        school_id=school.id,
        slug=school.slug,
        name=school.name,
        place=catalogue.place_of(school),
        catalogue=found,
        sites=tuple(sites_of(session, school)),
        cursor_key=vault.keys_of(session).derived(key, cursors.CURSOR),
        here=here_of(found),
    )


def sites_of(session: Session, school: School) -> list[SiteOut]:
    """Those in use, by name. What a report names may be another."""
    statement = select(Site).where(Site.school_id == school.id, col(Site.retired).is_(False))
    return [SiteOut.model_validate(site) for site in session.exec(statement.order_by(col(Site.name), col(Site.id)))]


class Readings:
    """What this process knows of each school, and when it last asked."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, Reading]] = {}
        self._lock = threading.Lock()

    def fresh(self, slug: str) -> Reading | None:
        """None where it is time to ask again."""
        known = self._known.get(slug)
        return known[1] if known is not None and clock.monotonic() - known[0] < FRESH_SECONDS else None

    def last(self, slug: str) -> Reading | None:
        """However long ago: for while the database is away."""
        known = self._known.get(slug)
        return known[1] if known is not None else None

    def keep(self, found: Reading) -> Reading:
        """The one that was known, where nothing has changed."""
        asked = clock.monotonic()
        with self._lock:
            known = self._known.get(found.slug)
            kept = known[1] if known is not None and known[1].is_as(found) else found
            self._known[found.slug] = asked, kept
        return kept

    def forget(self, slug: str) -> None:
        """Ask again at once: somebody has just changed something here."""
        with self._lock:
            known = self._known.get(slug)
            if known is not None:
                self._known[slug] = 0.0 - FRESH_SECONDS, known[1]
