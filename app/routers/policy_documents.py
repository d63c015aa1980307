"""Policy documents: what a school's programme goes by, for those who keep the list. Anyone reads it in the profile."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from app.routers import replies
from app.routers.callers import Caller, Guard, IfMatch, ListingOf, SchoolPath
from app.routers.docs import problems
from app.schools import policy_documents
from app.schools.post_schemas import CODE
from app.schools.profile_schemas import PolicyDocumentOut, PolicyDocumentPage, PolicyDocumentPut

router = APIRouter(prefix="/v1/schools/{school}/policy-documents", tags=["school profile"])
READ = problems(not_modified=True)
Keeper = Annotated[Caller, Depends(Guard(*policy_documents.KEEPERS))]
KeptFor = Annotated[Caller, Depends(Guard(*policy_documents.READERS))]
DocumentPath = Annotated[
    str, Path(description="The school's own word for the document.", min_length=2, max_length=40, pattern=CODE)
]


@router.get("", summary="The school's policy documents", response_model=PolicyDocumentPage, responses=READ)
async def list_policy_documents(school: SchoolPath, request: Request, caller: KeptFor, listing: ListingOf) -> Response:
    """In the order in which they were made."""
    return replies.page(request, await caller.read(lambda s, a: policy_documents.page(s, a, listing.request(s))))


@router.get("/{document}", summary="A policy document", response_model=PolicyDocumentOut, responses=READ)
async def get_policy_document(
    school: SchoolPath, document: DocumentPath, request: Request, caller: KeptFor
) -> Response:
    """Where it is, and until when somebody looks again."""
    return replies.shown(request, await caller.read(lambda s, a: policy_documents.get(s, a, document)))


@router.put(
    "/{document}",
    summary="List a policy document, or change what is listed",
    response_model=PolicyDocumentOut,
    responses={201: {"model": PolicyDocumentOut}, **problems(409)},
)
async def put_policy_document(
    school: SchoolPath,
    document: DocumentPath,
    body: PolicyDocumentPut,
    request: Request,
    caller: Keeper,
    version: IfMatch,
) -> Response:
    """One that is not there is made, without If-Match; one that is there is replaced, and needs it. When
    `review_by` has passed it is told of, once, as `content.review_overdue`."""
    found, made = await caller.write(lambda s, a: policy_documents.put(s, a, document, body, version=version))
    if made:
        return replies.created(found, location=f"/v1/schools/{school}/policy-documents/{document}")
    return replies.shown(request, found)


@router.delete(
    "/{document}",
    status_code=204,
    summary="Take a policy document off the list",
    response_class=Response,
    responses=problems(),
)
async def delete_policy_document(
    school: SchoolPath, document: DocumentPath, caller: Keeper, version: IfMatch
) -> Response:
    """Nobody goes by it any more. Needs If-Match."""
    await caller.write(lambda s, a: policy_documents.remove(s, a, document, version=version))
    return Response(status_code=204)
