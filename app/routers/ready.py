"""Which answers lie ready in memory: help and directories, for as long as they are what was made last."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app.core.asgi import Scope
from app.core.prepared import Kept, Prepared
from app.core.problems import TooManyRequests
from app.routers.runtime import Runtime

SCHOOLS = "/v1/schools/"
CACHED = {"Cache-Control": "public, max-age=300, stale-while-revalidate=86400"}


class Ready:
    """Finds by path. Knows only what is in memory: whatever is not goes the usual way, which fetches it."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._sources: dict[str, Callable[[str], Kept | None]] = {
            "help-now": runtime.help_at_hand,
            "directory/snapshot": runtime.snapshots.school,
        }
        self._headers: Mapping[str, str] = CACHED
        self._prepared: dict[str, Prepared] = {}

    def find(self, path: str, query: bytes) -> Prepared | None:
        if not path.startswith(SCHOOLS):
            return None
        slug, _, what = path[len(SCHOOLS) :].partition("/")
        if what == "directory":
            return self._runtime.ready_page(slug, query)
        source = self._sources.get(what)
        kept = source(slug) if source is not None and not query else None
        if kept is None:
            return None
        prepared = self._prepared.get(path)
        if prepared is None or prepared.kept is not kept:
            # As many as there are schools whose help and directory are kept: nobody fills it with names.
            prepared = self._prepared[path] = Prepared(kept, self._headers)
        return prepared

    def count(self, scope: Scope) -> Mapping[str, str] | None:
        """As `callers.anonymous_limit`."""
        client = scope.get("client")
        try:
            return self._runtime.callers.take(f"anonymous {client[0] if client else ''}").headers()
        except TooManyRequests:
            return None
