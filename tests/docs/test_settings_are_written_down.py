"""docs/operations.md names every setting with its default, and none that there is not."""

from __future__ import annotations

import re
from typing import Any

from blocks import ROOT

from app.settings import Settings

ROW = re.compile(r"^\| `PEERLINE_(\w+)` \| (.*?) ?\| .+\|$", re.MULTILINE)


def written(default: Any) -> str:
    return "" if default == "" else str(default)


def test_every_setting_stands_in_the_table_with_its_default() -> None:
    documented = dict(ROW.findall((ROOT / "docs/operations.md").read_text()))
    fields = {
        name.upper(): field.get_default(call_default_factory=True) for name, field in Settings.model_fields.items()
    }
    assert documented == {name: written(default) for name, default in fields.items()}
