"""Rosters on the command line: what a definition gives, and what a stored one looks like."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console

from app import exits
from app.command import fail, read_db
from app.core.problems import InvalidRequest
from app.core.strict_json import Refused
from app.core.strict_json import check as strict_json
from app.schools.service import SchoolNotFound
from app.vocabulary import Level, RosterLine

roster = typer.Typer(no_args_is_help=True, help="Rosters, without a server.")


@roster.command("preview")
def roster_preview(file: Annotated[str, typer.Argument(help="A JSON file; - for standard input.")]) -> None:
    """Render a roster definition for a window and print the reply as JSON (contract 1.3)."""
    from app.rosters.preview import preview

    try:
        body = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        reply = preview(strict_json(body))
    except OSError as exc:
        fail(f"{file} cannot be read: {exc.strerror}", 1)
    except Refused as exc:
        fail(str(exc), 1)
    except ValidationError as exc:
        fail(exits.faults(exc, whole="the document"), 1)
    typer.echo(json.dumps(reply, indent=2, ensure_ascii=False))


@roster.command("show")
def roster_show(
    school: Annotated[str, typer.Argument(help="The school's slug.")],
    line: Annotated[str, typer.Argument(help=f"One of {', '.join(RosterLine)}.")],
    level: Annotated[Level, typer.Option(help="Who is asked first, or next.")] = Level.PRIMARY,
    first: Annotated[
        dt.datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="A day of the first week; this week when absent."),
    ] = None,
    weeks: Annotated[int, typer.Option(min=1, max=57, help="How many weeks.")] = 4,
) -> None:
    """Print who is on call, week by week. A letter is half an hour of a person, `!` is a gap."""
    from app.rosters import showing
    from app.rosters.terminal import lines

    if line not in list(RosterLine):
        fail(f"There is no line {line}. Lines are {', '.join(RosterLine)}.", 1)
    day = None if first is None else first.date()
    if day is not None and not 1900 < day.year < 2199:
        fail("Give a day from 1901 to 2198.", 1)
    try:
        found = read_db(
            lambda session: showing.views_at(session, school, RosterLine(line), level, first=day, weeks=weeks)
        )
    except SchoolNotFound:
        fail(f"There is no school {school}.", 1)
    except InvalidRequest:
        fail("So many handoffs need fewer weeks: try --weeks 1.", 1)
    if not found:
        fail(f"{school} has no roster for {line} at the level {level}.", 1)
    console = Console(highlight=False, markup=False, emoji=False)
    for number, view in enumerate(found):
        if number:
            console.print()
        for text in lines(view):
            # As it is: a line that a narrow terminal breaks is better than one that ends early.
            console.print(text, soft_wrap=True)
