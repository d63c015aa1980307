"""Examples of duty: sign-in, advice, pages, rosters and webhooks. People, places and tokens are made up."""

from __future__ import annotations

from typing import Any

from app.routers.openapi.example_guidance import ROLE_CARD
from app.routers.openapi.example_help import PAGING

REQUEST_ID = "0197b7d8-5c1e-7d2a-9b3f-2e4a6c8d0f11"
PAGE_ID = "e65a26ae-f598-4544-9120-bd935d243794"
ROSTER_ID = "0197b7d8-1c6c-7405-acfe-7268a874a683"
MIRA, TOMAS = "0197b7d8-155a-7dcf-a84f-8192f0269ba3", "0197b7d8-155c-7a01-9f3e-5d7b9c1e3a42"
_ASKED_AT, _ACK_BY = "2027-03-10T11:00:00Z", "2027-03-10T11:10:00Z"
_TEXT = "Bring somebody in now, and stay in touch as a friend."

_REQUEST = {
    "id": REQUEST_ID,
    "topic": "when_to_escalate",
    "line": "clinical_advice",
    "priority": "today",
    "status": "open",
    "outcome": None,
    "summary": "Someone I support has stopped answering. When do I bring somebody else in?",
    "on_duty": [{"alias": "Mira", "line": "clinical_advice"}],
    "due_at": _ACK_BY,
    "expect": PAGING,
    "nobody_has_answered": False,
    "status_text": "Mira is being asked.",
    "role_card": ROLE_CARD,
    "mine": True,
    "created_at": _ASKED_AT,
}
_CLOSED = {"status": "closed", "outcome": "i_continue", "status_text": "You have closed it.", "due_at": None}
REQUEST_CLOSED = _REQUEST | _CLOSED
_ADVICE_MESSAGE = {
    "id": "b9c8d7e6-f5a4-4b3c-8d2e-1f0a9b8c7d6e",
    "position": 1,
    "author": "adviser",
    "text": _TEXT,
    "sent_at": "2027-03-10T11:06:30Z",
}
_PAGE = {
    "id": PAGE_ID,
    "subject_kind": "advice_request",
    "line": "clinical_advice",
    "priority": "today",
    "level": "primary",
    "state": "delivered",
    "escalation_state": "open",
    "drill": False,
    "ack_by": _ACK_BY,
}
PAGE_DECLINED = _PAGE | {"state": "declined"}
PAGE_HANDED_OVER = _PAGE | {"state": "handed_over"}
BRIEF_CLOSED = {
    "page": _PAGE
    | {
        "subject_kind": "report",
        "line": "independent_advice",
        "priority": "soon",
        "state": "acknowledged",
        "escalation_state": "closed",
    },
    "withdrawal": None,
    "signs": ["tearful"],
    "priority_stated": "soon",
    "priority": "soon",
    "with_them_now": False,
    "topic": None,
    "text": "It is about somebody who teaches us.",
    "text_hidden": False,
    "messages": [
        {
            "position": 1,
            "author": "adviser",
            "text": "Thank you. I do not work at your school.",
            "text_hidden": False,
        }
    ],
    "outcomes": ["advice_given_to_reporter"],
    "notes": [],
    "identity_given": False,
    "decisions": [],
}
LAYER = {
    "id": "weekly",
    "rank": 1,
    "rotation": {"unit": "week", "length": 1, "start_local": "2027-03-15T09:00", "participants": [MIRA, TOMAS]},
}
_ROSTER = {
    "name": "Clinical advice",
    "line": "clinical_advice",
    "time_zone": "Australia/Melbourne",
    "layers": [LAYER],
}
KEPT_LAYER = LAYER | {
    "time_zone": None,
    "rotation": {**LAYER["rotation"], "until_local": None, "advance_on": "calendar", "paused": []},  # type: ignore[dict-item]  # a dict of its own
    "versions": [],
    "restrictions": [],
    "weekly_ranges": [],
}
_KEPT_ROSTER = {
    "id": ROSTER_ID,
    "level": "primary",
    "expects": "always",
    "roster": {**_ROSTER, "combine": "precedence", "layers": [KEPT_LAYER], "overrides": []},
    "effective_from": "2027-03-01T02:00:00Z",
    "next_version_from": None,
    "version": 1,
    "created_at": "2027-03-01T02:00:00Z",
    "updated_at": "2027-03-01T02:00:00Z",
}
NO_COVER = ("2027-03-24T22:00:00Z", "2027-03-25T06:00:00Z")
WINDOW = ("2027-03-21T00:00:00Z", "2027-03-28T00:00:00Z")
_HANDOFF = "2027-03-21T22:00:00Z"
_BY_LAYER = {"layers": ["weekly"], "overrides": []}

