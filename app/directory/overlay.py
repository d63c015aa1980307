"""The national entries with what a school says over them. Pure: entries and words go in, a directory comes out.

A school's word on an entry is one of its own, or a patch (RFC 7396) of a national one, and beside it whether it is
hidden, pinned, and where it stands in its tier. Whatever is said, and however it came to be said, the rules of
`safety` hold for what comes out: national entries that were hidden or patched away come back as they are.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.directory.entries import TIER_RANK, TRUST_RANK, UNPUBLISHED, Entry, Tier
from app.directory.fields import entry_from_fields
from app.directory.safety import RULES, SafetyRule
from app.packs import PackError


class Origin(StrEnum):
    """Whose words an entry is in: the country's, the country's with changes of the school, or the school's own."""

    NATIONAL = "national"
    PATCHED = "patched"
    OWN = "own"


class BaseState(StrEnum):
    """Whether the national entry still is what the school looked at when it last said something of it."""

    SAME = "same"
    CHANGED = "changed"
    GONE = "gone"


@dataclass(frozen=True, slots=True, eq=False)
class Base:
    """A national entry: read, as it is written (EntryFields), and the digest of that."""

    entry: Entry
    fields: Mapping[str, Any]
    version: str


@dataclass(frozen=True, slots=True)
class Word:
    """What a school says of one entry.

    `document`: JSON; all fields of its own entry where `base_version` is None, else those that it changes. `hidden`: at
    this moment. `due`: by when somebody has to check it, where the school has said anything of that.
    """

    entry_id: str
    document: str
    base_version: str | None = None
    hidden: bool = False
    pinned: bool = False
    position: int | None = None
    due: dt.date | None = None

    @property
    def changes(self) -> bool:
        """Whether it says what the entry is, and not only where it stands."""
        return self.document not in ("", "{}", "null")

    @property
    def own(self) -> bool:
        return self.base_version is None and self.changes


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """One entry as it stands. `entry` and `fields` are None where nothing of it can be read.

    `regions`: where its readers are.
    `broken`: what cannot be read of the school's word, `""` for all of it; the national entry then stands as it is.
    `kept_for_safety`: it is served as the country says, although the school hides or changes it.
    """

    id: str
    origin: Origin
    entry: Entry | None
    fields: Mapping[str, Any] | None
    base: Base | None
    base_state: BaseState | None
    regions: tuple[str | None, ...]
    hidden: bool = False
    broken: str | None = None
    kept_for_safety: bool = False

    @property
    def of_emergencies(self) -> bool:
        """Whether it is the country's, and an emergency entry."""
        return self.base is not None and self.base.entry.tier is Tier.EMERGENCY

    @property
    def served(self) -> bool:
        """Whether readers get it: of another region's there are none here."""
        if not self.published or self.entry is None:
            return False
        return any(self.entry.in_region(region) for region in self.regions)

    @property
    def published(self) -> bool:
        """Whether readers would get it wherever it serves."""
        if self.entry is None or (self.hidden and not self.kept_for_safety):
            return False
        return self.entry.verification not in UNPUBLISHED


@dataclass(frozen=True, slots=True, eq=False)
class Directory:
    """`entries`: what readers get, in order. `counts`: for each safety rule, how many there were by the school's words
    alone."""

    standings: Mapping[str, Standing]
    entries: tuple[Entry, ...]
    counts: Mapping[str, int]

    @property
    def own(self) -> tuple[Entry, ...]:
        """Those that are the school's own."""
        return tuple(entry for entry in self.entries if self.standings[entry.id].origin is Origin.OWN)

    def newly_short_of(self, before: Directory) -> list[SafetyRule]:
        """The rules that are broken, and further than before: what was short may stay so, or nothing else could be
        mended."""
        short = (rule for rule in RULES if self.counts[rule.code] < rule.fewest)
        found = [rule for rule in short if self.counts[rule.code] < before.counts[rule.code]]
        if self._overruled() - before._overruled():
            found += [rule for rule in RULES if Tier.EMERGENCY in rule.tiers and rule not in found]
        return found

    def _overruled(self) -> set[str]:
        """The country's emergency entries that the school hides or changes in vain."""
        return {each.id for each in self.standings.values() if each.kept_for_safety and each.of_emergencies}


