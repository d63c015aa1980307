"""What clients send and get of the school's own sign-in."""

from __future__ import annotations

import uuid
from typing import Annotated

from pydantic import Field, StringConstraints

from app.core.pagination import Page
from app.core.schemas import InputModel, Instant, OutputModel
from app.identity.schemas import MOST_TOKEN_SIGNS, IdTokenType, Nonce
from app.sso.claim_rules import ClaimName, ClaimRule, ClaimValue
from app.vocabulary import Role

MOST_PROVIDERS = 5
MOST_IDENTITIES = 10

Name = Annotated[str, StringConstraints(min_length=1, max_length=120)]
# Without a query or a fragment (OpenID Connect Discovery 1.0, 3).
Issuer = Annotated[str, StringConstraints(min_length=8, max_length=300, pattern=r'^https?://[!-"$->@-~]+$')]
ClientId = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^[ -~]+$")]
ClientIds = Annotated[list[ClientId], Field(min_length=1, max_length=10)]
SignInDays = Annotated[int, Field(ge=1, le=30)]


Rules = Annotated[list[ClaimRule], Field(max_length=20)]


class IdentityProviderCreate(InputModel):
    """`client_ids` are the apps whose ID tokens are taken. `rules` give roles, for as long as a sign-in lasts: student,
    evaluator and school_it only. `alias_claim` is what new people are called by at first; without it, by nothing that
    the provider says. `external_id_claim` holds the id that the school's directory has of them: whoever was imported
    under it is found by it, unless a coordinator has given them a role, and a new person gets it."""

    name: Name = Field(examples=["Harbour University"])
    issuer: Issuer = Field(examples=["https://login.harbour.example"])
    client_ids: ClientIds = Field(examples=[["peerline-app"]])
    rules: Rules = Field(default_factory=list)
    alias_claim: ClaimName | None = Field(default=None, examples=["given_name"])
    external_id_claim: ClaimName | None = Field(default=None, examples=["student_number"])
    sign_in_days: SignInDays = 7
    enabled: bool = True


class IdentityProviderUpdate(InputModel):
    """Merge patch (RFC 7396): what is absent stays; null empties `rules` and the two claims. The issuer stays: another
    one is another provider. What is switched off, or loses a client, ends every sign-in that came from it."""

    # A factory, so that the document shows no default: what is absent is never read.
    name: Name = Field(default_factory=str)
    client_ids: ClientIds = Field(default_factory=list)
    rules: Rules | None = None
    alias_claim: ClaimName | None = None
    external_id_claim: ClaimName | None = None
    sign_in_days: SignInDays = Field(default_factory=int)
    enabled: bool = Field(default_factory=bool)


class ClaimRuleOut(OutputModel):
    claim: ClaimName
    equals: ClaimValue | None
    contains: ClaimValue | None
    ends_with: ClaimValue | None
    role: Role


class IdentityProviderOut(OutputModel):
    """A provider as it is registered."""

    id: uuid.UUID
    name: Name
    issuer: Annotated[str, StringConstraints(max_length=300)]
    client_ids: Annotated[list[ClientId], Field(max_length=10)]
    rules: Annotated[list[ClaimRuleOut], Field(max_length=20)]
    alias_claim: ClaimName | None
    external_id_claim: ClaimName | None
    sign_in_days: SignInDays
    enabled: bool
    created_at: Instant
    updated_at: Instant


class IdentityProviderPage(Page[IdentityProviderOut]):
    """One page of providers."""


class ProviderFinding(OutputModel):
    """One thing that was looked at."""

    code: Annotated[str, StringConstraints(max_length=60)]
    ok: bool
    words: Annotated[str, StringConstraints(max_length=300)]


class ProviderCheck(OutputModel):
    """What the provider says of itself now. `ok` when students could sign in with it."""

    ok: bool
    checked_at: Instant
    findings: Annotated[list[ProviderFinding], Field(max_length=60)]


class IdentityLink(InputModel):
    """An ID token of your school's provider, to sign in with from now on."""

    subject_token: Annotated[str, StringConstraints(min_length=20, max_length=MOST_TOKEN_SIGNS)] = Field(
        examples=["eyJhbGciOiJSUzI1NiIsImtpZCI6"]
    )
    subject_token_type: IdTokenType
    nonce: Nonce | None = None


class PersonIdentityOut(OutputModel):
    """Who you are to a provider of your school. `provider` is its name, null while it is not registered."""

    id: uuid.UUID
    issuer: Annotated[str, StringConstraints(max_length=300)]
    provider: Name | None
    linked_at: Instant


class PersonIdentityPage(Page[PersonIdentityOut]):
    """One page of identities."""
