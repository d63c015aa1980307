"""The route of a request, found at a glance.

A router asks its routes one after the other, each with a regular expression: with three hundred of them that was half
of what a request cost. Here the literal parts of a path are looked up first, and only those routes are asked that may
have it, in their order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

# Deeper than that hardly any two paths differ.
DEPTH = 5
_FOUND = "peerline.route"

# How long a path is, and what stands at those places that have no parameter.
Shape = tuple[int, tuple[str, ...]]


class Finder(BaseRoute):
    """Stands before the routes that it knows, and answers as the first of them that has the path would."""

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self._shapes: dict[tuple[int, ...], dict[Shape, list[int]]] = {}
        self._routes = list(routes)
        for number, route in enumerate(self._routes):
            for places, shape in _shapes_of(context.path for context in iter_route_contexts([route])):
                self._shapes.setdefault(places, {}).setdefault(shape, []).append(number)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        partial: tuple[Match, Scope] | None = None
        for route in self.candidates(scope):
            match, child = route.matches(scope)
            if match is Match.NONE:
                continue
            child[_FOUND] = route
            if match is Match.FULL:
                return match, child
            partial = partial or (match, child)
        return partial or (Match.NONE, {})

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await scope[_FOUND].handle(scope, receive, send)

    def candidates(self, scope: Scope) -> list[BaseRoute]:
        """Those that may have the path, in their order. None below another path: there, all are asked in turn."""
        if scope["type"] != "http" or scope.get("root_path"):
            return []
        segments = scope["path"].split("/")
        length, found = len(segments), list[int]()
        for places, shapes in self._shapes.items():
            if length > places[-1]:
                found += shapes.get((length, tuple([segments[place] for place in places])), ())
        return [self._routes[number] for number in sorted(found)]


def _shapes_of(paths: Iterable[str | None]) -> set[tuple[tuple[int, ...], Shape]]:
    """Of each path the places that are looked at, and its shape."""
    shapes = set()
    for path in paths:
        segments = (path or "").split("/")
        places = tuple(place for place, segment in enumerate(segments[:DEPTH]) if "{" not in segment)
        shapes.add((places, (len(segments), tuple(segments[place] for place in places))))
    return shapes
