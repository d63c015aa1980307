"""The ledger against what is there: every promise of the reliability document, each with the number it was broken."""

from __future__ import annotations

import datetime as dt
import itertools
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from app.core import clock
from app.models import Page
from app.paging.auditor import AUDIT
from app.vocabulary import EscalationState, PageState
from benchmarks.chaos.found import MARK, Found, Rows
from benchmarks.chaos.ledger import MAY_BE_THERE, REPORTS, Entry, Kind, Ledger, Told
from benchmarks.chaos.receivers import ELSEWHERE
from benchmarks.chaos.school import Cast
from tests.support.receiver import Received

# Written here again, not taken from the auditor that is judged: which work an escalation must have waiting.
TIMER = {EscalationState.OPEN: "paging.step_due", EscalationState.ACKNOWLEDGED: "paging.reply_due"}
# Of the standard policy, which the school has: an adviser has ten minutes, an acknowledgement lapses after ten.
LONGEST_WAIT = dt.timedelta(minutes=31)
LEASE, AUDIT_EVERY, SPARE = dt.timedelta(seconds=20), dt.timedelta(seconds=60), dt.timedelta(seconds=5)
LAPSES_AFTER_SECONDS = 590.0
AT_ONCE_SECONDS = 4.0
SHOWN = 5


@dataclass
class Verdict:
    """`broken`: how often each promise was, with examples in `examples`. `counts`: what else was found."""

    broken: dict[str, int] = field(default_factory=dict)
    examples: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        return not any(self.broken.values())

    def promise(self, what: str, breaches: Iterable[object]) -> None:
        listed = list(breaches)
        self.broken[what] = self.broken.get(what, 0) + len(listed)
        self.examples += [f"{what}: {each}" for each in listed[:SHOWN]]

    def add(self, other: Verdict) -> None:
        """What another deployment of the same run came to."""
        for mine, theirs in ((self.broken, other.broken), (self.counts, other.counts)):
            for name, number in theirs.items():
                mine[name] = mine.get(name, 0) + number
        self.examples += other.examples


def judge(ledger: Ledger, found: Found, rows: Rows, arrived: Sequence[Received], cast: Cast, output: str) -> Verdict:
    verdict = Verdict()
    # A sender that was killed within its headers has sent nothing.
    arrived = [request for request in arrived if "webhook-id" in request.headers]
    _stored(verdict, ledger, found)
    _escalations(verdict, ledger, found, rows)
    _deliveries(verdict, ledger, arrived)
    _pages(verdict, rows, arrived, cast)
    _processes(verdict, rows, output)
    return verdict


def _stored(verdict: Verdict, ledger: Ledger, found: Found) -> None:
    lost: list[Entry] = []
    doubled: list[Entry] = []
    denied: list[Entry] = []
    for entry in ledger.entries:
        there = found.marks[entry.mark]
        least, most = MAY_BE_THERE[entry.told]
        if there < least:
            lost.append(entry)
        if there > most:
            (denied if entry.told is Told.REFUSED else doubled).append(entry)
    receipts = {e.answer["receipt"] for e in ledger.of(*REPORTS, told=Told.ACKNOWLEDGED)}
    hidden = [
        e for e in ledger.of(Kind.MESSAGE, told=Told.ACKNOWLEDGED) if e.mark not in found.read_by_receipt[e.about]
    ]
    verdict.promise("acknowledged, and not there", [*lost, *hidden])
    verdict.promise("there more than once", doubled)
    verdict.promise("refused as not stored, and there", denied)
    verdict.promise("receipts that open nothing", receipts - found.receipts_that_opened)
    verdict.promise("one Idempotency-Key, two answers", [e for e in ledger.entries if _differ(e.answers)])
    listed = Counter("report" if e.kind in REPORTS else "advice" for e in ledger.entries if e.mark in found.subjects)
    rows = {"report": found.rows[Kind.REPORT], "advice": found.rows[Kind.ADVICE]}
    verdict.promise("rows that nobody asked for", [rows] if {each: listed[each] for each in rows} != rows else [])
    verdict.promise("answers that must not be", ledger.wrong)
    for told in Told:
        verdict.counts[f"entries {told}"] = len([e for e in ledger.entries if e.told is told])
    unknown = [e for e in ledger.entries if e.told is Told.UNKNOWN]
    verdict.counts["of the unknown, stored"] = sum(found.marks[e.mark] for e in unknown)


