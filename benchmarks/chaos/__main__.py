"""Kill, crash, fill, step and refuse under load, on both databases, and compare what clients were told with what is
there.

Everything is on this machine's loopback. The exit status is 1 when a promise was broken, 2 when a fault that was asked
for cannot be made here.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import secrets
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from sqlmodel import Session

from benchmarks import machine
from benchmarks.chaos import clocks, disks, found, load, school, words
from benchmarks.chaos.deployment import On, deployed
from benchmarks.chaos.faults import Faults
from benchmarks.chaos.ledger import Ledger
from benchmarks.chaos.lives import Budget
from benchmarks.chaos.load import Load
from benchmarks.chaos.settle import settle
from benchmarks.chaos.verdict import judge
from benchmarks.chaos.words import Outcome
from tests.support import processes as kept
from tests.support.receiver import Receiver
from tests.support.starts import Nursery

MOST_KILLS, MOST_MINUTES, MOST_SITES = 5000, 120.0, 8
DATABASES: dict[str, tuple[On, ...]] = {
    "sqlite": ("sqlite",),
    "postgres": ("postgres",),
    "both": ("sqlite", "postgres"),
}
CLOCK, DISK = "clock", "disk"


def main() -> int:
    chosen = _arguments()
    folder = Path(tempfile.mkdtemp(prefix="peerline-chaos-", dir=chosen.dir))
    # PostgreSQL runs as another account, below it.
    folder.chmod(0o755)
    kept.keep_folder(folder)
    facts = {name: value for name, value in machine.facts(folder).items() if not name.startswith("fsync")}
    outcomes = []
    try:
        nursery = Nursery(_early(folder, chosen))
        for on in DATABASES[chosen.on]:
            _say(f"{words.NAMES[on]}: {chosen.kills} kills, seed {chosen.seed} …")
            outcomes.append(_run(on, folder, chosen, nursery, facts))
    except RuntimeError as exc:
        print(exc, file=sys.stderr)
        return 2
    finally:
        kept.remove_folder(folder)
    print(words.terminal(outcomes), flush=True)
    if chosen.markdown is not None:
        chosen.markdown.write_text(words.markdown(outcomes, facts, command=_command(chosen)) + "\n")
    good = all(outcome.verdict.good for outcome in outcomes)
    print(f"\nSeed {chosen.seed}: " + ("no promise was broken." if good else "PROMISES WERE BROKEN."))
    return 0 if good else 1


def _early(folder: Path, chosen: argparse.Namespace) -> dict[str, str]:
    """Everything that cannot be done here is said before anything is begun."""
    if DISK not in chosen.without and chosen.on != "sqlite":
        (folder / "trial").mkdir()
        with disks.mounted(folder / "trial"):
            pass
    return {} if CLOCK in chosen.without else {"LD_PRELOAD": str(clocks.build(folder))}


def _run(on: On, folder: Path, chosen: argparse.Namespace, nursery: Nursery, facts: dict[str, Any]) -> Outcome:
    """On SQLite several deployments share the kills: of one process, most of the time would be its starts."""
    sites = chosen.sites if on == "sqlite" else 1
    budget = Budget(chosen.kills)
    with ThreadPoolExecutor(sites) as threads:
        running = [
            threads.submit(_site, on, folder / f"{on}-{number}", number, sites, budget, chosen, nursery, facts)
            for number in range(sites)
        ]
        return words.together([each.result() for each in running])


def _site(
    on: On,
    folder: Path,
    number: int,
    sites: int,
    budget: Budget,
    chosen: argparse.Namespace,
    nursery: Nursery,
    facts: dict[str, Any],
) -> Outcome:
    ledger, seed = Ledger(), chosen.seed + number
    with (
        Receiver() as receiver,
        deployed(on, folder, receiver, parent=chosen.dir, own_disk=DISK not in chosen.without) as deployment,
    ):
        if deployment.postgres is not None:
            facts["postgresql"] = deployment.read(_version)
        cast = deployment.write(lambda session: school.make(session, receiver))
        faults = Faults(
            ledger,
            deployment,
            receiver,
            cast,
            budget=budget,
            restarts=chosen.restarts,
            life=chosen.life,
            nursery=nursery,
            seed=seed,
            step_clocks=CLOCK not in chosen.without,
        )
        clients = Load(ledger, cast, deployment.addresses, seed_=seed, strike=faults.strike, pause=load.PAUSE * sites)
        began = time.monotonic()
        with _under_load(clients):
            faults.start()
            faults.wait(at_most=chosen.minutes * 60)
        seconds = time.monotonic() - began
        _say("  the faults are over; what is due is done")
        moved = settle(deployment, ledger)
        _say("  reading everything back")
        found.ask_again(ledger, deployment)
        seen = found.look(ledger, cast, deployment)
        rows = deployment.read(found.rows)
        verdict = judge(ledger, seen, rows, receiver.requests(), cast, deployment.output())
    return Outcome(on, seconds, ledger, moved, verdict)


@contextlib.contextmanager
def _under_load(clients: Load) -> Iterator[None]:
    clients.start()
    try:
        yield
    finally:
        clients.stop()


def _told_to_end(number: int, _frame: object) -> None:
    """The guardian of tests/support/processes.py ends what was started, once this process is gone."""
    disks.let_go()
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def _command(chosen: argparse.Namespace) -> str:
    """What makes the same choices again."""
    names = ("on", "kills", "restarts", "sites", "life", "minutes", "seed")
    without = "".join(f" --without {each}" for each in chosen.without)
    return 'make chaos C="' + " ".join(f"--{name} {getattr(chosen, name)}" for name in names) + without + '"'


def _version(session: Session) -> str:
    found: str = session.connection().exec_driver_sql("SHOW server_version").scalar_one()
    return found


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos", description=__doc__)
    parser.add_argument("--on", choices=DATABASES, default="both", help="which database (both)")
    parser.add_argument("--kills", type=int, default=60, help="with -9, for each database (60)")
    parser.add_argument("--restarts", type=int, default=6, help="of PostgreSQL (6)")
    parser.add_argument("--sites", type=int, default=2, help="deployments on SQLite, which share its kills (2)")
    parser.add_argument("--life", type=float, default=6.0, help="longest of a process between two, in seconds (6)")
    parser.add_argument("--minutes", type=float, default=8.0, help="under fault, for each database, at most (8)")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6), help="of every choice; printed")
    parser.add_argument(
        "--without", choices=(CLOCK, DISK), action="append", default=[], help="what this machine cannot do"
    )
    parser.add_argument("--dir", type=Path, help="put the databases on this disk")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables there, for docs/reliability.md")
    chosen = parser.parse_args()
    if chosen.life <= 0 or not 0 <= chosen.kills <= MOST_KILLS or not 0 < chosen.minutes <= MOST_MINUTES:
        parser.error(f"at most {MOST_KILLS} kills, {MOST_MINUTES:g} minutes, and a life")
    if not 1 <= chosen.sites <= MOST_SITES:
        parser.error(f"1 to {MOST_SITES} sites")
    return chosen


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    # A proxy of the environment is not for the loopback.
    os.environ["NO_PROXY"] = "*"
    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, _told_to_end)
    sys.exit(main())
