"""Every code block of README and docs/ is run, or held against what it shows: a document that lies fails.

A block names its kind. `sh` is run, all blocks of a document one after the other in one shell, against two demo schools
of its own; `json` names the schema of the contract that it is an instance of; `layers` is what .importlinter says;
`python` is a piece of code that is read and not run; `text` is neither, such as what a command has printed.
"""

from __future__ import annotations

import configparser
import functools
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import door
import pytest
from blocks import ROOT, Block, blocks_of, documents
from jsonschema import Draft202012Validator, FormatChecker

from tests.support import postgres, processes, starts
from tests.support.receiver import Receiver
from tests.support.server import MASTER_KEYS, Server

PRELUDE = Path(__file__).with_name("prelude.sh")
# What a document names, and what stands in its place here.
SERVICE = "http://127.0.0.1:8000"
RECEIVER = "https://hooks.example.edu"
DATABASE = "postgresql://peerline@db.internal/peerline"
LONGEST = 240
KINDS = {"sh", "json", "layers", "python", "text"}
ALL = [block for path in documents() for block in blocks_of(path)]
WITH_COMMANDS = sorted({block.document for block in ALL if block.kind == "sh"})
place = pytest.mark.parametrize("block", [b for b in ALL if b.kind == "json"], ids=lambda block: block.place)


def test_every_block_says_what_it_is() -> None:
    """One without a kind would be run by nobody."""
    assert [block.place for block in ALL if block.kind not in KINDS] == []
    assert [block.place for block in ALL if block.kind == "json" and not block.about] == []
    for block in ALL:
        if block.kind == "python":
            compile(block.text, block.place, "exec")


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of two demo schools, to copy."""
    demo = Server(tmp_path_factory.mktemp("seeded") / "demo")
    demo.migrate()
    done = demo.cli("demo", "seed")
    assert done.returncode == 0, done.stderr
    return demo.data_dir


@pytest.mark.parametrize("document", WITH_COMMANDS)
def test_the_commands_of_a_document_work(document: str, seeded: Path, tmp_path: Path, receiver: Receiver) -> None:
    """In their order, as a reader types them who copies each block: what one sets, the next one has."""
    commands = [block for block in ALL if block.document == document and block.kind == "sh"]
    shutil.copytree(seeded, tmp_path / "demo")
    demo = Server(
        tmp_path / "demo",
        env={"PEERLINE_WEBHOOK_ALLOWED_ORIGINS": receiver.origin, "PEERLINE_RATE_LIMIT_PER_MINUTE": "10000"},
    )
    demo.output.write_text("")  # it is migrated
    environment = _environment(tmp_path, demo)
    if document == "docs/school-it.md":
        # Beside `make run`, which keeps its keys in a file.
        (demo.data_dir / "master.keys").write_text(environment.pop("PEERLINE_MASTER_KEYS"))
    with demo, door.opened(run) as number:
        instead = {SERVICE: demo.base_url, RECEIVER: receiver.origin}
        text = PRELUDE.read_text() + "".join(f"printf '\\n## {b.place}\\n'\n{b.text}" for b in commands)
        if DATABASE in text:
            instead[DATABASE] = postgres.shared().create_database("documented")
        for documented, real in instead.items():
            text = text.replace(documented, real)
        ran = subprocess.run(
            ["bash", "-c", text],
            cwd=tmp_path,
            env=environment | {door.DOOR: str(number)},
            pass_fds=[number],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LONGEST,
            check=False,
        )
    assert ran.returncode == 0, ran.stdout[-6000:]


@functools.cache
def contract() -> Any:
    return json.loads((ROOT / "openapi" / "openapi.json").read_text())


@place
def test_what_a_document_shows_is_what_the_contract_says(block: Block) -> None:
    """An instance, whole, of the schema that the block names."""
    schema = {"$ref": f"#/components/schemas/{block.about}", "components": contract()["components"]}
    assert block.about in contract()["components"]["schemas"]
    faults = Draft202012Validator(schema, format_checker=FormatChecker()).iter_errors(json.loads(block.text))
    assert [f"{'/'.join(map(str, fault.path))}: {fault.message}" for fault in faults] == []


def test_the_layers_are_those_that_are_held_to() -> None:
    [block] = [block for block in ALL if block.kind == "layers"]
    rules = configparser.ConfigParser()
    rules.read(ROOT / ".importlinter")
    layers = rules["importlinter:contract:layers"]["layers"].strip().splitlines()
    held = [re.split(r"\s*[:|]\s*", layer.strip()) for layer in layers]
    shown = [re.split(r"\s*[,|]\s*", layer.strip()) for layer in block.text.replace("\n", " ").split(" > ")]
    assert [sorted(layer) for layer in shown] == [sorted(layer) for layer in held]


def run(arguments: list[str], environment: dict[str, str], folder: str, files: tuple[int, int, int]) -> int:
    """One `peerline` command of a document, to its end."""
    process = starts.nursery().start(arguments, env=environment, files=files, folder=Path(folder))
    processes.keep(process)
    try:
        return process.wait(LONGEST)
    finally:
        processes.let_go(process)


def _environment(tmp_path: Path, demo: Server) -> dict[str, str]:
    """A reader's shell beside the demo's server: on its data, with ports of its own for what it starts."""
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("PEERLINE_", "MAKE", "MFLAGS"))
    }
    return inherited | {
        "PATH": f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}",
        # Before what is installed: a checkout runs its own code.
        "PYTHONPATH": str(ROOT),
        "PEERLINE_DATA_DIR": str(demo.data_dir),
        "PEERLINE_MASTER_KEYS": MASTER_KEYS,
        "PEERLINE_PORT": str(processes.free_port()),
        "PEERLINE_DEMO_RECEIVER_PORT": str(processes.free_port()),
        "PEERLINE_DOCS_CHECKOUT": str(ROOT),
        "PEERLINE_DOCS_PYTHON": sys.executable,
        "PEERLINE_DOCS_LOG": str(tmp_path / "started.log"),
        "PEERLINE_DOCS_PASSWORD": "four quiet herons by the weir",
    }
