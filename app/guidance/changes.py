"""What has changed in the pieces that anyone may read, since somebody last asked (contract M3).

Each language is a collection of its own: whoever asks in another one than before reads everything again.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterable, Mapping
from typing import Annotated

from pydantic import Field
from sqlmodel import Session

from app.core.pagination import Page, PageRequest
from app.guidance.content_schemas import ContentChange
from app.guidance.library import Library, Local
from app.guidance.shelf import PUBLIC, Place, View, make_view
from app.models import School
from app.schools import published
from app.schools.published import SyncToken


class ContentChangePage(Page[ContentChange]):
    """One page of what has changed. `next_sync_token` is on the last page alone, and null before."""

    next_sync_token: Annotated[SyncToken | None, Field()]


def collection(language: str) -> str:
    return f"content/{language}"


def since(
    session: Session, school: School, view: View, request: PageRequest, sync_token: str | None
) -> ContentChangePage:
    """Raises SyncTokenExpired, InvalidCursor."""
    found = published.changes(
        session,
        request,
        school_id=school.id,
        collection=collection(view.language),
        items=view.digests,
        sync_token=sync_token,
    )
    items = [_change(view, name, deleted=deleted) for name, deleted in found.ids]
    return ContentChangePage(items=items, next_cursor=found.next_cursor, next_sync_token=found.next_sync_token)


def keep(session: Session, library: Library, school: School, locals_: Iterable[Local], *, now: dt.datetime) -> None:
    """Keep what is shown now in every language, so that tokens that name it can be gone on from. Safe to repeat."""
    said, place = list(locals_), (school.country, school.region)
    for language in library.languages:
        items = _items(library, said, place, language) if said else _shipped(library, place, language)
        published.keep(session, school_id=school.id, collection=collection(language), items=items, now=now)


@functools.lru_cache(maxsize=64)
def _shipped(library: Library, place: Place, language: str) -> Mapping[str, str]:
    """Most schools of a state say nothing of their own, and show the same."""
    return _items(library, (), place, language)


def _items(library: Library, said: Iterable[Local], place: Place, language: str) -> Mapping[str, str]:
    # Whatever the day: what changes by time alone is no part of it.
    view = make_view(library, said, place=place, language=language, audiences=PUBLIC, today=dt.date.min)
    return view.digests


def _change(view: View, name: str, *, deleted: bool) -> ContentChange:
    sort, _, piece_id = name.partition("/")
    found = None if deleted else view.find(piece_id)
    members = dict.fromkeys(ContentChange.model_fields) | {"sort": sort, "id": piece_id, "deleted": deleted}
    if found is not None:
        members[sort] = found[1]
    return ContentChange.model_validate(members)
