"""What anyone can read without an account: help, who reads reports, what is promised, whether somebody is there."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field, StringConstraints

from app import __version__
from app.core import clock
from app.core.schemas import Instant, OutputModel
from app.directory import catalogue
from app.directory.help_now import HelpNowOut
from app.guidance import answers
from app.guidance.pack import PrivacyStatementOut
from app.paging import routing
from app.reports import intake
from app.reports.schemas import ReaderList
from app.rosters.stored import CoverageNow
from app.routers import replies
from app.routers.callers import SchoolPath, anonymous_limit
from app.routers.docs import problems
from app.routers.ready import CACHED, bundle
from app.routers.runtime import runtime_of
from app.schools import service as schools

router = APIRouter(prefix="/v1", tags=["public"])

limited = [Depends(anonymous_limit)]


AppNumber = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,5}(\.[0-9]{1,5}){0,3}$", max_length=23)]

FEATURES = [
    "reports",
    "receipts",
    "report_challenge",
    "paging",
    "case_advice",
    "rosters",
    "webhooks",
    "directory",
    "directory_sync",
    "guidance",
    "practice_scenarios",
    "stories",
    "hsds",
]


class AppOut(OutputModel):
    """An app of this deployment. Below `minimum_version` people of the programme can no longer sign in with it."""

    platform: Annotated[str, StringConstraints(max_length=20)]
    minimum_version: AppNumber
    latest_version: AppNumber
    upgrade_url: Annotated[str, StringConstraints(max_length=500)]


class Meta(OutputModel):
    """The service. Clients should take its time for theirs, and accept codes they do not know."""

    api_version: Literal["v1"]
    version: Annotated[str, StringConstraints(max_length=40)]
    server_time: Instant
    apps: Annotated[list[AppOut], Field(max_length=20)]
    features: Annotated[list[Annotated[str, StringConstraints(max_length=60)]], Field(max_length=50)]


@router.get("/meta", summary="What this service is, and what time it has", dependencies=limited)
async def get_meta(request: Request) -> Meta:
    """The API's version, the server's clock, the features it has, and how old an app may be."""
    releases = runtime_of(request).settings.app_versions
    return Meta(
        api_version="v1",
        version=__version__,
        server_time=clock.now().replace(microsecond=0),
        apps=[
            AppOut(
                platform=platform,
                minimum_version=release.minimum,
                latest_version=release.latest,
                upgrade_url=release.upgrade_url,
            )
            for platform, release in sorted(releases.items())
        ],
        features=FEATURES,
    )


@router.get(
    "/schools/{school}/help-now",
    summary="Emergency and 24/7 help",
    response_model=HelpNowOut,
    responses=problems(503, not_modified=True),
)
async def get_help_now(school: SchoolPath, request: Request) -> Response:
    """Emergency entries, lines that are open now and always, what to do, and red flags (STUDY T03).

    Served from memory and from a file: it answers with the database down. Not limited, and cacheable.
    """
    runtime = runtime_of(request)
    kept = runtime.help.school(school)
    if kept is None:
        # A school made since this process started. The look below puts it on disk.
        runtime.help.serve(await runtime.db.read(lambda s: catalogue.help_now_of(s, schools.find(s, school))))
        kept = runtime.help.school(school) or runtime.help.country
    runtime.look_at_help(school)
    return replies.prepared(request, bundle(runtime, request.url.path, kept))


@router.get(
    "/schools/{school}/privacy-statement",
    summary="Who reads what, what is kept, for how long",
    response_model=PrivacyStatementOut,
    responses=problems(503, not_modified=True),
    dependencies=limited,
)
async def get_privacy_statement(school: SchoolPath, request: Request) -> Response:
    """The current statement, with the version that a report can carry (STUDY B03, I05)."""
    runtime = runtime_of(request)
    if runtime.help.school(school) is None:
        await runtime.db.read(lambda s: schools.find(s, school))
    return replies.shown(request, answers.privacy_statement(), headers=CACHED)


@router.get(
    "/schools/{school}/readers",
    summary="Who could read a report",
    response_model=ReaderList,
    responses=problems(503, not_modified=True),
    dependencies=limited,
)
async def get_readers(school: SchoolPath, request: Request) -> Response:
    """Roles and aliases that may be put into `keep_from` (J14)."""
    found = await runtime_of(request).db.read(lambda s: intake.readers(s, schools.find(s, school)))
    return replies.shown(request, found)


@router.get(
    "/schools/{school}/coverage/now",
    summary="Whether somebody is on duty",
    response_model=CoverageNow,
    responses=problems(503, not_modified=True),
    dependencies=limited,
)
async def get_coverage_now(school: SchoolPath, request: Request) -> Response:
    """For each line: staffed or not, and nothing else (J6). Staffed means on the roster and reachable."""
    found = await runtime_of(request).db.read(
        lambda s: routing.coverage_now(s, schools.find(s, school).id, now=clock.now())
    )
    return replies.shown(request, found)
