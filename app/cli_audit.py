"""`peerline audit`: whether the audit log is as it was written, and the whole of it to take away."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import Session, col, select

from app import exits
from app.audit import exporting, marks, proofs, trail, verifying
from app.audit.verifying import Checked
from app.command import fail, open_db
from app.core import clock
from app.core.migrations import require_current
from app.models import School
from app.schools import service as schools
from app.settings import from_environment
from app.startup import SchemaDiffers

audit = typer.Typer(no_args_is_help=True, help="The audit log, and the proof that it is whole.")


@audit.command("verify")
def audit_verify(
    school: Annotated[str | None, typer.Option(help="Only this school's chain, by its slug.")] = None,
    head: Annotated[
        list[str] | None,
        typer.Option(help="A head that was kept, or a file with one on each line. Repeat for several."),
    ] = None,
) -> None:
    """Look through every chain. Exit code 7 when one is not as it was written, with a line for each fault."""
    db = open_db(from_environment())
    try:
        differs = db.read_now(require_current)
        if differs is not None:
            raise SchemaDiffers(differs)
        found, names = db.read_now(lambda session: _verify(session, school, _lines(head or [])))
    except schools.SchoolNotFound:
        fail(f"There is no school {school}.", 1)
    except proofs.NoProof:
        fail("That is no head which this deployment has given out.", 1)
    finally:
        db.close()
    for fault in found.faults:
        where = "" if fault.link is None else f" link {fault.link}"
        typer.echo(f"{names.get(fault.chain, fault.chain)}{where}: {fault.kind}: {fault.what}", err=True)
    counted = f"{found.chains} chains, {found.links} finished links, {found.entries} entries"
    if found.faults:
        fail(
            f"The audit log is not as it was written: {len(found.faults)} faults in {counted}.", exits.AUDIT_LOG_CHANGED
        )
    older = f" {found.legacy} of them are older than their chain." if found.legacy else ""
    typer.echo(f"The audit log is whole: {counted}.{older}")


@audit.command("export")
def audit_export(
    school: Annotated[str, typer.Argument(help="The school's slug; `deployment` for what is no school's.")],
) -> None:
    """Print a chain as lines of JSON: its entries, its links, and a head to keep. That it was exported is in it."""
    db = open_db(from_environment())
    try:
        differs = db.read_now(require_current)
        if differs is not None:
            raise SchemaDiffers(differs)
        of, head = db.write_now(lambda session: _exported(session, school))
        db.read_now(lambda session: _print(session, of, head))
    except schools.SchoolNotFound:
        fail(f"There is no school {school}.", 1)
    finally:
        db.close()


def _exported(session: Session, school: str) -> tuple[uuid.UUID, str]:
    school_id = None if school == "deployment" else schools.find(session, school).id
    of, now = marks.chain_of(school_id), clock.now()
    trail.record(session, action="audit_log.exported", school_id=school_id, person_id=None, subject=None, now=now)
    return of, proofs.take(session, of)


def _print(session: Session, of: uuid.UUID, head: str) -> None:
    _one_moment(session)
    for line in exporting.lines(session, of, head=head):
        typer.echo(line)


def _one_moment(session: Session) -> None:
    """Of the database, for all that is read: others go on writing. SQLite gives no other."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


def _verify(session: Session, school: str | None, kept: list[str]) -> tuple[Checked, dict[uuid.UUID, str]]:
    _one_moment(session)
    only = None if school is None else schools.find(session, school).id
    found = verifying.verify(session, only=only, proofs=[proofs.read(session, each) for each in kept])
    names = dict(
        session.exec(select(School.id, School.slug).where(col(School.id).in_({f.chain for f in found.faults}))).all()
    )
    return found, names | {marks.DEPLOYMENT: "deployment"}


def _lines(given: list[str]) -> list[str]:
    """Each is a file, or a head itself, which no file is called."""
    lines = []
    for each in given:
        try:
            lines += Path(each).read_text().split() if Path(each).is_file() else [each]
        except (OSError, UnicodeDecodeError):
            fail(f"{each} cannot be read.", 1)
    return lines
