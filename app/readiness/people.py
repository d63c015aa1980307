"""Whether a school has the people it needs, and somebody after them: sponsor, privacy officer, whoever signs in."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Literal

import sqlalchemy as sa
from pydantic import Field
from sqlmodel import Session, col, or_, select

from app.identity.actors import people_with
from app.models import Person, Post, School, SignIn
from app.programme import risk
from app.readiness.checks import Check, found
from app.schools import posts, profile
from app.schools import service as schools
from app.vocabulary import Role

# Whoever knows that they go within this tells it now: so long it takes to find and to show somebody (J9).
NOTICE = dt.timedelta(days=120)
Missing = Literal["coordinator", "sponsor", "sponsor_term", "supporters"]
# One alone is on leave some day.
FEWEST = 2


class SponsorCheck(Check):
    """Somebody stands behind the programme, and their term goes on (STUDY D15). `sponsors`: how many there are."""

    code: Literal["sponsor"]
    sponsors: Annotated[int, Field(ge=0, le=20)]


class PrivacyOfficerCheck(Check):
    """Somebody looks after what is kept of people, and what goes wrong with it."""

    code: Literal["privacy_officer"]


class SuccessionCheck(Check):
    """Somebody comes after the coordinator and the sponsor: a second one, or a deputy in a post that they hold; one
    sponsor at the least stays for 120 days; and a programme that has begun goes on with enough supporters after the
    term (STUDY D09, T11, J9). `without`: those roles that nobody would take over, `sponsor_term` where all terms end
    before, and `supporters`."""

    code: Literal["succession"]
    without: Annotated[list[Missing], Field(max_length=4)]


class IdentityCheck(Check):
    """At least two people can sign in as coordinator or sponsor, and have accepted. `people`: how many can."""

    code: Literal["identity"]
    people: Annotated[int, Field(ge=0, le=100_000)]


def sponsor(session: Session, school: School, *, now: dt.datetime) -> SponsorCheck:
    count = len(profile.sponsors(session, school.id, now=now))
    do = "Write in the school's profile who stands behind the programme, with a term that goes on."
    return SponsorCheck(code="sponsor", sponsors=count, **found(count > 0, otherwise=do))


def privacy_officer(session: Session, school: School) -> PrivacyOfficerCheck:
    ok = bool(people_with(session, school.id, Role.PRIVACY_OFFICER))
    do = "Give somebody the role `privacy_officer`."
    return PrivacyOfficerCheck(code="privacy_officer", **found(ok, otherwise=do))


def succession(session: Session, school: School, *, now: dt.datetime) -> SuccessionCheck:
    without: list[Missing] = []
    if not _has_successor(session, school, Role.COORDINATOR):
        without.append("coordinator")
    if not _has_successor(session, school, Role.SPONSOR):
        without.append("sponsor")
    until = schools.today(school, now=now) + NOTICE
    terms = [each.term_end for each in profile.sponsors(session, school.id, now=now)]
    if not any(end is None or end >= until for end in terms):
        without.append("sponsor_term")
    if risk.has_too_few(session, school, now=now):
        without.append("supporters")
    do = (
        "Name a second one, or a post (`posts`) that they hold with a deputy; in the profile a term of 120 days; and "
        "supporters who stay beyond the term (`succession/forecast`)."
    )
    return SuccessionCheck(code="succession", without=without, **found(not without, otherwise=do))


def identity(session: Session, school: School) -> IdentityCheck:
    """A password is set by accepting an invitation; whoever signs in through the school has no other sign of it."""
    wanted = people_with(session, school.id, Role.COORDINATOR, Role.SPONSOR)
    has_been = sa.exists().where(col(SignIn.person_id) == col(Person.id))
    statement = select(Person.id).where(
        col(Person.id).in_(wanted), or_(col(Person.password_hash).is_not(None), has_been)
    )
    count = len(session.exec(statement).all())
    do = "Invite a coordinator and a sponsor who accept: two people must be able to sign in as one of these."
    return IdentityCheck(code="identity", people=count, **found(count >= FEWEST, otherwise=do))


def _has_successor(session: Session, school: School, role: Role) -> bool:
    holders = set(people_with(session, school.id, role))
    if len(holders) >= FEWEST:
        return True
    return any(_deputised(session, school.id, holder) for holder in holders)


def _deputised(session: Session, school_id: uuid.UUID, holder: uuid.UUID) -> bool:
    """Whether a post that somebody holds has a deputy who is still there."""
    codes = session.exec(select(Post.code).where(Post.school_id == school_id, Post.holder_id == holder))
    return any(len(posts.people_of(session, school_id, code)) >= FEWEST for code in codes)
