"""Kill, crash and refuse under load, on both databases, and compare what clients were told with what is there.

Everything is on this machine's loopback. The exit status is 1 when a promise was broken.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import secrets
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from sqlmodel import Session

from benchmarks import machine
from benchmarks.chaos import found, school, words
from benchmarks.chaos.deployment import On, deployed, start
from benchmarks.chaos.faults import Faults
from benchmarks.chaos.ledger import Ledger
from benchmarks.chaos.load import Load
from benchmarks.chaos.settle import settle
from benchmarks.chaos.verdict import judge
from benchmarks.chaos.words import Outcome
from tests.support import processes as kept
from tests.support.receiver import Receiver

MOST_KILLS, MOST_MINUTES = 5000, 120.0
DATABASES: dict[str, tuple[On, ...]] = {
    "sqlite": ("sqlite",),
    "postgres": ("postgres",),
    "both": ("sqlite", "postgres"),
}


def main() -> int:
    chosen = _arguments()
    folder = Path(tempfile.mkdtemp(prefix="peerline-chaos-", dir=chosen.dir))
    kept.keep_folder(folder)
    facts = {name: value for name, value in machine.facts(folder).items() if not name.startswith("fsync")}
    outcomes = []
    try:
        for on in DATABASES[chosen.on]:
            _say(f"{words.NAMES[on]}: {chosen.kills} kills, seed {chosen.seed} …")
            outcomes.append(_run(on, folder, chosen, facts))
    finally:
        kept.remove_folder(folder)
    print(words.terminal(outcomes), flush=True)
    if chosen.markdown is not None:
        chosen.markdown.write_text(words.markdown(outcomes, facts, command=_command(chosen)) + "\n")
    good = all(outcome.verdict.good for outcome in outcomes)
    print(f"\nSeed {chosen.seed}: " + ("no promise was broken." if good else "PROMISES WERE BROKEN."))
    return 0 if good else 1


def _run(on: On, folder: Path, chosen: argparse.Namespace, facts: dict[str, Any]) -> Outcome:
    ledger = Ledger()
    with Receiver() as receiver, deployed(on, folder, receiver, parent=chosen.dir) as deployment:
        if deployment.postgres is not None:
            facts["postgresql"] = deployment.read(_version)
        cast = deployment.write(lambda session: school.make(session, receiver))
        start(deployment)
        load = Load(ledger, cast, deployment.addresses, seed_=chosen.seed)
        dealt = {"kills": chosen.kills, "restarts": chosen.restarts, "life": chosen.life}
        faults = Faults(ledger, deployment, receiver, cast, **dealt)
        began = time.monotonic()
        load.start()
        with contextlib.ExitStack() as stack:
            stack.callback(load.stop)
            faults.start(seed=chosen.seed)
            faults.wait(at_most=chosen.minutes * 60)
        seconds = time.monotonic() - began
        _say("  the faults are over; what is due is done")
        moved = settle(deployment)
        _say("  reading everything back")
        seen = found.look(ledger, cast, deployment)
        rows = deployment.read(found.rows)
        verdict = judge(ledger, seen, rows, receiver.requests(), cast, deployment.output())
    return Outcome(on, seconds, ledger, moved, verdict)


def _command(chosen: argparse.Namespace) -> str:
    """What makes the same choices again."""
    names = ("on", "kills", "restarts", "life", "minutes", "seed")
    return 'make chaos C="' + " ".join(f"--{name} {getattr(chosen, name)}" for name in names) + '"'


def _version(session: Session) -> str:
    found: str = session.connection().exec_driver_sql("SHOW server_version").scalar_one()
    return found


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos", description=__doc__)
    parser.add_argument("--on", choices=DATABASES, default="both", help="which database (both)")
    parser.add_argument("--kills", type=int, default=40, help="of processes, for each database (40)")
    parser.add_argument("--restarts", type=int, default=6, help="crashes of PostgreSQL (6)")
    parser.add_argument("--life", type=float, default=12.0, help="longest of a process between two, in seconds (12)")
    parser.add_argument("--minutes", type=float, default=8.0, help="under fault, for each database, at most (8)")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6), help="of every choice; printed")
    parser.add_argument("--dir", type=Path, help="put the databases on this disk")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables there, for docs/reliability.md")
    chosen = parser.parse_args()
    if chosen.life <= 0 or not 0 <= chosen.kills <= MOST_KILLS or not 0 < chosen.minutes <= MOST_MINUTES:
        parser.error(f"at most {MOST_KILLS} kills, {MOST_MINUTES:g} minutes, and a life")
    return chosen


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    # A proxy of the environment is not for the loopback.
    os.environ["NO_PROXY"] = "*"
    sys.exit(main())
