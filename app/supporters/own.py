"""A supporter's own side: where they stand, how they may be found, and what they have said yes to."""

from __future__ import annotations

import datetime as dt

from sqlmodel import Session, col, select

from app.audit import trail
from app.core import clock
from app.core.pagination import PageRequest
from app.core.preconditions import Version
from app.core.problems import Conflict, InvalidRequest, NotFound
from app.identity.actors import Actor
from app.models import School, Site, Supporter, SupporterSignature
from app.rosters import absences
from app.supporters import binding, owed, service
from app.supporters.schemas import (
    Listing,
    ListingUpdate,
    SignatureCreate,
    SignatureOut,
    SignaturePage,
    SupporterMe,
)
from app.vocabulary import Role
from app.vocabulary.selection import BindingText
from app.vocabulary.supporters import SERVES, SupporterStatus


class TextChanged(Conflict):
    code, status, title = "text_changed", 409, "The text has changed"
    default_detail = "Nothing was signed. Read it again, and send the version that you then say yes to."


def show(session: Session, actor: Actor) -> SupporterMe:
    """Raises NotFound for somebody who never was on the way into the programme."""
    return _me(session, _own(session, actor), now=clock.now())


def update(session: Session, actor: Actor, body: ListingUpdate, *, version: Version) -> SupporterMe:
    """Change how peers may find oneself. Raises NotFound, PreconditionFailed, InvalidRequest for a site of no such
    school."""
    actor.require(Role.SUPPORTER)
    now, row = clock.now(), _own(session, actor, lock=True)
    version.check(_me(session, row, now=now))
    given = body.model_dump(exclude_unset=True, exclude_none=True)
    if body.site_ids is not None:
        here = select(Site.id).where(
            Site.school_id == row.school_id, col(Site.id).in_(body.site_ids), col(Site.retired).is_(False)
        )
        if set(session.exec(here)) != set(body.site_ids):
            detail = "Each is a site of your school that is in use."
            raise InvalidRequest(errors=[{"pointer": "#/site_ids", "code": "unknown_site", "detail": detail}])
        given["site_ids"] = [str(site) for site in dict.fromkeys(body.site_ids)]
    if body.languages is not None:
        given["languages"] = list(dict.fromkeys(body.languages))
    if any(getattr(row, name) != value for name, value in given.items()):
        for name, value in given.items():
            setattr(row, name, value)
        row.version, row.updated_at = row.version + 1, now
        session.add(row)
        session.flush()
    return _me(session, row, now=now)


def sign(session: Session, actor: Actor, kind: BindingText, body: SignatureCreate) -> SignatureOut:
    """Say yes to a text as it is asked for now. The same yes again changes nothing. Raises NotFound, TextChanged."""
    actor.require(Role.SUPPORTER)
    now, row = clock.now(), _own(session, actor, lock=True)
    school = session.get_one(School, row.school_id)
    asked = binding.asked_now(session, school, now=now).get(kind)
    if asked is None or body.version != asked.version:
        raise TextChanged
    known = select(SupporterSignature).where(
        SupporterSignature.person_id == actor.person_id,
        SupporterSignature.kind == kind,
        SupporterSignature.text_version == asked.version,
    )
    made = session.exec(known).one_or_none()
    if made is None:
        made = binding.sign(session, school.id, actor.person_id, kind, asked, now=now)
        trail.record(
            session,
            action=f"supporter.{kind}_signed",
            school_id=school.id,
            person_id=actor.person_id,
            subject=made.id,
            now=now,
        )
    return signature_out(made)


def signed(session: Session, actor: Actor, request: PageRequest) -> SignaturePage:
    """What somebody has said yes to, also after they have left the programme."""
    statement = select(SupporterSignature).where(
        SupporterSignature.person_id == actor.person_id, SupporterSignature.school_id == actor.require_school()
    )
    statement = request.slice(
        statement, at=col(SupporterSignature.signed_hour), row_id=col(SupporterSignature.id), newest_first=True
    )
    rows, cursor = request.page(list(session.exec(statement)), place=lambda row: (row.signed_hour, row.id))
    return SignaturePage(items=[signature_out(row) for row in rows], next_cursor=cursor)


def signature_out(row: SupporterSignature) -> SignatureOut:
    return SignatureOut(
        id=row.id, kind=row.kind, version=row.text_version, title=row.text["title"], signed_hour=row.signed_hour
    )


def listing_of(row: Supporter) -> Listing:
    return Listing.model_validate(row.model_dump(include=set(Listing.model_fields)))


def _own(session: Session, actor: Actor, *, lock: bool = False) -> Supporter:
    row = service.own(session, actor, lock=lock)
    if row is None or row.school_id != actor.require_school():
        raise NotFound
    return row


def _me(session: Session, row: Supporter, *, now: dt.datetime) -> SupporterMe:
    found = owed.standing(session, row, now=now)
    status = row.status
    if status in SERVES and absences.paused(session, [row.person_id], now=now):
        status = SupporterStatus.PAUSED
    return SupporterMe(
        id=row.id,
        status=status,
        listing=listing_of(row),
        agreement=found.agreement,
        role_card=found.role_card,
        owed=found.owed,
        expected_end=row.expected_end,
    )
