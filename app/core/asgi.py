"""The outermost layer of a request, as pure ASGI: request id, limits, strict bodies, HEAD, headers of every answer."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, MutableMapping
from typing import Any

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware

from app.core import strict_json
from app.core.problems import (
    BodyTooLarge,
    HeadersTooLarge,
    InvalidRequest,
    MalformedJson,
    MethodNotAllowed,
    Problem,
    UnexpectedBody,
    UnsupportedMediaType,
    UriTooLong,
)

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
ReadForm = Callable[[Scope, bytes], bytes]
Render = Callable[[Scope, Problem], bytes]

# What every recipient should take (RFC 9110, 4.1): a query of fifty ids of sites fits in.
LONGEST_URL = 8000
LARGEST_HEADERS = 16_384
# Of one of those that we read, which is what the document says of each.
LARGEST_HEADER = 8192
READ_HEADERS = frozenset({b"accept-language", b"app-version", b"if-match", b"if-none-match"})
# As objects or as a table: a directory of 2,000 entries has about a megabyte.
LARGEST_TABLE = 1_572_864
LONGEST_LENGTH = 18
OF_EVERY_ANSWER = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer"}
_OF_EVERY_ANSWER = [(name.encode(), value.encode()) for name, value in OF_EVERY_ANSWER.items()]
_OURS = frozenset({b"x-request-id", *(name for name, _ in _OF_EVERY_ANSWER)})
_UNREAD = frozenset({b"authorization", b"cookie", b"traceparent", b"tracestate", b"x-request-id"})
_OF_THE_BODY = (b"content-type", b"content-length", b"transfer-encoding")
_TRACEPARENT = re.compile(r"00-(?!0{32})(?P<trace>[0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_FORM = re.compile(r"(?:application/x-www-form-urlencoded|multipart/form-data|text/plain)\s*(?:;.*)?", re.IGNORECASE)
_URLENCODED = re.compile(r"application/x-www-form-urlencoded\s*(?:;\s*charset\s*=\s*\"?utf-8\"?\s*)?", re.IGNORECASE)
_CSV = re.compile(r"text/csv\s*(?:;\s*(?:charset\s*=\s*\"?utf-8\"?|header\s*=\s*present)\s*)*", re.IGNORECASE)
_JSON = re.compile(r"application/(?:[a-z0-9.-]+\+)?json\s*(?:;\s*charset\s*=\s*\"?utf-8\"?\s*)?", re.IGNORECASE)


class Edge:
    """Wraps the application. `render` makes a problem's body; it may not touch the database.

    `anonymous` are methods and path patterns on which nothing about the caller is read: their Authorization, cookie
    and trace headers are dropped before anything else sees them (contract 1.4). `forms` are those that a browser
    may send a form to: nothing in it is read. `read_forms` are those to which a program may send one, each with what
    makes a JSON object of it or raises a problem. `tables` are those to which a table of comma-separated values may
    come as it is: it goes on as a JSON body with one field `csv`; what comes to them may be larger
    (`LARGEST_TABLE`). `bodiless` says of a method and path if it is an operation without a body. `fixed` gives the
    methods of a path that no other may take for its own (routers/fixed_paths.py). `before_body` raises a
    problem for what is refused before its body is read. `around` is put around the problems that are answered here, as
    it is around the application: a browser may read them where it may read others. `more` are further headers of an
    answer, by the scope of its request.
    """

    def __init__(
        self,
        app: App,
        *,
        render: Render,
        on_crash: Callable[[Scope, Exception], None],
        max_body_bytes: int,
        anonymous: Iterable[tuple[str, re.Pattern[str]]] = (),
        forms: Iterable[tuple[str, re.Pattern[str]]] = (),
        read_forms: Iterable[tuple[str, re.Pattern[str], ReadForm]] = (),
        tables: Iterable[tuple[str, re.Pattern[str]]] = (),
        bodiless: Callable[[str, str], bool] = lambda _method, _path: False,
        fixed: Callable[[str], frozenset[str] | None] = lambda _path: None,
        before_body: Callable[[Scope], None] = lambda _scope: None,
        around: Callable[[App], App] = lambda app: app,
        more: Callable[[Scope], Iterable[tuple[str, str]]] = lambda _scope: (),
    ) -> None:
        self._app = app
        self._render = render
        self._on_crash = on_crash
        self._max_body = max_body_bytes
        self._max_table = max(max_body_bytes, LARGEST_TABLE)
        self._anonymous = tuple(anonymous)
        self._forms = tuple(forms)
        self._read_forms = tuple(read_forms)
        self._tables = tuple(tables)
        self._bodiless = bodiless
        self._fixed = fixed
        self._before_body = before_body
        self._around = around
        self._more = more

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # A copy: the server reads its own scope again when it answers, to know whether this was a HEAD.
        scope = dict(scope)
        if _is_one_of(self._anonymous, scope):
            scope["headers"] = [(name, value) for name, value in scope["headers"] if name not in _UNREAD]
        # Of several with one name the first counts.
        headers = dict(reversed(scope["headers"]))
        request_id = request_id_of(headers.get(b"traceparent", b"").decode("latin-1"))
        scope.setdefault("state", {})["request_id"] = request_id
        head = scope["method"] == "HEAD"
        if head:
            scope["method"] = "GET"
        answer = _Answer(send, scope, request_id=request_id, head=head, more=self._more)
        try:
            self._check_size(scope)
            self._check_method(scope)
            self._before_body(scope)
            replay = await self._read_body(scope, headers, receive)
            await self._app(scope, replay, answer.send)
        except Problem as problem:
            await self._refuse(scope, receive, answer.send, problem)
        except Exception as exc:
            self._on_crash(scope, exc)
            if answer.started:
                raise
            await self._refuse(scope, receive, answer.send, Problem())

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, problem: Problem) -> None:
        body = self._render(scope, problem)

        async def refusal(_scope: Scope, _receive: Receive, send: Send) -> None:
            await _send_problem(send, problem, body)

        await self._around(refusal)(scope, receive, send)

    def _check_size(self, scope: Scope) -> None:
        if len(scope.get("raw_path") or b"") + len(scope.get("query_string") or b"") > LONGEST_URL:
            raise UriTooLong
        size = sum([len(name) + len(value) for name, value in scope["headers"]])
        if size > LARGEST_HEADERS:
            raise HeadersTooLarge
        if size > LARGEST_HEADER and any(
            len(value) > LARGEST_HEADER and name in READ_HEADERS for name, value in scope["headers"]
        ):
            raise HeadersTooLarge(f"At most {LARGEST_HEADER} bytes of one header are read.")

    def _check_method(self, scope: Scope) -> None:
        methods = self._fixed(scope["path"])
        if methods is not None and scope["method"] not in methods:
            raise MethodNotAllowed(headers={"Allow": allow(methods)})

    async def _read_body(self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive) -> Receive:
        """Read the whole body within its limit and check it. Every body here is JSON, but for a form's empty post."""
        most = self._max_table if _is_one_of(self._tables, scope) else self._max_body
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or len(length) > LONGEST_LENGTH or int(length) > most:
            raise BodyTooLarge(f"At most {most} bytes are read.")
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return _ended(message)
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > most:
                raise BodyTooLarge(f"At most {most} bytes are read.")
        kind = headers.get(b"content-type", b"").decode("latin-1").strip()
        is_json = _JSON.fullmatch(kind) is not None
        if not is_json and _FORM.fullmatch(kind) and _is_one_of(self._forms, scope):
            body.clear()
        as_json = None if is_json else self._to_json(kind, scope)
        if as_json is not None:
            body = bytearray(as_json(scope, bytes(body)))
            is_json = True
            others = [(name, value) for name, value in scope["headers"] if name not in _OF_THE_BODY]
            of_json = ((b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()))
            scope["headers"] = [*others, *of_json]
        if body:
            if not is_json:
                raise UnsupportedMediaType(f"Please send {' or '.join(self._kinds(scope))}, in UTF-8.")
            try:
                value = strict_json.check(bytes(body))
            except strict_json.Refused as exc:
                raise MalformedJson(str(exc)) from exc
            # Some clients send {} with every POST; it says nothing, so nothing is lost.
            if value != {} and self._bodiless(scope["method"], scope["path"]):
                raise UnexpectedBody
        return again({"type": "http.request", "body": bytes(body), "more_body": False}, receive)

    def _to_json(self, kind: str, scope: Scope) -> ReadForm | None:
        """What makes a body of this kind a JSON one; None where it is one, or should be."""
        if _CSV.fullmatch(kind) and _is_one_of(self._tables, scope):
            return _table_as_json
        for method, path, read in self._read_forms:
            if _URLENCODED.fullmatch(kind) and _is_one_of(((method, path),), scope):
                return read
        return None

    def _kinds(self, scope: Scope) -> Iterator[str]:
        """The media types that this operation reads."""
        yield "application/json"
        if _is_one_of(self._tables, scope):
            yield "text/csv"
        if any(_is_one_of(((method, path),), scope) for method, path, _ in self._read_forms):
            yield "application/x-www-form-urlencoded"