def _differ(answers: Sequence[dict[str, object]]) -> bool:
    return any(answer != answers[0] for answer in answers[1:])


def _escalations(verdict: Verdict, ledger: Ledger, found: Found, rows: Rows) -> None:
    by_subject = Counter(escalation.subject_id for escalation in rows.escalations)
    wanted = [found.subjects[e.mark] for e in ledger.of(Kind.URGENT, Kind.ADVICE) if e.mark in found.subjects]
    verdict.promise("urgent, and nobody was asked", [each for each in wanted if by_subject[each] != 1])
    waiting = {(item.kind, item.subject, item.payload.get("fence")) for item in rows.work if not item.dead}
    verdict.promise(
        "open, without a next step due",
        [
            e.id
            for e in rows.escalations
            if e.state in TIMER and e.answered_at is None and (TIMER[e.state], e.id, e.fence) not in waiting
        ],
    )
    escalation_of = {str(page.id): page.escalation_id for page in rows.pages}
    by_id = {escalation.id: escalation for escalation in rows.escalations}
    holders = defaultdict(list)
    for ack in sorted(ledger.acks, key=lambda each: each.at):
        if ack.first:
            holders[escalation_of[ack.page]].append(ack)
    now_held = {each: str(by_id[each].acknowledged_by) for each in holders}
    verdict.promise(
        "two people told that they hold it",
        [
            each
            for each, acks in holders.items()
            for one, other in itertools.pairwise(acks)
            if one.person != other.person and not _may_lapse(ledger, one.at, other.at)
        ],
    )
    forgotten = [each for each, acks in holders.items() if now_held[each] not in {ack.person for ack in acks}]
    lapsed = [each for each in forgotten if _may_lapse(ledger, holders[each][-1].at, time.monotonic())]
    verdict.promise("acknowledged, and not written down", [each for each in forgotten if each not in lapsed])
    verdict.counts["acknowledgements that lapsed by a clock, stepped or not"] = len(lapsed)
    now = clock.now()
    open_ = {e.id: e for e in rows.escalations if e.state in TIMER and e.answered_at is None}
    verdict.promise(
        "open, and the next step later than any policy says",
        [
            e.id
            for item in rows.work
            if (e := open_.get(item.subject))
            and (item.kind, item.payload.get("fence")) == (TIMER[e.state], e.fence)
            and item.due_at > now + LONGEST_WAIT
        ],
    )
    verdict.promise(
        "work that a lease holds up for longer than a lease",
        [item.kind for item in rows.work if item.lease_until is not None and item.lease_until > now + LEASE + SPARE],
    )
    verdict.counts["escalations"] = len(rows.escalations)
    for state, number in Counter(str(e.state) for e in rows.escalations).items():
        verdict.counts[f"escalations {state}"] = number
    verdict.counts["acknowledgements answered 200"] = len(ledger.acks)


def _may_lapse(ledger: Ledger, since: float, until: float) -> bool:
    """Nobody had answered for ten minutes, or a clock was wrong meanwhile, which may have said so."""
    return until - since > LAPSES_AFTER_SECONDS or any(a <= until and since <= b for a, b in ledger.wrong_clocks)


