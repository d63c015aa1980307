"""A school's profile: what it says of itself and of its students as a whole, and who stands behind it (STUDY D15)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from app.audit import trail
from app.core import clock
from app.core.preconditions import Version
from app.core.problems import InvalidRequest, PreconditionFailed
from app.identity.actors import Actor
from app.models import School, SchoolProfile
from app.schools import policy_documents, posts
from app.schools import service as schools
from app.schools.profile_schemas import (
    CohortProfileOut,
    ProfileOut,
    ProfilePut,
    SponsorOut,
    TermOut,
)
from app.vocabulary import Role


def show(session: Session, slug: str, *, now: dt.datetime) -> ProfileOut:
    """Raises SchoolNotFound."""
    return _out(session, schools.find(session, slug), now=now)


def put(session: Session, actor: Actor, body: ProfilePut, *, version: Version) -> ProfileOut:
    """All of it anew. Raises PreconditionRequired, PreconditionFailed, and InvalidRequest for a year that the programme
    does not have and a post that the school does not have."""
    actor.require(Role.COORDINATOR)
    school, now = session.get_one(School, actor.require_school()), clock.now()
    row = session.get(SchoolProfile, school.id, with_for_update=True, populate_existing=True)
    version.check(_out(session, school, now=now))
    _check(session, school, body)
    if row is None:
        row = SchoolProfile(school_id=school.id, profile={}, version=0, updated_at=now)
    row.profile = body.model_dump(mode="json")
    row.version, row.updated_at = row.version + 1, now
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as exc:
        # Somebody else has written the first one in this moment.
        raise PreconditionFailed from exc
    trail.record(
        session,
        action="profile.changed",
        school_id=school.id,
        person_id=actor.person_id,
        subject=school.id,
        now=now,
    )
    return _out(session, school, now=now)


def sponsors(session: Session, school_id: uuid.UUID, *, now: dt.datetime) -> Sequence[SponsorOut]:
    """Those whose term goes on."""
    school = session.get_one(School, school_id)
    return [each for each in _sponsors(_written(session, school), schools.today(school, now=now)) if not each.ended]


def sponsors_written(session: Session, school: School, *, now: dt.datetime) -> Sequence[SponsorOut]:
    """All that stand in the profile, with those whose term is over."""
    return _sponsors(_written(session, school), schools.today(school, now=now))


def terms(session: Session, school: School) -> Sequence[TermOut]:
    """As the school wrote them: none, or past ones, where it keeps no calendar."""
    return [TermOut.model_validate(term) for term in _written(session, school).terms]


def _check(session: Session, school: School, body: ProfilePut) -> None:
    faults = []
    for number, year in enumerate(body.clinical_years):
        if year > school.years or year in body.clinical_years[:number]:
            faults.append(
                (f"#/clinical_years/{number}", "no_such_year", "Each year of the programme once at the most.")
            )
    for number, sponsor in enumerate(body.sponsors):
        if sponsor.post is not None and not posts.exists(session, school.id, sponsor.post):
            faults.append((f"#/sponsors/{number}/post", "unknown_post", "The school has no such post."))
    if faults:
        named = [{"pointer": pointer, "code": code, "detail": detail} for pointer, code, detail in faults]
        raise InvalidRequest(errors=named)


def _written(session: Session, school: School) -> ProfilePut:
    row = session.get(SchoolProfile, school.id)
    return ProfilePut() if row is None else ProfilePut.model_validate(row.profile)


def _sponsors(written: ProfilePut, today: dt.date) -> list[SponsorOut]:
    return [
        SponsorOut(**each.model_dump(), ended=each.term_end is not None and each.term_end < today)
        for each in written.sponsors
    ]


def _out(session: Session, school: School, *, now: dt.datetime) -> ProfileOut:
    row, written, today = (
        session.get(SchoolProfile, school.id),
        _written(session, school),
        schools.today(school, now=now),
    )
    return ProfileOut(
        school=school.slug,
        name=school.name,
        status=school.status,
        country=school.country,
        region=school.region,
        program_type=school.program_type,
        years=school.years,
        clinical_years=sorted(written.clinical_years),
        terms=[TermOut.model_validate(term) for term in written.terms],
        cohort_profile=CohortProfileOut.model_validate(written.cohort_profile),
        sponsors=_sponsors(written, today),
        policy_documents=policy_documents.of_school(session, school, now=now),
        updated_at=None if row is None else row.updated_at,
    )
