"""Scenes about trust: kept from whom it concerns, passed on as agreed, told to more only by two people, taken back."""

from __future__ import annotations

import time
import uuid
from typing import Any

from app.demo.stage import Failed, Stage, new_reports

REPORTS = "/v1/schools/harbour/reports"
NO_RISK = dict.fromkeys(("small_placement_group", "details_only_one_person_could_know", "where_or_when_exactly"), "no")


def kept_from(stage: Stage) -> None:
    stage.say("-- A worry that the reader at Harbour must not know of")
    triager = stage.sign_in("triager@harbour.example")
    before, since = new_reports(stage, triager), time.time()
    _sent(stage, signs=["tearful"], narrative="It is about somebody she lives with.", keep_from=["Noor"])
    if new_reports(stage, triager) != before:
        raise Failed("somebody found a report that was kept from them")
    page = stage.await_event("page.requested", since, lambda e: e["name"] == "harbour-independent")
    handler = stage.sign_in("independent@harbour.example")
    page_id = page["body"]["data"]["page_id"]
    stage.expect(stage.http.post(f"/v1/pages/{page_id}/ack", headers=handler), 200)
    brief = stage.expect(stage.http.get(f"/v1/pages/{page_id}", headers=handler), 200)
    stage.say(f"Noor finds nothing; Asha, who is independent, was asked and reads: {brief['text']}")


def passed_on(stage: Stage) -> None:
    stage.say("-- A friend would like somebody to offer support")
    triager = stage.sign_in("triager@harbour.example")
    before = new_reports(stage, triager)
    receipt = _sent(
        stage,
        signs=["isolated"],
        narrative="On the train home on Monday she told me that she eats alone every day.",
        wants="offer_of_support_to_peer",
    )
    [report] = new_reports(stage, triager) - before
    url = f"{REPORTS}/{report}"
    stage.expect(stage.http.post(f"{url}/claim", headers=triager | {"If-Match": "*"}), 200)
    words = {"purpose": "supporter", "who": "peer", "text": "She told a friend on the train that she eats alone."}
    summary = words | {"outing_check": NO_RISK | {"details_only_one_person_could_know": "not_sure"}}
    wrote = stage.expect(stage.http.post(f"{url}/relay-summary", json=summary, headers=triager | _once()), 201)
    stage.say(f"the triager wrote a summary; could it show who told: {wrote['outing_risk']}")
    mine = _opened(stage, receipt)
    shown = stage.http.get("/v1/me/report/relay-summary", headers=mine)
    better = {"decision": "edit", "text": "She may like some company at lunch."}
    match = mine | {"If-Match": shown.headers["ETag"]}
    stage.expect(stage.http.put("/v1/me/report/relay-summary", json=better, headers=match), 200)
    stage.say("the reporter put it in other words, and agreed to those")
    able = stage.expect(stage.http.get(f"{url}/supporters", headers=triager), 200)["items"]
    [wren] = [each["person"] for each in able if each["alias"] == "Wren"]
    contact = {"supporter": wren, "who": "peer", "contact": "At the clinic on the second floor, after four."}
    since = time.time()
    stage.expect(stage.http.post(f"{url}/contacts", json=contact, headers=triager | _once()), 201)
    stage.await_event("contact.offered", since, lambda e: e["name"] == "harbour-supporter")
    supporter = stage.sign_in("supporter@harbour.example")
    offered = stage.expect(stage.http.get("/v1/me/contacts", headers=supporter), 200)["items"]
    [one] = [each for each in offered if each["state"] == "offered"]
    stage.expect(stage.http.post(f"/v1/me/contacts/{one['id']}/accept", headers=supporter), 200)
    read = stage.expect(stage.http.get(f"/v1/me/contacts/{one['id']}", headers=supporter), 200)
    stage.say(f"the supporter accepted, and reads this alone: {read['summary']} {read['contact']}")
    ended = {"note": "We had lunch twice."}
    stage.expect(stage.http.post(f"/v1/me/contacts/{one['id']}/end", json=ended, headers=supporter), 200)
    status = stage.expect(stage.http.get("/v1/me/report", headers=mine), 200)
    stage.say(f"the reporter reads: {status['status']}; {status['status_text']}")


