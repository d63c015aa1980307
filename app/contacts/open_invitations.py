"""Open invitations: to everybody, a part of the degree or a site, so that who has no friend finds a way in (STUDY E17).

There is no field for a person, and nothing is kept of who came by one: an invitation to isolated students must not
become a list of them (STUDY D14). Nobody knows how many students a site has, so that none is addressed alone: what
speaks to a site speaks to whoever would take part from elsewhere too, by phone or by video.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlmodel import Session, col, select

from app.contacts.choice_schemas import ChosenSite
from app.contacts.invitation_schemas import (
    KeptInvitation,
    KeptInvitationPage,
    OpenInvitationCreate,
    OpenInvitationOut,
    OpenInvitationPage,
)
from app.contacts.texts import load_texts
from app.core import clock
from app.core.pagination import PageRequest
from app.core.problems import Forbidden, InvalidRequest, NotFound
from app.guidance import wording
from app.guidance.override_checks import NamesAMethod
from app.identity.actors import Actor
from app.models import OpenInvitation, School, Site
from app.schools import service as schools
from app.supporters import standing
from app.vocabulary import Role


def publish(session: Session, actor: Actor, body: OpenInvitationCreate) -> KeptInvitation:
    """By a coordinator, or a supporter who may be given a contact.

    Raises Forbidden, NamesAMethod, and InvalidRequest for a site that the school does not have, or what is over.
    """
    now, school_id = clock.now(), actor.require_school()
    if not actor.has(Role.COORDINATOR) and not standing.may_have_contact(session, [actor.person_id], now=now):
        raise Forbidden("This is for supporters who can be given a contact, and for coordinators.")
    for name, text in (("title", body.title), ("words", body.words), ("meeting", body.meeting)):
        if text is not None and wording.names_a_method(text) is not None:
            raise NamesAMethod(errors=[_fault(name, "names_a_method", "This names a method of suicide or self-harm.")])
    if body.closes_at <= now:
        raise InvalidRequest(errors=[_fault("closes_at", "in_the_past", "Nobody would see it.")])
    if body.site_id is not None:
        # Held against whoever does away with it in this moment.
        site = session.get(Site, body.site_id, with_for_update={"read": True, "key_share": True})
        if site is None or site.school_id != school_id or site.retired:
            raise InvalidRequest(errors=[_fault("site_id", "unknown_site", "This is no site of the school.")])
    row = OpenInvitation(
        **body.model_dump(), school_id=school_id, made_by=actor.person_id, created_at=now, updated_at=now
    )
    session.add(row)
    session.flush()
    return _kept(session, row)


def page(session: Session, slug: str, request: PageRequest, *, now: dt.datetime) -> OpenInvitationPage:
    """Those that are open now. Raises SchoolNotFound."""
    school = schools.find(session, slug)
    statement = request.slice(_open(school, now), at=col(OpenInvitation.opens_at), row_id=col(OpenInvitation.id))
    rows, cursor = request.page(list(session.exec(statement)), place=lambda row: (row.opens_at, row.id))
    return OpenInvitationPage(
        items=[OpenInvitationOut.model_validate(_shown(session, row)) for row in rows], next_cursor=cursor
    )


def find_open(session: Session, slug: str, invitation_id: uuid.UUID, *, now: dt.datetime) -> School:
    """The school of one that is open now. Raises NotFound, the same for any other."""
    school = schools.find(session, slug)
    if session.exec(_open(school, now).where(OpenInvitation.id == invitation_id)).one_or_none() is None:
        raise NotFound
    return school


def visible_invitations(actor: Actor) -> Any:
    """A coordinator sees all of the school, a supporter their own."""
    actor.require(Role.COORDINATOR, Role.SUPPORTER)
    statement = select(OpenInvitation).where(OpenInvitation.school_id == actor.require_school())
    return statement if actor.has(Role.COORDINATOR) else statement.where(OpenInvitation.made_by == actor.person_id)


def kept(session: Session, actor: Actor, request: PageRequest) -> KeptInvitationPage:
    statement = request.slice(
        visible_invitations(actor), at=col(OpenInvitation.opens_at), row_id=col(OpenInvitation.id)
    )
    rows, cursor = request.page(list(session.exec(statement)), place=lambda row: (row.opens_at, row.id))
    return KeptInvitationPage(items=[_kept(session, row) for row in rows], next_cursor=cursor)


def get(session: Session, actor: Actor, invitation_id: uuid.UUID) -> KeptInvitation:
    """Raises NotFound."""
    return _kept(session, _find(session, actor, invitation_id))


def take_down(session: Session, actor: Actor, invitation_id: uuid.UUID) -> KeptInvitation:
    """Nobody sees it any more; twice is no change. Raises NotFound."""
    row = _find(session, actor, invitation_id)
    if row.taken_down_at is None:
        row.taken_down_at = row.updated_at = clock.now()
        row.version += 1
        session.add(row)
    return _kept(session, row)


def take_down_all(session: Session, person_id: uuid.UUID, *, now: dt.datetime) -> None:
    """Those of somebody who is no supporter any more: nobody would come to what they invite to. Safe to repeat."""
    theirs = select(OpenInvitation).where(
        OpenInvitation.made_by == person_id,
        col(OpenInvitation.closes_at) > now,
        col(OpenInvitation.taken_down_at).is_(None),
    )
    for row in session.exec(theirs.order_by(col(OpenInvitation.id)).with_for_update()).all():
        row.taken_down_at = row.updated_at = now
        row.version += 1
        session.add(row)


def _open(school: School, now: dt.datetime) -> Any:
    return select(OpenInvitation).where(
        OpenInvitation.school_id == school.id,
        col(OpenInvitation.opens_at) <= now,
        col(OpenInvitation.closes_at) > now,
        col(OpenInvitation.taken_down_at).is_(None),
    )


def _find(session: Session, actor: Actor, invitation_id: uuid.UUID) -> OpenInvitation:
    wanted = visible_invitations(actor).where(OpenInvitation.id == invitation_id)
    row: OpenInvitation | None = session.exec(wanted).one_or_none()
    if row is None:
        raise NotFound
    return row


def _kept(session: Session, row: OpenInvitation) -> KeptInvitation:
    return KeptInvitation.model_validate(_shown(session, row) | {"taken_down": row.taken_down_at is not None})


def _shown(session: Session, row: OpenInvitation) -> dict[str, Any]:
    site = None if row.site_id is None else session.get_one(Site, row.site_id)
    said = load_texts().for_whom[str(row.year_band or row.audience)]
    named = None if site is None else ChosenSite(id=site.id, name=site.name)
    return {
        "id": row.id,
        "audience": row.audience,
        "year_band": row.year_band,
        "site": named,
        "for_whom": said if site is None else said.replace("{site}", site.name),
        "title": row.title,
        "words": row.words,
        "meeting": row.meeting,
        "opens_at": row.opens_at,
        "closes_at": row.closes_at,
    }


def _fault(name: str, code: str, detail: str) -> dict[str, str]:
    return {"pointer": f"#/{name}", "code": code, "detail": detail}
