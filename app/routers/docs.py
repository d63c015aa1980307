"""What each operation documents of its errors and headers."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field, StringConstraints

from app.directory.help_now import HelpMemberOut

Code = Annotated[str, StringConstraints(max_length=80)]


class Fault(BaseModel):
    """One fault of a request: where, and which."""

    code: Code
    detail: Annotated[str, StringConstraints(max_length=300)]
    pointer: Annotated[str, StringConstraints(max_length=300)] | None = None
    parameter: Annotated[str, StringConstraints(max_length=300)] | None = None
    header: Annotated[str, StringConstraints(max_length=300)] | None = None


class ProblemDetails(BaseModel):
    """RFC 9457. Decide by `code`: texts may change, codes do not. `help` is there for callers without a staff token."""

    type: Annotated[str, StringConstraints(max_length=200)]
    title: Annotated[str, StringConstraints(max_length=200)]
    status: Annotated[int, Field(ge=400, le=599)]
    detail: Annotated[str, StringConstraints(max_length=500)]
    instance: Annotated[str, StringConstraints(max_length=200)] | None = None
    code: Code
    errors: Annotated[list[Fault], Field(max_length=50)] | None = None
    help: Annotated[list[HelpMemberOut], Field(max_length=20)] | None = None


_TEXT = {
    400: "The Idempotency-Key header is missing or cannot be used.",
    401: "No valid token.",
    403: "The role does not allow this.",
    404: "Not there, or not yours to see: the same answer for both.",
    405: "Not this method; `Allow` lists those there are.",
    409: "Not possible in the present state; `code` says why.",
    412: "Changed by somebody else since the ETag in If-Match.",
    413: "The body is too large.",
    415: "Not JSON.",
    422: "Something in the request cannot be accepted; `errors` points at it.",
    428: "If-Match is missing.",
    429: "Too many requests; `Retry-After` says when to go on.",
    503: "Not right now; nothing was stored.",
}


def problems(*statuses: int, not_modified: bool = False) -> dict[int | str, dict[str, Any]]:
    """The `responses` of an operation. 422 is always there: every operation has something that can be malformed."""
    found: dict[int | str, dict[str, Any]] = {
        status: {"model": ProblemDetails, "description": _TEXT[status]} for status in sorted({*statuses, 422})
    }
    if not_modified:
        found[304] = {"description": "You have this version already."}
    return found


# What every operation behind a token can answer.
STAFF = (401, 403, 404, 429, 503)
STAFF_WRITE = (*STAFF, 400, 409, 413, 415)
