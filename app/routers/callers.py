"""Who calls: the guards that every route with a token stands behind, and the transactions they open.

Deny by default: a route has a guard, or it is on the list of public ones in tests/test_access.py.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, TypeVar

from fastapi import Depends, Header, Path, Query, Request
from pydantic import BaseModel, WithJsonSchema

from app.core import clock, crypto
from app.core.asgi import dump
from app.core.db import Session
from app.core.pagination import Cursor
from app.core.preconditions import Version
from app.core.problems import Forbidden, IdempotencyKeyRequired, NotFound, Unauthenticated, instance_of
from app.core.schemas import Limit
from app.directory import held
from app.idempotency import service as idempotency
from app.idempotency.service import Once, Reply
from app.identity import role_rules, service_accounts
from app.identity.actors import Actor, load_actor
from app.identity.client_credentials import load_service
from app.identity.tokens import REPORTER, STAFF, Claims
from app.privacy import addressees
from app.routers import app_versions
from app.routers.runtime import Runtime, runtime_of
from app.vault import service as vault
from app.vault.cursors import Listing
from app.vocabulary import Role, Scope

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Caller:
    """A signed-in person, or a program. `read` and `write` open the transaction, load the actor in it, and run a
    service. `scope` is what lets a program in; None lets none in. `of_no_school`: nobody of a school is let in.
    """

    claims: Claims
    roles: frozenset[Role]
    scope: Scope | None
    runtime: Runtime
    request: Request
    of_no_school: bool = False

    async def read(self, work: Callable[[Session, Actor], T]) -> T:
        return await self.runtime.db.read(lambda session: work(session, self._actor(session)))

    async def write(self, work: Callable[[Session, Actor], T]) -> T:
        return await self.runtime.db.write(lambda session: work(session, self._actor(session)))

    def _actor(self, session: Session) -> Actor:
        """As they are now: a role or scope that was taken away since the token was issued no longer counts."""
        program = self.claims.scopes is not None
        actor = load_service(session, self.claims) if program else load_actor(session, self.claims)
        if actor.school_slug != self.claims.school:
            # The guard has compared the path with the token alone: a wrong claim must not open a school by its path.
            raise Unauthenticated("This token is of another school. Please sign in again.", invalid_token=True)
        if program and self.scope not in actor.scopes:
            raise _not_for_programs(self.scope)
        if self.roles:
            actor.require(*self.roles)
        if self.of_no_school and actor.school_id is not None:
            raise Forbidden("This is for a platform operator, who belongs to no school.")
        return actor

    async def once(
        self,
        key: str | None,
        body: BaseModel,
        work: Callable[[Session, Actor], M],
        *,
        status: int = 201,
        location: Callable[[M], str] | None = None,
        ends_with: Callable[[Session, Actor], bytes | None] = lambda *_: None,
        optional: bool = False,
    ) -> Reply:
        """Run a write once for its Idempotency-Key. Raises IdempotencyKeyRequired without one (contract I8), unless it
        is `optional`.

        `ends_with`: what ends its replay, asked after the work was done.
        """
        if key is None and not optional:
            raise IdempotencyKeyRequired
        name = None if key is None else idempotency.parse_key(key)
        method, path = self.request.method, self.request.url.path
        print_ = idempotency.fingerprint(method, path, body.model_dump(mode="json", exclude_unset=True))

        def run(session: Session) -> Reply:
            actor = self._actor(session)

            def effect() -> Reply:
                made = work(session, actor)
                headers = {"Location": location(made)} if location is not None else {}
                return Reply(status, made.model_dump_json(by_alias=True).encode(), headers)

            if name is None:
                return effect()
            sealing_key = crypto.derive(
                vault.data_key(session, owner=vault.DEPLOYMENT, purpose=vault.CONTENT), "idempotent replies"
            )
            scope = f"{actor.person_id}|{method}|{path}|{name}"
            once = Once(vault.lookup_hash(session, scope, use="idempotency"), print_, sealing_key)
            return idempotency.do_once(
                session,
                once,
                effect,
                now=clock.now(),
                instance=instance_of(self.request.state.request_id),
                ends_with=lambda: ends_with(session, actor),
            )

        return await self.runtime.db.write(run)


@dataclass(frozen=True, slots=True)
class Nameless:
    """Somebody without an account, who holds a token for one thing: its `subject`, and of which school that is."""

    subject: uuid.UUID
    school: str | None
    runtime: Runtime
    request: Request

    async def once(
        self,
        key: str | None,
        body: BaseModel,
        work: Callable[[Session], BaseModel],
        *,
        ends_with: Callable[[Session], bytes | None] = lambda _: None,
    ) -> Reply:
        """Run a write; with an Idempotency-Key, once. The kept answer opens with that key and the deployment's.

        `ends_with`: what ends its replay, asked after the work was done.
        """
        name = None if key is None else idempotency.parse_key(key)
        path = self.request.url.path
        print_ = idempotency.fingerprint("POST", path, body.model_dump(mode="json", exclude_unset=True))

        def effect(session: Session) -> Reply:
            return Reply(201, work(session).model_dump_json(by_alias=True).encode())

        def run(session: Session) -> Reply:
            if name is None:
                return effect(session)
            scope = f"{self.subject}|{path}|{name}"
            once = Once(
                vault.lookup_hash(session, scope, use="idempotency"),
                print_,
                # Any text may be a key here: by itself it could be guessed.
                vault.lookup_hash(session, scope, use="reporter's reply"),
            )
            instance = instance_of(self.request.state.request_id)
            return idempotency.do_once(
                session,
                once,
                lambda: effect(session),
                now=clock.now(),
                instance=instance,
                ends_with=lambda: ends_with(session),
            )

        reply = await self.runtime.db.write(run)
        if reply.problem:
            # Kept without help, which is what is right now (contract 1.4).
            help_ = self.runtime.help_members(self.school)
            reply = replace(reply, body=dump(json.loads(reply.body) | {"help": help_}))
        return reply


@dataclass(frozen=True, slots=True)
class Reporter(Nameless):
    """Whoever holds a receipt session. Knows its report, and nothing else."""

    @property
    def report_id(self) -> uuid.UUID:
        return self.subject


class Guard:
    """A dependency that lets in people of the path's school who hold one of `roles`, by an app that is not too old.

    And programs of that school with the `scope`; without one no program comes in. It then acts as the school's IT,
    which must be one of the roles. `any_app`: by however old an app, because somebody waits.
    """

    def __init__(self, *roles: Role, any_app: bool = False, scope: Scope | None = None) -> None:
        if scope is not None and Role.SCHOOL_IT not in roles:
            raise ValueError(f"{scope} would open what the school's IT may not do")
        self.roles = frozenset(roles)
        self.scope = scope
        # What every role may do, one may do with no role left as well: see that, and sign out.
        self._needed = frozenset() if self.roles == frozenset(Role) else self.roles
        self.asks_app = bool(self._needed) and not any_app

    async def __call__(self, request: Request) -> Caller:
        runtime = runtime_of(request)
        claims = await runtime.read_token(bearer(request), audience=STAFF)
        request.state.staff = True
        self._admit(claims, request.path_params.get("school"))
        if self.asks_app:
            app_versions.require_current(request, runtime.settings)
        request.state.subject, request.state.claims = claims.subject, claims
        request.state.headers = runtime.callers.take(str(claims.subject)).headers()
        return Caller(claims=claims, roles=self._needed, scope=self.scope, runtime=runtime, request=request)

    def _admit(self, claims: Claims, school: str | None) -> None:
        """Raises NotFound for the path of another school, Forbidden without one of the roles, or the scope."""
        if school is not None and school != claims.school:
            raise NotFound
        if claims.scopes is not None:
            if self.scope is None or self.scope not in claims.scopes:
                raise _not_for_programs(self.scope)
        elif self._needed and self._needed.isdisjoint(claims.roles):
            raise Forbidden(f"This is for: {', '.join(sorted(self._needed))}.")


def _not_for_programs(scope: Scope | None) -> Forbidden:
    return Forbidden("This is not for service accounts." if scope is None else f"This needs the scope {scope}.")


class OperatorGuard(Guard):
    """A dependency that lets in platform operators. A school in the path is what is operated, not where they belong:
    they have none. Whoever has one is refused, whatever roles somebody gave them."""

    def __init__(self) -> None:
        super().__init__(Role.PLATFORM_OPERATOR)

    async def __call__(self, request: Request) -> Caller:
        return replace(await super().__call__(request), of_no_school=True)

    def _admit(self, claims: Claims, school: str | None) -> None:
        super()._admit(claims, None if claims.school is None else school)


class NamelessGuard:
    """A dependency that lets in somebody without an account. `scheme`: what the document calls what they hold."""

    scheme: ClassVar[str]
    roles: frozenset[str]


class ReceiptGuard(NamelessGuard):
    """A dependency that lets in a receipt session."""

    scheme = "receipt"
    roles = frozenset({"reporter"})

    async def __call__(self, request: Request) -> Reporter:
        runtime = runtime_of(request)
        claims = await runtime.read_token(bearer(request), audience=REPORTER)
        request.state.subject = claims.subject
        request.state.headers = runtime.callers.take(str(claims.subject)).headers()
        return Reporter(subject=claims.subject, school=None, runtime=runtime, request=request)


def bearer(request: Request) -> str:
    """The token of the Authorization header (RFC 6750, 2.1). Raises Unauthenticated."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated
    return token.strip()


