"""Whether what is shipped with the product can be read, and has been checked in time."""

from __future__ import annotations

import datetime as dt
import hashlib

from app.checking.finding import Figures, Finding, Part, found
from app.directory.pack import load_pack
from app.evaluation.pack import load_evaluation
from app.guidance import reviews
from app.guidance.library import load_library
from app.guidance.pack import load_guidance
from app.guidance.thresholds import load_thresholds
from app.packs import PackError, countries, read_pack
from app.stories.texts import load_texts as load_stories
from app.supporters.selection_texts import load_texts as load_selection


def packs(*, today: dt.date) -> Finding:
    """Loads every pack. `directory_xx` is a digest of that country's file: the same file, the same digest."""
    figures: dict[str, str | int | float | bool] = {}
    overdue = 0
    try:
        library = load_library()
        for load in (load_guidance, load_thresholds, load_evaluation, load_stories, load_selection):
            load()
        for country in countries():
            overdue += sum(entry.verify_by is not None and entry.verify_by < today for entry in load_pack(country))
            text = read_pack(f"directory/{country.lower()}.csv")
            figures[f"directory_{country.lower()}"] = hashlib.sha256(text.encode()).hexdigest()[:12]
    except PackError as exc:
        says = f"What is shipped cannot be read: {exc}. Install Peerline again."
        return found(Part.PACKS, "", [], [says], figures)
    late = reviews.warning(library, today=today)
    warnings = [] if late is None else [late]
    if overdue:
        warnings.append(f"{overdue} entries of the shipped directory are overdue for a check: update Peerline.")
    shown: Figures = {**figures, "directory_overdue": overdue, "languages": len(library.packs)}
    return found(Part.PACKS, "All can be read, and nothing is overdue for review.", warnings, [], shown)
