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
        return bundle(self._runtime, path, kept)

    def count(self, scope: Scope) -> Mapping[str, str] | None:
        """As `callers.anonymous_limit`."""
        client = scope.get("client")
        try:
            return self._runtime.callers.take(f"anonymous {client[0] if client else ''}").headers()
        except TooManyRequests:
            return None


def bundle(runtime: Runtime, path: str, kept: Kept) -> Prepared:
    """The answer with a school's help or directory. As many are kept as there are schools that have any: nobody fills
    it with names."""
    prepared = runtime.bundles.get(path)
    if prepared is None or prepared.kept is not kept:
        prepared = runtime.bundles[path] = Prepared(kept, CACHED, compressible=True)
    return prepared