# By the name of the schema, then by a name for the example.
BODIES: dict[str, dict[str, Any]] = {
    "AdviceRequestCreate": {
        "question": {"topic": "when_to_escalate", "priority": "today", "summary": _REQUEST["summary"]},
    },
    "AdviceMessageCreate": {"message": {"text": _TEXT}},
    "ReplyCreate": {"reply": {"text": _TEXT}},
    "RosterCreate": {"twoAdvisersByTheWeek": {"level": "primary", "roster": _ROSTER}},
    "PreviewRequest": {
        "aWeekWithoutCoverOnOneDay": {
            "roster": {
                **_ROSTER,
                "overrides": [
                    {"id": "exam-day", "person": None, "start": NO_COVER[0], "end": NO_COVER[1], "created_seq": 1}
                ],
            },
            "window": {"start": WINDOW[0], "end": WINDOW[1]},
        }
    },
}
ANSWERS: dict[str, Any] = {
    "TokenPair": {
        "access_token": "example-only.not-a-real.access-token",
        "token_type": "Bearer",
        "expires_in": 600,
        "refresh_token": "ptr_ZmljdGl0aW91cy1leGFtcGxlLXRva2Vu",
        "scope": None,
        "school": "harbour",
        "roles": ["adviser"],
        "issued_token_type": None,
    },
    "Me": {
        "id": MIRA,
        "alias": "Mira",
        "school": "harbour",
        "roles": ["adviser"],
        "token_expires_at": _ACK_BY,
    },
    "JsonWebKeySet": {
        "keys": [
            {
                "kty": "EC",
                "crv": "P-256",
                "x": "DWOCkFz4X4pjU7XZ7fwUFxWP9D8A4Cnlg2_FuVn_1Cs",
                "y": "FCZEK6cJbvCE969RlwK33dJN1wGX3uM7I6lS223UZn8",
                "kid": "1b6ea57985dab119",
                "use": "sig",
                "alg": "ES256",
            }
        ]
    },
    "Health": {"status": "ok"},
    "Meta": {
        "api_version": "v1",
        "version": "0.1.0",
        "server_time": _ASKED_AT,
        "apps": [
            {
                "platform": "ios",
                "minimum_version": "1.2",
                "latest_version": "1.4.1",
                "upgrade_url": "https://apps.example.edu/peerline",
            }
        ],
        "features": ["reports", "receipts", "paging", "case_advice", "rosters", "webhooks"],
    },
    "AdviceRequestOut": _REQUEST,
    "AdviceRequestPage": {"items": [_REQUEST], "next_cursor": None},
    "AdviceMessageOut": _ADVICE_MESSAGE,
    "AdviceMessagePage": {"items": [_ADVICE_MESSAGE], "next_cursor": None},
    "PageOut": _PAGE,
    "PagePage": {"items": [_PAGE], "next_cursor": None},
    "Brief": {
        "page": _PAGE,
        "withdrawal": None,
        "signs": [],
        "priority_stated": "today",
        "priority": "today",
        "with_them_now": None,
        "topic": "when_to_escalate",
        "text": _REQUEST["summary"],
        "text_hidden": False,
        "messages": [],
        "outcomes": [],
        "notes": [],
        "identity_given": False,
        "decisions": [],
    },
    "AckOut": {"state": "acknowledged", "by_role": "primary", "first": True},
    "ReplyOut": {"position": 1, "page": _PAGE | {"state": "acknowledged", "escalation_state": "closed"}},
    "RosterOut": _KEPT_ROSTER,
    "RosterPage": {"items": [_KEPT_ROSTER], "next_cursor": None},
    "OnCallOut": {
        "roster_id": ROSTER_ID,
        "at": _ASKED_AT,
        "on_call": [{"id": MIRA, "alias": "Mira"}],
        "until": _HANDOFF,
    },
    "RenderingOut": {
        "segments": [
            {"start": WINDOW[0], "end": _HANDOFF, "on_call": [MIRA], "source": _BY_LAYER},
            {"start": _HANDOFF, "end": NO_COVER[0], "on_call": [TOMAS], "source": _BY_LAYER},
            {
                "start": NO_COVER[0],
                "end": NO_COVER[1],
                "on_call": [],
                "source": {"layers": [], "overrides": ["exam-day"]},
            },
            {"start": NO_COVER[1], "end": WINDOW[1], "on_call": [TOMAS], "source": _BY_LAYER},
        ],
        "gaps": [{"start": NO_COVER[0], "end": NO_COVER[1]}],
        "minutes_per_person": {MIRA: 1320, TOMAS: 8280},
    },
}
EVENTS: dict[str, Any] = {
    "page.requested": {
        "page_id": PAGE_ID,
        "school": "harbour",
        "priority": "today",
        "level": "primary",
        "ack_by": _ACK_BY,
        "ack_url": f"https://peerline.example.edu/v1/pages/{PAGE_ID}/ack-link/ZXhhbXBsZS1vbmx5LW5vdC1hLXRva2Vu",
        "drill": False,
    },
    "page.cancelled": {"page_id": PAGE_ID, "school": "harbour"},
    "page.exhausted": {
        "escalation_id": "2f1e0d9c-8b7a-4654-9382-71605f4e3d2c",
        "school": "harbour",
        "line": "clinical_advice",
        "priority": "today",
    },
    "conversation.message_added": {
        "school": "harbour",
        "subject_kind": "advice_request",
        "subject_id": REQUEST_ID,
    },
    "coverage.gap_live": {
        "school": "harbour",
        "line": "clinical_advice",
        "level": "primary",
        "cause": "no_working_contact",
        "since": _ASKED_AT,
        "gap_id": None,
    },
    "work.dead": {
        "school": "harbour",
        "kind": "webhooks.deliver",
        "item_id": "8c7b6a59-4837-4261-9504-f3e2d1c0b9a8",
    },
}
