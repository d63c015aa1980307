"""Every route, every kind of caller, every kind of token: what the guard says is what happens (E10, O9; domain 5).

Nothing is entered here by hand: the routes and whom each lets in are read from the application itself, so that a new
one is in the matrix on the day it is made. What must be so for it is in tests/test_access.py and, for whoever reads
changes, in openapi/openapi.json; here the two are only compared.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from fastapi import Depends, FastAPI, Request
from fastapi.routing import iter_route_contexts
from jose import jwt
from jose.constants import ALGORITHMS
from jose.utils import base64url_encode
from sqlmodel import Session

from app.core import clock
from app.identity.tokens import REPORTER, STAFF, new_key_pair
from app.models import Person, SignIn
from app.routers.callers import Caller, Guard, NamelessGuard, OperatorGuard, ReceiptGuard
from app.routers.runtime import ISSUER
from app.vocabulary import Role, Scope
from tests.support import straight
from tests.support.thorough import in_turn
from tests.support.world import Someone, World
from tests.test_access import PUBLIC, program

COMMITTED = Path(__file__).resolve().parents[1] / "openapi" / "openapi.json"
OWN, FOREIGN, NOWHERE = "harbour", "coast", "nowhere"
INVALID = 'error="invalid_token"'
# Nobody's name, and no key either: nothing is found by it.
NOBODY = "01890b7e-0000-7000-8000-00000000dead"
KINDS = (
    "missing",
    "another scheme",
    "malformed",
    "expired",
    "of another audience",
    "of another key",
    "without an algorithm",
    "of an unknown key",
    "issued in the future",
    "of a revoked sign-in",
)


@dataclass(frozen=True)
class Route:
    """A method of a path, and its guard; None where there is none."""

    method: str
    template: str
    guard: Guard | NamelessGuard | None

    def __str__(self) -> str:
        return f"{self.method} {self.template}"

    @property
    def of_school(self) -> bool:
        return "{school}" in self.template

    @property
    def operated(self) -> bool:
        """The school in the path is what an operator acts on: they belong to none."""
        return isinstance(self.guard, OperatorGuard)

    @property
    def scope(self) -> Scope | None:
        return self.guard.scope if isinstance(self.guard, Guard) else None

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(str(role) for role in self.guard.roles) if self.guard is not None else frozenset()

    def path(self, **parameters: str) -> str:
        return re.sub(r"\{(\w+)\}", lambda found: parameters.get(found[1], NOBODY), self.template)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def let_in(self) -> bool:
        return self.status not in (401, 403)

    @property
    def said(self) -> dict[str, Any]:
        """A problem without the reference that differs each time."""
        return {name: value for name, value in json.loads(self.body).items() if name != "instance"}


def routes_of(app: Any) -> list[Route]:
    found = []
    for context in iter_route_contexts(app.routes):
        dependant = getattr(context, "dependant", None)
        guards = (
            [each.call for each in dependant.dependencies if isinstance(each.call, Guard | NamelessGuard)]
            if (dependant)
            else []
        )
        assert len(guards) <= 1, f"{context.path} has several guards, of which one would be believed"
        methods = set(getattr(context, "methods", None) or ()) - {"HEAD"}
        found += [Route(method, context.path or "", guards[0] if guards else None) for method in sorted(methods)]
    return found


async def ask(
    world: World, route: Route, token: str | None, *, body: bytes = b"", query: str = "", school: str = OWN, **at: str
) -> Answer:
    headers = [(b"host", b"peerline.test"), (b"if-match", b"*"), (b"idempotency-key", str(uuid.uuid4()).encode())]
    if body:
        headers += [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    if token is not None:
        headers.append((b"authorization", token.encode()))
    status, given, answered = await straight.ask(
        world.app,
        route.method,
        route.path(school=school, **at),
        query=query.encode(),
        headers=headers,
        client="192.0.2.7",
        parts=[body],
    )
    return Answer(status, {n.decode(): v.decode("latin-1") for n, v in given}, answered)


class Tokens:
    """Everybody who could ask, with fresh sign-ins whenever one has been ended by what it did."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.people: dict[Role | None, Someone] = {}
        self.reporter = ""
        # With all scopes, with one of them, and with all others.
        self.every = ""
        self.only: dict[Scope, str] = {}
        self.less: dict[Scope, str] = {}

    @classmethod
    async def of(cls, world: World) -> Tokens:
        tokens = cls(world)
        await world.school(OWN)
        await world.school(FOREIGN, region="NSW")
        for role in Role:
            school = None if role is Role.PLATFORM_OPERATOR else OWN
            tokens.people[role] = await world.person(role, school=school)
        tokens.people[None] = await world.person()
        tokens.reporter = (await world.reporter((await world.report()).json()["receipt"]))["Authorization"]
        tokens.every = (await program(world, *Scope))["Authorization"]
        for scope in Scope:
            tokens.only[scope] = (await program(world, scope))["Authorization"]
            tokens.less[scope] = (await program(world, *(set(Scope) - {scope})))["Authorization"]
        return tokens

    async def renew(self, role: Role | None) -> None:
        someone = self.people[role]

        def make(session: Session) -> tuple[uuid.UUID, int]:
            row = SignIn(person_id=someone.id, created_at=clock.now(), last_used_at=clock.now())
            session.add(row)
            session.flush()
            return row.id, session.get_one(Person, someone.id).token_epoch

        roles = () if role is None else (role,)
        made, epoch = await self.world.write(make)
        headers = self.world.headers_for(someone.id, made, someone.school, roles, epoch=epoch)
        self.people[role].headers.update(headers)

    def forged(self, someone: Someone, audience: str) -> dict[str, str | None]:
        """A header of each kind that opens nothing, otherwise as good as the one that does."""
        now, valid = int(clock.now().timestamp()), someone.headers["Authorization"].removeprefix("Bearer ")
        claims = jwt.get_unverified_claims(valid) | {"aud": audience, "iss": ISSUER}
        ours = self.world._keys._signing
        header = jwt.get_unverified_header(valid)
        theirs, _ = new_key_pair(ours.kid)

        def signed(pem: str = ours.pem, kid: str = ours.kid, **other: Any) -> str:
            headers = {"kid": kid, "typ": header["typ"]}
            made: str = jwt.encode(claims | other, pem, algorithm=ALGORITHMS.ES256, headers=headers)
            return f"Bearer {made}"

        bare = ".".join(_part(part) for part in ({"alg": "none", "typ": header["typ"], "kid": ours.kid}, claims))
        revoked = {"sid": str(uuid.uuid4())} if audience == REPORTER else {}
        return {
            "missing": None,
            "another scheme": f"Basic {valid}",
            "malformed": f"Bearer {valid[:-40]}",
            "expired": signed(iat=now - 7200, exp=now - 3600),
            "of another audience": signed(aud=STAFF if audience == REPORTER else REPORTER),
            "of another key": signed(pem=theirs.pem),
            "without an algorithm": f"Bearer {bare}.",
            "of an unknown key": signed(pem=theirs.pem, kid="unknown"),
            "issued in the future": signed(iat=now + 3600, exp=now + 7200),
            "of a revoked sign-in": signed(**revoked),
        }


