"""Escalation policies as they arrive and leave."""

from __future__ import annotations

import uuid
from typing import Annotated, Literal

from pydantic import Field

from app.core.pagination import Page
from app.core.schemas import InputModel, Instant, OutputModel
from app.guidance.signs import Priority
from app.schools.policies import AckSeconds
from app.schools.post_schemas import PostCode
from app.vocabulary import Level, NeedKind, RosterLine, Topic

# Who may read what they are paged for. A sponsor or a supporter may not (domain, 5).
PagedRole = Literal["adviser", "triager", "coordinator", "independent_handler"]
Number = Annotated[int, Field(ge=1, le=2**31)]


class AskRoster(InputModel):
    """Whoever is on a roster. Without a `line`: the one that the need goes to, or falls to. Not `peer_support`:
    supporters may not read what they would be asked about."""

    kind: Literal["roster"]
    line: RosterLine | None = None
    level: Level


class AskRole(InputModel):
    """Everybody who holds a role, at once."""

    kind: Literal["role"]
    role: PagedRole


class AskPost(InputModel):
    """Whoever has a post, and the deputy with them, as far as they may read what they are paged for."""

    kind: Literal["post"]
    post: PostCode


class PolicyLevel(InputModel):
    """One level: whom to ask, and how long they get. It may be empty at times: that costs no time."""

    level: Level
    ask: Annotated[AskRoster | AskRole | AskPost, Field(discriminator="kind")]
    ack_seconds: AckSeconds


class Fallback(InputModel):
    """The last level. It cannot be a roster, and somebody must be there when the policy is saved."""

    ask: Annotated[AskRole | AskPost, Field(discriminator="kind")]
    ack_seconds: AckSeconds


class EscalationPolicyPut(InputModel):
    """All of a policy but what it is for. Seconds throughout.

    `undelivered_seconds`: the next level, when nothing has reached anybody by then. `reply_seconds`: an acknowledgement
    without a reply or a note lapses; `note_seconds`: so long after a note. `told_alone_a_minute`: of so many pages a
    person is told one by one, of more together.
    """

    levels: Annotated[list[PolicyLevel], Field(max_length=19)]
    fallback: Fallback
    undelivered_seconds: Annotated[int, Field(ge=1, le=600)] = 15
    reply_seconds: Annotated[int, Field(ge=1, le=86_400)] = 600
    note_seconds: Annotated[int, Field(ge=1, le=86_400)] = 3600
    told_alone_a_minute: Annotated[int, Field(ge=1, le=1000)] = 5


class EscalationPolicyCreate(EscalationPolicyPut):
    """A policy for a kind of need; `topic` (of advice) and `priority` narrow it down: the most particular counts."""

    need: NeedKind
    topic: Topic | None = None
    priority: Priority | None = None


class PolicyBody(OutputModel):
    """What a policy says."""

    levels: Annotated[list[PolicyLevel], Field(max_length=40)]
    fallback: Fallback
    undelivered_seconds: Number
    reply_seconds: Number
    note_seconds: Number
    told_alone_a_minute: Number


class EscalationPolicyOut(PolicyBody):
    """`fallback_staffed`: somebody is at the last level now. `version` counts changes; what runs follows its copy."""

    id: uuid.UUID
    need: NeedKind
    topic: Topic | None
    priority: Priority | None
    fallback_staffed: bool
    version: Number
    created_at: Instant
    updated_at: Instant


class EscalationPolicyPage(Page[EscalationPolicyOut]):
    """One page of policies."""


class PolicyVersionOut(PolicyBody):
    """What a policy said from `created_at` on."""

    version: Number
    created_at: Instant


class PolicyVersionPage(Page[PolicyVersionOut]):
    """One page of versions, newest first."""


class PolicyInForce(PolicyBody):
    """What an escalation would follow that began now. `policy_id` is null for the standard policy."""

    policy_id: uuid.UUID | None
    version: Number | None
    line: RosterLine
    priority: Priority
