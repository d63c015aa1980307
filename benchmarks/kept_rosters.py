"""Stored rosters asked in this process: lately made, and with ten years behind them in a school of five hundred."""

from __future__ import annotations

import datetime as dt
import statistics
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from sqlmodel import Session, select

from app import startup
from app.core import clock
from app.core.crypto import KeyRing
from app.core.db import Database
from app.identity.people import create_person
from app.models import Absence, Roster, RosterRecord, RosterVersion, School
from app.rosters import duty, records
from app.rosters import service as rosters
from app.schools import service as schools
from app.schools.policies import SchoolPolicies
from app.settings import Settings
from app.vocabulary import AbsenceKind, Level, Role, RosterLine, SchoolStatus
from benchmarks import seed

ROSTERS = 500
YEARS = 10
ABSENCES = 200
NINETY_DAYS = dt.timedelta(days=90)


def measured(folder: Path, *, repeats: int) -> dict[str, list[float]]:
    """Seconds for each question, so often: {"on call, new": [...], ...}. Each is one read transaction of its own."""
    settings = Settings(data_dir=folder, master_keys=startup.new_master_key())
    ring = KeyRing.parse(settings.master_keys)
    startup.migrate(settings, ring)
    db = startup.open_database(settings, ring)
    try:
        new, old = db.write_now(_seed)
        now = clock.now().replace(second=0, microsecond=0)
        questions: dict[str, Callable[[Session], object]] = {}
        for name, roster in (("new", new), ("old", old)):
            questions[f"on call, {name}"] = lambda session, r=roster: _on_call(session, r, now)
            questions[f"90 days, {name}"] = lambda session, r=roster: _shifts(session, r, now)
        taken: dict[str, list[float]] = {name: [] for name in questions}
        for _ in range(repeats):
            for name, work in questions.items():
                taken[name].append(_median(db, work))
        return taken
    finally:
        db.close()


def _on_call(session: Session, roster_id: uuid.UUID, now: dt.datetime) -> object:
    # Kept answers are for the minute and its content; here each time is the first.
    duty._on_call_at.cache_clear()
    return duty.on_call_at(session, duty.of(session.get_one(Roster, roster_id)), now=now)


def _shifts(session: Session, roster_id: uuid.UUID, now: dt.datetime) -> object:
    """As many days back as ahead: half of it is the record."""
    roster = duty.of(session.get_one(Roster, roster_id))
    return records.rendered(session, roster, start=now - NINETY_DAYS / 2, end=now + NINETY_DAYS / 2)


def _seed(session: Session) -> tuple[uuid.UUID, uuid.UUID]:
    small, crowded = (_school(session, slug) for slug in ("small", "crowded"))
    new = _roster(session, small, began=6, past=0)
    _history(session, new, years=1)
    old = _roster(session, crowded, began=52 * YEARS, past=seed.PAST_OVERRIDES)
    _history(session, old, years=YEARS)
    document = session.get_one(Roster, old)
    for number in range(ROSTERS - 1):
        made = Roster(**document.model_dump(exclude={"id", "name"}), name=f"Roster {number}")
        session.add(made)
    session.flush()
    return new, old


def _school(session: Session, slug: str) -> School:
    return schools.create(
        session,
        slug=slug,
        name=slug.title(),
        country="AU",
        region="VIC",
        time_zone=seed.ZONE,
        program_type="graduate_entry",
        years=4,
        features={},
        policies=SchoolPolicies(),
        status=SchoolStatus.ACTIVE,
    )


def _roster(session: Session, school: School, *, began: int, past: int) -> uuid.UUID:
    people = [
        create_person(
            session,
            school_id=school.id,
            login=f"{school.slug}-{number}@bench.example",
            alias=f"Person {number}",
            roles=[Role.SUPPORTER],
            password_hash=None,
        )
        for number in range(seed.PARTICIPANTS)
    ]
    now = clock.now()
    for number in range(ABSENCES if past else 0):
        start = now - dt.timedelta(days=40 + 17 * number)
        session.add(
            Absence(
                school_id=school.id,
                person_id=people[number % len(people)].id,
                kind=AbsenceKind.LEAVE,
                starts_at=start,
                ends_at=start + dt.timedelta(days=3),
                created_at=start,
            )
        )
    names = [str(person.id) for person in people]
    line = RosterLine.PEER_SUPPORT
    definition = seed.definition(names, line=line, began=seed.weeks_ago(now, began), now=now, past=past)
    return rosters.store(session, school_id=school.id, level=Level.PRIMARY, definition=definition).id


def _history(session: Session, roster_id: uuid.UUID, *, years: int) -> None:
    """A record of each week, and four versions a year, until now."""
    roster = session.get_one(Roster, roster_id)
    minute = roster.recorded_until
    first = minute - dt.timedelta(weeks=52 * years)
    for week in range(52 * years):
        start = first + dt.timedelta(weeks=week)
        session.add(
            RosterRecord(
                roster_id=roster_id,
                starts_at=start,
                ends_at=start + dt.timedelta(weeks=1),
                on_call=[str(uuid.uuid4())],
                turns=[],
                away=[],
            )
        )
    [present] = session.exec(select(RosterVersion).where(RosterVersion.roster_id == roster_id)).all()
    step = dt.timedelta(weeks=13)
    for number in range(4 * years):
        start = first + number * step
        session.add(
            RosterVersion(
                roster_id=roster_id,
                number=2 + number,
                effective_from=start,
                effective_until=min(start + step, minute),
                definition=present.definition,
                created_at=start,
            )
        )
    session.flush()


def _median(db: Database, work: Callable[[Session], object], *, times: int = 20) -> float:
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        db.read_now(work)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)
