"""Which problem codes each operation can answer with, by status: `x-problem-codes` (contract E3, O2)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from app.routers.openapi.texts import problems

# Codes that belong to certain operations. Another code of a status is possible wherever that status is.
_ONLY_OF: dict[str, frozenset[str]] = {
    "bad_credentials": frozenset({"createToken"}),
    "token_reused": frozenset({"createToken"}),
    "link_expired": frozenset({"showAckLink", "useAckLink"}),
    "names_a_method": frozenset({"putContentOverride", "putSelectionCriteria", "createOpenInvitation"}),
    "challenge_required": frozenset({"createReport", "createChoiceSession"}),
    "too_many_stories": frozenset({"createStory"}),
    "too_many_suggestions": frozenset({"createSuggestion"}),
    "instrument_refused": frozenset({"loadEvaluationInstrument"}),
    "too_many_ask": frozenset({"createMyChoice"}),
    "too_many_interests": frozenset({"createInterest"}),
    "malformed_form": frozenset({"createToken"}),
    "no_role_for_you": frozenset({"createToken"}),
    "link_it_yourself": frozenset({"createToken"}),
    "identity_provider_unavailable": frozenset({"createToken", "createIdentity"}),
    "sign_in_again": frozenset({"createIdentity"}),
    "wrong_password": frozenset({"putPassword"}),
    "password_refused": frozenset({"putPassword", "acceptInvitation"}),
    "not_yours_to_give": frozenset({"createRoleGrant", "endRoleGrant", "createInvitation"}),
    "not_yours_to_let_in": frozenset({"renewInvitation", "deleteInvitation", "createPasswordLink"}),
    "not_yours_to_rename": frozenset({"updatePerson"}),
    "own_grant": frozenset({"createRoleGrant", "confirmRoleGrant", "declineRoleGrant"}),
    "own_standing": frozenset(
        {"activateSupporter", "returnToTraining", "decideApplication", "decideApplicationAppeal", "endTraining"}
    ),
    "own_link": frozenset({"createPasswordLink", "confirmPasswordLink"}),
}

# They are never made to wait (app/routers/lines.py).
_NEVER_WAIT = frozenset({"getReadiness", "getHelpNow"})


def codes_of(operation: Mapping[str, Any], *, statuses: Collection[int], conflicts: Collection[str]) -> dict[str, Any]:
    """The codes of every error status of an operation whose parameters and body are known."""
    found: dict[str, list[str]] = {str(status): [] for status in sorted(statuses) if status >= 400}
    for code, kind in problems().items():
        if kind.status == 409 or str(kind.status) not in found:
            continue
        if _possible(code, operation):
            found[str(kind.status)].append(code)
    if conflicts:
        found["409"] = sorted(conflicts)
    return found


def _possible(code: str, operation: Mapping[str, Any]) -> bool:
    parameters = {each["name"] for each in operation.get("parameters", [])}
    match code:
        case "overloaded":
            return operation["operationId"] not in _NEVER_WAIT
        case "malformed_json":
            return "requestBody" in operation
        case "unexpected_body":
            return "requestBody" not in operation
        case "unauthenticated" | "forbidden":
            return bool(operation["security"])
        case "client_upgrade_required":
            return "App-Version" in parameters
        case "idempotency_key_reused":
            return "Idempotency-Key" in parameters
        case "invalid_cursor":
            return bool({"cursor", "sync_token"} & parameters)
        case "sync_token_expired":
            return "sync_token" in parameters
        case "precondition_required":
            return "If-Match" in parameters
    return code not in _ONLY_OF or operation["operationId"] in _ONLY_OF[code]
