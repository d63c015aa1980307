"""Signing in and out; and how programs get their tokens."""

from __future__ import annotations

import datetime as dt

import structlog
from fastapi import APIRouter, Request, Response

from app.core import clock
from app.identity import client_credentials, scopes, sign_in
from app.identity.client_credentials import Opened
from app.identity.schemas import (
    ClientCredentialsGrant,
    ExchangeGrant,
    Grant,
    JsonWebKeySet,
    Me,
    PasswordGrant,
    RefreshGrant,
    TokenPair,
)
from app.identity.sign_in import BadCredentials, Grantee, TokenReused
from app.identity.tokens import STAFF
from app.routers import app_versions, oauth_forms, replies
from app.routers.app_versions import AppVersion
from app.routers.callers import Anyone
from app.routers.docs import problems
from app.routers.runtime import Runtime, runtime_of
from app.routers.token_pairs import pair_of
from app.sso.exchange import exchange
from app.sso.id_tokens import NotAccepted
from app.sso.verifying import ProviderAway, verified

log = structlog.get_logger("peerline.sso")

router = APIRouter(tags=["sign-in"])


@router.post(
    "/v1/auth/token",
    summary="Sign in, or go on with a sign-in",
    responses=problems(401, 403, 409, 429, 503),
)
async def create_token(body: Grant, request: Request, _app: AppVersion = None) -> TokenPair:
    """`password` opens a sign-in, and so does an ID token of the school's own provider (RFC 8693); `refresh_token` goes
    on with either. Access tokens live ten minutes.

    A refresh token works once; the same one again within a minute is taken for a retry, later for theft: then the whole
    sign-in ends. `client_credentials` is for service accounts.

    A form may be sent instead, as OAuth clients do (RFC 6749): `username` is the login then, client id and secret may
    come by HTTP Basic, what is not known here is passed over, and a problem also says `error` as in RFC 6749, 5.2.
    """
    runtime = runtime_of(request)
    app_versions.require_current(request, runtime.settings)
    host = request.client.host if request.client else ""
    request.state.headers = runtime.sign_ins.take(f"{body.grant_type} {host} {_name(body)}").headers()
    try:
        if isinstance(body, ClientCredentialsGrant):
            return await _program(runtime, await _client(runtime, body, host))
        grantee = await _grantee(runtime, body, host)
    except BadCredentials as refused:
        if isinstance(body, RefreshGrant):
            # Guesses are counted together, and apart from tokens that are good.
            runtime.sign_ins.take(f"refused {body.grant_type} {host}")
        raise oauth_forms.challenged(request, refused) from None
    return await pair_of(runtime, grantee, exchanged=isinstance(body, ExchangeGrant))


@router.post(
    "/v1/auth/revoke",
    status_code=204,
    summary="Sign out",
    response_class=Response,
    responses=problems(409),
)
async def revoke_token(caller: Anyone) -> Response:
    """Ends this sign-in: its access tokens and refresh tokens stop working at once."""
    await caller.write(lambda s, actor: sign_in.end(s, actor.sign_in_id, now=clock.now()))
    return Response(status_code=204)


@router.get(
    "/v1/auth/me",
    summary="Who you are",
    response_model=Me,
    responses=problems(not_modified=True),
)
async def get_me(request: Request, caller: Anyone) -> Response:
    """Your roles as they are now."""
    actor = await caller.read(lambda _s, actor: actor)
    me = Me(
        id=actor.person_id,
        alias=actor.alias,
        school=actor.school_slug,
        roles=sorted(actor.roles),
        token_expires_at=caller.claims.expires_at,
    )
    return replies.shown(request, me)


@router.get("/.well-known/jwks.json", summary="The keys that sign access tokens", responses=problems(503))
async def get_jwks(request: Request, response: Response) -> JsonWebKeySet:
    """RFC 7517. Ask again when a token names a key that you do not know: keys change now and then."""
    keys = await runtime_of(request).token_keys()
    response.headers["Cache-Control"] = "public, max-age=300"
    return JsonWebKeySet.model_validate({"keys": keys.jwks()})


