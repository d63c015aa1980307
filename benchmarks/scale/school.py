"""The school that all others are copies of: made through the product's own API, its work done by the real worker."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

import httpx
from sqlmodel import Session, col, select

from app.core import clock
from app.models import LocalEntry, Report
from app.reports import erasing
from app.rosters import service as rosters
from app.schools import service as schools
from app.vocabulary import Level, Role, RosterLine
from app.worker import start_recurring
from benchmarks import kept_rosters, seed
from tests.paging import story
from tests.support.world import Someone, World

SLUG = "school-000000"
# Ordinary for ten years of a roster: about two changes a week where students swap, one in two weeks elsewhere.
YEARS = 10
CHANGES = {RosterLine.PEER_SUPPORT: 1040, RosterLine.CLINICAL_ADVICE: 260, RosterLine.TRIAGE: 260}
# Who is on them, by the beginning of what they do.
SERVING = {
    RosterLine.PEER_SUPPORT: "supporter_",
    RosterLine.CLINICAL_ADVICE: "backup",
    RosterLine.TRIAGE: "second_triager",
}
SUPPORTERS = 10


@dataclass(frozen=True, slots=True)
class Sent:
    """A report, by its reporter's receipt and by its path for those who read it."""

    receipt: str
    path: str


@dataclass(frozen=True, slots=True)
class Made:
    """What others copy: the school's id, its people by what they do, and a report of each kind."""

    school: uuid.UUID
    people: dict[str, Someone]
    reports: dict[str, list[uuid.UUID]]


async def make(world: World, *, years: int = YEARS, supporters: int = SUPPORTERS) -> Made:
    """One of everything that a school has, and reports as they stand at every point of their life."""
    await world.school(SLUG)
    people = await _people(world, supporters)
    await world.on_call(people["adviser"])
    await world.on_call(people["backup"], level=Level.BACKUP)
    await world.on_call(people["triager"], line=RosterLine.TRIAGE)
    school_id = await world.write(lambda session: _beside(session, people, years=years))
    makers = {
        "new": (_new, 3),
        "talk": (_talk, 2),
        "waiting": (_urgent, 1),
        "urgent": (_answered, 1),
        "closed": (_closed, 2),
        "closed_urgent": (_closed_urgent, 1),
        "erased": (_erased, 1),
    }
    reports: dict[str, list[uuid.UUID]] = {}
    known: set[uuid.UUID] = set()
    for kind, (maker, times) in makers.items():
        for number in range(times):
            await maker(world, people, number)
            await world.settle()
            found = await world.db.read(lambda session: set(session.exec(select(Report.id)).all()))
            [added] = found - known
            known |= found
            reports.setdefault(kind, []).append(added)
    # What the sweeps find the first time has been found.
    await world.write(start_recurring)
    await world.worker.drain(until=clock.now() + dt.timedelta(minutes=2))
    return Made(school_id, people, reports)


async def _people(world: World, supporters: int) -> dict[str, Someone]:
    people = {
        "triager": await world.person(Role.TRIAGER, school=SLUG, paged=True),
        "second_triager": await world.person(Role.TRIAGER, school=SLUG),
        "adviser": await world.person(Role.ADVISER, school=SLUG, paged=True),
        "backup": await world.person(Role.ADVISER, school=SLUG, paged=True),
        "coordinator": await world.person(Role.COORDINATOR, school=SLUG, paged=True),
        "sponsor": await world.person(Role.SPONSOR, school=SLUG, paged=True),
        "privacy_officer": await world.person(Role.PRIVACY_OFFICER, school=SLUG),
    }
    for number in range(supporters):
        people[f"supporter_{number}"] = await world.person(Role.SUPPORTER, school=SLUG, paged=number < 3)
    return people


def _beside(session: Session, people: dict[str, Someone], *, years: int) -> uuid.UUID:
    """Ten years of rosters, and a directory of its own."""
    school = schools.find(session, SLUG)
    now = clock.now()
    for line, changes in CHANGES.items():
        names = [str(someone.id) for key, someone in people.items() if key.startswith(SERVING[line])]
        made = seed.definition(
            names, line=line, began=seed.weeks_ago(now, 52 * years), now=now, past=changes * years // YEARS
        )
        level = Level.PRIMARY if line is RosterLine.PEER_SUPPORT else Level.BACKUP
        if line is RosterLine.CLINICAL_ADVICE:
            made = made.model_copy(update={"name": "In training, weekly"})
        stored = rosters.store(session, school_id=school.id, level=level, definition=made)
        kept_rosters._history(session, stored.id, years=years)
    for number in range(8):
        name = f"local-{number}"
        entry = seed.HARBOUR_COUNSELLING | {"id": name, "name": f"Made-up service {number}"}
        session.add(LocalEntry(school_id=school.id, entry_id=name, entry=entry))
    return school.id


