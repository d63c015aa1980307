"""Many entries at once: what would change, and then all of it or nothing (J10)."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError
from sqlmodel import Session

from app.core import clock, tables
from app.core.preconditions import Version, etag_of_model
from app.core.problems import Conflict, InvalidRequest, PreconditionFailed
from app.core.schemas import FROM_TABLE
from app.core.tables import MOST_FAULTS, ImportMode, RowFault
from app.directory import catalogue, changing, csv_table, words, writing
from app.directory.held import KEEPERS, REFUSALS, Held, hold, rows_of, school_of
from app.directory.import_schemas import (
    DirectoryExport,
    DirectoryImport,
    DirectoryTag,
    ImportDiff,
    ImportedChange,
)
from app.directory.keeping import NO_MORE_ENTRIES, TooManyEntries
from app.directory.keeping_schemas import EntryPut
from app.directory.overlay import Origin, Word, resolve
from app.directory.pack import bases
from app.identity.actors import Actor
from app.models import LocalEntry, School

# So many may go with a file that does not name them, and this share, before somebody has to say that it is meant.
FEW_REMOVALS = 3
SHARE_OF_REMOVALS = 0.2

Fields = dict[str, Any]


class ConfirmRemovals(Conflict):
    code, title = "confirm_removals", "This does away with many entries"
    default_detail = "Say how many in `confirm_removals`, as the dry run tells it. Nothing was stored."


@dataclass
class Plan:
    """What a file asks for. `changed`: with what is stored then; `given`: the fields and places of each row."""

    rows: int = 0
    added: dict[str, EntryPut] = field(default_factory=dict)
    changed: dict[str, tuple[EntryPut, list[str]]] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)
    unchanged: int = 0
    stored: dict[str, Fields] = field(default_factory=dict)
    faults: list[dict[str, str]] = field(default_factory=list)


def dry_run(session: Session, actor: Actor, body: DirectoryImport, *, mode: ImportMode) -> ImportDiff:
    """What the import would change, with the faults of the rows that cannot be read. Stores nothing.

    Raises InvalidRequest for what is no table, LastEmergencyEntry or the like, TooManyEntries.
    """
    actor.require(*KEEPERS)
    school = school_of(session, actor)
    held = Held(session, actor, school, clock.now(), catalogue.catalogue_of(session, school).directory)
    rows = rows_of(session, school.id)
    plan = _plan(held, rows, body, mode)
    _refuse_unsafe(held, plan)
    return _diff(school, plan, mode, stored=False, own=_own(rows))


def run(
    session: Session,
    actor: Actor,
    body: DirectoryImport,
    *,
    mode: ImportMode,
    confirm_removals: int | None,
    version: Version,
) -> ImportDiff:
    """All of it, or nothing. The same file again changes nothing.

    Raises as `dry_run` does, InvalidRequest with the faults of all rows, PreconditionRequired, PreconditionFailed,
    ConfirmRemovals.
    """
    held = hold(session, actor)
    _check(version, held.school)
    rows = rows_of(session, held.school.id)
    plan = _plan(held, rows, body, mode)
    if plan.faults:
        detail = "Nothing was stored. Rows of a table count from 1, below the header; objects from 0."
        raise InvalidRequest(detail, errors=plan.faults)
    found = _diff(held.school, plan, mode, stored=True, own=_own(rows))
    if found.removals_to_confirm is not None and confirm_removals != found.removals_to_confirm:
        raise ConfirmRemovals
    if not (plan.added or plan.changed or plan.removed):
        return found
    for entry_id in plan.removed:
        standing = held.before.standings[entry_id]
        changing.forget(held, rows[entry_id], standing)
    session.flush()
    for entry_id, put in plan.added.items():
        # Of one that the country has no more the school may have said something: that row becomes its own entry.
        made = LocalEntry(school_id=held.school.id, entry_id=entry_id, entry={}, updated_at=held.now)
        _write(held, held.row_to_change(entry_id) if entry_id in rows else made, put, plan)
    for entry_id, (put, _) in plan.changed.items():
        _write(held, held.row_to_change(entry_id), put, plan)
    session.flush()
    held.finish("directory.entry_imported", *plan.added, *plan.changed)
    for entry_id in plan.removed:
        held.record("directory.entry_removed", entry_id)
    return found.model_copy(update={"etag": etag_of_model(tag_of(held.school))})


def export(session: Session, actor: Actor) -> tuple[DirectoryExport, DirectoryTag]:
    """The school's own entries by id, and what their ETag is made of; those that cannot be read are left out."""
    school = school_of(session, actor)
    standings = catalogue.catalogue_of(session, school).directory.standings
    rows = rows_of(session, school.id)
    entries = [
        _as_put(standings[each].fields or {}, rows[each])
        for each in sorted(_own(rows))
        if standings[each].origin is Origin.OWN and standings[each].broken is None
    ]
    return DirectoryExport(entries=entries[: csv_table.MOST_ROWS]), tag_of(school)


def tag_of(school: School, *, kind: str = "json") -> DirectoryTag:
    return DirectoryTag(school=school.slug, revision=school.directory_revision, kind=kind)


def _check(version: Version, school: School) -> None:
    """The ETag of either export. Raises PreconditionRequired or PreconditionFailed."""
    try:
        version.check(tag_of(school, kind="csv"))
    except PreconditionFailed:
        version.check(tag_of(school))


