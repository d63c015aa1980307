"""The public directory by the Open Referral standard HSDS 3.2: the country's, and each school's (docs/hsds.md).

Names of paths and parameters, pages and what is left out are the standard's (contract 1.1 is about `/v1`).
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.routing import APIRoute

from app.core import clock, preconditions
from app.directory.hsds import collections, pages, stored
from app.directory.hsds.collections import Directory, Wanted
from app.directory.hsds.pages import (
    HsdsAbout,
    HsdsOrganizationPage,
    HsdsServiceAtLocationPage,
    HsdsServicePage,
    HsdsTaxonomyPage,
    HsdsTaxonomyTermPage,
)
from app.directory.hsds.shapes import (
    HsdsOrganization,
    HsdsService,
    HsdsServiceAtLocation,
    HsdsTaxonomy,
    HsdsTaxonomyTerm,
)
from app.routers import replies
from app.routers.callers import SchoolPath, anonymous_limit
from app.routers.docs import operation_id, problems
from app.routers.hsds_parameters import Asked, AskedFor, Full, OrganizationId, Search, TaxonomyId, TermId
from app.routers.runtime import runtime_of

T = TypeVar("T")

CACHED = {"Cache-Control": "public, max-age=300"}
_DESCRIPTION = "Services that somebody who is worried, or supports somebody, can turn to; entries that are public."

routes = APIRouter(tags=["hsds"])


async def directory(request: Request) -> Directory:
    """That of the school in the path, or of the deployment's country."""
    runtime = runtime_of(request)
    year = clock.now().year
    slug = request.path_params.get("school")
    if slug is None:
        return stored.of_country(runtime.settings.default_country, year=year)
    return await runtime.db.read(lambda session: stored.of_school(session, slug, year=year))


DirectoryOf = Annotated[Directory, Depends(directory)]
KNOWN = problems(503, not_modified=True)


@routes.get("", summary="Which version of HSDS is spoken here", response_model=HsdsAbout, responses=KNOWN)
async def get_hsds(request: Request, _: DirectoryOf) -> Response:
    """Read this first: the version, and where all the rest is described."""
    about: HsdsAbout = {
        "version": pages.VERSION,
        "profile": pages.PROFILE,
        "openapi_url": f"{runtime_of(request).settings.base_url}/openapi.json",
        "description": _DESCRIPTION,
    }
    return await _shown(request, lambda: about)


@routes.get("/services", summary="Services", response_model=HsdsServicePage, responses=KNOWN)
async def list_hsds_services(
    request: Request,
    found: DirectoryOf,
    asked: AskedFor,
    search: Search = None,
    taxonomy_term_id: TermId = None,
    taxonomy_id: TaxonomyId = None,
    organization_id: OrganizationId = None,
    full: Full = False,
) -> Response:
    """In the order of the directory: by kind of help, then the best checked first."""
    wanted = _wanted(search, taxonomy_term_id, taxonomy_id, organization_id)
    return await _page(request, asked, lambda: found.services(wanted), lambda each: found.show_service(each, full=full))


@routes.get("/services/{service_id}", summary="A service", response_model=HsdsService, responses=KNOWN)
async def get_hsds_service(service_id: uuid.UUID, request: Request, found: DirectoryOf) -> Response:
    """With everything that belongs to it."""
    return await _shown(request, lambda: found.service(str(service_id)))


@routes.get("/organizations", summary="Organizations", response_model=HsdsOrganizationPage, responses=KNOWN)
async def list_hsds_organizations(
    request: Request,
    found: DirectoryOf,
    asked: AskedFor,
    search: Search = None,
    taxonomy_term_id: TermId = None,
    taxonomy_id: TaxonomyId = None,
    full: Full = False,
    full_service: Annotated[
        bool, Query(description="With its services, and everything that belongs to these.")
    ] = False,
) -> Response:
    """Those that run a service that fits."""
    wanted = _wanted(search, taxonomy_term_id, taxonomy_id)

    def show(each: str) -> HsdsOrganization:
        return found.show_organization(each, with_services=full or full_service, full=full_service)

    return await _page(request, asked, lambda: found.organizations(wanted), show)


@routes.get(
    "/organizations/{organization_id}", summary="An organization", response_model=HsdsOrganization, responses=KNOWN
)
async def get_hsds_organization(organization_id: uuid.UUID, request: Request, found: DirectoryOf) -> Response:
    """With its services, and everything that belongs to these."""
    return await _shown(request, lambda: found.organization(str(organization_id)))


