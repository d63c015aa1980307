"""Calls every operation in ways that nobody would think of, and holds the answers to the document (Schemathesis).

    python -m tests.fuzzing                              a few minutes of two cores
    python -m tests.fuzzing --budget short --part 7      what .ci/run does: a sixteenth, by the number of its commit
    python -m tests.fuzzing --seed 7 --only createRoster

Each half of the operations has a server process of its own, on SQLite, with two schools at work, and is called with
tokens of every role, receipts and service accounts (hooks.py). What is known and stays is in exclusions.py.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.fuzzing import exclusions, seeding
from tests.support import processes, server
from tests.support.server import Server

HALVES = 2
# Of operations: to look through what could be sent to all of them takes minutes of a core, however little is sent.
PARTS = 16
ENV = {
    "PEERLINE_RATE_LIMIT_PER_MINUTE": "1000000",
    "PEERLINE_SIGN_IN_LIMIT_PER_MINUTE": "1000000",
    "PEERLINE_FAILED_SIGN_INS_PER_MINUTE": "1000000",
}
DOCUMENT = processes.REPOSITORY / "openapi" / "openapi.json"


@dataclass(frozen=True)
class Budget:
    """`coverage`: cases of that phase for each operation; 0: all. `examples`: of fuzzing, and of stateful runs."""

    coverage: int
    examples: int
    steps: int


BUDGETS = {"short": Budget(coverage=2, examples=1, steps=2), "long": Budget(coverage=0, examples=25, steps=8)}


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m tests.fuzzing", description=__doc__)
    arguments.add_argument("--budget", choices=BUDGETS, default="long")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--only", nargs="+", default=[], help="operationIds")
    arguments.add_argument("--part", type=int, help=f"one operation in {PARTS}, from this one on")
    told = arguments.parse_args()
    began = time.monotonic()
    server.COMMAND = [sys.executable, "-m", "tests.fuzzing.serving"]
    with tempfile.TemporaryDirectory() as folder:
        seeded = seeded_in(Path(folder) / "seeded")
        runs = [
            Half(shutil.copytree(seeded, Path(folder) / str(number)), names, BUDGETS[told.budget], told.seed)
            for number, names in enumerate(halves(told.only, part=told.part))
            if names
        ]
        statuses = [run.wait() for run in runs]
        met = {int(line) for run in runs for line in run.met()}
        for run, status in zip(runs, statuses, strict=True):
            print(run.said() if status else run.summary())
    if told.budget == "long" and not told.only and told.part is None:
        for number, each in enumerate(exclusions.KNOWN):
            if number not in met:
                print(f"not met this time: {each.check}, {', '.join(sorted(each.codes))}")
    print(f"{'FAILED' if any(statuses) else 'passed'} in {time.monotonic() - began:.0f} s, seed {told.seed}")
    return int(any(statuses))


def halves(only: Sequence[str], *, part: int | None) -> list[list[str]]:
    """The operations, so that each half has about as many, and those of a tag stay together: one leads to the next."""
    by_tag: dict[str, list[str]] = {}
    listed = [each for methods in json.loads(DOCUMENT.read_text())["paths"].values() for each in methods.values()]
    for operation in listed if part is None else listed[part % PARTS :: PARTS]:
        if not only or operation["operationId"] in only:
            by_tag.setdefault(operation["tags"][0], []).append(operation["operationId"])
    # A part is little: a second server and a second program to call it would take longer to begin than to work.
    found: list[list[str]] = [[] for _ in range(HALVES if part is None else 1)]
    for names in sorted(by_tag.values(), key=len, reverse=True):
        min(found, key=len).extend(names)
    return found


def seeded_in(folder: Path) -> Path:
    """Two schools at work, for each server to begin with."""
    first = Server(folder / "data", worker=False, env=ENV)
    first.migrate()
    asyncio.run(seeding.seed(first.data_dir)).store(folder / "seeded.json")
    return folder


class Half:
    """A server with some of the operations, and the program that calls them."""

    def __init__(self, folder: Path, names: list[str], budget: Budget, seed: int) -> None:
        self.folder = folder
        self.server = Server(folder / "data", worker=False, env=ENV)
        self.server.output.touch()  # it is migrated
        self.server.start(timeout=120.0)
        env = os.environ | {
            "SCHEMATHESIS_HOOKS": "tests.fuzzing.hooks",
            "PEERLINE_FUZZING": str(folder),
            "PEERLINE_FUZZING_SEED": str(seed),
            "PEERLINE_FUZZING_COVERAGE": str(budget.coverage),
            "PYTHONPATH": str(processes.REPOSITORY),
        }
        command = [
            *(str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(_config(folder, budget))),
            *("run", str(DOCUMENT), "--url", self.server.base_url, "--seed", str(seed), "--continue-on-failure"),
            *(part for name in names for part in ("--include-operation-id", name)),
        ]
        self._output = folder / "said"
        with self._output.open("w") as output:
            self._run = subprocess.Popen(command, env=env, cwd=folder, stdout=output, stderr=subprocess.STDOUT)
        processes.keep(self._run)

    def wait(self) -> int:
        try:
            return self._run.wait()
        finally:
            processes.let_go(self._run)
            self.server.kill9()

    def met(self) -> list[str]:
        """The numbers of the exclusions that were met."""
        met = self.folder / "met"
        return met.read_text().split() if met.exists() else []

    def said(self) -> str:
        """Without what would fill a screen."""
        return re.sub(r"(.{800}).*?(.{200})$", r"\1 [...] \2", self._output.read_text(), flags=re.MULTILINE)

    def summary(self) -> str:
        return "\n".join(line for line in self.said().splitlines() if re.match(r"\s+(Tested|\d+ generated)", line))


def _config(folder: Path, budget: Budget) -> Path:
    written = Path(__file__).with_name("schemathesis.toml").read_text()
    for name, value in (("EXAMPLES", budget.examples), ("STEPS", budget.steps)):
        written = written.replace(f'"{name}"', str(value))
    config = folder / "schemathesis.toml"
    config.write_text(written)
    return config


if __name__ == "__main__":
    sys.exit(main())
