"""Which answers lie ready in memory: help, for as long as it is what was made last."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app.core.prepared import Kept, Prepared
from app.routers.runtime import Runtime

SCHOOLS = "/v1/schools/"
CACHED = {"Cache-Control": "public, max-age=300, stale-while-revalidate=86400"}


class Ready:
    """Finds by path. Knows only what is in memory: whatever is not goes the usual way, which fetches it."""

    def __init__(self, runtime: Runtime) -> None:
        self._sources: dict[str, Callable[[str], Kept | None]] = {"help-now": runtime.help.school}
        self._headers: Mapping[str, str] = CACHED
        self._prepared: dict[str, Prepared] = {}

    def find(self, path: str) -> Prepared | None:
        if not path.startswith(SCHOOLS):
            return None
        slug, _, what = path[len(SCHOOLS) :].partition("/")
        source = self._sources.get(what)
        kept = source(slug) if source is not None else None
        if kept is None:
            return None
        prepared = self._prepared.get(path)
        if prepared is None or prepared.kept is not kept:
            # As many as there are schools whose help is kept: nobody fills it with names.
            prepared = self._prepared[path] = Prepared(kept, self._headers)
        return prepared
