"""What a decision about an application may rest on (STUDY T07, I08). Values in, values out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from typing import NamedTuple

from app.guidance import wording
from app.vocabulary.selection import AppealState, ApplicationState, Criterion, SelectionDecision

APPEAL_WITHIN = dt.timedelta(days=28)
# After the last decision; longer than an appeal can take to come.
KEPT_AFTER_DECISION = dt.timedelta(days=60)
KEPT_WAITING = dt.timedelta(days=365)


class Fault(NamedTuple):
    """Why a decision cannot stand as it is written."""

    pointer: str
    code: str
    detail: str


def faults(decision: SelectionDecision, because: Collection[Criterion], words: str) -> Iterator[Fault]:
    """Everything that is wrong with a decision. A no names criteria, and never readiness alone: who needs support, or
    wants to talk, is asked to wait for a better time, and is no no."""
    if decision is SelectionDecision.NOT_PROCEEDING:
        if not because:
            yield Fault("#/because", "required", "Name the criteria that it rests on.")
        elif set(because) == {Criterion.READY_AND_SUPPORTED_NOW}:
            yield Fault("#/because", "not_on_this_alone", "Talk with them, and say `wait`: this alone is never a no.")
    elif because:
        yield Fault("#/because", "not_asked", "Criteria are named where it does not go on, and nowhere else.")
    yield from word_faults(words)


def word_faults(words: str) -> Iterator[Fault]:
    """What is written to an applicant names no condition and no method."""
    if wording.DIAGNOSES.search(words) or wording.names_a_method(words) is not None:
        yield Fault("#/words", "names_a_condition", "Nobody's health has a place here. Say what you need from them.")


def appeal_until(
    state: ApplicationState, decided: dt.datetime | None, appeal: AppealState | None
) -> dt.datetime | None:
    """Until when somebody else can be asked; None where there is nothing to ask about."""
    if state is not ApplicationState.NOT_PROCEEDING or decided is None or appeal is not None:
        return None
    return decided + APPEAL_WITHIN


def kept_until(
    state: ApplicationState,
    *,
    applied: dt.datetime,
    decided: dt.datetime | None,
    appeal: AppealState | None,
    appeal_decided: dt.datetime | None,
) -> dt.datetime | None:
    """When the content of an application is erased, if nothing else happens to it. None while an appeal waits."""
    if appeal is AppealState.WAITING:
        return None
    last = max(each for each in (applied, decided, appeal_decided) if each is not None)
    if state in (ApplicationState.WAITING, ApplicationState.LATER):
        return last + KEPT_WAITING
    return last + KEPT_AFTER_DECISION
