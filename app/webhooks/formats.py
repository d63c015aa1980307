"""What an endpoint is sent of an event: the event itself as JSON, or a sentence for Slack or ntfy.

A sentence says that there is something, never what anybody wrote. Sources: Standard Webhooks 1.0.0; Slack, "Sending
messages using incoming webhooks" and "Formatting text for app surfaces"; ntfy, "Publishing".
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from app.vocabulary import EndpointFormat

# Of ntfy: 5 rings long and shows over everything else, 4 rings, 3 is any other message.
URGENT, HIGH, USUAL = 5, 4, 3
_SENTENCES = {
    "page.waiting": "many need you: {waiting} pages wait. Sign in to see them; the first is due before {ack_by}.",
    "page.cancelled": "you are no longer needed for what you were asked. You need do nothing.",
    "page.exhausted": "nobody has answered. A person must look now.",
    "conversation.message_added": "there is something new to read in a conversation.",
    "second_person.requested": "something takes a second person, and it can be you. Sign in to read it.",
    "second_person.changed": "there is news of what you asked a second person about. Sign in to read it.",
    "confidentiality_decision.review_due": "something was decided alone. Please look into it before {review_by}.",
    "relay.answered": "there is an answer to what you asked about passing something on.",
    "claim.ended": "somebody has given a worry back, or has taken one over from you. Sign in to look.",
    "contact.offered": "you are asked whether you would get in touch with somebody. Sign in to read it.",
    "contact.over": "a contact of yours is over. You need do nothing.",
    "coverage.gap_live": "nobody can be reached for {line} ({level}) now.",
    "coverage.gap_upcoming": "nobody will be there for {line} ({level}) from {starts_at} on.",
    "coverage.gap_closed": "a gap of {line} ({level}) is over.",
    "drill.finished": "a drill is over: {answered} of {asked} answered, {unreached} could not be reached.",
    "duty.relief_offered": "you were paged {night_pages} times tonight. You may hand over, and offer your shift.",
    "post.vacant": "nobody holds the post {post}.",
    "privacy_incident.opened": "there is a privacy incident to look into. Sign in to read it.",
    "retention.due": "the time of something that is kept is over. Sign in to see the list; nothing was erased.",
    "work.dead": "the service gave up on a piece of its own work. Look at the log of the server.",
    "webhook_endpoint.disabled": "an endpoint was switched off, and is told nothing more.",
    "webhook_endpoint.ping": "this is a test. Whoever reads it can be reached here.",
}


@dataclass(frozen=True, slots=True)
class Content:
    """The exact bytes of the body, and the headers that belong to them; those of the signature come on top."""

    body: bytes
    headers: Mapping[str, str]


def content(kind: EndpointFormat, document: Mapping[str, Any], *, zone: ZoneInfo) -> Content:
    """The same for the same arguments, so that every attempt sends the same (contract W3).

    `document` is the event, with `type`, `timestamp` and `data`, as its receiver may see it. `zone` is the school's.
    """
    if kind is EndpointFormat.SLACK:
        return _slack(document, zone)
    if kind is EndpointFormat.NTFY:
        return _ntfy(document, zone)
    return Content(_dump(document), {"content-type": "application/json"})


def sentence(document: Mapping[str, Any], *, zone: ZoneInfo) -> str:
    """What happened, to be read behind a colon."""
    kind, data = str(document["type"]), document["data"]
    day = _local(document["timestamp"], zone).date()
    if kind == "page.requested":
        return _asked(data, day, zone)
    if kind not in _SENTENCES:
        return f"there is news ({_words(kind)}). Sign in to read it."
    shown = {name: _words(str(value)) for name, value in data.items()}
    for name in ("starts_at", "ack_by", "review_by"):
        if name in data:
            shown[name] = _time(data[name], day, zone)
    return _SENTENCES[kind].format_map(shown)


def _asked(data: Mapping[str, Any], day: dt.date, zone: ZoneInfo) -> str:
    by = _time(data["ack_by"], day, zone)
    if data["ack_url"] is None:
        # A copy for others: whoever reads it was not asked.
        begin = "this is a drill: " if data["drill"] else ""
        return f"{begin}somebody was asked to help ({_words(data['level'])}), and should answer before {by}."
    if data["drill"]:
        return f"this is a drill: nobody is in need. Please answer before {by} all the same."
    return f"somebody needs you. Please answer before {by}."


def _slack(document: Mapping[str, Any], zone: ZoneInfo) -> Content:
    text = _escaped(f"{_sender(document)}: {sentence(document, zone=zone)}")
    link = document["data"].get("ack_url")
    if link is not None:
        text += f"\n<{_escaped(link)}|Open it to answer>"
    # Slack need not fetch the page behind the link, which would show nothing anyway.
    return Content(_dump({"text": text, "unfurl_links": False}), {"content-type": "application/json"})


def _ntfy(document: Mapping[str, Any], zone: ZoneInfo) -> Content:
    text = sentence(document, zone=zone)
    drill = " drill" if document["data"].get("drill") else ""
    headers = {
        "content-type": "text/plain; charset=utf-8",
        "title": _sender(document) + drill,
        "priority": str(_priority(document)),
    }
    link = document["data"].get("ack_url")
    if link is not None:
        # Both only open the page with the button: ntfy's `http` action would send the POST without it.
        headers |= {"click": link, "actions": f"view, Open it to answer, {link}"}
    return Content((text[:1].upper() + text[1:]).encode(), headers)


def _priority(document: Mapping[str, Any]) -> int:
    if document["type"] in ("page.requested", "page.exhausted"):
        return URGENT if document["data"]["priority"] == "now" else HIGH
    if document["type"] == "page.waiting":
        return URGENT
    return HIGH if document["type"] in ("coverage.gap_live", "second_person.requested") else USUAL


def _sender(document: Mapping[str, Any]) -> str:
    return f"Peerline ({document['data']['school']})"


def _time(instant: str, day: dt.date, zone: ZoneInfo) -> str:
    """The school's wall clock, with the date when it is not that `day`."""
    local = _local(instant, zone)
    return f"{local:%H:%M} ({local:%Z})" if local.date() == day else f"{local:%Y-%m-%d %H:%M} ({local:%Z})"


def _local(instant: str, zone: ZoneInfo) -> dt.datetime:
    return dt.datetime.fromisoformat(instant).astimezone(zone)


def _words(code: str) -> str:
    return code.replace(".", " ").replace("_", " ")


def _escaped(text: str) -> str:
    """The three characters that mean something to Slack; it asks to leave all others as they are."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _dump(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False, sort_keys=False).encode()
