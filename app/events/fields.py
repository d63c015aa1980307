"""Fields that several events have: ids and codes, never what anybody wrote (contract 1.5)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

SchoolSlug = Annotated[str, StringConstraints(max_length=40)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
Code = Annotated[str, StringConstraints(max_length=60)]
# Of what is told together; a list says the rest.
MOST_NAMED = 100
EntryCode = Annotated[str, StringConstraints(max_length=80)]
