"""The rules of an escalation, as pure functions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from app.paging.escalation import Ask, AskAgain, Decision, Exhaust, Passed, Rest, Snapshot, Stand, There, Wait, decide
from app.schools.policies import PagingPolicy, Step
from app.vocabulary import EscalationState, GapCause, Level, PageState

NOON = dt.datetime(2027, 3, 10, 12, tzinfo=dt.UTC)
TEN, FIFTEEN_SECONDS = dt.timedelta(minutes=10), dt.timedelta(seconds=15)
CLOCKS = Snapshot(ack=(600, 1200, 600), undelivered=15)
UNFILLED, UNREACHABLE = GapCause.UNFILLED, GapCause.NO_WORKING_CONTACT


def steps(*people: str, without: str = "") -> Callable[[int], There[str]]:
    """Who is at each step, a letter each; nothing can be sent to those in `without`."""
    return lambda step: There(list(people[step]), set("".join(people)) - set(without))


def stand(state: EscalationState = EscalationState.OPEN, *pages: PageState, **fields: Any) -> Stand:
    """At the first step, asked at noon."""
    values: dict[str, Any] = {"step": 0, "due_at": NOON + TEN, "deliver_by": NOON + FIFTEEN_SECONDS, "over": False}
    return Stand(state=state, pages=pages, **(values | fields))


BEGINNING = Stand(EscalationState.OPEN, step=-1, due_at=None, deliver_by=None, pages=(), over=False)
DELIVERED = stand(EscalationState.OPEN, PageState.DELIVERED)


EVERYBODY = steps("A", "B", "C")


def at(seconds: float, here: Stand, there: Callable[[int], There[str]] = EVERYBODY) -> Decision[str]:
    return decide(CLOCKS, here, there, now=NOON + dt.timedelta(seconds=seconds))


def asked(decision: Decision[str]) -> tuple[int, str, tuple[tuple[int, str, GapCause], ...]]:
    assert isinstance(decision, Ask)
    passed = tuple((each.step, "".join(each.people), each.cause) for each in decision.passed)
    return decision.step, "".join(decision.people), passed


def test_the_first_step_with_anybody_is_asked_and_gets_its_own_clocks() -> None:
    assert at(0, BEGINNING) == Ask(0, ("A",), (), ack_by=NOON + TEN, deliver_by=NOON + FIFTEEN_SECONDS)
    second = at(0, BEGINNING, steps("", "B", "C"))
    assert isinstance(second, Ask)
    assert second.ack_by == NOON + 2 * TEN


def test_a_step_shorter_than_a_delivery_ends_when_it_ends() -> None:
    found = decide(Snapshot(ack=(5,), undelivered=15), BEGINNING, steps("A"), now=NOON)
    assert isinstance(found, Ask)
    assert found.deliver_by == found.ack_by == NOON + dt.timedelta(seconds=5)


def test_empty_steps_are_passed_at_once_and_named() -> None:
    assert asked(at(0, BEGINNING, steps("", "", "C"))) == (2, "C", ((0, "", UNFILLED), (1, "", UNFILLED)))


def test_a_step_to_which_nothing_can_be_sent_is_passed_with_its_people() -> None:
    found = at(0, BEGINNING, steps("AD", "B", "C", without="AD"))
    assert asked(found) == (1, "B", ((0, "AD", UNREACHABLE),))


def test_of_a_step_where_one_can_be_reached_all_are_asked() -> None:
    assert asked(at(0, BEGINNING, steps("AD", "B", "C", without="A"))) == (0, "AD", ())


def test_nobody_anywhere_is_the_end_and_names_every_step() -> None:
    causes = [(0, UNFILLED), (1, UNREACHABLE), (2, UNFILLED)]
    found = at(0, BEGINNING, steps("", "B", "", without="B"))
    assert isinstance(found, Exhaust)
    assert [(each.step, each.cause) for each in found.passed] == causes


def test_someone_who_is_twice_on_a_step_is_asked_once() -> None:
    assert asked(at(0, BEGINNING, steps("BAB", "", "")))[1] == "BA"


def test_what_was_delivered_has_the_whole_of_its_time() -> None:
    assert at(16, DELIVERED) == Wait(NOON + TEN)
    assert at(599, DELIVERED) == Wait(NOON + TEN)
    assert asked(at(600, DELIVERED)) == (1, "B", ())


@pytest.mark.parametrize("state", [PageState.SENT, PageState.QUEUED])
def test_what_reaches_nobody_waits_for_no_clock(state: PageState) -> None:
    """And says why it is left: whoever plans must hear of it."""
    here = stand(EscalationState.OPEN, PageState.SENT, state)
    assert at(14, here) == Wait(NOON + FIFTEEN_SECONDS)
    assert asked(at(15, here)) == (1, "B", ((0, "", UNREACHABLE),))


def test_every_endpoint_failed_is_the_end_of_a_step_at_once() -> None:
    assert asked(at(1, stand(EscalationState.OPEN, PageState.ESCALATED))) == (1, "B", ((0, "", UNREACHABLE),))


def test_one_failed_and_another_was_reached_is_worth_waiting() -> None:
    assert at(20, stand(EscalationState.OPEN, PageState.ESCALATED, PageState.DELIVERED)) == Wait(NOON + TEN)


def test_everybody_of_a_step_declined_is_the_end_of_it_and_no_gap() -> None:
    assert asked(at(1, stand(EscalationState.OPEN, PageState.DECLINED, PageState.DECLINED))) == (1, "B", ())


def test_behind_the_last_step_is_the_end() -> None:
    assert at(600, stand(EscalationState.OPEN, PageState.DELIVERED, step=2)) == Exhaust(())


def test_an_acknowledgement_holds_until_it_lapses() -> None:
    here = stand(EscalationState.ACKNOWLEDGED, PageState.ACKNOWLEDGED)
    assert at(599, here) == Wait(NOON + TEN)
    assert asked(at(600, here)) == (1, "B", ())


def test_a_step_that_was_cut_short_by_an_acknowledgement_in_vain_is_asked_anew_the_last_one_too() -> None:
    here = stand(EscalationState.ACKNOWLEDGED, PageState.CANCELLED, cut_short=True)
    assert at(599, here) == Wait(NOON + TEN)
    found = at(600, here)
    assert asked(found) == (0, "A", ())
    assert isinstance(found, Ask)
    assert (found.anew, found.ack_by) == (True, NOON + 2 * TEN)
    last = at(600, stand(EscalationState.OPEN, PageState.CANCELLED, step=2, cut_short=True))
    assert asked(last) == (2, "C", ())


def test_where_nobody_is_left_of_a_step_that_was_cut_short_the_next_is_asked_and_it_is_named() -> None:
    here = stand(EscalationState.OPEN, PageState.CANCELLED, cut_short=True)
    assert asked(at(600, here, steps("", "B", "C"))) == (1, "B", ((0, "", UNFILLED),))
    assert at(600, here, steps("", "", "")) == Exhaust(
        tuple(Passed(step, (), UNFILLED) for step in range(3)), anew=True
    )


def test_in_vain_rests_until_somebody_was_promised_and_then_asks_again() -> None:
    assert at(10_000, stand(EscalationState.EXHAUSTED, due_at=None)) == Rest()
    promised = stand(EscalationState.EXHAUSTED, due_at=NOON + TEN)
    assert at(599, promised) == Wait(NOON + TEN)
    assert at(600, promised) == AskAgain()


@pytest.mark.parametrize("state", EscalationState)
def test_what_is_over_is_left_alone(state: EscalationState) -> None:
    assert at(10_000, stand(state, PageState.DELIVERED, over=True)) == Rest()


def test_a_step_without_a_clock_goes_by_the_priority_and_an_unknown_one_gets_the_shortest() -> None:
    step = Step(level=Level.PRIMARY, target="role")
    policy = PagingPolicy(steps=[step])
    times = [policy.ack_of(step, priority) for priority in ("now", "today", "from_a_newer_release")]
    assert times == [600, 1800, 600]
    assert policy.ack_of(step.model_copy(update={"ack_seconds": 5}), "now") == 5


def test_a_copy_that_an_earlier_release_kept_is_read() -> None:
    kept = {"steps": [{"level": "primary", "target": "role", "role": "triager"}], "second_round_from": None}
    assert PagingPolicy.model_validate(kept).steps[0].ack_seconds is None


def test_a_passed_step_says_who_could_not_be_told() -> None:
    assert Passed(0, ("A",), UNREACHABLE) != Passed(0, (), UNREACHABLE)
