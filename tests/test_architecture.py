"""The structure of the code is kept by contracts (.importlinter), and the contracts bite."""

from __future__ import annotations

import ast
import configparser
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
APP = REPOSITORY / "app"
CONTRACTS = REPOSITORY / ".importlinter"
LONGEST_FILE = 400

contracts = configparser.ConfigParser()
contracts.read(CONTRACTS)
PURE_MODULES = contracts["importlinter:contract:pure-modules"]["source_modules"].split()


def lint_imports(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = str(Path(sys.executable).with_name("lint-imports"))
    options = ["--no-cache", "--no-logo", *arguments]
    return subprocess.run([command, *options], cwd=root, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the tree that a test may spoil."""
    shutil.copytree(APP, tmp_path / "app", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(CONTRACTS, tmp_path)
    return tmp_path


def plant(root: Path, module: str, line: str) -> None:
    """Add an import inside a function of `module`: hidden imports count as well."""
    path = root.joinpath(*module.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    assert file.exists(), f"{module} is gone: name another module for this violation"
    with file.open("a") as source:
        source.write(f"\n\ndef planted() -> None:\n    {line}\n")


def test_the_tree_keeps_every_contract() -> None:
    done = lint_imports(REPOSITORY)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("contract", "module", "line"),
    [
        pytest.param("layers", "app.models.work", "import app.routers", id="a table knows a router"),
        pytest.param("layers", "app.reports", "import app.advice", id="neighbours know each other"),
        pytest.param("pure-modules", "app.rosters.rendering", "import app.core.db", id="a rule reads, by a detour"),
        pytest.param(
            "pure-modules", "app.paging.escalation", "from app.models import School", id="a rule knows tables"
        ),
        pytest.param("services-without-http", "app.schools", "from fastapi import Request", id="a service knows HTTP"),
        pytest.param("services-without-http", "app.worker", "import starlette.responses", id="the worker knows HTTP"),
        pytest.param("core-stands-alone", "app.core.ids", "import app.settings", id="the core reads settings"),
    ],
)
def test_a_violation_breaks_its_contract(copy: Path, contract: str, module: str, line: str) -> None:
    plant(copy, module, line)
    done = lint_imports(copy, "--contract", contract)
    title = contracts[f"importlinter:contract:{contract}"]["name"]
    assert (done.returncode, f"{title} BROKEN" in done.stdout) == (1, True), done.stdout


def test_every_pure_module_that_sends_is_named(copy: Path) -> None:
    """All of them at once: each is named for its own import, whatever the others do."""
    for module in PURE_MODULES:
        plant(copy, module, "import httpx")
    done = lint_imports(copy, "--contract", "pure-modules")
    assert done.returncode == 1, done.stdout
    caught = set(re.findall(r"^-? *([\w.]+) -> httpx \(l\.", done.stdout, re.MULTILINE))
    assert sorted(set(PURE_MODULES) - caught) == [], done.stdout


def test_a_new_package_needs_a_place_in_the_layers(copy: Path) -> None:
    (copy / "app" / "novelty.py").touch()
    done = lint_imports(copy, "--contract", "layers")
    assert (done.returncode, "novelty" in done.stdout) == (1, True), done.stdout


def test_no_router_reaches_the_database_itself() -> None:
    offenders = {
        f"{file.relative_to(REPOSITORY)} imports {name}"
        for file in (APP / "routers").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        for name in imported_names(node)
        if name.split(".")[0] in {"sqlmodel", "sqlalchemy"}
    }
    assert offenders == set()


def imported_names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [node.module]
    return []


def test_a_file_has_one_subject_and_fits_on_a_few_screens() -> None:
    lengths = {file.relative_to(REPOSITORY): len(file.read_text().splitlines()) for file in APP.rglob("*.py")}
    assert {str(file): length for file, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_two_files_of_the_suite_have_one_name() -> None:
    """pytest imports them by name alone: the second one is a fault in whatever run has both."""
    files = [file for file in (REPOSITORY / "tests").rglob("*.py") if not (file.parent / "__init__.py").exists()]
    names = [file.name for file in files if file.name != "conftest.py"]
    assert sorted({name for name in names if names.count(name) > 1}) == []