def digest(fields: Mapping[str, Any]) -> str:
    """The version of an entry as it is written."""
    text = json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def patched(base: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """The fields with a merge patch over them (RFC 7396): null takes a field away, a list replaces a list."""
    kept = {name: value for name, value in base.items() if name not in patch}
    return kept | {name: value for name, value in patch.items() if value is not None}


def difference(base: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The smallest patch that makes `wanted` of `base`."""
    changed = {name: value for name, value in wanted.items() if name not in base or base[name] != value}
    return changed | {name: None for name in base if name not in wanted}


def resolve(
    bases: Mapping[str, Base],
    words: Iterable[Word],
    *,
    country: str,
    region: str | None,
    elsewhere: Iterable[str] = (),
) -> Directory:
    """The directory of a school in `region`, with sites in the regions `elsewhere`. Never fails for a word that cannot
    be read. The rules are counted in the school's own region: at a site there are the lines of the whole country."""
    regions = (region, *elsewhere)
    said = {word.entry_id: word for word in words}
    # What is left of an entry that is gone, such as that somebody has checked it once, is none.
    others = (
        each.entry_id for each in said.values() if each.entry_id not in bases and (each.changes or each.base_version)
    )
    standings = {
        entry_id: _standing(entry_id, bases.get(entry_id), said.get(entry_id), country, regions)
        for entry_id in (*bases, *others)
    }
    alone = (each for each in standings.values() if each.served and not each.kept_for_safety)
    served = [each.entry for each in alone if each.entry is not None]
    counts = {rule.code: rule.count(served, region=region) for rule in RULES}
    _keep_safe(standings, said, region=region)
    return Directory(standings=standings, entries=tuple(_ordered(standings.values())), counts=counts)


def _keep_safe(standings: dict[str, Standing], said: Mapping[str, Word], *, region: str | None) -> None:
    """Bring back national entries, in their order, until each rule holds.

    One that came back stays, and in the end all are back: the country's pack keeps the rules by itself.
    """
    while (missing := next(_missing(standings, region), None)) is not None:
        found, base = missing
        entry = _placed(base.entry, said.get(found.id))
        standings[found.id] = dataclasses.replace(found, entry=entry, fields=base.fields, kept_for_safety=True)


def _missing(standings: Mapping[str, Standing], region: str | None) -> Iterator[tuple[Standing, Base]]:
    """National entries that would help to keep a rule that is broken, the first to bring back first."""
    served = [each.entry for each in standings.values() if each.served and each.entry is not None]
    for rule in RULES:
        if rule.count(served, region=region) >= rule.fewest:
            continue
        for each in standings.values():
            if each.base is None or each.kept_for_safety or not rule.counts(each.base.entry, region=region):
                continue
            if not (each.served and each.entry is not None and rule.counts(each.entry, region=region)):
                yield each, each.base


def _standing(
    entry_id: str, base: Base | None, word: Word | None, country: str, regions: tuple[str | None, ...]
) -> Standing:
    if word is None:
        word = Word(entry_id=entry_id, document="")
    state = _state(base, word)
    if base is not None and base.entry.tier is Tier.EMERGENCY and (word.changes or word.hidden):
        # The country's emergency number is nobody's to hide or to change: a school says only where it stands.
        stands = dataclasses.replace(word, document="", hidden=False)
        kept = _standing(entry_id, base, stands, country, regions)
        return dataclasses.replace(kept, base_state=state, hidden=word.hidden, kept_for_safety=True)
    broken = None
    fields, entry = (base.fields, base.entry) if base is not None else (None, None)
    origin = Origin.NATIONAL
    if word.own:
        origin = Origin.OWN
        own_fields, own_entry, broken = _read(word.document, None, entry_id, country)
        if own_entry is not None:
            fields, entry = own_fields, own_entry
        elif base is not None:
            origin = Origin.NATIONAL
    elif word.changes and base is not None:
        new_fields, new_entry, broken = _read(word.document, base, entry_id, country)
        if new_entry is not None:
            origin, fields, entry = Origin.PATCHED, new_fields, new_entry
    return Standing(
        id=entry_id,
        origin=origin,
        entry=None if entry is None else _placed(entry, word),
        fields=fields,
        base=base,
        base_state=state,
        regions=regions,
        hidden=word.hidden,
        broken=broken,
    )


def _state(base: Base | None, word: Word) -> BaseState | None:
    if word.base_version is None or not (word.changes or word.hidden):
        return None
    if base is None:
        return BaseState.GONE
    return BaseState.SAME if word.base_version == base.version else BaseState.CHANGED


def _placed(entry: Entry, word: Word | None) -> Entry:
    """With the place that the school gives it, and the day of its next check; the same object where it says neither."""
    if word is None or (not word.pinned and word.position is None and word.due is None):
        return entry
    due = entry.verify_by if word.due is None else word.due
    return dataclasses.replace(entry, pinned=word.pinned, position=word.position, verify_by=due)


Read = tuple[Mapping[str, Any] | None, Entry | None, str | None]


@functools.lru_cache(maxsize=8192)
def _read(document: str, base: Base | None, entry_id: str, country: str) -> Read:
    """Fields and entry of a word, or where the fault is. Kept by content: a school changes one entry of thousands."""
    try:
        written = json.loads(document)
    except (ValueError, RecursionError):
        return None, None, ""
    if not isinstance(written, dict):
        return None, None, ""
    fields = written if base is None else patched(base.fields, written)
    try:
        entry = entry_from_fields(fields, country=country, file="local entry")
    except PackError as error:
        return None, None, error.column or ""
    return (fields, entry, None) if entry.id == entry_id else (None, None, "id")


def _ordered(standings: Iterable[Standing]) -> list[Entry]:
    """By tier; in a tier what is pinned, then by the school's places, then the best checked; what ties keeps its
    place."""
    served = [each.entry for each in standings if each.served and each.entry is not None]
    return sorted(
        served,
        key=lambda entry: (
            TIER_RANK[entry.tier],
            not entry.pinned,
            entry.position is None,
            entry.position or 0,
            TRUST_RANK[entry.verification],
        ),
    )
