"""What a directory costs to read: a filtered list, a search and the snapshot, small and with two thousand entries."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import Any

from sqlmodel import Session

from app.directory import words
from app.models import LocalEntry
from app.schools import service as schools
from benchmarks import processes, rounds, seed
from benchmarks.processes import Product
from benchmarks.rounds import Section, Side
from benchmarks.sections import Run

DIRECTORY = f"/v1/schools/{seed.SLUG}/directory"
HELP_NOW = f"/v1/schools/{seed.SLUG}/help-now"
# Beside the national ones.
MANY = 1_963
FILTERED = f"{DIRECTORY}?open_now=true&independent=true&language=en&limit=20"
# As many different questions as nobody has kept the answers of.
WORDS = ("line", "clinic", "students")
SEARCHES = [f"{DIRECTORY}?q={word}&zone=Australia/Perth&limit={limit}" for word in WORDS for limit in range(1, 101)]
HOURS = ("Mo-Fr 09:00-17:00", "Mo-Su 08:00-24:00; PH off", "Mo-Fr 09:00-12:00,13:00-17:00; Dec 24-Jan 03 off", "24/7")


def directory(run: Run) -> Section:
    section = Section("directory", f"A school's directory, 8 clients: as seeded, and with {MANY} entries more")
    folder = run.folder / section.name
    folder.mkdir()
    with contextlib.ExitStack() as stack:
        small, large = stack.enter_context(run.databases.products("directory-small", "directory-large"))
        large.write(_many)
        time.sleep(1.5)  # until it is asked again whether anything has changed
        sides, sizes = [_side("help-now", small, HELP_NOW)], {}
        for name, product in (("small", small), ("large", large)):
            _, body, headers = processes.get(product.port, f"{DIRECTORY}/snapshot")
            sizes[name] = len(body)
            (folder / f"{name}.json").write_bytes(body)
            port, pid = stack.enter_context(
                processes.bare("bytes", folder / f"{name}.json", log=folder / f"{name}.log")
            )
            known = {"If-None-Match": headers["etag"]}
            sides += [
                Side(f"{name}-bare", port, pid, [processes.request("GET", "/bytes")]),
                _side(f"{name}-filtered", product, FILTERED),
                _side(f"{name}-search", product, *SEARCHES),
                _side(f"{name}-200", product, f"{DIRECTORY}/snapshot"),
                _side(f"{name}-304", product, f"{DIRECTORY}/snapshot", headers=known, expect=304),
            ]
        takes = rounds.measure(run.generator, sides, run.plan)
    section.rows = [rounds.row("help-now, 200", takes["help-now"])]
    for name, what in (("small", "as seeded"), ("large", f"{MANY} more")):
        section.rows += [
            rounds.row(f"{what}: bare Starlette route, the snapshot's {sizes[name]} bytes", takes[f"{name}-bare"]),
            rounds.row(f"{what}: list, three filters", takes[f"{name}-filtered"]),
            rounds.row(f"{what}: search, 300 different questions", takes[f"{name}-search"]),
            rounds.row(f"{what}: snapshot, 200", takes[f"{name}-200"]),
            rounds.row(f"{what}: snapshot, 304", takes[f"{name}-304"]),
        ]
        section.ratios += [
            rounds.rate_ratio(f"{what}: snapshot / bare", takes[f"{name}-200"], takes[f"{name}-bare"], at_least=0.7),
            rounds.rate_ratio(f"{what}: 304 / 200", takes[f"{name}-304"], takes[f"{name}-200"], at_least=1.0),
            rounds.rate_ratio(
                f"{what}: time of a filtered list / time of help-now",
                takes["help-now"],
                takes[f"{name}-filtered"],
                at_most=4.0,
            ),
            rounds.rate_ratio(
                f"{what}: time of a search / time of help-now", takes["help-now"], takes[f"{name}-search"]
            ),
        ]
    return section


def _side(name: str, product: Product, *paths: str, headers: dict[str, str] | None = None, expect: int = 200) -> Side:
    requests = [processes.request("GET", path, headers=headers) for path in paths]
    return Side(name, product.port, product.pid, requests, expect=expect)


def _many(session: Session) -> None:
    school = schools.find(session, seed.SLUG)
    for number in range(MANY):
        entry = _entry(number)
        session.add(LocalEntry(school_id=school.id, entry_id=entry["id"], entry=entry))
    words.touch(session, school)


def _entry(number: int) -> dict[str, Any]:
    """Services of every kind, with hours that differ. Their numbers are set aside for fiction."""
    hours = HOURS[number % len(HOURS)]
    if hours != "24/7":
        hours = hours.replace("17:00", f"{16 + number % 3}:{number % 60:02}")
    return {
        "id": f"bench-{number:04}",
        "name": f"Made-up service {number}",
        "tier": ("crisis", "specialist", "primary_care", "school_support", "peer")[number % 5],
        "what_it_is": "A clinic" if number % 3 else "A line to call",
        "who_for": "Students of the school" if number % 2 else "Anyone",
        "for": ["self", "worried_about_someone"],
        "independent": number % 4 != 0,
        "run_by": "independent",
        "shares_information_with_school": "with_consent",
        "channels": ["phone"],
        "phone_display": f"+61 2 5550 {number:04}",
        "phone_dial": f"+6125550{number:04}",
        "hours_text": "As its hours say",
        "hours": hours,
        "zone": None if hours == "24/7" else "Australia/Melbourne",
        "cost": "free",
        "verification": "verified",
        "sources": [{"url_or_text": "a benchmark", "date": "2026-11"}],
    }


SECTIONS: dict[str, Callable[[Run], Section]] = {"directory": directory}
