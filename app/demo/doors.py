"""Scenes about the right door: who to turn to, words to borrow, a conversation to practise, and a school's own list."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from app.demo.stage import Failed, Stage

HARBOUR = "/v1/schools/harbour"


def right_door(stage: Stage) -> None:
    stage.say("-- Two in the morning, on a telephone: who to turn to, away from the hospital where one is placed")
    sites = stage.expect(stage.http.get(f"{HARBOUR}/sites"), 200)["items"]
    [hospital] = [each["id"] for each in sites if each["kind"] == "hospital"]
    asked = {"signs": ["said_thoughts_of_suicide"], "priority": "now", "avoid_site_ids": [hospital]}
    found = stage.expect(stage.http.post(f"{HARBOUR}/referral-options", json=asked), 200)["items"]
    for entry in found[:3]:
        stage.say(f"  {entry['name']} ({entry['open_state']}): {entry['why_shown'][0]}")
    if not any(each["conflicts_with_avoided_site"] and each["tier"] == "emergency" for each in found):
        raise Failed("the emergency department of the hospital to avoid is hidden, or not flagged")
    snapshot = stage.http.get(f"{HARBOUR}/directory/snapshot")
    whole = stage.expect(snapshot, 200)
    again = stage.http.get(f"{HARBOUR}/directory/snapshot", headers={"If-None-Match": snapshot.headers["ETag"]})
    stage.expect(again, 304)
    stage.say(f"the whole directory for offline use: {len(whole['entries'])} services until {whole['valid_until']}")
    query = {"purpose": "opener", "channel": "message", "relationship": "same_placement"}
    script, *_ = stage.expect(stage.http.get(f"{HARBOUR}/scripts", params=query), 200)["items"]
    stage.say(f"words to borrow: {script['text']}")
    _practise(stage, "practice-train-home")


def own_list(stage: Stage) -> None:
    stage.say("-- School IT brings in the school's own services")
    it = stage.sign_in("it@harbour.example")
    body = {"entries": [_clinic()]}
    imports = f"{HARBOUR}/directory/imports"
    dry = stage.expect(stage.http.post(f"{imports}?dry_run=true", json=body, headers=it), 200)
    stage.say(f"dry run: {len(dry['added'])} added, {len(dry['changed'])} changed, {dry['unchanged']} unchanged")
    match = it | {"If-Match": dry["etag"]}
    stage.expect(stage.http.post(imports, json=body, headers=match), 200)
    clinic = f"{HARBOUR}/directory/harbour-north-clinic"
    stage.say(f"students find {stage.expect(stage.http.get(clinic), 200)['name']}")
    if (dry["added"] or dry["changed"]) and stage.http.post(imports, json=body, headers=match).status_code != 412:
        raise Failed("an import over a directory that has changed since was taken")
    emergency = f"{HARBOUR}/directory/entries/au-000"
    shown = stage.http.get(emergency, headers=it)
    hidden = it | {"If-Match": shown.headers["ETag"], "Idempotency-Key": str(uuid.uuid4())}
    refused = stage.http.post(f"{emergency}/hide", json={"reason": "A test"}, headers=hidden)
    stage.expect(refused, 409)
    stage.say(f"hiding the emergency number is refused: {refused.json()['detail']}")
    standard = stage.expect(stage.http.get("/hsds/v3/schools/harbour/services", params={"per_page": 1}), 200)
    stage.say(f"by the standard HSDS 3.2 the same directory has {standard['total_items']} services")


def _practise(stage: Stage, scenario: str) -> None:
    """The first choices that lead on to where nobody has been, to an end."""
    path = f"{HARBOUR}/practice-scenarios/{scenario}"
    told = stage.expect(stage.http.get(path), 200)
    step: dict[str, Any] = told["steps"][0]
    stage.say(f"a conversation to practise: {told['title']}")
    seen = set[str]()
    while step["choices"]:
        seen.add(step["id"])
        onward = [each["id"] for each in step["choices"] if each["goes_to"] not in (None, *seen)]
        if not onward:
            raise Failed("a conversation to practise goes round in a circle")
        move = {"step": step["id"], "choice": onward[0]}
        step = stage.expect(stage.http.post(f"{path}/moves", json=move), 200)["step"]
    stage.say(f"  after {len(seen)} turns: {step['take_away']}")


def _clinic() -> dict[str, Any]:
    """A service that does not exist, with a number that is set aside for fiction."""
    return {
        "id": "harbour-north-clinic",
        "external_id": "north-clinic",
        "name": "Harbour north clinic (demo)",
        "tier": "primary_care",
        "what_it_is": "Doctors and a counsellor, for anyone; fictitious",
        "who_for": "Anyone who lives or is placed in the north",
        "for": ["self"],
        "independent": True,
        "run_by": "health_service",
        "shares_information_with_school": "never",
        "channels": ["phone", "in_person"],
        "phone_display": "03 5550 0104",
        "phone_dial": "+61355500104",
        "hours_text": "9 am to 8 pm on working days, Saturday mornings",
        "hours": "Mo-Fr 09:00-20:00; Sa 09:00-12:00; PH off",
        "zone": "Australia/Melbourne",
        "cost": "free",
        "verification": "verified",
        "verify_by": str(dt.date(2027, 11, 1)),
        "sources": [{"url_or_text": "Made up for the demo", "date": "2026-11-01"}],
    }
