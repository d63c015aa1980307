"""Stories that students and role models tell of themselves, and what a school says of itself."""

from __future__ import annotations

from enum import StrEnum


class AuthorKind(StrEnum):
    """Who tells a story of their own (STUDY T04): a student, one a few years ahead, or somebody looked up to."""

    PEER = "peer"
    NEAR_PEER = "near_peer"
    ROLE_MODEL = "role_model"


class StoryState(StrEnum):
    """`withdrawn` is what is left of a story that was public once: that there was one."""

    AWAITING_REVIEW = "awaiting_review"
    CHANGES_ASKED = "changes_asked"
    AWAITING_SECOND_PERSON = "awaiting_second_person"
    PUBLISHED = "published"
    NOT_PUBLISHED = "not_published"
    WITHDRAWN = "withdrawn"


class StoryDecision(StrEnum):
    PUBLISH = "publish"
    ASK_FOR_CHANGES = "ask_for_changes"
    DO_NOT_PUBLISH = "do_not_publish"


class SponsorKind(StrEnum):
    """Who stands behind a programme (STUDY D15)."""

    ACADEMIC = "academic"
    PROFESSIONAL = "professional"


class DocumentOwner(StrEnum):
    """Whose policy or procedure a document is (STUDY D15)."""

    UNIVERSITY = "university"
    HEALTH_SERVICE = "health_service"
    SCHOOL = "school"
