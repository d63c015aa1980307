"""Examples of endpoints and of what was sent to them."""

from __future__ import annotations

from typing import Any

ENDPOINT_ID = "0197b7d8-1b5a-759d-ad71-ed06a78bd2e2"
DELIVERY_ID = "4f6e1c52-0d7b-4a39-8c15-9e2b7d6a5f08"
_SECRET = "whsec_ZXhhbXBsZS1vbmx5LW5vdC1hLXJlYWwtc2VjcmV0"  # noqa: S105  made up
_ENDPOINT = {
    "id": ENDPOINT_ID,
    "url": "https://pager.example.edu/peerline",
    "description": "My pager",
    "format": "standard",
    "position": 0,
    "event_types": ["page.requested", "page.cancelled"],
    "enabled": True,
    "disabled_because": None,
    "health": "healthy",
    "previous_secret_until": None,
    "created_at": "2027-03-01T02:00:00Z",
    "updated_at": "2027-03-01T02:00:05Z",
}
_NEW_ENDPOINT = _ENDPOINT | {"health": "unverified", "updated_at": "2027-03-01T02:00:00Z"}
ENDPOINT_PAUSED = _ENDPOINT | {"enabled": False, "updated_at": "2027-03-12T08:30:00Z"}
SECRET_ROTATED = _ENDPOINT | {
    "secret": _SECRET,
    "previous_secret_until": "2027-03-13T08:30:00Z",
    "updated_at": "2027-03-12T08:30:00Z",
}
_DELIVERY = {
    "id": DELIVERY_ID,
    "event_id": "5d0c7e9a-1b2f-4c3d-8e4f-6a7b8c9d0e1f",
    "event_type": "page.requested",
    "occurred_at": "2027-03-10T11:00:00.250000Z",
    "state": "pending",
    "next_attempt_at": "2027-03-10T11:05:12.500000Z",
    "attempts": [
        {"number": 1, "at": "2027-03-10T11:00:05.750000Z", "status": None, "error": "timeout", "duration_ms": 5002},
        {"number": 2, "at": "2027-03-10T11:00:11Z", "status": 502, "error": None, "duration_ms": 84},
    ],
}

# As in example_duty.py.
BODIES: dict[str, dict[str, Any]] = {
    "WebhookEndpointCreate": {
        "endpoint": {
            "url": _ENDPOINT["url"],
            "description": "My pager",
            "event_types": ["page.requested", "page.cancelled"],
        },
        "everyEvent": {"url": _ENDPOINT["url"]},
        "ntfy": {"url": "https://ntfy.example.edu/mira-4Kc9vXw2", "format": "ntfy", "position": 0},
    },
    "WebhookEndpointUpdate": {
        "pause": {"enabled": False},
        "move": {"url": "https://pager.example.edu/new"},
        "tryFirst": {"position": 0},
    },
    "SecretRotation": {"overADay": {"overlap_hours": 24}, "atOnce": {"overlap_hours": 0}},
}
ANSWERS: dict[str, Any] = {
    "WebhookEndpointOut": _ENDPOINT,
    "WebhookEndpointPage": {"items": [_ENDPOINT], "next_cursor": None},
    "WebhookEndpointCreated": _NEW_ENDPOINT | {"secret": _SECRET},
    "WebhookDeliveryOut": _DELIVERY,
    "WebhookDeliveryPage": {"items": [_DELIVERY], "next_cursor": None},
}
EVENTS: dict[str, Any] = {
    "webhook_endpoint.disabled": {"school": "harbour", "endpoint_id": ENDPOINT_ID, "reason": "gone"},
    "webhook_endpoint.ping": {"school": "harbour", "endpoint_id": ENDPOINT_ID},
}