def _plan(held: Held, rows: Mapping[str, LocalEntry], body: DirectoryImport, mode: ImportMode) -> Plan:
    """What can be read of it, with the faults of the rest: only a file without any tells what it does away with.

    Raises InvalidRequest for what is no table, TooManyEntries.
    """
    faults: list[dict[str, str]] = []
    plan, sites = Plan(), held.sites()
    by_external = {row.external_id: row for row in rows.values() if row.external_id is not None}
    seen: set[str] = set()
    for pointer, row in _given(body):
        plan.rows += 1
        try:
            put = _read(row, pointer)
            _place(held, rows, by_external, put, pointer, seen)
            given = _entry_of(put)
            stored = writing.checked(given, country=held.school.country, sites=sites, pointer=pointer)
        except InvalidRequest as problem:
            faults += problem.errors
            continue
        _sort_in(plan, rows.get(put.id), put, stored)
    plan.faults = faults[:MOST_FAULTS]
    own = _own(rows)
    if mode is ImportMode.REPLACE and not faults:
        plan.removed = sorted(own - seen)
    if len(own) + len(plan.added) - len(plan.removed) > NO_MORE_ENTRIES:
        raise TooManyEntries
    return plan


def _given(body: DirectoryImport) -> Iterator[tuple[str, EntryPut | Fields]]:
    """Each row and where it stands. Raises InvalidRequest."""
    if body.csv is not None:
        yield from ((f"#/csv/{number}", row) for number, row in csv_table.read(body.csv))
    for number, put in enumerate(body.entries or ()):
        yield f"#/entries/{number}", put


def _read(row: EntryPut | Fields, pointer: str) -> EntryPut:
    if isinstance(row, EntryPut):
        return row
    try:
        return EntryPut.model_validate(row, context=FROM_TABLE)
    except ValidationError as error:
        raise InvalidRequest(errors=tables.faults_of(error, pointer)) from error


def _place(
    held: Held,
    rows: Mapping[str, LocalEntry],
    by_external: Mapping[str, LocalEntry],
    put: EntryPut,
    pointer: str,
    seen: set[str],
) -> None:
    """Which entry a row is: by its external id, else by its id. Raises InvalidRequest."""

    def refuse(name: str, code: str, detail: str) -> None:
        raise InvalidRequest(errors=[tables.fault(f"{pointer}/{name}", code, detail)])

    known = by_external.get(put.external_id or "")
    if known is not None and known.entry_id != put.id:
        refuse("id", "id_changed", "The entry with this external id has another id, which it keeps.")
    row = rows.get(put.id)
    if put.id in bases(held.school.country.upper()) and not (row is not None and _is_own(row)):
        refuse("id", "national_entry", "This is an entry of the country: change it field by field, by PATCH.")
    if put.id in seen:
        refuse("id", "duplicate_id", "An earlier row has this id.")
    if put.external_id is not None and f"external {put.external_id}" in seen:
        refuse("external_id", "duplicate_external_id", "An earlier row has this external id.")
    seen.update((put.id, f"external {put.external_id}"))


def _sort_in(plan: Plan, row: LocalEntry | None, put: EntryPut, stored: Fields) -> None:
    plan.stored[put.id] = stored
    if row is None or not _is_own(row):
        plan.added[put.id] = put
        return
    names = sorted(name for name in {*row.entry, *stored} if row.entry.get(name) != stored.get(name))
    names += [
        name for name in changing.BESIDE if name in put.model_fields_set and getattr(row, name) != getattr(put, name)
    ]
    if names:
        plan.changed[put.id] = (put, names)
    else:
        plan.unchanged += 1


def _refuse_unsafe(held: Held, plan: Plan) -> None:
    """As storing it would. Raises LastEmergencyEntry or the like."""
    country = held.school.country.upper()
    said = {word.entry_id: word for word in words.words_of(held.session, held.school, now=held.now)[0]}
    for entry_id in plan.removed:
        said.pop(entry_id)
    for entry_id in (*plan.added, *plan.changed):
        word = said.get(entry_id, Word(entry_id=entry_id, document=""))
        said[entry_id] = dataclasses.replace(word, document=json.dumps(plan.stored[entry_id]))
    after = resolve(bases(country), said.values(), country=country, region=held.school.region)
    for rule in after.newly_short_of(held.before):
        raise REFUSALS[rule.code](rule.message)


def _write(held: Held, row: LocalEntry, put: EntryPut, plan: Plan) -> None:
    beside = {name: getattr(put, name) for name in changing.BESIDE if name in put.model_fields_set}
    changing.store(held, row, held.before.standings.get(put.id), plan.stored[put.id], beside)


def _diff(school: School, plan: Plan, mode: ImportMode, *, stored: bool, own: set[str]) -> ImportDiff:
    many = len(plan.removed) > max(FEW_REMOVALS, SHARE_OF_REMOVALS * len(own))
    return ImportDiff(
        stored=stored,
        mode=mode,
        rows=plan.rows,
        added=list(plan.added),
        changed=[ImportedChange(id=entry_id, fields=names) for entry_id, (_, names) in plan.changed.items()],
        removed=plan.removed,
        unchanged=plan.unchanged,
        errors=[RowFault.model_validate(fault) for fault in plan.faults],
        removals_to_confirm=len(plan.removed) if many else None,
        etag=etag_of_model(tag_of(school)),
    )


def _entry_of(put: EntryPut) -> Fields:
    given: Fields = put.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return {name: value for name, value in given.items() if name not in changing.BESIDE}


def _as_put(fields: Mapping[str, Any], row: LocalEntry) -> EntryPut:
    beside = {"external_id": row.external_id, "pinned": row.pinned or None, "position": row.position}
    return EntryPut.model_validate({**fields, **{name: value for name, value in beside.items() if value is not None}})


def _is_own(row: LocalEntry) -> bool:
    return row.base_version is None and bool(row.entry)


def _own(rows: Mapping[str, LocalEntry]) -> set[str]:
    return {entry_id for entry_id, row in rows.items() if _is_own(row)}
