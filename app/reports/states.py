"""Whether anything can still be done with a report, whether its reporter is still there, and where it moves."""

from __future__ import annotations

from enum import StrEnum

from app.core.problems import Conflict
from app.models import Report
from app.vocabulary import REPORT_IS_OVER, ReportState

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


# Until somebody else has it, a conversation goes back and forth between its two sides.
IN_TALKS = frozenset({ReportState.NEW, ReportState.CLAIMED, ReportState.IN_CONVERSATION, ReportState.AWAITING_REPORTER})
# Somebody else who can help has it as well. The reporter's part, and the conversation, go on.
PASSED_ON = frozenset({ReportState.WITH_SUPPORTER, ReportState.REFERRED})


def is_over(report: Report) -> bool:
    return report.state in REPORT_IS_OVER


def refuse_withdrawn(report: Report) -> None:
    """Raises ReportWithdrawn when the reporter has left: what is meant for them would be read by nobody.

    Also of one on which the work goes on without them, and during the hours in which they can undo it.
    """
    if report.withdrawn_hour is not None:
        raise ReportWithdrawn


def refer(report: Report) -> None:
    """Somebody was brought together with a service. What has gone further than that stays where it is."""
    if report.state in IN_TALKS or report.state is ReportState.WITH_SUPPORTER:
        report.state = ReportState.REFERRED
