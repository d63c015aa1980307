"""Who can be asked at a step, and asking them: a page for each person, told to their first endpoint."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from app.core.ids import new_opaque_id
from app.events import outbox
from app.events.pages import PageRequested, PageWaiting
from app.identity.actors import people_with
from app.identity.grant_states import CURRENT
from app.identity.people import not_assessing
from app.models import Escalation, Page, Person, RoleGrant, School, WebhookEndpoint
from app.paging import fatigue, links
from app.paging.escalation import ASKED, There
from app.rosters import absences, duty
from app.schools import partners, posts
from app.schools.policies import Step
from app.settings import settings_of
from app.vocabulary import PageState, Role, RosterLine
from app.webhooks import delivery
from app.webhooks import service as webhooks
from app.work import queue
from app.work.queue import Item

DELIVERY_SETTLED = "paging.delivery_settled"
TELL = "paging.tell"
# What is told together waits so long for more of it.
HOLD = dt.timedelta(seconds=10)


# Who may read what they are paged for (domain, 5): a post can be anybody's, and supporters read nothing of it.
PAGED_ROLES = (Role.ADVISER, Role.TRIAGER, Role.COORDINATOR, Role.INDEPENDENT_HANDLER)


# Built once: every page asks these, and building costs more than asking.
_TOLD_LATELY = select(func.count()).where(
    Page.person_id == sa.bindparam("person"),
    col(Page.state).in_(ASKED),
    col(Page.held).is_(False),
    col(Page.drill).is_(False),
    col(Page.sent_at) > sa.bindparam("after"),
)
_DECLINED = select(Page.person_id).where(
    Page.escalation_id == sa.bindparam("escalation"), Page.state == PageState.DECLINED
)


def there(
    session: Session, escalation: Escalation, step: Step, *, now: dt.datetime, but: Collection[uuid.UUID] = ()
) -> There[uuid.UUID]:
    """Who can be asked at a step: on call, in the role or the post, not kept out, and not of `but`. Whoever is paused
    is nowhere."""
    if step.target == "roster" and step.roster_level is not None:
        people: Sequence[uuid.UUID] = ()
        line = step.line or escalation.line
        if line is not RosterLine.PEER_SUPPORT:
            # A policy of an earlier release can name supporters: they may not read what they would be paged for.
            people = duty.duty(session, escalation.school_id, line=line, level=step.roster_level, now=now).people
    else:
        lent = step.target == "partner"
        people = _lent(session, escalation.school_id) if lent else people_at(session, escalation.school_id, step)
        paused = absences.paused(session, people, now=now)
        people = [person for person in people if person not in paused]
    out = kept_out(session, escalation).union(but)
    asked = [person for person in people if person not in out]
    return There(asked, webhooks.addressed(session, set(asked)), kept_out=len(asked) < len(people))


def still_theirs() -> sa.ColumnElement[bool]:
    """Of a query over pages: whose person is there, and holds a role in which they may read what they are paged for."""
    role = sa.or_(
        col(RoleGrant.role) == Role.INDEPENDENT_HANDLER,
        sa.and_(col(Page.lent_by).is_(None), col(RoleGrant.role).in_(PAGED_ROLES)),
    )
    return sa.exists().where(
        col(Person.id) == col(Page.person_id),
        col(Person.active).is_(True),
        col(RoleGrant.person_id) == col(Person.id),
        CURRENT,
        role,
    )


def people_at(session: Session, school_id: uuid.UUID, step: Step) -> Sequence[uuid.UUID]:
    """Who is at a step that is no roster, whatever the time."""
    if step.target == "role" and step.role is not None:
        return people_with(session, school_id, step.role)
    if step.target == "post" and step.post is not None:
        may_read = set(people_with(session, school_id, *PAGED_ROLES))
        return [person for person in posts.people_of(session, school_id, step.post) if person in may_read]
    if step.target == "person" and step.person is not None:
        return sorted(outbox.still_there(session, (step.person,)))
    return ()


def _lent(session: Session, school_id: uuid.UUID) -> Sequence[uuid.UUID]:
    """The independent handlers of the school that this one has agreed with, if it still has; none who assesses here."""
    partner = partners.partner_of(session, school_id)
    if partner is None:
        return ()
    school = session.get_one(School, school_id)
    return not_assessing(session, people_with(session, partner.id, Role.INDEPENDENT_HANDLER), at=school.slug)


def kept_out(session: Session, escalation: Escalation) -> set[uuid.UUID]:
    """Who is not asked, as of now: excluded as a person or in a role they hold, has declined, or just handed it on."""
    roles = [role for role in Role if role in escalation.excluded]
    people = {uuid.UUID(each) for each in escalation.excluded if each not in roles}
    declined = session.exec(_DECLINED, params={"escalation": escalation.id})
    gone = () if escalation.handed_over_by is None else (escalation.handed_over_by,)
    return people.union(declined, gone, people_with(session, escalation.school_id, *roles) if roles else ())


def page(
    session: Session,
    escalation: Escalation,
    step: Step,
    person_id: uuid.UUID,
    *,
    ack_by: dt.datetime,
    alone: int,
    untold: PageState,
    now: dt.datetime,
) -> Page:
    """Page somebody at the present step; `held` when they are told later, together with others: of `alone`
    a minute they are told one by one.

    Without an endpoint the page is `untold`: they can look by themselves.
    """
    school = session.get_one(School, escalation.school_id)
    lent_by = partners.partner_of(session, school.id) if step.target == "partner" else None
    page_id = new_opaque_id()
    endpoints = webhooks.endpoints_of(session, person_id)
    held = bool(endpoints) and not step.drill and _told_lately(session, person_id, now=now) >= alone
    url = links.url_for(session, settings_of(session), page_id=page_id, person_id=person_id)
    event = outbox.emit(
        session,
        "page.requested",
        PageRequested(
            page_id=page_id,
            school=school.slug,
            priority=escalation.priority,
            level=step.level,
            ack_by=ack_by,
            ack_url=None,
            drill=step.drill,
        ),
        school_id=school.id,
        now=now,
        person_id=person_id,
        private={"ack_url": url},
        told_directly=escalation.discreet,
    )
    row = Page(
        id=page_id,
        escalation_id=escalation.id,
        school_id=school.id,
        person_id=person_id,
        lent_by=None if lent_by is None else lent_by.id,
        event_id=event.id,
        round=escalation.round,
        step=escalation.step,
        level=step.level,
        state=PageState.SENT if endpoints else untold,
        held=held,
        drill=step.drill,
        tried=[str(endpoints[0].id)] if endpoints and not held else [],
        sent_at=now,
        ack_by=ack_by,
    )
    session.add(row)
    session.flush()
    if held:
        due = now + HOLD
        window = int(now.timestamp() // HOLD.total_seconds())
        queue.share(session, TELL, person_id, due_at=due, key=f"{TELL}/{person_id}/{window}", payload={})
    elif endpoints:
        delivery.send(session, event, endpoints[0], now=now, notify_kind=DELIVERY_SETTLED, notify_subject=page_id)
        if not step.drill:
            # Their night is that of their own school, and word of it goes there.
            fatigue.look(session, lent_by or school, person_id, now=now)
    return row


def tell(session: Session, item: Item, now: dt.datetime) -> None:
    """One event for all pages of a person that were held back: how many wait, and until when for the first.

    One for each school that they were asked for: none of them learns of the other.
    """
    found = session.exec(
        select(Page).where(
            Page.person_id == item.subject,
            col(Page.held).is_(True),
            col(Page.told_by).is_(None),
            Page.state == PageState.SENT,
        )
    ).all()
    endpoints = webhooks.endpoints_of(session, item.subject)
    if not endpoints:
        return
    for school_id in sorted({each.school_id for each in found}):
        _tell_together(session, [each for each in found if each.school_id == school_id], endpoints[0], now=now)


def _tell_together(session: Session, pages: Sequence[Page], endpoint: WebhookEndpoint, *, now: dt.datetime) -> None:
    """The pages are of one person and one school."""
    person_id, school = pages[0].person_id, session.get_one(School, pages[0].school_id)
    asked = (Page.person_id == person_id, col(Page.state).in_(ASKED), col(Page.drill).is_(False))
    here = Page.school_id == school.id
    waiting = session.exec(select(func.count()).select_from(Page).where(*asked, here)).one()
    data = PageWaiting(school=school.slug, waiting=waiting, ack_by=min(each.ack_by for each in pages))
    event = outbox.emit(
        session, "page.waiting", data, school_id=school.id, now=now, person_id=person_id, told_directly=True
    )
    for each in pages:
        each.told_by, each.tried = event.id, [str(endpoint.id)]
        session.add(each)
    delivery.send(session, event, endpoint, now=now, notify_kind=DELIVERY_SETTLED, notify_subject=event.id)


def _told_lately(session: Session, person_id: uuid.UUID, *, now: dt.datetime) -> int:
    """How many pages that still wait this person was told of one by one in the last minute."""
    return session.exec(_TOLD_LATELY, params={"person": person_id, "after": now - dt.timedelta(minutes=1)}).one()
