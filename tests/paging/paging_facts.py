"""What is stored of paging, and what must be true of it after whatever happens."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import Any

from app.models import Escalation, Page, WorkItem
from app.paging import auditor
from app.paging.deadlines import DELIVERY_DUE, TIMERS
from app.schools.policies import PagingPolicy
from app.vocabulary import EscalationState, Level, PageState

UNREACHED = (PageState.SENT, PageState.QUEUED, PageState.ESCALATED)


@dataclass
class Facts:
    """All of paging that is stored, read at once."""

    escalations: list[Escalation]
    pages: list[Page]
    timers: list[WorkItem]
    ended: Counter[Any]
    said: list[tuple[str, dict[str, Any]]]
    audit: auditor.Found

    def pages_of(self, escalation: Escalation) -> list[Page]:
        return [page for page in self.pages if page.escalation_id == escalation.id]

    def live(self, escalation: Escalation) -> dict[str, dt.datetime]:
        """The timers that count, by kind."""
        mine = [item for item in self.timers if item.subject == escalation.id and not item.dead]
        return {item.kind: item.due_at for item in mine if item.payload["fence"] == escalation.fence}


def over(escalation: Escalation) -> bool:
    return escalation.state is EscalationState.CLOSED or escalation.answered_at is not None


def waits(escalation: Escalation) -> bool:
    """Whether something comes next by itself."""
    promised = escalation.next_due_at is not None
    return not over(escalation) and (escalation.state is not EscalationState.EXHAUSTED or promised)


def check(facts: Facts) -> None:
    assert facts.audit.lost == 0
    silent = Counter[Level]()
    for escalation in facts.escalations:
        live, mine = facts.live(escalation), facts.pages_of(escalation)
        if not waits(escalation):
            assert live == {}, "nobody is needed, and a timer is left"
        else:
            check_waiting(escalation, live, [page for page in mine if _place(page) == _here(escalation)])
        asked = Counter((*_place(page), page.person_id) for page in mine)
        assert set(asked.values()) <= {1}, "asked twice at one step"
        said = [data for kind, data in facts.said if data.get("escalation_id") == str(escalation.id)]
        assert len(said) == (0 if escalation.discreet else facts.ended[escalation.id]), "not told, or told twice"
        assert not {str(page.person_id) for page in mine} & set(escalation.excluded), "it is kept from them"
        if not escalation.discreet:
            silent += unasked(escalation, mine)
    gaps = Counter(Level(data["level"]) for kind, data in facts.said if kind == "coverage.gap_live")
    assert all(gaps[level] >= count for level, count in silent.items()), f"skipped in silence: {silent - gaps}"


def check_waiting(escalation: Escalation, live: dict[str, dt.datetime], present: list[Page]) -> None:
    assert live.get(TIMERS[escalation.state]) == escalation.next_due_at, "nobody will look when it is due"
    if escalation.state is EscalationState.OPEN:
        assert any(page.state in (PageState.SENT, PageState.DELIVERED) for page in present), "nobody is waited for"
        if all(page.state in UNREACHED for page in present):
            assert live.get(DELIVERY_DUE) == escalation.deliver_by, "nobody will see that it reaches nobody"


def unasked(escalation: Escalation, pages: list[Page]) -> Counter[Level]:
    """The steps of the present round that are behind and asked nobody, where that must be told.

    Where somebody has said no, a step may be theirs, and is no gap. A round that asks anew begins where the one before
    was cut short.
    """
    if any(page.state in (PageState.DECLINED, PageState.HANDED_OVER) for page in pages):
        return Counter()
    policy, asked = PagingPolicy.model_validate(escalation.policy), {_place(page) for page in pages}
    begins = _began_at(escalation.round, pages)
    behind = [each for number, each in enumerate(policy.steps) if number < escalation.step or not waits(escalation)]
    return Counter(
        step.level
        for number, step in enumerate(behind)
        if step.target == "roster" and begins <= number <= escalation.step and (escalation.round, number) not in asked
    )


def _began_at(number: int, pages: list[Page]) -> int:
    """The step that a round begins with: the first, or that at which somebody stood down for an acknowledgement."""
    before = [page for page in pages if page.round == number - 1]
    last = max((page.step for page in before), default=0)
    stood_down = any(page.step == last and page.state is PageState.CANCELLED for page in before)
    first = min((page.step for page in pages if page.round == number), default=0)
    return last if stood_down and first >= last else 0


def compare(before: Facts, after: Facts) -> None:
    """What no event may undo."""
    now = {escalation.id: escalation for escalation in after.escalations}
    for old in before.escalations:
        new = now[old.id]
        assert new.fence >= old.fence
        assert _here(new) >= _here(old), "it went back"
        pages = before.pages_of(old)
        known, said_no = {page.id for page in pages}, {p.person_id for p in pages if p.state is PageState.DECLINED}
        asked = [page.person_id for page in after.pages_of(new) if page.id not in known]
        more = len(asked)
        assert not said_no.intersection(asked), "asked after a no"
        if over(old):
            assert (over(new), more) == (True, 0), "it was over, and somebody is asked"
        if old.state is EscalationState.ACKNOWLEDGED and new.fence == old.fence:
            assert more == 0, "somebody has it, and others are asked"
        if old.exhausted_at is not None:
            assert new.exhausted_at is not None, "that nobody answered is forgotten"


def _place(page: Page) -> tuple[int, int]:
    return page.round, page.step


def _here(escalation: Escalation) -> tuple[int, int]:
    return escalation.round, escalation.step
