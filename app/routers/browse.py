"""The contract as it is served: /openapi.json, and a page over it, Swagger UI, with nothing from any other host.

The program comes with the package fastapi-swagger, which brings its files and is not otherwise used. The page may load
from here alone (Content-Security-Policy); what is tried out on it is sent here alone, too.
"""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from importlib import resources

from fastapi import APIRouter, FastAPI, Request, Response

from app.core.asgi import dump
from app.core.prepared import Prepared
from app.core.problems import NotFound
from app.routers import replies

router = APIRouter(include_in_schema=False)

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Peerline: the API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<noscript><p>This page needs JavaScript. The same is in <a href="/openapi.json">openapi.json</a>.</p></noscript>
<main id="docs"></main>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
# Operations folded, no list of schemas at the end: there are hundreds of both. No validator: it is another host's.
_START = """window.ui = SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  docExpansion: "none",
  defaultModelsExpandDepth: -1,
  displayRequestDuration: true,
  filter: true,
  persistAuthorization: false,
  validatorUrl: null,
  withCredentials: false,
});
"""
# The program sets styles of elements, and draws its signs from data: addresses.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_KINDS = {
    "swagger-ui.css": "text/css; charset=utf-8",
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "start.js": "text/javascript; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class _File:
    body: bytes
    etag: str


@router.get("/openapi.json")
async def get_openapi(request: Request) -> Response:
    """The document. A release has one: whoever has it is told so."""
    return replies.prepared(request, _document(request.app))


@router.get("/docs")
async def browse(request: Request) -> Response:
    """The page."""
    page = _file(_PAGE.encode())
    headers = {"Cache-Control": "no-cache", "Content-Security-Policy": _POLICY}
    return replies.conditional(request, page.body, etag=page.etag, headers=headers, media_type="text/html")


@router.get("/docs/{asset}")
async def get_asset(asset: str, request: Request) -> Response:
    """What the page is made of. Raises NotFound."""
    if asset not in _KINDS:
        raise NotFound
    return replies.prepared(request, _asset(asset), media_type=_KINDS[asset])


def _document(app: FastAPI) -> Prepared:
    """Written out once for each application: it has more than a megabyte."""
    kept: Prepared | None = getattr(app.state, "openapi", None)
    if kept is None:
        headers = {"Cache-Control": "public, max-age=300"}
        kept = app.state.openapi = Prepared(_file(dump(app.openapi())), headers, compressible=True)
    return kept


@functools.cache
def _asset(name: str) -> Prepared:
    if name == "start.js":
        body = _START.encode()
    else:
        body = (resources.files("fastapi_swagger") / "resources" / name).read_bytes()
    return Prepared(_file(body), {"Cache-Control": "public, max-age=3600"}, compressible=True)


def _file(body: bytes) -> _File:
    return _File(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')
