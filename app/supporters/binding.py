"""The two texts that a supporter says yes to: the confidentiality agreement and the role card (STUDY P03, I13).

A version is what they say. Other words are another version and ask again; until then an earlier yes counts for a while,
so that no new text leaves a school without supporters overnight. Never having said yes counts for nothing.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from sqlmodel import Session, col, select

from app.core.clock import hour_of
from app.guidance.content import RoleCard
from app.guidance.role_cards import role_card
from app.models import BindingTextInForce, School, SelectionPage, SupporterSignature
from app.supporters.selection_texts import load_texts
from app.vocabulary import Role
from app.vocabulary.selection import BindingText
from app.work import queue
from app.work.queue import Item

SWEEP = "supporters.sweep_texts"
LOOK = "supporters.look_at_texts"
SWEEP_EVERY = dt.timedelta(hours=6)
# For whoever said yes to an earlier version.
GRACE = dt.timedelta(days=28)
# What a card binds to. Its date of review and its sources may change and ask nobody again.
_OF_A_CARD = ("title", "can", "cannot", "pause_when", "ask_advice_when", "refer_when", "to_whom")


class Asked(NamedTuple):
    """A text as a school asks for it now."""

    version: str
    text: Mapping[str, Any]


def asked_now(session: Session, school: School, *, now: dt.datetime) -> dict[BindingText, Asked]:
    """Both; without the card where the school shows none to anybody."""
    found = {BindingText.AGREEMENT: agreement(session.get(SelectionPage, school.id))}
    card = role_card(session, school, Role.SUPPORTER, now=now)
    if card is not None:
        found[BindingText.ROLE_CARD] = _of_card(card)
    return found


def agreement(page: SelectionPage | None) -> Asked:
    """The text for all, and the school's own lines after it."""
    shipped, own = load_texts().agreement, [] if page is None else page.agreement_points
    version = f"{shipped.version}+{_digest(own)}" if own else shipped.version
    return Asked(version, {"title": shipped.title, "points": [*shipped.points, *own]})


def _of_card(card: RoleCard) -> Asked:
    text = card.model_dump(mode="json", include=set(_OF_A_CARD))
    return Asked(_digest(text), text)


def _digest(text: object) -> str:
    return hashlib.sha256(json.dumps(text, sort_keys=True).encode()).hexdigest()[:12]


def kept_by(
    session: Session, school_id: uuid.UUID, people: Collection[uuid.UUID], *, now: dt.datetime
) -> set[uuid.UUID]:
    """Those of `people`, of one school, whose yes to both texts counts now."""
    school = session.get_one(School, school_id)
    asked, deadlines = asked_now(session, school, now=now), until(session, school_id)
    signed = signatures(session, people)
    return {
        person
        for person in people
        if all(
            counts(signed.get((person, kind), ()), each, deadlines.get(kind), now=now) for kind, each in asked.items()
        )
    }


def sign(
    session: Session, school_id: uuid.UUID, person_id: uuid.UUID, kind: BindingText, asked: Asked, *, now: dt.datetime
) -> SupporterSignature:
    """Write down somebody's yes, which is new."""
    row = SupporterSignature(
        school_id=school_id,
        person_id=person_id,
        kind=kind,
        text_version=asked.version,
        text=dict(asked.text),
        signed_hour=hour_of(now),
    )
    session.add(row)
    session.flush()
    return row


def signatures(
    session: Session, people: Collection[uuid.UUID]
) -> dict[tuple[uuid.UUID, BindingText], list[SupporterSignature]]:
    """By person and text, the newest last."""
    statement = select(SupporterSignature).where(col(SupporterSignature.person_id).in_(people))
    found: dict[tuple[uuid.UUID, BindingText], list[SupporterSignature]] = {}
    for row in session.exec(statement.order_by(col(SupporterSignature.signed_hour), col(SupporterSignature.id))):
        found.setdefault((row.person_id, row.kind), []).append(row)
    return found


def until(session: Session, school_id: uuid.UUID) -> dict[BindingText, tuple[str, dt.datetime]]:
    """By text the version that was last seen, and until when an earlier yes is enough for it."""
    rows = session.exec(select(BindingTextInForce).where(BindingTextInForce.school_id == school_id))
    return {row.kind: (row.text_version, row.since + GRACE) for row in rows}


def counts(
    signed: Collection[SupporterSignature],
    asked: Asked,
    deadline: tuple[str, dt.datetime] | None,
    *,
    now: dt.datetime,
) -> bool:
    """Whether what somebody has signed is enough now. `deadline`: as in `until`, of this text."""
    if any(row.text_version == asked.version for row in signed):
        return True
    if not signed:
        return False
    # Of a version that nobody has noticed yet the while has not begun.
    return deadline is None or deadline[0] != asked.version or now < deadline[1]


def notice(session: Session, school: School, *, now: dt.datetime) -> None:
    """Write down since when the school asks for what it asks. Safe to repeat."""
    rows = session.exec(select(BindingTextInForce).where(BindingTextInForce.school_id == school.id).with_for_update())
    known = {row.kind: row for row in rows}
    for kind, asked in asked_now(session, school, now=now).items():
        row = known.get(kind)
        if row is None:
            row = BindingTextInForce(school_id=school.id, kind=kind, text_version=asked.version, since=now)
        elif row.text_version != asked.version:
            row.text_version, row.since = asked.version, now
        session.add(row)
    session.flush()


def sweep(session: Session, item: Item, now: dt.datetime) -> None:
    """Have every school looked at, each in a transaction of its own, and come again. Safe to repeat."""
    queue.enqueue_for_each(session, LOOK, session.exec(select(School.id)), now=now)
    queue.enqueue(session, SWEEP, item.subject, due_at=now + SWEEP_EVERY, now=now, key=SWEEP)


def look(session: Session, item: Item, now: dt.datetime) -> None:
    """A card can change with a release of the product, or by anybody who keeps a school's content."""
    school = session.get(School, item.subject, with_for_update={"key_share": True})
    if school is not None:
        notice(session, school, now=now)
