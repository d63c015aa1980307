"""What anyone can read: the stories that are public now, and what has changed since somebody looked.

What has changed is told by whole hours, because that is all that is kept. A token names the last hour in which
anything became public or ceased to be, and what is told since then begins an hour before it: a little of what is known
comes again, and nothing is missed that was decided in one hour and stored in the next. Kept states of the collection
(schools/published.py) would tell by their ids and times when somebody without a name took a story back.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col, func, select

from app.core.pagination import PageRequest
from app.core.problems import InvalidCursor, InvalidRequest, NotFound
from app.directory.help_now import HelpMemberOut
from app.models import Story
from app.schools import service as schools
from app.schools.published import SyncTokenExpired, Tombstone
from app.stories import words
from app.stories.schemas import PublishedStory, StoryPage, StoryShown
from app.stories.texts import load_texts
from app.vocabulary import AuthorKind, StoryState

BEGINNING = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def page(
    session: Session,
    slug: str,
    request: PageRequest,
    *,
    author_kind: AuthorKind | None,
    includes_careers_advice: bool | None,
    sync_token: str | None,
    help_: Sequence[dict[str, Any]],
) -> StoryPage:
    """The newest hour first. Raises SchoolNotFound, InvalidCursor, SyncTokenExpired; InvalidRequest for a token with a
    filter: of what is gone nothing is known that a filter could ask for."""
    school = schools.find(session, slug)
    statement = select(Story).where(Story.school_id == school.id)
    if sync_token is None:
        statement = statement.where(Story.state == StoryState.PUBLISHED)
    else:
        if author_kind is not None or includes_careers_advice is not None:
            fault = {"parameter": "sync_token", "code": "not_with_filters", "detail": "Sync all stories, then choose."}
            raise InvalidRequest(errors=[fault])
        since = _read_token(request, school.id, sync_token)
        statement = statement.where(col(Story.public_hour) >= since - HOUR)
    if author_kind is not None:
        statement = statement.where(Story.author_kind == author_kind)
    if includes_careers_advice is not None:
        statement = statement.where(col(Story.includes_careers_advice).is_(includes_careers_advice))
    statement = request.slice(statement, at=col(Story.public_hour), row_id=col(Story.id), newest_first=True)
    rows, cursor = request.page(list(session.exec(statement)), place=_place)
    public = [row for row in rows if row.state is StoryState.PUBLISHED]
    token = None if cursor is not None else _token(session, request, school.id)
    return StoryPage(
        items=[_out(session, row) for row in public],
        deleted=[Tombstone(id=str(row.id), deleted=True) for row in rows if row.state is not StoryState.PUBLISHED],
        next_cursor=cursor,
        next_sync_token=token,
        help=_help(help_),
    )


def get(session: Session, slug: str, story_id: uuid.UUID, *, help_: Sequence[dict[str, Any]]) -> StoryShown:
    """Raises NotFound, the same for one that is not public, no more, or was never there."""
    school = schools.find(session, slug)
    statement = select(Story).where(
        Story.id == story_id, Story.school_id == school.id, Story.state == StoryState.PUBLISHED
    )
    story = session.exec(statement).one_or_none()
    if story is None:
        raise NotFound
    return StoryShown(story=_out(session, story), help=_help(help_))


def _place(story: Story) -> tuple[dt.datetime, uuid.UUID]:
    return _public_hour(story), story.id


def _public_hour(story: Story) -> dt.datetime:
    if story.public_hour is None:
        raise ValueError("a story that was never public")
    return story.public_hour


def _token(session: Session, request: PageRequest, school_id: uuid.UUID) -> str:
    """The same for as long as nothing changes, so that the page's ETag is, too."""
    last = session.exec(select(func.max(Story.public_hour)).where(Story.school_id == school_id)).one()
    hours = 0 if last is None else (last - BEGINNING) // HOUR
    return _of_tokens(request, school_id, None).cursor_at_position(hours)


def _read_token(request: PageRequest, school_id: uuid.UUID, token: str) -> dt.datetime:
    try:
        hours = _of_tokens(request, school_id, token).after_position()
        return BEGINNING + (hours or 0) * HOUR
    except (InvalidCursor, OverflowError) as exc:
        raise SyncTokenExpired from exc


def _of_tokens(request: PageRequest, school_id: uuid.UUID, token: str | None) -> PageRequest:
    """Sealed as cursors are, for this one collection and anyone."""
    return PageRequest(limit=request.limit, cursor=token, key=request.key, scope=f"sync|stories|{school_id}")


def _out(session: Session, story: Story) -> PublishedStory:
    careers = story.includes_careers_advice
    return PublishedStory.model_validate(
        words.of(session, story).model_dump()
        | {
            "id": story.id,
            "author_kind": story.author_kind,
            "includes_careers_advice": careers,
            "careers_note": load_texts().careers_note if careers else None,
            "published_hour": _public_hour(story),
        }
    )


def _help(members: Sequence[dict[str, Any]]) -> list[HelpMemberOut]:
    """Always, and not only where a list of words finds something: what a story says of suicide it may say in any."""
    return [HelpMemberOut.model_validate(each) for each in members]
