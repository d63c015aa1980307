"""Examples of help, guidance, reports and what anyone may read. People, places and numbers are made up.

The numbers are from the range that Australia keeps for fiction: nobody answers there.
"""

from __future__ import annotations

from typing import Any

from app.guidance.answers import decision_text
from app.vocabulary import ConfidentialityBasis

REPORT_ID = "7d228523-0829-40a6-b3ad-2dc8114d7c7f"
SITE_ID = "0197b7d8-41aa-7c55-8d0e-6b1f3a5c7e92"
RECEIPT = "7K3QD-0M4XZ-9TBWA-2C6EF"

HELP_MEMBER = {
    "name": "Example Crisis Line",
    "phone_display": "+61 2 5550 1234",
    "phone_dial": "+61255501234",
    "sms": None,
    "web": "https://crisis-line.example",
    "what_it_is": "Somebody to talk to in a crisis, by phone or chat",
}
CRISIS_LINE = {
    "id": "example-crisis-line",
    "name": HELP_MEMBER["name"],
    "tier": "crisis",
    "side_list": None,
    "what_it_is": HELP_MEMBER["what_it_is"],
    "who_for": "Anyone, for themselves or because of somebody else",
    "for": ["self", "worried_about_someone", "supporter"],
    "independent": True,
    "run_by": "independent",
    "shares_information_with_school": "serious_threat_only",
    "channels": ["phone", "online_chat"],
    "phone_display": HELP_MEMBER["phone_display"],
    "phone_dial": HELP_MEMBER["phone_dial"],
    "sms": None,
    "web": HELP_MEMBER["web"],
    "hours_text": "Any time, day or night",
    "always_open": True,
    "cost": "free",
    "cost_kind": "free",
    "languages": ["en"],
    "community": None,
    "culturally_safe_for": [],
    "address": None,
    "latitude": None,
    "longitude": None,
    "site_ids": [],
    "verified_on": "2027-02-01",
    "verify_by": "2027-08-01",
    "pinned": False,
    "open_state": "open",
    "opens_at": None,
    "closes_at": None,
    "as_of": "2027-03-10T11:00:00Z",
    "zone_used": None,
    "verification_overdue": False,
    "conflicts_with_avoided_site": False,
    "why_shown": ["Open at any hour", "You can call because you are worried about somebody else"],
}
EMERGENCY = CRISIS_LINE | {
    "id": "example-emergency",
    "name": "Example Emergency Service",
    "tier": "emergency",
    "what_it_is": "Ambulance, police or fire brigade",
    "who_for": "Anyone, when a life may be in danger now",
    "run_by": "government",
    "shares_information_with_school": "unknown",
    "channels": ["phone"],
    "phone_display": "+61 2 5550 0000",
    "phone_dial": "+61255500000",
    "web": None,
    "why_shown": ["For when a life may be in danger now", "Open at any hour"],
}
_RELAY = CRISIS_LINE | {
    "id": "example-relay",
    "name": "Example Relay Service",
    "tier": None,
    "side_list": "access",
    "what_it_is": "Calls for you, when you cannot hear or speak on the phone",
    "who_for": "People who are deaf, or find it hard to hear or speak",
    "for": ["self"],
    "run_by": "government",
    "phone_display": "+61 2 5550 4321",
    "phone_dial": "+61255504321",
    "web": "https://relay.example",
    "why_shown": [],
}
TWO_WEEKS = {"valid_from": "2027-03-09T13:00:00Z", "valid_until": "2027-03-23T13:00:00Z"}
OPEN_THEN = {"start": TWO_WEEKS["valid_from"], "end": TWO_WEEKS["valid_until"]}


def for_offline(entry: dict[str, Any]) -> dict[str, Any]:
    """One that is always open, as help-now has it: without a minute."""
    hours = {"hours": "24/7", "time_zone": None, "open_intervals": [OPEN_THEN], "unknown_intervals": []}
    return entry | {"as_of": None} | hours


