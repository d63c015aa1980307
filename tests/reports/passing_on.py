"""Words for what is passed on: a summary, what its reporter says to it, a supporter's contact."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

import httpx
from sqlmodel import Session

from app.contacts import service as contacts
from app.core import clock
from app.core.clock import hour_of
from app.models import RelaySummary, Report
from app.vault import columns
from app.vocabulary import RelayPurpose, RelaySummaryState, Role, WhoIsMet
from tests.reports.harbour import REPORTS, Cast, act, cast, listed
from tests.support.world import Someone, World

MINE = "/v1/me/report/relay-summary"
CONTACTS = "/v1/me/contacts"
NARRATIVE = "She sat alone on the 7:40 train home again last Tuesday and cried behind her scarf."
SUMMARY = "Somebody to talk to would do her good."
REACH = "Text her on +61 2 5550 4242, after four."
NO_RISK = {
    "small_placement_group": "no",
    "details_only_one_person_could_know": "no",
    "where_or_when_exactly": "no",
}


@dataclass
class Held:
    """A report that Noor holds, and Wren, who supports peers."""

    people: Cast
    supporter: Someone
    receipt: str
    reporter: dict[str, str]
    report_id: str

    @property
    def path(self) -> str:
        return f"{REPORTS}/{self.report_id}"


async def held(world: World, **fields: Any) -> Held:
    people = await cast(world)
    supporter = await world.person(Role.SUPPORTER, alias="Wren", paged=True)
    made = await world.report("tearful", **{"narrative": NARRATIVE, "wants": "offer_of_support_to_peer", **fields})
    assert made.status_code == 201, made.text
    [summary] = await listed(world, people.triager)
    assert (await act(world, people.triager, summary["id"], "claim")).status_code == 200
    receipt = made.json()["receipt"]
    return Held(people, supporter, receipt, await world.reporter(receipt), summary["id"])


async def summarise(world: World, story: Held, text: str = SUMMARY, **fields: Any) -> httpx.Response:
    body = {"purpose": "supporter", "who": "peer", "text": text, "outing_check": NO_RISK, **fields}
    return await world.http.post(
        f"{story.path}/relay-summary", headers=story.people.triager.headers | world.once(), json=body
    )


async def mine(world: World, story: Held) -> httpx.Response:
    shown = await world.http.get(MINE, headers=story.reporter)
    assert shown.status_code == 200, shown.text
    return shown


async def decide(
    world: World, story: Held, decision: str, text: str | None = None, *, etag: str | None = None
) -> httpx.Response:
    """What the reporter says to the version they see, or saw."""
    etag = etag or (await mine(world, story)).headers["etag"]
    body = {"decision": decision} | ({} if text is None else {"text": text})
    return await world.http.put(MINE, headers=story.reporter | {"If-Match": etag}, json=body)


async def ask(world: World, story: Held, supporter: Someone | None = None, who: str = "peer") -> httpx.Response:
    """Hand it to a supporter."""
    body = {"supporter": str((supporter or story.supporter).id), "who": who, "contact": REACH}
    return await world.http.post(
        f"{story.path}/contacts", headers=story.people.triager.headers | world.once(), json=body
    )


async def agreed(world: World, story: Held) -> None:
    assert (await summarise(world, story)).status_code == 201
    assert (await decide(world, story, "approve")).status_code == 200


async def offered(world: World, story: Held) -> str:
    """The id of a contact that waits for its supporter's answer."""
    await agreed(world, story)
    asked = await ask(world, story)
    assert asked.status_code == 201, asked.text
    contact_id: str = asked.json()["id"]
    return contact_id


async def answer(
    world: World, supporter: Someone, contact_id: str, action: str, body: dict[str, Any] | None = None
) -> httpx.Response:
    """`accept`, `decline` or `end`."""
    return await world.http.post(f"{CONTACTS}/{contact_id}/{action}", headers=supporter.headers, json=body)


async def my_contacts(world: World, supporter: Someone) -> list[dict[str, Any]]:
    found = await world.http.get(CONTACTS, headers=supporter.headers)
    assert found.status_code == 200, found.text
    items: list[dict[str, Any]] = found.json()["items"]
    return items


def put_in_place(session: Session, report_id: str, supporter: Someone) -> str:
    """A summary that waits for its reporter, and the contact of a supporter, past everything that leads to them."""
    report = session.get_one(Report, uuid.UUID(report_id))
    row = RelaySummary(
        report_id=report.id,
        number=1,
        purpose=RelayPurpose.SUPPORTER,
        who=WhoIsMet.PEER,
        text_sealed=b"",
        outing_check=NO_RISK,
        outing_risk=False,
        state=RelaySummaryState.AWAITING_REPORTER,
        written_hour=hour_of(clock.now()),
    )
    columns.RELAY_SUMMARY.seal(session, row, SUMMARY, school_id=report.school_id)
    session.add(row)
    made = contacts.offer(
        session,
        report,
        supporter=supporter.id,
        who=WhoIsMet.PEER,
        reach=REACH,
        summary=SUMMARY,
        summary_number=1,
        now=clock.now(),
    )
    return str(made.id)
