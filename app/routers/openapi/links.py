"""Where what was just made can be used (OpenAPI, 4.8.20).

Kept by operationId. tests/contract/test_openapi.py says when an entry is missing, or has nothing to stand for.
"""

from __future__ import annotations

from typing import Any


def _by_id(
    parameter: str,
    *operations: str,
    versioned: tuple[str, ...] = (),
    school: bool = True,
    within: tuple[str, ...] = (),
    named_by: str = "id",
) -> dict[str, Any]:
    """Links from a resource that was just made to the operations that take its id; `versioned` take its ETag too.

    `within`: other parameters of the path that stay as they are. `named_by`: the field that is its id.
    """
    path = (*(("school",) if school else ()), *within)
    given = {name: f"$request.path.{name}" for name in path}
    given[parameter] = f"$response.body#/{named_by}"
    etag = {"header.If-Match": "$response.header.ETag"}
    return {
        name: {"operationId": name, "parameters": given | (etag if name in versioned else {})}
        for name in (*operations, *versioned)
    }


_ON_A_DECISION = ("confirmDecision", "declineDecision", "takeBackDecision", "decideAlone", "reviewDecision")

_TRAINING = {
    "getSupporterTraining": {
        "operationId": "getSupporterTraining",
        "parameters": {"supporter_id": "$request.path.supporter_id"},
    }
}

