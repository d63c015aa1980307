"""Play the main journeys against a running service with a real receiver, and print a timed transcript."""

from __future__ import annotations

import subprocess
import time
import uuid
from typing import Any

import httpx

from app.demo import doors, receiver, trust
from app.demo.people import HARBOUR, OPERATOR, PASSWORD, RIDGE, DemoPerson
from app.demo.stage import Failed, Stage, new_reports
from app.settings import Settings


def what_to_try(settings: Settings) -> str:
    """Lines to paste, and who can sign in."""
    base = settings.local_url
    people = "\n".join(f"  {person.login:34} {', '.join(person.roles)}" for person in (*HARBOUR, *RIDGE, OPERATOR))
    return f"""
Try this (Peerline will be at {base}):

  curl -s {base}/v1/schools/harbour/help-now

  curl -s '{base}/v1/schools/harbour/directory?tier=crisis&open_now=true'

  curl -s {base}/v1/schools/harbour/referral-options -H 'content-type: application/json' \\
       -d '{{"signs": ["isolated"], "prefers_independent": true}}'

  curl -s '{base}/v1/schools/harbour/scripts?purpose=opener&channel=message'

  curl -s {base}/v1/schools/harbour/reports -H 'content-type: application/json' \\
       -d '{{"signs": ["withdrawn_or_keeping_to_self", "tearful"]}}'

  curl -s {base}/v1/receipts/session -H 'content-type: application/json' -d '{{"receipt": "THE-RECEIPT-YOU-GOT"}}'

  curl -s {base}/v1/auth/token -H 'content-type: application/json' \\
       -d '{{"grant_type": "password", "login": "adviser@harbour.example", "password": "{PASSWORD}"}}'

Demo people, all with the password {PASSWORD}:
{people}

In another terminal: make demo (plays the whole journey).
"""


def play(settings: Settings) -> bool:
    """True when every step went as it must."""
    stage = Stage(settings)
    started = None
    try:
        _service(stage)
        started = _receiver(stage, settings.demo_receiver_port)
        scenes = (_contacts, _worried_student, _urgent, _backup, _advice)
        of_trust = (trust.kept_from, trust.passed_on, trust.decided, trust.taken_back)
        for scene in (*scenes, *of_trust, doors.right_door, doors.own_list, _nobody):
            scene(stage)
    except (Failed, httpx.HTTPError) as exc:
        stage.say(f"FAILED: {exc}")
        return False
    finally:
        stage.close()
        if started is not None:
            started.terminate()
    stage.say("The journey went as it must.")
    return True


def _service(stage: Stage) -> None:
    """It must be running: the demo plays against what was started before."""
    try:
        ready = stage.http.get("/readyz")
    except httpx.TransportError:
        where = str(stage.http.base_url).rstrip("/")
        raise Failed(
            f"nothing answers at {where}. Start the service in another terminal with: make run "
            "(PEERLINE_HOST and PEERLINE_PORT say where it is)"
        ) from None
    stage.expect(ready, 200)


def _receiver(stage: Stage, port: int) -> subprocess.Popen[bytes] | None:
    """The receiver that is running, or one of our own."""
    # One that starts together with the service may be a moment behind it.
    for _ in range(30):
        if _receives(stage):
            return None
        time.sleep(0.1)
    process = receiver.start(port)
    for _ in range(300):
        if _receives(stage):
            return process
        if process.poll() is not None:
            break
        time.sleep(0.1)
    process.terminate()
    where = str(stage.receiver.base_url).rstrip("/")
    raise Failed(f"the demo receiver did not start at {where}. PEERLINE_DEMO_RECEIVER_PORT moves it")


def _receives(stage: Stage) -> bool:
    """Whether our receiver is there: another program at its port would be something else."""
    try:
        return isinstance(stage.receiver.get("/_log").raise_for_status().json(), list)
    except (httpx.HTTPError, ValueError):
        return False


