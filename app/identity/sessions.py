"""Where somebody is signed in: for themselves, and for those who end it for them when a telephone is lost."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.core import clock
from app.core.clock import hour_of
from app.core.pagination import PageRequest
from app.core.problems import NotFound
from app.identity import membership, sign_in
from app.identity.actors import Actor
from app.identity.session_schemas import SessionOut, SessionPage
from app.models import Person, RefreshToken, SignIn


def own(session: Session, actor: Actor, request: PageRequest) -> SessionPage:
    return _page(session, actor, request, person_id=actor.person_id)


def of_person(session: Session, actor: Actor, person_id: uuid.UUID, request: PageRequest) -> SessionPage:
    """For whoever answers for the people of the school. Raises NotFound."""
    return _page(session, actor, request, person_id=membership.find(session, actor, person_id).id)


def end_own(session: Session, actor: Actor, session_id: uuid.UUID) -> None:
    """Raises NotFound for one that is not the actor's, or has ended."""
    _end(session, actor, actor.person_id, session_id, because="signed_out")


def end_of_person(session: Session, actor: Actor, person_id: uuid.UUID, session_id: uuid.UUID) -> None:
    """Raises NotFound."""
    person = membership.find(session, actor, person_id)
    _end(session, actor, person.id, session_id, because="ended_for_them")
    membership.record(session, actor, "sign_in.ended", person)


def end_others(session: Session, actor: Actor) -> None:
    """All of the actor's but the one that asks."""
    _hold(session, actor.person_id)
    now = clock.now()
    sign_in.end_all(session, actor.person_id, because="signed_out", now=now, but=actor.sign_in_id)


def end_all_own(session: Session, actor: Actor) -> None:
    """Everywhere, here too."""
    _hold(session, actor.person_id)
    sign_in.end_all(session, actor.person_id, because="signed_out", now=clock.now())


def end_all_of_person(session: Session, actor: Actor, person_id: uuid.UUID) -> None:
    """Also whatever was signed for them beside a sign-in. Raises NotFound."""
    person = membership.find(session, actor, person_id, lock=True)
    sign_in.end_all(session, person.id, because="ended_for_them", now=clock.now())
    membership.record(session, actor, "sign_in.all_ended", person)


def _hold(session: Session, person_id: uuid.UUID) -> None:
    session.exec(select(Person.id).where(Person.id == person_id).with_for_update(key_share=True)).one()


def _sign_ins(actor: Actor, person_id: uuid.UUID) -> Any:
    """Those that can be gone on with; and the one that asks, which is there whatever it was opened by."""
    lives = sa.exists().where(
        col(RefreshToken.sign_in_id) == col(SignIn.id), col(RefreshToken.expires_at) > clock.now()
    )
    return select(SignIn).where(
        SignIn.person_id == person_id,
        col(SignIn.revoked_at).is_(None),
        sa.or_(lives, col(SignIn.id) == actor.sign_in_id),
    )


def _page(session: Session, actor: Actor, request: PageRequest, *, person_id: uuid.UUID) -> SessionPage:
    """The newest first."""
    statement = request.slice(
        _sign_ins(actor, person_id), at=col(SignIn.created_at), row_id=col(SignIn.id), newest_first=True
    )
    rows, cursor = request.page(list(session.exec(statement)), place=lambda row: (row.created_at, row.id))
    items = [
        SessionOut(
            id=row.id,
            device=row.device,
            begun_hour=hour_of(row.created_at),
            last_used_hour=hour_of(row.last_used_at),
            current=row.id == actor.sign_in_id,
        )
        for row in rows
    ]
    return SessionPage(items=items, next_cursor=cursor)


def _end(session: Session, actor: Actor, person_id: uuid.UUID, session_id: uuid.UUID, *, because: str) -> None:
    statement = _sign_ins(actor, person_id).where(SignIn.id == session_id)
    found: SignIn | None = session.exec(statement.with_for_update()).one_or_none()
    if found is None:
        raise NotFound
    found.revoked_at, found.revoked_because = clock.now(), because
    session.add(found)
