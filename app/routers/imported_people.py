"""People of a school from its own systems: many at once, and the end of somebody's access."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.core.problems import Problem
from app.core.tables import ImportMode
from app.identity import deprovisioning, membership, people_import
from app.identity.people_import_schemas import MOST_PEOPLE, Deprovision, PeopleImport, PeopleImportDiff
from app.routers import replies
from app.routers.callers import PeopleImporter, SchoolPath
from app.routers.docs import problems

router = APIRouter(prefix="/v1/schools/{school}/people", tags=["people"])
DryRun = Annotated[bool, Query(description="Only say what would change.")]
Mode = Annotated[
    ImportMode,
    Query(description="`replace` also ends the access of those who came by an import and are not in the file."),
]
AtMost = Annotated[
    int | None,
    Query(ge=0, le=MOST_PEOPLE, description="How many may lose their access, where it is more than a third."),
]


@router.post("/imports", summary="Bring in many people", response_model=PeopleImportDiff, responses=problems(409))
async def import_people(
    school: SchoolPath,
    body: PeopleImport,
    caller: PeopleImporter,
    dry_run: DryRun = False,
    mode: Mode = ImportMode.MERGE,
    at_most: AtMost = None,
) -> Response:
    """All rows or none, each told from the others by `external_id`; every fault is told with its row. A dry run tells
    the faults beside what the good rows would change.

    A table may also be the whole body, as `text/csv`. The same file again changes nothing. Roles that read cases, and
    others that take a coordinator, are neither given nor taken. Nobody gets a password: they join by a link, or by the
    school's own sign-in.

    Of logins that somebody has at another school ten at the most are told at once. An answer that tells of a login that
    is taken is recorded, and ten of them in five minutes are enough, as for `createInvitation`.
    """
    work = people_import.dry_run if dry_run else people_import.run
    do = caller.read if dry_run else caller.write
    taken, asker = caller.runtime.taken_logins, str(caller.claims.subject)
    # Counted before it is known, so that many at once do not get past.
    taken.take(asker)
    refused: Problem | None = None
    try:
        diff = await do(lambda s, a: work(s, a, body, mode=mode, at_most=at_most))
        codes = {fault.code for fault in diff.errors}
    except Problem as problem:
        refused, codes = problem, {fault["code"] for fault in problem.errors}
    if "login_taken" in codes:
        await caller.write(lambda s, a: membership.record_taken(s, a, "person.import_refused"))
    else:
        taken.give_back(asker)
    if refused is not None:
        raise refused
    return replies.unkept(diff)


@router.post(
    "/deprovision", status_code=204, summary="End somebody's access", response_class=Response, responses=problems(409)
)
async def deprovision_person(school: SchoolPath, body: Deprovision, caller: PeopleImporter) -> Response:
    """For the school's directory, when somebody leaves: every sign-in, token and role ends with this answer. Not for
    the last coordinator. An import may bring them back, without any role that it cannot give."""
    await caller.write(lambda s, a: deprovisioning.deprovision(s, a, body))
    return Response(status_code=204)
