"""The words of a story: sealed as one document, opened as one."""

from __future__ import annotations

from sqlmodel import Session

from app.models import Story
from app.stories.schemas import StoryCreate, StoryWords
from app.vault import columns


def seal(session: Session, story: Story, body: StoryCreate) -> None:
    """Put what the author sent into the row, and nothing else of it in its place."""
    written = body.model_dump(include={"title", "text", "shown_as", "strengths"})
    words = StoryWords.model_validate(written)
    columns.STORY.seal(session, story, words.model_dump_json(), school_id=story.school_id)


def of(session: Session, story: Story) -> StoryWords:
    """Of a story that has any. Raises CannotOpen."""
    return StoryWords.model_validate_json(columns.STORY.unseal(session, story, school_id=story.school_id))
