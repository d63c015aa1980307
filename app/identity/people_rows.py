"""The rows of a people import, read and held against who is there. Values in, values out."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from app.core import tables
from app.core.schemas import FROM_TABLE
from app.core.tables import Fault, fault, faults_of
from app.identity.people_import_schemas import MOST_PEOPLE, NO_ROLES, PeopleImport, PersonRow
from app.identity.role_rules import GIVEN_BY_IT, READS_CASES, is_excluded
from app.vocabulary import Role

COLUMNS = tuple(PersonRow.model_fields)
# So many logins that somebody of another school has are told at once: a file is no way to look thousands up.
MOST_TAKEN_TOLD = 10


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody who is there. `roles`: all that they have or are to have. `gone`: None, or whether the school's own
    system ended their access, which it may then give back. `alias_stays`: reports are kept from them by it."""

    id: uuid.UUID
    external_id: str | None
    login: str
    alias: str
    roles: frozenset[Role]
    gone: bool | None
    alias_stays: bool

    @property
    def beyond_it(self) -> bool:
        """Whether they have a role that school IT has no say in."""
        return not self.roles <= GIVEN_BY_IT


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a row asks for of somebody who is there; what it does not say is None."""

    known: Known
    external_id: str
    login: str | None
    alias: str | None
    roles: frozenset[Role] | None
    returns: bool = False

    @property
    def fields(self) -> list[str]:
        """What it changes."""
        changed = {
            "external_id": self.known.external_id != self.external_id,
            "login": self.login is not None,
            "alias": self.alias is not None,
            "roles": self.roles is not None,
        }
        return [name for name, is_changed in changed.items() if is_changed]


@dataclass
class Plan:
    """What a file asks for, row by row; `kept`: the fields of somebody that it does not get; `elsewhere`: how many of
    its logins somebody of another school has."""

    rows: int = 0
    elsewhere: int = 0
    added: list[PersonRow] = field(default_factory=list)
    changed: list[Wanted] = field(default_factory=list)
    leaving: list[Known] = field(default_factory=list)
    unchanged: int = 0
    stay_away: list[str] = field(default_factory=list)
    kept: dict[str, list[str]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def read(body: PeopleImport) -> Iterator[tuple[str, PersonRow | list[Fault]]]:
    """Each row and where it stands; of one that cannot be read its faults. Raises InvalidRequest for no table."""
    for number, person in enumerate(body.rows or ()):
        yield f"#/rows/{number}", person
    if body.csv is None:
        return
    for number, cells in tables.read(body.csv, columns=COLUMNS, most_rows=MOST_PEOPLE):
        pointer = f"#/csv/{number}"
        try:
            yield pointer, PersonRow.model_validate(_fields(cells), context=FROM_TABLE)
        except ValidationError as error:
            yield pointer, faults_of(error, pointer)


def plan(
    rows: Iterable[tuple[str, PersonRow | list[Fault]]],
    people: Iterable[Known],
    *,
    elsewhere: frozenset[str],
    importer: uuid.UUID,
    replace: bool,
) -> Plan:
    """`people`: all of the school. `elsewhere`: those logins that belong to nobody of it, but are taken. `replace`: who
    came by an import before, and is in no row, leaves."""
    found, everybody = Plan(), list(people)
    by_external = {known.external_id: known for known in everybody if known.external_id is not None}
    by_login = {known.login: known for known in everybody}
    seen: dict[str, set[str]] = {"external_id": set(), "login": set()}
    named: set[uuid.UUID] = set()
    for pointer, row in rows:
        found.rows += 1
        if isinstance(row, list):
            found.faults += row
            continue
        known = by_external.get(row.external_id) or _to_link(by_login.get(row.login or ""))
        faults = [*_repeated(row, pointer, seen), *_roles(row, pointer)]
        holder = by_login.get(row.login or "")
        found.elsewhere += row.login in elsewhere
        # Beyond the bound such a row is taken for a good one: the file is refused for those before it.
        is_told = row.login in elsewhere and found.elsewhere <= MOST_TAKEN_TOLD
        if (holder is not None and holder is not known) or is_told:
            faults.append(fault(f"{pointer}/login", "login_taken", "Somebody else has this login."))
        if known is None and row.active is not False:
            missing = [name for name in ("login", "alias") if getattr(row, name) is None]
            detail = "Somebody who is new needs it."
            faults += [fault(f"{pointer}/{name}", "required", detail) for name in missing]
        if known is not None and known.id == importer and (row.active is False or _new_roles(row, known) is not None):
            faults.append(fault(f"{pointer}/external_id", "own_row", "This is you: somebody else changes that."))
        if known is not None and any(is_excluded(role, beside=known.roles) for role in _new_roles(row, known) or ()):
            detail = "Whoever coordinates a programme does not evaluate it."
            faults.append(fault(f"{pointer}/roles", "evaluation_conflict", detail))
        if known is not None:
            named.add(known.id)
        if faults:
            found.faults += faults
        elif known is None:
            _add(found, row)
        else:
            _compare(found, row, known)
    if replace and not found.faults:
        found.leaving += [
            known
            for known in everybody
            if known.external_id is not None and known.gone is None and known.id not in named
        ]
    return found


def _add(found: Plan, row: PersonRow) -> None:
    """Somebody new, unless they have left already where the file comes from."""
    if row.active is False:
        found.unchanged += 1
    else:
        found.added.append(row)


def _compare(found: Plan, row: PersonRow, known: Known) -> None:
    if row.active is False:
        if known.gone is None:
            # Whoever is found by their login is named by the file's own name for them.
            found.leaving.append(dataclasses.replace(known, external_id=row.external_id))
        else:
            found.unchanged += 1
        return
    if known.gone is False:
        found.stay_away.append(row.external_id)
        return
    changes: dict[str, Any] = {}
    for name in ("login", "alias"):
        said = getattr(row, name)
        if said is not None and said != getattr(known, name):
            changes[name] = said
    # How they sign in, and what those who confide in them call them, is not for a file to change.
    stays = {"login", "alias"} if known.beyond_it else {"alias"} if known.alias_stays else set()
    if kept := sorted(stays & changes.keys()):
        found.kept[row.external_id] = kept
        changes = {name: said for name, said in changes.items() if name not in stays}
    wanted = Wanted(
        known=known,
        external_id=row.external_id,
        login=changes.get("login"),
        alias=changes.get("alias"),
        roles=_new_roles(row, known),
        returns=known.gone is True,
    )
    if wanted.fields or wanted.returns:
        found.changed.append(wanted)
    else:
        found.unchanged += 1


def _to_link(known: Known | None) -> Known | None:
    """Somebody who was there before the import gets its name for them, and keeps what they have."""
    return known if known is not None and known.external_id is None else None


def _new_roles(row: PersonRow, known: Known) -> frozenset[Role] | None:
    """Those of what an import can give that they are to have, where that is something else than they have."""
    held = known.roles & GIVEN_BY_IT
    if row.roles is None:
        return None
    return frozenset(row.roles) if frozenset(row.roles) != held else None


def _repeated(row: PersonRow, pointer: str, seen: dict[str, set[str]]) -> Iterator[Fault]:
    for name, texts in seen.items():
        said = getattr(row, name)
        if said is not None and said in texts:
            yield fault(f"{pointer}/{name}", f"duplicate_{name}", "An earlier row has it.")
        if said is not None:
            texts.add(said)


def _roles(row: PersonRow, pointer: str) -> Iterator[Fault]:
    strange = [role for role in row.roles or () if role not in GIVEN_BY_IT]
    if not strange:
        return
    given = ", ".join(sorted(GIVEN_BY_IT))
    confided = "reads what was told in confidence: a coordinator and a second person give it"
    why = "takes a coordinator" if READS_CASES.isdisjoint(strange) else confided
    detail = f"An import gives {given}. One of these roles {why}. Whoever has it keeps it; leave it out here."
    yield fault(f"{pointer}/roles", "role_not_given_here", detail)


def _fields(cells: Mapping[str, str]) -> dict[str, Any]:
    fields: dict[str, Any] = dict(cells)
    if "roles" in cells:
        named = [part.strip().lower() for part in cells["roles"].split(";") if part.strip()]
        fields["roles"] = [] if named == [NO_ROLES] else named
    return fields
