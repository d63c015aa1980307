"""What a decision about an application may rest on. Values in, values out."""

from __future__ import annotations

import datetime as dt

import pytest

from app.supporters import selection_rules as rules
from app.supporters.selection_texts import load_texts
from app.vocabulary.selection import AppealState, ApplicationState, Criterion, SelectionDecision

NO, YES, WAIT = SelectionDecision.NOT_PROCEEDING, SelectionDecision.ACCEPT, SelectionDecision.WAIT
READY = Criterion.READY_AND_SUPPORTED_NOW
NOW = dt.datetime(2027, 3, 10, 11, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("decision", "because", "words", "codes"),
    [
        (YES, [], "Welcome.", []),
        (WAIT, [], "Let us talk in May.", []),
        (NO, [Criterion.STUDY_ON_TRACK], "You said that it is not yet.", []),
        (NO, [READY, Criterion.STUDY_ON_TRACK], "Not this time.", []),
        (NO, [READY], "Not this time.", ["not_on_this_alone"]),
        (NO, [READY, READY], "Not this time.", ["not_on_this_alone"]),
        (NO, [], "Not this time.", ["required"]),
        (WAIT, [READY], "Later.", ["not_asked"]),
        (NO, [Criterion.STUDY_ON_TRACK], "You have depression.", ["names_a_condition"]),
    ],
)
def test_a_no_rests_on_criteria_and_never_on_needing_support(
    decision: SelectionDecision, because: list[Criterion], words: str, codes: list[str]
) -> None:
    assert [each.code for each in rules.faults(decision, because, words)] == codes


def test_an_appeal_is_open_for_four_weeks_and_once() -> None:
    no = ApplicationState.NOT_PROCEEDING
    assert rules.appeal_until(no, NOW, None) == NOW + dt.timedelta(days=28)
    for state, appeal in ((no, AppealState.STANDS), (ApplicationState.LATER, None), (ApplicationState.ACCEPTED, None)):
        assert rules.appeal_until(state, NOW, appeal) is None


def test_content_goes_sixty_days_after_the_last_word_and_never_while_an_appeal_waits() -> None:
    def until(state: ApplicationState, appeal: AppealState | None, appealed: dt.datetime | None) -> dt.datetime | None:
        return rules.kept_until(state, applied=NOW, decided=NOW, appeal=appeal, appeal_decided=appealed)

    no, later, week = ApplicationState.NOT_PROCEEDING, ApplicationState.LATER, dt.timedelta(days=7)
    assert until(no, None, None) == NOW + dt.timedelta(days=60)
    assert until(no, AppealState.WAITING, None) is None
    assert until(no, AppealState.STANDS, NOW + week) == NOW + week + dt.timedelta(days=60)
    assert until(later, None, None) == NOW + dt.timedelta(days=365)
    assert rules.APPEAL_WITHIN < rules.KEPT_AFTER_DECISION


def test_what_is_said_of_times_is_what_the_rules_have() -> None:
    said = " ".join((*load_texts().kept, *load_texts().appeal))
    for days in (rules.APPEAL_WITHIN, rules.KEPT_AFTER_DECISION, rules.KEPT_WAITING):
        assert f"{days.days} days" in said
