"""Fill a deployment, and look at it: python -m benchmarks.scale [--schools N] [--reports N] [--only PART]

Exit status 1 when a hot path reads all of a table that grows, or looks at thousands of rows that it does not want.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import machine
from benchmarks.scale import deployment, fill, measure, paths, plans, storage, walk
from benchmarks.scale.deployment import Deployment
from benchmarks.scale.fill import Size
from benchmarks.scale.walk import Done
from benchmarks.tables import table
from tests.support import processes as kept
from tests.support.postgres import PostgresServer
from tests.support.receiver import Receiver

PARTS = ("plans", "requests", "storage")
SMALL = Size(schools=10, reports=1_000)
# Seconds that a transaction of a sweep may take: a lease is 20 (app/work/queue.py).
LONGEST_SWEEP = 5.0


def main() -> int:
    chosen = _arguments()
    parts = chosen.only or PARTS
    folder = Path(tempfile.mkdtemp(prefix="peerline-scale-", dir=chosen.dir))
    kept.keep_folder(folder)
    size = Size(chosen.schools, chosen.reports, seed=chosen.seed, jobs=chosen.jobs)
    settings = deployment.POSTGRES | {"shared_buffers": chosen.shared_buffers, "autovacuum": "on"}
    wrong = 0
    with contextlib.ExitStack() as stack:
        stack.callback(kept.remove_folder, folder)
        facts = machine.facts(folder)
        receiver = stack.enter_context(Receiver())
        server = stack.enter_context(PostgresServer(durable=True, parent=chosen.dir, **settings))
        large = deployment.make(
            server, "large", folder=folder / "large", receiver=receiver, size=size, years=chosen.years
        )
        said = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in facts.items())
        print(
            f"Measured with {said}, PostgreSQL with {_told(settings)}. Ten schools with a thousand reports are small;"
        )
        print(f"Large: {size.schools} schools, {size.reports} reports, {chosen.years} years of rosters,")
        print(f"filled in {large.seconds:.0f} s.", flush=True)
        if "storage" in parts:
            _storage(large, size)
        if "plans" in parts:
            wrong += asyncio.run(_plans(large))
        if "requests" in parts:
            small = deployment.make(
                server, "small", folder=folder / "small", receiver=receiver, size=SMALL, years=chosen.years
            )
            _requests(small, large, times=chosen.times)
            _unused(large)
    return 1 if wrong else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--schools", type=int, default=1_000)
    parser.add_argument("--reports", type=int, default=1_000_000)
    parser.add_argument("--years", type=int, default=10, help="of rosters")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2, help="processes that fill")
    parser.add_argument("--times", type=int, default=20, help="that each request is measured on each side")
    parser.add_argument("--only", action="append", choices=PARTS)
    parser.add_argument("--shared-buffers", default="2GB")
    parser.add_argument("--dir", type=Path, help="put the databases here: that disk is measured")
    return parser.parse_args()


async def _plans(large: Deployment) -> int:
    """Statements, seconds and plans of every hot path; gives how many plans are wrong."""
    async with large.opened() as world:
        for biggest in (True, False):
            place = await world.db.read(lambda s, n=0 if biggest else 1: paths.place(s, fill.slug_of(n)))
            capture = plans.Capture(world.db.engine)
            done = await walk.requests(world, place, capture)
            work = await asyncio.to_thread(walk.work, world, place, capture)
            capture.close()
            began = time.monotonic()
            found = await asyncio.to_thread(plans.faults, world.db.engine, capture.statements, forbid=False)
            if biggest:
                _work(done, work)
            which = "the biggest school" if biggest else "an ordinary school"
            print(f"\n{len(capture.statements)} statements of {which} explained in {time.monotonic() - began:.0f} s; ")
            print(f"{len(found)} of their plans read what they should not.", flush=True)
            for fault in found:
                print(fault, file=sys.stderr)
            if found:
                return len(found)
    return 0


def _work(requests: list[Done], work: list[Done]) -> None:
    print("\n### What the worker does by itself, one transaction each\n")
    rows = [
        [done.path, str(done.statements), f"{done.seconds * 1e3:.0f}", "yes" if done.seconds < LONGEST_SWEEP else "no"]
        for done in work
    ]
    print("\n".join(table(["work", "statements", "ms", f"under {LONGEST_SWEEP:.0f} s"], rows)))
    print("\n### Statements of a request\n")
    many = sorted(requests, key=lambda done: -done.statements)
    print("\n".join(table(["request", "statements"], [[done.path, str(done.statements)] for done in many])))


def _requests(small: Deployment, large: Deployment, *, times: int) -> None:
    print(f"\n### Requests, one at a time, medians of {times}\n")
    head = ["request", "school", "rows", "small ms", "large ms", "ratio", "target", "met"]
    print("\n".join(table(head, [])))
    for each in measure.compare(small, large, times=times):
        which = "biggest" if each.biggest else "ordinary"
        rows = "" if each.rows is None else str(each.rows)
        cells = [each.name, which, rows, f"{each.small_ms:.1f}", f"{each.large_ms:.1f}", f"{each.ratio:.2f}"]
        print(f"| {' | '.join([*cells, f'≤ {measure.TARGET}', 'yes' if each.met else 'no'])} |", flush=True)


def _storage(large: Deployment, size: Size) -> None:
    stored = storage.tables(large.url)
    print("\n### What is stored\n")
    head = ["table", "rows", "MB", "of these indexes", "bytes a row"]
    rows = [
        [each.table, str(each.rows), _mb(each.total), _mb(each.indexes), f"{each.total / max(each.rows, 1):.0f}"]
        for each in stored
        if each.total > 1_000_000
    ]
    print("\n".join(table(head, rows)))
    print(f"\nAll of it: {_mb(sum(each.total for each in stored))} MB.\n")
    found = storage.shares(stored, schools=size.schools, reports=size.reports)
    print("\n".join(table(["for each", "bytes"], [[what, f"{size:.0f}"] for what, size in found.items()])), flush=True)


def _unused(large: Deployment) -> None:
    print("\n### Indexes that nothing of all this has looked into\n")
    rows = [[name, _mb(size)] for name, size in storage.unused_indexes(large.url)]
    print("\n".join(table(["index", "MB"], rows)), flush=True)


def _mb(size: int) -> str:
    return f"{size / 1e6:.1f}"


def _told(settings: dict[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in settings.items())


if __name__ == "__main__":
    sys.exit(main())
