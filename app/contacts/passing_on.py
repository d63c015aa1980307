"""A peer's request goes from one supporter to the next, until somebody says yes or nobody is left.

One at a time, and nobody is told who was asked before, who said no, or who was not asked. Whoever holds the row of the
choice does something with its contacts: the choice is locked first, everywhere.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace

from sqlmodel import Session, col, select

from app.contacts import service as contacts
from app.contacts.wishes import Wishes
from app.core.clock import hour_of
from app.events import outbox
from app.events.programme import ContactsUnanswered
from app.identity.actors import people_with
from app.models import Choice, Contact, School, Supporter
from app.schools import service as schools
from app.supporters import standing
from app.vault import columns
from app.vocabulary import CONTACT_IS_OPEN, ContactState, Role
from app.vocabulary.contacts import ChoiceState
from app.work import queue
from app.work.queue import Item

# Of one contact: its supporter had their time, or has said no, or is gone.
NEXT = "choices.next"
TELL_UNANSWERED = "choices.tell_unanswered"
# Coordinators hear of it on Monday morning, of all together: from when, nobody could tell who has declined what.
WEEKDAY, AT_HOUR = 0, 9


def able(session: Session, school_id: uuid.UUID, *, now: dt.datetime) -> set[uuid.UUID]:
    """Who can be chosen: supporters who let peers find them, and may have a contact now."""
    people = people_with(session, school_id, Role.SUPPORTER)
    listed = select(Supporter.person_id).where(
        Supporter.school_id == school_id, col(Supporter.person_id).in_(people), col(Supporter.listed).is_(True)
    )
    return standing.may_have_contact(session, session.exec(listed).all(), now=now)


def begin(session: Session, school: School, row: Choice, wishes: Wishes, *, now: dt.datetime) -> bool:
    """Ask the first. False when there is nobody: then nothing was added."""
    return _go_on(session, school, row, wishes, promise=True, now=now)


def locked(session: Session, choice_id: uuid.UUID) -> Choice | None:
    wanted = select(Choice).where(Choice.id == choice_id).with_for_update()
    return session.exec(wanted.execution_options(populate_existing=True)).one_or_none()


def accepted(session: Session, choice: Choice) -> None:
    """A supporter has said yes to a contact of a choice that the caller has locked."""
    choice.state = ChoiceState.ACCEPTED
    session.add(choice)


def declined(session: Session, row: Contact, *, now: dt.datetime) -> None:
    """A supporter has said no: the next one is asked beside their answer."""
    _enqueue(session, row, due_at=now, now=now, why="declined")


def ended(session: Session, choice: Choice, *, now: dt.datetime) -> None:
    """Its supporter has ended it. What was kept to ask somebody else is destroyed."""
    _close(session, choice, ChoiceState.OVER, now=now)


def given_back(session: Session, choice: Choice, row: Contact, *, now: dt.datetime) -> None:
    """Its supporter is gone, or cannot go on: what they had is over, and another one is asked as at the beginning.

    For a contact of a choice that the caller has locked.
    """
    if row.state not in CONTACT_IS_OPEN:
        return
    was_accepted = row.state is ContactState.ACCEPTED
    contacts.stop(session, row, now=now)
    if was_accepted and choice.wishes_sealed is not None:
        wishes = _wishes(session, choice)
        asked = _asked(session, choice)
        more = wishes.wanted(able(session, choice.school_id, now=now), asked=asked)
        _promise(session, choice, replace(wishes, asks=len(asked) + more), asks=more, now=now)
        choice.state = ChoiceState.ASKED
    session.add(choice)
    _enqueue(session, row, due_at=now, now=now, why="given back")


def end_open(session: Session, choice: Choice, *, now: dt.datetime) -> None:
    """What is open of it ends, and its supporter is told that something is over. The caller has locked the choice."""
    for row in _contacts(session, choice):
        if row.state in CONTACT_IS_OPEN:
            contacts.stop(session, row, now=now)
            contacts.tell_over(session, row.school_id, [row.person_id], now=hour_of(now))


def forget_over(session: Session, choice: Choice, *, before: dt.datetime) -> None:
    """Drop the contacts of one that goes on which were over by then. Nobody of them is asked again, or more than was
    promised: that stands with whom the peer did not want, sealed. The caller has locked the choice."""
    gone = [row for row in _contacts(session, choice) if row.over_hour is not None and row.over_hour <= before]
    if choice.wishes_sealed is not None:
        wishes = _wishes(session, choice).without({row.person_id for row in gone})
        columns.CHOICE_WISHES.seal(session, choice, wishes.dump(), school_id=choice.school_id)
        session.add(choice)
    for row in gone:
        session.delete(row)
    session.flush()


def due(session: Session, item: Item, now: dt.datetime) -> None:
    """A supporter's time is over, or they have said no. Safe to repeat."""
    found = session.get(Contact, item.subject)
    choice = None if found is None or found.choice_id is None else locked(session, found.choice_id)
    if found is None or choice is None or choice.state is not ChoiceState.ASKED:
        return
    session.refresh(found)
    if found.state is ContactState.OFFERED:
        contacts.stop(session, found, now=now)
        contacts.tell_over(session, found.school_id, [found.person_id], now=hour_of(now))
    if any(row.state in CONTACT_IS_OPEN for row in _contacts(session, choice)):
        return
    school = session.get_one(School, choice.school_id)
    if not _go_on(session, school, choice, _wishes(session, choice), promise=False, now=now):
        _close(session, choice, ChoiceState.NOBODY_COULD, now=now)
        _tell_later(session, school, now=now)