async def _new(world: World, people: dict[str, Someone], number: int) -> Sent:
    del people
    body: dict[str, Any] = {
        "signs": [seed.CALM_SIGNS[number], seed.CALM_SIGNS[number + 1]],
        "about_whom": "someone_else",
        "relationship": "friend",
        "priority": ("soon", "today", "when_you_can")[number % 3],
        "wants": "offer_of_support_to_peer",
        "narrative": f"{seed.NARRATIVE} {'It has been like this for weeks. ' * (3 * number)}".strip(),
        "concern_types": [seed.CONCERNS[number]],
    }
    return await _sent(world, await world.http.post(f"/v1/schools/{SLUG}/reports", json=body))


async def _talk(world: World, people: dict[str, Someone], number: int) -> Sent:
    sent = await _new(world, people, number)
    triager = people["triager"].headers
    await _claim(world, sent.path, triager)
    for turn in range(2 + number):
        text = {"text": f"Thank you for telling us. {'How is she today? ' * (turn + 1)}"}
        _good(await world.http.post(f"{sent.path}/messages", headers=triager | world.once(), json=text))
        mine = await world.reporter(sent.receipt) | world.once()
        _good(await world.http.post("/v1/me/report/messages", headers=mine, json={"text": "A bit better."}))
    return sent


async def _urgent(world: World, people: dict[str, Someone], number: int) -> Sent:
    """Paged for, and acknowledged."""
    del number
    wants = "offer_of_support_to_peer"
    made = await world.report(story.URGENT, school=SLUG, narrative=seed.NARRATIVE, priority="now", wants=wants)
    sent = await _sent(world, made)
    await world.settle()
    await story.ack(world, people["adviser"])
    return sent


async def _answered(world: World, people: dict[str, Someone], number: int) -> Sent:
    sent = await _urgent(world, people, number)
    await story.reply(world, people["adviser"], "I am here, and I will ring you in ten minutes.")
    await world.settle()
    return sent


async def _closed(world: World, people: dict[str, Someone], number: int) -> Sent:
    sent = await _talk(world, people, number)
    await world.settle()
    await _close(world, people, sent.path)
    return sent


async def _closed_urgent(world: World, people: dict[str, Someone], number: int) -> Sent:
    sent = await _answered(world, people, number)
    await _claim(world, sent.path, people["triager"].headers)
    await _close(world, people, sent.path)
    return sent


async def _erased(world: World, people: dict[str, Someone], number: int) -> Sent:
    sent = await _closed(world, people, number)
    await world.settle()
    report_id = uuid.UUID(sent.path.rpartition("/")[2])

    def erase(session: Session) -> None:
        row = session.exec(select(Report).where(Report.id == report_id).with_for_update()).one()
        erasing.erase(session, row, now=clock.now(), outcome=None)

    await world.write(erase)
    return sent


async def _sent(world: World, made: httpx.Response) -> Sent:
    # Times of what is closed are cut to the hour: the last to come is the newest of all.
    newest = select(Report.id).order_by(col(Report.submitted_at).desc()).limit(1)
    found = await world.db.read(lambda session: session.exec(newest).one())
    return Sent(str(_good(made).json()["receipt"]), f"/v1/schools/{SLUG}/reports/{found}")


async def _claim(world: World, path: str, headers: dict[str, str]) -> None:
    shown = _good(await world.http.get(path, headers=headers))
    _good(await world.http.post(f"{path}/claim", headers=headers | {"If-Match": shown.headers["etag"]}))


async def _close(world: World, people: dict[str, Someone], path: str) -> None:
    triager = people["triager"].headers
    outcome = {"outcome": "advice_given_to_reporter", "contact_method": "receipt_message"}
    _good(await world.http.post(f"{path}/outcomes", headers=triager | world.once(), json=outcome))
    shown = _good(await world.http.get(path, headers=triager))
    _good(await world.http.post(f"{path}/close", headers=triager | {"If-Match": shown.headers["etag"]}))


def _good(answer: httpx.Response) -> httpx.Response:
    if answer.status_code not in (200, 201):
        raise RuntimeError(f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text}")
    return answer
