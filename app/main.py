"""Wiring: one application from settings. Nothing is decided here."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import re
from collections.abc import AsyncIterator, Callable
from typing import Any

import structlog
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from app import __version__
from app.core.admission import Admission, Gate, check
from app.core.asgi import Cors, Edge
from app.core.db import Database, DatabaseUnavailable
from app.core.prepared import PreparedFirst
from app.core.ratelimit import RateLimiter
from app.core.together import Together
from app.directory.help_store import HelpStore
from app.guidance.library import load_library
from app.guidance.shelf import Shelf
from app.identity.passwords import Passwords
from app.metrics.requests import Counted, Requests
from app.reports import intake
from app.reports.challenges import Challenges
from app.reports.outlook import Outlooks
from app.routers import (
    ack_links,
    advice,
    applications,
    auth,
    bodies,
    browse,
    calendars,
    challenges,
    choice,
    conflicts,
    contact_codes,
    contacts,
    content,
    coverage,
    debriefs,
    decisions,
    deprecations,
    digests,
    directory,
    directory_imports,
    directory_keeping,
    directory_review,
    drills,
    errors,
    escalation_policies,
    evaluation_forms,
    evaluation_instruments,
    evaluation_waves,
    guidance,
    handling,
    hsds,
    identities,
    identity_providers,
    imported_people,
    interests,
    invitations,
    joining,
    lines,
    oauth_forms,
    open_invitations,
    pages,
    password_links,
    pausing,
    pausing_by_programme,
    people,
    policy_documents,
    posts,
    privacy,
    profile,
    public,
    ready,
    receipts,
    relaying,
    reports,
    retention,
    role_grants,
    roster_edits,
    roster_views,
    rosters,
    school_policies,
    schools,
    selection,
    service_accounts,
    sessions,
    shifts,
    site_keeping,
    statistics,
    stories,
    story_reviews,
    succession,
    suggestions,
    supervision,
    supporter_endings,
    supporter_load,
    supporter_training,
    supporters,
    system,
    training,
    unanswered,
    webhook_deliveries,
    webhooks,
    withdrawal_decisions,
    withdrawals,
)
from app.routers.arriving import Arriving
from app.routers.docs import operation_id
from app.routers.finding import Finder
from app.routers.fixed_paths import methods_of_fixed
from app.routers.openapi import describe, document_of
from app.routers.refused import RefusedFirst
from app.routers.runtime import Runtime
from app.settings import Settings
from app.sso.discovery import MOST_CONNECTIONS, TIMEOUT_SECONDS, Discovery
from app.webhooks import outgoing
from app.work import steps
from app.worker import Watch, Worker, put_right

log = structlog.get_logger("peerline")

# On these nothing of the caller is read (contract 1.4).
ANONYMOUS = (
    ("POST", re.compile(r"/v1/schools/[^/]+/reports")),
    ("POST", re.compile(r"/v1/receipts/session")),
    ("POST", re.compile(r"/v1/contact-codes/session")),
    ("POST", re.compile(r"/v1/schools/[^/]+/open-invitations/[^/]+/choice-sessions")),
    ("POST", re.compile(r"/v1/schools/[^/]+/stories/submissions")),
    ("POST", re.compile(r"/v1/stories/mine(/edit|/withdraw)?")),
    ("POST", re.compile(r"/v1/evaluation/(form|responses)")),
    ("POST", re.compile(r"/v1/schools/[^/]+/directory/[^/]+/corrections")),
    ("POST", re.compile(r"/v1/schools/[^/]+/(expressions-of-interest|suggestions)")),
    ("POST", re.compile(r"/v1/expressions-of-interest/take-back")),
    ("POST", re.compile(r"/v1/schools/[^/]+/referral-options")),
)

# A browser's form may come to these, with whatever a program has put into it.
FORMS = (("POST", re.compile(r"/v1/pages/[^/]+/ack-link/[^/]+")),)

# What OAuth clients send to these as a form counts as a body with its fields.
READ_FORMS = (("POST", re.compile(r"/v1/auth/token"), oauth_forms.read),)

# A table may come to these as it is, and counts as a body whose one field `csv` it is.
TABLES = (
    ("POST", re.compile(r"/v1/schools/[^/]+/directory/imports")),
    ("POST", re.compile(r"/v1/schools/[^/]+/people/imports")),
)


def create_app(settings: Settings, db: Database, *, with_worker: bool) -> FastAPI:
    """The API, with a worker beside it in the same process when asked."""

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        runtime: Runtime = app.state.runtime
        await _load_help(runtime)
        # Read before anybody waits for it: the packs are large.
        await asyncio.to_thread(lambda: runtime.shelf.library)
        watch = Watch(lambda: Worker(db, settings)) if with_worker else None
        task = asyncio.create_task(watch.run()) if watch is not None else None
        runtime.watch = watch
        # What came in here was dated by this host's clock. A worker on the same host watches for both.
        alone = watch is None and not settings.is_sqlite
        watching = asyncio.create_task(steps.watch(db, put_right)) if alone else None
        try:
            yield
        finally:
            if watching is not None:
                watching.cancel()
                await asyncio.wait([watching])
            if watch is not None and task is not None:
                watch.stop()
                await task
            await runtime.close()
            runtime.passwords.close()

    app = FastAPI(
        title="Peerline",
        version=__version__,
        lifespan=lifespan,
        # Served by routers/browse.py.
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        routes=_api().routes,
        # No spans, metrics or logs of its own: they carry paths, queries and exception texts.
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
        separate_input_output_schemas=True,
    )
    app.state.runtime = Runtime(
        settings=settings,
        db=db,
        help=HelpStore(settings.data_dir / "help-now", default_country=settings.default_country),
        passwords=Passwords(cost=settings.password_cost),
        callers=RateLimiter("default", quota=settings.rate_limit_per_minute),
        sign_ins=RateLimiter("sign-in", quota=settings.sign_in_limit_per_minute),
        guesses=RateLimiter("sign-in-failures", quota=settings.failed_sign_ins_per_minute),
        outlooks=Outlooks(seconds=settings.outlook_seconds),
        challenges=Challenges(free=settings.reports_before_challenge),
        shelf=Shelf(load_library),
        discovery=Discovery(
            outgoing.client(timeout_seconds=TIMEOUT_SECONDS, most_connections=MOST_CONNECTIONS),
            allowed_origins=settings.allowed_origins,
        ),
        gate=Gate(lines.of(settings), others=settings.other_requests_at_once),
        reports=Together(db, lambda session, all_: intake.submit_all(session, all_), meets_locks=intake.meets_locks),
    )
    errors.install(app)
    describe(app, _document)
    gate, by_site = app.state.runtime.gate, bool(settings.cors_origins)
    app.add_middleware(Arriving)
    app.add_middleware(Admission, gate=gate, place_of=lines.place_of)
    # The last added is the outermost: preflights are answered inside the edge. What lies ready comes before all.
    if by_site:
        app.add_middleware(Cors, **_cors(settings))
    app.add_middleware(
        Edge,
        render=errors.render,
        on_crash=errors.log_crash,
        max_body_bytes=settings.max_body_bytes,
        anonymous=ANONYMOUS,
        forms=FORMS,
        read_forms=READ_FORMS,
        tables=TABLES,
        bodiless=_bodiless(),
        fixed=_fixed(),
        before_body=functools.partial(check, gate, lines.place_of),
        around=lambda inner: Cors(inner, **_cors(settings)) if by_site else inner,
        more=deprecations.headers_of,
    )
    app.add_middleware(RefusedFirst, gate=gate, place_of=lines.place_of)
    lies_ready = ready.Ready(app.state.runtime)
    app.add_middleware(PreparedFirst, find=lies_ready.find, count=lies_ready.count, varies=by_site)
    if settings.metrics_port:
        app.state.requests = Requests()
        app.add_middleware(Counted, requests=app.state.requests)
    return app


@functools.cache
def _api() -> APIRouter:
    """Every route. What each one takes is worked out once in a process, however many applications share it."""
    # Routes are tried in this order: probes and what is asked most come first.
    # /rosters/load before /rosters/{roster_id}, which would take it for an id; likewise /stories/submissions, and
    # /supporters/open-invitations.
    routes = list(rosters.polled.routes)
    for module in (
        system,
        public,
        challenges,
        reports,
        handling,
        receipts,
        contact_codes,
        choice,
        open_invitations,
        withdrawals,
        withdrawal_decisions,
        relaying,
        contacts,
        pausing,
        pausing_by_programme,
        debriefs,
        supporter_load,
        roster_views,
        rosters,
        conflicts,
        pages,
        ack_links,
        advice,
        auth,
        joining,
        invitations,
        password_links,
        service_accounts,
        identities,
        identity_providers,
        webhooks,
        webhook_deliveries,
        roster_edits,
        shifts,
        coverage,
        calendars,
        sessions,
        people,
        role_grants,
        profile,
        policy_documents,
        schools,
        school_policies,
        story_reviews,
        stories,
        statistics,
        posts,
        directory_keeping,
        directory_imports,
        imported_people,
        directory_review,
        site_keeping,
        escalation_policies,
        unanswered,
        evaluation_forms,
        evaluation_instruments,
        evaluation_waves,
        drills,
        supporter_endings,
        succession,
        suggestions,
        digests,
        decisions,
        privacy,
        retention,
        hsds,
        guidance,
        training,
        supporter_training,
        supervision,
        content,
        selection,
        interests,
        applications,
        # After others below /supporters/: its {supporter_id} could be any word that they have there.
        supporters,
        browse,
        # The last: an entry's id could be any word that others have after /directory/.
        directory,
    ):
        routes += module.router.routes
    # As they are, and not included: FastAPI would work out each of them a second time, and look for each twice.
    for route in routes:
        if isinstance(route, APIRoute):
            route.unique_id = operation_id(route)
    return APIRouter(routes=[Finder(routes), *routes])


@functools.cache
def _document() -> dict[str, Any]:
    """The OpenAPI document: of the routes alone, and so the same for every application of a process."""
    return document_of(_api().routes, version=__version__)


@functools.cache
def _bodiless() -> Callable[[str, str], bool]:
    return bodies.without(_api().routes)


@functools.cache
def _fixed() -> Callable[[str], frozenset[str] | None]:
    return methods_of_fixed(_api().routes)


async def _load_help(runtime: Runtime) -> None:
    """From the disk first, then from the database: help is there even while that is away."""
    runtime.help.load()
    try:
        await runtime.load_help()
    except DatabaseUnavailable as exc:
        log.warning("database_unavailable_at_start", reason=str(exc))


def _cors(settings: Settings) -> dict[str, Any]:
    return {
        "allow_origins": [origin.strip() for origin in settings.cors_origins.split(",")],
        "allow_methods": ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
        "allow_headers": [
            "App-Version",
            "Authorization",
            "Content-Type",
            "Idempotency-Key",
            "If-Match",
            "If-None-Match",
            "traceparent",
        ],
        "expose_headers": [
            "Audit-Log-Head",
            "Content-Language",
            "Deprecation",
            "ETag",
            "Idempotency-Replayed",
            "Link",
            "Location",
            "RateLimit",
            "RateLimit-Policy",
            "Retry-After",
            "Sunset",
            "X-Request-Id",
        ],
        "max_age": 600,
    }
