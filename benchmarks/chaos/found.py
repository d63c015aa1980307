"""What is there at the end: through the product where it has a route, in the database for what it has none."""

from __future__ import annotations

import functools
import random
import re
import threading
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from sqlmodel import Session, col, select

from app.models import AdviceRequest, Escalation, Page, Report, WorkItem
from benchmarks.chaos import load
from benchmarks.chaos.calls import Answer, Caller, items
from benchmarks.chaos.deployment import Deployment
from benchmarks.chaos.ledger import REPORTS, Kind, Ledger, Told
from benchmarks.chaos.school import Cast

W = TypeVar("W")

READERS = 3
AGAIN = (*REPORTS, Kind.ADVICE, Kind.ADVICE_MESSAGE, Kind.REPLY)
MARK = re.compile(r"mark[0-9a-f]+x[0-9]+x")


@dataclass
class Found:
    """`marks`: how often each was found. `subjects`: the id of the report or request that carries a mark."""

    marks: Counter[str] = field(default_factory=Counter)
    subjects: dict[str, uuid.UUID] = field(default_factory=dict)
    # The conversation that a mark was read in: by the receipt, the request, and the mark of a report.
    read_by_receipt: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    receipts_that_opened: set[str] = field(default_factory=set)
    rows: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def saw(self, text: str, *, subject: uuid.UUID | None = None) -> None:
        with self._lock:
            for mark in MARK.findall(text):
                self.marks[mark] += 1
                if subject is not None:
                    self.subjects[mark] = subject


@dataclass(frozen=True)
class Rows:
    """The tables that no route shows whole."""

    escalations: list[Escalation]
    pages: list[Page]
    work: list[WorkItem]


def rows(session: Session) -> Rows:
    return Rows(
        list(session.exec(select(Escalation))), list(session.exec(select(Page))), list(session.exec(select(WorkItem)))
    )


def look(ledger: Ledger, cast: Cast, deployment: Deployment) -> Found:
    """Read everything back as its readers do: reports as a triager, requests as supporters, answers as reporters."""
    found = Found(rows=deployment.read(_counts))
    callers = [Caller(ledger, deployment.addresses, random.Random(number)) for number in range(READERS)]

    def in_parallel(work: Callable[[Caller, Found, W], None], what: Iterable[W]) -> None:
        todo = list(what)

        def share(number: int) -> None:
            for each in todo[number::READERS]:
                work(callers[number], found, each)

        with ThreadPoolExecutor(READERS) as threads:
            list(threads.map(share, range(READERS)))

    reader = cast.reader.headers
    listed = items(functools.partial(_read, callers[0], headers=reader), load.REPORTS)
    in_parallel(functools.partial(_report, headers=reader), [str(item["id"]) for item in listed])
    for member in cast.supporters:
        asked = items(functools.partial(_read, callers[0], headers=member.headers), load.ADVICE)
        in_parallel(functools.partial(_request, headers=member.headers), [str(item["id"]) for item in asked])
    in_parallel(_receipt, [entry.answer["receipt"] for entry in ledger.of(*REPORTS, told=Told.ACKNOWLEDGED)])
    for each in callers:
        each.close()
    return found


def ask_again(ledger: Ledger, deployment: Deployment) -> None:
    """The keys of all that can be sent by itself: every process has been another since."""
    caller = Caller(ledger, deployment.addresses, random.Random(0))
    for entry in ledger.of(*AGAIN, told=Told.ACKNOWLEDGED):
        if entry.key is not None:
            caller.once_more(entry)
    caller.close()


def _report(by: Caller, found: Found, report_id: str, *, headers: dict[str, str]) -> None:
    shown = _read(by, f"{load.REPORTS}/{report_id}", headers=headers)
    found.saw(shown.body["narrative"] or "", subject=uuid.UUID(report_id))
    for message in items(functools.partial(_read, by, headers=headers), f"{load.REPORTS}/{report_id}/messages"):
        found.saw(message["text"])


def _request(by: Caller, found: Found, request_id: str, *, headers: dict[str, str]) -> None:
    shown = _read(by, f"{load.ADVICE}/{request_id}", headers=headers)
    found.saw(shown.body["summary"], subject=uuid.UUID(request_id))
    for message in items(functools.partial(_read, by, headers=headers), f"{load.ADVICE}/{request_id}/messages"):
        found.saw(message["text"])


def _receipt(by: Caller, found: Found, receipt: str) -> None:
    opened = by.repeatable("POST", "/v1/receipts/session", headers={}, body={"receipt": receipt})
    if opened.told is not Told.ACKNOWLEDGED:
        return
    headers = {"Authorization": f"Bearer {opened.body['access_token']}"}
    if _read(by, "/v1/me/report", headers=headers).told is Told.ACKNOWLEDGED:
        found.receipts_that_opened.add(receipt)
    for message in items(functools.partial(_read, by, headers=headers), "/v1/me/report/messages"):
        found.read_by_receipt[receipt].update(MARK.findall(message["text"]))


def _read(by: Caller, path: str, *, headers: dict[str, str]) -> Answer:
    return by.repeatable("GET", path, headers=headers)


def _counts(session: Session) -> dict[str, int]:
    """Rows of what was listed, so that a row that no list shows is noticed."""
    return {
        Kind.REPORT: len(session.exec(select(col(Report.id))).all()),
        Kind.ADVICE: len(session.exec(select(col(AdviceRequest.id))).all()),
    }
