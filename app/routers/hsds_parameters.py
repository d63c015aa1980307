"""What can be asked of the collections of HSDS: the standard's own names and meanings."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Depends, Query, Request
from pydantic import StringConstraints

from app.core.problems import InvalidRequest
from app.directory.hsds import pages

# Nothing here knows when it was changed, or where a postcode is: to ignore these would answer another question.
_UNANSWERABLE = ("modified_after", "minimal", "postcode", "proximity")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which page, of which size."""

    page: int
    per_page: int


def asked(
    request: Request,
    page: Annotated[int, Query(ge=1, le=100_000, description="Which page; 1 is the first.")] = 1,
    per_page: Annotated[int, Query(ge=1, le=pages.MOST_PER_PAGE, description="How many on a page at the most.")] = 50,
    _format: Annotated[Literal["json"], Query(alias="format", description="Only JSON is spoken here.")] = "json",
) -> Asked:
    """Raises InvalidRequest for parameters of the standard that cannot be answered here."""
    faults = [
        {"parameter": name, "code": "not_supported", "detail": "This directory cannot answer by this parameter."}
        for name in _UNANSWERABLE
        if request.query_params.get(name, "false").lower() != "false"
    ]
    if faults:
        raise InvalidRequest(errors=faults)
    return Asked(page, per_page)


Search = Annotated[
    Annotated[str, StringConstraints(max_length=200)] | None,
    Query(description="Words that are all in what is said of it, in any order and case."),
]
TermId = Annotated[uuid.UUID | None, Query(description="Of a term that is true of the service.")]
TaxonomyId = Annotated[uuid.UUID | None, Query(description="Of a taxonomy with a term that is true of the service.")]
OrganizationId = Annotated[uuid.UUID | None, Query(description="Of the organization that runs the service.")]
Full = Annotated[bool, Query(description="With everything that belongs to it, as where it is shown alone.")]
AskedFor = Annotated[Asked, Depends(asked)]