def tell_unanswered(session: Session, item: Item, now: dt.datetime) -> None:
    """That somebody could not be answered lately: not who, when, how often, or why."""
    school = session.get_one(School, item.subject)
    data = ContactsUnanswered(school=school.slug)
    who = people_with(session, school.id, Role.COORDINATOR)
    if who:
        outbox.emit(
            session, "contacts.unanswered", data, school_id=school.id, now=hour_of(now), tell=who, only_people=True
        )


def _go_on(
    session: Session, school: School, choice: Choice, wishes: Wishes, *, promise: bool, now: dt.datetime
) -> bool:
    who, asked = able(session, school.id, now=now), _asked(session, choice)
    if promise:
        more = wishes.wanted(who, asked=asked)
        wishes = replace(wishes, asks=len(asked) + more)
    person = wishes.next(who, asked=asked)
    if person is None:
        return False
    if promise:
        _promise(session, choice, wishes, asks=more, now=now)
        session.add(choice)
        session.flush()
    row = contacts.offer_chosen(
        session,
        choice,
        supporter=person,
        reach=columns.CHOICE_REACH.unseal(session, choice, school_id=school.id),
        words=None
        if choice.words_sealed is None
        else columns.CHOICE_WORDS.unseal(session, choice, school_id=school.id),
        now=now,
    )
    _enqueue(session, row, due_at=now + _time_of_each(school), now=now, why="unanswered")
    return True


def _promise(session: Session, choice: Choice, wishes: Wishes, *, asks: int, now: dt.datetime) -> None:
    """By when there is an answer, whoever says no: rounded up to the hour, and to be kept."""
    school = session.get_one(School, choice.school_id)
    columns.CHOICE_WISHES.seal(session, choice, wishes.dump(), school_id=school.id)
    choice.answer_by = hour_of(now + asks * _time_of_each(school)) + dt.timedelta(hours=1)


def _time_of_each(school: School) -> dt.timedelta:
    return dt.timedelta(hours=schools.policies_of(school).contact_answer_hours)


def _wishes(session: Session, choice: Choice) -> Wishes:
    return Wishes.load(columns.CHOICE_WISHES.unseal(session, choice, school_id=choice.school_id))


def _contacts(session: Session, choice: Choice) -> list[Contact]:
    rows = select(Contact).where(Contact.choice_id == choice.id)
    return list(session.exec(rows.execution_options(populate_existing=True)))


def _asked(session: Session, choice: Choice) -> set[uuid.UUID]:
    return {row.person_id for row in _contacts(session, choice)}


def _close(session: Session, choice: Choice, state: ChoiceState, *, now: dt.datetime) -> None:
    choice.state, choice.over_hour = state, hour_of(now)
    choice.wishes_sealed = choice.reach_sealed = choice.words_sealed = None
    session.add(choice)


def _enqueue(session: Session, row: Contact, *, due_at: dt.datetime, now: dt.datetime, why: str) -> None:
    queue.enqueue(session, NEXT, row.id, due_at=due_at, now=now, key=f"{NEXT}/{row.id}/{why}")


def _tell_later(session: Session, school: School, *, now: dt.datetime) -> None:
    local = now.astimezone(schools.zone_of(school))
    monday = local.date() + dt.timedelta(days=(WEEKDAY - local.weekday()) % 7 or 7)
    due_at = dt.datetime.combine(monday, dt.time(AT_HOUR), schools.zone_of(school)).astimezone(dt.UTC)
    queue.share(session, TELL_UNANSWERED, school.id, due_at=due_at, key=f"{TELL_UNANSWERED}/{school.id}", payload={})
