"""Errors as problem details (RFC 9457). Every error that the service means has a class here or in its feature.

A class has one stable `code`, one status, one title; `detail` may say more. Nothing a caller sent is ever repeated
(contract E5).
"""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, ClassVar

TYPE_BASE = "https://peerline.dev/problems/"
REGISTRY: dict[str, type[Problem]] = {}


def instance_of(request_id: str) -> str:
    """What the log calls the same request: opaque, never a path with a secret in it."""
    return f"urn:peerline:request:{request_id}"


class Problem(Exception):
    """An answer with a 4xx or 5xx status.

    `durable`: a business error that an idempotent request repeats (contract I6); payload errors are not.
    """

    code: ClassVar[str] = "internal_error"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong on our side"
    default_detail: ClassVar[str | None] = None
    # Whether people of the programme, too, are told where to turn: others are with every problem. So says its detail.
    helps_everyone: ClassVar[bool] = False

    def __init__(
        self,
        detail: str | None = None,
        *,
        headers: dict[str, str] | None = None,
        errors: Sequence[dict[str, str]] = (),
        extra: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(self.code)
        self.detail = detail or self.default_detail
        self.headers = headers or {}
        self.errors = list(errors)
        self.extra = extra or {}

    def __init_subclass__(cls) -> None:
        known = REGISTRY.get(cls.code)
        if known is not None and (not issubclass(cls, known) or (known.status, known.title) != (cls.status, cls.title)):
            raise TypeError(f"problem code {cls.code} has two meanings")
        # The first of its code, which the others are kinds of: what the document says follows from no order of imports.
        REGISTRY.setdefault(cls.code, cls)

    @property
    def durable(self) -> bool:
        return self.status == HTTPStatus.CONFLICT

    def body(self, instance: str | None) -> dict[str, Any]:
        """The problem document. `instance` is from `instance_of`."""
        document: dict[str, Any] = {
            "type": TYPE_BASE + self.code,
            "title": self.title,
            "status": self.status,
            "detail": self.detail or self.title,
            "instance": instance,
            "code": self.code,
        }
        if self.errors:
            document["errors"] = self.errors
        return document | self.extra


REGISTRY[Problem.code] = Problem


class NotFound(Problem):
    code, status, title = "not_found", 404, "There is nothing here"
    default_detail = "What you asked for does not exist, or is not yours to see."


class MethodNotAllowed(Problem):
    code, status, title = "method_not_allowed", 405, "This method is not available here"


class Unauthenticated(Problem):
    code, status, title = "unauthenticated", 401, "Please sign in"
    default_detail = "This needs a valid access token. The help in this answer needs none."

    def __init__(self, detail: str | None = None, *, invalid_token: bool = False) -> None:
        challenge = 'Bearer realm="peerline"' + (', error="invalid_token"' if invalid_token else "")
        super().__init__(detail, headers={"WWW-Authenticate": challenge})


class Forbidden(Problem):
    code, status, title = "forbidden", 403, "Your role does not allow this"


class InvalidRequest(Problem):
    code, status, title = "validation_failed", 422, "The request has something that cannot be accepted"
    default_detail = "Each fault is listed in `errors`. Nothing was stored."


class MalformedJson(Problem):
    code, status, title = "malformed_json", 422, "The body is not JSON that can be accepted"


class MalformedForm(Problem):
    code, status, title = "malformed_form", 422, "The body is not a form that can be accepted"


class UnexpectedBody(Problem):
    code, status, title = "unexpected_body", 422, "This operation takes no body"
    default_detail = "Please send none: what it says would be lost. Nothing was done."


class UnsupportedMediaType(Problem):
    code, status, title = "unsupported_media_type", 415, "This kind of body is not read here"


class BodyTooLarge(Problem):
    code, status, title = "body_too_large", 413, "The body is too large"


class UriTooLong(Problem):
    code, status, title = "uri_too_long", 414, "The address is too long"


class HeadersTooLarge(Problem):
    code, status, title = "headers_too_large", 431, "The headers are too large"


class Conflict(Problem):
    code, status, title = "conflict", 409, "This cannot be done in the present state"


class PreconditionFailed(Problem):
    code, status, title = "precondition_failed", 412, "Someone changed this in the meantime"
    default_detail = "Read it again, and send the ETag you then get in If-Match."


class PreconditionRequired(Problem):
    code, status, title = "precondition_required", 428, "Please say which version you change"
    default_detail = "Send the ETag of the version that you read in If-Match."


class IdempotencyKeyRequired(Problem):
    code, status, title = "idempotency_key_required", 400, "An Idempotency-Key header is needed here"


class IdempotencyKeyInvalid(Problem):
    code, status, title = "idempotency_key_invalid", 400, "The Idempotency-Key header cannot be used"


class IdempotencyKeyReused(Problem):
    code, status, title = "idempotency_key_reused", 422, "This Idempotency-Key was used for another request"


class RequestInProgress(Problem):
    code, status, title = "request_in_progress", 409, "The same request is being worked on"

    def __init__(self) -> None:
        super().__init__("Ask again in a moment.", headers={"Retry-After": "1"})

    @property
    def durable(self) -> bool:
        return False


class InvalidCursor(Problem):
    code, status, title = "invalid_cursor", 422, "This cursor cannot be used"
    default_detail = "A cursor works for the same list, filters and caller that it was given for. Start without one."


class TooManyRequests(Problem):
    """RFC 6585, 4; the type is the one registered for quotas (contract L1)."""

    code, status, title = "too_many_requests", 429, "Too many requests"
    helps_everyone = True

    def __init__(self, *, policy: str, retry_after: int, headers: dict[str, str]) -> None:
        super().__init__(
            "Please wait and try again. The help in this answer can be used now.",
            headers=headers | {"Retry-After": str(retry_after)},
            extra={
                "type": "https://iana.org/assignments/http-problem-types#quota-exceeded",
                "violated-policies": [policy],
            },
        )


class Unavailable(Problem):
    code, status, title = "unavailable", 503, "This cannot be done right now"
    helps_everyone = True
    default_detail = "Nothing was stored. The help in this answer can be used now; please try again in a moment."

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail, headers={"Retry-After": "5"})


class PerhapsStored(Unavailable):
    """The answer of the database was lost, so that anything else we said could be untrue."""

    default_detail = (
        "The database was lost at the last moment: we cannot tell whether this was stored. Please try again in a "
        "moment, with the same Idempotency-Key if you sent one: it then counts once. The help in this answer can be "
        "used now."
    )


class Overloaded(Problem):
    """More is asked than can be done: nothing of this request was begun (core/admission.py)."""

    code, status, title = "overloaded", 503, "Too much is asked of this service right now"
    helps_everyone = True
    default_detail = (
        "Nothing was stored. The help in this answer can be used now; please try again after the seconds in "
        "Retry-After, with the same Idempotency-Key if you sent one."
    )

    def __init__(self, *, retry_after: int) -> None:
        super().__init__(headers={"Retry-After": str(retry_after)})
