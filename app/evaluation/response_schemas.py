"""A form as somebody sees it who was given a code, and what they send back. There is no field for words."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import Field

from app.core.schemas import InputModel, Line, OutputModel, ShortText
from app.directory.help_now import HelpMemberOut
from app.evaluation.instrument_schemas import MOST_ANSWERS
from app.evaluation.pack import Code
from app.evaluation.results_schemas import ResultInstrument
from app.evaluation.wave_schemas import MOST_ASKED, ItemCode, ResponseCode, Title
from app.vocabulary.evaluation import Population

Help = Annotated[list[HelpMemberOut], Field(max_length=20)]


class FormWanted(InputModel):
    token: ResponseCode


class FormAnswer(OutputModel):
    code: Code
    text: ShortText


class FormItem(OutputModel):
    """Its last answer is always "prefer not to say"; leaving it out says the same."""

    code: ItemCode
    text: Line
    answers: Annotated[list[FormAnswer], Field(max_length=MOST_ANSWERS + 1)]


class FormOut(OutputModel):
    """`instruments`: whose words these are, to be shown with them. `help` belongs onto every page of it."""

    title: Title
    school: ShortText
    population: Population
    population_text: ShortText
    closes_on: dt.date
    before_you_answer: Annotated[list[Line], Field(max_length=20)]
    items: Annotated[list[FormItem], Field(max_length=MOST_ASKED)]
    instruments: Annotated[list[ResultInstrument], Field(max_length=10)]
    help: Help


class AnswerGiven(InputModel):
    item: ItemCode
    answer: Code


class ResponseCreate(InputModel):
    """Any of the items, or none. It holds codes alone: nobody can be told by their words."""

    token: ResponseCode
    answers: list[AnswerGiven] = Field(max_length=MOST_ASKED)


class ResponseTaken(OutputModel):
    """The same for the first answer with a code and for any that comes after it."""

    what_happens_next: Annotated[list[Line], Field(max_length=20)]
    help: Help
