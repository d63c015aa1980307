"""Paths that stand as they are where another has a parameter: `/rosters/load` beside `/rosters/{roster_id}`.

The one that stands as it is comes first (OpenAPI 3.1, Paths Object), with every method: asked by one that it does not
have it says so, and its last word is nobody's id.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence

from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute


def methods_of_fixed(routes: Sequence[BaseRoute]) -> Callable[[str], frozenset[str] | None]:
    """Gives the methods of such a path, and None for any other."""
    methods: dict[str, set[str]] = defaultdict(set)
    for context in iter_route_contexts(routes):
        if context.path is not None:
            methods[context.path] |= set(context.methods or ())
    fixed = [path for path in methods if any(_before(path, other) for other in methods)]
    known = [(re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), frozenset(methods[path])) for path in fixed]
    any_of_them = re.compile("|".join(pattern.pattern for pattern, _ in known) or r"(?!)")

    def find(path: str) -> frozenset[str] | None:
        if not any_of_them.fullmatch(path):
            return None
        return next(methods for pattern, methods in known if pattern.fullmatch(path))

    return find


def _before(path: str, other: str) -> bool:
    """Whether all that `path` matches is matched by `other` too, which has a parameter where `path` has a word."""
    mine, others = path.split("/"), other.split("/")
    return (
        mine != others
        and len(mine) == len(others)
        and all(a == b or b.startswith("{") for a, b in zip(mine, others, strict=True))
        and any(not a.startswith("{") and b.startswith("{") for a, b in zip(mine, others, strict=True))
    )
