"""Who must not know of a report any more, who leaves it, and whom an independent handler asks to help with it."""

from __future__ import annotations

import uuid

from fastapi import APIRouter

from app.briefs import conflicts as from_pages
from app.reports import granting
from app.reports.conflict_schemas import ConflictCreate, ConflictOut, GrantCreate, GrantOut, RecusalCreate
from app.routers.callers import Handler, Paged, Reader, SchoolPath
from app.routers.docs import problems

router = APIRouter(prefix="/v1")
REPORT = "/schools/{school}/reports/{report_id}"


@router.post(f"{REPORT}/conflicts", tags=["reports"], summary="Keep a report from somebody", responses=problems(409))
async def declare_conflict(
    school: SchoolPath, report_id: uuid.UUID, body: ConflictCreate, caller: Reader
) -> ConflictOut:
    """From now on it does not exist for them, in no role that they have or are given, and what they held of it goes to
    the next person. They are told nothing. You learn what they had read of it. Where nobody is left who could read it,
    independent handlers are asked, never somebody who is merely less concerned. Where no privacy officer is left who
    may know of it, somebody else is told that you said so, and sees what is done with it."""
    return await caller.write(lambda s, actor: granting.declare(s, actor, report_id, body))


@router.post(f"{REPORT}/recuse", tags=["reports"], status_code=204, summary="Leave a report", responses=problems(409))
async def recuse_from_report(school: SchoolPath, report_id: uuid.UUID, body: RecusalCreate, caller: Reader) -> None:
    """From now on it does not exist for you. What you had taken on goes back to the others. There is no way back."""
    await caller.write(lambda s, actor: granting.recuse(s, actor, report_id, body))


@router.post(f"{REPORT}/grants", tags=["reports"], summary="Give a report to another handler", responses=problems(409))
async def grant_report(school: SchoolPath, report_id: uuid.UUID, body: GrantCreate, caller: Handler) -> GrantOut:
    """For an independent handler who has it in hand. The other one finds it among the reports, and nothing else."""
    return await caller.write(lambda s, actor: granting.grant(s, actor, report_id, body))


@router.post(
    "/pages/{page_id}/conflicts",
    tags=["pages"],
    summary="Keep the report behind a page from somebody",
    responses=problems(409),
)
async def declare_page_conflict(page_id: uuid.UUID, body: ConflictCreate, caller: Paged) -> ConflictOut:
    """For whoever holds the page, or has answered: as for a triager, at once and without a word to the other."""
    return await caller.write(lambda s, actor: from_pages.declare(s, actor, page_id, body))


@router.post(
    "/pages/{page_id}/recuse",
    tags=["pages"],
    status_code=204,
    summary="Leave the report behind a page",
    responses=problems(409),
)
async def recuse_from_page(page_id: uuid.UUID, body: RecusalCreate, caller: Paged) -> None:
    """You know whom it is about, or are close to them. The page is gone, and the next person is asked at once. There is
    no way back."""
    await caller.write(lambda s, actor: from_pages.recuse(s, actor, page_id, body))
