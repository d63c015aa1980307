"""A relay summary: as a handler writes it, as its reporter decides on it, and as both see it."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from app.core.schemas import InputModel, Instant, Line, OutputModel, Text
from app.vocabulary import OutingAnswer, RelayDecision, RelayPurpose, RelaySummaryState, WhoIsMet

Written = Annotated[str, StringConstraints(max_length=2000)]
Number = Annotated[int, Field(ge=1, le=1000)]
Figure = Annotated[int, Field(ge=0, le=2000)]
_TEXT = "She is further from her friends than she used to be, and somebody to talk to would do her good."


class OutingCheck(InputModel):
    """Could this show who wrote to us? Answer each for the words as they stand; not sure counts as a yes."""

    small_placement_group: OutingAnswer = Field(
        description="Are so few people together there that one of them must have told it?"
    )
    details_only_one_person_could_know: OutingAnswer = Field(
        description="Does it say something that only one person saw, heard or was told?"
    )
    where_or_when_exactly: OutingAnswer = Field(description="Does it say exactly where or when something happened?")
    anything_else: Line | None = Field(
        default=None, description="Whatever else could show it. Its reporter is warned, and does not see this text."
    )

    def answers(self) -> dict[str, OutingAnswer]:
        return {
            "small_placement_group": self.small_placement_group,
            "details_only_one_person_could_know": self.details_only_one_person_could_know,
            "where_or_when_exactly": self.where_or_when_exactly,
        }


class ServiceSummaryCreate(InputModel):
    """In your own words, as little as whoever helps must know. Its reporter is asked before anything is passed on."""

    text: Text = Field(examples=[_TEXT])
    who: WhoIsMet = Field(description="With whom whoever helps gets in touch.")
    outing_check: OutingCheck


class RelaySummaryCreate(ServiceSummaryCreate):
    """In your own words, as little as whoever helps must know. Its reporter is asked before anything is passed on."""

    purpose: RelayPurpose


class OutingCheckOut(OutputModel):
    small_placement_group: OutingAnswer
    details_only_one_person_could_know: OutingAnswer
    where_or_when_exactly: OutingAnswer
    anything_else: Annotated[str, StringConstraints(max_length=500)] | None


class OutingHints(OutputModel):
    """Figures, no judgement; they hold nothing up.

    `words_in_a_row`: the longest run of words that stands in the narrative too, 0 when it is shorter than six. The last
    two count clock times and weekdays in the summary.
    """

    names_a_site: bool
    shares_a_place: bool
    words_in_a_row: Figure
    clock_times: Figure
    weekdays: Figure


class RelaySummaryOut(OutputModel):
    """The newest version. `by_reporter`: these are the reporter's own words, which count from then on."""

    number: Number
    purpose: RelayPurpose
    who: WhoIsMet
    text: Written
    by_reporter: bool
    state: RelaySummaryState
    outing_risk: bool
    outing_check: OutingCheckOut
    hints: OutingHints
    written_hour: Instant
    answered_hour: Instant | None


class MyRelaySummary(OutputModel):
    """What would be passed on if you agree, and for what. Nothing is, unless you do.

    `outing_risk`: it may show who wrote it. `asked_for`: you asked for something like this when you shared your worry.
    """

    number: Number
    purpose: RelayPurpose
    who: WhoIsMet
    what_it_is_for: Line
    asked_for: bool
    text: Written
    by_you: bool
    outing_risk: bool
    state: RelaySummaryState
    written_hour: Instant


class RelaySummaryDecision(InputModel):
    """`approve`: it may be passed on as it stands. `edit`: in the words of `text`. `not_agreed`: not, or no further."""

    decision: RelayDecision
    text: Text | None = Field(default=None, description="With `edit` alone: the words that may be passed on.")

    @model_validator(mode="after")
    def _words_to_edit(self) -> Self:
        if (self.text is not None) is not (self.decision is RelayDecision.EDIT):
            raise PydanticCustomError("text_to_edit", "Send `text` with `edit`, and with nothing else")
        return self
