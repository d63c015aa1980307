"""Tell a story without an account: what is kept of it, and what is not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from app.core.clock import hour_of
from app.core.problems import Conflict, Problem
from app.core.receipts import new_receipt, normal_form
from app.directory.help_now import HelpMemberOut
from app.models import Story
from app.schools import service as schools
from app.stories import telling, words
from app.stories.schemas import ConsentOut, StoryCreate, StoryCreated
from app.stories.texts import load_texts
from app.vault import service as vault
from app.vocabulary import StoryState

# Of one school. Two people read each with care: more than this they would not read, but look at.
MOST_WAITING = 100
WAITING = (StoryState.AWAITING_REVIEW, StoryState.AWAITING_SECOND_PERSON)
DAY_SECONDS = 86_400


class ConsentChanged(Conflict):
    code, status, title = "consent_changed", 409, "What you agree to has changed"
    default_detail = "Nothing was stored. Read `stories/consent` again, and send the version that you then agree to."


class StoriesWait(Problem):
    """Full, and said so: a story is not urgent, and one that waits for months unread would be no kindness.

    A refusal tells the author at once, who still has the words and can come back; work that is asked of their telephone
    instead would fill the queue all the same, only more slowly.
    """

    code, status, title = "too_many_stories", 503, "More stories wait than people can read with care"
    default_detail = (
        "Nothing was stored. Please keep your words and come back in some days. If you need somebody now, the help in "
        "this answer is there."
    )

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": str(DAY_SECONDS)})


def consent() -> ConsentOut:
    texts = load_texts()
    return ConsentOut(
        version=texts.consent.version,
        title=texts.consent.title,
        points=list(texts.consent.points),
        how_to_write=list(texts.how_to_write),
    )


def submit(
    session: Session, slug: str, body: StoryCreate, *, help_: Sequence[dict[str, Any]], now: dt.datetime
) -> StoryCreated:
    """Raises SchoolNotFound, SchoolNotActive, ConsentChanged, and StoriesWait."""
    school = schools.find(session, slug)
    schools.require_active(school)
    require_consent(body)
    waiting = select(func.count()).select_from(Story).where(Story.school_id == school.id, col(Story.state).in_(WAITING))
    # Counted without a lock: of those that come in one moment a few more than this get in, and none is lost.
    if session.exec(waiting).one() >= MOST_WAITING:
        raise StoriesWait
    code = new_receipt()
    story = Story(
        school_id=school.id,
        code_hash=code_hash(session, code),
        state=StoryState.AWAITING_REVIEW,
        author_kind=body.author_kind,
        includes_careers_advice=body.includes_careers_advice,
        consent_version=body.consent.version,
        received_hour=hour_of(now),
    )
    words.seal(session, story, body)
    session.add(story)
    session.flush()
    telling.arrived(session, school.id, now=now)
    return StoryCreated(
        story_code=code,
        what_happens_next=list(load_texts().what_happens_next),
        help=[HelpMemberOut.model_validate(each) for each in help_],
    )


def require_consent(body: StoryCreate) -> None:
    """Raises ConsentChanged for any text but the one that is asked for now."""
    if body.consent.version != load_texts().consent.version:
        raise ConsentChanged


def code_hash(session: Session, code: str) -> bytes:
    """What is kept of a code. A use of its own: no code is a receipt, and none can be told to belong to one."""
    return vault.lookup_hash(session, normal_form(code), use="story")


def replay_end_hash(session: Session, code: str) -> bytes:
    """What ends the replay of the answer that showed a code."""
    return vault.lookup_hash(session, normal_form(code), use="story replay")


def key_hash(session: Session, path: str, key: str) -> bytes:
    return vault.lookup_hash(session, f"{path}|{key.lower()}", use="idempotency")


def find_by_code(session: Session, code: str) -> Story | None:
    """Locked: nobody decides about a story while its author does something with it."""
    statement = select(Story).where(Story.code_hash == code_hash(session, code)).with_for_update()
    return session.exec(statement.execution_options(populate_existing=True)).one_or_none()


def visible(school_id: sa.ColumnElement[Any] | Any) -> Any:
    """The stories of a school that have words: what is left of withdrawn ones is nobody's to open."""
    return select(Story).where(Story.school_id == school_id, Story.state != StoryState.WITHDRAWN)
