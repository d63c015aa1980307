"""What clients send and get when signing in."""

from __future__ import annotations

import uuid
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, ConfigDict, Field, SecretStr, StringConstraints

from app.core.schemas import InputModel, Instant, OutputModel, Slug, composed
from app.identity.password_rules import LONGEST_AS_TYPED
from app.vocabulary import Role

Token = Annotated[str, StringConstraints(min_length=20, max_length=4096)]
Device = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]


class PasswordGrant(InputModel):
    """Sign in with a login and a password."""

    # A password is taken as it was typed, blanks around it included.
    model_config = ConfigDict(str_strip_whitespace=False)

    grant_type: Literal["password"]
    # Spelt as an import keeps it: a macron is typed in more than one way.
    login: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=3, max_length=200), BeforeValidator(composed)
    ] = Field(examples=["adviser@harbour.example"])
    password: Annotated[SecretStr, Field(min_length=1, max_length=LONGEST_AS_TYPED)] = Field(examples=["a long phrase"])
    device: Device | None = Field(
        default=None, description="What you call this device, to know it again in your list of sign-ins."
    )


class RefreshGrant(InputModel):
    """Go on with a sign-in. The token is used up; a retry within a minute, after a lost answer, still works."""

    grant_type: Literal["refresh_token"]
    refresh_token: Annotated[SecretStr, Field(min_length=20, max_length=200)] = Field(
        examples=["ptr_ZmljdGl0aW91cy1leGFtcGxlLXRva2Vu"]
    )


class ClientCredentialsGrant(InputModel):
    """A program's way in (RFC 6749, 4.4). `scope`: fewer than the service account has, with spaces between them."""

    grant_type: Literal["client_credentials"]
    client_id: Annotated[str, StringConstraints(min_length=1, max_length=100)] = Field(
        examples=["0197b7d8-5c1e-7d2a-9b3f-2e4a6c8d0f77"]
    )
    client_secret: Annotated[SecretStr, Field(min_length=1, max_length=200)] = Field(
        examples=["psa_ZmljdGl0aW91cy1leGFtcGxlLXNlY3JldA"]
    )
    scope: Annotated[str, StringConstraints(max_length=400)] | None = Field(
        default=None, examples=["directory:read directory:write"]
    )


EXCHANGE: Final = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN: Final = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105  the name of a kind of token
# Somebody's groups can make one long.
MOST_TOKEN_SIGNS = 16_384
SubjectToken = Annotated[
    SecretStr, Field(min_length=20, max_length=MOST_TOKEN_SIGNS, examples=["eyJhbGciOiJSUzI1NiIsImtpZCI6"])
]
IdTokenType = Literal["urn:ietf:params:oauth:token-type:id_token"]
Nonce = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class ExchangeGrant(InputModel):
    """Sign in with an ID token of the school's own provider (RFC 8693, 2.1). `nonce` is the one that the app asked for.

    A token opens one sign-in; a retry within a minute, after a lost answer, still works.
    """

    grant_type: Literal["urn:ietf:params:oauth:grant-type:token-exchange"]
    school: Slug = Field(examples=["harbour"])
    subject_token: SubjectToken
    subject_token_type: IdTokenType
    nonce: Nonce | None = None


Grant = Annotated[
    PasswordGrant | RefreshGrant | ClientCredentialsGrant | ExchangeGrant, Field(discriminator="grant_type")
]


class TokenPair(OutputModel):
    """RFC 6749, 5.1, in JSON. `expires_in` is in seconds.

    `scope` is null for people, who have `roles`; a program has scopes, no role and no refresh token.
    `issued_token_type` is there after an exchange (RFC 8693, 2.2.1), null otherwise.
    """

    access_token: Token
    token_type: Literal["Bearer"]
    expires_in: Annotated[int, Field(ge=1, le=3600)]
    refresh_token: Annotated[str, StringConstraints(max_length=200)] | None
    scope: Annotated[str, StringConstraints(max_length=400)] | None
    school: Annotated[str, StringConstraints(max_length=40)] | None
    roles: Annotated[list[Role], Field(max_length=20)]
    issued_token_type: Literal["urn:ietf:params:oauth:token-type:access_token"] | None


class Me(OutputModel):
    """The signed-in person."""

    id: uuid.UUID
    alias: Annotated[str, StringConstraints(max_length=80)]
    school: Annotated[str, StringConstraints(max_length=40)] | None
    roles: Annotated[list[Role], Field(max_length=20)]
    token_expires_at: Instant


class JsonWebKey(OutputModel):
    kty: Annotated[str, StringConstraints(max_length=10)]
    crv: Annotated[str, StringConstraints(max_length=10)]
    x: Annotated[str, StringConstraints(max_length=100)]
    y: Annotated[str, StringConstraints(max_length=100)]
    kid: Annotated[str, StringConstraints(max_length=40)]
    use: Literal["sig"]
    alg: Literal["ES256"]


class JsonWebKeySet(OutputModel):
    """RFC 7517."""

    keys: Annotated[list[JsonWebKey], Field(max_length=20)]
