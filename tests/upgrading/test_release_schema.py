"""`make release-schema` writes down what later migrations are held to, or says why it cannot."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.support.processes import REPOSITORY


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), "-c", "user.name=Dana", "-c", "user.email=dana@seaside.example", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def release(folder: Path) -> tuple[int, str]:
    command = [sys.executable, str(REPOSITORY / "scripts" / "release_schema.py"), "--folder", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def migration(folder: Path, revision: str, after: str | None) -> None:
    before = "None" if after is None else f'"{after}"'
    text = f'revision = "{revision}"\ndown_revision = {before}\n'
    (folder / "migrations" / "versions" / f"{revision}.py").write_text(text)


@pytest.fixture
def product(tmp_path: Path) -> Path:
    """A committed product of two migrations, whose newest is the first by name."""
    (tmp_path / "migrations" / "versions").mkdir(parents=True)
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.py").write_text("")
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "1.4.2"\n')
    migration(tmp_path, "0002", None)
    migration(tmp_path, "0001", "0002")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "All of it")
    return tmp_path


def test_it_names_the_version_the_newest_migration_and_the_commit(product: Path) -> None:
    assert release(product) == (0, "Migrations after 0001 are held to 1.4.2 from now on.\n")
    written = tomllib.loads((product / "migrations" / "released.toml").read_text())
    assert written == {"version": "1.4.2", "head": "0001", "commit": git(product, "rev-parse", "HEAD")}
    # What it writes is nothing that the code is made of: it can be called again.
    assert release(product)[0] == 0


@pytest.mark.parametrize("changed", ["app/main.py", "migrations/versions/0001.py", "pyproject.toml", "app/new.py"])
def test_what_is_not_committed_is_no_release(product: Path, changed: str) -> None:
    with (product / changed).open("a") as file:
        file.write("# changed\n")
    status, said = release(product)
    assert (status, changed in said) == (1, True)
    assert not (product / "migrations" / "released.toml").exists()


def test_two_newest_migrations_are_none(product: Path) -> None:
    migration(product, "0003", "0002")
    git(product, "add", "-A")
    git(product, "commit", "-qm", "Another")
    status, said = release(product)
    assert (status, "['0001', '0003']" in said) == (2, True)
    assert not (product / "migrations" / "released.toml").exists()


def test_a_migration_that_names_nothing_before_it_is_refused(product: Path) -> None:
    (product / "migrations" / "versions" / "0001.py").write_text('revision = "0001"\n')
    git(product, "commit", "-qam", "Broken")
    status, said = release(product)
    assert (status, "0001.py does not say" in said) == (2, True)


def test_outside_of_git_nothing_is_written(tmp_path: Path) -> None:
    status, said = release(tmp_path)
    assert (status, said.startswith("release_schema.py: ")) == (2, True)
    assert list(tmp_path.iterdir()) == []
