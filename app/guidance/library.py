"""Everything that is shipped, in every language, and what a school says over it. Pure.

What a school says counts in every language: its words are shown as they are, and the piece says in which they are.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources.abc import Traversable
from typing import Any

from pydantic import ValidationError

from app.guidance.content import Piece, Script, TrainingModule
from app.guidance.content_pack import ENGLISH, ContentPack, Notices, languages, load_content
from app.guidance.sorts import MODELS, Sort, may_be_hidden, references, sort_of


class ContentOrigin(StrEnum):
    """Whose words a piece has: as it was shipped, shipped and changed by the school, or the school's own."""

    SHIPPED = "shipped"
    CHANGED = "changed"
    OWN = "own"


class ContentTrouble(StrEnum):
    """Why what a school says of a piece does not count, so that what was shipped is shown instead."""

    BASE_GONE = "base_gone"
    DOES_NOT_FIT = "does_not_fit"
    ID_TAKEN = "id_taken"
    NOT_TO_BE_HIDDEN = "not_to_be_hidden"


@dataclass(frozen=True, slots=True)
class Local:
    """What a school says of one piece. `fields`: all of them if it is its `own`, else those that it changes."""

    sort: Sort
    piece_id: str
    language: str
    own: bool
    hidden: bool
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Placed:
    """A piece in the language that it is in fact given in."""

    sort: Sort
    piece: Piece
    language: str
    origin: ContentOrigin


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a school has. `broken`: which of its words do not count, by the id of the piece."""

    placed: tuple[Placed, ...]
    broken: Mapping[str, ContentTrouble]


@dataclass(frozen=True, eq=False)
class Library:
    """The packs by their languages. English is among them, and whole."""

    packs: Mapping[str, ContentPack]

    @functools.cached_property
    def languages(self) -> tuple[str, ...]:
        return (ENGLISH, *sorted(set(self.packs) - {ENGLISH}))

    def piece(self, piece_id: str, language: str) -> tuple[Piece, str] | None:
        """A shipped piece in a language, or in English, with the language that it is in. None where there is none."""
        for each in (language, ENGLISH):
            found = self.packs[each].pieces.get(piece_id) if each in self.packs else None
            if found is not None:
                return found, each
        return None

    def notices(self, language: str) -> Notices:
        found = self.packs[language].notices or self.packs[ENGLISH].notices
        if found is None:
            raise LookupError("there are no notices in English")
        return found

    def shipped(self, language: str) -> Iterable[Placed]:
        """Every shipped piece, in the order of the English files."""
        for piece_id in self.packs[ENGLISH].pieces:
            found = self.piece(piece_id, language)
            if found is not None:
                piece, given = found
                yield Placed(sort_of(piece), piece, given, ContentOrigin.SHIPPED)


@functools.cache
def load_library(folder: Traversable | None = None) -> Library:
    """`folder`: where the languages lie; what is shipped, if nothing else is said. Raises PackError."""
    return Library({language: load_content(language, folder=folder) for language in languages(folder)})


def resolve(library: Library, locals_: Iterable[Local], *, language: str) -> Resolved:
    """The pieces of a school: what was shipped with the school's words over it, then its own, by id."""
    placed = {each.piece.id: each for each in library.shipped(language)}
    broken: dict[str, ContentTrouble] = {}
    for local in sorted(locals_, key=lambda each: each.piece_id):
        result = result_of(library, local)
        if isinstance(result, ContentTrouble):
            broken[local.piece_id] = result
        elif result is None:
            del placed[local.piece_id]
        else:
            placed[local.piece_id] = result
    return Resolved(tuple(placed.values()), broken)


def result_of(library: Library, local: Local) -> Placed | ContentTrouble | None:
    """What comes of a school's words; None where it hides the piece."""
    base = library.piece(local.piece_id, local.language)
    if local.own:
        if base is not None:
            return ContentTrouble.ID_TAKEN
    elif base is None or sort_of(base[0]) is not local.sort:
        return ContentTrouble.BASE_GONE
    elif local.hidden:
        return None if may_be_hidden(base[0]) else ContentTrouble.NOT_TO_BE_HIDDEN
    try:
        piece = piece_of(local.sort, local.fields, base=None if base is None else base[0])
    except ValidationError:
        return ContentTrouble.DOES_NOT_FIT
    return Placed(local.sort, piece, local.language, ContentOrigin.OWN if local.own else ContentOrigin.CHANGED)


def piece_of(sort: Sort, fields: Mapping[str, Any], *, base: Piece | None) -> Piece:
    """A piece of its own, or a base with some fields changed as RFC 7396 says. Raises ValidationError."""
    given = dict(fields) if base is None else merged(base.model_dump(mode="json", by_alias=True), fields)
    return MODELS[sort].model_validate(given)


def merged(target: Any, patch: Any) -> Any:
    """RFC 7396, 2: null takes a member away, an object is merged, anything else replaces."""
    if not isinstance(patch, Mapping):
        return patch
    found = dict(target) if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            found.pop(name, None)
        else:
            found[name] = merged(found.get(name), value)
    return found


def version_of(piece: Piece) -> str:
    """Changes with anything that the piece says."""
    return hashlib.sha256(piece.model_dump_json(by_alias=True).encode()).hexdigest()[:32]


def pruned(piece: Piece, there: Iterable[str]) -> Piece:
    """The piece without what it says of others that are not there for whoever reads it."""
    missing = set(references(piece)) - set(there)
    if not missing:
        return piece
    if isinstance(piece, Script):
        return piece.model_copy(update={"next_step": None})
    update: dict[str, Any] = {"see_also": tuple(each for each in getattr(piece, "see_also", ()) if each not in missing)}
    if isinstance(piece, TrainingModule):
        update["exercises"] = tuple(each for each in piece.exercises if each.scenario not in missing)
    return piece.model_copy(update=update)