async def anonymous_limit(request: Request) -> None:
    """Count an anonymous request, by a hash of its address that lives for minutes, in memory only (contract L3)."""
    runtime = runtime_of(request)
    host = request.client.host if request.client else ""
    request.state.headers = runtime.callers.take(f"anonymous {host}").headers()


def listing(
    request: Request,
    limit: Annotated[Limit, Query(description="How many items at the most.")] = 20,
    cursor: Annotated[Cursor | None, Query(description="`next_cursor` of the page before.")] = None,
) -> Listing:
    filters = sorted((k, v) for k, v in request.query_params.multi_items() if k not in ("cursor", "limit"))
    # Routes name their guard before this, so that it has said who asks (contract P3).
    caller = request.state.subject
    return Listing(limit=limit, cursor=cursor, scope=f"{caller}|{request.url.path}|{filters}")


def public_listing(
    request: Request,
    limit: Annotated[Limit, Query(description="How many items at the most.")] = 20,
    cursor: Annotated[Cursor | None, Query(description="`next_cursor` of the page before.")] = None,
) -> Listing:
    """As `listing`, of what is the same for everyone: bound to its path and filters, and to no caller."""
    filters = sorted((k, v) for k, v in request.query_params.multi_items() if k not in ("cursor", "limit"))
    return Listing(limit=limit, cursor=cursor, scope=f"anyone|{request.url.path}|{filters}")


