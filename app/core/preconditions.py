"""ETags and conditional requests (RFC 9110, 13; RFC 6585, 3; contract C1 to C6).

The ETag of a resource is a hash of its representation: the same state has the same tag, and any visible change
another.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import BaseModel

from app.core.problems import PreconditionFailed, PreconditionRequired

# Empty elements of a list count for nothing (RFC 9110, 5.6.1).
_TAG = re.compile(r'[\s,]*(?P<weak>W/)?(?P<tag>"[\x21\x23-\x7e\x80-\xff]*")\s*(?:,|$)')


def etag_of(representation: bytes) -> str:
    """A strong entity tag."""
    return f'"{hashlib.sha256(representation).hexdigest()[:32]}"'


def etag_of_model(model: BaseModel) -> str:
    return etag_of(model.model_dump_json(by_alias=True).encode())


def matches(header: str, etag: str, *, weak: bool) -> bool:
    """Whether a list of tags names this one; `weak` compares as If-None-Match does, otherwise as If-Match does."""
    if header.strip() == "*":
        return True
    return any(found["tag"] == etag and (weak or found["weak"] is None) for found in _tags(header))


def _tags(header: str) -> Iterator[re.Match[str]]:
    """The tags of a list, up to the first that is malformed: `w/"a"` is not the strong tag `"a"`."""
    found = _TAG.match(header)
    while found is not None:
        yield found
        found = _TAG.match(header, found.end())


@dataclass(frozen=True, slots=True)
class Version:
    """What the client says it changes: its If-Match header, several lines of it as one list (RFC 9110, 5.3)."""

    if_match: str | None

    def check(self, current: BaseModel) -> None:
        """Raises PreconditionRequired without a header, PreconditionFailed with that of another state."""
        if self.if_match is None:
            raise PreconditionRequired
        if not matches(self.if_match, etag_of_model(current), weak=False):
            raise PreconditionFailed
