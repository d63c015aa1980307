"""Everything in Peerline that reads what somebody else has written, and what each may refuse it with.

A parser of a request's body by its schema is here once for each shape; that every operation holds to its schema is
tested over HTTP (tests/fuzzing, tests/contract/test_hostile_bodies.py).
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from app.core import asgi, crypto, preconditions, receipts, strict_json, tables
from app.core.pagination import PageRequest
from app.core.problems import InvalidCursor, MalformedForm, Problem
from app.directory import csv_table, help_files, hours_notation, pack
from app.directory.exception_dates import NoSuchDate, read_dates
from app.directory.import_schemas import DirectoryImport
from app.directory.keeping_schemas import EntryPut
from app.guidance import languages
from app.idempotency import service as idempotency
from app.identity import people_rows
from app.identity.people_import_schemas import PeopleImport
from app.identity.tokens import REPORTER, STAFF, InvalidToken, TokenKeys, new_key_pair
from app.reports.challenges import Issuer
from app.reports.schemas import ReportCreate
from app.rosters import ical, imports, rendering
from app.rosters.schemas import PreviewRequest
from app.routers import oauth_forms
from app.sso import id_tokens, public_keys
from app.webhooks.sending import LONGEST_RETRY_AFTER, _retry_after
from tests.parsing.given import octets, texts, values

NOW = dt.datetime(2026, 11, 27, 9, 0, tzinfo=dt.UTC)
SOMEBODY = uuid.UUID("0d6c8a3e-5f0e-4d7e-9d5e-0a1b2c3d4e5f")


@dataclass(frozen=True, slots=True)
class Parser:
    """`refused`: what it may raise. Anything else that comes out of it is a crash."""

    name: str
    given: st.SearchStrategy[Any]
    read: Callable[[Any], object]
    refused: tuple[type[Exception], ...] = ()


def _schema(kind: type[BaseModel]) -> Callable[[Any], object]:
    """As the API reads a body: the strict parser first, then the model."""

    def read(value: Any) -> object:
        body = strict_json.check(json.dumps(value).encode())
        return kind.model_validate_json(json.dumps(body))

    return read


_private, _public = new_key_pair("k1")
_keys = TokenKeys(issuer="peerline", signing=_private, published={"k1": _public})


def _token(audience: str) -> str:
    return _keys.issue(
        subject=SOMEBODY, session=SOMEBODY, school="harbour", roles=frozenset({"adviser"}), audience=audience,
        now=NOW, lifetime=dt.timedelta(days=3650),
    )  # fmt: skip


def _read_token(token: str) -> object:
    claims = _keys.read(token, audience=STAFF, now=NOW)
    # Only what was issued is accepted: base64url has no second spelling for a signature that would do.
    assert token in TOKENS[:1], "a token was accepted that nobody issued"
    return claims


TOKENS = (_token(STAFF), _token(REPORTER))


def _bare(claims: dict[str, Any], header: dict[str, Any]) -> str:
    parts = (json.dumps(part).encode() for part in (header, claims))
    return ".".join([*(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts), "c2ln"])


def _unsigned(value: Any) -> str:
    """A token of the right shape around any header and claims."""
    header, claims = value if isinstance(value, list) and len(value) == 2 else ({"alg": "none"}, value)
    return _bare(claims, header)


_page = PageRequest(limit=20, cursor=None, key=crypto.new_key(), scope="reports|somebody")
CURSORS = (
    _page.cursor_at(NOW, SOMEBODY),
    _page.cursor_at_ranked(2, NOW, SOMEBODY),
    _page.cursor_at_position(7),
    _page.cursor_at_names(["a", "b"]),
    _page.cursor_after_rows([SOMEBODY]),
)
_ELSEWHERE = PageRequest(limit=20, cursor=None, key=_page.key, scope="reports|another").cursor_at(NOW, SOMEBODY)


def _read_cursor(cursor: str) -> object:
    asked = PageRequest(limit=20, cursor=cursor, key=_page.key, scope=_page.scope)
    found: list[object] = []
    for read in (asked.after, asked.after_ranked, asked.after_position, asked.after_names, asked.after_rows):
        try:
            found.append(read())
        except InvalidCursor:
            continue
    if not found:
        raise InvalidCursor
    assert cursor in CURSORS, "a cursor was accepted that nobody was given"
    return found


def _read_receipt(typed: str) -> object:
    form = receipts.normal_form(typed)
    assert receipts.normal_form(form) == form, "read again, it is another receipt"
    return form


_challenges = Issuer(signing=crypto.new_key(), solving=crypto.new_key())


def _read_solution(solution: str) -> object:
    shown = _challenges.look_at(solution, level=1, now=NOW)
    assert shown is None, "work was accepted that nobody has done"
    return shown


def _read_hours(text: str) -> object:
    rules = hours_notation.parse(text)
    for rule in rules:
        assert all(0 <= start < end <= 2 * hours_notation.MINUTES_OF_A_DAY for start, end in rule.ranges), rule
    return rules


def _read_roster(value: Any) -> object:
    asked: Any = _schema(PreviewRequest)(value)
    rendering.render(asked.roster.to_definition(), asked.window.to_definition())
    return asked


def _read_shifts(text: str) -> object:
    known = {"lee@seaside.example": str(SOMEBODY)}
    rows = imports._rows(text)
    zone = ZoneInfo("Australia/Melbourne")
    return [imports._row(row, number, known, zone, now=NOW) for number, row in enumerate(rows, start=1)]


def _read_people(text: str) -> object:
    return list(people_rows.read(PeopleImport(csv=text)))


def _read_entries(text: str) -> object:
    found = []
    for _, fields in csv_table.read(text):
        try:
            found.append(EntryPut.model_validate(fields))
        except ValidationError as error:
            tables.faults_of(error, "#/csv/1")
    return found


def _read_form(body: bytes) -> object:
    basic = b"Basic " + base64.b64encode(body[:40])
    return json.loads(oauth_forms.read({"type": "http", "headers": [(b"authorization", basic)], "state": {}}, body))


def _write_calendar(name: str) -> object:
    """Whatever a roster is called, other programs read one calendar with one event of that name."""
    start = NOW.replace(microsecond=0)
    event = ical.Event(SOMEBODY, 1, start, start, start + dt.timedelta(hours=1), name, cancelled=False, busy=True)
    written = ical.document(name, (event,))
    (read,) = icalendar.Calendar.from_ical(written).walk("VEVENT")
    assert str(read["summary"]) == ical.plain(name)
    assert all(len(line) <= 75 for line in written.split(b"\r\n"))
    return read


def _read_wait(header: str) -> object:
    wait = _retry_after(header)
    assert wait is None or 0 <= wait <= LONGEST_RETRY_AFTER
    return wait


def _read_language(header: str) -> object:
    chosen = languages.choose(header, available=("en", "fr", "zh-Hans"), default="en")
    assert chosen in ("en", "fr", "zh-Hans")
    return chosen


_ROSTERS = [
    {
        "roster": {name: case[name] for name in ("time_zone", "layers", "overrides", "combine") if name in case},
        "window": case["window"],
    }
    for case in json.loads(Path(__file__).parents[1].joinpath("rosters", "roster-cases.json").read_text())["cases"]
]
_REPORT = {
    "signs": ["tearful", "said_thoughts_of_suicide"], "narrative": "They said that they are tired.",
    "wants": "advice_only", "language": "en",
}  # fmt: skip
_ENTRY = {
    "id": "seaside-counselling", "tier": "professional", "name": "Counselling", "hours": "Mo-Fr 09:00-17:00; PH off",
    "sources": [{"url_or_text": "https://seaside.example", "date": "2026-11-01"}],
}  # fmt: skip
_PEOPLE = "external_id,login,alias,roles,active\r\nu1,lee@seaside.example,Lee,student;evaluator,yes\r\nu2,,,none,no\r\n"
_ENTRIES = 'id,tier,name,hours,source_1,source_1_date\r\na,professional,"A, B",24/7,https://a.example,2026-11-01\r\n'
_SHIFTS = "person,start,end,replaces,reason\nlee@seaside.example,2027-03-15T09:00,2027-03-16 09:00,,swap\n"
_ID_TOKEN = [
    {"alg": "ES256", "kid": "a", "typ": "JWT"},
    {"iss": "https://a.example", "aud": ["b"], "sub": "c", "exp": 2**31, "iat": 1, "nonce": "n"},
]
_JWKS = {
    "keys": [
        {"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "B" * 43, "kid": "a", "alg": "ES256", "use": "sig"},
        {"kty": "RSA", "n": "u" * 342, "e": "AQAB", "kid": "b", "key_ops": ["verify"]},
    ]
}
_HELP = json.loads(json.dumps({"place": {"region": "VIC", "time_zone": None, "local_days": []}, "content": {}}))
_PACK = "id,tier,name,hours\na,emergency,Emergency,24/7\n"

PARSERS = (
    Parser("JSON", octets(b'{"a": [1, "\\u00e9", null]}', b"[" * 33), strict_json.check, (strict_json.Refused,)),
    Parser("a report", values(_REPORT), _schema(ReportCreate), (ValidationError, strict_json.Refused)),
    Parser("a table of people", texts(_PEOPLE), _read_people, (Problem, ValidationError)),
    Parser("people as JSON", values({"rows": [{"external_id": "u1", "login": "a@b.example", "roles": ["student"]}]}),
           _schema(PeopleImport), (ValidationError, strict_json.Refused)),
    Parser("a table of a directory", texts(_ENTRIES), _read_entries, (Problem,)),
    Parser("a directory as JSON", values({"entries": [_ENTRY]}), _schema(DirectoryImport),
           (ValidationError, strict_json.Refused)),
    Parser("a table of shifts", texts(_SHIFTS), _read_shifts, (Problem,)),
    Parser("a schedule", values(*_ROSTERS), _read_roster, (ValidationError, strict_json.Refused)),
    Parser("opening hours", texts("PH off; Mo-Fr 09:00-17:00,18:00-26:00; 2026 Dec 24-2027 Jan 03 off", "24/7"),
           _read_hours, (hours_notation.OpeningHoursError,)),
    Parser("dates", texts("Dec 24-Jan 03", "2026 Feb 29"), read_dates, (NoSuchDate,)),
    Parser("a pack of a directory", texts(_PACK), lambda text: pack.parse_pack(text, country="AU", file="a.csv"),
           (pack.PackError,)),
    Parser("a name in a calendar", texts("Night line"), _write_calendar),
    Parser("an access token", texts(*TOKENS, longest=5000), _read_token, (InvalidToken,)),
    Parser("an access token of any claims", values([{"alg": "ES256", "kid": "k1", "typ": "at+jwt"}, {"sub": "a"}])
           .map(_unsigned), _read_token, (InvalidToken,)),
    Parser("a provider's token", values(_ID_TOKEN).map(_unsigned), id_tokens.parse, (id_tokens.NotAccepted,)),
    Parser("a provider's token as text", texts(_unsigned(_ID_TOKEN)), id_tokens.parse, (id_tokens.NotAccepted,)),
    Parser("a provider's keys", values(_JWKS), public_keys.parse, (ValueError,)),
    Parser("a receipt", texts("7K3QD-0ABCD-EFGHJ-KMNPQ", "7k3qd 0abcd"), _read_receipt),
    Parser("a cursor", texts(*CURSORS, _ELSEWHERE), _read_cursor, (InvalidCursor,)),
    Parser("work that was asked for", texts(base64.b64encode(b'{"challenge": {"parameters": {}}}').decode()),
           _read_solution),
    Parser("an Idempotency-Key", texts('"8e03978e-40d5-43e8-bc93-6894a57f9324"'), idempotency.parse_key, (Problem,)),
    Parser("a list of tags", texts('W/"a", "b"', "*"), lambda text: preconditions.matches(text, '"b"', weak=True)),
    Parser("Accept-Language", texts("fr-CA, fr;q=0.8, *;q=0.1"), _read_language),
    Parser("traceparent", texts("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), asgi.request_id_of),
    Parser("an OAuth client's form", octets(b"grant_type=password&username=a"), _read_form, (MalformedForm, Problem)),
    Parser("Retry-After", texts("120", "Fri, 27 Nov 2026 09:00:00 GMT", "27 Nov 2026 09:00 -0000"),
           _read_wait),
    Parser("help kept on disk", values(_HELP).map(lambda value: json.dumps(value).encode()), help_files.read,
           (ValueError, TypeError, KeyError, AttributeError)),
)  # fmt: skip
