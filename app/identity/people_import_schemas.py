"""People of a school, many at once, as they arrive from its own systems; and the end of somebody's access."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from app.core.schemas import InputModel, OutputModel, composed
from app.core.tables import MOST_FAULTS, ImportMode, RowFault
from app.identity.people_schemas import Alias
from app.vocabulary import Role

MOST_PEOPLE = 10_000
LARGEST_PEOPLE_CSV = 1_500_000
# In a table: that somebody is to have none of the roles an import can give. An empty cell says nothing.
NO_ROLES = "none"


def _in_lower_case(value: Any) -> Any:
    return composed(value.lower() if isinstance(value, str) else value)


# No line end, tab or other control character: it stands in lists and files. Spelt before they are measured: both ways
# of spelling, and lower case, may take more signs than were sent.
ExternalId = Annotated[
    str,
    StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$"),
    BeforeValidator(composed),
]
Login = Annotated[
    str,
    StringConstraints(min_length=3, max_length=200, pattern=r"^[^\s\x00-\x1f\x7f]+$"),
    BeforeValidator(_in_lower_case),
]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
MOST_NAMED = 2 * MOST_PEOPLE
ExternalIds = Annotated[list[ExternalId], Field(max_length=MOST_NAMED)]


class PersonRow(InputModel):
    """Somebody of the school. `external_id` is what the school's own system calls them, for ever.

    What a row does not say stays as it is. `roles` are all that the person has of those that an import can give; others
    are neither given nor taken here. `active` false ends their access.
    """

    external_id: ExternalId
    login: Login | None = None
    alias: Alias | None = None
    roles: list[Role] | None = Field(default=None, max_length=20)
    active: bool | None = None


class PeopleImport(InputModel):
    """As objects or as a table: one of the two."""

    rows: list[PersonRow] | None = Field(default=None, max_length=MOST_PEOPLE)
    csv: Annotated[str, StringConstraints(min_length=1, max_length=LARGEST_PEOPLE_CSV)] | None = Field(
        default=None,
        description=(
            "With a header line of the names of a row's fields, in any order; `external_id` is needed. Several roles "
            "with `;` between them, `none` for no role; `active` is `yes` or `no`. An empty cell says nothing. A cell "
            "that begins with an apostrophe and then `=`, `+`, `-` or `@` is read without the apostrophe."
        ),
    )

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.rows is None) == (self.csv is None):
            raise PydanticCustomError("one_of_two", "Give the people as objects or as a table, not as both")
        return self


class PersonChange(OutputModel):
    """Somebody, and which fields."""

    external_id: ExternalId
    fields: Annotated[list[Annotated[str, StringConstraints(max_length=40)]], Field(max_length=10)]


class PeopleImportDiff(OutputModel):
    """What an import changes, or has changed; everybody by `external_id`.

    `left`: whose access it ends, of more the first 20,000. `returned`: those whom an import or a deprovisioning had
    ended, and who come back. `stay_away`: who left in another way, and is not brought back by a file. `kept`: what the
    file says of somebody who has roles that school IT has no say in, or whose alias stays, and what is left as it is
    therefore. `errors`: of rows that cannot be done, the first 50; only a dry run has any, and the import itself would
    be refused. `too_many_leave`: it would be refused for that, unless `at_most` allows for it.
    """

    stored: bool
    mode: ImportMode
    rows: Count
    added: ExternalIds
    changed: Annotated[list[PersonChange], Field(max_length=MOST_PEOPLE)]
    left: ExternalIds
    returned: ExternalIds
    unchanged: Count
    stay_away: ExternalIds
    kept: Annotated[list[PersonChange], Field(max_length=MOST_PEOPLE)]
    errors: Annotated[list[RowFault], Field(max_length=MOST_FAULTS)]
    too_many_leave: bool


class Deprovision(InputModel):
    """Whose access ends: by one of the two names."""

    external_id: ExternalId | None = None
    login: Login | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.external_id is None) == (self.login is None):
            raise PydanticCustomError("one_of_two", "Give the external id or the login, not both")
        return self
