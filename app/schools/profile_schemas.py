"""A school's profile and its policy documents, as they arrive and leave."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from app.core.pagination import Page
from app.core.schemas import InputModel, Instant, OutputModel, ShortText, Slug, Text
from app.schools.post_schemas import CODE, PostCode
from app.schools.small_figures import has_small_figure
from app.vocabulary import DocumentOwner, SchoolStatus, SponsorKind

Year = Annotated[int, Field(ge=1, le=10)]
# RFC 3986 less what a browser would not take; never with a name and a password in it.
_ADDRESS = r"^https://[a-z0-9.-]+\.[a-z]{2,63}(:[0-9]{1,5})?(/[!#$%&'()*+,./0-9:;=?@A-Z_a-z~-]*)?$"
WebAddress = Annotated[str, StringConstraints(pattern=_ADDRESS, max_length=500)]
DocumentCode = Annotated[str, StringConstraints(pattern=CODE, min_length=2, max_length=40)]
DocumentVersion = Annotated[str, StringConstraints(min_length=1, max_length=40)]
MOST_DOCUMENTS = 50


def _refuse_small_figures(*texts: str | None) -> None:
    if any(text is not None and has_small_figure(text) for text in texts):
        raise PydanticCustomError(
            "small_figure",
            "A figure below ten can be about people whom others know. Say it in words, or as a band.",
        )


class Term(InputModel):
    """Days of the school's own calendar, both included."""

    name: ShortText
    starts_on: dt.date
    ends_on: dt.date

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.ends_on < self.starts_on:
            raise PydanticCustomError("ends_before_start", "A term ends on the day it starts, or later.")
        _refuse_small_figures(self.name)
        return self


class CohortProfile(InputModel):
    """The students as a whole, in words. Sizes are bands, such as `between 100 and 150`; no figure is below ten.

    `background`: from where they come, and what they bring; `placements`: where they study away from the school.
    """

    about: Text | None = None
    size: ShortText | None = None
    background: Text | None = None
    languages: list[ShortText] = Field(default_factory=list, max_length=40)
    placements: list[ShortText] = Field(default_factory=list, max_length=60)

    @model_validator(mode="after")
    def _of_nobody_in_particular(self) -> Self:
        _refuse_small_figures(self.about, self.size, self.background, *self.languages, *self.placements)
        return self


class Sponsor(InputModel):
    """Who stands behind the programme: by a title that is public, such as `Dean of Students`. `post`: its code."""

    kind: SponsorKind
    title: ShortText
    post: PostCode | None = None
    term_end: dt.date | None = None


class ProfilePut(InputModel):
    """All that a school writes of itself."""

    clinical_years: list[Year] = Field(default_factory=list, max_length=10)
    terms: list[Term] = Field(default_factory=list, max_length=20)
    cohort_profile: CohortProfile = CohortProfile()
    sponsors: list[Sponsor] = Field(default_factory=list, max_length=20)


class TermOut(OutputModel):
    name: ShortText
    starts_on: dt.date
    ends_on: dt.date


class CohortProfileOut(OutputModel):
    about: Text | None
    size: ShortText | None
    background: Text | None
    languages: Annotated[list[ShortText], Field(max_length=40)]
    placements: Annotated[list[ShortText], Field(max_length=60)]


class SponsorOut(OutputModel):
    """`ended`: their term is over, and nobody has said who comes next."""

    kind: SponsorKind
    title: ShortText
    post: PostCode | None
    term_end: dt.date | None
    ended: bool


class PolicyDocumentPut(InputModel):
    """`version` as its owner counts; `review_by`: the day until which somebody looks whether it is still so."""

    owner: DocumentOwner
    title: ShortText
    url: WebAddress
    version: DocumentVersion
    review_by: dt.date


class PolicyDocumentOut(OutputModel):
    code: DocumentCode
    owner: DocumentOwner
    title: ShortText
    url: WebAddress
    version: DocumentVersion
    review_by: dt.date
    review_overdue: bool


class PolicyDocumentPage(Page[PolicyDocumentOut]):
    """One page of policy documents."""


class ProfileOut(OutputModel):
    """A school as anyone may know it (STUDY D15). Empty where it has written nothing, and then `updated_at` is null.

    `status`: only one that is `active` takes reports, questions and stories.
    """

    school: Slug
    name: ShortText
    status: SchoolStatus
    country: Annotated[str, StringConstraints(max_length=2)]
    region: Annotated[str, StringConstraints(max_length=10)]
    program_type: Annotated[str, StringConstraints(max_length=40)]
    years: Annotated[int, Field(ge=1, le=10)]
    clinical_years: Annotated[list[Year], Field(max_length=10)]
    terms: Annotated[list[TermOut], Field(max_length=20)]
    cohort_profile: CohortProfileOut
    sponsors: Annotated[list[SponsorOut], Field(max_length=20)]
    policy_documents: Annotated[list[PolicyDocumentOut], Field(max_length=MOST_DOCUMENTS)]
    updated_at: Instant | None
