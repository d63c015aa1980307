"""How operations hang together: where what was made can be used, what can stand in the way, how to repeat a write.

Kept by operationId. tests/contract/test_openapi.py says when an entry is missing, or has nothing to stand for.
"""

from __future__ import annotations

from typing import Any


def _by_id(parameter: str, *operations: str, versioned: tuple[str, ...] = (), school: bool = True) -> dict[str, Any]:
    """Links from a resource that was just made to the operations that take its id; `versioned` take its ETag too."""
    given = {"school": "$request.path.school"} if school else {}
    given[parameter] = "$response.body#/id"
    etag = {"header.If-Match": "$response.header.ETag"}
    return {
        name: {"operationId": name, "parameters": given | (etag if name in versioned else {})}
        for name in (*operations, *versioned)
    }


# OpenAPI's link objects, for each operation that makes something with an address of its own (contract O11, R5).
LINKS: dict[str, dict[str, Any]] = {
    "createAdviceRequest": _by_id(
        "request_id",
        "getAdviceRequest",
        "listAdviceMessages",
        "createAdviceMessage",
        versioned=("closeAdviceRequest",),
    ),
    "createRoster": _by_id("roster_id", "getRoster", "getOnCall", "listShifts"),
    "createMyWebhookEndpoint": _by_id(
        "endpoint_id",
        "getMyWebhookEndpoint",
        "pingMyWebhookEndpoint",
        versioned=("updateMyWebhookEndpoint", "deleteMyWebhookEndpoint"),
        school=False,
    ),
    "createSchoolWebhookEndpoint": _by_id(
        "endpoint_id",
        "getSchoolWebhookEndpoint",
        "pingSchoolWebhookEndpoint",
        versioned=("updateSchoolWebhookEndpoint", "deleteSchoolWebhookEndpoint"),
    ),
}
# A report has no address: its receipt is the way back.
FOLLOW_UPS: dict[str, dict[str, Any]] = {
    "createReport": {
        "createReceiptSession": {
            "operationId": "createReceiptSession",
            "description": "Come back with the receipt: it is the one field of that body.",
        }
    },
}

# The codes of a 409, less those that every write can meet.
CONFLICTS: dict[str, tuple[str, ...]] = {
    "claimReport": ("already_claimed",),
    "closeReport": ("not_claimed", "already_claimed", "report_closed"),
    "createReportMessage": ("already_claimed", "report_closed", "too_many_messages"),
    "createMyReportMessage": ("report_closed", "too_many_messages"),
    "createAdviceMessage": ("advice_closed",),
    "closeAdviceRequest": ("advice_closed",),
    "declinePage": ("page_over",),
    "closePage": ("not_claimed", "report_closed", "closed_by_others"),
    "replyToPage": ("report_closed", "advice_closed", "too_many_messages"),
    "createRoster": ("roster_exists",),
    "createMyWebhookEndpoint": ("too_many_endpoints",),
    "createSchoolWebhookEndpoint": ("too_many_endpoints",),
}

# How to repeat a write that has neither key nor ETag.
RETRIES: dict[str, str] = {
    "createToken": (
        "a password opens one more sign-in, which does no harm; a refresh token works again for one minute, for "
        "whoever lost the answer."
    ),
    "revokeToken": "safe. When it was done already, the answer is 401.",
    "createReceiptSession": "safe: one more token for the same report.",
    "createReport": (
        "with the same key and body you get the same receipt; without a key the worry is received twice, and pages "
        "twice."
    ),
    "createMyReportMessage": (
        "with the same key and body; you get the first answer again. Without a key look at the conversation first: a "
        "message that had arrived would stand there twice."
    ),
    "acknowledgePage": "safe: the answer is the same.",
    "declinePage": "safe: the answer is the same.",
    "useAckLink": "safe: the page is acknowledged once.",
    "previewRoster": "safe: nothing is stored.",
    "createMyWebhookEndpoint": "look at your list first: an endpoint that was made would stand there twice.",
    "createSchoolWebhookEndpoint": "look at the list first: an endpoint that was made would stand there twice.",
    "pingMyWebhookEndpoint": "safe: one more test delivery.",
    "pingSchoolWebhookEndpoint": "safe: one more test delivery.",
}
