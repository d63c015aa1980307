"""The content of every school as it was last made, kept in memory by what the school says and the language."""

from __future__ import annotations

import datetime as dt
import functools
import threading
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel
from sqlmodel import Session, col, select

from app.core import clock
from app.core.preconditions import etag_of
from app.guidance import showing
from app.guidance.content import Audience, Piece
from app.guidance.languages import choose
from app.guidance.library import Library, Local, Resolved, resolve
from app.guidance.sorts import Sort
from app.models import LocalPiece, School
from app.schools import published
from app.schools import service as schools

PUBLIC = frozenset({Audience.ALL_STUDENTS})
# More views than schools that say something of their own, in the languages and on the days that are asked for.
MOST_VIEWS = 256
# Of all bodies together, with their names: whoever asks may make these longer than what they get.
MOST_BYTES = 16 * 2**20
_OF_TIME = {"review_overdue", "warning"}

# What a school said when something was made of it: a change is another version, and a new row another id.
Stamp = tuple[tuple[uuid.UUID, int], ...]
# A school's country and state.
Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Sent:
    """An answer as it is sent. `languages`: those that it is in."""

    body: bytes
    etag: str
    languages: tuple[str, ...]
    next_cursor: str | None


@dataclass(frozen=True, eq=False)
class View:
    """What some readers of a school see in a language on a day, in order. `shown`: the pieces by sort."""

    language: str
    resolved: Resolved
    shown: Mapping[Sort, tuple[Piece, ...]]
    bodies: dict[str, Sent] = field(default_factory=dict)

    def find(self, piece_id: str) -> tuple[Sort, Piece] | None:
        return next(((sort, each) for sort, all_ in self.shown.items() for each in all_ if each.id == piece_id), None)

    @functools.cached_property
    def digests(self) -> dict[str, str]:
        """Of each piece but training, by sort and id: of it as it is sent, without what time alone changes."""
        return published.items_of(
            {
                f"{sort}/{each.id}": each.model_dump_json(by_alias=True, exclude=_OF_TIME).encode()
                for sort, all_ in self.shown.items()
                for each in all_
                if sort is not Sort.TRAINING_MODULE
            }
        )


class Shelf:
    """One for a process. Everything on it can be made anew: it is dropped when there is no room."""

    def __init__(self, library: Callable[[], Library]) -> None:
        self._library = library
        self._views: OrderedDict[tuple[object, ...], View] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    @property
    def library(self) -> Library:
        """Raises PackError for content that cannot be used."""
        return self._library()

    def view(
        self,
        session: Session,
        school: School,
        *,
        accept_language: str | None = None,
        audiences: frozenset[Audience] = PUBLIC,
    ) -> View:
        """What there is for these readers now, in the language that fits them best."""
        default = school_language(school, self.library)
        language = choose(accept_language, available=self.library.languages, default=default)
        return self.view_in(session, school, language=language, audiences=audiences)

    def view_in(
        self, session: Session, school: School, *, language: str, audiences: frozenset[Audience] = PUBLIC
    ) -> View:
        today = clock.now().astimezone(schools.zone_of(school)).date()
        place = (school.country, school.region)
        # Of schools that say nothing of their own those of one state see the same.
        key = (self.library, stamp_of(session, school.id), language, audiences, today, place)
        with self._lock:
            view = self._views.get(key)
            if view is not None:
                self._views.move_to_end(key)
                return view
        view = make_view(
            self.library,
            locals_of(session, school.id),
            place=place,
            language=language,
            audiences=audiences,
            today=today,
        )
        with self._lock:
            self._views[key] = view
            while len(self._views) > MOST_VIEWS:
                _, dropped = self._views.popitem(last=False)
                self._bytes -= sum(len(name) + len(sent.body) for name, sent in dropped.bodies.items())
        return view

    def sent(self, view: View, name: str, make: Callable[[], BaseModel]) -> Sent:
        """The body of that name, made once for a view. A page before the last is made each time: its cursor opens with
        a key that may have been replaced since."""
        found = view.bodies.get(name)
        if found is not None:
            return found
        model = make()
        body = model.model_dump_json(by_alias=True).encode()
        sent = Sent(body, etag_of(body), languages_of(model, view.language), getattr(model, "next_cursor", None))
        if sent.next_cursor is None:
            self._keep(view, name, sent)
        return sent

    def _keep(self, view: View, name: str, sent: Sent) -> None:
        size = len(name) + len(sent.body)
        with self._lock:
            if self._bytes + size > MOST_BYTES:
                for each in self._views.values():
                    each.bodies.clear()
                self._bytes = 0
            if name not in view.bodies:
                view.bodies[name] = sent
                self._bytes += size


def make_view(
    library: Library,
    locals_: Iterable[Local],
    *,
    place: Place,
    language: str,
    audiences: frozenset[Audience],
    today: dt.date,
) -> View:
    resolved = resolve(library, locals_, language=language)
    shown = showing.show(
        resolved.placed,
        library.notices(language),
        audiences=audiences,
        jurisdictions=jurisdictions_of(*place),
        today=today,
    )
    return View(language=language, resolved=resolved, shown=shown)


def languages_of(model: BaseModel, chosen: str) -> tuple[str, ...]:
    """The languages of what an answer holds, the chosen one first; that alone where it holds nothing."""
    parts = getattr(model, "items", [model])
    found = {each for part in parts for each in _languages_in(part)}
    return tuple(sorted(found, key=lambda each: (each != chosen, each))) or (chosen,)


def _languages_in(part: BaseModel) -> Iterable[str]:
    language = getattr(part, "language", None)
    if language is not None:
        yield language
        return
    for name in type(part).model_fields:
        value = getattr(part, name)
        if isinstance(value, Piece):
            yield from _languages_in(value)


def school_language(school: School, library: Library) -> str:
    """What a school's own words are in, if it says nothing else."""
    wanted = schools.policies_of(school).language
    return wanted if wanted in library.languages else library.languages[0]


def jurisdictions_of(country: str, region: str) -> frozenset[str]:
    """Whose rules are a school's: its country's, and its state's."""
    return frozenset({country, f"{country}-{region}"})


def stamp_of(session: Session, school_id: uuid.UUID) -> Stamp:
    rows = session.exec(
        select(LocalPiece.id, LocalPiece.version).where(LocalPiece.school_id == school_id).order_by(col(LocalPiece.id))
    )
    return tuple((row_id, version) for row_id, version in rows)


def locals_of(session: Session, school_id: uuid.UUID) -> list[Local]:
    """What a school says over what is shipped."""
    rows = session.exec(select(LocalPiece).where(LocalPiece.school_id == school_id).order_by(col(LocalPiece.piece_id)))
    return [local_of(row) for row in rows]


def local_of(row: LocalPiece) -> Local:
    return Local(
        sort=Sort(row.sort),
        piece_id=row.piece_id,
        language=row.language,
        own=row.base_version is None,
        hidden=row.hidden_reason is not None,
        fields=row.fields,
    )
