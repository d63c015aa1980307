"""Stories: for anyone to read, to tell without an account, and to change or take back with a code."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from app.core import clock, crypto
from app.core.db import Session
from app.core.pagination import Cursor
from app.core.problems import IdempotencyKeyInvalid, NotFound
from app.core.schemas import Limit
from app.idempotency import service as idempotency
from app.idempotency.service import Once, Reply
from app.routers import replies
from app.routers.callers import KeyText, SchoolPath, anonymous_limit
from app.routers.docs import problems
from app.routers.runtime import Runtime, runtime_of
from app.schools import service as schools
from app.schools.published import SyncToken
from app.stories import mine, published, submitting
from app.stories.schemas import (
    ConsentOut,
    MyStory,
    StoryCodeOnly,
    StoryCreate,
    StoryCreated,
    StoryEdit,
    StoryEdited,
    StoryPage,
    StoryShown,
    StoryTakenBack,
)
from app.vault.cursors import Listing
from app.vocabulary import AuthorKind

T = TypeVar("T")

router = APIRouter(prefix="/v1", tags=["stories"])
limited = [Depends(anonymous_limit)]
# Anyone may keep it, and has to ask each time whether it is still so: taken back is taken back at once.
ASK_EACH_TIME = {"Cache-Control": "public, no-cache"}
CACHED = {"Cache-Control": "public, max-age=300, stale-while-revalidate=86400"}
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def public_listing(
    request: Request,
    limit: Annotated[Limit, Query(description="How many items at the most.")] = 20,
    cursor: Annotated[Cursor | None, Query(description="`next_cursor` of the page before.")] = None,
) -> Listing:
    filters = sorted((k, v) for k, v in request.query_params.multi_items() if k not in ("cursor", "limit"))
    return Listing(limit=limit, cursor=cursor, scope=f"anyone|{request.url.path}|{filters}")


def help_of(runtime: Runtime, school: str) -> list[dict[str, Any]]:
    """The school's emergency and 24/7 services, from memory."""
    return list(runtime.help_members(school))


@router.get(
    "/schools/{school}/stories",
    summary="Stories of people who have been there",
    response_model=StoryPage,
    responses=problems(410, 503, not_modified=True),
    dependencies=limited,
)
async def list_stories(
    school: SchoolPath,
    request: Request,
    listing: Annotated[Listing, Depends(public_listing)],
    author_kind: Annotated[AuthorKind | None, Query(description="Only those by such people.")] = None,
    includes_careers_advice: Annotated[
        bool | None, Query(description="Only those with careers advice, or without.")
    ] = None,
    sync_token: Annotated[
        SyncToken | None, Query(description="`next_sync_token` of your last reading: only what has changed since.")
    ] = None,
) -> Response:
    """The newest hour first, in their authors' own words (STUDY T04, I11).

    With a `sync_token`, which goes without filters, the page has what became public since in `items`, and in `deleted`
    what is no longer; some of it you may have already. 410 `sync_token_expired`: forget all, and begin anew. What is
    taken back is gone with the next request: keep a page only as long as a 304 says so.
    """
    runtime = runtime_of(request)
    found = await runtime.db.read(
        lambda s: published.page(
            s,
            school,
            listing.request(s),
            author_kind=author_kind,
            includes_careers_advice=includes_careers_advice,
            sync_token=sync_token,
            help_=help_of(runtime, school),
        )
    )
    return replies.page(request, found, headers=ASK_EACH_TIME)


@router.get(
    "/schools/{school}/stories/consent",
    summary="What you agree to when you tell a story",
    response_model=ConsentOut,
    responses=problems(503, not_modified=True),
    dependencies=limited,
)
async def get_story_consent(school: SchoolPath, request: Request) -> Response:
    """Read it before you write: it says who can read your story, and what cannot be called back. The version goes into
    `consent` of what you send."""
    runtime = runtime_of(request)
    if runtime.help.school(school) is None:
        await runtime.db.read(lambda s: schools.find(s, school))
    return replies.shown(request, submitting.consent(), headers=CACHED)