def _deliveries(verdict: Verdict, ledger: Ledger, arrived: Sequence[Received]) -> None:
    by_id: dict[tuple[str, str], list[Received]] = defaultdict(list)
    ids_of_page: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for request in arrived:
        event, sent = request.json(), request.headers["webhook-id"]
        by_id[request.name, sent].append(request)
        if "page_id" in event["data"]:
            ids_of_page[request.name, event["type"], event["data"]["page_id"]].add(sent)
    verdict.promise("one page under two webhook-ids", [key for key, ids in ids_of_page.items() if len(ids) > 1])
    verdict.promise(
        "sent again with other bytes", [key for key, same in by_id.items() if len({each.body for each in same}) > 1]
    )
    verdict.promise("a receiver that sent elsewhere was followed", [each for each in arrived if each.name == ELSEWHERE])
    again = [each for same in by_id.values() for each in itertools.pairwise(same)]
    # What failed is sent again after 4.5 s at the earliest, and what was in a dead process's hand after its lease.
    at_once = [(first, second) for first, second in again if second.monotonic - first.monotonic < AT_ONCE_SECONDS]
    excused = [pair for pair in at_once if _excused(ledger, *pair)]
    verdict.promise(
        "sent by two at once, and no clock was stepped",
        [(first.name, first.headers["webhook-id"]) for first, second in at_once if (first, second) not in excused],
    )
    verdict.counts["sent by two at once, of a stepped clock"] = len(excused)
    verdict.counts["deliveries"] = len(arrived)
    verdict.counts["deliveries of something new"] = len(by_id)
    verdict.counts["deliveries again, after a failure"] = sum(not _taken(before) for before, _ in again)
    verdict.counts["deliveries again, although taken before"] = sum(_taken(before) for before, _ in again)


def _excused(ledger: Ledger, first: Received, second: Received) -> bool:
    """A clock was wrong when the first was claimed, or a lease that was taken by one still ran; or the tool did it."""
    if second.monotonic >= ledger.leases_ended_at:
        return True
    lease = LEASE.total_seconds()
    return any(
        since - 1 <= second.monotonic and first.monotonic <= until + lease for since, until in ledger.wrong_clocks
    )


def _taken(request: Received) -> bool:
    return request.answered is not None and 200 <= request.answered < 300


def _step(page: Page) -> tuple[uuid.UUID, int, int]:
    return page.escalation_id, page.round, page.step


def _pages(verdict: Verdict, rows: Rows, arrived: Sequence[Received], cast: Cast) -> None:
    hooks = {member.id: member.hook for member in cast.paged}
    taken = {(request.name, request.headers["webhook-id"]) for request in arrived if _taken(request)}
    over = {e.id for e in rows.escalations if e.state is EscalationState.CLOSED or e.answered_at is not None}
    last = {e.id: (e.step, e.state) for e in rows.escalations}
    wanted = [page for page in rows.pages if page.escalation_id not in over]
    # Whoever had no address (a 410 has switched it off) finds it by looking, where another of the step was sent it.
    asked = {_step(page) for page in rows.pages if page.state is not PageState.QUEUED}
    verdict.promise(
        "neither delivered nor escalated",
        [
            page.id
            for page in wanted
            if page.state is PageState.SENT or (page.state is PageState.QUEUED and _step(page) not in asked)
        ],
    )
    verdict.promise(
        "said to be delivered, and never taken",
        [p.id for p in wanted if p.state is PageState.DELIVERED and (hooks[p.person_id], str(p.event_id)) not in taken],
    )
    verdict.promise(
        "escalated, and nobody after",
        [
            p.id
            for p in wanted
            if p.state is PageState.ESCALATED
            and last[p.escalation_id][0] <= p.step
            and last[p.escalation_id][1] is not EscalationState.EXHAUSTED
            and not any(o.escalation_id == p.escalation_id and o.state is not PageState.ESCALATED for o in rows.pages)
        ],
    )
    verdict.counts["pages"] = len(rows.pages)
    for state, number in sorted(Counter(str(page.state) for page in rows.pages).items()):
        verdict.counts[f"pages {state}"] = number


def _processes(verdict: Verdict, rows: Rows, output: str) -> None:
    verdict.promise("work that was given up", [f"{item.kind} {item.last_error}" for item in rows.work if item.dead])
    verdict.promise("mended by the auditor", ["paging.no_next_step"] * output.count("paging.no_next_step"))
    verdict.promise("recurring work that is gone", [] if any(i.kind == AUDIT for i in rows.work) else [AUDIT])
    late = [i.kind for i in rows.work if i.kind == AUDIT and i.due_at > clock.now() + AUDIT_EVERY + SPARE]
    verdict.promise("an auditor that will not come for long", late)
    verdict.promise("crashes of a request", ["http.crash"] * output.count("http.crash"))
    verdict.promise("words of a reporter in a log", MARK.findall(output))
    for event in ("work.failed", "work.lease_lost", "work.locked", "work.claim_failed", "work.worker_ended"):
        verdict.counts[f"logged {event}"] = output.count(event)
