"""Schools in the states of Australia, on a database of their own, to be asked for promises at any instant."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Callable, Collection
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from app.core.db import Database
from app.directory import catalogue
from app.identity.people import create_person
from app.models import Person, School
from app.paging import expectation
from app.paging.schemas import Expect
from app.rosters import service as rosters
from app.rosters.schemas import RosterDefinition
from app.schools import service as schools
from app.schools.policies import SchoolPolicies
from app.vocabulary import Level, Role, RosterLine, SchoolStatus

ZONES = {
    "VIC": "Australia/Melbourne",
    "NSW": "Australia/Sydney",
    "QLD": "Australia/Brisbane",
    "SA": "Australia/Adelaide",
    "WA": "Australia/Perth",
    "NT": "Australia/Darwin",
    "TAS": "Australia/Hobart",
    "ACT": "Australia/Sydney",
}
WEEK = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


@dataclasses.dataclass(frozen=True)
class Schools:
    """A school in each state, with somebody who reads and no roster: nobody but hours and holidays decides."""

    db: Database

    def promise(self, region: str, now: dt.datetime, *, excluded: Collection[uuid.UUID] = frozenset()) -> Expect:
        def ask(session: Session) -> Expect:
            school = schools.find(session, region.lower())
            found = catalogue.catalogue_of(session, school)
            return expectation.when_read(session, school, found, now=now.astimezone(dt.UTC), excluded=excluded)

        return self.db.read_now(ask)

    def local(self, region: str, wall: str, *, fold: int = 0) -> dt.datetime:
        return dt.datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(ZONES[region]), fold=fold)

    def write(self, work: Callable[[Session], Any]) -> Any:
        return self.db.write_now(work)


def new_school(
    session: Session, slug: str, *, region: str = "VIC", zone: str = ZONES["VIC"], **policies: Any
) -> School:
    return schools.create(
        session,
        slug=slug,
        name=slug,
        country="AU",
        region=region,
        time_zone=zone,
        program_type="graduate_entry",
        years=4,
        features={},
        policies=SchoolPolicies(**policies),
        status=SchoolStatus.ACTIVE,
    )


def new_triager(session: Session, school: School, name: str = "reader") -> Person:
    login = f"{name}@{school.slug}.example"
    return create_person(
        session, school_id=school.id, login=login, alias=name, roles=[Role.TRIAGER], password_hash=None
    )


def on_triage(session: Session, school: School, *layers: tuple[Person, list[dict[str, Any]]]) -> None:
    """A triage roster: each person within their own restrictions."""
    definition = {
        "name": "Readers",
        "line": RosterLine.TRIAGE,
        "time_zone": school.time_zone,
        "combine": "union",
        "layers": [
            {
                "id": f"L{rank}",
                "rank": rank,
                "rotation": {
                    "unit": "week",
                    "length": 1,
                    "start_local": "2026-01-05T09:00",
                    "participants": [str(person.id)],
                },
                "restrictions": restrictions,
            }
            for rank, (person, restrictions) in enumerate(layers, start=1)
        ],
    }
    stored = RosterDefinition.model_validate(definition)
    rosters.store(session, school_id=school.id, level=Level.PRIMARY, definition=stored)