class Cors(CORSMiddleware):
    """A preflight that is refused gets the problem of any other OPTIONS; without permission the browser stops there."""

    def preflight_response(self, request_headers: Headers) -> Any:
        answer = super().preflight_response(request_headers)
        return self.app if answer.status_code >= 400 else answer


def allow(methods: Iterable[str]) -> str:
    """The value of `Allow`: where there is a GET, there is a HEAD."""
    found = set(methods)
    return ", ".join(sorted(found | {"HEAD"} if "GET" in found else found))


def _table_as_json(_scope: Scope, table: bytes) -> bytes:
    """A table as the field of a JSON body. Raises InvalidRequest for one that is no text."""
    try:
        text = table.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    # UTF-16 of plain letters is UTF-8 with a NUL after each.
    if "\0" in text:
        fault = {"pointer": "#/csv", "code": "csv_encoding", "detail": "The table is not text in UTF-8."}
        raise InvalidRequest(errors=[fault])
    return json.dumps({"csv": text}, ensure_ascii=False).encode()


def _is_one_of(operations: Iterable[tuple[str, re.Pattern[str]]], scope: Scope) -> bool:
    return any(scope["method"] == method and path.fullmatch(scope["path"]) for method, path in operations)


def request_id_of(traceparent: str | None) -> str:
    """A caller's trace id (W3C Trace Context) when it is well-formed, otherwise one of our own."""
    found = _TRACEPARENT.fullmatch(traceparent or "")
    return found["trace"] if found else uuid.uuid4().hex