async def _grantee(runtime: Runtime, body: PasswordGrant | RefreshGrant | ExchangeGrant, host: str) -> Grantee:
    match body:
        case PasswordGrant():
            return await _password(runtime, body, host)
        case RefreshGrant():
            return await _refresh(runtime, body)
        case ExchangeGrant():
            return await _exchange(runtime, body, host)


async def _password(runtime: Runtime, body: PasswordGrant, host: str) -> Grantee:
    # One password tried on many logins: counted before it is known to be wrong, so that many at once do not get past.
    runtime.guesses.take(host)
    known = await runtime.db.read(lambda s: sign_in.find_credentials(s, body.login))
    fits, renewed = await runtime.passwords.verify(body.password.get_secret_value(), known[1] if known else None)
    if known is None or not fits:
        raise BadCredentials
    runtime.guesses.give_back(host)
    person_id, fitted = known
    lifetime = dt.timedelta(days=runtime.settings.refresh_token_days)
    return await runtime.db.write(
        lambda s: sign_in.begin(
            s, person_id, renewed_hash=renewed, now=clock.now(), lifetime=lifetime, fitted=fitted, device=body.device
        )
    )


async def _refresh(runtime: Runtime, body: RefreshGrant) -> Grantee:
    lifetime = dt.timedelta(days=runtime.settings.refresh_token_days)
    token = body.refresh_token.get_secret_value()
    grantee = await runtime.db.write(lambda s: sign_in.refresh(s, token, now=clock.now(), lifetime=lifetime))
    if grantee is None:
        raise TokenReused
    return grantee


async def _client(runtime: Runtime, body: ClientCredentialsGrant, host: str) -> Opened:
    # As for passwords: counted before it is known to be wrong.
    runtime.guesses.take(host)
    now, secret = clock.now(), body.client_secret.get_secret_value()
    opened = await runtime.db.read(
        lambda s: client_credentials.open_token(
            s, client_id=body.client_id, client_secret=secret, scope=body.scope, now=now
        )
    )
    runtime.guesses.give_back(host)
    if opened.first_in_hour:
        await runtime.db.write(lambda s: client_credentials.note_use(s, opened.account_id, now=now))
    return opened


async def _program(runtime: Runtime, opened: Opened) -> TokenPair:
    now = clock.now()
    lifetime = min(dt.timedelta(minutes=runtime.settings.access_token_minutes), opened.until - now)
    keys, scope = await runtime.token_keys(), scopes.as_text(opened.scopes)
    access = keys.issue(
        subject=opened.account_id,
        session=opened.secret_id,
        school=opened.school,
        roles=frozenset(),
        audience=STAFF,
        now=now,
        lifetime=lifetime,
        scope=scope,
    )
    return TokenPair(
        access_token=access,
        token_type="Bearer",  # noqa: S106  the scheme's name, not a secret
        expires_in=max(1, int(lifetime.total_seconds())),
        refresh_token=None,
        scope=scope,
        school=opened.school,
        roles=[],
        issued_token_type=None,
    )


async def _exchange(runtime: Runtime, body: ExchangeGrant, host: str) -> Grantee:
    # As passwords are: counted before it is known to be good.
    runtime.guesses.take(host)
    lifetime = dt.timedelta(days=runtime.settings.refresh_token_days)
    token = body.subject_token.get_secret_value()
    try:
        assertion = await verified(runtime.db, runtime.provider_keys, token, school=body.school, nonce=body.nonce)
        grantee = await runtime.db.write(lambda s: exchange(s, assertion, now=clock.now(), lifetime=lifetime))
    except NotAccepted as exc:
        # For whoever sets a provider up: the answer says nothing of it.
        log.info("sso.token_not_accepted", school=body.school, reason=exc.why)
        raise BadCredentials from exc
    except ProviderAway:
        runtime.guesses.give_back(host)
        raise
    if not isinstance(grantee, BadCredentials):
        runtime.guesses.give_back(host)
    if not isinstance(grantee, Grantee):
        raise grantee
    return grantee


def _name(body: Grant) -> str:
    """Counted by login, token or id, too: one address may hold a whole campus. Known or not makes no difference."""
    match body:
        case PasswordGrant():
            return body.login.lower()
        case RefreshGrant():
            return body.refresh_token.get_secret_value()
        case ClientCredentialsGrant():
            return body.client_id
        case ExchangeGrant():
            return body.subject_token.get_secret_value()
