"""The review gate: one person answers each gate and decides, a second one agrees, and only then it is public.

Nobody but the author changes a word. Taking something down needs one person, putting it up needs two.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col, select

from app.audit import trail
from app.core import clock
from app.core.clock import hour_of
from app.core.pagination import PageRequest
from app.core.preconditions import Version
from app.core.problems import Conflict, InvalidRequest, NotFound
from app.identity.actors import Actor
from app.models import Person, Story, StoryReview
from app.stories import erasing, telling, words
from app.stories.schemas import (
    StoryReviewCreate,
    StoryReviewOut,
    SubmissionOut,
    SubmissionPage,
    SubmissionSummary,
)
from app.stories.submitting import visible
from app.vault import columns
from app.vocabulary import Role, StoryDecision, StoryState

# Whoever may be the second person reads what they would agree to.
READERS = (Role.COORDINATOR, Role.SPONSOR, Role.PRIVACY_OFFICER)
GATES = ("strengths_based", "safe_messaging_checked", "nobody_else_recognisable", "careers_advice_checked")
CAN_BE_PUBLISHED = (StoryState.AWAITING_REVIEW, StoryState.CHANGES_ASKED)
COMES_TO = {
    StoryDecision.PUBLISH: StoryState.AWAITING_SECOND_PERSON,
    StoryDecision.ASK_FOR_CHANGES: StoryState.CHANGES_ASKED,
    StoryDecision.DO_NOT_PUBLISH: StoryState.NOT_PUBLISHED,
}


class NotToBeReviewed(Conflict):
    code, status, title = "story_not_waiting", 409, "This story does not wait for that"
    default_detail = "Read it again: its author, or somebody else, has been there meanwhile."


class ReviewedByYou(Conflict):
    code, status, title = "reviewed_by_you", 409, "Publishing a story takes two people"
    default_detail = "You have reviewed it yourself. A coordinator, a sponsor or a privacy officer can be the second."


def page(session: Session, actor: Actor, request: PageRequest, *, state: StoryState | None) -> SubmissionPage:
    """The oldest hour first, without their words; within an hour in no order of time."""
    actor.require(*READERS)
    statement = visible(actor.require_school())
    if state is not None:
        statement = statement.where(Story.state == state)
    statement = request.slice(statement, at=col(Story.received_hour), row_id=col(Story.id))
    rows, cursor = request.page(list(session.exec(statement)), place=lambda story: (story.received_hour, story.id))
    return SubmissionPage(items=[SubmissionSummary.model_validate(row) for row in rows], next_cursor=cursor)


def get(session: Session, actor: Actor, story_id: uuid.UUID) -> SubmissionOut:
    """Raises NotFound."""
    return _out(session, _find(session, actor, story_id))


def review(
    session: Session, actor: Actor, story_id: uuid.UUID, body: StoryReviewCreate, *, version: Version
) -> SubmissionOut:
    """Write down what was found, and what comes of it. Raises NotFound, PreconditionFailed, NotToBeReviewed, and
    InvalidRequest for a gate that is shut or not answered, or a no without a word."""
    actor.require(Role.COORDINATOR)
    story, now = _find(session, actor, story_id, lock=True), clock.now()
    version.check(_out(session, story))
    _require_open(story, body.decision)
    _require_answers(story, body)
    row = StoryReview(
        story_id=story.id,
        number=len(_reviews(session, story)) + 1,
        reviewed_by=actor.person_id,
        reviewed_hour=hour_of(now),
        decision=body.decision,
        **body.gates.model_dump(),
    )
    if body.words is not None:
        columns.STORY_REVIEW.seal(session, row, body.words, school_id=story.school_id)
    session.add(row)
    was_public = story.state is StoryState.PUBLISHED
    _move(session, story, COMES_TO[body.decision], now=now)
    if was_public:
        telling.withdrawn(session, story, now=now)
    _record(session, actor, story, f"story.{body.decision}", now=now)
    session.flush()
    return _out(session, story)


def confirm(session: Session, actor: Actor, story_id: uuid.UUID, *, agreed: bool, version: Version) -> SubmissionOut:
    """The second person: with their yes it is public, with their no it waits for a review again.

    Raises NotFound, PreconditionFailed, NotToBeReviewed, ReviewedByYou.
    """
    actor.require(*READERS)
    story, now = _find(session, actor, story_id, lock=True), clock.now()
    version.check(_out(session, story))
    if story.state is not StoryState.AWAITING_SECOND_PERSON:
        raise NotToBeReviewed
    last = _reviews(session, story)[-1]
    if last.reviewed_by == actor.person_id:
        raise ReviewedByYou
    last.second_by, last.second_hour, last.second_agreed = actor.person_id, hour_of(now), agreed
    session.add(last)
    _move(session, story, StoryState.PUBLISHED if agreed else StoryState.AWAITING_REVIEW, now=now)
    _record(session, actor, story, "story.published" if agreed else "story.not_agreed", now=now)
    session.flush()
    return _out(session, story)


def _move(session: Session, story: Story, state: StoryState, *, now: dt.datetime) -> None:
    if StoryState.PUBLISHED in (story.state, state):
        story.public_hour = hour_of(now)
    story.state, story.decided_hour = state, hour_of(now)
    session.add(story)
    erasing.forget_later(session, story, now=now)


def _require_open(story: Story, decision: StoryDecision) -> None:
    """Taken down, or given back to its author, a story can be from anywhere. To be published it waits for a review, or
    for changes that turn out not to be needed."""
    if story.state is StoryState.NOT_PUBLISHED:
        raise NotToBeReviewed
    if decision is StoryDecision.PUBLISH and story.state not in CAN_BE_PUBLISHED:
        raise NotToBeReviewed


def _require_answers(story: Story, body: StoryReviewCreate) -> None:
    faults = []
    asked = [gate for gate in GATES if gate != "careers_advice_checked" or story.includes_careers_advice]
    for gate in asked:
        answer = getattr(body.gates, gate)
        if answer is None:
            faults.append(
                (f"#/gates/{gate}", "required", "The author has marked careers advice: say if it was checked.")
            )
        elif body.decision is StoryDecision.PUBLISH and not answer:
            faults.append((f"#/gates/{gate}", "gate_shut", "A story is published when each of these is true."))
    if body.decision is not StoryDecision.PUBLISH and body.words is None:
        faults.append(("#/words", "required", "Its author cannot do anything with a no that says nothing."))
    if body.gates.careers_advice_checked is not None and not story.includes_careers_advice:
        faults.append(("#/gates/careers_advice_checked", "not_asked", "Its author has marked no careers advice."))
    if faults:
        named = [{"pointer": pointer, "code": code, "detail": detail} for pointer, code, detail in faults]
        raise InvalidRequest(errors=named)


def _find(session: Session, actor: Actor, story_id: uuid.UUID, *, lock: bool = False) -> Story:
    actor.require(*READERS)
    statement = visible(actor.require_school()).where(Story.id == story_id)
    fresh = statement.with_for_update().execution_options(populate_existing=True)
    story: Story | None = session.exec(fresh if lock else statement).one_or_none()
    if story is None:
        raise NotFound
    return story


def _reviews(session: Session, story: Story) -> Sequence[StoryReview]:
    statement = select(StoryReview).where(StoryReview.story_id == story.id)
    return session.exec(statement.order_by(col(StoryReview.number))).all()


def _out(session: Session, story: Story) -> SubmissionOut:
    rows = _reviews(session, story)
    people = {each for row in rows for each in (row.reviewed_by, row.second_by) if each is not None}
    aliases = dict(session.exec(select(Person.id, Person.alias).where(col(Person.id).in_(people))).all())
    summary = SubmissionSummary.model_validate(story).model_dump()
    return SubmissionOut.model_validate(
        summary
        | {
            "story": words.of(session, story),
            "consent_version": story.consent_version,
            "reviews": [_review_out(session, story, row, aliases) for row in rows[-100:]],
        }
    )


def _review_out(session: Session, story: Story, row: StoryReview, aliases: dict[uuid.UUID, str]) -> StoryReviewOut:
    said: dict[str, Any] = row.model_dump(include={*GATES, "number", "reviewed_hour", "decision", "second_hour"})
    sealed = row.words_sealed is not None
    return StoryReviewOut.model_validate(
        said
        | {
            "reviewed_by": aliases[row.reviewed_by],
            "words": columns.STORY_REVIEW.unseal(session, row, school_id=story.school_id) if sealed else None,
            "second_by": None if row.second_by is None else aliases[row.second_by],
            "second_agreed": row.second_agreed,
        }
    )


def _record(session: Session, actor: Actor, story: Story, action: str, *, now: dt.datetime) -> None:
    trail.record(
        session, action=action, school_id=story.school_id, person_id=actor.person_id, subject=story.id, now=now
    )
