"""The reporter takes a report back, undoes that, or keeps the receipt good."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from app.core import clock
from app.core.db import Session
from app.reports import mine, withdrawal
from app.reports.schemas import MyReport, ReceiptExtended
from app.reports.withdrawal_schemas import MyWithdrawal, WithdrawalCreate
from app.routers import replies
from app.routers.callers import Receipt
from app.routers.docs import problems

router = APIRouter(prefix="/v1/me/report", tags=["my report"])


@router.get(
    "/withdraw-preview",
    summary="What becomes of your report when you take it back",
    response_model=MyWithdrawal,
    responses=problems(404, not_modified=True),
)
async def get_my_withdrawal_preview(request: Request, reporter: Receipt) -> Response:
    """Before you confirm it: what is destroyed, what is kept and why, and until when you can undo it. When you have
    taken it back, what has become of it."""
    now = clock.now()
    found = await reporter.runtime.db.read(lambda s: withdrawal.preview(s, reporter.report_id, now=now))
    return replies.shown(request, found)


@router.post("/withdraw", summary="Take your report back", responses=problems(404, 409))
async def withdraw_my_report(body: WithdrawalCreate, reporter: Receipt) -> MyWithdrawal:
    """At once nobody who has not read it can, but whoever must decide about it. What is destroyed is destroyed a day
    later, on a full hour; until then your receipt opens it, to undo this and for nothing else.

    When somebody has read it since the preview, nothing is done: `outcome_changed` has the new one as `preview`.
    """
    now = clock.now()
    return await reporter.runtime.db.write(lambda s: withdrawal.withdraw(s, reporter.report_id, body, now=now))


@router.post("/withdraw/undo", summary="Undo taking your report back", responses=problems(404, 409))
async def undo_my_withdrawal(reporter: Receipt) -> MyReport:
    """Until `undo_until`. Everything is as it was; of an urgent report those who are on duty now are asked again."""
    now = clock.now()

    def work(session: Session) -> MyReport:
        withdrawal.undo(session, reporter.report_id, now=now)
        return mine.show(session, reporter.report_id, now=now)

    return await reporter.runtime.db.write(work)


@router.post("/extend", summary="Keep your receipt good for longer", responses=problems(404, 409))
async def extend_my_receipt(reporter: Receipt) -> ReceiptExtended:
    """For 90 days from today, as each use of the receipt does. How long the report itself is kept is another matter."""
    now = clock.now()
    return await reporter.runtime.db.write(lambda s: mine.extend(s, reporter.report_id, now=now))
