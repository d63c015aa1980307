"""Your own links to the school's sign-in."""

from __future__ import annotations

import uuid

import structlog
from fastapi import APIRouter, Request, Response

from app.routers import replies
from app.routers.callers import IdempotencyKeyHeader, ListingOf, OfASchool
from app.routers.docs import problems
from app.sso import identities
from app.sso.id_tokens import NotAccepted
from app.sso.schemas import IdentityLink, PersonIdentityOut, PersonIdentityPage
from app.sso.verifying import verified

log = structlog.get_logger("peerline.sso")
BASE = "/v1/auth/identities"
router = APIRouter(prefix=BASE, tags=["sign-in"])
READ = problems(not_modified=True)


@router.post(
    "",
    status_code=201,
    summary="Link the school's sign-in",
    response_model=PersonIdentityOut,
    responses=problems(409, 429, 503),
)
async def create_identity(
    body: IdentityLink, caller: OfASchool, idempotency_key: IdempotencyKeyHeader = None
) -> Response:
    """From then on you can sign in with it as well, and have the roles that you have here. Within ten minutes of
    signing in. Nobody else can link you, and no address does. Needs an Idempotency-Key."""
    runtime = caller.runtime
    # Before the token is looked at: whoever may not ask is told that first.
    school = await caller.read(lambda _s, actor: actor.school_slug or "")
    runtime.sign_ins.take(f"link {caller.claims.subject}")
    try:
        assertion = await verified(
            runtime.db, runtime.provider_keys, body.subject_token, school=school, nonce=body.nonce
        )
    except NotAccepted as exc:
        log.info("sso.token_not_accepted", school=school, reason=exc.why)
        raise identities.TokenNotAccepted from exc
    reply = await caller.once(
        idempotency_key,
        body,
        lambda s, actor: identities.link(s, actor, assertion),
        location=lambda made: f"{BASE}/{made.id}",
    )
    return replies.replied(reply)


@router.get("", summary="Your links to the school's sign-in", response_model=PersonIdentityPage, responses=READ)
async def list_identities(request: Request, caller: OfASchool, listing: ListingOf) -> Response:
    """In the order in which they were linked."""
    return replies.page(request, await caller.read(lambda s, a: identities.page(s, a, listing.request(s))))


@router.get(
    "/{identity_id}", summary="A link to the school's sign-in", response_model=PersonIdentityOut, responses=READ
)
async def get_identity(identity_id: uuid.UUID, request: Request, caller: OfASchool) -> Response:
    """One of your own."""
    return replies.shown(request, await caller.read(lambda s, a: identities.get(s, a, identity_id)))


@router.delete(
    "/{identity_id}",
    status_code=204,
    summary="Unlink the school's sign-in",
    response_class=Response,
    responses=problems(409),
)
async def delete_identity(identity_id: uuid.UUID, caller: OfASchool) -> Response:
    """Ends every sign-in of yours that came by it, this one too if it did. Not your only way in."""
    await caller.write(lambda s, a: identities.unlink(s, a, identity_id))
    return Response(status_code=204)
