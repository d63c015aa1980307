"""Many shifts from a table of comma-separated values (RFC 4180), as overrides: all of them, or none."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import uuid
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter, ValidationError
from sqlmodel import Session, col, select

from app.core import clock
from app.core.preconditions import Version
from app.core.problems import InvalidRequest
from app.identity.actors import Actor
from app.models import Person, Roster
from app.rosters import drafts, held, override_edits
from app.rosters import service as rosters
from app.rosters.definition import Roster as Definition
from app.rosters.definition import Window
from app.rosters.editing_schemas import MOST_ROWS, ImportOut, OverrideImport
from app.rosters.fields import LocalTime, WholeMinute
from app.rosters.local_times import instant_of
from app.rosters.override_edits import Wanted, with_overrides
from app.rosters.rendering import render
from app.rosters.rules import Breach, standing
from app.vocabulary import OverrideOrigin, Role

COLUMNS = ("person", "start", "end", "replaces", "reason")
REQUIRED = ("person", "start", "end")
MOST_FAULTS = 50
_HAS_OFFSET = re.compile(r"(?:[Zz]|[+-]\d{2}:\d{2})$")
_INSTANT: TypeAdapter[dt.datetime] = TypeAdapter(WholeMinute)
_LOCAL: TypeAdapter[dt.datetime] = TypeAdapter(LocalTime)

Fault = dict[str, str]


def preview(session: Session, actor: Actor, roster_id: uuid.UUID, body: OverrideImport) -> ImportOut:
    """What an import would change, or every fault of every row. Stores nothing."""
    actor.require(Role.COORDINATOR)
    roster = rosters.find(session, actor, roster_id)
    now = clock.now()
    wanted = _read(session, roster, body, now=now)
    draft = drafts.draft_of(session, roster, now=now, until=[each.end for each in wanted])
    _refuse_idle(draft.before, wanted)
    breaches = _breaches(session, roster, draft, wanted, body)
    change = drafts.change_of(session, draft, with_overrides(draft.before, wanted), breaches=breaches)
    return ImportOut(stored=False, rows=len(wanted), change=change)


def run(session: Session, actor: Actor, roster_id: uuid.UUID, body: OverrideImport, *, version: Version) -> ImportOut:
    """Store every row, in the order of the file. Raises InvalidRequest with the faults of all rows, or RulesBroken."""
    now = clock.now()
    roster = drafts.begin(session, actor, roster_id, version=version, now=now)
    wanted = _read(session, roster, body, now=now)
    draft = drafts.draft_of(session, roster, now=now, until=[each.end for each in wanted])
    _refuse_idle(draft.before, wanted)
    breaches = _breaches(session, roster, draft, wanted, body)
    held.refuse([breach for _, breach in breaches])
    change = drafts.change_of(session, draft, with_overrides(draft.before, wanted))
    import_id = uuid.uuid4()
    override_edits.store(session, roster, wanted, origin=OverrideOrigin.IMPORT, origin_id=import_id, now=now)
    drafts.finish(session, actor, roster, change="imported", now=now)
    return ImportOut(stored=True, rows=len(wanted), change=change)


def _read(session: Session, roster: Roster, body: OverrideImport, *, now: dt.datetime) -> list[Wanted]:
    rows = _rows(body.csv)
    people = {
        login: str(person_id)
        for login, person_id in session.exec(
            select(Person.login, Person.id).where(
                Person.school_id == roster.school_id, col(Person.active).is_(True), col(Person.service).is_(False)
            )
        )
    }
    others = rosters.not_of_line(session, roster, set(people.values()))
    known = people | {person: person for person in people.values()}
    zone = override_edits.zone_of(session, roster)
    faults: list[Fault] = []
    wanted: list[Wanted] = []
    for number, row in enumerate(rows, start=1):
        try:
            each = _row(row, number, known, zone, now=now)
            if str(each.person) in others:
                raise _fault(number, "person", "not_on_this_line", rosters.says_who_serves(roster))
            wanted.append(each)
        except InvalidRequest as problem:
            faults += problem.errors
    if faults:
        raise InvalidRequest("Nothing was stored. Rows count from 1, below the header.", errors=faults[:MOST_FAULTS])
    return wanted


def _rows(text: str) -> list[dict[str, str]]:
    """The rows by column name. Raises InvalidRequest for a table that cannot be read as one."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    try:
        lines = [line for line in reader if any(cell.strip() for cell in line)]
    except csv.Error as exc:
        raise _table("csv_malformed", "This is not a table of comma-separated values.") from exc
    if not lines:
        raise _table("csv_empty", "There is no header line.")
    header = [cell.strip().lower() for cell in lines[0]]
    if set(header) - set(COLUMNS) or set(REQUIRED) - set(header) or len(set(header)) < len(header):
        raise _table("csv_header", f"The columns are {', '.join(COLUMNS)}; the first three are needed, each once.")
    if len(lines) == 1 or len(lines) - 1 > MOST_ROWS:
        raise _table("csv_rows", f"Between 1 and {MOST_ROWS} rows can be read.")
    wrong = next((number for number, line in enumerate(lines[1:], start=1) if len(line) != len(header)), None)
    if wrong is not None:
        raise _table("csv_columns", f"Row {wrong} has not as many cells as the header.")
    return [dict(zip(header, (cell.strip() for cell in line), strict=True)) for line in lines[1:]]