def decided(stage: Stage) -> None:
    stage.say("-- Somebody must be told more than was agreed")
    since = time.time()
    receipt = _sent(
        stage,
        signs=["unsafe_right_now"],
        priority="now",
        narrative="He has gone, and he does not answer.",
        about_person="Robin, third year",
        open_only_if_life_at_risk=True,
    )
    page = stage.await_event("page.requested", since, lambda e: e["body"]["data"]["ack_url"] is not None)
    adviser = stage.sign_in(page["name"].partition("-")[2] + "@harbour.example")
    page_url = f"/v1/pages/{page['body']['data']['page_id']}"
    stage.expect(stage.http.post(f"{page_url}/ack", headers=adviser), 200)
    threshold = stage.expect(stage.http.get("/v1/schools/harbour/confidentiality-threshold", headers=adviser), 200)
    proposal = {
        "basis": "serious_threat_to_life_health_or_safety",
        "threshold_text_version": threshold["version"],
        "necessary_because": "He has gone, does not answer, and his friend is afraid for his life.",
        "disclosed_what": "His name, and where he was last seen.",
        "disclosed_to": "The emergency service.",
        "person_told": False,
        "person_not_told_because": "He does not answer his phone.",
        "opens_identity": True,
    }
    since = time.time()
    url = f"{page_url}/confidentiality-decisions"
    made = stage.expect(stage.http.post(url, json=proposal, headers=adviser | _once()), 201)
    stage.await_event("second_person.requested", since, lambda e: e["name"] == "harbour-triager")
    decision = f"/v1/schools/harbour/confidentiality-decisions/{made['id']}"
    early = stage.http.get(f"{decision}/identity", headers=adviser)
    if early.status_code == 200:
        raise Failed("a sealed name was opened by one person alone")
    second = stage.sign_in("triager@harbour.example")
    judged = second | {"If-Match": "*"}
    stage.expect(stage.http.post(f"{decision}/confirm", json={"note": "I agree."}, headers=judged), 200)
    name = stage.expect(stage.http.get(f"{decision}/identity", headers=adviser), 200)["identity"]
    stage.say(f"the adviser on call proposed it, a second person agreed, and the sealed name opened: {name}")
    told = stage.expect(stage.http.get("/v1/me/report", headers=_opened(stage, receipt)), 200)["decisions"]
    stage.say(f"the reporter reads: {told[0]['text']}")


def taken_back(stage: Stage) -> None:
    stage.say("-- A reporter takes a worry back")
    receipt = _sent(stage, signs=["tearful"], narrative="Perhaps I was wrong.")
    mine = _opened(stage, receipt)
    preview = stage.expect(stage.http.get("/v1/me/report/withdraw-preview", headers=mine), 200)
    stage.say(f"told first: {preview['what_happens']}")
    body = {"expected": preview["outcome"]}
    gone = stage.expect(stage.http.post("/v1/me/report/withdraw", json=body, headers=mine), 200)
    stage.say(f"it is taken back, which can be undone until {gone['undo_until']}")
    again = _opened(stage, receipt)
    if stage.http.post("/v1/me/report/messages", json={"text": "Hello?"}, headers=again).status_code != 409:
        raise Failed("what was taken back still takes messages")
    stage.expect(stage.http.post("/v1/me/report/withdraw/undo", headers=again), 200)
    status = stage.expect(stage.http.get("/v1/me/report", headers=again), 200)["status"]
    stage.say(f"undone with the receipt alone: {status}")


def _sent(stage: Stage, **body: Any) -> str:
    made = stage.expect(stage.http.post(REPORTS, json=body), 201)
    return str(made["receipt"])


def _opened(stage: Stage, receipt: str) -> dict[str, str]:
    session = stage.expect(stage.http.post("/v1/receipts/session", json={"receipt": receipt}), 200)
    return {"Authorization": f"Bearer {session['access_token']}"}


def _once() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid.uuid4())}
