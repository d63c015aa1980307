"""The school of a run: an adviser on call and a backup, who are paged, two coordinators, supporters, a reader."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlmodel import Session

from app.models import Person, School
from app.vocabulary import Level, Role, RosterLine
from benchmarks import seed
from tests.support.receiver import Receiver

SUPPORTERS = 3
PATH = f"/v1/schools/{seed.SLUG}"


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the school, signed in. `hook` names their endpoint at the receiver; None: they have none."""

    id: uuid.UUID
    headers: dict[str, str]
    hook: str | None


@dataclass(frozen=True, slots=True)
class Cast:
    paged: list[Member]
    supporters: list[Member]
    reader: Member


def make(session: Session, receiver: Receiver) -> Cast:
    school = seed.new_school(session)

    def member(alias: str, role: Role, *, hook: str | None = None) -> tuple[Person, Member]:
        person = seed.new_person(session, school, alias, role)
        if hook is not None:
            seed.new_endpoint(session, person, receiver.url(hook))
        token = seed.token_for(session, school, person, role)
        return person, Member(person.id, {"Authorization": f"Bearer {token}"}, hook)

    primary, first = member("Adviser", Role.ADVISER, hook="primary")
    backup, second = member("Backup", Role.ADVISER, hook="backup")
    _, third = member("Coordinator", Role.COORDINATOR, hook="coordinator")
    _, fourth = member("Other coordinator", Role.COORDINATOR, hook="other-coordinator")
    _on_call(session, school, primary, backup)
    return Cast(
        paged=[first, second, third, fourth],
        supporters=[member(f"Supporter {number}", Role.SUPPORTER)[1] for number in range(SUPPORTERS)],
        reader=member("Reader", Role.TRIAGER)[1],
    )


def _on_call(session: Session, school: School, primary: Person, backup: Person) -> None:
    for line in (RosterLine.CLINICAL_ADVICE, RosterLine.ACADEMIC_ADVICE):
        seed.always_on_call(session, school, line, Level.PRIMARY, primary)
        seed.always_on_call(session, school, line, Level.BACKUP, backup)
