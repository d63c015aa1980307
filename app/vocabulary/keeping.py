"""The codes of what is kept, erased and looked into, for privacy officers. They never change."""

from __future__ import annotations

from enum import StrEnum


class RetentionClass(StrEnum):
    """What is kept for how long. `named`: every report but those that only asked for advice and name nobody."""

    ADVICE_ONLY_UNNAMED = "advice_only_unnamed"
    NAMED = "named"
    WITHDRAWN_RESTRICTED = "withdrawn_restricted"
    ADVICE_REQUEST = "advice_request"
    AUDIT_AND_ACCESS_LOG = "audit_and_access_log"


class RetentionTrigger(StrEnum):
    """From when the time counts: the hour it was over, or the hour of the last thing that anybody did with it."""

    CLOSED = "closed"
    LAST_USED = "last_used"


class RetentionRunState(StrEnum):
    """`running`: workers are at it, or will be."""

    RUNNING = "running"
    FINISHED = "finished"


class RetentionResult(StrEnum):
    """What an erasure run found of one record. A dry run lists what is `due`, and why the rest of what is old stays.

    `unread`: nobody has ever opened it, and it was not taken back. `updated`: somebody did something with it in the
    last seven days. `undecided`: something about it waits for a person. `changed`: it is no longer what was listed.
    """

    DUE = "due"
    ERASED = "erased"
    HELD = "held"
    UNREAD = "unread"
    UPDATED = "updated"
    UNDECIDED = "undecided"
    CHANGED = "changed"


class IncidentKind(StrEnum):
    """What went wrong with somebody's privacy."""

    SEEN_BY_WRONG_PERSON = "seen_by_wrong_person"
    TOLD_WITHOUT_AGREEMENT = "told_without_agreement"
    LOST_DEVICE_OR_CREDENTIALS = "lost_device_or_credentials"
    SENT_TO_WRONG_ADDRESS = "sent_to_wrong_address"
    OTHER = "other"


class IncidentStatus(StrEnum):
    OPEN = "open"
    CONTAINED = "contained"
    CLOSED = "closed"


class SeriousHarm(StrEnum):
    """Whether serious harm to somebody is likely, as whoever looked into an incident judges it."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"
