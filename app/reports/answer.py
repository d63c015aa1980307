"""The answer to a report as the bytes of a ReportCreated: most of it is part of many answers, and is made once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from app.directory import catalogue
from app.directory.catalogue import Catalogue
from app.guidance import answers
from app.guidance.pack import load_guidance
from app.guidance.signs import Relationship
from app.models import School
from app.paging import expectation
from app.paging.schemas import Expect
from app.reports.schemas import ReportCreate, ReportLinks

_LINKS = ReportLinks(session="/v1/receipts/session").model_dump_json().encode()


@dataclass(frozen=True, slots=True)
class Promise:
    """What a reporter can expect: `sent` as JSON, `kept` as the fact that stays."""

    expect: Expect
    sent: bytes
    kept: dict[str, Any]

    @classmethod
    def of(cls, expect: Expect) -> Promise:
        return cls(expect, expect.model_dump_json().encode(), expectation.kept(expect))


@dataclass(frozen=True, slots=True)
class Help:
    """What follows from what was ticked, without any promise: `first` goes before it, `last` after it."""

    first: bytes
    last: bytes


class Sent(Protocol):
    """A model that keeps its JSON."""

    @property
    def sent(self) -> bytes: ...


def help_for(school: School, found: Catalogue, body: ReportCreate, *, now: dt.datetime) -> Help:
    """Services, options for the other and for oneself, and that one goes on as a friend."""
    signs, priority, about_whom = body.signs, body.priority, body.about_whom
    services = catalogue.help_for(
        found,
        school,
        signs=signs,
        concern_types=body.concern_types,
        priority=priority,
        about_whom=about_whom,
        avoid_site_ids=[str(site) for site in body.avoid_site_ids],
        site_id=body.site_id,
        at=now,
    )
    relationship = body.relationship or Relationship.PREFER_NOT_TO_SAY
    options = answers.what_you_can_do(
        signs,
        priority=priority,
        concern_types=body.concern_types,
        about_whom=about_whom,
        relationship=relationship,
    )
    for_you = answers.for_you(signs, priority=priority, about_whom=about_whom)
    goes_on = answers.continue_as_friend(signs, priority=priority, about_whom=about_whom)
    first = b'","help_now":%b,"what_you_can_do":%b,"for_you":%b,"expect":' % (
        _list(services),
        _list(options),
        _list(for_you),
    )
    friend = load_guidance().friend_as_json[goes_on]
    return Help(first, b',"continue_as_friend":%b,"identity_kept":' % friend)


def body_of(receipt: str, help_: Help, promise: Promise, *, identity_kept: bool) -> bytes:
    """The whole of it. A receipt has no character that JSON would escape."""
    kept = b"true" if identity_kept else b"false"
    return b"".join(
        (b'{"receipt":"', receipt.encode(), help_.first, promise.sent, help_.last, kept, b',"links":', _LINKS, b"}")
    )


def _list(models: Iterable[Sent]) -> bytes:
    return b"[%b]" % b",".join([model.sent for model in models])
