"""A school with one roster in a real database, and beside it a model (hours.py): for long stories of edits."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from hours import Model, Taken, at, hour_of
from sqlmodel import Session, col, select

from app import startup
from app.core.crypto import KeyRing
from app.core.preconditions import Version
from app.identity.actors import Actor
from app.identity.people import create_person
from app.models import Absence, CoverageGap, Event, Person, Roster, WebhookEndpoint, WorkItem
from app.models.webhooks import EndpointHealth
from app.rosters import gaps, override_edits, records, version_edits
from app.rosters import service as rosters
from app.rosters.editing_schemas import OverrideCreate, VersionCreate
from app.rosters.rules import Rule
from app.rosters.schemas import RosterDefinition, RosterPlan
from app.schools import service as schools
from app.schools.policies import SchoolPolicies
from app.settings import Settings
from app.vocabulary import AbsenceKind, Expects, Level, Role
from app.webhooks import contacts
from app.work import queue
from app.work.engine import Engine
from tests.support.server import MASTER_KEYS

ANYTHING = Version("*")


class SmallSchool:
    """`hour` is now. Each method is something that somebody does, to the school and to the model."""

    def __init__(self, file: Path) -> None:
        settings = Settings(data_dir=file.parent, database_url=f"sqlite:///{file}", master_keys=MASTER_KEYS)
        self.db = startup.open_database(settings, KeyRing.parse(MASTER_KEYS))
        self.hour = 0
        self.model = Model()

    def now(self) -> dt.datetime:
        """Some seconds into the minute: nothing may depend on them."""
        return at(self.hour) + dt.timedelta(seconds=20)

    def begin(self) -> None:
        """Three people with working contacts, of whom the first two take turns by the day."""
        self.db.write_now(self._begin)

    def _begin(self, session: Session) -> None:
        school = schools.create(
            session,
            slug="harbour",
            name="Harbour Medical School",
            country="AU",
            region="VIC",
            time_zone="UTC",
            program_type="graduate_entry",
            years=4,
            features={},
            policies=SchoolPolicies(),
        )
        self.school_id = school.id
        self.people = [self._person(session, f"p{n}", Role.ADVISER) for n in range(3)]
        chief = self._person(session, "chief", Role.COORDINATOR)
        self.actor = Actor(chief, "chief", self.school_id, "harbour", frozenset({Role.COORDINATOR}), uuid.uuid4())
        plan = self._plan(tuple(self.people[:2]))
        definition = RosterDefinition.model_validate({**plan, "name": "first", "line": "clinical_advice"})
        roster = rosters.store(
            session, school_id=self.school_id, level=Level.PRIMARY, definition=definition, expects=Expects.ALWAYS
        )
        self.roster_id = roster.id
        self.model.versions.append((0, tuple(self.people[:2])))
        gaps.reconcile(session, roster, now=self.now())

    def _person(self, session: Session, name: str, role: Role) -> uuid.UUID:
        person = create_person(
            session,
            school_id=self.school_id,
            login=f"{name}@harbour.example",
            alias=name,
            roles=[role],
            password_hash=None,
        )
        session.add(
            WebhookEndpoint(
                school_id=self.school_id,
                person_id=person.id,
                url="https://hooks.example/",
                event_types=[],
                health=EndpointHealth.HEALTHY,
                secret_sealed=b"",
                created_at=self.now(),
                updated_at=self.now(),
            )
        )
        return person.id

    def _plan(self, people: tuple[uuid.UUID, ...]) -> dict[str, Any]:
        turns = {"unit": "day", "length": 1, "start_local": "2027-03-01T00:00", "participants": list(map(str, people))}
        return {"time_zone": "UTC", "layers": [{"id": "L1", "rank": 1, "rotation": turns}]}

    def override(self, person: uuid.UUID | None, start: int, end: int) -> uuid.UUID | None:
        """None when it would change nothing."""
        body = OverrideCreate(
            person=person, start=at(start), end=at(end), reason="as agreed", despite=[rule.value for rule in Rule]
        )
        try:
            made = self.db.write_now(
                lambda session: override_edits.add(session, self.actor, self.roster_id, body, version=ANYTHING)
            )
        except override_edits.ChangesNothing:
            return None
        self.model.overrides[made.id] = Taken(start, end, person)
        return made.id

    def take_back(self, override_id: uuid.UUID) -> None:
        taken = self.model.overrides[override_id]
        if taken.end <= self.hour:
            return
        self.db.write_now(
            lambda session: override_edits.remove(session, self.actor, self.roster_id, override_id, version=ANYTHING)
        )
        if taken.start < self.hour:
            taken.end = self.hour
        else:
            del self.model.overrides[override_id]

    def version(self, people: tuple[uuid.UUID, ...], since: int) -> None:
        plan = RosterPlan.model_validate(self._plan(people))
        body = VersionCreate(effective_from=at(since), plan=plan)
        self.db.write_now(
            lambda session: version_edits.add(session, self.actor, self.roster_id, body, version=ANYTHING)
        )
        self.model.versions = sorted(
            [each for each in self.model.versions if each[0] != since] + [(since, people)], key=lambda each: each[0]
        )

    def absent(self, person: uuid.UUID, start: int, end: int) -> None:
        row = Absence(
            school_id=self.school_id,
            person_id=person,
            kind=AbsenceKind.LEAVE,
            starts_at=at(start),
            ends_at=at(end),
            created_at=self.now(),
        )
        self._edit(lambda session: session.add(row))
        self.model.absences[uuid.uuid4()] = (person, start, end)

    def leave(self, person: uuid.UUID, *, gone: bool = True) -> None:
        """For good, or back again."""
        self._edit(
            lambda session: session.execute(sa.update(Person).where(col(Person.id) == person).values(active=not gone))
        )
        (self.model.left.add if gone else self.model.left.discard)(person)

    def contact(self, person: uuid.UUID, *, works: bool) -> None:
        health = EndpointHealth.HEALTHY if works else EndpointHealth.FAILING

        def write(session: Session) -> None:
            session.execute(
                sa.update(WebhookEndpoint).where(col(WebhookEndpoint.person_id) == person).values(health=health)
            )
            now = self.now()
            queue.enqueue(session, contacts.CHANGED, self.school_id, due_at=now, now=now)

        self.db.write_now(write)
        (self.model.unreachable.discard if works else self.model.unreachable.add)(person)
        self.work()

    def external(self, gap_id: uuid.UUID, entry: str | None) -> None:
        self.db.write_now(
            lambda session: session.execute(
                sa.update(CoverageGap).where(col(CoverageGap.id) == gap_id).values(external_entry_id=entry)
            )
        )

    def look(self) -> None:
        """As the hourly sweep does."""
        self.db.write_now(lambda session: gaps.look_soon(session, self.roster_id, now=self.now()))
        self.work()

    def pass_hours(self, hours: int) -> None:
        """Time passes, and work is done when it is due."""
        until = self.hour + hours
        while (due := self._next_due()) is not None and due < until:
            self._move(max(due, self.hour))
            self.work()
        self._move(until)
        self.work()

    def _move(self, hour: int) -> None:
        self.model.past += [self.model.on_call(each) for each in range(self.hour, hour)]
        self.hour = hour

    def work(self) -> None:
        """What is due now, but for deliveries."""
        handlers = {gaps.LOOK: gaps.look, contacts.CHANGED: gaps.school_changed}
        asyncio.run(Engine(self.db, handlers, concurrency=4).drain(until=self.now()))

    def _next_due(self) -> int | None:
        due = self.db.read_now(
            lambda session: session.exec(select(WorkItem.due_at).where(WorkItem.kind == gaps.LOOK)).all()
        )
        return min((hour_of(each) for each in due), default=None)

    def _edit(self, write: Any) -> None:
        """As every change of an absence has to: the past is written down first."""

        def edit(session: Session) -> None:
            roster = session.get_one(Roster, self.roster_id)
            records.record(session, roster, until=at(self.hour))
            write(session)
            session.flush()
            gaps.reconcile(session, roster, now=self.now())

        self.db.write_now(edit)

    def gaps(self, *, open_only: bool = True) -> list[CoverageGap]:
        statement = select(CoverageGap).order_by(col(CoverageGap.starts_at))
        found = self.db.read_now(lambda session: session.exec(statement).all())
        return [gap for gap in found if gap.state == "open" or not open_only]

    def events(self) -> list[Event]:
        statement = select(Event).where(col(Event.type).startswith("coverage.")).order_by(col(Event.occurred_at))
        return list(self.db.read_now(lambda session: session.exec(statement).all()))

    def close(self) -> None:
        self.db.close()
