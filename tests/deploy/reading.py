"""deploy/compose.yaml as it is read: anchors and merges resolved, nothing else."""

from __future__ import annotations

import re
from typing import Any

import yaml

from tests.support.processes import REPOSITORY

DEPLOY = REPOSITORY / "deploy"


def compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return read


def with_proxy() -> dict[str, Any]:
    """As it is once the lines about the proxy are no comments any more."""
    text = (DEPLOY / "compose.yaml").read_text()
    return dict(yaml.safe_load(re.sub(r"^  # (?=(?:  )*(?:[a-z_]+:|# ))", "  ", text, flags=re.MULTILINE)))


def ours() -> dict[str, dict[str, Any]]:
    """The services that run this product."""
    return {name: each for name, each in compose()["services"].items() if each["image"].startswith("peerline")}
