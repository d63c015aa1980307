"""What each operation documents beyond what FastAPI derives: who may call it, what it answers, how to retry it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.rosters.picture import LARGEST as LARGEST_PICTURE
from app.routers import app_versions
from app.routers.openapi import examples
from app.routers.openapi.answers import ERRORS, header_refs
from app.routers.openapi.codes import codes_of
from app.routers.openapi.links import FOLLOW_UPS, LINKS
from app.routers.openapi.relations import CONFLICTS, RETRIES
from app.routers.openapi.texts import STATUS_TEXTS
from app.vocabulary import Role

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
KEY, MATCH, NONE_MATCH = "Idempotency-Key", "If-Match", "If-None-Match"
# What any request can meet, before and after it is understood: a body, too, where none is taken.
ANYWHERE = frozenset({413, 414, 415, 422, 431, 500})
EVERYONE = frozenset(str(role) for role in Role)
NO_CONTENT = (204, 304)
_IF_NONE_MATCH = {
    "name": NONE_MATCH,
    "in": "header",
    "required": False,
    "description": "ETags that you have, or `*`: 304 when one of them is still right.",
    # Half of what all headers together may have.
    "schema": {"type": "string", "maxLength": 8192},
}
_APP_VERSION = {
    "name": app_versions.HEADER,
    "in": "header",
    "required": False,
    "description": app_versions.DESCRIPTION,
    "schema": app_versions.SCHEMA,
}
# They answer with what was done, which has no version, and not with what they changed.
_UNVERSIONED = frozenset({"importRosterOverrides", "importDirectory"})
# They make what is not there, which has no version, as well as they change what is.
MAKES_TOO = frozenset({"putPost", "putPolicyDocument", "putKeptEntry", "putContentOverride"})
# What makes a report more urgent waits for no version, and neither does a dry run; what does more has to name one.
AT_TIMES_VERSIONED = MAKES_TOO | {"setReportPriority", "importDirectory"}
# They need no version, and answer with what a GET shows then.
_SHOWN_ANEW = frozenset({"takeShiftOffer", "handBackShiftOffer", "withdrawShiftOffer", "acceptSwap", "declineSwap"})
_SHOWN_ANEW |= {"confirmReportProposal", "declineReportProposal", "takeBackReportProposal", "groupReport"}
_SHOWN_ANEW |= {"ungroupReport", "markReport", "markReportMessage", "activateSchool", "suspendSchool"}
_SHOWN_ANEW |= {"putStatementAdoption", "putSupervisionAttendance"}
_SHOWN_ANEW |= {"leavePerson", "comeBackPerson"}
_SHOWN_ANEW |= {"takeDownOpenInvitation"}
# They take a key from whoever wants to be able to repeat them.
AT_TIMES_KEYED = frozenset({"createMyWebhookEndpoint", "createSchoolWebhookEndpoint"})
# As a bare token, or in quotes as a structured string (draft-ietf-httpapi-idempotency-key-header-07, 2.1).
_KEY = {"type": "string", "pattern": '^("[!#-~]{1,255}"|[!#-~]{1,255})$', "maxLength": 257}
# No `format`: some generators make of it a type that their own code then cannot put into a header.
_UUID = "[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
_SECRET_KEY = {"type": "string", "pattern": f'^("{_UUID}"|{_UUID})$', "maxLength": 38}


@dataclass(frozen=True, slots=True)
class Access:
    """Who may call. `roles` is None where nobody has to sign in; `limited`: an anonymous caller is counted;
    `asks_app`: an app that is too old is refused; `scope`: by which a program may call as well;
    `nameless`: the scheme of somebody without an account."""

    roles: frozenset[str] | None = None
    limited: bool = False
    asks_app: bool = False
    scope: str | None = None
    nameless: str | None = None

    @property
    def staff(self) -> bool:
        return self.roles is not None and self.nameless is None

    def security(self) -> list[dict[str, list[str]]]:
        if self.roles is None:
            return []
        if self.nameless is not None:
            return [{self.nameless: []}]
        programs = [] if self.scope is None else [{"service": [self.scope]}]
        return [{"bearer": sorted(self.roles)}, *programs]


def complete(operation: dict[str, Any], *, method: str, access: Access) -> None:
    """Change an operation of FastAPI's in place."""
    operation["security"] = access.security()
    if "304" in operation["responses"]:
        operation.setdefault("parameters", []).append(dict(_IF_NONE_MATCH))
    if access.asks_app:
        operation.setdefault("parameters", []).append(dict(_APP_VERSION))
    parameters = {each["name"]: each for each in operation.get("parameters", [])}
    for parameter in parameters.values():
        _complete_parameter(parameter, access, at_times=operation["operationId"] in AT_TIMES_VERSIONED | AT_TIMES_KEYED)
    body = operation.get("requestBody")
    if body is not None:
        _complete_body(operation, body, merge=method == "PATCH")
    _complete_answers(operation, parameters, access)
    retry = _retry(operation["operationId"], parameters, method=method)
    if retry:
        operation["description"] += f"\n\n**Retry:** {retry}"


