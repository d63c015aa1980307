"""Whether anything can still be done with a report."""

from __future__ import annotations

from app.models import Report
from app.vocabulary import REPORT_IS_OVER


def is_over(report: Report) -> bool:
    return report.state in REPORT_IS_OVER