def _contacts(stage: Stage) -> None:
    """Everybody who is paged tests their endpoint, and so becomes reachable."""
    paged: list[DemoPerson] = [person for person in (*HARBOUR, *RIDGE) if person.paged]
    for person in paged:
        stage.answer_with(person.name, 204)
        token = stage.sign_in(person.login)
        mine = stage.expect(stage.http.get("/v1/me/webhook-endpoints", headers=token), 200)["items"][0]
        since = time.time()
        stage.expect(stage.http.post(f"/v1/me/webhook-endpoints/{mine['id']}/ping", headers=token), 202)
        stage.await_event("webhook_endpoint.ping", since, lambda e, name=person.name: e["name"] == name)  # type: ignore[misc]  # the default binds the loop's name
    stage.say(f"{len(paged)} people on call tested their webhook endpoints")


def _worried_student(stage: Stage) -> None:
    stage.say("-- A worried student at Harbour, without an account")
    help_now = stage.expect(stage.http.get("/v1/schools/harbour/help-now"), 200)
    stage.say(f"help-now: {', '.join(entry['name'] for entry in help_now['emergency'] + help_now['always_open'][:2])}")
    signs = ["withdrawn_or_keeping_to_self", "tearful"]
    body = {"about_whom": "someone_else", "signs": signs, "narrative": "She has stopped coming to lunch."}
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    triager = stage.sign_in("triager@harbour.example")
    before = new_reports(stage, triager)
    made = stage.expect(stage.http.post("/v1/schools/harbour/reports", json=body, headers=headers), 201)
    stage.say(f"receipt {made['receipt']}; read by {made['expect']['read_by_local']} ({made['expect']['basis']})")
    [report, *_] = new_reports(stage, triager) - before
    reply = {"text": "Thank you for telling us. Here is what you could say to her."}
    once = triager | {"Idempotency-Key": str(uuid.uuid4())}
    stage.expect(stage.http.post(f"/v1/schools/harbour/reports/{report}/messages", json=reply, headers=once), 201)
    stage.say("the triager read it and replied")
    _read_reply(stage, made["receipt"])


def _urgent(stage: Stage) -> None:
    stage.say("-- A friend said he has thoughts of suicide")
    since = time.time()
    page, receipt = _urgent_report(stage, since)
    url = page["body"]["data"]["ack_url"]
    shown = stage.http.get(url)
    if shown.status_code != 200:
        raise Failed("the acknowledgement page does not open")
    stage.say("opening the link in the page changes nothing; its button acknowledges by POST")
    if stage.http.post(url).status_code != 200:
        raise Failed("the acknowledgement was not taken")
    login = page["name"].partition("-")[2] + "@harbour.example"
    adviser = stage.sign_in(login)
    page_id = page["body"]["data"]["page_id"]
    brief = stage.expect(stage.http.get(f"/v1/pages/{page_id}", headers=adviser), 200)
    stage.say(f"{login} reads the brief: {brief['text']}")
    reply = {"text": "Stay with him if you can. I am here; tell me what he says."}
    once = adviser | {"Idempotency-Key": str(uuid.uuid4())}
    stage.expect(stage.http.post(f"/v1/pages/{page_id}/reply", json=reply, headers=once), 201)
    _read_reply(stage, receipt)


def _backup(stage: Stage) -> None:
    stage.say("-- The pager of whoever is on call is broken")
    since = time.time()
    first, _ = _urgent_report(stage, since)
    broken = first["name"]
    stage.http.post(first["body"]["data"]["ack_url"])
    stage.answer_with(broken, 500)
    since = time.time()
    stage.expect(stage.http.post("/v1/schools/harbour/reports", json=_URGENT), 201)
    second = stage.await_event(
        "page.requested", since, lambda e: e["answered"] == 204 and e["body"]["data"]["level"] == "backup"
    )
    waited = (second["at"] - since) * 1000
    stage.say(f"{broken} answers 500; {second['name']} was paged as backup {waited:.0f} ms after the report")
    stage.http.post(second["body"]["data"]["ack_url"])
    stage.answer_with(broken, 204)
    token = stage.sign_in(broken.partition("-")[2] + "@harbour.example")
    mine = stage.expect(stage.http.get("/v1/me/webhook-endpoints", headers=token), 200)["items"][0]
    stage.http.post(f"/v1/me/webhook-endpoints/{mine['id']}/ping", headers=token)


