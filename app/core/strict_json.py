"""Refuse JSON that parsers disagree on or that cannot be stored (RFC 8259, RFC 7493; contract E6).

Not a number, duplicate names, NUL, lone surrogates, a byte order mark, and nesting that only an attack needs.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

DEEPEST = 32


class Refused(Exception):
    """What is wrong, in words that repeat nothing of the body."""


def check(body: bytes) -> Any:
    """The parsed body. Raises Refused."""
    if body.startswith(b"\xef\xbb\xbf"):
        raise Refused("The body starts with a byte order mark.")
    _refuse_deep(body)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as exc:
        raise Refused("The body is not UTF-8.") from exc
    try:
        value = json.loads(text, parse_constant=_constant, object_pairs_hook=_object)
    except (ValueError, RecursionError) as exc:
        raise Refused("The body is not JSON.") from exc
    # Only an escape can smuggle these in: the text itself was valid UTF-8.
    if "\\u" in text or "\x00" in text:
        _refuse_unstorable(value)
    return value


def _refuse_deep(body: bytes) -> None:
    """One pass, before any parser recurses. Brackets inside strings do not count."""
    if body.count(b"[") + body.count(b"{") <= DEEPEST:
        return
    depth, in_string, escaped = 0, False, False
    for byte in body:
        if escaped:
            escaped = False
        elif in_string:
            escaped = byte == 0x5C  # backslash
            in_string = byte != 0x22  # quotation mark
        elif byte == 0x22:
            in_string = True
        elif byte in b"[{":
            depth += 1
            if depth > DEEPEST:
                raise Refused(f"The body is nested more than {DEEPEST} deep.")
        elif byte in b"]}":
            depth -= 1


def _constant(_name: str) -> NoReturn:
    raise Refused("NaN and Infinity are not JSON.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Refused("An object has the same name twice.")
    return members


def _refuse_unstorable(value: Any) -> None:
    if isinstance(value, str):
        if "\x00" in value or any("\ud800" <= char <= "\udfff" for char in value):
            raise Refused("A text holds a character that cannot be stored.")
    elif isinstance(value, dict):
        for name, member in value.items():
            _refuse_unstorable(name)
            _refuse_unstorable(member)
    elif isinstance(value, list):
        for member in value:
            _refuse_unstorable(member)
