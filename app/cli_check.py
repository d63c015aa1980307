"""`peerline check`: whether this deployment may serve, and does, in one line for each part.

Exit codes: 0 all is well, or nothing but warnings. Of several that failed the first in this order: 2 settings or keys,
4 the database, 3 its migrations, 6 an escalation, 9 no worker that keeps up, 10 shipped data that cannot be read.
With --strict 11 for warnings alone.
"""

from __future__ import annotations

import json
from typing import Annotated

import typer

from app import exits, startup
from app.checking.finding import Finding, Part, State, found
from app.settings import from_environment

# The gravest first.
CODES = {
    Part.SETTINGS: exits.UNSAFE,
    Part.DATABASE: exits.DATABASE_AWAY,
    Part.MIGRATIONS: exits.OTHER_SCHEMA,
    Part.KEYS: exits.UNSAFE,
    Part.AUDITOR: exits.NO_NEXT_STEP,
    Part.ENGINE: exits.NO_WORKER,
    Part.PACKS: exits.PACKS_UNREADABLE,
    Part.CLOCK: exits.DATABASE_AWAY,
    Part.RECEIVERS: exits.DATABASE_AWAY,
    Part.GAPS: exits.DATABASE_AWAY,
}


def check(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
    quiet: Annotated[bool, typer.Option(help="Only what is not well.")] = False,
    strict: Annotated[bool, typer.Option(help="Warnings fail, too, with a code of their own.")] = False,
    before_start: Annotated[bool, typer.Option(help="Nothing runs yet: leave out whether a worker does.")] = False,
) -> None:
    """Look at every part of this deployment, change nothing, and say in one line what each needs."""
    findings = _look(before_start=before_start)
    code = _code(findings, strict=strict)
    if as_json:
        checks = [
            {"part": each.part, "state": each.state, "text": each.text, "figures": dict(each.figures)}
            for each in findings
        ]
        typer.echo(json.dumps({"exit_code": code, "checks": checks}, ensure_ascii=False))
    else:
        _print(findings, quiet=quiet)
        if code == 0 and not quiet:
            typer.echo("Ready to serve.")
    raise SystemExit(code)


def _look(*, before_start: bool) -> list[Finding]:
    """Settings that cannot be used are found like all else: whoever watches reads one form."""
    from app.checking import service as checking
    from app.checking.running import URGENT
    from app.kinds import RECURRING, kinds_by_lane

    try:
        settings = from_environment()
        db = startup.open_database(settings, startup.key_ring(settings, make=False))
    except exits.EXPECTED as exc:
        text, code = exits.explained(exc)
        failed = Part.DATABASE if code == exits.DATABASE_AWAY else Part.SETTINGS
        return [
            found(part, "", [], [text], {})
            if part is failed
            else checking.skipped(part, f"Not looked at: see {failed}.")
            for part in Part
        ]
    try:
        lanes = kinds_by_lane(URGENT)
        return checking.look(settings, db, lanes=lanes, recurring=RECURRING, before_start=before_start)
    finally:
        db.close()


def _code(findings: list[Finding], *, strict: bool) -> int:
    failed = {each.part: each for each in findings if each.state is State.FAILED}
    for part, code in CODES.items():
        if part in failed:
            return exits.DATABASE_AWAY if failed[part].unanswered else code
    warned = any(each.state is State.WARNING for each in findings)
    return exits.WARNINGS if strict and warned else 0


def _print(findings: list[Finding], *, quiet: bool) -> None:
    """What is not well goes to standard error."""
    for each in findings:
        well = each.state in (State.OK, State.SKIPPED)
        if not (well and quiet):
            typer.echo(f"{each.state:8}{each.part:12}{each.text}", err=not well)