def version(
    request: Request,
    if_match: Annotated[  # declared for its documentation: all its lines are read
        Annotated[str, WithJsonSchema({"type": "string", "maxLength": 8192})] | None,
        Header(alias="If-Match", description="The ETag of the version that is changed."),
    ] = None,
) -> Version:
    return Version(None if if_match is None else ", ".join(request.headers.getlist("if-match")))


Anyone = Annotated[Caller, Depends(Guard(*Role))]
# People of the programme: not students, who only have a membership, and not the operator, who has no school.
AnyStaff = Annotated[Caller, Depends(Guard(*(set(Role) - {Role.STUDENT, Role.PLATFORM_OPERATOR})))]
# Everybody who belongs to a school.
OfASchool = Annotated[Caller, Depends(Guard(*(set(Role) - {Role.PLATFORM_OPERATOR})))]
Triager = Annotated[Caller, Depends(Guard(Role.TRIAGER))]
# Whoever reads reports: triagers those of the programme, independent handlers those that they have in hand.
Reader = Annotated[Caller, Depends(Guard(Role.TRIAGER, Role.INDEPENDENT_HANDLER))]
Handler = Annotated[Caller, Depends(Guard(Role.INDEPENDENT_HANDLER))]
Supporter = Annotated[Caller, Depends(Guard(Role.SUPPORTER))]
SupporterOrAdviser = Annotated[
    Caller, Depends(Guard(Role.SUPPORTER, Role.ADVISER, Role.COORDINATOR, Role.INDEPENDENT_HANDLER))
]
Paged = Annotated[
    Caller,
    Depends(
        Guard(Role.ADVISER, Role.TRIAGER, Role.COORDINATOR, Role.INDEPENDENT_HANDLER, Role.SUPPORTER, any_app=True)
    ),
]
# Who has to do with telling somebody more than was agreed.
Deciding = Annotated[
    Caller,
    Depends(Guard(Role.TRIAGER, Role.ADVISER, Role.INDEPENDENT_HANDLER, Role.COORDINATOR, Role.PRIVACY_OFFICER)),
]
TriagerOrHandler = Annotated[Caller, Depends(Guard(Role.TRIAGER, Role.INDEPENDENT_HANDLER))]
PrivacyOfficer = Annotated[Caller, Depends(Guard(Role.PRIVACY_OFFICER))]
Coordinator = Annotated[Caller, Depends(Guard(Role.COORDINATOR))]
# Who may publish an open invitation.
OpenInviter = Annotated[Caller, Depends(Guard(Role.COORDINATOR, Role.SUPPORTER))]
# Who answers for the programme, and who plans it.
Planner = Annotated[Caller, Depends(Guard(Role.COORDINATOR, Role.SPONSOR))]
RosterReader = Annotated[
    Caller,
    Depends(
        Guard(
            Role.COORDINATOR,
            Role.SPONSOR,
            Role.ADVISER,
            Role.SUPPORTER,
            Role.TRIAGER,
            Role.INDEPENDENT_HANDLER,
        )
    ),
]
# Who leads supervision or is at it, and who plans it.
SupervisionReader = Annotated[Caller, Depends(Guard(Role.SUPPORTER, Role.ADVISER, Role.COORDINATOR))]
SupervisionPlanner = Annotated[Caller, Depends(Guard(Role.ADVISER, Role.COORDINATOR))]
# Those to whom a privacy incident may go (privacy/addressees.py).
IncidentHandler = Annotated[Caller, Depends(Guard(*addressees.IN_TURN))]
# Who keeps the directory and the sites, and who looks on. What somebody vouches for, or has written, is no program's.
DirectoryKeeper = Annotated[Caller, Depends(Guard(*held.KEEPERS))]
DirectoryWriter = Annotated[Caller, Depends(Guard(*held.KEEPERS, scope=Scope.DIRECTORY_WRITE))]
DirectoryReader = Annotated[Caller, Depends(Guard(*held.READERS, scope=Scope.DIRECTORY_READ))]
# Who answers for the people of a school, who gives them roles, and who has the second word on those that read cases.
PeopleKeeper = Annotated[Caller, Depends(Guard(*role_rules.GIVERS))]
RoleGiver = Annotated[Caller, Depends(Guard(*role_rules.GIVERS))]
# Who sees how people are let in: both of these.
RoleOverseer = Annotated[Caller, Depends(Guard(*role_rules.OVERSEERS))]
SecondPerson = Annotated[Caller, Depends(Guard(*role_rules.SECOND_PEOPLE))]
WebhookKeeper = Annotated[Caller, Depends(Guard(Role.SCHOOL_IT, scope=Scope.WEBHOOKS_WRITE))]
PeopleImporter = Annotated[Caller, Depends(Guard(*role_rules.GIVERS, scope=Scope.PEOPLE_WRITE))]
ServiceAccountKeeper = Annotated[Caller, Depends(Guard(*service_accounts.KEEPERS))]
# Who asks how the programme does, and sees what is counted of it.
Evaluator = Annotated[Caller, Depends(Guard(Role.EVALUATOR))]
# What a school decides for itself, and who looks on.
StatisticsRulesReader = Annotated[Caller, Depends(Guard(Role.PRIVACY_OFFICER, Role.EVALUATOR))]
PolicyKeeper = Annotated[Caller, Depends(Guard(Role.COORDINATOR, Role.PRIVACY_OFFICER))]
PolicyReader = Annotated[Caller, Depends(Guard(Role.COORDINATOR, Role.PRIVACY_OFFICER, Role.SPONSOR))]
Operator = Annotated[Caller, Depends(OperatorGuard())]
Receipt = Annotated[Reporter, Depends(ReceiptGuard())]
ListingOf = Annotated[Listing, Depends(listing)]
PublicListing = Annotated[Listing, Depends(public_listing)]
IfMatch = Annotated[Version, Depends(version)]
ShowHidden = Annotated[bool, Query(description="Also the words that were marked as hurtful.")]
# The bound is described, not enforced here: a key that is too long has a problem of its own (contract I1).
KeyText = Annotated[str, WithJsonSchema({"type": "string", "maxLength": 400})]
IdempotencyKeyHeader = Annotated[
    KeyText | None,
    Header(
        alias="Idempotency-Key",
        description="A random UUID. The same key and body get the same answer for 24 hours, and one effect.",
    ),
]
SchoolPath = Annotated[
    str, Path(description="The school's slug.", max_length=40, pattern=r"^[a-z0-9-]{1,40}$", examples=["harbour"])
]
