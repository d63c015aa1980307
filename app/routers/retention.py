"""How long things are kept: policies, legal holds, the records there are, and the runs that erase them."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.retention import legal_holds, policies, records, runs
from app.retention.schemas import (
    LegalHoldCreate,
    LegalHoldOut,
    LegalHoldPage,
    LegalHoldRelease,
    ReportRecord,
    ReportRecordPage,
    RetentionItemPage,
    RetentionPolicies,
    RetentionPolicyOut,
    RetentionPolicyPut,
    RetentionRunOut,
    RetentionRunPage,
    RunWanted,
)
from app.routers import replies
from app.routers.callers import IdempotencyKeyHeader, IfMatch, ListingOf, PrivacyOfficer, SchoolPath
from app.routers.docs import problems
from app.vocabulary.keeping import RetentionClass

router = APIRouter(prefix="/v1/schools/{school}", tags=["retention"])
READ = problems(not_modified=True)
ClassPath = Annotated[RetentionClass, Path(description="What is kept.")]


@router.get("/report-records", summary="The reports there are", response_model=ReportRecordPage, responses=READ)
async def list_report_records(
    school: SchoolPath, request: Request, caller: PrivacyOfficer, listing: ListingOf
) -> Response:
    """The oldest hour first, and not a word of what they say. What is kept from you is not here."""
    return replies.page(request, await caller.read(lambda s, a: records.page(s, a, listing.request(s))))


@router.get("/report-records/{report_id}", summary="A report's record", response_model=ReportRecord, responses=READ)
async def get_report_record(
    school: SchoolPath, report_id: uuid.UUID, request: Request, caller: PrivacyOfficer
) -> Response:
    """Its hours, whether it is held, and from when on it may be erased."""
    return replies.shown(request, await caller.read(lambda s, a: records.get(s, a, report_id)))


@router.get("/retention-policies", summary="How long things are kept", response_model=RetentionPolicies, responses=READ)
async def list_retention_policies(school: SchoolPath, request: Request, caller: PrivacyOfficer) -> Response:
    """One for each class. Where the school has decided nothing, what is suggested."""
    return replies.shown(request, await caller.read(policies.list_all))


@router.get(
    "/retention-policies/{retention_class}",
    summary="How long one class of things is kept",
    response_model=RetentionPolicyOut,
    responses=READ,
)
async def get_retention_policy(
    school: SchoolPath, retention_class: ClassPath, request: Request, caller: PrivacyOfficer
) -> Response:
    """And on whose authority."""
    return replies.shown(request, await caller.read(lambda s, a: policies.get(s, a, retention_class)))


@router.put(
    "/retention-policies/{retention_class}",
    summary="Decide how long one class of things is kept",
    response_model=RetentionPolicyOut,
    responses=problems(),
)
async def put_retention_policy(
    school: SchoolPath,
    retention_class: ClassPath,
    body: RetentionPolicyPut,
    request: Request,
    caller: PrivacyOfficer,
    version: IfMatch,
) -> Response:
    """Counts from the next run on. Needs If-Match, the first time as well."""
    found = await caller.write(lambda s, a: policies.put(s, a, retention_class, body, version=version))
    return replies.shown(request, found)


@router.post(
    "/legal-holds",
    status_code=201,
    summary="Have something kept",
    response_model=LegalHoldOut,
    responses=problems(409),
)
async def create_legal_hold(
    school: SchoolPath, body: LegalHoldCreate, caller: PrivacyOfficer, idempotency_key: IdempotencyKeyHeader = None
) -> Response:
    """Nothing of it is erased any more, by a run or by being withdrawn. Needs an Idempotency-Key."""
    reply = await caller.once(
        idempotency_key,
        body,
        lambda s, a: legal_holds.place(s, a, body),
        location=lambda made: f"/v1/schools/{school}/legal-holds/{made.id}",
    )
    return replies.replied(reply)


@router.get("/legal-holds", summary="Legal holds", response_model=LegalHoldPage, responses=READ)
async def list_legal_holds(
    school: SchoolPath, request: Request, caller: PrivacyOfficer, listing: ListingOf
) -> Response:
    """Newest first, released ones as well."""
    return replies.page(request, await caller.write(lambda s, a: legal_holds.page(s, a, listing.request(s))))


@router.get("/legal-holds/{hold_id}", summary="A legal hold", response_model=LegalHoldOut, responses=READ)
async def get_legal_hold(school: SchoolPath, hold_id: uuid.UUID, request: Request, caller: PrivacyOfficer) -> Response:
    """Who placed it, and why."""
    return replies.shown(request, await caller.write(lambda s, a: legal_holds.get(s, a, hold_id)))


@router.post(
    "/legal-holds/{hold_id}/release",
    summary="Release a legal hold",
    response_model=LegalHoldOut,
    responses=problems(409),
)
async def release_legal_hold(
    school: SchoolPath,
    hold_id: uuid.UUID,
    body: LegalHoldRelease,
    request: Request,
    caller: PrivacyOfficer,
    version: IfMatch,
) -> Response:
    """What it held may be erased again, as its policy says. Needs If-Match."""
    found = await caller.write(lambda s, a: legal_holds.release(s, a, hold_id, body, version=version))
    return replies.shown(request, found)


@router.post(
    "/retention-runs",
    status_code=202,
    summary="List what is due, or erase what was listed",
    response_model=RetentionRunOut,
    responses=problems(409),
)
async def create_retention_run(
    school: SchoolPath,
    caller: PrivacyOfficer,
    dry_run: Annotated[bool, Query(description="Only list what would be erased.")] = True,
    idempotency_key: IdempotencyKeyHeader = None,
) -> Response:
    """One that erases takes only what a dry run of the last seven days has listed, and of that only what is still due:
    nothing that nobody has read, that was just updated, that is held, or that waits for a person. Needs an
    Idempotency-Key."""
    wanted = RunWanted(dry_run=dry_run)
    reply = await caller.once(
        idempotency_key,
        wanted,
        lambda s, a: runs.start(s, a, wanted),
        status=202,
        location=lambda made: f"/v1/schools/{school}/retention-runs/{made.id}",
    )
    return replies.replied(reply)


@router.get("/retention-runs", summary="Erasure runs", response_model=RetentionRunPage, responses=READ)
async def list_retention_runs(
    school: SchoolPath, request: Request, caller: PrivacyOfficer, listing: ListingOf
) -> Response:
    """Newest first, dry ones as well. Each Monday morning there is a dry one."""
    return replies.page(request, await caller.read(lambda s, a: runs.page(s, a, listing.request(s))))


@router.get("/retention-runs/{run_id}", summary="An erasure run", response_model=RetentionRunOut, responses=READ)
async def get_retention_run(
    school: SchoolPath, run_id: uuid.UUID, request: Request, caller: PrivacyOfficer
) -> Response:
    """Where it stands, in numbers."""
    return replies.shown(request, await caller.read(lambda s, a: runs.get(s, a, run_id)))


@router.get(
    "/retention-runs/{run_id}/items", summary="What a run found", response_model=RetentionItemPage, responses=READ
)
async def list_retention_items(
    school: SchoolPath, run_id: uuid.UUID, request: Request, caller: PrivacyOfficer, listing: ListingOf
) -> Response:
    """By id, in no order of time. Lists of dry runs are dropped after a month."""
    found = await caller.read(lambda s, a: runs.items(s, a, run_id, listing.request(s)))
    return replies.page(request, found)
