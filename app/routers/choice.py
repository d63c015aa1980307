"""For a peer without an account: open a code, choose a supporter, come back, take it back."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from app.contacts import choosing, codes
from app.contacts.choice_schemas import (
    ChoiceCreate,
    ChoiceMade,
    ChoiceOut,
    ChoiceTakenBack,
    ChoosableList,
    CodeSession,
    CodeSessionCreate,
    LanguageTag,
)
from app.core import clock
from app.core.db import Session
from app.core.problems import NotFound
from app.identity.tokens import CHOICE, CHOOSING
from app.models import School
from app.routers import replies
from app.routers.callers import IdempotencyKeyHeader
from app.routers.docs import problems
from app.routers.peers import Chooser, HasChosen
from app.routers.runtime import Runtime, runtime_of
from app.vocabulary.supporters import YearBand

router = APIRouter(prefix="/v1", tags=["choosing a supporter"])


@router.post("/contact-codes/session", summary="Open a contact code", responses=problems(404, 503))
async def create_contact_code_session(body: CodeSessionCreate, request: Request) -> CodeSession:
    """With a friend's code you can choose a supporter; with the one that you got when you chose, you come back to that.

    A token for 15 minutes, for this and nothing else. Wrong, used and expired codes get one and the same 404. Many
    failures make every answer slower for a while; none is refused. Looking uses no code up.
    """
    runtime, now = runtime_of(request), clock.now()
    await asyncio.sleep(runtime.contact_codes.seconds)

    def open_it(session: Session) -> tuple[uuid.UUID, str, bool]:
        subject, school_id, made = choosing.open_with(session, body.code, now=now)
        return subject, session.get_one(School, school_id).slug, made

    try:
        subject, school, made = await runtime.db.write(open_it)
    except NotFound:
        runtime.contact_codes.failed()
        raise
    return await session_for(runtime, subject, school, opens="choice" if made else "choosing", now=now)


@router.get(
    "/me/choice/supporters",
    summary="Whom you can choose",
    response_model=ChoosableList,
    responses=problems(404, not_modified=True),
)
async def list_choosable_supporters(
    request: Request,
    peer: Chooser,
    year_band: Annotated[YearBand | None, Query(description="Only those so far along in their degree.")] = None,
    site: Annotated[uuid.UUID | None, Query(description="Only those who are at this site.")] = None,
    language: Annotated[
        LanguageTag | None, Query(description="Only those who speak it: `zh` finds `zh-Hant` as well.")
    ] = None,
) -> Response:
    """Those who can be asked now, from any year and site (STUDY D06). Why somebody is not among them is not said."""
    now = clock.now()
    found = await peer.runtime.db.read(
        lambda s: choosing.supporters(
            s, peer.subject, year_band=year_band, site=site, language=language, help_=peer.help, now=now
        )
    )
    return replies.shown(request, found)


@router.post(
    "/me/choice",
    status_code=201,
    summary="Choose a supporter",
    response_model=ChoiceMade,
    responses=problems(404, 409, 503),
)
async def create_my_choice(body: ChoiceCreate, peer: Chooser, idempotency_key: IdempotencyKeyHeader = None) -> Response:
    """Your code is used up with this, and you get another one to come back with. One supporter at a time is asked.

    Where none of those you would have can be asked, it is refused at once: nothing is stored, and the code stays good.
    An Idempotency-Key is optional: a retry gets the same answer until its code is first used, for 24 hours.
    """
    made: list[str] = []

    def make(session: Session) -> ChoiceMade:
        shown = choosing.choose(session, peer.subject, body, help_=peer.help, now=clock.now())
        made.append(shown.code)
        return shown

    reply = await peer.once(
        idempotency_key,
        body,
        make,
        ends_with=lambda s: codes.replay_end_hash(s, made[-1]) if made else None,
    )
    return replies.replied(reply)


@router.get(
    "/me/choice",
    summary="What came of your choice",
    response_model=ChoiceOut,
    responses=problems(404, not_modified=True),
)
async def get_my_choice(request: Request, peer: HasChosen) -> Response:
    """Whether somebody has said yes, and who. Who was asked before is shown to nobody."""
    found = await peer.runtime.db.read(lambda s: choosing.show(s, peer.subject, help_=peer.help))
    return replies.shown(request, found)


@router.post("/me/choice/withdraw", summary="Take your choice back", responses=problems(404))
async def withdraw_my_choice(peer: HasChosen) -> ChoiceTakenBack:
    """At any time, without a reason, at once and for good: what you wrote is destroyed, and the code opens nothing any
    more. A supporter who was asked is told that it is over."""
    now = clock.now()
    return await peer.runtime.db.write(lambda s: choosing.withdraw(s, peer.subject, help_=peer.help, now=now))


async def session_for(
    runtime: Runtime, subject: uuid.UUID, school: str, *, opens: Literal["choosing", "choice"], now: dt.datetime
) -> CodeSession:
    """A token for one code, or one choice, of a school."""
    lifetime = dt.timedelta(minutes=runtime.settings.receipt_session_minutes)
    token = (await runtime.token_keys()).issue(
        subject=subject,
        session=uuid.uuid4(),
        school=school,
        roles=frozenset({"peer"}),
        audience=CHOOSING if opens == "choosing" else CHOICE,
        now=now,
        lifetime=lifetime,
    )
    seconds = int(lifetime.total_seconds())
    return CodeSession(
        access_token=token,
        token_type="Bearer",  # noqa: S106  the scheme's name
        expires_in=seconds,
        opens=opens,
    )
