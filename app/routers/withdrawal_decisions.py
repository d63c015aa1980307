"""Whoever must decide about a report that was taken back unread."""

from __future__ import annotations

import uuid

from fastapi import APIRouter, Response

from app.core import clock
from app.reports import withdrawal_deciding
from app.reports.withdrawal_schemas import WithdrawalDecisionCreate, WithdrawalDecisionOut
from app.routers import replies
from app.routers.callers import IdempotencyKeyHeader, Paged, SchoolPath
from app.routers.docs import problems

router = APIRouter(prefix="/v1/schools/{school}/reports", tags=["reports"])


@router.post(
    "/{report_id}/withdrawal-decision",
    status_code=201,
    summary="Decide about a report that was taken back unread",
    response_model=WithdrawalDecisionOut,
    responses=problems(409),
)
async def decide_withdrawal(
    school: SchoolPath,
    report_id: uuid.UUID,
    body: WithdrawalDecisionCreate,
    caller: Paged,
    idempotency_key: IdempotencyKeyHeader = None,
) -> Response:
    """Of one with a red-flag sign that nobody had read. For a triager, or whoever has a page for it, once they have
    read it. Needs an Idempotency-Key."""
    now = clock.now()
    reply = await caller.once(
        idempotency_key, body, lambda s, actor: withdrawal_deciding.decide(s, actor, report_id, body, now=now)
    )
    return replies.replied(reply)
