"""Alert rules, dashboard, documentation and code speak of the same metrics; each alarm says what to do about it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml
from prometheus_client.core import Metric

from app.core import clock
from app.core.db import Database
from app.metrics import picture
from app.metrics.exposition import Exposition
from app.metrics.reader import Picture, Reader
from app.metrics.requests import Requests

ROOT = Path(__file__).parents[2]
ALERTS = ROOT / "deploy" / "prometheus" / "alerts.yml"
DOCS = (ROOT / "docs" / "monitoring.md").read_text()
_METRIC = re.compile(r"\b(?:peerline|process)_[a-z_]+\b")


class Known(Reader):
    """A look that has found everything there can be."""

    def __init__(self) -> None:
        return

    def read(self) -> Picture:
        waiting = dict.fromkeys(picture.LANES, picture.Waiting(0, clock.now() - clock.now(), lease_ended=False))
        return Picture(
            picture.Prompt(last_pass=clock.now(), overdue=False, skew=0.0),
            picture.Slow(waiting, 0, 0, 0, 0),
            picture.Hourly({"urgent": 0, "other": 0}, {"person": 0, "school": 0}, 0, 0),
        )


def exposed(tmp_path: Path) -> dict[str, Metric]:
    """By each name that a sample has."""
    db = Database(f"sqlite:///{tmp_path / 'none.sqlite3'}")
    try:
        found = list(Exposition(db, Known(), requests=Requests(), lanes=list).collect())
    finally:
        db.close()
    return {sample.name: metric for metric in found for sample in metric.samples}


def rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load(ALERTS.read_text())["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


def expressions_of(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node[name] for name in ("expr", "definition") if isinstance(node.get(name), str)]
        return own + [each for value in node.values() for each in expressions_of(value)]
    return [each for value in node for each in expressions_of(value)] if isinstance(node, list) else []


def test_rules_and_dashboard_ask_for_metrics_that_are_exposed_and_all_of_them_are_used(tmp_path: Path) -> None:
    dashboard = json.loads((ROOT / "deploy" / "grafana" / "peerline.json").read_text())
    asked = [rule["expr"] for rule in rules()] + expressions_of(dashboard)
    named = {name for text in asked for name in _METRIC.findall(text)}
    there = set(exposed(tmp_path))
    assert named - there == set()
    unused = {name for name in there - named if not name.endswith(("_bucket", "_count"))}
    assert unused == {"process_start_time_seconds"} - named, "a figure that nobody looks at is one too many"


def test_the_documentation_has_every_metric_with_its_labels_and_no_other(tmp_path: Path) -> None:
    tables = DOCS.partition("\n## Metrics\n")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in tables.splitlines() if line.startswith("| `p")]
    told = {name: set(labels.replace(" ", "").split(",")) - {""} for name, labels in _told(" ".join(rows))}
    there = exposed(tmp_path)
    names = {name.removesuffix("_count") if name.endswith("_seconds_count") else name for name in there}
    names -= {"peerline_http_request_duration_seconds"}
    assert set(told) == names
    for name, labels in told.items():
        assert all(set(sample.labels) == labels for sample in there[name].samples if sample.name == name), name


def _told(text: str) -> list[tuple[str, str]]:
    return re.findall(r"`((?:peerline|process)_[a-z_]+)(?:\{([^}]*)\})?`", text)


def test_each_alarm_says_how_bad_it_is_and_leads_to_what_to_do_about_it() -> None:
    runbook = DOCS.partition("\n## Runbook\n")[2]
    parts = dict(re.findall(r"^### (\w+)\n\n(.+?)(?=^### |\Z)", runbook, re.MULTILINE | re.DOTALL))
    assert list(parts) == [rule["alert"] for rule in rules()]
    for rule in rules():
        name, notes = rule["alert"], rule["annotations"]
        severity = rule["labels"]["severity"]
        assert notes["runbook"] == f"docs/monitoring.md#{name.lower()}"
        assert parts[name].startswith(f"*{severity.capitalize()}. {notes['summary']}*\n\n")
        assert len(parts[name]) > 150, f"{name}: what is somebody to do?"


def test_each_alarm_is_tried_and_panels_name_the_variable_for_their_source() -> None:
    tried = yaml.safe_load((ALERTS.parent / "alerts_test.yml").read_text())["tests"]
    assert [each["name"] for each in tried] == ["health", *(rule["alert"] for rule in rules())]
    assert tried[0]["promql_expr_test"][0]["exp_samples"] == [], "in health nothing fires"
    dashboard = json.loads((ROOT / "deploy" / "grafana" / "peerline.json").read_text())
    assert dashboard["templating"]["list"][0]["type"] == "datasource"
    sources = {
        each["datasource"]["uid"]
        for panel in dashboard["panels"]
        for each in (panel, *panel.get("targets", []))
        if "datasource" in each
    }
    assert sources == {"${datasource}"}
    places = [panel["gridPos"] for panel in dashboard["panels"]]
    for number, one in enumerate(places):
        assert one["x"] + one["w"] <= 24
        for other in places[:number]:
            apart = (
                one["x"] >= other["x"] + other["w"]
                or other["x"] >= one["x"] + one["w"]
                or one["y"] >= other["y"] + other["h"]
                or other["y"] >= one["y"] + one["h"]
            )
            assert apart, (one, other)