def _part(value: dict[str, Any]) -> str:
    return str(base64url_encode(json.dumps(value).encode()).decode())


async def without_a_token_of_ours(world: World, tokens: Tokens, routes: Iterable[Route]) -> list[str]:
    """401 from every route with a guard, for everything that is no current token; a public one asks for none."""
    everyone = await world.person(*Role)
    staff = tokens.forged(everyone, STAFF)
    reporter = tokens.forged(everyone, REPORTER)
    assert tuple(staff) == KINDS
    await world.write(_revoked(everyone))
    wrong = []
    paths = document()
    for route in routes:
        # What is refused for a body is refused before the database is asked, which alone knows what was revoked.
        operation = paths.get(route.template, {}).get(route.method.lower(), {}) if route.guard is not None else {}
        how = example(operation)
        forged = reporter if isinstance(route.guard, NamelessGuard) else staff
        for kind, token in forged.items():
            if isinstance(route.guard, NamelessGuard) and kind == "of a revoked sign-in":
                continue
            answer = await ask(world, route, token, **how)
            if route.guard is None:
                right = answer.let_in
            else:
                told = answer.headers.get("www-authenticate", "")
                right = answer.status == 401 and (INVALID in told) == (kind not in ("missing", "another scheme"))
            if not right:
                wrong.append(f"{route}: a token {kind}: {answer.status}")
    return wrong


def document() -> dict[str, Any]:
    """The operations of the committed document, by path and method."""
    paths: dict[str, Any] = json.loads(COMMITTED.read_text())["paths"]
    return paths


