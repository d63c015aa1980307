"""Telling somebody more than was agreed, with the bodies that the document shows."""

from __future__ import annotations

from typing import Any

import httpx
from held import Held, example

from app.vocabulary import Role
from tests.support.world import Someone, World

IDENTITY = {"about_person": "Jordan", "wants": "offer_of_support_to_peer"}


async def decisions(held: Held, world: World, triager: Someone) -> None:
    """From a report and from a page: confirmed, declined, taken back, made alone, and looked into."""
    officer = await world.person(Role.PRIVACY_OFFICER, alias="Petra")
    text = await held("getConfidentialityThreshold", triager)
    known = {"If-None-Match": text.headers["ETag"]}
    assert (await held("getConfidentialityThreshold", triager, headers=known)).status_code == 304
    at = await given(held, triager)
    refused(await held("getReportIdentity", triager, at=at), "not_claimed")
    await held.versioned("claimReport", triager, "getReport", at=at)
    assert (await held("getReportIdentity", triager, at=at)).status_code == 200

    first = await proposed(held, triager, at)
    refused(await keyed(held, "createDecision", triager, at), "decision_awaits")
    refused(await on(held, "decideAlone", triager, first), "too_early_alone")
    refused(await on(held, "confirmDecision", triager, first), "same_person")
    refused(await held("getDecisionIdentity", triager, at=first), "sealed")
    assert (await on(held, "confirmDecision", officer, first)).status_code == 200
    assert (await held("getDecisionIdentity", triager, at=first)).status_code == 200
    refused(await on(held, "declineDecision", officer, first), "decision_settled")
    refused(await on(held, "reviewDecision", officer, first), "nothing_to_review")
    assert (await on(held, "declineDecision", officer, await proposed(held, triager, at))).status_code == 200
    assert (await on(held, "takeBackDecision", triager, await proposed(held, triager, at))).status_code == 200
    last = await proposed(held, triager, at)
    world.time.advance(minutes=11)
    assert (await on(held, "decideAlone", triager, last)).status_code == 200
    assert len((await held("listDecisions", officer, params={"review": "due"})).json()["items"]) == 1
    assert (await on(held, "reviewDecision", officer, last)).status_code == 200
    changed = example("createDecision") | {"threshold_text_version": "au-nsw-2026-1"}
    refused(await keyed(held, "createDecision", triager, at, changed), "threshold_changed")
    await from_a_page(held, world)


async def from_a_page(held: Held, world: World) -> None:
    handler = await world.person(Role.INDEPENDENT_HANDLER, alias="Ines", paged=True)
    await held("createReport", json=example("createReport") | {"about_role": "staff"})
    pages = (await held("listMyPages", handler)).json()["items"]
    at = {"page_id": pages[0]["id"]}
    refused(await keyed(held, "createPageDecision", handler, at), "not_held")
    await held("acknowledgePage", handler, at=at)
    refused(await keyed(held, "createPageDecision", handler, at), "nothing_to_open")
    made = await keyed(held, "createPageDecision", handler, at, example("createPageDecision", of="withConsent"))
    assert made.status_code == 201
    assert (await held("getDecision", handler, at={"decision_id": made.json()["id"]})).status_code == 200


async def given(held: Held, triager: Someone) -> dict[str, str]:
    """A report with a name, the only one that nobody has taken on and that asks for support."""
    await held("createReport", json=example("createReport") | IDENTITY)
    listed = await held("listReports", triager, params={"state": "new", "limit": 100})
    [found] = [each["id"] for each in listed.json()["items"] if each["wants"] == IDENTITY["wants"]]
    return {"report_id": found}


async def proposed(held: Held, triager: Someone, at: dict[str, str]) -> dict[str, str]:
    made = await keyed(held, "createDecision", triager, at)
    assert made.status_code == 201, made.text
    return {"decision_id": made.json()["id"]}


async def keyed(held: Held, name: str, who: Someone, at: dict[str, str], body: Any = None) -> httpx.Response:
    return await held(name, who, at=at, headers=World.once(), json=body or example(name))


async def on(held: Held, name: str, who: Someone, at: dict[str, str]) -> httpx.Response:
    body = {} if name == "takeBackDecision" else {"json": example(name)}
    return await held.versioned(name, who, "getDecision", at=at, **body)


def refused(answer: httpx.Response, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (409, code)
