"""How a school keeps its directory: entries of its own, changes of national ones, hiding and showing (D15, J10)."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from app.core import clock, tables
from app.core.pagination import PageRequest
from app.core.preconditions import Version
from app.core.problems import Conflict, InvalidRequest, NotFound
from app.directory import catalogue, changing, checks, publishing
from app.directory.checks import latest_of
from app.directory.held import Held, hold, rows_of, school_of
from app.directory.keeping_schemas import EntryCheck, EntryHide, EntryPatch, EntryPut, KeptEntry, KeptEntryPage
from app.directory.kept import kept, shown
from app.directory.overlay import Origin, Standing, patched
from app.identity.actors import Actor
from app.models import LocalEntry
from app.schools import service as schools
from app.work import queue

NO_MORE_ENTRIES = 2000


class TooManyEntries(Conflict):
    code, title = "too_many_entries", "This directory is full"
    default_detail = f"A school can have {NO_MORE_ENTRIES} entries of its own."


class ExternalIdTaken(Conflict):
    code, title = "external_id_taken", "Another entry has this external id"


def page(session: Session, actor: Actor, request: PageRequest, *, origin: Origin | None = None) -> KeptEntryPage:
    """Every entry, whoever may see it, by its id."""
    school = school_of(session, actor)
    place = request.after_names()
    after = place[0] if place else None
    standings = catalogue.catalogue_of(session, school).directory.standings
    wanted = sorted(
        each.id
        for each in standings.values()
        if (origin is None or each.origin is origin) and (after is None or each.id > after)
    )
    ids = wanted[: request.limit]
    rows, checked = rows_of(session, school.id, ids), latest_of(session, school.id, ids)
    now = clock.now()
    today = schools.today(school, now=now)
    items = [kept(standings[each], rows.get(each), checked.get(each), now=now, today=today) for each in ids]
    return KeptEntryPage(
        items=items, next_cursor=request.cursor_at_names([ids[-1]]) if len(wanted) > len(ids) else None
    )


def get(session: Session, actor: Actor, entry_id: str) -> KeptEntry:
    """Raises NotFound."""
    school = school_of(session, actor)
    return shown(session, school, catalogue.catalogue_of(session, school).directory.standings.get(entry_id))


def put(session: Session, actor: Actor, entry_id: str, body: EntryPut, *, version: Version) -> tuple[KeptEntry, bool]:
    """The entry as it is then, and whether it was made. A national one is changed where it differs.

    Raises NotFound for a version of an entry that is not there, PreconditionRequired or PreconditionFailed for one
    that is, InvalidRequest, Conflict.
    """
    held = hold(session, actor)
    standing = held.before.standings.get(entry_id)
    if standing is not None:
        version.check(shown(session, held.school, standing))
    elif version.if_match is not None:
        raise NotFound
    if body.id != entry_id:
        raise InvalidRequest(errors=[tables.fault("#/id", "another_id", "This is not the id of the path.")])
    given = body.model_dump(mode="json", by_alias=True, exclude_unset=True)
    beside = {"external_id": body.external_id, "pinned": body.pinned, "position": body.position}
    fields = {name: value for name, value in given.items() if name not in changing.BESIDE}
    made = standing is None
    row = _make(held, entry_id) if made else held.row_to_change(entry_id)
    changing.write(held, row, standing, fields, beside)
    after = _finish(held, "directory.entry_created" if made else "directory.entry_changed", entry_id)
    return after, made


def patch(session: Session, actor: Actor, entry_id: str, body: EntryPatch, *, version: Version) -> KeptEntry:
    """Change some fields; an empty patch says that the school has looked at what the country says now.

    Raises NotFound, PreconditionRequired or PreconditionFailed, InvalidRequest, Conflict.
    """
    held = hold(session, actor)
    standing = _checked(held, entry_id, version)
    given = body.model_dump(mode="json", by_alias=True, exclude_unset=True)
    beside = {name: given.pop(name) for name in changing.BESIDE if name in given}
    # One number in two forms: the other form follows.
    for one, other in (("phone_display", "phone_dial"), ("phone_dial", "phone_display")):
        if one in given and other not in given:
            given[other] = None
    fields = patched(standing.fields or {}, given) | {"id": entry_id}
    row = held.row_to_change(entry_id)
    changing.write(held, row, standing, fields, beside)
    return _finish(held, "directory.entry_changed", entry_id)


def remove(session: Session, actor: Actor, entry_id: str, *, version: Version) -> None:
    """Away with an entry of the school's own, or with all that it says of a national one.

    Raises NotFound, PreconditionRequired or PreconditionFailed, Conflict.
    """
    held = hold(session, actor)
    row = held.row(entry_id)
    if row is None or not changing.says_anything(row):
        raise NotFound
    standing = _checked(held, entry_id, version)
    changing.forget(held, row, standing)
    held.finish("directory.entry_removed", entry_id)


def hide(session: Session, actor: Actor, entry_id: str, body: EntryHide, *, version: Version) -> KeptEntry:
    """Raises NotFound, PreconditionRequired or PreconditionFailed, InvalidRequest, Conflict."""
    held = hold(session, actor)
    standing = _checked(held, entry_id, version)
    if body.until is not None and body.until <= held.now:
        raise InvalidRequest(errors=[tables.fault("#/until", "in_the_past", "This time is over.")])
    row = held.row_to_change(entry_id)
    row.hidden_reason, row.hidden_until = body.reason, body.until
    if body.until is not None:
        # When it ends the directory is another, which somebody may want to go on from.
        key = f"{publishing.PUBLISH}/{held.school.id}/{body.until.isoformat()}"
        queue.enqueue(session, publishing.PUBLISH, held.school.id, due_at=body.until, now=held.now, key=key)
    _looked_at(row, standing)
    return _finish(held, "directory.entry_hidden", entry_id)


def show(session: Session, actor: Actor, entry_id: str, *, version: Version) -> KeptEntry:
    """Raises NotFound, PreconditionRequired or PreconditionFailed."""
    held = hold(session, actor)
    _checked(held, entry_id, version)
    row = held.row_to_change(entry_id)
    row.hidden_reason = row.hidden_until = None
    return _finish(held, "directory.entry_shown", entry_id)


def verify(session: Session, actor: Actor, entry_id: str, body: EntryCheck, *, version: Version) -> KeptEntry:
    """Somebody has made sure that it is right, as it was read. Raises as `show` does, and InvalidRequest."""
    held = hold(session, actor)
    standing = _checked(held, entry_id, version)
    check = checks.made(body, standing.entry, school=held.school, entry_id=entry_id, by=actor.person_id, now=held.now)
    session.add(check)
    row = held.row_to_change(entry_id)
    row.unchecked_since = row.told_overdue_at = None
    return _finish(held, "directory.entry_checked", entry_id)


def _checked(held: Held, entry_id: str, version: Version) -> Standing:
    """Raises NotFound, PreconditionRequired or PreconditionFailed."""
    standing = held.before.standings.get(entry_id)
    if standing is None:
        raise NotFound
    version.check(shown(held.session, held.school, standing))
    return standing


def _make(held: Held, entry_id: str) -> LocalEntry:
    """Raises TooManyEntries."""
    own = sum(each.origin is Origin.OWN for each in held.before.standings.values())
    if own >= NO_MORE_ENTRIES:
        raise TooManyEntries
    return LocalEntry(school_id=held.school.id, entry_id=entry_id, entry={}, updated_at=held.now)


def _looked_at(row: LocalEntry, standing: Standing) -> None:
    """A word over a national entry names what it is laid over."""
    if standing.origin is not Origin.OWN and standing.base is not None and row.base_version is None:
        row.base_version = standing.base.version


def _finish(held: Held, action: str, entry_id: str) -> KeptEntry:
    try:
        with held.session.begin_nested():
            held.session.flush()
    except IntegrityError as exc:
        raise ExternalIdTaken from exc
    after = held.finish(action, entry_id)
    return shown(held.session, held.school, after.standings[entry_id])