def example(operation: dict[str, Any]) -> dict[str, Any]:
    """What the document shows for an operation: a body, what has to be in the query, and what is in the path."""
    [content] = operation.get("requestBody", {}).get("content", {"": {}}).values()
    bodies = [each["value"] for each in content.get("examples", {}).values()]
    needed = [each for each in operation.get("parameters", []) if each["required"] and "example" in each]
    placed = {
        place: {each["name"]: each["example"] for each in needed if each["in"] == place} for place in ("query", "path")
    }
    body = json.dumps(bodies[0]).encode() if bodies else b""
    return placed["path"] | {"body": body, "query": urlencode(placed["query"])}


def _revoked(someone: Someone) -> Callable[[Session], None]:
    def revoke(session: Session) -> None:
        claims = jwt.get_unverified_claims(someone.headers["Authorization"].removeprefix("Bearer "))
        row = session.get_one(SignIn, uuid.UUID(claims["sid"]))
        row.revoked_at, row.revoked_because = clock.now(), "signed_out"
        session.add(row)

    return revoke


async def by_role(world: World, tokens: Tokens, routes: Iterable[Route]) -> list[str]:
    """Who has a role of the guard is let in at their school, who has none is refused; a receipt opens its own alone."""
    wrong = []
    for route in routes:
        if route.guard is None:
            continue
        for role, someone in tokens.people.items():
            answer = await ask(world, route, someone.headers["Authorization"])
            expected = _expected(route, role)
            if not (answer.let_in if expected is None else answer.status == expected):
                wrong.append(f"{route}: {role or 'no role'}: {answer.status}, not {expected or 'let in'}")
            if answer.let_in and route.method != "GET" and answer.status < 300:
                await tokens.renew(role)
        answer = await ask(world, route, tokens.reporter)
        if answer.let_in != isinstance(route.guard, ReceiptGuard):
            wrong.append(f"{route}: a receipt: {answer.status}")
    return wrong


async def by_scope(world: World, tokens: Tokens, routes: Iterable[Route]) -> list[str]:
    """A program is let in by the guard's scope and by no other; where the guard names none, by nothing."""
    wrong = []
    for route in routes:
        if route.guard is None:
            continue
        refusal = 401 if isinstance(route.guard, NamelessGuard) else 403
        opens = [] if route.scope is None else [tokens.only[route.scope]]
        for token in [*opens, tokens.every if route.scope is None else tokens.less[route.scope]]:
            answer = await ask(world, route, token)
            if not (answer.let_in if token in opens else answer.status == refusal):
                wrong.append(
                    f"{route}: a program {'with the' if token in opens else 'without its'} scope: {answer.status}"
                )
    return wrong


def _expected(route: Route, role: Role | None) -> int | None:
    """The status of a refusal at one's own school; None: they are let in."""
    if isinstance(route.guard, NamelessGuard):
        return 401
    if route.of_school and role is Role.PLATFORM_OPERATOR and not route.operated:
        return 404  # no school is theirs
    if route.roles == frozenset(str(each) for each in Role):
        return None  # what every role may do, one may do with none left
    return None if role in route.roles else 403


async def at_another_school(world: World, tokens: Tokens, routes: Iterable[Route]) -> list[str]:
    """404, with the body of a school that there is not, whatever one's role and whatever the path goes on to name."""
    wrong = []
    for route in routes:
        if not isinstance(route.guard, Guard) or not route.of_school:
            continue
        asking = {str(role or "no role"): each.headers["Authorization"] for role, each in tokens.people.items()}
        if route.operated:
            del asking[Role.PLATFORM_OPERATOR]
        nowhere = await ask(world, route, asking["no role"], school=NOWHERE)
        for who, token in (asking | {"a program": tokens.every}).items():
            answer = await ask(world, route, token, school=FOREIGN)
            if answer.status != 404 or nowhere.status != 404 or answer.said != nowhere.said:
                wrong.append(f"{route}: {who} of another school: {answer.status}")
    return wrong


def told(routes: Iterable[Route]) -> list[str]:
    """The committed document says the same of each; a route that it does not have is one that nobody agreed to."""
    wrong, paths = [], document()
    for route in routes:
        operation = paths.get(route.template, {}).get(route.method.lower())
        if route.guard is None:
            right = str(route) in PUBLIC and (operation or {"security": []})["security"] == []
        else:
            nameless = isinstance(route.guard, NamelessGuard)
            expected = [{route.guard.scheme: []}] if nameless else [{"bearer": sorted(route.roles)}]
            expected += [] if route.scope is None else [{"service": [str(route.scope)]}]
            right = operation is not None and operation["security"] == expected
        if not right:
            wrong.append(f"{route}: the document says {operation and operation['security']}")
    return wrong