@routes.get(
    "/service_at_locations",
    summary="Services at their doors",
    response_model=HsdsServiceAtLocationPage,
    responses=KNOWN,
)
async def list_hsds_service_at_locations(
    request: Request,
    found: DirectoryOf,
    asked: AskedFor,
    search: Search = None,
    taxonomy_term_id: TermId = None,
    taxonomy_id: TaxonomyId = None,
    organization_id: OrganizationId = None,
    full: Full = False,
) -> Response:
    """Only those that somebody can go to: what is reached by phone or on the web has no location."""
    wanted = _wanted(search, taxonomy_term_id, taxonomy_id, organization_id)
    return await _page(request, asked, lambda: found.doors(wanted), lambda each: found.show_door(each, full=full))


@routes.get(
    "/service_at_locations/{service_at_location_id}",
    summary="A service at its door",
    response_model=HsdsServiceAtLocation,
    responses=KNOWN,
)
async def get_hsds_service_at_location(
    service_at_location_id: uuid.UUID, request: Request, found: DirectoryOf
) -> Response:
    """With the service, and everything that belongs to it."""
    return await _shown(request, lambda: found.door(str(service_at_location_id)))


@routes.get("/taxonomies", summary="Lists of terms", response_model=HsdsTaxonomyPage, responses=KNOWN)
async def list_hsds_taxonomies(request: Request, _: DirectoryOf, asked: AskedFor, search: Search = None) -> Response:
    """By which services are sorted."""
    return await _page(request, asked, lambda: collections.taxonomies_with(search), lambda each: each)


@routes.get("/taxonomies/{taxonomy_id}", summary="A list of terms", response_model=HsdsTaxonomy, responses=KNOWN)
async def get_hsds_taxonomy(taxonomy_id: uuid.UUID, request: Request, _: DirectoryOf) -> Response:
    """What its terms tell apart."""
    return await _shown(request, lambda: collections.taxonomy(str(taxonomy_id)))


@routes.get("/taxonomy_terms", summary="Terms", response_model=HsdsTaxonomyTermPage, responses=KNOWN)
async def list_hsds_taxonomy_terms(
    request: Request,
    _: DirectoryOf,
    asked: AskedFor,
    search: Search = None,
    taxonomy_id: Annotated[uuid.UUID | None, Query(description="Of the taxonomy that they belong to.")] = None,
    parent_id: Annotated[uuid.UUID | None, Query(description="Of a term above them: there is none.")] = None,
    top_only: Annotated[bool, Query(description="Only those with no term below them: all.")] = False,
) -> Response:
    """All lists are flat: no term is below another."""
    del top_only
    within, above = _text(taxonomy_id), _text(parent_id)
    return await _page(
        request,
        asked,
        lambda: collections.terms_with(search, taxonomy_id=within, parent_id=above),
        lambda each: each,
    )


@routes.get("/taxonomy_terms/{taxonomy_term_id}", summary="A term", response_model=HsdsTaxonomyTerm, responses=KNOWN)
async def get_hsds_taxonomy_term(taxonomy_term_id: uuid.UUID, request: Request, _: DirectoryOf) -> Response:
    """With the list that it belongs to."""
    return await _shown(request, lambda: collections.term(str(taxonomy_term_id)))


async def of_a_school(school: SchoolPath) -> None:
    """Declares the path's parameter, which `directory` reads."""


def school_operation_id(route: APIRoute) -> str:
    """`listHsdsServices` is of the country, `listSchoolHsdsServices` of a school."""
    return operation_id(route).replace("Hsds", "SchoolHsds", 1)


router = APIRouter()
router.include_router(
    routes, prefix="/hsds/v3", dependencies=[Depends(anonymous_limit)], generate_unique_id_function=operation_id
)
router.include_router(
    routes,
    prefix="/hsds/v3/schools/{school}",
    dependencies=[Depends(of_a_school), Depends(anonymous_limit)],
    generate_unique_id_function=school_operation_id,
)


def _wanted(
    search: str | None, term: uuid.UUID | None, taxonomy: uuid.UUID | None, organization: uuid.UUID | None = None
) -> Wanted:
    return Wanted(
        search=search,
        taxonomy_term_id=_text(term),
        taxonomy_id=_text(taxonomy),
        organization_id=_text(organization),
    )


def _text(given: uuid.UUID | None) -> str | None:
    return None if given is None else str(given)


async def _page(request: Request, asked: Asked, find: Callable[[], Sequence[T]], show: Callable[[T], Any]) -> Response:
    return await _shown(request, lambda: collections.page_of(find(), show, page=asked.page, per_page=asked.per_page))


async def _shown(request: Request, make: Callable[[], Any]) -> Response:
    """Writing out a hundred services, or all of a school, takes its time: not on the loop."""

    def write() -> bytes:
        return json.dumps(make(), ensure_ascii=False, separators=(",", ":")).encode()

    body = await asyncio.to_thread(write)
    return replies.conditional(request, body, etag=preconditions.etag_of(body), headers=CACHED)
