"""What a change of an entry does to the school's word on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.directory import writing
from app.directory.held import Held
from app.directory.overlay import Origin, Standing, difference
from app.models import LocalEntry

# What of a body is not the entry's own.
BESIDE = ("external_id", "pinned", "position")


def write(
    held: Held, row: LocalEntry, standing: Standing | None, fields: Mapping[str, Any], beside: Mapping[str, Any]
) -> None:
    """Let `row` say that the entry is so. Raises InvalidRequest."""
    stored = writing.checked(fields, country=held.school.country, sites=held.sites())
    store(held, row, standing, stored, beside)


def store(
    held: Held, row: LocalEntry, standing: Standing | None, stored: dict[str, Any], beside: Mapping[str, Any]
) -> None:
    """As `write`, of fields that were checked. What is called or gone by is unchecked once it is another."""
    before = {} if standing is None else standing.fields or {}
    moved = any(before.get(name) != stored.get(name) for name in writing.CONTACT)
    # A new entry that says itself when it is to be checked was checked by whoever wrote it down.
    if moved and (standing is not None or "verify_by" not in stored):
        row.unchecked_since, row.told_overdue_at = held.now, None
    base = None if standing is None or standing.origin is Origin.OWN else standing.base
    row.entry = stored if base is None else difference(base.fields, stored)
    row.base_version = None if base is None else base.version
    row.told_base_version = None
    for name in ("external_id", "position"):
        if name in beside:
            setattr(row, name, beside[name])
    if "pinned" in beside:
        row.pinned = bool(beside["pinned"])
    held.session.add(row)


def forget(held: Held, row: LocalEntry, standing: Standing) -> None:
    """Take a word away. Where the number changes by it, what was checked is checked no longer."""
    base = standing.base
    changed = base is not None and any(
        base.fields.get(name) != (standing.fields or {}).get(name) for name in writing.CONTACT
    )
    if not changed:
        held.session.delete(row)
        return
    row.entry, row.base_version, row.external_id, row.position, row.pinned = {}, None, None, None, False
    row.hidden_reason = row.hidden_until = row.told_base_version = row.told_overdue_at = None
    row.unchecked_since, row.updated_at, row.version = held.now, held.now, row.version + 1
    held.session.add(row)


def says_anything(row: LocalEntry) -> bool:
    """Whether a word says more than when the entry was checked."""
    placed = row.pinned or row.position is not None or row.external_id is not None
    return bool(row.entry) or row.hidden_reason is not None or placed
