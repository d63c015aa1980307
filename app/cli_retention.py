"""`peerline retention`: what a school's policies say is due, and erase it, from the command line."""

from __future__ import annotations

import uuid
from typing import Annotated

import typer

from app import startup
from app.command import fail, open_db
from app.schools import service as schools
from app.settings import from_environment


def retention(
    school: Annotated[str, typer.Option(help="The school's slug.")],
    erase: Annotated[bool, typer.Option("--erase", help="Erase what was listed; it cannot be brought back.")] = False,
) -> None:
    """List what is due by the policies of a school, in numbers; with --erase, then erase it.

    Also what no privacy officer may know of, because the report is kept from them.
    """
    from app.retention import at_once

    settings = from_environment()
    db = open_db(settings)

    def told(run: uuid.UUID) -> str:
        return "\n".join(f"{count:>6}  {kept_as}  {result}" for kept_as, result, count in at_once.counted(db, run))

    try:
        startup.require_ready(settings, db)
        listed = at_once.list_due(db, school)
        typer.echo(told(listed) or "Nothing is due.")
        if erase:
            typer.echo(told(at_once.erase(db, listed)) or "Nothing was erased.")
    except schools.SchoolNotFound:
        fail(f"There is no school {school}.", 1)
    finally:
        db.close()