# The matrix


@pytest.fixture
def database_kind() -> str:
    """Whom a guard lets in is no matter of the database."""
    return "sqlite"


async def test_no_route_opens_to_what_is_no_current_token(world: World) -> None:
    tokens = await Tokens.of(world)
    assert await without_a_token_of_ours(world, tokens, in_turn(routes_of(world.app))) == []


async def test_every_route_lets_in_the_roles_of_its_guard_and_nobody_else(world: World) -> None:
    tokens = await Tokens.of(world)
    assert await by_role(world, tokens, routes_of(world.app)) == []


async def test_every_route_lets_in_programs_with_the_scope_of_its_guard_and_no_other(world: World) -> None:
    tokens = await Tokens.of(world)
    assert await by_scope(world, tokens, routes_of(world.app)) == []


async def test_every_route_of_a_school_is_not_there_for_people_of_another(world: World) -> None:
    tokens = await Tokens.of(world)
    assert await at_another_school(world, tokens, routes_of(world.app)) == []


async def test_the_committed_document_names_the_guard_of_every_route(world: World) -> None:
    routes = routes_of(world.app)
    assert told(routes) == []
    assert len([route for route in routes if route.guard is not None]) > 200


# The matrix bites


class ForgetsTheSchool(Guard):
    async def __call__(self, request: Request) -> Caller:
        school = request.scope["path_params"].pop("school", None)
        try:
            return await super().__call__(request)
        finally:
            request.scope["path_params"]["school"] = school


class LetsOneMoreIn(Guard):
    """Says in public what it should do, and does more."""

    def __init__(self, *roles: Role, also: Role) -> None:
        super().__init__(*roles)
        self._needed = self.roles | {also}


class LetsProgramsIn(Guard):
    """Whatever scope they have."""

    async def __call__(self, request: Request) -> Caller:
        self.scope = Scope.DIRECTORY_READ
        try:
            return await super().__call__(request)
        finally:
            self.scope = None


async def _nobody() -> None: ...


class BelievesAnybody(Guard):
    async def __call__(self, request: Request) -> Caller:
        return None  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("guard", "caught"),
    [
        (None, ["told"]),
        (ForgetsTheSchool(Role.TRIAGER), ["by_role", "at_another_school", "told"]),
        (LetsOneMoreIn(Role.TRIAGER, also=Role.SUPPORTER), ["by_role", "told"]),
        (Guard(Role.TRIAGER, Role.SUPPORTER), ["told"]),
        (
            BelievesAnybody(Role.TRIAGER),
            ["without_a_token_of_ours", "by_role", "by_scope", "at_another_school", "told"],
        ),
        (LetsProgramsIn(Role.SCHOOL_IT), ["by_scope", "told"]),
    ],
    ids=[
        "none",
        "without a look at the school",
        "lets one more in",
        "a role too many",
        "that believes anybody",
        "programs",
    ],
)
async def test_a_planted_guard_is_caught(world: World, guard: Guard | None, caught: list[str]) -> None:
    """Each part of the matrix finds what it is there to find, on a route that stands as the others do."""
    tokens = await Tokens.of(world)

    depends = Depends(guard or _nobody)

    async def planted(caller: Any = depends) -> dict[str, str]:
        # Who was signed out is known to the database alone.
        if caller is not None:
            await caller.read(lambda _session, _actor: None)
        return {}

    world.app.add_api_route("/v1/schools/{school}/planted/{id}", planted, methods=["GET"])
    routes = [route for route in routes_of(world.app) if "planted" in route.template]
    assert len(routes) == 1
    found = {
        "without_a_token_of_ours": await without_a_token_of_ours(world, tokens, routes),
        "by_role": await by_role(world, tokens, routes),
        "by_scope": await by_scope(world, tokens, routes),
        "at_another_school": await at_another_school(world, tokens, routes),
        "told": told(routes),
    }
    assert [name for name, faults in found.items() if faults] == caught


def test_two_guards_on_one_route_are_refused() -> None:
    """Of two, one would be described and the other would decide."""
    app = FastAPI()

    @app.get("/v1/planted", dependencies=[Depends(Guard(Role.TRIAGER)), Depends(Guard(*Role))])
    async def planted() -> None: ...

    with pytest.raises(AssertionError, match="several guards"):
        routes_of(app)
