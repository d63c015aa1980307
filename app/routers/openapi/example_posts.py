"""Examples of posts: a programme with a lead and a deputy."""

from __future__ import annotations

from typing import Any

from app.routers.openapi.example_duty import MIRA, TOMAS

CODE = "programme_lead"
_BODY = {"title": "Lead of the programme", "holder": MIRA, "deputy": TOMAS}
_POST = {
    "code": CODE,
    "title": _BODY["title"],
    "holder": {"person": MIRA, "alias": "Mira", "active": True},
    "deputy": {"person": TOMAS, "alias": "Tomas", "active": True},
    "vacant": False,
    "covered": True,
    "version": 1,
    "created_at": "2027-03-10T11:00:00Z",
    "updated_at": "2027-03-10T11:00:00Z",
}
BODIES: dict[str, Any] = {"PostPut": {"filled": _BODY, "withoutHolder": _BODY | {"holder": None}}}
ANSWERS: dict[str, Any] = {"PostOut": _POST, "PostPage": {"items": [_POST], "next_cursor": None}}
EVENTS: dict[str, Any] = {"post.vacant": {"school": "harbour", "post": CODE, "covered": True}}
