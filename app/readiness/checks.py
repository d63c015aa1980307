"""What every check of readiness says: whether it applies to the school, whether it is passed, and what to do."""

from __future__ import annotations

from typing import Annotated, TypedDict

from pydantic import StringConstraints

from app.core.schemas import Line, OutputModel

CheckCode = Annotated[str, StringConstraints(max_length=40)]
DONE = "Nothing to do."


class Check(OutputModel):
    """`applies` is false where the school has no need of it, by what it decided: then `ok` is true. `detail` says what
    to do, and where; it names nobody."""

    code: CheckCode
    ok: bool
    applies: bool
    detail: Line


class Verdict(TypedDict):
    """The fields that all checks have."""

    ok: bool
    applies: bool
    detail: str


def found(ok: bool, *, otherwise: str) -> Verdict:
    """Of a check that applies. `otherwise`: what to do when it is not passed."""
    return Verdict(ok=ok, applies=True, detail=DONE if ok else otherwise)


def not_here(why: str) -> Verdict:
    """Of a check that does not apply."""
    return Verdict(ok=True, applies=False, detail=why)