class _Answer:
    """Adds the headers of every answer, and drops the body of a HEAD."""

    def __init__(
        self,
        send: Send,
        scope: Scope,
        *,
        request_id: str,
        head: bool,
        more: Callable[[Scope], Iterable[tuple[str, str]]],
    ) -> None:
        self._send, self._scope, self._request_id, self._head, self._more = send, scope, request_id, head, more
        self.started = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            headers = [(name, value) for name, value in message["headers"] if name not in _OURS]
            there = {name for name, _ in headers}
            headers += [(b"x-request-id", self._request_id.encode()), *_OF_EVERY_ANSWER]
            for name, value in ({"cache-control": "no-store"} | self._scope["state"].get("headers", {})).items():
                raw = name.lower().encode("latin-1")
                if raw not in there:
                    there.add(raw)
                    headers.append((raw, value.encode("latin-1")))
            for name, value in self._more(self._scope):
                headers.append((name.lower().encode("latin-1"), value.encode("latin-1")))
            message["headers"] = headers
        elif self._head and message["type"] == "http.response.body":
            message = {"type": "http.response.body", "body": b"", "more_body": message.get("more_body", False)}
        await self._send(message)


def again(first: Message, receive: Receive) -> Receive:
    """What was taken from `receive` once more, and then what else it has."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return first

    return replay


def _ended(message: Message) -> Receive:
    async def ended() -> Message:
        return message

    return ended


async def _send_problem(send: Send, problem: Problem, body: bytes) -> None:
    headers = {"content-type": "application/problem+json", "content-length": str(len(body))} | problem.headers
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": problem.status, "headers": raw})
    await send({"type": "http.response.body", "body": body})


def dump(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
