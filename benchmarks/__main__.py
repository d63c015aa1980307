"""Measure the targets of the design as ratios in one run: python -m benchmarks [--quick] [--only NAME] [--seconds N]"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import directories, machine, sections, tables, worker_sections
from benchmarks.processes import Databases, Generator
from benchmarks.rounds import CLIENTS, Plan, Section
from benchmarks.sections import Run
from tests.support import processes as kept
from tests.support.receiver import Receiver

OUT = Path(__file__).parent / "out"
SECTIONS = sections.SECTIONS | directories.SECTIONS | worker_sections.SECTIONS


def main() -> int:
    """0 when every request that was to be accepted was; whether targets are met does not change the status."""
    chosen = _arguments()
    names = [name for name in SECTIONS if not chosen.only or any(name.startswith(part) for part in chosen.only)]
    if not names:
        sys.exit(f"nothing is called that: {', '.join(SECTIONS)}")
    plan = (
        Plan(seconds=chosen.seconds or 0.4, warm_up=0.3, rounds=2, settle=1.0, pages=30, pages_rate=10.0)
        if chosen.quick
        else Plan(seconds=chosen.seconds or 1.5, warm_up=1.5, rounds=5, settle=8.0, pages=200, pages_rate=10.0)
    )
    folder = Path(tempfile.mkdtemp(prefix="peerline-bench-", dir=chosen.dir))
    kept.keep_folder(folder)
    facts = machine.facts(folder)
    found: list[Section] = []
    began = time.monotonic()
    with contextlib.ExitStack() as stack:
        stack.callback(kept.remove_folder, folder)
        generator = stack.enter_context(contextlib.closing(Generator()))
        receiver = stack.enter_context(Receiver())
        databases = stack.enter_context(contextlib.closing(Databases(folder, receiver, parent=chosen.dir)))
        run = Run(generator, databases, receiver, folder, plan, facts)
        for name in names:
            print(f"{name} …", file=sys.stderr, flush=True)
            found.append(SECTIONS[name](run))
            print(tables.terminal(found[-1]), flush=True)
    seconds = time.monotonic() - began
    words = f"{CLIENTS} clients, {plan.rounds} rounds of {plan.seconds:g} s for each side, {seconds:.0f} s in all."
    print(f"\n{tables.markdown(found, facts, plan=words)}")
    _keep(found, facts=facts, plan=plan, seconds=seconds)
    refused = sum(section.refused for section in found)
    if refused:
        print(f"\n{refused} requests were refused or lost: these figures say little.", file=sys.stderr)
    return 1 if refused else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="within a minute: does it run, and roughly how fast")
    parser.add_argument(
        "--only", action="append", metavar="NAME", help=f"one of {', '.join(SECTIONS)}, or how it begins"
    )
    parser.add_argument("--seconds", type=float, metavar="N", help="of each measurement of each side in each round")
    parser.add_argument("--dir", type=Path, help="put the databases here: that disk is measured")
    return parser.parse_args()


def _keep(found: list[Section], *, facts: dict[str, object], plan: Plan, seconds: float) -> None:
    OUT.mkdir(exist_ok=True)
    document = {
        "facts": facts,
        "plan": dataclasses.asdict(plan),
        "seconds": round(seconds, 1),
        "sections": [dataclasses.asdict(section) for section in found],
    }
    file = OUT / f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}.json"
    file.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    print(f"\nKept in benchmarks/out/{file.name}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