def _advice(stage: Stage) -> None:
    stage.say("-- A supporter asks for case advice")
    supporter = stage.sign_in("supporter@harbour.example")
    question = {"topic": "when_to_escalate", "priority": "today", "summary": "They stopped answering. What now?"}
    once = supporter | {"Idempotency-Key": str(uuid.uuid4())}
    since = time.time()
    asked = stage.expect(stage.http.post("/v1/schools/harbour/advice-requests", json=question, headers=once), 201)
    on_duty = ", ".join(person["alias"] for person in asked["on_duty"])
    stage.say(f"on duty: {on_duty}; due {asked['expect']['read_by_local']}")
    page = stage.await_event("page.requested", since, lambda e: e["body"]["data"]["priority"] == "today")
    adviser = stage.sign_in(page["name"].partition("-")[2] + "@harbour.example")
    page_id = page["body"]["data"]["page_id"]
    reply = {"text": "Bring somebody in today, and stay their friend."}
    once = adviser | {"Idempotency-Key": str(uuid.uuid4())}
    stage.expect(stage.http.post(f"/v1/pages/{page_id}/reply", json=reply, headers=once), 201)
    url = f"/v1/schools/harbour/advice-requests/{asked['id']}"
    answered = stage.expect(stage.http.get(url, headers=supporter), 200)
    stage.say(f"the request is {answered['status']}")


def _nobody(stage: Stage) -> None:
    stage.say("-- Ridge has no advisers, and its reader cannot be reached")
    stage.answer_with("ridge-triager", 500)
    since = time.time()
    made = stage.expect(stage.http.post("/v1/schools/ridge/reports", json=_URGENT), 201)
    lines = ", ".join(entry["name"] for entry in made["expect"]["fallback"][:3])
    stage.say(f"the answer at once: {made['help_now'][0]['name']} first; external lines: {lines}")
    gap = stage.await_event("coverage.gap_live", since, lambda e: e["name"] == "ridge-coordinator")
    stage.say(f"the gap was announced to the coordinator: {gap['body']['data']['cause']}")
    stage.await_event("page.exhausted", since, lambda e: e["name"] == "ridge-coordinator")
    report = _my_report(stage, made["receipt"])
    if not report["nobody_has_answered"]:
        raise Failed("the reporter was not told the truth")
    stage.say(f"the reporter reads: {report['status_text']}")
    stage.answer_with("ridge-triager", 204)


_URGENT = {
    "about_whom": "someone_else",
    "signs": ["said_thoughts_of_suicide"],
    "priority": "now",
    "narrative": "My friend told me on the train home.",
    "with_them_now": True,
}


def _urgent_report(stage: Stage, since: float) -> tuple[dict[str, Any], str]:
    made = stage.expect(stage.http.post("/v1/schools/harbour/reports", json=_URGENT), 201)
    stage.say(f"answered with {made['help_now'][0]['name']} first; {made['what_you_can_do'][0]['title']}")
    page = stage.await_event("page.requested", since, lambda e: e["body"]["data"]["ack_url"] is not None)
    stage.say(f"{page['name']} was paged {(page['at'] - since) * 1000:.0f} ms after the report was sent")
    return page, made["receipt"]


def _my_report(stage: Stage, receipt: str) -> Any:
    session = stage.expect(stage.http.post("/v1/receipts/session", json={"receipt": receipt}), 200)
    token = {"Authorization": f"Bearer {session['access_token']}"}
    return stage.expect(stage.http.get("/v1/me/report", headers=token), 200)


def _read_reply(stage: Stage, receipt: str) -> None:
    session = stage.expect(stage.http.post("/v1/receipts/session", json={"receipt": receipt}), 200)
    token = {"Authorization": f"Bearer {session['access_token']}"}
    report = stage.expect(stage.http.get("/v1/me/report", headers=token), 200)
    messages = stage.expect(stage.http.get("/v1/me/report/messages", headers=token), 200)["items"]
    if not messages:
        raise Failed("the reporter sees no reply")
    stage.say(f"the reporter comes back: {report['status']}; {messages[-1]['text']}")
