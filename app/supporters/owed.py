"""What is owed before somebody in training is active: one check for each thing, asked in one place."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from sqlmodel import Session

from app.models import School, Supporter
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
    """For the present version: whoever is to become active has read that one."""
    school = session.get_one(School, row.school_id)
    asked, deadlines = binding.asked_now(session, school, now=now), binding.until(session, school.id)
    signed = binding.signatures(session, [row.person_id])
    texts, owed = {}, []
    for kind in BindingText:
        wanted, has, deadline = asked.get(kind), signed.get((row.person_id, kind), []), deadlines.get(kind)
        current = wanted is None or any(each.text_version == wanted.version for each in has)
        texts[kind] = TextStanding(
            asked_version=None if wanted is None else wanted.version,
            signed_version=has[-1].text_version if has else None,
            signed_hour=has[-1].signed_hour if has else None,
            counts=wanted is None or binding.counts(has, wanted, deadline, now=now),
            earlier_until=None if current or not has else _until(wanted, deadline),
        )
        if not current:
            owed.append(Owed(kind))
    if row.person_id not in training.valid(session, [row.person_id], now=now):
        owed.append(Owed.TRAINING)
    said = [OwedOut(what=each, says=_SAYS[each]) for each in owed]
    return Standing(texts[BindingText.AGREEMENT], texts[BindingText.ROLE_CARD], said)


def _until(asked: binding.Asked | None, deadline: tuple[str, dt.datetime] | None) -> dt.datetime | None:
    """Until when an earlier yes is enough; None where the while has not begun."""
    return deadline[1] if asked is not None and deadline is not None and deadline[0] == asked.version else None
