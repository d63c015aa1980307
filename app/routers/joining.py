"""For whoever holds a one-time link, or changes their own password.

Nobody is signed in behind a link: its secret comes in a body, and those that open nothing slow every answer down for a
while, as those of receipts do, and apart from them.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable
from functools import partial
from typing import TypeVar

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from app.core import clock
from app.core.problems import NotFound
from app.identity import accepting, own_password
from app.identity.joining_schemas import LinkAccept, LinkSecretOnly, LinkShown, PasswordPut
from app.identity.own_password import PasswordRefused, WrongPassword
from app.identity.password_rules import About, faults, normalise
from app.identity.schemas import TokenPair
from app.identity.sign_in import Grantee
from app.routers import join_page, replies
from app.routers.callers import Anyone
from app.routers.docs import problems
from app.routers.runtime import Runtime, runtime_of
from app.routers.token_pairs import pair_of

T = TypeVar("T")
router = APIRouter(tags=["sign-in"])


@router.get("/join", summary="The page behind a one-time link", response_class=HTMLResponse)
async def show_join_page() -> Response:
    """For a browser: it reads the secret from the fragment, shows what the link is for, and takes a password. The same
    for everybody, and nothing comes from another host."""
    return HTMLResponse(join_page.DOCUMENT, headers=join_page.HEADERS)


@router.post(
    "/v1/invitations/look",
    summary="What a one-time link is for",
    response_model=LinkShown,
    responses=problems(404, 503),
)
async def look_at_link(body: LinkSecretOnly, request: Request) -> Response:
    """Changes nothing. Wrong, used, expired and withdrawn links get one and the same 404.

    Many failures make every answer slower for a while; none is refused.
    """
    runtime, secret = runtime_of(request), body.secret.get_secret_value()
    shown = runtime.db.read(lambda s: accepting.look(s, secret, now=clock.now()))
    return replies.unkept(await _wrong_ones_counted(runtime, shown))


@router.post(
    "/v1/invitations/accept",
    summary="Choose a password by a one-time link",
    responses=problems(404, 409, 429, 503),
)
async def accept_invitation(body: LinkAccept, request: Request) -> TokenPair:
    """Works once, and signs you in; whatever sign-ins you had end. The same secret and password once more within a
    minute are taken for a retry. A password that is refused leaves the link as it was."""
    runtime = runtime_of(request)
    return await pair_of(runtime, await _wrong_ones_counted(runtime, _accept(request, runtime, body)))


@router.put(
    "/v1/auth/password",
    status_code=204,
    summary="Change your password",
    response_class=Response,
    responses=problems(403, 409),
)
async def put_password(body: PasswordPut, request: Request, caller: Anyone) -> Response:
    """Your other sign-ins end; this one goes on. Counted as signing in is."""
    runtime = caller.runtime
    host = request.client.host if request.client else ""
    runtime.sign_ins.take(f"password {caller.claims.subject}")
    # One who has stolen a token might guess: counted before it is known to be wrong, as at signing in.
    runtime.guesses.take(host)
    own = await caller.read(own_password.of)
    current, new = body.current_password.get_secret_value(), normalise(body.new_password.get_secret_value())
    fits, _ = await runtime.passwords.verify(current, own.stored)
    if not fits:
        # Sent again after a lost answer: it is what it was to become.
        fits, _ = await runtime.passwords.verify(new, own.stored)
        if not fits:
            raise WrongPassword
        runtime.guesses.give_back(host)
        return Response(status_code=204)
    runtime.guesses.give_back(host)
    _require_good(new, own.about, pointer="#/new_password")
    hashed = await runtime.passwords.hash(new)
    await caller.write(lambda s, a: own_password.change(s, a, was=own.stored, becomes=hashed, now=clock.now()))
    return Response(status_code=204)


async def _accept(request: Request, runtime: Runtime, body: LinkAccept) -> Grantee:
    secret, password = body.secret.get_secret_value(), normalise(body.password.get_secret_value())
    lifetime = dt.timedelta(days=runtime.settings.refresh_token_days)
    for first in (True, False):
        asked = await runtime.db.read(lambda s: accepting.ask(s, secret, now=clock.now()))
        if first:
            request.state.headers = runtime.sign_ins.take(f"link {secret}").headers()
        if asked.used is not None:
            fits, _ = await runtime.passwords.verify(password, asked.used)
            if not fits:
                raise NotFound
            return await runtime.db.write(
                partial(accepting.use_again, secret=secret, fitted=asked.used, now=clock.now(), lifetime=lifetime)
            )
        _require_good(password, asked.about, pointer="#/password")
        hashed = await runtime.passwords.hash(password)
        grantee = await runtime.db.write(
            partial(accepting.use, secret=secret, password_hash=hashed, now=clock.now(), lifetime=lifetime)
        )
        if grantee is not None:
            return grantee
        # Somebody was faster by a moment: perhaps the same client, with the same password.
    raise NotFound


def _require_good(password: str, about: About, *, pointer: str) -> None:
    found = faults(password, about)
    if found:
        raise PasswordRefused(found, pointer=pointer)


async def _wrong_ones_counted(runtime: Runtime, answer: Awaitable[T]) -> T:
    """Right and wrong secrets wait alike, so that waiting tells nothing."""
    await asyncio.sleep(runtime.link_secrets.seconds)
    try:
        return await answer
    except NotFound:
        runtime.link_secrets.failed()
        raise
