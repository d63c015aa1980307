"""A school's directory, held for one change: nobody else changes it meanwhile, and the safety rules hold afterwards."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlmodel import Session, col, select

from app.audit import trail
from app.core import clock
from app.core.problems import Conflict, NotFound
from app.directory import catalogue, publishing, words
from app.directory.overlay import Directory
from app.identity.actors import Actor
from app.models import LocalEntry, School, Site
from app.vocabulary import Role

KEEPERS = (Role.SCHOOL_IT, Role.COORDINATOR)
READERS = (*KEEPERS, Role.SPONSOR)


class LastEmergencyEntry(Conflict):
    code, title = "last_emergency_entry", "An emergency entry has to stay"


class LastCrisisEntry(Conflict):
    code, title = "last_crisis_entry", "A crisis line has to stay"


class TooFewAtAnyHour(Conflict):
    code, title = "too_few_at_any_hour", "Two services at any hour have to stay"


REFUSALS = {kind.code: kind for kind in (LastEmergencyEntry, LastCrisisEntry, TooFewAtAnyHour)}


@dataclass(frozen=True, slots=True)
class Held:
    """`before`: the directory as it was when the change began."""

    session: Session
    actor: Actor
    school: School
    now: dt.datetime
    before: Directory

    def row(self, entry_id: str) -> LocalEntry | None:
        statement = select(LocalEntry).where(LocalEntry.school_id == self.school.id, LocalEntry.entry_id == entry_id)
        return self.session.exec(statement).one_or_none()

    def row_to_change(self, entry_id: str) -> LocalEntry:
        """The school's word on an entry, a new one that says nothing where it has none. Raises NotFound."""
        row = self.row(entry_id)
        if row is not None:
            row.version += 1
        elif entry_id in self.before.standings:
            row = LocalEntry(school_id=self.school.id, entry_id=entry_id, entry={})
        else:
            raise NotFound
        row.updated_at = self.now
        self.session.add(row)
        return row

    def sites(self) -> set[uuid.UUID]:
        return set(self.session.exec(select(Site.id).where(Site.school_id == self.school.id)))

    def finish(self, action: str, *entry_ids: str) -> Directory:
        """The directory as it is then. Raises a LastEmergencyEntry or the like where it would leave too little.

        Every change of a directory ends here.
        """
        words.touch(self.session, self.school)
        after = catalogue.catalogue_of(self.session, self.school).directory
        for rule in after.newly_short_of(self.before):
            raise REFUSALS[rule.code](rule.message)
        for entry_id in entry_ids:
            self.record(action, entry_id)
        publishing.publish_state(self.session, self.school, self.now)
        return after

    def record(self, action: str, subject: str | uuid.UUID) -> None:
        """Into the audit trail."""
        person_id = self.actor.person_id
        trail.record(
            self.session, action=action, school_id=self.school.id, person_id=person_id, subject=subject, now=self.now
        )


def hold(session: Session, actor: Actor) -> Held:
    """Raises Forbidden."""
    actor.require(*KEEPERS)
    statement = select(School).where(School.id == actor.require_school())
    # Not for the rows that name the school: reports and the like go on meanwhile.
    locked = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    school = session.exec(locked).one()
    before = catalogue.catalogue_of(session, school).directory
    return Held(session=session, actor=actor, school=school, now=clock.now(), before=before)


def school_of(session: Session, actor: Actor) -> School:
    """For whoever may read it. Raises Forbidden."""
    actor.require(*READERS)
    return session.get_one(School, actor.require_school())


def rows_of(session: Session, school_id: uuid.UUID, entry_ids: list[str] | None = None) -> dict[str, LocalEntry]:
    """The school's words by entry: all, or those on some entries."""
    statement = select(LocalEntry).where(LocalEntry.school_id == school_id)
    if entry_ids is not None:
        statement = statement.where(col(LocalEntry.entry_id).in_(entry_ids))
    return {row.entry_id: row for row in session.exec(statement)}