# OpenAPI's link objects, for each operation that makes something with an address of its own (contract O11, R5).
LINKS: dict[str, dict[str, Any]] = {
    "assignTrainingModule": _TRAINING,
    "recordTrainingInPerson": _TRAINING,
    "createAdviceRequest": _by_id(
        "request_id",
        "getAdviceRequest",
        "listAdviceMessages",
        "createAdviceMessage",
        versioned=("recordAdviceOutcome", "closeAdviceRequest"),
    ),
    "createRoster": _by_id(
        "roster_id",
        "getRoster",
        "getOnCall",
        "listShifts",
        "listGaps",
        "getRosterPicture",
        versioned=("updateRoster", "createRosterVersion", "createRosterOverride", "importRosterOverrides"),
    ),
    "createRosterVersion": _by_id("version_id", "getRosterVersion", within=("roster_id",)),
    "createRosterOverride": _by_id("override_id", "getRosterOverride", within=("roster_id",)),
    "createSupervisionSession": _by_id(
        "supervision_id",
        "getSupervisionSession",
        "putSupervisionAttendance",
        versioned=("updateSupervisionSession", "deleteSupervisionSession"),
    ),
    "createAbsence": _by_id("absence_id", "getAbsence"),
    "createShiftOffer": _by_id("offer_id", "getShiftOffer", "takeShiftOffer", "withdrawShiftOffer"),
    "createSwap": _by_id("swap_id", "getSwap", "acceptSwap", "declineSwap"),
    "createCalendarFeed": _by_id("feed_id", "getCalendarFeed", "deleteCalendarFeed"),
    "createIdentityProvider": _by_id(
        "provider_id",
        "getIdentityProvider",
        "checkIdentityProvider",
        versioned=("updateIdentityProvider", "deleteIdentityProvider"),
    ),
    "createApplication": {name: {"operationId": name} for name in ("getMyApplication", "withdrawMyApplication")},
    "createOpenInvitation": _by_id("open_invitation_id", "getKeptInvitation", "takeDownOpenInvitation", school=False),
    "createIdentity": _by_id("identity_id", "getIdentity", "deleteIdentity", school=False),
    "createMyWebhookEndpoint": _by_id(
        "endpoint_id",
        "getMyWebhookEndpoint",
        "pingMyWebhookEndpoint",
        "listMyWebhookDeliveries",
        versioned=("updateMyWebhookEndpoint", "rotateMyWebhookSecret", "deleteMyWebhookEndpoint"),
        school=False,
    ),
    "createSchoolWebhookEndpoint": _by_id(
        "endpoint_id",
        "getSchoolWebhookEndpoint",
        "pingSchoolWebhookEndpoint",
        "listSchoolWebhookDeliveries",
        versioned=("updateSchoolWebhookEndpoint", "rotateSchoolWebhookSecret", "deleteSchoolWebhookEndpoint"),
    ),
    "createServiceAccount": _by_id(
        "account_id",
        "getServiceAccount",
        versioned=("updateServiceAccount", "rotateClientSecret", "deleteServiceAccount"),
    ),
    "createEscalationPolicy": _by_id(
        "policy_id",
        "getEscalationPolicy",
        "listEscalationPolicyVersions",
        versioned=("replaceEscalationPolicy", "deleteEscalationPolicy"),
    ),
    "createDrill": _by_id("drill_id", "getDrill"),
    "putKeptEntry": _by_id(
        "entry_id",
        "getKeptEntry",
        "listEntryVerifications",
        versioned=(
            "putKeptEntry",
            "patchKeptEntry",
            "deleteKeptEntry",
            "hideKeptEntry",
            "showKeptEntry",
            "verifyKeptEntry",
        ),
    ),
    "createSite": _by_id("site_id", "getSite", versioned=("updateSite", "deleteSite")),
    "createDecision": _by_id("decision_id", "getDecision", versioned=_ON_A_DECISION),
    # No school is in this path, and none in its answer: the client knows its own.
    "createPageDecision": {
        "getDecision": {
            "operationId": "getDecision",
            "parameters": {"decision_id": "$response.body#/id"},
            "description": "In your own school.",
        }
    },
    "createLegalHold": _by_id("hold_id", "getLegalHold", versioned=("releaseLegalHold",)),
    "createInvitation": _by_id("invitation_id", "getInvitation", "renewInvitation", "deleteInvitation"),
    "createPasswordLink": _by_id(
        "link_id", "getPasswordLink", "deletePasswordLink", versioned=("confirmPasswordLink",)
    ),
    "createRoleGrant": _by_id(
        "grant_id", "getRoleGrant", versioned=("confirmRoleGrant", "declineRoleGrant", "endRoleGrant")
    ),
    "createRetentionRun": _by_id("run_id", "getRetentionRun", "listRetentionItems"),
    "createPrivacyIncident": _by_id("incident_id", "getPrivacyIncident", versioned=("updatePrivacyIncident",)),
    "createSchool": {
        name: {"operationId": name, "parameters": {"school": "$response.body#/slug"}}
        for name in ("getSchool", "activateSchool")
    },
    "createSuccessionPlan": _by_id("plan_id", "getSuccessionPlan", versioned=("updateSuccessionPlan",), school=False),
    "loadEvaluationInstrument": _by_id("instrument", "getEvaluationInstrument", named_by="code"),
    "createEvaluationWave": _by_id(
        "wave_id",
        "getEvaluationWave",
        "createResponseTokens",
        "getEvaluationResults",
        versioned=(
            "updateEvaluationWave",
            "deleteEvaluationWave",
            "openEvaluationWave",
            "closeEvaluationWave",
        ),
    ),
    "putPost": _by_id("post", "getPost", versioned=("putPost", "deletePost"), named_by="code"),
    "putPolicyDocument": _by_id(
        "document",
        "getPolicyDocument",
        versioned=("putPolicyDocument", "deletePolicyDocument"),
        named_by="code",
    ),
    "putContentOverride": _by_id(
        "piece",
        "getContentOverride",
        versioned=("putContentOverride", "deleteContentOverride"),
        within=("sort",),
    ),
}
# Of its report, or of the page by which that is held.
LINKS["createRelaySummary"] = {
    "getRelaySummary": {
        "operationId": "getRelaySummary",
        "parameters": {name: f"$request.path.{name}" for name in ("school", "report_id")},
    }
}
LINKS["createPageRelaySummary"] = {
    "getPageRelaySummary": {
        "operationId": "getPageRelaySummary",
        "parameters": {"page_id": "$request.path.page_id"},
    }
}
# A report has no address: its receipt is the way back. Nor has a choice, or a story before it is public.
FOLLOW_UPS: dict[str, dict[str, Any]] = {
    "createReport": {
        "createReceiptSession": {
            "operationId": "createReceiptSession",
            "description": "Come back with the receipt: it is the one field of that body.",
        }
    },
    "createMyChoice": {
        "createContactCodeSession": {
            "operationId": "createContactCodeSession",
            "description": "Come back with the code: it is the one field of that body.",
        }
    },
    "createInterest": {
        "takeBackInterest": {
            "operationId": "takeBackInterest",
            "description": "Take it back with the code: it is the one field of that body.",
        }
    },
    "createStory": {
        "showMyStory": {
            "operationId": "showMyStory",
            "description": "Come back with the code: it is the one field of that body.",
        }
    },
}