@router.get(
    "/schools/{school}/stories/{story_id}",
    summary="A story",
    response_model=StoryShown,
    responses=problems(503, not_modified=True),
    dependencies=limited,
)
async def get_story(school: SchoolPath, story_id: uuid.UUID, request: Request) -> Response:
    """With help beside it, whatever it is about."""
    runtime = runtime_of(request)
    found = await runtime.db.read(lambda s: published.get(s, school, story_id, help_=help_of(runtime, school)))
    return replies.shown(request, found, headers=ASK_EACH_TIME)


@router.post(
    "/schools/{school}/stories/submissions",
    status_code=201,
    summary="Tell a story of your own",
    response_model=StoryCreated,
    responses=problems(409, 503),
)
async def create_story(
    school: SchoolPath,
    body: StoryCreate,
    request: Request,
    idempotency_key: Annotated[
        KeyText | None,
        Header(
            alias="Idempotency-Key",
            description="Optional, a random UUID: a retry gets the same code until it is first used, for 24 hours.",
        ),
    ] = None,
) -> Response:
    """Anonymous: no account, and nothing of the caller is read, kept or logged. The answer holds the only code to it.

    It is public once two people of the school have agreed to that, in exactly these words. When more stories wait than
    people can read with care, it is refused with 503 `too_many_stories`, at once and plainly: keep it, and come back.
    """
    runtime = runtime_of(request)
    now, path = clock.now(), request.url.path
    key = None if idempotency_key is None else idempotency.parse_key(idempotency_key)
    if key is not None and not _UUID.fullmatch(key):
        raise IdempotencyKeyInvalid("For a story the key is a secret: use a random UUID.")

    def store(session: Session) -> StoryCreated:
        return submitting.submit(session, school, body, help_=help_of(runtime, school), now=now)

    def run(session: Session) -> Reply:
        if key is None:
            return Reply(201, store(session).model_dump_json().encode())
        codes: list[str] = []

        def effect() -> Reply:
            made = store(session)
            codes.append(made.story_code)
            return Reply(201, made.model_dump_json().encode())

        once = Once(
            key_hash=submitting.key_hash(session, path, key),
            fingerprint=idempotency.fingerprint("POST", path, body.model_dump(mode="json", exclude_unset=True)),
            # Only whoever has the key can open the kept answer.
            sealing_key=crypto.derive(key.lower().encode(), "story reply"),
        )
        return idempotency.do_once(
            session,
            once,
            effect,
            now=now,
            ends_with=lambda: submitting.replay_end_hash(session, codes[0]) if codes else None,
        )

    return replies.replied(await runtime.db.write(run))


@router.post("/stories/mine", summary="Where your story stands", response_model=MyStory, responses=problems(404, 503))
async def show_my_story(body: StoryCodeOnly, request: Request) -> Response:
    """With its code: what you wrote, whether it is public, and what was said to you. It changes nothing.

    A code that was never given and one whose story is gone get one and the same 404. Many wrong ones make every answer
    slower for a while; none is refused.
    """
    runtime = runtime_of(request)

    def help_for(school: str) -> list[dict[str, Any]]:
        return help_of(runtime, school)

    return replies.unkept(await _with_code(runtime, lambda s: mine.show(s, body.code, help_for=help_for)))


@router.post(
    "/stories/mine/edit",
    summary="Write your story anew",
    response_model=StoryEdited,
    responses=problems(404, 409, 503),
)
async def edit_my_story(body: StoryEdit, request: Request) -> Response:
    """All of it, under the same code, whatever was said about it before. What stood there is erased. One that was
    public is not, until two people have agreed to the new words."""
    now = clock.now()
    return replies.unkept(await _with_code(runtime_of(request), lambda s: mine.edit(s, body, now=now)))


@router.post(
    "/stories/mine/withdraw",
    summary="Take your story back",
    response_model=StoryTakenBack,
    responses=problems(404, 503),
)
async def withdraw_my_story(body: StoryCodeOnly, request: Request) -> Response:
    """At any time, without a reason, and at once: it is erased when this answers. It cannot be undone, and the code is
    good for nothing any more."""
    now = clock.now()
    return replies.unkept(await _with_code(runtime_of(request), lambda s: mine.withdraw(s, body.code, now=now)))


async def _with_code(runtime: Runtime, work: Callable[[Session], T]) -> T:
    """Right and wrong codes wait alike, so that waiting tells nothing."""
    await asyncio.sleep(runtime.story_codes.seconds)
    try:
        return await runtime.db.write(work)
    except NotFound:
        runtime.story_codes.failed()
        raise
