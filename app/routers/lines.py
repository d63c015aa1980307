"""In which line each request waits when more is asked than can be done (docs/overload.md). A rule for every route."""

from __future__ import annotations

import re

from app.core.admission import Line
from app.settings import Settings

FIRST, ACTING, SIGNING_IN, READING, REST = range(5)
NAMES = ("first", "acting", "signing_in", "reading", "rest")

_SCHOOL = r"/v1/schools/[^/]+"
# Never made to wait: they cost next to nothing, and must answer when little else does.
_AT_ONCE = re.compile(rf"/healthz|/readyz|/v1/meta|/join|{_SCHOOL}/help-now")
# Whoever tells of a peer, whoever comes back to what they told, and whoever is paged for it.
_FIRST = re.compile(
    rf"POST (?:{_SCHOOL}/(?:reports|advice-requests)|/v1/(?:receipts|contact-codes)/session)"
    rf"|GET {_SCHOOL}/report-challenge"
    r"|[A-Z]+ /v1/(?:me/report|pages|me/pages)(?:/.*)?"
)
# What hashes a password, or may: dear, and asked by whoever guesses.
_SIGNING_IN = re.compile(r"(?:POST|PUT) /v1/(?:auth/(?:token|password|identities)|invitations/accept)")
# Large answers, and what is worked out for a while.
_BULK = re.compile(
    r"[A-Z]+ .*/(?:imports|export|preview|retention-runs(?:/.*)?|statistics(?:[./].*)?|succession/forecast)"
    r"|[A-Z]+ .*/imports/preview"
)
# Without an account: read, or sent while nobody is in need of it.
_READING = re.compile(
    rf"GET (?:{_SCHOOL}/(?:directory(?:/snapshot|/changes|/(?!corrections$|entries$|review-tasks$|export$)[^/]+)?"
    r"|guidance(?:/.*)?|stories(?:/(?!submissions$)[^/]+)?|readers|scripts|privacy-statement|transparency"
    r"|open-invitations|selection-criteria|obligations-cards|role-cards(?:/.*)?"
    r"|action-plan-templates|practice-scenarios(?:/.*)?|coverage/now|profile|sites)"
    r"|/hsds/.*|/\.well-known/.*|/openapi\.json|/docs(?:/.*)?)"
    rf"|POST (?:{_SCHOOL}/(?:referral-options|practice-scenarios/[^/]+/moves|stories/submissions"
    r"|directory/[^/]+/corrections|expressions-of-interest|suggestions|open-invitations/[^/]+/choice-sessions)"
    r"|/v1/(?:stories/mine(?:/.*)?|evaluation/.*|expressions-of-interest/take-back|invitations/look))"
)
# A case, what waits to be one, and who is on call for it. These lists are how a handler finds what to do: whoever only
# reads, and needs no account for that, must not be able to keep them from it.
_CASE = re.compile(
    rf"GET (?:{_SCHOOL}/(?:(?:reports|advice-requests|confidentiality-decisions|unanswered)(?:/.*)?"
    r"|rosters/[^/]+/on-call)|/v1/(?:me/contacts(?:/.*)?|me/shifts|auth/me|me/choice(?:/.*)?))"
)


def place_of(method: str, path: str) -> int | None:
    """The line of a request, whether there is such a route or not; None for what is never made to wait."""
    if method == "GET" and _AT_ONCE.fullmatch(path):
        return None
    asked = f"{method} {path}"
    if _FIRST.fullmatch(asked):
        return FIRST
    if _SIGNING_IN.fullmatch(asked):
        return SIGNING_IN
    if _BULK.fullmatch(asked):
        return REST
    if _READING.fullmatch(asked):
        return READING
    if method != "GET" or _CASE.fullmatch(asked):
        return ACTING
    return REST


def of(settings: Settings) -> tuple[Line, ...]:
    """The lines, in their order. Seconds: what somebody waits for, by what they do; an app gives up after ten or more.

    As many wait as are answered well within that time: those who come in one moment, such as what one screen asks for,
    or a class that searches, are not refused for it. Refusals of the first two are counted together: how many reports
    there were is nobody's to know (design, 1.7).
    """
    others = settings.other_requests_at_once
    return (
        Line("first", settings.requests_at_once, settings.reports_waiting, 8.0, "first_or_acting"),
        Line("acting", others, 16 * others, 4.0, "first_or_acting"),
        # Each hash is about 0.2 s of four threads (identity/passwords.py): more in hand would only hold places.
        Line("signing_in", min(3, others), 4 * others, 4.0, "signing_in"),
        Line("reading", max(1, others - 1), 16 * others, 2.0, "reading"),
        Line("rest", max(1, others // 2), 8 * others, 1.0, "rest"),
    )
