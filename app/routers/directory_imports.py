"""A school's own entries, many at once: in from its own systems, and out again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.core.preconditions import etag_of_model
from app.core.tables import ImportMode
from app.directory import csv_table, importing
from app.directory.import_schemas import DirectoryExport, DirectoryImport, ImportDiff
from app.routers import replies
from app.routers.callers import DirectoryReader, DirectoryWriter, IfMatch, SchoolPath
from app.routers.docs import problems

router = APIRouter(prefix="/v1/schools/{school}/directory", tags=["directory keeping"])
DryRun = Annotated[bool, Query(description="Only say what would change. Needs no If-Match.")]
Mode = Annotated[ImportMode, Query(description="`replace` also does away with own entries that are not in the file.")]
Removals = Annotated[
    int | None, Query(ge=0, le=2000, description="How many entries it does away with, where those are many.")
]


@router.post("/imports", summary="Bring in many entries at once", response_model=ImportDiff, responses=problems(409))
async def import_directory(
    school: SchoolPath,
    body: DirectoryImport,
    request: Request,
    caller: DirectoryWriter,
    version: IfMatch,
    dry_run: DryRun = False,
    mode: Mode = ImportMode.MERGE,
    confirm_removals: Removals = None,
) -> Response:
    """All rows or none, each told from the others by `external_id`, else by `id`; every fault is told with its row.
    A dry run tells the faults beside what the good rows would change.

    A table may also be the whole body, as `text/csv`. With the ETag of `GET .../directory/export`, or of a dry run. The
    same file again changes nothing. A file that leaves too little help is refused.
    """
    if dry_run:
        found = await caller.read(lambda s, a: importing.dry_run(s, a, body, mode=mode))
        return replies.unkept(found)
    found = await caller.write(
        lambda s, a: importing.run(s, a, body, mode=mode, confirm_removals=confirm_removals, version=version)
    )
    await caller.runtime.renew_help(school)
    return replies.unkept(found)


@router.get(
    "/export",
    summary="The school's own entries",
    response_model=DirectoryExport,
    responses={
        200: {"content": {replies.CSV: {"schema": {"type": "string", "maxLength": 4_000_000}}}},
        **problems(not_modified=True),
    },
)
async def export_directory(school: SchoolPath, request: Request, caller: DirectoryReader) -> Response:
    """As an import takes them: as objects, or as a table for `Accept: text/csv`."""
    found, tag = await caller.read(importing.export)
    headers = replies.NO_STORE | {"Vary": "Accept"}
    if not replies.wants_csv(request, before=replies.JSON):
        return replies.shown(request, found, headers={"Vary": "Accept"}, versioned=tag)
    entries = [each.model_dump(mode="json", by_alias=True, exclude_unset=True) for each in found.entries]
    etag = etag_of_model(tag.model_copy(update={"kind": "csv"}))
    headers |= {"Content-Disposition": f'attachment; filename="{school}-directory.csv"'}
    table = csv_table.write(entries).encode()
    return replies.conditional(request, table, etag=etag, headers=headers, media_type=replies.CSV_UTF8)
