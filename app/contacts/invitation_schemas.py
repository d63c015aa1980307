"""Open invitations as they arrive and leave: an offer to everybody or to a part of a school, and to nobody by name."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from app.contacts.choice_schemas import ChosenSite
from app.core.pagination import Page
from app.core.schemas import InputModel, Instant, Line, OutputModel, ShortText, Text
from app.schools.small_figures import has_small_figure
from app.vocabulary.contacts import InvitationAudience
from app.vocabulary.supporters import YearBand

LONGEST = dt.timedelta(days=180)
ChallengeSolution = Annotated[str, StringConstraints(max_length=4000)]


class OpenInvitationCreate(InputModel):
    """What everybody can read, from `opens_at` until `closes_at`, which is at most 180 days later.

    `year_band` and `site_id` go with an audience of that name. `meeting`: where and when, if there is something to come
    to; left out, people choose a supporter from here. In the title and the words a figure below ten that could count
    people is refused.
    """

    audience: InvitationAudience
    year_band: YearBand | None = None
    site_id: uuid.UUID | None = None
    title: ShortText
    words: Text
    meeting: Line | None = None
    opens_at: Instant
    closes_at: Instant

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        by_year, by_site = self.audience is InvitationAudience.YEAR_BAND, self.audience is InvitationAudience.SITE
        if (self.year_band is not None) != by_year or (self.site_id is not None) != by_site:
            raise PydanticCustomError(
                "audience_incomplete", "Name the year band or the site that is meant, and no other."
            )
        if self.year_band is YearBand.NOT_SAID:
            raise PydanticCustomError("audience_incomplete", "`not_said` is nobody who could be addressed.")
        if not dt.timedelta() < self.closes_at - self.opens_at <= LONGEST:
            raise PydanticCustomError("period", "It closes after it opens, and within 180 days.")
        if has_small_figure(self.title) or has_small_figure(self.words):
            raise PydanticCustomError(
                "small_figure",
                "A figure below ten can be about people whom others know. Leave it out, or say it in words.",
            )
        return self


class OpenInvitationOut(OutputModel):
    """`for_whom` says in words whom it speaks to. It is for whoever feels meant: nobody is on a list."""

    id: uuid.UUID
    audience: InvitationAudience
    year_band: YearBand | None
    site: ChosenSite | None
    for_whom: Line
    title: ShortText
    words: Text
    meeting: Line | None
    opens_at: Instant
    closes_at: Instant


class OpenInvitationPage(Page[OpenInvitationOut]):
    """One page of what is open now, the oldest first."""


class KeptInvitation(OpenInvitationOut):
    """With what those who publish them see. Who came by it is known to nobody."""

    taken_down: bool


class KeptInvitationPage(Page[KeptInvitation]):
    """One page of all that were published, the oldest first."""


class ChoiceSessionCreate(InputModel):
    """Nothing of you is asked."""

    challenge_solution: ChallengeSolution | None = Field(
        default=None,
        description="The solution of a challenge, when one is asked for (`challenge_required`), as for a report.",
    )
