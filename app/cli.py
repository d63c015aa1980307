"""The command line: `peerline --help`.

What only one command needs is imported where it runs: to read all of the code takes twice as long as most of them do.

Exit codes: 0 done, 1 input refused, 2 settings or keys that cannot be used, 3 database of another version, 4 database
away, 5 an address that cannot be listened on, 6 an escalation without a next step, 7 an audit log that was changed, 8 a
backup that was not made, or cannot be used, or has no empty place to go to, 9 no worker that keeps up, 10 shipped
data that cannot be read, 11 warnings where they were asked to fail.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import Annotated, Any

import typer

from app import exits, startup
from app.cli_audit import audit
from app.cli_backup import add_backup
from app.cli_check import check
from app.cli_people import create_person, end_operator
from app.cli_retention import retention
from app.cli_roster import roster
from app.cli_schools import activate_school, create_school, list_schools
from app.command import fail, open_db, with_db
from app.core import clock, logs
from app.core.db import Database
from app.demo import receiver as demo_receiver
from app.demo.people import PASSWORD
from app.identity.passwords import Passwords
from app.schools import service as schools
from app.settings import Settings, UnsafeSettings, from_environment
from app.vault import service as vault

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Peerline.")
demo = typer.Typer(no_args_is_help=True, help="Two demo schools, on a loopback address only.")
cli.add_typer(roster, name="roster")
cli.add_typer(audit, name="audit")
add_backup(cli)
cli.command()(check)
cli.command()(retention)
cli.command()(create_person)
cli.command()(end_operator)
cli.command()(create_school)
cli.command()(activate_school)
cli.command("schools")(list_schools)
cli.add_typer(demo, name="demo")


@cli.command()
def migrate() -> None:
    """Bring the database to the newest version. Safe to repeat."""
    settings = from_environment()
    migrated = startup.migrate(settings, startup.key_ring(settings))
    typer.echo(
        "The database is current."
        if migrated
        else "A newer version has migrated the database, and this one runs on it: there is nothing to do."
    )


@cli.command()
def serve(
    worker: Annotated[bool, typer.Option(help="Do due work in this process too.")] = True,
    processes: Annotated[int, typer.Option(min=1, max=64, help="Processes of the API; several on PostgreSQL.")] = 1,
    workers: Annotated[int, typer.Option(min=0, max=64, help="Processes for due work alone, on PostgreSQL.")] = 0,
    demo_receiver: Annotated[bool, typer.Option(help="Run the demo's webhook receiver beside it.")] = False,
) -> None:
    """Serve the API. Several processes are kept alive, and replaced one after the other by SIGHUP."""
    from app.serving import service as serving

    settings = from_environment()
    plan = serving.Plan(processes, workers, work_beside=worker and not workers)
    serving.require_several(plan, settings)
    logs.configure(pretty=settings.loopback_demo)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    receiver = _start_receiver(settings) if demo_receiver else None
    try:
        code = serving.serve(plan, settings, create_app=create_app)
    finally:
        if receiver is not None:
            receiver.terminate()
    if code:
        raise SystemExit(code)


@cli.command()
def worker() -> None:
    """Do due work, without the API: as many of these as you like, on PostgreSQL."""
    from app.serving import service as serving

    settings = from_environment()
    settings.require_base_url()
    logs.configure(pretty=settings.loopback_demo)
    db = open_db(settings)
    try:
        serving.work(settings, db)
    finally:
        db.close()


@cli.command()
def openapi() -> None:
    """Print the OpenAPI document."""
    settings = from_environment().model_copy(update={"database_url": "sqlite:////nonexistent/openapi.sqlite3"})
    db = Database(settings.url)
    document = create_app(settings, db, with_worker=False).openapi()
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True))
    db.close()


@cli.command()
def generate_master_key() -> None:
    """Print a new key for PEERLINE_MASTER_KEYS."""
    typer.echo(startup.new_master_key())


@cli.command()
def rotate_keys(
    school: Annotated[
        str | None, typer.Option(help="Replace the data keys of this school; without it, wrap all with the master key.")
    ] = None,
) -> None:
    """Wrap every data key with the newest master key; or give a school new data keys. Nothing stops meanwhile."""
    if school is not None:
        from app.schools import key_rotation

        try:
            with_db(lambda session: key_rotation.begin(session, schools.find(session, school), now=clock.now()))
        except schools.SchoolNotFound:
            fail(f"There is no school {school}.", 1)
        typer.echo(
            f"{school} has new keys. Workers seal its texts anew and drop the earlier keys when none is left under "
            "them, ten minutes from now at the earliest."
        )
        return
    wrapped = with_db(vault.wrap_anew)
    ring = startup.key_ring(from_environment())
    typer.echo(
        f"{wrapped} data keys were wrapped anew. All are now under {ring.newest}: once every process has it, "
        "PEERLINE_MASTER_KEYS needs no other."
    )


@demo.command("seed")
def demo_seed() -> None:
    """Make the two demo schools, if they are not there."""
    from app.demo import play as demo_play
    from app.demo.seed import seed as seed_demo

    settings = from_environment()
    if not settings.loopback_demo:
        raise UnsafeSettings("The demo's passwords are public: it is for a loopback address in development only.")
    hashed = Passwords(cost=settings.password_cost).hash_now(PASSWORD)
    made = with_db(lambda session: seed_demo(session, password_hash=hashed))
    typer.echo("The demo schools harbour and ridge are there." if made else "The demo schools were there already.")
    typer.echo(demo_play.what_to_try(settings))


@demo.command("receiver")
def run_demo_receiver() -> None:
    """Receive the demo's webhooks and print what arrives."""
    demo_receiver.serve(from_environment().demo_receiver_port)


@demo.command("play")
def run_demo_play() -> None:
    """Play the main journeys against the running service, and print what happens."""
    from app.demo import play as demo_play

    if not demo_play.play(from_environment()):
        raise typer.Exit(1)


def main() -> None:
    """Run, and turn what an operator can mend into a plain sentence."""
    # The database, the demo's keys and backups are for whoever runs this alone.
    os.umask(0o077)
    try:
        cli()
    except exits.EXPECTED as exc:
        fail(*exits.explained(exc))


def create_app(settings: Settings, db: Database, *, with_worker: bool) -> Any:
    """The API."""
    from app import main as wiring

    return wiring.create_app(settings, db, with_worker=with_worker)


def _start_receiver(settings: Settings) -> subprocess.Popen[bytes] | None:
    if not settings.loopback_demo:
        raise UnsafeSettings("The demo receiver is for a loopback address in development only.")
    demo_receiver.require_port(settings.demo_receiver_port)
    return demo_receiver.start(settings.demo_receiver_port)


if __name__ == "__main__":
    main()
