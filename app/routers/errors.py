"""Every error as problem+json, with `help` for callers without a staff token: who to turn to, now (design, 1.3)."""

from __future__ import annotations

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.routing import Match

from app.core import logs
from app.core.asgi import Scope, allow, dump
from app.core.db import DatabaseUnavailable, LockTimeout, MaybeStored
from app.core.problems import (
    InvalidRequest,
    MalformedJson,
    MethodNotAllowed,
    NotFound,
    PerhapsStored,
    Problem,
    RequestInProgress,
    Unavailable,
    instance_of,
)
from app.routers import oauth_forms
from app.routers.runtime import Runtime

log = structlog.get_logger("peerline.http")

_SCHOOL = re.compile(r"/v1/schools/(?P<slug>[a-z0-9-]{2,40})(?:/|$)")
# pydantic's names of faults, where ours say it better.
_NAME = re.compile(r"[a-z][a-z_]{0,39}")
_CODES = {"extra_forbidden": "unknown_field", "missing": "required"}
# Where pydantic's words repeat some of what was sent, or ours are plainer.
_DETAILS = {
    "unknown_field": "This field is not known here.",
    "union_tag_invalid": "This is none of the kinds known here.",
    "uuid_parsing": "Input should be a valid UUID",
}


def render(scope: Scope, problem: Problem) -> bytes:
    """The body of a problem. Touches no database: it must work when nothing else does."""
    state = scope.get("state", {})
    document = problem.body(instance_of(state.get("request_id", "unknown"))) | oauth_forms.member(scope, problem)
    if not state.get("staff") or problem.status == HTTPStatus.UNAUTHORIZED or problem.helps_everyone:
        help_json = help_json_for(scope)
        if help_json:
            return dump(document)[:-1] + b',"help":' + help_json + b"}"
    return dump(document)


def help_json_for(scope: Scope) -> bytes:
    """The `help` of a problem of this request, as it is sent: the school's where the path has its name."""
    runtime: Runtime | None = getattr(scope["app"].state, "runtime", None) if "app" in scope else None
    if runtime is None:
        return b""
    found = _SCHOOL.match(scope.get("path", ""))
    return runtime.help_json(found["slug"] if found else None)


def respond(request: Request, problem: Problem) -> Response:
    """As problem+json; as a page where the route has one (`request.state.page_of`) and the caller reads HTML."""
    page_of: Callable[[Problem], Response] | None = getattr(request.state, "page_of", None)
    if page_of is not None and "text/html" in request.headers.get("accept", ""):
        return page_of(problem)
    headers = {"Cache-Control": "no-store"} | problem.headers
    return Response(
        render(request.scope, problem),
        status_code=problem.status,
        media_type="application/problem+json",
        headers=headers,
    )


def install(app: FastAPI) -> None:
    """Register the handlers."""

    async def on_problem(request: Request, exc: Exception) -> Response:
        return respond(request, exc if isinstance(exc, Problem) else Problem())

    async def on_invalid(request: Request, exc: Exception) -> Response:
        errors = exc.errors() if isinstance(exc, RequestValidationError) else []
        body = getattr(request.scope.get("route"), "body_field", None)
        return respond(request, _invalid(errors, kind_field=body and body.field_info.discriminator))

    async def on_http(request: Request, exc: Exception) -> Response:
        status = exc.status_code if isinstance(exc, HTTPException) else 500
        return respond(request, _of_status(request, status))

    async def on_database(request: Request, exc: Exception) -> Response:
        return respond(request, of_database(exc))

    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(DatabaseUnavailable, on_database)
    app.add_exception_handler(LockTimeout, on_database)


def of_database(exc: Exception) -> Problem:
    """What a caller is told of a DatabaseUnavailable or a LockTimeout; the first is logged."""
    if isinstance(exc, LockTimeout):
        return RequestInProgress()
    log.warning("http.database_unavailable", reason=str(exc))
    return PerhapsStored() if isinstance(exc, MaybeStored) else Unavailable()


def log_crash(scope: Scope, exc: Exception) -> None:
    """A crash: where it happened and of which kind, never the exception's text, which may quote what somebody wrote."""
    where = logs.places_of(exc.__traceback__)
    request_id = scope.get("state", {}).get("request_id")
    log.error("http.crash", request_id=request_id, error=type(exc).__name__, where=where)


def _invalid(errors: Any, *, kind_field: str | None) -> Problem:
    if any(error["type"] == "json_invalid" for error in errors):
        return MalformedJson("The body is not JSON.")
    return InvalidRequest(errors=[_fault(error, kind_field) for error in errors[:50]])


def _fault(error: Any, kind_field: str | None) -> dict[str, str]:
    """Where and what, without the value that was sent or anything computed from it (contract E5).

    `kind_field` tells apart the kinds of a body that is one of several: pydantic puts the kind into the place.
    """
    place, *path = error["loc"]
    if place == "body" and kind_field:
        path = path[1:] if path else [kind_field] if error["type"].startswith("union_tag") else []
    code = _CODES.get(error["type"], error["type"])
    detail = _DETAILS.get(code, str(error["msg"])[:300])
    fault = {"code": code, "detail": detail}
    names = [str(part) for part in path]
    if code == "unknown_field" and names and not _NAME.fullmatch(names[-1]):
        # A misspelt name helps whoever misspelt it; anything else may be somebody's words.
        names[-1] = "?"
    if place == "body":
        fault["pointer"] = "#" + "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in names)
    else:
        fault["header" if place == "header" else "parameter"] = ".".join(names)
    return fault


def _of_status(request: Request, status: int) -> Problem:
    if status == 404:
        return NotFound()
    if status == 405:
        return MethodNotAllowed(headers={"Allow": allow(_methods(request))})
    if status == 400:
        return MalformedJson("The body could not be read.")
    return Problem()


def _methods(request: Request) -> set[str]:
    """Every method of every route with this path (RFC 9110, 10.2.1); FastAPI knows only the first."""
    scope = dict(request.scope) | {"method": "OPTIONS"}
    methods: set[str] = set()
    for context in iter_route_contexts(request.app.routes):
        match, _ = context.route.matches(scope)
        if match is not Match.NONE:
            methods |= set(getattr(context.route, "methods", None) or ())
    return methods
