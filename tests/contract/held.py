"""A client that holds every answer against the OpenAPI document."""

from __future__ import annotations

import copy
from collections import defaultdict
from typing import Any

import httpx
from openapi_reading import differences, operations

from tests.support.world import Someone, World

OPERATIONS = {operation.name: operation for operation in operations()}


class Held:
    """A client whose every answer is held against the document. `seen`: the statuses of each operation."""

    def __init__(self, world: World) -> None:
        self.http = world.http
        self.seen: dict[str, set[int]] = defaultdict(set)

    async def __call__(
        self,
        name: str,
        someone: Someone | dict[str, str] | None = None,
        *,
        at: dict[str, Any] | None = None,
        **how: Any,
    ) -> httpx.Response:
        """Call an operation by its name. `at`: parameters of the path."""
        operation = OPERATIONS[name]
        path = operation.path.format(**{"school": "harbour"} | (at or {}))
        who = someone.headers if isinstance(someone, Someone) else (someone or {})
        headers = how.pop("headers", {})
        answer = await self.http.request(operation.method, path, headers=who | headers, **how)
        self.seen[name].add(answer.status_code)
        assert differences(operation, answer) == [], f"{name} {answer.status_code}: {answer.text[:500]}"
        return answer

    async def versioned(
        self, name: str, someone: Someone, read: str, *, at: dict[str, Any], **how: Any
    ) -> httpx.Response:
        """Change what `read` shows."""
        shown = await self(read, someone, at=at)
        return await self(name, someone, at=at, headers={"If-Match": shown.headers["ETag"]}, **how)


def example(name: str, *, of: str | None = None) -> Any:
    """The body that the document shows for an operation."""
    [media] = OPERATIONS[name].content().values()
    examples = media["examples"]
    # A copy: the examples belong to the application, and a scenario changes its own.
    return copy.deepcopy((examples[of] if of else next(iter(examples.values())))["value"])
