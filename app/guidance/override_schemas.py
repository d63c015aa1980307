"""What a school says of pieces, as it arrives and leaves."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Any, Self

from pydantic import Field, StringConstraints, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from app.core.pagination import Page
from app.core.schemas import InputModel, Instant, Line, OutputModel, ShortText
from app.guidance.content import ItemId
from app.guidance.content_pack import LanguageTag
from app.guidance.library import ContentOrigin, ContentTrouble
from app.guidance.sorts import Sort

# As many as there are in the largest sort, and some to spare.
MOST_FIELDS = 40
_OBJECT: dict[str, Any] = {"type": "object", "maxProperties": MOST_FIELDS}
# Any JSON, as the sort of the piece says: too many shapes for one schema, and a merge patch of each of them.
_VALUE: dict[str, Any] = {
    "anyOf": [
        {"type": "string", "maxLength": 2000},
        {"type": "integer", "minimum": 0, "maximum": 1000},
        {"type": "array", "maxItems": 40, "items": {"anyOf": [{"type": "string", "maxLength": 2000}, _OBJECT]}},
        _OBJECT,
        {"type": "null"},
    ]
}
Fields = Annotated[
    dict[str, Any],
    Field(max_length=MOST_FIELDS),
    WithJsonSchema(
        {
            "type": "object",
            "maxProperties": MOST_FIELDS,
            "propertyNames": {"type": "string", "maxLength": 40},
            "additionalProperties": _VALUE,
        }
    ),
]
Digest = Annotated[str, StringConstraints(max_length=32)]


class ContentOverridePut(InputModel):
    """All that the school says of a piece: exactly one of `changes`, `own` and `hidden_reason`.

    `changes`: a merge patch (RFC 7396) of the shipped piece's fields. `own`: all fields of a piece of the school's own,
    less its id and its review, which stand here. `language`: what it is written in; null: the school's own.
    `reviewed_on` is the day on which you, or somebody for you, looked it over.
    """

    language: LanguageTag | None = None
    changes: Fields | None = None
    own: Fields | None = None
    hidden_reason: Line | None = None
    reviewed_on: dt.date
    review_by: dt.date

    @model_validator(mode="after")
    def _one_of_three(self) -> Self:
        if sum(each is not None for each in (self.changes, self.own, self.hidden_reason)) != 1:
            raise PydanticCustomError("one_of_three", "Say one of changes, own and hidden_reason")
        if self.review_by <= self.reviewed_on:
            raise PydanticCustomError("end_not_after_start", "A review is due after the last one")
        return self


class WordingSuggestion(OutputModel):
    """What could be said better. `start` and `end` count characters (Unicode code points) of the text, or of the value
    at `pointer` in what was sent. `suggestion` is null where there is no one answer."""

    pointer: Annotated[str, StringConstraints(max_length=300)] | None
    start: Annotated[int, Field(ge=0, le=1_000_000)]
    end: Annotated[int, Field(ge=0, le=1_000_000)]
    found: ShortText
    suggestion: ShortText | None
    why: Line


class ContentOverrideOut(OutputModel):
    """What the school says of a piece. `origin` null: it hides it.

    `base_version`: of the shipped piece that was looked at then. `base_changed`: that is another one now; look at it
    and say it again. `broken`: why it does not count, so that what was shipped is shown instead; null while it counts.
    """

    sort: Sort
    id: ItemId
    origin: ContentOrigin | None
    language: LanguageTag
    fields: Fields
    hidden_reason: Line | None
    base_version: Digest | None
    base_changed: bool
    broken: ContentTrouble | None
    review_overdue: bool
    reviewed_on: dt.date
    review_by: dt.date
    reviewed_by: uuid.UUID
    version: Annotated[int, Field(ge=1, le=2**31)]
    updated_at: Instant


class ContentOverrideSaved(ContentOverrideOut):
    """The same, with what could be said better in it. It was stored all the same."""

    suggestions: Annotated[list[WordingSuggestion], Field(max_length=200)]

    def as_shown(self) -> ContentOverrideOut:
        """What a GET shows of it."""
        return ContentOverrideOut(**{name: getattr(self, name) for name in ContentOverrideOut.model_fields})


class ContentOverridePage(Page[ContentOverrideOut]):
    """One page of what the school says."""


class WordingCheck(InputModel):
    """A text that somebody is writing. It is not kept."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=20_000)]


class WordingResult(OutputModel):
    """Suggestions, in the order of the text; none stands in the way of anything. Beyond 200 they are left out.

    `needs_help_beside`: it speaks of suicide, so that two services that are open at any hour belong beside it.
    """

    suggestions: Annotated[list[WordingSuggestion], Field(max_length=200)]
    needs_help_beside: bool
