"""What the page behind a link says, in HTML: no script, nothing of the matter, readable in the middle of the night."""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from app.core import clock
from app.paging.one_tap import Standing, Tap
from app.rosters import words
from app.routers.page_style import STYLE, source_of

_DOCUMENT = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{heading} · Peerline</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<style>{style}</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""
_BUTTON = '<form method="post"><button type="submit">I will take this on</button></form>'

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src {source_of(STYLE)}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Robots-Tag": "noindex",
}

_WITHOUT_BUTTON = {
    Standing.USED: (
        "You have taken this on before",
        "This link was used, or you took it on while signed in. It works once: nothing has changed now. Sign in to see "
        "whether it is still with you.",
    ),
    Standing.DECLINED: (
        "You have said no to this",
        "You need do nothing. If you can take it on after all, sign in.",
    ),
    Standing.TAKEN: ("Somebody else has it already", "Thank you. You need do nothing."),
    Standing.OVER: ("This is over", "Somebody has answered, or it was closed. You need do nothing."),
}
_OF_STATUS = {
    404: (
        "This link opens nothing",
        "It may not be whole. Open it once more from the message that it came in, or sign in to see your pages.",
    ),
    410: (
        "This link has expired",
        "It works until an hour after the time to answer. Sign in: what still waits for somebody can be taken on then.",
    ),
    422: (
        "This link opens nothing",
        "It is not whole. Open it once more from the message that it came in, or sign in.",
    ),
    429: ("Too many wrong links", "Wait a minute, and open the link once more from the message that it came in."),
}
_OTHERWISE = ("This did not work just now", "Trying again in a moment does no harm. You can sign in instead.")


def of_link(tap: Tap) -> str:
    """What there is to do, or why there is nothing."""
    if tap.standing is Standing.OPEN:
        heading, parts = _open(tap)
    elif tap.standing is Standing.YOURS_NOW:
        heading, parts = _yours_now(tap)
    else:
        heading, text = _WITHOUT_BUTTON[tap.standing]
        parts = [_paragraph(text)]
    if tap.drill:
        heading = f"Drill: {heading}"
        parts.insert(0, _paragraph("This is a drill. Nobody is in need."))
    return _page(heading, parts, above=tap.school)


def of_problem(status: int, *, help_members: Sequence[Mapping[str, str | None]]) -> str:
    """Why it did not work. Whoever is here cannot be told from anybody else: so it says whom to call as well."""
    heading, text = _OF_STATUS.get(status, _OTHERWISE)
    calls = [f"{each['name']}: {each['phone_display']}" for each in help_members[:1] if each["phone_display"]]
    return _page(heading, [_paragraph(text), *(_paragraph(f"If somebody is in danger now: {call}") for call in calls)])


def _open(tap: Tap) -> tuple[str, list[str]]:
    by = _when(tap.ack_by, tap.zone)
    if clock.now() <= tap.ack_by:
        when = f"<p>You are asked to take it on by {by}.</p>"
    else:
        when = f"<p>You were asked to take it on by {by}. Late is better than never.</p>"
    return "Somebody needs an answer", [
        when,
        _paragraph(
            "The button says: I will take this on. From then on you have "
            f"{words.hours(max(tap.to_reply, dt.timedelta(minutes=1)))} to sign in, read it and reply; without a reply "
            "the next person is asked."
        ),
        _BUTTON,
        _paragraph(
            "Opening this page has changed nothing. If you cannot take it on, close it. Signing in and declining lets "
            "the next person be asked sooner."
        ),
    ]


def _yours_now(tap: Tap) -> tuple[str, list[str]]:
    return "Thank you. It is yours now.", [
        f"<p>Sign in to read it, and reply by {_when(clock.now() + tap.to_reply, tap.zone)}. Without a reply the next "
        "person is asked.</p>",
        _paragraph("This link has done its work: you can close this page."),
    ]


def _when(instant: dt.datetime, zone: ZoneInfo) -> str:
    return f"<strong>{html.escape(words.moment(instant, zone))}</strong> ({html.escape(zone.key)} time)"


def _paragraph(text: str) -> str:
    return f"<p>{html.escape(text)}</p>"


def _page(heading: str, parts: Sequence[str], *, above: str | None = None) -> str:
    first = [_paragraph(above)] if above is not None else []
    body = "\n".join([*first, f"<h1>{html.escape(heading)}</h1>", *parts])
    return _DOCUMENT.format(heading=html.escape(heading), style=STYLE, body=body)
