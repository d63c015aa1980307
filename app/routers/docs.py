"""What each operation is called, and what it documents of its errors."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi.routing import APIRoute
from pydantic import BaseModel, Field, StringConstraints

from app.directory.help_now import HelpMemberOut
from app.reports.challenge_schemas import ReportChallenge
from app.reports.withdrawal_schemas import MyWithdrawal

Code = Annotated[str, StringConstraints(max_length=80)]


class Fault(BaseModel):
    """One fault of a request: where, and which."""

    code: Code
    detail: Annotated[str, StringConstraints(max_length=300)]
    pointer: Annotated[str, StringConstraints(max_length=300)] | None = None
    parameter: Annotated[str, StringConstraints(max_length=300)] | None = None
    header: Annotated[str, StringConstraints(max_length=300)] | None = None


class ProblemDetails(BaseModel):
    """RFC 9457. Decide by `code`: texts may change, codes do not. `help` is there for callers without a staff token,
    `report_challenge` with `challenge_required`, `preview`, what taking the report back would do, with
    `outcome_changed`, and `upgrade_url`, where a newer app is, with `client_upgrade_required`. `error` is of RFC 6749,
    5.2, for whoever sent `/v1/auth/token` a form.
    """

    type: Annotated[str, StringConstraints(max_length=200)]
    title: Annotated[str, StringConstraints(max_length=200)]
    status: Annotated[int, Field(ge=400, le=599)]
    detail: Annotated[str, StringConstraints(max_length=500)]
    instance: Annotated[str, StringConstraints(max_length=200)] | None = None
    code: Code
    violated_policies: list[Code] | None = Field(default=None, alias="violated-policies", max_length=10)
    errors: Annotated[list[Fault], Field(max_length=50)] | None = None
    report_challenge: ReportChallenge | None = None
    help: Annotated[list[HelpMemberOut], Field(max_length=20)] | None = None
    preview: MyWithdrawal | None = None
    error: Code | None = None
    upgrade_url: Annotated[str, StringConstraints(max_length=500)] | None = None


def operation_id(route: APIRoute) -> str:
    """camelCase of the function's name: unique, and a good method name in generated clients."""
    first, *rest = route.name.split("_")
    return first + "".join(word.title() for word in rest)


def problems(*statuses: int, not_modified: bool = False) -> dict[int | str, dict[str, Any]]:
    """What an operation answers for reasons of its own.

    What follows from its guard, parameters, body and headers is added to the document by app/routers/openapi.
    """
    found: dict[int | str, dict[str, Any]] = {status: {"model": ProblemDetails} for status in sorted(statuses)}
    if not_modified:
        found[304] = {}
    return found
