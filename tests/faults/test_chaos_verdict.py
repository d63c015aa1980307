"""What `make chaos` says at its end would say so if a promise were broken: each is broken here once, by hand."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from app.core import clock
from app.models import Escalation, Page, WorkItem
from app.paging.auditor import AUDIT
from app.vocabulary import EscalationState, Level, PageState, RosterLine, SubjectKind
from benchmarks.chaos.found import Found, Rows
from benchmarks.chaos.ledger import Ack, Entry, Kind, Ledger, Told
from benchmarks.chaos.receivers import ELSEWHERE
from benchmarks.chaos.school import Cast, Member
from benchmarks.chaos.verdict import Verdict, judge
from tests.support.receiver import Received

RECEIPT = "A-RECEIPT"


@dataclass
class Scene:
    """A run in which all went well: one urgent report with a message, paged, delivered and acknowledged."""

    ledger: Ledger
    report: Entry
    message: Entry
    found: Found
    escalation: Escalation
    page: Page
    timer: WorkItem
    audit: WorkItem
    arrived: list[Received]
    adviser: Member
    output: str = ""

    def judge(self) -> Verdict:
        rows = Rows([self.escalation], [self.page], [self.timer, self.audit])
        cast = Cast([self.adviser], [], self.adviser)
        return judge(self.ledger, self.found, rows, self.arrived, cast, self.output)


def delivery(
    page: Page, *, event_id: uuid.UUID | None = None, said: str = "", at: float = 0.0, to: str = "primary"
) -> Received:
    body = json.dumps({"type": "page.requested", "data": {"page_id": str(page.id)}, "said": said}).encode()
    sent = {"webhook-id": str(event_id or page.event_id)}
    return Received(to, "POST", f"/hook/{to}", sent, body, at, at, 200)


@pytest.fixture
def scene() -> Scene:
    ledger, now, adviser = Ledger(), clock.now(), Member(uuid.uuid4(), {}, "primary")
    report = ledger.begin(Kind.URGENT, key="key")
    report.told, report.answers = Told.ACKNOWLEDGED, [{"receipt": RECEIPT}, {"receipt": RECEIPT}]
    message = ledger.begin(Kind.MESSAGE, about=RECEIPT)
    message.told, message.answers = Told.ACKNOWLEDGED, [{}]
    found, report_id = Found(rows={Kind.REPORT: 1, Kind.ADVICE: 0}), uuid.uuid4()
    found.saw(report.mark, subject=report_id)
    found.saw(message.mark)
    found.receipts_that_opened.add(RECEIPT)
    found.read_by_receipt[RECEIPT].add(message.mark)
    escalation = Escalation(
        school_id=uuid.uuid4(),
        subject_kind=SubjectKind.REPORT,
        subject_id=report_id,
        line=RosterLine.CLINICAL_ADVICE,
        priority="now",
        policy={},
        excluded=[],
        discreet=False,
        state=EscalationState.ACKNOWLEDGED,
        step=0,
        fence=2,
        started_at=now,
        acknowledged_by=adviser.id,
    )
    page = Page(
        escalation_id=escalation.id,
        school_id=escalation.school_id,
        person_id=adviser.id,
        event_id=uuid.uuid4(),
        step=0,
        level=Level.PRIMARY,
        state=PageState.ACKNOWLEDGED,
        tried=[],
        sent_at=now,
        ack_by=now,
    )
    ledger.acked(Ack(str(page.id), str(adviser.id), first=True))
    timer = WorkItem(kind="paging.reply_due", subject=escalation.id, payload={"fence": 2}, due_at=now)
    audit = WorkItem(kind=AUDIT, subject=uuid.UUID(int=0), payload={}, due_at=now)
    return Scene(ledger, report, message, found, escalation, page, timer, audit, [delivery(page)], adviser)


def lost(scene: Scene) -> None:
    scene.found.marks[scene.report.mark] = 0


def hidden(scene: Scene) -> None:
    scene.found.read_by_receipt.clear()


def doubled(scene: Scene) -> None:
    scene.found.saw(scene.message.mark)


def denied(scene: Scene) -> None:
    scene.message.told = Told.REFUSED


def unopened(scene: Scene) -> None:
    scene.found.receipts_that_opened.clear()


def another_answer(scene: Scene) -> None:
    scene.report.answers[1] = {"receipt": "ANOTHER"}


def one_row_more(scene: Scene) -> None:
    scene.found.rows[Kind.REPORT] = 2


def not_asked(scene: Scene) -> None:
    scene.escalation.subject_id = uuid.uuid4()


def old_timer(scene: Scene) -> None:
    scene.timer.payload = {"fence": 1}


def two_holders(scene: Scene) -> None:
    scene.ledger.acked(Ack(str(scene.page.id), str(uuid.uuid4()), first=True))


def forgotten(scene: Scene) -> None:
    scene.escalation.acknowledged_by = None


def another_id(scene: Scene) -> None:
    scene.arrived.append(delivery(scene.page, event_id=uuid.uuid4()))


def other_bytes(scene: Scene) -> None:
    scene.arrived.append(delivery(scene.page, said="otherwise", at=30.0))


def at_once(scene: Scene) -> None:
    scene.arrived.append(delivery(scene.page, at=1.0))


def followed(scene: Scene) -> None:
    scene.arrived.append(delivery(scene.page, to=ELSEWHERE))


def far_step(scene: Scene) -> None:
    scene.timer.due_at += dt.timedelta(hours=2)


def far_step_of_before(scene: Scene) -> None:
    scene.timer.payload = {"fence": 1}
    scene.timer.due_at += dt.timedelta(hours=2)


def held(scene: Scene) -> None:
    scene.timer.lease_until = clock.now() + dt.timedelta(hours=2)


def late_audit(scene: Scene) -> None:
    scene.audit.due_at += dt.timedelta(hours=2)


def stuck(scene: Scene) -> None:
    scene.page.state = PageState.SENT


def queued(scene: Scene) -> None:
    scene.page.state = PageState.QUEUED


def never_taken(scene: Scene) -> None:
    scene.page.state = PageState.DELIVERED
    scene.arrived.clear()


def nobody_after(scene: Scene) -> None:
    scene.page.state = PageState.ESCALATED


def given_up(scene: Scene) -> None:
    scene.timer.dead = True


def no_audit(scene: Scene) -> None:
    scene.audit.kind = "another"


def logged(scene: Scene) -> None:
    scene.output = f"paging.no_next_step http.crash {scene.report.mark}"


@pytest.mark.parametrize(
    ("breach", "promises"),
    [
        (lost, ["acknowledged, and not there"]),
        (hidden, ["acknowledged, and not there"]),
        (doubled, ["there more than once"]),
        (denied, ["refused as not stored, and there"]),
        (unopened, ["receipts that open nothing"]),
        (another_answer, ["one Idempotency-Key, two answers"]),
        (one_row_more, ["rows that nobody asked for"]),
        (not_asked, ["urgent, and nobody was asked"]),
        (old_timer, ["open, without a next step due"]),
        (two_holders, ["two people told that they hold it"]),
        (forgotten, ["acknowledged, and not written down"]),
        (another_id, ["one page under two webhook-ids"]),
        (other_bytes, ["sent again with other bytes"]),
        (at_once, ["sent by two at once, and no clock was stepped"]),
        (followed, ["a receiver that sent elsewhere was followed"]),
        (far_step, ["open, and the next step later than any policy says"]),
        (far_step_of_before, ["open, without a next step due"]),
        (held, ["work that a lease holds up for longer than a lease"]),
        (late_audit, ["an auditor that will not come for long"]),
        (stuck, ["neither delivered nor escalated"]),
        (queued, ["neither delivered nor escalated"]),
        (never_taken, ["said to be delivered, and never taken"]),
        (nobody_after, ["escalated, and nobody after"]),
        (given_up, ["open, without a next step due", "work that was given up"]),
        (no_audit, ["recurring work that is gone"]),
        (logged, ["mended by the auditor", "crashes of a request", "words of a reporter in a log"]),
    ],
)
def test_a_broken_promise_is_counted(scene: Scene, breach: Callable[[Scene], None], promises: list[str]) -> None:
    assert scene.judge().good
    breach(scene)
    assert {promise for promise, number in scene.judge().broken.items() if number} == set(promises)


def test_two_at_once_are_excused_by_a_clock_that_was_wrong_and_by_nothing_else(scene: Scene) -> None:
    at_once(scene)
    for wrong, good in (((40.0, 50.0), False), ((-60.0, -40.0), False), ((-10.0, -5.0), True), ((0.5, 2.0), True)):
        scene.ledger.wrong_clocks = [wrong]
        assert scene.judge().good is good


def test_an_acknowledgement_lapses_by_a_clock_and_by_nothing_else(scene: Scene) -> None:
    two_holders(scene)
    first, second = scene.ledger.acks
    assert not scene.judge().good
    scene.ledger.wrong_clocks = [(first.at - 9.0, first.at - 5.0)]
    assert not scene.judge().good
    scene.ledger.wrong_clocks = [(first.at - 9.0, second.at)]
    assert scene.judge().good
    forgotten(scene)
    assert scene.judge().good
    scene.ledger.wrong_clocks = []
    assert not scene.judge().good


def test_what_several_deployments_of_a_run_broke_is_added_up(scene: Scene) -> None:
    whole, broken = scene.judge(), scene.judge()
    lost(scene)
    broken.add(scene.judge())
    broken.add(scene.judge())
    assert whole.good
    assert broken.broken["acknowledged, and not there"] == 2
    assert broken.counts["pages"] == 3 * whole.counts["pages"]
