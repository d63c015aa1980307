"""What the demo schools say of themselves, and one story: all of it made up, and marked so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlmodel import Session, select

from app.core import clock
from app.core.clock import hour_of
from app.guidance import answers
from app.models import (
    Person,
    PolicyDocument,
    Post,
    RetentionPolicy,
    School,
    SchoolProfile,
    StatementAdoption,
    Story,
    StoryReview,
)
from app.retention.policies import SUGGESTED_DAYS
from app.schools.profile_schemas import ProfilePut
from app.stories import submitting
from app.stories.schemas import StoryCreate
from app.stories.texts import load_texts
from app.vocabulary import DocumentOwner, RetentionAction, StoryDecision, StoryState
from app.vocabulary.keeping import RetentionClass, RetentionTrigger

HARBOUR = {
    "clinical_years": [3, 4],
    "terms": [
        {"name": "First term (demo)", "starts_on": "2027-02-01", "ends_on": "2027-06-25"},
        {"name": "Second term (demo)", "starts_on": "2027-07-19", "ends_on": "2027-11-26"},
    ],
    "cohort_profile": {
        "about": "Graduates of many subjects who share one campus in years 1 and 2. Fictitious.",
        "size": "between 400 and 450",
        "background": "Many moved to Harbour for the degree, and know nobody there at first.",
        "languages": ["English", "Mandarin", "Vietnamese"],
        "placements": ["Harbour General Hospital", "Rural clinics in the north of the state"],
    },
    "sponsors": [
        {"kind": "academic", "title": "Dean of Students (demo)", "post": "academic_sponsor"},
        {"kind": "professional", "title": "Director of Student Services (demo)"},
    ],
}
RIDGE = {
    "clinical_years": [4, 5],
    "terms": [{"name": "First semester (demo)", "starts_on": "2027-02-22", "ends_on": "2027-06-18"}],
    "cohort_profile": {
        "about": "Most come straight from school, and live at home or in colleges. Fictitious.",
        "size": "between 250 and 300",
        "languages": ["English", "Arabic"],
        "placements": ["Ridge Base Hospital"],
    },
    "sponsors": [{"kind": "professional", "title": "Head of Student Wellbeing (demo)"}],
}
STORY = {
    "author_kind": "near_peer",
    "title": "The term I asked (made up for the demo)",
    "text": (
        "Made up for the demo. In second year I stopped going to the anatomy room, and said that I was busy. A friend "
        "asked me on the tram, twice, and the second time I told her. Nothing was solved that evening, but from then "
        "on there were two of us. She came along to the first appointment and waited outside with a book."
    ),
    "includes_careers_advice": True,
    "shown_as": "A fourth-year who does not exist",
    "strengths": {
        "what_helped": "Somebody who asked a second time, and lunch with other people on most days.",
        "what_i_learned": "Asking is a skill like any other, and I got better at it.",
        "what_i_would_say": "I took a term off and told the school why. It cost me a term, and nothing that I miss.",
    },
}


def harbour(session: Session, school: School, who: Mapping[str, Person]) -> None:
    _posts(session, school, who)
    _profile(session, school, HARBOUR)
    _decided(session, school, who["privacy"])
    _documents(session, school, "harbour")
    _story(session, school, reviewer=who["coordinator"], second=who["sponsor"])


def ridge(session: Session, school: School, who: Mapping[str, Person]) -> None:
    _profile(session, school, RIDGE)
    _posts(session, school, who)
    _decided(session, school, who["privacy"])
    _documents(session, school, "ridge")


def _posts(session: Session, school: School, who: Mapping[str, Person]) -> None:
    """Whoever leads and whoever stands behind it has somebody after them (STUDY T11)."""
    now = clock.now()
    for code, title, holder, deputy in (
        ("programme_lead", "Lead of the programme", "coordinator", "it"),
        ("academic_sponsor", "Academic sponsor", "sponsor", "coordinator"),
    ):
        session.add(
            Post(
                school_id=school.id,
                code=code,
                title=title,
                holder_id=who[holder].id,
                deputy_id=who[deputy].id,
                created_at=now,
                updated_at=now,
            )
        )


def _decided(session: Session, school: School, officer: Person) -> None:
    """What a privacy officer decides before a school is opened: here, that everything is kept."""
    hour = hour_of(clock.now())
    session.add(
        StatementAdoption(
            school_id=school.id,
            statement_version=answers.privacy_statement().version,
            adopted_by=officer.id,
            adopted_hour=hour,
        )
    )
    for each in RetentionClass:
        session.add(
            RetentionPolicy(
                school_id=school.id,
                retention_class=each,
                period_days=SUGGESTED_DAYS.get(each),
                trigger=RetentionTrigger.CLOSED,
                action=RetentionAction.DESTROY,
                automatic=False,
                changed_by=officer.id,
                changed_hour=hour,
            )
        )


def _profile(session: Session, school: School, profile: Mapping[str, object]) -> None:
    written = ProfilePut.model_validate(profile).model_dump(mode="json")
    session.add(SchoolProfile(school_id=school.id, profile=written, updated_at=clock.now()))


def _documents(session: Session, school: School, host: str) -> None:
    now = clock.now()
    for code, owner, title in (
        ("student_support", DocumentOwner.UNIVERSITY, "Student support policy (demo)"),
        ("students_on_placement", DocumentOwner.HEALTH_SERVICE, "Students on placement: who to call (demo)"),
    ):
        session.add(
            PolicyDocument(
                school_id=school.id,
                code=code,
                owner=owner,
                title=title,
                url=f"https://{host}.example.edu/policies/{code.replace('_', '-')}",
                document_version="1.0",
                review_by=now.date() + dt.timedelta(days=365),
                created_at=now,
                updated_at=now,
            )
        )


def _story(session: Session, school: School, *, reviewer: Person, second: Person) -> None:
    """Told as anybody tells one, and published as if two people had looked at it."""
    now = clock.now()
    consent = {"version": load_texts().consent.version, "agreed": True}
    submitting.submit(session, school.slug, StoryCreate.model_validate(STORY | {"consent": consent}), help_=(), now=now)
    story = session.exec(select(Story).where(Story.school_id == school.id)).one()
    story.state, story.decided_hour, story.public_hour = StoryState.PUBLISHED, hour_of(now), hour_of(now)
    session.add(story)
    session.add(
        StoryReview(
            story_id=story.id,
            number=1,
            reviewed_by=reviewer.id,
            reviewed_hour=hour_of(now),
            strengths_based=True,
            safe_messaging_checked=True,
            nobody_else_recognisable=True,
            careers_advice_checked=True,
            decision=StoryDecision.PUBLISH,
            second_by=second.id,
            second_hour=hour_of(now),
            second_agreed=True,
        )
    )