EXPECT = {
    "staffed_now": False,
    "read_by": "2027-03-10T22:00:00Z",
    "read_by_local": "2027-03-11T09:00:00+11:00",
    "basis": "Somebody is there to read your report from Thu 11 Mar 2027 09:00, by the school's clock.",
    "fallback": [EMERGENCY, CRISIS_LINE],
}
PAGING = EXPECT | {
    "staffed_now": True,
    "read_by": "2027-03-10T11:10:00Z",
    "read_by_local": "2027-03-10T22:10:00+11:00",
    "basis": "Somebody is on duty and is being paged now.",
}
_OPTION = {
    "id": "go-for-a-walk",
    "title": "Ask if they would like to go for a walk",
    "text": "Side by side it is often easier to talk. You need not bring anything up: being there is enough.",
    "who_will_know": "Only the two of you.",
}
_OPTION_WITH_OTHERS = {
    "id": "find-a-line-together",
    "title": "Look for a line together",
    "text": "Choose one that answers at this hour, and offer to stay while they call.",
    "who_will_know": "The two of you, and the service.",
}
_FOR_YOU = {
    "id": "somebody-for-you",
    "title": "Have somebody for yourself",
    "text": "Worrying about a friend is heavy. The same lines are there for you.",
    "who_will_know": "Nobody whom you do not tell.",
}
_FRIEND = "Go on being a friend as you were. Somebody else can carry the rest."

_REPORT_ROW = {
    "id": REPORT_ID,
    "state": "new",
    "signs": ["withdrawn_or_keeping_to_self", "tearful"],
    "priority_stated": "soon",
    "priority_set": None,
    "priority": "soon",
    "needs_person_check": False,
    "awaiting_second_person": False,
    "group_id": None,
    "text_hidden": False,
    "waiting_since": "2027-03-10T10:00:00Z",
    "wants": "advice_only",
    "claimed": False,
    "claimed_by_me": False,
    "withdrawal": None,
    "submitted_hour": "2027-03-10T10:00:00Z",
}
_REPORT_SUMMARY = _REPORT_ROW | {"waiting_hours": 13}
REPORT = _REPORT_ROW | {
    "about_whom": "someone_else",
    "relationship": "same_placement",
    "narrative": "She has stopped coming to lunch, and looks worn out.",
    "identity_given": False,
    "help_so_far": ["sent_a_message"],
    "when_noticed": "past_week",
    "certainty": "fairly_sure",
    "concern_types": ["placement_isolation"],
    "peer_knows": "not_sure",
    "with_them_now": None,
    "site_id": None,
    "decisions": [],
}
CLAIMED = REPORT | {"state": "claimed", "claimed": True, "claimed_by_me": True}
CLOSED = CLAIMED | {"state": "closed", "waiting_since": None}
_MESSAGE = {
    "id": "c2b1a0f9-7e6d-4c5b-9a48-3f2e1d0c9b8a",
    "position": 1,
    "author": "triager",
    "text": "Thank you for telling us. Have you seen her since?",
    "sent_hour": "2027-03-10T23:00:00Z",
}
REPORTERS_MESSAGE = _MESSAGE | {
    "id": "5e4d3c2b-1a09-4f8e-8d7c-6b5a49382716",
    "position": 2,
    "author": "reporter",
    "text": "I saw her this morning. Her sister is with her now.",
}
MESSAGE_FOR_STAFF = _MESSAGE | {"text_hidden": False}
_HIDDEN_MESSAGE = REPORTERS_MESSAGE | {"text": None, "text_hidden": True}

