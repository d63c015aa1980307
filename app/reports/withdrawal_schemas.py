"""Taking a report back, undoing that, and deciding about one that nobody had read."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from app.core.schemas import InputModel, Instant, Line, OutputModel, Text
from app.vocabulary import WithdrawalDecision, WithdrawalOutcome, WithdrawalReason

Lines = Annotated[list[Line], Field(max_length=10)]


class MyWithdrawal(OutputModel):
    """What becomes of your report when you take it back, before you confirm it; or has become of it.

    `because`: why it is not simply destroyed. `actions_stand` is null where nobody has read it. `undo_until`: a whole
    hour, counted from now as long as `withdrawn` is false.
    """

    withdrawn: bool
    outcome: WithdrawalOutcome
    what_happens: Line
    because: Annotated[list[WithdrawalReason], Field(max_length=5)]
    because_text: Lines
    was_read: bool
    destroyed: Lines
    kept: Lines
    actions_stand: Line | None
    undo_until: Instant


class WithdrawalCreate(InputModel):
    """`expected`: the `outcome` that you were shown. `reason` goes, as your last message, to whoever still works on it
    or must decide about it; where nobody does, it is not kept.
    """

    expected: WithdrawalOutcome
    reason: Text | None = Field(default=None, examples=["I have spoken with him. His brother is with him now."])


class WithdrawalDecisionCreate(InputModel):
    """`let_go`: it may be destroyed. `continue`: people go on looking after it, without whoever sent it."""

    decision: WithdrawalDecision
    note: Text = Field(
        description="Why, for those who work on it and whoever looks into it later.",
        examples=["Whoever sent it says that his brother is with him. We have no name and no place."],
    )


class WithdrawalDecisionOut(OutputModel):
    """What was decided. `destroyed_from` is null for what goes on, and for what a law or a hold keeps."""

    decision: WithdrawalDecision
    decided_hour: Instant
    destroyed_from: Instant | None
