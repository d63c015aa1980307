"""Who has said something in a conversation, and who was last. Nothing of what was said."""

from __future__ import annotations

import uuid

from sqlmodel import Session, col, select

from app.models import Report, ReportMessage
from app.vocabulary import MessageAuthor


def staff_replied(session: Session, report: Report) -> bool:
    statement = select(ReportMessage.id).where(
        ReportMessage.report_id == report.id, ReportMessage.author != MessageAuthor.REPORTER
    )
    return session.exec(statement.limit(1)).first() is not None


def has_written(session: Session, report: Report, person_id: uuid.UUID) -> bool:
    statement = select(ReportMessage.id).where(
        ReportMessage.report_id == report.id, ReportMessage.person_id == person_id
    )
    return session.exec(statement.limit(1)).first() is not None


def last_author(session: Session, report: Report) -> MessageAuthor | None:
    statement = select(ReportMessage.author).where(ReportMessage.report_id == report.id)
    author = session.exec(statement.order_by(col(ReportMessage.position).desc()).limit(1)).first()
    return None if author is None else MessageAuthor(author)
