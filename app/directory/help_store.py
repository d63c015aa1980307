"""Help that is there when nothing else is: every school's help-now in memory, and in a file for the next start.

Reading it touches no database. Files are replaced whole, so that a crash leaves the old one.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

import structlog

from app.core import clock
from app.core.preconditions import etag_of
from app.directory.help_files import read, written
from app.directory.help_now import (
    HelpFacts,
    HelpMemberOut,
    as_bytes,
    build_help_now,
    help_members,
    help_on,
    next_day,
)
from app.directory.pack import load_pack

log = structlog.get_logger("peerline.directory")

_SLUG = re.compile(r"[a-z][a-z0-9-]{0,38}[a-z0-9]")


@dataclass(frozen=True, slots=True)
class Kept:
    """One school's help as it is sent, and the short list that goes into problems. Good until its day is over."""

    facts: HelpFacts
    body: bytes
    etag: str
    members: list[dict[str, str | None]]
    until: dt.datetime


class HelpStore:
    """`default_country` is answered for, where the school is not known."""

    def __init__(self, folder: Path, *, default_country: str) -> None:
        self._folder = folder
        self._schools: dict[str, Kept] = {}
        self._lock = threading.Lock()
        country = build_help_now(
            country=default_country, region=None, school_name=None, school_slug=None, entries=load_pack(default_country)
        )
        self._country = _kept(country)

    def load(self) -> None:
        """Read what an earlier run kept. A file that cannot be read is left out, with a warning."""
        for path in sorted(self._folder.glob("*.json")) if self._folder.is_dir() else []:
            try:
                kept = _kept(read(path.read_bytes()))
            except (ValueError, TypeError, KeyError, AttributeError, OSError) as exc:
                log.warning("directory.help_file_unreadable", file=path.name, reason=type(exc).__name__)
                continue
            with self._lock:
                self._schools.setdefault(path.stem, kept)

    def keep(self, facts: HelpFacts) -> None:
        """Serve this from now on, and after a restart without a database."""
        slug = facts.school
        if slug is None or not _SLUG.fullmatch(slug):
            raise ValueError("only a school's help is kept")
        before = self._schools.get(slug)
        if before is not None and before.facts == facts and (self._folder / f"{slug}.json").exists():
            return
        kept = _kept(facts)
        with self._lock:
            self._schools[slug] = kept
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as file:
                file.write(written(facts))
                file.flush()
                os.fsync(file.fileno())
            os.replace(file.name, self._folder / f"{slug}.json")
        except OSError as exc:
            # Memory still serves it; the next start will try again.
            log.warning("directory.help_file_unwritable", reason=type(exc).__name__)

    def school(self, slug: str) -> Kept | None:
        """The same object for as long as it holds."""
        kept = self._schools.get(slug)
        if kept is not None and clock.now() >= kept.until:
            today = _kept(kept.facts)
            with self._lock:
                if self._schools.get(slug) is kept:
                    self._schools[slug] = today
            return today
        return kept

    @property
    def country(self) -> Kept:
        """Where the school is not known."""
        if clock.now() >= self._country.until:
            self._country = _kept(self._country.facts)
        return self._country

    def members_for(self, slug: str | None) -> list[dict[str, str | None]]:
        """The `help` of a problem: the school's, or the default country's where the school is not known."""
        kept = self._schools.get(slug) if slug else None
        return (kept or self.country).members


def _kept(facts: HelpFacts) -> Kept:
    """Raises ValueError for what is no help."""
    help_now = help_on(facts, at=clock.now())
    body = as_bytes(help_now)
    members: list[HelpMemberOut] = help_members(help_now)
    return Kept(
        facts=facts,
        body=body,
        etag=etag_of(body),
        members=[json.loads(member.model_dump_json()) for member in members],
        until=next_day(help_now.valid_from, facts.place),
    )
