"""Holds the migrations to a release from now on: python scripts/release_schema.py [--folder .]

Writes migrations/released.toml: the version in pyproject.toml, the newest migration, and the commit that is checked
out, whose code the tests then run on each later schema. Refuses while anything that the code is made of is not
committed: nobody could take that out of the history again.

Exit codes: 0 fine, 1 not committed, 2 something cannot be read.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tomllib
from pathlib import Path

CODE = ("app", "migrations/versions", "migrations/env.py", "pyproject.toml")
TEXT = """\
# The last release, to which migrations are held (docs/upgrading.md). Written by: make release-schema
version = "{version}"
# Its newest migration: what comes after it must leave that release's code working.
head = "{head}"
# The commit whose code the tests run on the schema of today.
commit = "{commit}"
"""


def newest(versions: Path) -> str:
    """The one revision that no other is after. Raises ValueError when there is not exactly one."""
    after: dict[str, str | None] = {}
    for file in versions.glob("*.py"):
        text = file.read_text()
        revision = re.search(r'^revision = "(\w+)"', text, re.MULTILINE)
        before = re.search(r'^down_revision = (?:"(\w+)"|None)', text, re.MULTILINE)
        if revision is None or before is None:
            raise ValueError(f"{file.name} does not say what it is or comes after")
        after[revision[1]] = before[1]
    heads = after.keys() - after.values()
    if len(heads) != 1:
        raise ValueError(f"the migrations end in {sorted(heads)}, not in one")
    return heads.pop()


def git(folder: Path, *arguments: str) -> str:
    """What git says. Raises ValueError with its own words when it fails."""
    command = ["git", "-C", str(folder), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  git, with words of this file
    if done.returncode:
        raise ValueError(done.stderr.strip())
    return done.stdout.strip()


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path())
    folder: Path = parser.parse_args(arguments).folder
    try:
        changed = git(folder, "status", "--porcelain", "--", *CODE)
        if changed:
            sys.stdout.write(f"not committed, so that nobody could run it again:\n{changed}\n")
            return 1
        version = tomllib.loads((folder / "pyproject.toml").read_text())["project"]["version"]
        head, commit = newest(folder / "migrations" / "versions"), git(folder, "rev-parse", "HEAD")
        text = TEXT.format(version=version, head=head, commit=commit)
        (folder / "migrations" / "released.toml").write_text(text)
        sys.stdout.write(f"Migrations after {head} are held to {version} from now on.\n")
    except (ValueError, OSError, KeyError) as exc:
        sys.stderr.write(f"release_schema.py: {exc}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
