"""Answers with the headers that the conventions ask for (contract C1, C2, C7, P5, R5)."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from fastapi import Request, Response
from pydantic import BaseModel

from app.core import preconditions
from app.core.pagination import Page
from app.core.prepared import Prepared
from app.idempotency.service import Reply

JSON = "application/json"
CSV = "text/csv"
CSV_UTF8 = f"{CSV}; charset=utf-8"
PROBLEM = "application/problem+json"
_IN_304 = frozenset({"cache-control", "content-security-policy", "etag", "vary"})
NO_STORE = {"Cache-Control": "no-store"}


def shown(
    request: Request,
    model: BaseModel,
    *,
    headers: dict[str, str] | None = None,
    versioned: BaseModel | None = None,
) -> Response:
    """200 with a strong ETag, or 304 when the caller has that state already. `versioned`: as for `created`."""
    body = model.model_dump_json(by_alias=True).encode()
    etag = preconditions.etag_of_model(versioned or model)
    return conditional(request, body, etag=etag, headers=NO_STORE | (headers or {}))


def conditional(
    request: Request, body: bytes, *, etag: str, headers: dict[str, str], media_type: str = JSON
) -> Response:
    headers = headers | {"ETag": etag}
    # Only for reads: after a write, 304 would hide what has just been done (RFC 9110, 13.1.2).
    known = ", ".join(request.headers.getlist("if-none-match")) if request.method == "GET" else ""
    if preconditions.matches(known, etag, weak=True):
        # What it says of the representation, such as the next page, is known with it (RFC 9110, 15.4.5).
        kept = {name: value for name, value in headers.items() if name.lower() in _IN_304}
        return Response(status_code=304, headers=kept)
    return Response(body, media_type=media_type, headers=headers)


def prepared(request: Request, answer: Prepared, *, media_type: str = JSON) -> Response:
    """As it would have been given before the application was asked."""
    variant = answer.for_encodings(",".join(request.headers.getlist("accept-encoding")))
    return conditional(request, variant.body, etag=variant.etag, headers=dict(variant.headers), media_type=media_type)


def unkept(model: BaseModel, *, headers: dict[str, str] | None = None) -> Response:
    """200 with what is good for this one caller and this moment: no version, and nobody keeps it."""
    return Response(model.model_dump_json(by_alias=True).encode(), media_type=JSON, headers=NO_STORE | (headers or {}))


def created(model: BaseModel, *, location: str, versioned: BaseModel | None = None) -> Response:
    """201 with where it now stands and its version. `versioned`: what a GET shows, where this answer shows more."""
    body = model.model_dump_json(by_alias=True).encode()
    etag = preconditions.etag_of_model(versioned or model)
    headers = NO_STORE | {"Location": location, "ETag": etag}
    return Response(body, status_code=201, media_type=JSON, headers=headers)


def accepted(model: BaseModel, *, location: str) -> Response:
    """202: look there for what came of it (RFC 9110, 15.3.3)."""
    body = model.model_dump_json(by_alias=True).encode()
    return Response(body, status_code=202, media_type=JSON, headers=NO_STORE | {"Location": location})


def replied(reply: Reply, *, versioned: type[BaseModel] | None = None) -> Response:
    """An answer that was made, or repeated, for an Idempotency-Key. `versioned`: as for `created`."""
    headers = NO_STORE | reply.headers
    if "Location" in headers:
        headers["ETag"] = preconditions.etag_of(reply.body if versioned is None else _only(versioned, reply.body))
    return Response(
        reply.body, status_code=reply.status, media_type=PROBLEM if reply.problem else JSON, headers=headers
    )


def _only(model: type[BaseModel], body: bytes) -> bytes:
    """What a GET shows of an answer that shows more."""
    given = json.loads(body)
    return model.model_validate({name: given[name] for name in model.model_fields}).model_dump_json().encode()


def page(request: Request, model: Page[Any], *, headers: dict[str, str] | None = None) -> Response:
    """200 with `Link: rel="next"` (RFC 8288) beside the body's cursor; it keeps the filters."""
    return shown(request, model, headers=(headers or {}) | next_page(request, model.next_cursor))


def wants_csv(request: Request, *, before: str) -> bool:
    """Whether a table is named among what is accepted, and the other form not before it."""
    kinds = [part.partition(";")[0].strip().lower() for part in request.headers.get("accept", "").split(",")]
    return CSV in kinds and before not in kinds[: kinds.index(CSV)]


def next_page(request: Request, cursor: str | None) -> dict[str, str]:
    """`Link: rel="next"`, if there is one."""
    if cursor is None:
        return {}
    query = [(k, v) for k, v in request.query_params.multi_items() if k != "cursor"]
    query.append(("cursor", cursor))
    return {"Link": f'<{request.url.path}?{urlencode(query)}>; rel="next"'}
