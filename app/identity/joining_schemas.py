"""What one-time links open, and the passwords that are chosen."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field, SecretStr, StringConstraints

from app.core.schemas import InputModel, Instant, OutputModel
from app.identity.password_rules import LONGEST, LONGEST_AS_TYPED, SHORTEST
from app.vocabulary import LinkPurpose, Role

LinkSecret = Annotated[
    SecretStr,
    Field(
        min_length=20,
        max_length=200,
        description="What stands behind the `#` of the link.",
        examples=["ptl_ZmljdGl0aW91cy1leGFtcGxlLXNlY3JldA"],
    ),
]
# How long it really has to be is for the rules to say, which name what is wrong.
NewPassword = Annotated[
    SecretStr,
    Field(
        min_length=1,
        max_length=LONGEST_AS_TYPED,
        description=(
            f"{SHORTEST} to {LONGEST} characters of any kind, blanks too, as they were typed. Not made of names, of a "
            "common phrase, of keys in a row, or of the same few characters: `password_refused` says which."
        ),
        examples=["seven wet otters in a teapot"],
    ),
]


class LinkSecretOnly(InputModel):
    """The secret of a one-time link."""

    secret: LinkSecret


class LinkAccept(InputModel):
    """A password, by a one-time link."""

    # A password is taken as it was typed, blanks around it included.
    model_config = ConfigDict(str_strip_whitespace=False)

    secret: LinkSecret
    password: NewPassword


class PasswordPut(InputModel):
    """Another password for yourself."""

    model_config = ConfigDict(str_strip_whitespace=False)

    current_password: Annotated[SecretStr, Field(min_length=1, max_length=LONGEST_AS_TYPED)] = Field(
        examples=["a long phrase"]
    )
    new_password: NewPassword


class LinkShown(OutputModel):
    """What a one-time link is for. `waits_for_confirmation`: it does nothing until a second person has agreed.

    `roles` are also those that are given, and not confirmed yet.
    """

    purpose: LinkPurpose
    school: Annotated[str, StringConstraints(max_length=40)]
    school_name: Annotated[str, StringConstraints(max_length=200)]
    alias: Annotated[str, StringConstraints(max_length=80)]
    login: Annotated[str, StringConstraints(max_length=200)]
    roles: Annotated[list[Role], Field(max_length=20)]
    language: Annotated[str, StringConstraints(max_length=35)] | None
    waits_for_confirmation: bool
    expires_at: Instant
