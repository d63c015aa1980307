"""The author's side: with the code, see where a story stands, change it, or take it back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from sqlmodel import Session, col, select

from app.audit import trail
from app.core.clock import hour_of
from app.core.problems import NotFound
from app.directory.help_now import HelpMemberOut
from app.idempotency import service as idempotency
from app.models import School, Story, StoryReview
from app.schools import service as schools
from app.stories import erasing, submitting, telling, words
from app.stories.schemas import MyStory, StoryEdit, StoryEdited, StoryTakenBack
from app.stories.texts import load_texts
from app.vault import columns
from app.vocabulary import StoryState

# In these the author is told what the last reviewer wrote to them.
ANSWERED = (StoryState.CHANGES_ASKED, StoryState.NOT_PUBLISHED)


def show(session: Session, code: str, *, help_for: Callable[[str], Sequence[dict[str, Any]]]) -> MyStory:
    """Raises NotFound, the same for a wrong code and for one whose story is gone. `help_for` a school, by its slug.

    Using the code ends the replay of the answer that showed it.
    """
    story = _open(session, code)
    until = erasing.kept_until(story)
    school = session.get_one(School, story.school_id)
    return MyStory.model_validate(
        {
            "state": story.state,
            "state_text": load_texts().states[story.state],
            "words": _last_words(session, story) if story.state in ANSWERED else None,
            "author_kind": story.author_kind,
            "includes_careers_advice": story.includes_careers_advice,
            "story": words.of(session, story),
            "consent_version": story.consent_version,
            "story_id": story.id if story.state is StoryState.PUBLISHED else None,
            "kept_until": None if until is None else schools.today(school, now=until),
            "help": [HelpMemberOut.model_validate(each) for each in help_for(school.slug)],
        }
    )


def edit(session: Session, body: StoryEdit, *, now: dt.datetime) -> StoryEdited:
    """All of it anew, to be reviewed anew; one that is public is not until then. Raises NotFound, ConsentChanged."""
    story = _open(session, body.code)
    submitting.require_consent(body)
    if story.state is StoryState.PUBLISHED:
        story.public_hour = hour_of(now)
        telling.withdrawn(session, story, now=now)
    story.state, story.decided_hour, story.received_hour = StoryState.AWAITING_REVIEW, None, hour_of(now)
    story.author_kind, story.includes_careers_advice = body.author_kind, body.includes_careers_advice
    story.consent_version = body.consent.version
    words.seal(session, story, body)
    session.add(story)
    telling.arrived(session, story.school_id, now=now)
    return StoryEdited(state=story.state, what_happens_next=list(load_texts().changed))


def withdraw(session: Session, code: str, *, now: dt.datetime) -> StoryTakenBack:
    """Gone with the commit of this, for whoever reads next. Raises NotFound.

    A review that is being written waits for this, and then finds nothing to publish: withdrawing always wins.
    """
    story = _open(session, code)
    if story.public_hour is not None:
        telling.withdrawn(session, story, now=now)
        trail.record(
            session, action="story.withdrawn", school_id=story.school_id, person_id=None, subject=story.id, now=now
        )
    erasing.erase(session, story, now=now)
    return StoryTakenBack(what_happened=list(load_texts().withdrawn))


def _open(session: Session, code: str) -> Story:
    idempotency.end_replay(session, submitting.replay_end_hash(session, code))
    story = submitting.find_by_code(session, code)
    if story is None:
        raise NotFound
    return story


def _last_words(session: Session, story: Story) -> str | None:
    statement = select(StoryReview).where(StoryReview.story_id == story.id).order_by(col(StoryReview.number).desc())
    last = session.exec(statement.limit(1)).first()
    if last is None or last.words_sealed is None:
        return None
    return columns.STORY_REVIEW.unseal(session, last, school_id=story.school_id)
