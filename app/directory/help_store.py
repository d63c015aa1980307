"""Help that is there when nothing else is: every school's help-now in memory, and in a file for the next start.

Reading it touches no database. Files are replaced whole, so that a crash leaves the old one, and by one thread of their
own: a disk can take seconds, and nobody who asks waits for it.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import re
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import structlog

from app.core import clock
from app.core.asgi import dump
from app.core.preconditions import etag_of
from app.directory.help_files import read, written
from app.directory.help_now import (
    HelpFacts,
    as_bytes,
    build_help_now,
    help_members,
    help_on,
    next_day,
)
from app.directory.pack import load_pack
from app.packs import PackError

log = structlog.get_logger("peerline.directory")

_SLUG = re.compile(r"[a-z][a-z0-9-]{0,38}[a-z0-9]")


@dataclass(frozen=True, slots=True)
class Kept:
    """One school's help as it is sent, and the short list that goes into problems. Good until its day is over."""

    facts: HelpFacts
    body: bytes
    etag: str
    members: list[dict[str, str | None]]
    members_json: bytes
    until: dt.datetime


class HelpStore:
    """`default_country` is answered for, where the school is not known."""

    def __init__(self, folder: Path, *, default_country: str) -> None:
        self._folder = folder
        self._schools: dict[str, Kept] = {}
        self._lock = threading.Lock()
        # One, so that of two changes of a school the later one stays. What it has written, or read at the start:
        self._files = ThreadPoolExecutor(1, thread_name_prefix="help")
        self._on_disk: dict[str, HelpFacts] = {}
        country = build_help_now(
            country=default_country, region=None, school_name=None, school_slug=None, entries=load_pack(default_country)
        )
        self._country = _kept(country)

    def load(self) -> None:
        """Read what an earlier run kept. A file that cannot be read is left out, with a warning."""
        for path in sorted(self._folder.glob("*.json")) if self._folder.is_dir() else []:
            try:
                kept = _kept(read(path.read_bytes()))
            except (ValueError, TypeError, KeyError, AttributeError, OSError, PackError) as exc:
                log.warning("directory.help_file_unreadable", file=path.name, reason=type(exc).__name__)
                continue
            self._on_disk[path.stem] = kept.facts
            with self._lock:
                self._schools.setdefault(path.stem, kept)

    async def keep(self, facts: HelpFacts) -> None:
        """Serve this from now on, and after a restart without a database: it is on disk then, if there is room.

        Raises ValueError for what is no help of a school.
        """
        slug = self.serve(facts)
        await asyncio.get_running_loop().run_in_executor(self._files, self._write, slug)

    def serve(self, facts: HelpFacts) -> str:
        """Serve this from now on, and wait for no disk; gives whose it is. Raises ValueError as `keep` does."""
        slug = facts.school
        if slug is None or not _SLUG.fullmatch(slug):
            raise ValueError("only a school's help is kept")
        before = self._schools.get(slug)
        if before is None or before.facts != facts:
            kept = _kept(facts)
            with self._lock:
                self._schools[slug] = kept
        return slug

    def _write(self, slug: str) -> None:
        """What is served now, which may be newer than what this was asked for."""
        facts, path = self._schools[slug].facts, self._folder / f"{slug}.json"
        try:
            if self._on_disk.get(slug) == facts and path.exists():
                return
            self._folder.mkdir(parents=True, exist_ok=True)
            _replace(path, written(facts))
        except OSError as exc:
            # Memory still serves it; whoever keeps it next will try again.
            log.warning("directory.help_file_unwritable", reason=type(exc).__name__)
        else:
            self._on_disk[slug] = facts

    def close(self) -> None:
        self._files.shutdown(wait=False)

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
        return self._for(slug).members

    def members_json_for(self, slug: str | None) -> bytes:
        """The same, as it is sent: whoever is refused under load is refused thousands of times."""
        return self._for(slug).members_json

    def _for(self, slug: str | None) -> Kept:
        kept = self._schools.get(slug) if slug else None
        return kept or self.country


def _replace(path: Path, content: bytes) -> None:
    """Whole or not at all. Raises OSError, and leaves nothing beside it."""
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            os.replace(file.name, path)
        except OSError:
            os.unlink(file.name)
            raise


def _kept(facts: HelpFacts) -> Kept:
    """Raises ValueError for what is no help."""
    help_now = help_on(facts, at=clock.now())
    body = as_bytes(help_now)
    members = [json.loads(member.model_dump_json()) for member in help_members(help_now)]
    return Kept(
        facts=facts,
        body=body,
        etag=etag_of(body),
        members=members,
        members_json=dump(members),
        until=next_day(help_now.valid_from, facts.place),
    )