def _complete_parameter(parameter: dict[str, Any], access: Access, *, at_times: bool) -> None:
    name, schema = parameter["name"], parameter["schema"]
    schema.pop("description", None)
    # What is not in a URL or a header is absent: null cannot be sent there.
    given = [part for part in schema.get("anyOf", []) if part.get("type") != "null"]
    if len(given) == 1:
        del schema["anyOf"]
        schema.update(given[0])
    if name in (KEY, MATCH):
        # The code takes it as optional, to answer 400 or 428, which say more than 422.
        parameter["required"] = not at_times and (name == MATCH or access.staff)
    if name == KEY:
        # An anonymous key is a secret: what can be guessed is refused.
        parameter["schema"] = _SECRET_KEY if access.roles is None else _KEY
    if schema.get("format") == "uuid":
        parameter.setdefault("description", f"The `id` of the {name.removesuffix('_id').replace('_', ' ')}.")
    if schema.get("type") == "array":
        # What OpenAPI takes it for anyway; some generators want to read it.
        parameter |= {"style": "form", "explode": True}
    example = examples.of_parameter(name, schema)
    if example is not None:
        parameter["example"] = example


def _complete_body(operation: dict[str, Any], body: dict[str, Any], *, merge: bool) -> None:
    content = body["content"]
    content[JSON]["examples"] = examples.of_body(operation["operationId"], content[JSON]["schema"])
    if merge:
        # One kind only: of two with the same schema some generators make code that does not compile.
        body["content"] = {MERGE_PATCH: content[JSON]}
        body["description"] = "RFC 7396: what is absent stays as it is. As `application/json` it means the same."


def _complete_answers(operation: dict[str, Any], parameters: dict[str, Any], access: Access) -> None:
    name, statuses = operation["operationId"], _statuses(operation, parameters, access)
    found: dict[str, Any] = {}
    for status in sorted(statuses):
        if status >= 400:
            found[str(status)] = {"$ref": f"#/components/responses/{ERRORS[status]}"}
            continue
        response = operation["responses"][str(status)]
        found[str(status)] = {
            "description": STATUS_TEXTS[status],
            "headers": header_refs(*_headers(name, status, statuses, parameters)),
        }
        if status not in NO_CONTENT:
            found[str(status)]["content"] = {
                kind: {
                    "schema": _bounded(kind, media["schema"]),
                    "examples": examples.of_answer(name, media["schema"], kind),
                }
                for kind, media in response["content"].items()
            }
        links = LINKS.get(name, {}) | FOLLOW_UPS.get(name, {})
        if status == 201 and links:
            found[str(status)]["links"] = links
    conflicts = _conflicts(name, keyed=KEY in parameters) if 409 in statuses else []
    if conflicts:
        said = ", ".join(f"`{code}`" for code in conflicts)
        found["409"]["description"] = f"Not possible in the present state: {said}."
    operation["responses"] = found
    operation["x-problem-codes"] = codes_of(operation, statuses=statuses, conflicts=conflicts)


def _headers(name: str, status: int, statuses: set[int], parameters: dict[str, Any]) -> Iterator[str]:
    if 429 in statuses:
        yield from ("RateLimit", "RateLimit-Policy")
    versioned = 304 in statuses or name in _SHOWN_ANEW or (MATCH in parameters and name not in _UNVERSIONED)
    if status == 304 or (status == 200 and versioned):
        yield "ETag"
    if status == 200 and "Accept-Language" in parameters:
        yield "Content-Language"
    if status == 200 and "cursor" in parameters:
        yield "Link"
    if status == 200 and name == "exportAuditLog":
        yield "Audit-Log-Head"
    made = status in (201, 202)
    if made and name in LINKS:
        yield from ("ETag", "Location")
    elif status == 202:
        yield "Location"
    if KEY in parameters and (made or (status == 200 and statuses.isdisjoint((201, 202)))):
        yield "Idempotency-Replayed"


def _bounded(kind: str, schema: dict[str, Any]) -> dict[str, Any]:
    """A page of HTML has an end too, and so has a picture."""
    longest = LARGEST_PICTURE if kind == "image/svg+xml" else 10_000
    return {"type": "string", "maxLength": longest} if schema == {"type": "string"} else schema


def _statuses(operation: dict[str, Any], parameters: dict[str, Any], access: Access) -> set[int]:
    """What the router declares, and what follows from how the operation is made; less what cannot come of that."""
    declared = {int(status) for status in operation["responses"]} - {400}
    found = declared | ANYWHERE
    if access.roles is not None:
        found |= {401, 429, 503}
    if access.staff and access.roles != EVERYONE:
        found.add(403)
    if access.limited:
        found.add(429)
    if any(parameter["in"] == "path" for parameter in parameters.values()):
        found.add(404)
    if KEY in parameters:
        found |= {400, 409}
    if MATCH in parameters:
        found |= {412, 428}
    return found


def _conflicts(name: str, *, keyed: bool) -> list[str]:
    return [*CONFLICTS.get(name, ()), *(["already_received"] if keyed else []), "request_in_progress"]


def _retry(name: str, parameters: dict[str, Any], *, method: str) -> str:
    if method == "GET":
        return ""
    if name in RETRIES:
        return RETRIES[name]
    if KEY in parameters:
        return "with the same key and body; you get the first answer again."
    if method == "DELETE":
        return "safe. When it was done already, the answer is 404."
    if MATCH in parameters:
        return "safe. When it was done already, your ETag is of the past, and 412 tells you to read again."
    raise ValueError(f"say in RETRIES how a client can repeat {name}")
