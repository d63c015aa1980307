"""Whether anything can still be done with a report, whether its reporter is there, and whether it was passed on."""

from __future__ import annotations

from enum import StrEnum

from app.core.problems import Conflict
from app.models import Report
from app.vocabulary import REPORT_IS_OVER, ReportState

# Until it is passed on, what each side says moves it to and fro; after that it only moves on.
NOT_PASSED_ON = frozenset(
    {ReportState.NEW, ReportState.CLAIMED, ReportState.IN_CONVERSATION, ReportState.AWAITING_REPORTER}
)
PASSED_ON = frozenset({ReportState.WITH_SUPPORTER, ReportState.REFERRED})
# Nobody is told of one of these any more, and nobody takes it on.
GONE = (ReportState.WITHDRAWN, ReportState.EXPIRED)


class WithdrawalStanding(StrEnum):
    """Where a withdrawn report stands, for those who work on reports."""

    WITHDRAWN = "withdrawn"
    TO_BE_DECIDED = "to_be_decided"
    GOES_ON = "goes_on"


class ReportWithdrawn(Conflict):
    code, status, title = "report_withdrawn", 409, "This was taken back by whoever sent it"
    default_detail = "Nothing more is asked of anybody, and nothing can be added to it."


def is_over(report: Report) -> bool:
    return report.state in REPORT_IS_OVER


def refuse_withdrawn(report: Report) -> None:
    """Raises ReportWithdrawn when the reporter has left: what is meant for them would be read by nobody.

    Also of one on which the work goes on without them, and during the hours in which they can undo it.
    """
    if report.withdrawn_hour is not None:
        raise ReportWithdrawn
