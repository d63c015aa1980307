"""A command of the documents sends no Idempotency-Key to what takes none: who repeats it would do it twice."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from blocks import ROOT, blocks_of, documents

URL = re.compile(r'^"?(?:http://127\.0\.0\.1:8000)?(/v1/[^\s"?]*)')
ASSIGNED = re.compile(r"^(\w+)=(\S+)$", re.MULTILINE)
KEY = "idempotency-key:"


def commands(text: str) -> Iterator[str]:
    """Each `curl` up to the next, with what its variables stand for in the place of these."""
    text = re.sub(r"\$\([^()]*\)", "x", re.sub(r"\$\([^()]*\)", "x", text.replace("\\\n", " ")))
    known = dict(ASSIGNED.findall(text))
    for _ in range(3):
        text = re.sub(r"\$\{?(\w+)\}?", lambda found: known.get(found[1], "x"), text)
    yield from re.split(r"\bcurl\b", text)[1:]


def operation(command: str) -> tuple[str, str]:
    method = re.search(r"-X ([A-Z]+)", command)
    found = [URL.match(word) for word in command.split()]
    [path] = [match[1] for match in found if match]
    return (method[1] if method else "POST").lower(), path


def keyed() -> list[tuple[str, re.Pattern[str]]]:
    paths = json.loads((ROOT / "openapi" / "openapi.json").read_text())["paths"]
    return [
        (method, re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))))
        for path, methods in paths.items()
        for method, each in methods.items()
        if any(parameter["name"] == "Idempotency-Key" for parameter in each.get("parameters", []))
    ]


def test_a_key_is_sent_to_what_takes_one() -> None:
    sent = {
        operation(command)
        for path in documents()
        for command in commands("".join(block.text for block in blocks_of(path) if block.kind == "sh"))
        if KEY in command.lower()
    }
    assert len(sent) >= 6
    takes = keyed()
    ignored = {each for each in sent if not any(m == each[0] and p.fullmatch(each[1]) for m, p in takes)}
    assert ignored == set()