# By the name of the schema, then by a name for the example.
BODIES: dict[str, dict[str, Any]] = {
    "ReportCreate": {
        "aboutAFriend": {
            "signs": ["withdrawn_or_keeping_to_self", "tearful"],
            "about_whom": "someone_else",
            "priority": "soon",
            "wants": "advice_only",
            "relationship": "same_placement",
            "narrative": "She has stopped coming to lunch, and looks worn out.",
            "help_so_far": ["sent_a_message"],
            "when_noticed": "past_week",
            "certainty": "fairly_sure",
            "concern_types": ["placement_isolation"],
            "peer_knows": "not_sure",
            "privacy_statement_version": "2026-3",
        },
        "theLeast": {"signs": ["just_a_feeling"]},
        "urgent": {"signs": ["unsafe_right_now"], "priority": "now", "with_them_now": True},
        "keptFromSomebody": {"signs": ["not_replying"], "about_role": "program_person", "keep_from": ["coordinator"]},
    },
    "ReceiptSessionCreate": {"asShown": {"receipt": RECEIPT}, "asTyped": {"receipt": "7k3qd om4xz 9tbwa 2c6ef"}},
    "MessageCreate": {"message": {"text": REPORTERS_MESSAGE["text"]}},
}
REPORT_CHALLENGE = {
    "needed": True,
    "most_tries": 128,
    "expires_at": "2027-03-10T11:10:00Z",
    "challenge": {
        "parameters": {
            "algorithm": "PBKDF2/SHA-256",
            "cost": 1000,
            "keyLength": 32,
            "keyPrefix": "895b0dd5ad909043510cb24e686d465d",
            "nonce": "14e64ca6cbe09edd89208fa86ceaae78",
            "salt": "9a112e4e2c046ec99c792378a39a10af",
            "keySignature": "5baaeb104d0c17b77670b596e1c3e589ef4aa127401862d16a2268104080008c",
            "expiresAt": 1804677000,
        },
        "signature": "b12cda7f1d9e24a46dfc2241b3cc7298f103af2236a10245dee155c3b52b5de0",
    },
}
ANSWERS: dict[str, Any] = {
    "ReportChallenge": REPORT_CHALLENGE,
    "ReportCreated": {
        "receipt": RECEIPT,
        "help_now": [CRISIS_LINE],
        "what_you_can_do": [_OPTION, _OPTION_WITH_OTHERS],
        "for_you": [_FOR_YOU],
        "expect": EXPECT,
        "continue_as_friend": _FRIEND,
        "identity_kept": False,
        "links": {"session": "/v1/receipts/session"},
    },
    "ReceiptSession": {
        "access_token": "example-only.not-a-real.receipt-token",
        "token_type": "Bearer",
        "expires_in": 900,
    },
    "MyReport": {
        "status": "being_read",
        "status_text": "Somebody is reading it.",
        "nobody_has_answered": False,
        "submitted_hour": "2027-03-10T10:00:00Z",
        "expect": EXPECT,
        "access_summary": [{"role": "triager", "hour": "2027-03-10T22:00:00Z"}],
        "receipt_good_until": "2027-06-08",
        "undo_until": None,
        "continue_as_friend": _FRIEND,
        "decisions": [
            {
                "basis": "serious_threat_to_life_health_or_safety",
                "text": decision_text(ConfidentialityBasis.SERIOUS_THREAT, alone=False, opens_identity=False),
                "alone": False,
                "hour": "2027-03-10T16:00:00Z",
            }
        ],
    },
    "MessageOut": _MESSAGE,
    "MessagePage": {"items": [_MESSAGE, REPORTERS_MESSAGE], "next_cursor": None},
    "ReportMessageOut": MESSAGE_FOR_STAFF,
    "ReportMessagePage": {"items": [MESSAGE_FOR_STAFF, _HIDDEN_MESSAGE], "next_cursor": None},
    "ReportOut": REPORT,
    "ReportPage": {"items": [_REPORT_SUMMARY], "next_cursor": "kD3vQm8rT1xY"},
    "ReaderList": {
        "items": [{"role": "coordinator", "alias": "Lee"}, {"role": "triager", "alias": "Noor"}],
    },
    "HelpNowOut": {
        "school": "harbour",
        "school_name": "Harbour Medical School",
        "country": "AU",
        "emergency": [for_offline(EMERGENCY)],
        "always_open": [for_offline(CRISIS_LINE)],
        "access": [for_offline(_RELAY)],
        "what_to_do": ["If a life may be in danger, call the emergency number now.", "Stay with them if you are safe."],
        "red_flags": ["They are not safe right now."],
        **TWO_WEEKS,
        "version": "9f3c5a7e1b2d4f60",
    },
    "PrivacyStatementOut": {
        "version": "2026-3",
        "title": "Who reads what you send, and what is kept",
        "who_can_read": ["The triagers of your school, one at a time."],
        "what_is_stored": ["What you write, encrypted. Not your name, your address or your device."],
        "how_long": ["Exact times until it is closed, then only hours."],
        "limits": ["When a life is in danger, what is needed to protect it may be passed on."],
        "what_never_happens": ["Nothing goes into anybody's academic record."],
    },
    "CoverageNow": {
        "lines": [{"line": "clinical_advice", "staffed": True}, {"line": "academic_advice", "staffed": False}]
    },
}
