"""A peer chooses a supporter, without an account: who can be chosen, what came of it, and taking it back."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from app.contacts import codes, passing_on
from app.contacts.choice_schemas import (
    ChoiceCreate,
    ChoiceMade,
    ChoiceOut,
    ChoiceTakenBack,
    ChoosableList,
    ChoosableSupporter,
    ChosenSite,
)
from app.contacts.texts import load_texts
from app.contacts.wishes import Wishes
from app.core.clock import hour_of
from app.core.problems import InvalidRequest, NotFound, Problem
from app.core.receipts import new_receipt
from app.idempotency import service as idempotency
from app.models import Choice, Contact, Person, School, Site, Supporter
from app.schools import service as schools
from app.vault import columns
from app.vocabulary import CONTACT_IS_OPEN
from app.vocabulary.contacts import ChoiceState
from app.vocabulary.supporters import YearBand

# Of one school. Supporters are students too: more than this they could not answer, and a flood must not reach them.
MOST_WAITING = 40
DAY_SECONDS = 86_400


class TooManyAsk(Problem):
    """Full, and said so: to wait behind so many would be no help to anybody."""

    code, status, title = "too_many_ask", 503, "More people ask than supporters can answer"
    default_detail = (
        "Nothing was stored, and your code is still good. Please come back tomorrow; if you need somebody now, the "
        "help in this answer is there."
    )
    helps_everyone = True

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": str(DAY_SECONDS)})


class NobodyToAsk(codes.NobodyToChoose):
    """Said before anything is kept, so that the code can be used on another day."""

    default_detail = (
        "Of those who could be asked for you, none can take this on just now. Nothing was stored, and your code is "
        "still good. The help in this answer is there."
    )


def supporters(
    session: Session,
    code_id: uuid.UUID,
    *,
    year_band: YearBand | None,
    site: uuid.UUID | None,
    language: str | None,
    help_: Sequence[dict[str, Any]],
    now: dt.datetime,
) -> ChoosableList:
    """Those who can be asked now. Raises NotFound where the code is good for nothing any more."""
    school_id = codes.find(session, code_id, now=now).school_id
    able = passing_on.able(session, school_id, now=now)
    rows = session.exec(
        select(Supporter, Person.alias)
        .join(Person, col(Person.id) == col(Supporter.person_id))
        .where(col(Supporter.person_id).in_(able))
    ).all()
    names = {row.id: row.name for row in session.exec(select(Site).where(Site.school_id == school_id))}
    fits = [
        (row, alias)
        for row, alias in rows
        if (year_band is None or row.year_band is year_band)
        and (site is None or str(site) in row.site_ids)
        and (language is None or any(_speaks(tag, language) for tag in row.languages))
    ]
    fits.sort(key=lambda each: _place(code_id, each[0].id))
    items = [_out(row, alias, names) for row, alias in fits[:200]]
    return ChoosableList.model_validate({"items": items, "help": help_})


def choose(
    session: Session, code_id: uuid.UUID, body: ChoiceCreate, *, help_: Sequence[dict[str, Any]], now: dt.datetime
) -> ChoiceMade:
    """Spend the code, keep what is asked for, and ask the first supporter.

    Raises NotFound for a code that is used, SchoolNotActive, InvalidRequest for somebody who is no supporter of the
    school, and NobodyToAsk or TooManyAsk: then nothing is kept, and the code stays good.
    """
    school_id = codes.spend(session, code_id, now=now)
    school = session.get_one(School, school_id)
    schools.require_active(school)
    waiting = select(func.count()).where(Choice.school_id == school_id, Choice.state == ChoiceState.ASKED)
    # Counted without a lock: of those that come in one moment a few more than this get in, and none is lost.
    if session.exec(waiting).one() >= MOST_WAITING:
        raise TooManyAsk
    wishes = Wishes(
        preferred=_people(session, school_id, body.preferred, at="preferred"),
        excluded=_people(session, school_id, body.excluded, at="not"),
        anybody_else=body.anybody_else,
    )
    code = new_receipt()
    row = Choice(
        school_id=school_id,
        code_hash=codes.hash_of(session, code),
        state=ChoiceState.ASKED,
        asked_hour=hour_of(now),
        answer_by=now,
    )
    columns.CHOICE_REACH.seal(session, row, body.how_to_reach, school_id=school_id)
    if body.words is not None:
        columns.CHOICE_WORDS.seal(session, row, body.words, school_id=school_id)
    if not passing_on.begin(session, school, row, wishes, now=now):
        raise NobodyToAsk
    texts = load_texts()
    return ChoiceMade.model_validate(
        {
            "code": code,
            "state": row.state,
            "state_text": texts.states[row.state],
            "each_has_hours": schools.policies_of(school).contact_answer_hours,
            "answer_by": row.answer_by,
            "what_happens_next": list(texts.what_happens_next),
            "help": help_,
        }
    )


def open_with(session: Session, code: str, *, now: dt.datetime) -> tuple[uuid.UUID, uuid.UUID, bool]:
    """What a code opens, of which school, and whether that is a choice that was made already.

    Both kinds are looked for, whichever it is. Raises NotFound, the same for one that is wrong, used or expired. Using
    it ends the replay of the answer that showed it.
    """
    idempotency.end_replay(session, codes.replay_end_hash(session, code))
    unused = codes.opened_by(session, code, now=now)
    made = session.exec(select(Choice).where(Choice.code_hash == codes.hash_of(session, code))).one_or_none()
    if unused is not None:
        return unused.id, unused.school_id, False
    if made is not None:
        return made.id, made.school_id, True
    raise NotFound


def show(session: Session, choice_id: uuid.UUID, *, help_: Sequence[dict[str, Any]]) -> ChoiceOut:
    """Raises NotFound once it was taken back."""
    row = session.get(Choice, choice_id)
    if row is None:
        raise NotFound
    return ChoiceOut.model_validate(
        {
            "state": row.state,
            "state_text": load_texts().states[row.state],
            "alias": _who_accepted(session, row),
            "asked_hour": row.asked_hour,
            "answer_by": row.answer_by if row.state is ChoiceState.ASKED else None,
            "help": help_,
        }
    )


def withdraw(
    session: Session, choice_id: uuid.UUID, *, help_: Sequence[dict[str, Any]], now: dt.datetime
) -> ChoiceTakenBack:
    """At once and for good; an open contact is over. Raises NotFound."""
    row = passing_on.locked(session, choice_id)
    if row is None:
        raise NotFound
    passing_on.end_open(session, row, now=now)
    forget(session, row)
    return ChoiceTakenBack.model_validate({"what_happened": list(load_texts().taken_back), "help": help_})


def forget(session: Session, row: Choice) -> None:
    """Nothing is left of it. The contacts it led to refer to nothing any more, and have no text."""
    session.exec(sa.update(Contact).where(col(Contact.choice_id) == row.id).values(choice_id=None))
    session.delete(row)
    session.flush()


def _who_accepted(session: Session, row: Choice) -> str | None:
    if row.state is not ChoiceState.ACCEPTED:
        return None
    accepted = (
        select(Person.alias)
        .join(Contact, col(Contact.person_id) == col(Person.id))
        .where(Contact.choice_id == row.id, col(Contact.state).in_(CONTACT_IS_OPEN))
    )
    return session.exec(accepted).first()


def _people(session: Session, school_id: uuid.UUID, ids: Collection[uuid.UUID], *, at: str) -> tuple[uuid.UUID, ...]:
    """By the ids of supporters. Somebody who cannot be asked just now is as good as anybody here: it is not told."""
    known = {
        row.id: row.person_id
        for row in session.exec(
            select(Supporter).where(Supporter.school_id == school_id, col(Supporter.id).in_(list(ids)))
        )
    }
    for index, each in enumerate(ids):
        if each not in known:
            fault = {
                "pointer": f"#/{at}/{index}",
                "code": "unknown_supporter",
                "detail": "This is the id of no supporter of the school.",
            }
            raise InvalidRequest(errors=[fault])
    return tuple(dict.fromkeys(known[each] for each in ids))


def _out(row: Supporter, alias: str, names: dict[uuid.UUID, str]) -> ChoosableSupporter:
    sites = sorted((names[each], each) for each in map(uuid.UUID, row.site_ids) if each in names)
    return ChoosableSupporter(
        id=row.id,
        alias=alias,
        year_band=row.year_band,
        languages=row.languages,
        sites=[ChosenSite(id=each, name=name) for name, each in sites],
        remote_ok=row.remote_ok,
    )


def _speaks(tag: str, wanted: str) -> bool:
    """Basic filtering (RFC 4647, 3.3.1): `zh` finds `zh-Hant`."""
    tag, wanted = tag.casefold(), wanted.casefold()
    return tag == wanted or tag.startswith(f"{wanted}-")


def _place(code_id: uuid.UUID, supporter_id: uuid.UUID) -> bytes:
    """The same in each answer to one code, and another for the next."""
    return hashlib.sha256(code_id.bytes + supporter_id.bytes).digest()