def _row(
    row: Mapping[str, str],
    number: int,
    known: Mapping[str, str],
    zone: ZoneInfo,
    *,
    now: dt.datetime,
) -> Wanted:
    """Raises InvalidRequest with the first fault of the row."""
    person = _person(row["person"], known, number, "person")
    replaces = _person(row.get("replaces", ""), known, number, "replaces")
    reason = row.get("reason") or None
    if person is None and reason is None:
        raise _fault(number, "reason", "reason_required", "Taking cover away needs a reason")
    if reason is not None and len(reason) > 200:
        raise _fault(number, "reason", "string_too_long", "A reason has at most 200 characters")
    start, end = (_edge(row[name], zone, number, name) for name in ("start", "end"))
    wanted = Wanted(person, replaces, start, end, reason)
    return override_edits.checked(wanted, now=now, pointer=f"#/csv/{number}")


def _person(text: str, known: Mapping[str, str], number: int, column: str) -> uuid.UUID | None:
    if not text:
        return None
    found = known.get(text.lower())
    if found is None:
        raise _fault(number, column, "unknown_person", "This is no active person of the school.")
    return uuid.UUID(found)


def _edge(text: str, zone: ZoneInfo, number: int, column: str) -> dt.datetime:
    try:
        if _HAS_OFFSET.search(text):
            return _INSTANT.validate_python(text)
        return instant_of(_LOCAL.validate_python(text.replace(" ", "T")), zone, pointer=f"#/csv/{number}/{column}")
    except ValidationError as exc:
        error = exc.errors()[0]
        raise _fault(number, column, error["type"], error["msg"]) from exc


def _refuse_idle(before: Definition, wanted: list[Wanted]) -> None:
    """Each row must change something of what stands before it."""
    standing = before
    for number, each in enumerate(wanted, start=1):
        after = with_overrides(standing, [each])
        try:
            override_edits.refuse_idle(standing, after, each)
        except override_edits.ChangesNothing as problem:
            raise _fault(number, "person", problem.code, problem.detail or problem.title) from problem
        standing = after


def _breaches(
    session: Session, roster: Roster, draft: drafts.Draft, wanted: list[Wanted], body: OverrideImport
) -> list[tuple[uuid.UUID, Breach]]:
    """For each person named, all their new time together."""
    after = with_overrides(draft.before, wanted)
    found = []
    for person in sorted({each.person for each in wanted if each.person is not None}):
        window = Window(min(each.start for each in wanted), max(each.end for each in wanted))
        new, old = render(after, window), render(draft.before, window)
        had = {(s.start, s.end) for s in old.stretches if str(person) in s.on_call}
        mine = [(s.start, s.end) for s in new.stretches if str(person) in s.on_call or str(person) in s.away]
        times = [each for each in mine if each not in had]
        found += [
            (person, breach)
            for breach in standing(held.breaches_of(session, roster, person, times), despite=body.despite)
        ]
    return found


def _table(code: str, detail: str) -> InvalidRequest:
    return InvalidRequest(errors=[{"pointer": "#/csv", "code": code, "detail": detail}])


def _fault(number: int, column: str, code: str, detail: str) -> InvalidRequest:
    return InvalidRequest(errors=[{"pointer": f"#/csv/{number}/{column}", "code": code, "detail": detail}])
