"""What is owed before somebody in training is active: one check for each thing, asked in one place."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import NamedTuple

from sqlmodel import Session

from app.models import School, Supporter, SupporterSignature
from app.supporters import binding, training
from app.supporters.schemas import OwedOut, TextStanding
from app.vocabulary.selection import BindingText, Owed

_SAYS = {
    Owed.AGREEMENT: "The confidentiality agreement in its present version is not signed.",
    Owed.ROLE_CARD: "The role card in its present version is not accepted.",
    Owed.TRAINING: "Both trainings are not done, or one has lapsed.",
}


class Standing(NamedTuple):
    """A supporter's two texts, and what they owe."""

    agreement: TextStanding
    role_card: TextStanding
    owed: list[OwedOut]


def standing(session: Session, row: Supporter, *, now: dt.datetime) -> Standing:
    return standings(session, [row], now=now)[row.id]


def standings(session: Session, rows: Sequence[Supporter], *, now: dt.datetime) -> dict[uuid.UUID, Standing]:
    """By supporter, of one school: what is asked there is read once. For the present version: whoever is to become
    active has read that one."""
    if not rows:
        return {}
    school = session.get_one(School, rows[0].school_id)
    asked, deadlines = binding.asked_now(session, school, now=now), binding.until(session, school.id)
    people = [row.person_id for row in rows]
    signed, trained = binding.signatures(session, people), training.valid(session, people, now=now)
    found = {}
    for row in rows:
        texts, owed = {}, []
        for kind in BindingText:
            has = signed.get((row.person_id, kind), [])
            texts[kind], current = _text(has, asked.get(kind), deadlines.get(kind), now=now)
            if not current:
                owed.append(Owed(kind))
        if row.person_id not in trained:
            owed.append(Owed.TRAINING)
        said = [OwedOut(what=each, says=_SAYS[each]) for each in owed]
        found[row.id] = Standing(texts[BindingText.AGREEMENT], texts[BindingText.ROLE_CARD], said)
    return found


def _text(
    has: Sequence[SupporterSignature],
    wanted: binding.Asked | None,
    deadline: tuple[str, dt.datetime] | None,
    *,
    now: dt.datetime,
) -> tuple[TextStanding, bool]:
    """Where somebody stands with a text, and whether that is its present version."""
    current = wanted is None or any(each.text_version == wanted.version for each in has)
    standing = TextStanding(
        asked_version=None if wanted is None else wanted.version,
        signed_version=has[-1].text_version if has else None,
        signed_hour=has[-1].signed_hour if has else None,
        counts=wanted is None or binding.counts(has, wanted, deadline, now=now),
        earlier_until=None if current or not has else _until(wanted, deadline),
    )
    return standing, current


def _until(asked: binding.Asked | None, deadline: tuple[str, dt.datetime] | None) -> dt.datetime | None:
    """Until when an earlier yes is enough; None where the while has not begun."""
    return deadline[1] if asked is not None and deadline is not None and deadline[0] == asked.version else None
