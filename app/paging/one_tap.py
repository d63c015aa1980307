"""The link of a page, for whoever carries no app: what it shows, and the one thing it does (contract 1.5)."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlmodel import Session, select

from app.core import clock
from app.core.problems import NotFound, Problem
from app.models import Escalation, Page, Person, School
from app.paging import answering, asking, ending, keeping_out, links
from app.schools.policies import PagingPolicy
from app.vocabulary import PageState


class LinkExpired(Problem):
    code, status, title = "link_expired", 410, "This link has expired"
    default_detail = "It works until an hour after the time to answer. Sign in: late is better than never."


class Standing(StrEnum):
    """What is to be said about a page to whoever holds its link. Only at OPEN is there anything to press."""

    OPEN = "open"
    # Only in the answer to the press that did it.
    YOURS_NOW = "yours_now"
    USED = "used"
    DECLINED = "declined"
    TAKEN = "taken"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Tap:
    """What a link shows: nothing of the matter, and nobody but the one person it was made for."""

    standing: Standing
    school: str
    zone: ZoneInfo
    drill: bool
    ack_by: dt.datetime
    # From the press on, until the next person is asked.
    to_reply: dt.timedelta


def look(session: Session, page_id: uuid.UUID, token: str) -> Tap:
    """What the link shows; changes nothing. Raises NotFound and LinkExpired as `find` does."""
    page = find(session, page_id, token)
    return _tap(session, page, _standing(page, session.get_one(Escalation, page.escalation_id)))


def press(session: Session, page_id: uuid.UUID, token: str) -> Tap:
    """Acknowledge the page for the person it was sent to, once. Raises NotFound and LinkExpired as `find` does.

    Of several presses at once exactly one finds YOURS_NOW. No later one does: whether the person has it still, only
    signing in can say.
    """
    page = find(session, page_id, token)
    done = answering.acknowledge_once(session, page)
    if done is not None and done.first:
        return _tap(session, page, Standing.YOURS_NOW)
    return look(session, page_id, token)


def find(session: Session, page_id: uuid.UUID, token: str) -> Page:
    """The page that a link was made for.

    Raises NotFound for any other token, once the person has left or may read no pages any more, and once it is kept
    from them; LinkExpired when it is too old.
    """
    page = session.get(Page, page_id)
    if page is None or not links.fits(session, token, page_id=page.id, person_id=page.person_id):
        raise NotFound
    person = session.get_one(Person, page.person_id)
    theirs = session.exec(select(Page.id).where(Page.id == page.id, asking.still_theirs())).first()
    if theirs is None or keeping_out.is_kept_from(session, page, person):
        raise NotFound
    if not links.works(page, now=clock.now()):
        raise LinkExpired
    return page


def _standing(page: Page, escalation: Escalation) -> Standing:
    # They may have taken it on with another page, too: whoever is a coordinator and an adviser is asked twice.
    if page.state in (PageState.ACKNOWLEDGED, PageState.HANDED_OVER) or escalation.acknowledged_by == page.person_id:
        return Standing.USED
    if ending.is_over(escalation):
        return Standing.OVER
    if escalation.acknowledged_by is not None:
        return Standing.TAKEN
    return Standing.DECLINED if page.state is PageState.DECLINED else Standing.OPEN


def _tap(session: Session, page: Page, standing: Standing) -> Tap:
    school = session.get_one(School, page.school_id)
    policy = PagingPolicy.model_validate(session.get_one(Escalation, page.escalation_id).policy)
    return Tap(
        standing=standing,
        school=school.name,
        zone=ZoneInfo(school.time_zone),
        drill=page.drill,
        ack_by=page.ack_by,
        to_reply=dt.timedelta(seconds=policy.reply_seconds),
    )
