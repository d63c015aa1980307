"""The OpenAPI 3.1 document: what FastAPI derives, corrected and completed (contract O1 to O11)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute

from app.identity import scopes
from app.routers import deprecations
from app.routers.callers import Guard, NamelessGuard, anonymous_limit
from app.routers.openapi import answers, events, schemas
from app.routers.openapi.operations import Access, complete
from app.routers.openapi.texts import TAGS, introduction

_SECURITY_SCHEMES = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "An access token from `/v1/auth/token`; the scopes named are roles, of which one is needed.",
    },
    "receipt": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A token from `/v1/receipts/session`. It opens one report, and nothing else.",
    },
    "contactCode": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A token from `/v1/contact-codes/session`. It opens one choice of a supporter, no more.",
    },
    "service": {
        "type": "oauth2",
        "flows": {
            "clientCredentials": {
                "tokenUrl": "/v1/auth/token",
                "scopes": {str(scope): text for scope, text in scopes.DESCRIPTIONS.items()},
            }
        },
        "description": "For service accounts, whose tokens come from the same place and go into the same header. Where "
        "no scope is named, they get 403.",
    },
}


def describe(app: FastAPI, document: Callable[[], dict[str, Any]]) -> None:
    """Let `app.openapi()` be the whole document, which `document` builds; nobody changes it."""

    def build() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = document()
        return app.openapi_schema

    app.openapi = build  # type: ignore[method-assign]  # FastAPI's documented way to extend the document


def guards_of(app: FastAPI) -> dict[tuple[str, str], frozenset[str] | None]:
    """The roles of every operation by method and path; None where there is no guard."""
    return {place: access.roles for place, access in _access(app.routes).items()}


def scopes_of(app: FastAPI) -> dict[tuple[str, str], str]:
    """The scope of every operation that a program may call."""
    return {place: access.scope for place, access in _access(app.routes).items() if access.scope is not None}


def _access(routes: Sequence[BaseRoute]) -> dict[tuple[str, str], Access]:
    found: dict[tuple[str, str], Access] = {}
    for context in iter_route_contexts(routes):
        dependant = getattr(context, "dependant", None)
        if dependant is None or context.path is None:
            continue
        calls = [each.call for each in dependant.dependencies]
        guards = [call for call in calls if isinstance(call, Guard | NamelessGuard)]
        roles = frozenset(str(role) for role in guards[0].roles) if guards else None
        scope = next((str(call.scope) for call in guards if isinstance(call, Guard) and call.scope), None)
        nameless = next((call.scheme for call in guards if isinstance(call, NamelessGuard)), None)
        for method in context.methods or ():
            asks_app = any(isinstance(guard, Guard) and guard.asks_app for guard in guards)
            found[method, context.path] = Access(
                roles, limited=anonymous_limit in calls, asks_app=asks_app, scope=scope, nameless=nameless
            )
    return found


def document_of(routes: Sequence[BaseRoute], *, version: str) -> dict[str, Any]:
    """The whole document of these routes. It takes two seconds of a core."""
    document = get_openapi(
        title="Peerline",
        version=version,
        openapi_version="3.1.0",
        summary="Backend of a peer-care programme",
        description=introduction(),
        routes=routes,
        tags=[{"name": name, "description": text} for name, text in TAGS.items()],
        servers=[{"url": "/", "description": "This deployment."}],
        contact={"name": "Peerline", "url": "https://peerline.dev"},
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        separate_input_output_schemas=True,
    )
    events.add_schemas(document)
    schemas.tidy(document)
    access = _access(routes)
    for (method, path), operation in schemas.operations(document):
        complete(operation, method=method, access=access[method, path])
    document["webhooks"] = events.webhooks()
    document["components"] |= {
        "headers": answers.headers(),
        "responses": answers.responses(),
        "securitySchemes": _SECURITY_SCHEMES,
    }
    deprecations.mark(document)
    return document
