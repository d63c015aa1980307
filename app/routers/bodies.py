"""Which operations take no body: what is sent to them all the same is refused, as an unknown field is (contract R8)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute, compile_path


def without(routes: Sequence[BaseRoute]) -> Callable[[str, str], bool]:
    """Says of a method and path whether they are an operation of these without a body."""
    known = []
    for context in iter_route_contexts(routes):
        if getattr(context, "dependant", None) is not None:
            pattern, _, _ = compile_path(context.path or "")
            known.append((frozenset(context.methods or ()), pattern, getattr(context, "body_field", None) is None))

    def is_without(method: str, path: str) -> bool:
        # The first that fits, as the router takes it.
        return next((empty for methods, pattern, empty in known if method in methods and pattern.match(path)), False)

    return is_without
