"""Write an event in the transaction of what happened: it is in the same commit, or nowhere."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from sqlmodel import Session, col, select

from app.core.ids import new_opaque_id
from app.core.schemas import OutputModel, rfc3339
from app.events.types import PAYLOADS, EventType
from app.models import Event, Person
from app.vault import columns
from app.work import queue

FAN_OUT = "events.fan_out"


def emit(
    session: Session,
    event_type: EventType,
    data: OutputModel,
    *,
    school_id: uuid.UUID,
    now: dt.datetime,
    person_id: uuid.UUID | None = None,
    private: Mapping[str, Any] | None = None,
    tell: Iterable[uuid.UUID] = (),
    only_people: bool = False,
    told_directly: bool = False,
) -> Event:
    """Record the event and enqueue telling the school's subscribed endpoints and the people in `tell`.

    `person_id` is whom the event is about to be delivered to by the caller; `private` members replace those of `data`
    in that person's copy alone, and are kept sealed. `only_people`: no copy for the school's
    endpoints. `told_directly`: the caller enqueues the only delivery itself.
    """
    if type(data) is not PAYLOADS[event_type]:
        raise TypeError(f"{event_type} carries {PAYLOADS[event_type].__name__}")
    event = Event(
        id=new_opaque_id(),
        school_id=school_id,
        type=event_type,
        occurred_at=now,
        data=data.model_dump(mode="json"),
        person_id=person_id,
    )
    if private is not None:
        columns.EVENT.seal(session, event, json.dumps(dict(private)), school_id=school_id)
    session.add(event)
    session.flush()
    if not told_directly:
        people = sorted(str(person) for person in still_there(session, tell))
        queue.enqueue(
            session, FAN_OUT, event.id, due_at=now, now=now, payload={"tell": people, "only_people": only_people}
        )
    return event


def still_there(session: Session, people: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Those who have not left: nobody else is told of anything."""
    wanted = set(people)
    if not wanted:
        return set()
    return set(session.exec(select(Person.id).where(col(Person.id).in_(wanted), col(Person.active).is_(True))))


def document_for(session: Session, event: Event, *, person_id: uuid.UUID | None) -> dict[str, Any]:
    """What an endpoint of `person_id` (None: the school's) is told. The same, in the same order, at every attempt."""
    data = dict(event.data)
    if event.sealed is not None and person_id is not None and person_id == event.person_id:
        data |= json.loads(columns.EVENT.unseal(session, event, school_id=event.school_id))
    return {"type": event.type, "timestamp": rfc3339(event.occurred_at), "data": data}
