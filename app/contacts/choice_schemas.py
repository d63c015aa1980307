"""What a peer without an account sees and sends to choose a supporter, and what a friend gets to let them."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from app.contacts.schemas import Alias
from app.core.schemas import InputModel, Instant, Line, OutputModel, ShortText
from app.directory.help_now import HelpMemberOut
from app.vocabulary.contacts import ChoiceState
from app.vocabulary.supporters import YearBand

# More than this would be a row of people who are asked one after the other for weeks.
MOST_NAMED = 5
MOST_EXCLUDED = 50
Code = Annotated[str, StringConstraints(min_length=1, max_length=100)]
ShownCode = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{5}(-[0-9A-Z]{5}){3}$", max_length=23)]
# As a language is named in BCP 47, for people who look for one that they speak.
LanguageTag = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,3}$", max_length=35)]
OwnWords = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
Lines = Annotated[list[Line], Field(max_length=20)]
Help = Annotated[list[HelpMemberOut], Field(max_length=20)]


class ContactCodeMade(OutputModel):
    """A code for one peer. It is shown once and cannot be recovered.

    `to_pass_on`: words to give along with it, if you like them. `open`: how many you were given and have not taken
    back, used or not.
    """

    code: ShownCode
    good_until: dt.date
    to_pass_on: Lines
    about: Lines
    open: Annotated[int, Field(ge=0, le=100)]


class ContactCodesOut(OutputModel):
    """`open`: how many you were given and have not taken back. Whether one was used is told to nobody."""

    open: Annotated[int, Field(ge=0, le=100)]
    most: Annotated[int, Field(ge=1, le=100)]
    about: Lines


class CodeSessionCreate(InputModel):
    """A code as it was shown; spaces, hyphens and case do not matter."""

    code: Code = Field(examples=["7K3QD-0M4XZ-9TBWA-2C6EF"])


class CodeSession(OutputModel):
    """A token for this alone. `opens`: to choose a supporter, or to see what came of what you chose.

    `expires_in` is in seconds.
    """

    access_token: Annotated[str, StringConstraints(max_length=4096)]
    token_type: Literal["Bearer"]
    expires_in: Annotated[int, Field(ge=1, le=86_400)]
    opens: Literal["choosing", "choice"]


class ChosenSite(OutputModel):
    id: uuid.UUID
    name: ShortText


class ChoosableSupporter(OutputModel):
    """Somebody who can be asked now. Nothing is said of who cannot."""

    id: uuid.UUID
    alias: Alias
    year_band: YearBand
    languages: Annotated[list[LanguageTag], Field(max_length=20)]
    sites: Annotated[list[ChosenSite], Field(max_length=100)]
    remote_ok: bool


class ChoosableList(OutputModel):
    """In an order that is another one for everybody, so that nobody is first. `help` is there whoever you choose."""

    items: Annotated[list[ChoosableSupporter], Field(max_length=200)]
    help: Help


class ChoiceCreate(InputModel):
    """Whom you would like, and whom not: by `id`, both may be empty. Nobody learns whom you did not want.

    The preferred ones are asked in your order; then others, unless you want no one else.
    """

    preferred: Annotated[list[uuid.UUID], Field(max_length=MOST_NAMED)] = Field(default_factory=list)
    excluded: Annotated[list[uuid.UUID], Field(max_length=MOST_EXCLUDED)] = Field(default_factory=list, alias="not")
    anybody_else: bool = True
    how_to_reach: Line = Field(
        description="A supporter sees it once they have said yes.", examples=["Write to me on +61 2 5550 4242."]
    )
    words: OwnWords | None = Field(
        default=None, description="What you would like to say first, if anything: a supporter reads it when asked."
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if set(self.preferred) & set(self.excluded):
            raise PydanticCustomError("preferred_and_not", "Somebody stands in both lists.")
        if not self.preferred and not self.anybody_else:
            raise PydanticCustomError("nobody_wanted", "Name somebody, or let anybody be asked.")
        return self


class ChoiceMade(OutputModel):
    """`code` is shown once: with it you come back, see what came of this, or take it back.

    `answer_by`: by then somebody has said yes, or it is said here that nobody could. Each supporter has
    `each_has_hours` to answer.
    """

    code: ShownCode
    state: ChoiceState
    state_text: Line
    each_has_hours: Annotated[int, Field(ge=1, le=168)]
    answer_by: Instant
    what_happens_next: Lines
    help: Help


class ChoiceOut(OutputModel):
    """Where it stands. `alias`: who has said yes. Who was asked before is shown to nobody."""

    state: ChoiceState
    state_text: Line
    alias: Alias | None
    asked_hour: Instant
    answer_by: Instant | None
    help: Help


class ChoiceTakenBack(OutputModel):
    what_happened: Lines
    help: Help
