"""What OAuth 2.0 clients send to the token endpoint: a form, and at times HTTP Basic (RFC 6749, 2.3.1, 3.2, 5.2).

A form becomes the JSON object that the endpoint takes. To such a client problems speak in its words as well.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from fastapi import Request
from pydantic import BaseModel
from starlette.datastructures import Headers

from app.core.asgi import Scope
from app.core.problems import MalformedForm, Problem
from app.identity.schemas import EXCHANGE, ClientCredentialsGrant, ExchangeGrant, PasswordGrant, RefreshGrant
from app.identity.sign_in import BadCredentials

MOST_FIELDS = 20
# Where the standard has another name.
NAMES = {"username": "login"}
_KINDS: dict[str, type[BaseModel]] = {
    "password": PasswordGrant,
    "refresh_token": RefreshGrant,
    "client_credentials": ClientCredentialsGrant,
    EXCHANGE: ExchangeGrant,
}
_GRANT, _BASIC = "oauth_grant", "oauth_basic"
_CHALLENGE = 'Basic realm="peerline", charset="UTF-8"'


def read(scope: Scope, body: bytes) -> bytes:
    """The fields of a form as JSON: those that its grant has, for a client passes over what it does not know (3.2).

    Raises MalformedForm, also for a client that says twice who it is; BadCredentials for a Basic that cannot be read.
    """
    scope["state"][_GRANT] = ""
    given = _fields(body)
    grant = given.get("grant_type", "")
    scope["state"][_GRANT] = grant
    if grant == "client_credentials":
        given = _with_basic(scope, given)
    kind = _KINDS.get(grant)
    known = {"grant_type"} if kind is None else set(kind.model_fields)
    return json.dumps({name: value for name, value in given.items() if name in known}).encode()


def member(scope: Scope, problem: Problem) -> dict[str, Any]:
    """`error` of RFC 6749, 5.2, for whoever sent a form; nothing for others."""
    grant = scope.get("state", {}).get(_GRANT)
    return {} if grant is None else {"error": _error(problem, grant)}


def challenged(request: Request, refused: BadCredentials) -> BadCredentials:
    """The refusal, with the challenge of the scheme that the client used (5.2)."""
    if getattr(request.state, _BASIC, False):
        refused.headers = {"WWW-Authenticate": _CHALLENGE}
    return refused


def _error(problem: Problem, grant: str) -> str:
    codes = {fault["code"] for fault in problem.errors}
    if problem.status == 401:
        return "invalid_client" if grant == "client_credentials" else "invalid_grant"
    if "union_tag_invalid" in codes:
        return "unsupported_grant_type"
    if "scope_not_held" in codes:
        return "invalid_scope"
    if problem.status in (429, 503):
        return "temporarily_unavailable"
    return "server_error" if problem.status >= 500 else "invalid_request"


def _fields(body: bytes) -> dict[str, str]:
    """Raises MalformedForm for what is no form, and for a name that is there twice (3.2)."""
    try:
        # A field without a value counts as one that is not there (3.2).
        pairs = parse_qsl(body.decode("ascii"), errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError as exc:
        raise MalformedForm("It is not application/x-www-form-urlencoded in UTF-8.") from exc
    fields = {NAMES.get(name, name): value for name, value in pairs}
    if len(fields) < len(pairs):
        raise MalformedForm("A field is there twice.")
    return fields


def _with_basic(scope: Scope, given: dict[str, str]) -> dict[str, str]:
    """The client's id and secret where they are, in the header or in the form; a client uses one of the two (2.3)."""
    scheme, _, encoded = Headers(scope=scope).get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return given
    scope["state"][_BASIC] = True
    try:
        client_id, colon, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
        client_id, secret = (unquote_plus(part, errors="strict") for part in (client_id, secret))
    except (binascii.Error, ValueError) as exc:
        raise _refused() from exc
    if not (colon and client_id and secret):
        raise _refused()
    if "client_secret" in given or given.get("client_id", client_id) != client_id:
        raise MalformedForm("The client's secret belongs into the header or into the form, not into both.")
    return given | {"client_id": client_id, "client_secret": secret}


def _refused() -> BadCredentials:
    refused = BadCredentials()
    refused.headers = {"WWW-Authenticate": _CHALLENGE}
    return refused
