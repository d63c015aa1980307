"""Holds the contract to what was released: python scripts/openapi_changes.py COMMAND [--folder openapi]

    check            Fails for a breaking change (see openapi_diff.py) within the same major version, and for what is
                     added or deprecated and not named in the changelog's "Unreleased". Prints lines that would do.
    release          What is unreleased gets the version and today's date, and openapi.json becomes released.json.
    release --again  The same version once more, while nobody has it yet: a break is no break then.

The folder has openapi.json (what the code says), released.json (the last release) and CHANGELOG.md.
Exit codes: 0 fine, 1 not, 2 something cannot be read.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from openapi_diff import Comparison, codes, operations

UNRELEASED = "## Unreleased"
Document = dict[str, Any]


def additions(old: Document, new: Document) -> Iterator[tuple[str, str, str]]:
    """What is new for clients: the subsection of the changelog, the name that has to stand there, and a line for it."""
    before, after = operations(old), operations(new)
    for place, operation in after.items():
        name = operation["operationId"]
        line = f"- `{name}` ({place}): {operation['summary']}"
        if place not in before:
            yield "Added", name, line
            continue
        if operation.get("deprecated") and not before[place].get("deprecated"):
            yield "Deprecated", name, line
        known = {parameter["name"] for parameter in before[place].get("parameters", [])}
        for parameter in operation.get("parameters", []):
            if parameter["name"] not in known:
                # A header means the same wherever it is taken.
                header = parameter["in"] == "header"
                full = parameter["name"] if header else f"{name}.{parameter['name']}"
                yield "Added", full, f"- `{full}`: {_sentence(parameter.get('description', 'a parameter'))}"
    for event in sorted(new.get("webhooks", {}).keys() - old.get("webhooks", {}).keys()):
        yield "Added", event, f"- Event `{event}`: {new['webhooks'][event]['post']['summary']}"
    for code in sorted(codes(new) - codes(old)):
        yield "Added", code, f"- Problem `{code}`"
    yield from _fields(old["components"]["schemas"], new["components"]["schemas"])


def _fields(old: Document, new: Document) -> Iterator[tuple[str, str, str]]:
    for name in sorted(old.keys() & new.keys()):
        was, now = old[name], new[name]
        for field in sorted(now.get("properties", {}).keys() - was.get("properties", {}).keys()):
            said = _sentence(now["properties"][field].get("description", "a field"))
            yield "Added", f"{name}.{field}", f"- `{name}.{field}`: {said}"
        for value in sorted(set(now.get("enum", ())) - set(was.get("enum", ()))):
            yield "Added", f"{name}: {value}", f"- Value `{name}: {value}`"


def _sentence(text: str) -> str:
    return " ".join(text.split()).split(". ")[0].removesuffix(".")


def faults(old: Document, new: Document, changelog: str) -> Iterator[str]:
    """What is wrong with releasing `new` after `old`."""
    if _major(new) == _major(old):
        for line in sorted(set(Comparison(old, new).breaks())):
            yield f"breaks clients of {old['info']['version']}: {line}"
    said = set(re.findall(r"`([^`]+)`", _section(changelog, UNRELEASED)))
    for kind, name, line in dict.fromkeys(additions(old, new)):
        if name not in said:
            yield f'not in the changelog, "{kind}": {line}'


def released(changelog: str, version: str, day: dt.date, *, again: bool) -> str:
    """The changelog with what is unreleased under a version. Raises ValueError when that has been released already."""
    heading = next((line for line in changelog.splitlines() if line.startswith(f"## {version} ")), None)
    if heading and not again:
        raise ValueError(f"{version} has been released: raise the version in pyproject.toml first")
    unreleased = _section(changelog, UNRELEASED)
    body = _merged(unreleased, _section(changelog, heading)) if heading else unreleased
    if heading:
        changelog = changelog.replace(f"{heading}\n{_section(changelog, heading)}", "")
    entry = f"## {version} ({day.isoformat()})\n\n{body.strip()}\n\n"
    return changelog.replace(f"{UNRELEASED}\n{unreleased}", f"{UNRELEASED}\n\n{entry}").rstrip() + "\n"


def _section(changelog: str, heading: str) -> str:
    """What stands between a heading of the second level and the next. Raises ValueError when there is none."""
    _, found, rest = changelog.partition(f"{heading}\n")
    if not found:
        raise ValueError(f"the changelog has no {heading!r}")
    return re.split(r"(?m)^## ", rest, maxsplit=1)[0]


def _merged(new: str, old: str) -> str:
    """The lines of both by subsection; what stands before the first comes first."""
    parts: dict[str, list[str]] = {}
    for text in (old, new):
        title = ""
        for line in text.strip().splitlines():
            title = line if line.startswith("### ") else title
            if line != title and (line or not title):
                parts.setdefault(title, []).append(line)
    return "\n\n".join(f"{title}\n\n".lstrip() + "\n".join(lines).strip() for title, lines in parts.items())


def _major(document: Document) -> str:
    version: str = document["info"]["version"]
    return version.partition(".")[0]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("check", "release"))
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--folder", type=Path, default=Path("openapi"))
    told = parser.parse_args(arguments)
    file, last, log = (told.folder / name for name in ("openapi.json", "released.json", "CHANGELOG.md"))
    try:
        old, new, changelog = json.loads(last.read_text()), json.loads(file.read_text()), log.read_text()
        found = [] if told.again else list(faults(old, new, changelog))
        version = new["info"]["version"]
        if found:
            sys.stdout.writelines(f"{line}\n" for line in found)
            return 1
        if told.command == "release":
            log.write_text(released(changelog, version, dt.datetime.now(dt.UTC).date(), again=told.again))
            shutil.copyfile(file, last)
            sys.stdout.write(f"{version} is what the contract is held to from now on.\n")
        else:
            sys.stdout.write(
                f"Nothing breaks clients of {old['info']['version']}, and what is new is in the changelog.\n"
            )
    except (ValueError, OSError) as exc:
        sys.stderr.write(f"openapi_changes.py: {exc}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
