"""What is shipped for schools, and how old it is: for whoever decides whether to update, or where a school can be."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from typing import Annotated

from pydantic import Field, StringConstraints

from app import packs
from app.core.schemas import OutputModel
from app.directory.matching import overdue
from app.directory.pack import bases
from app.guidance.content_pack import ContentPack
from app.guidance.library import load_library
from app.guidance.showing import is_overdue
from app.guidance.thresholds import DEFAULT, Check, Jurisdiction, ThresholdVersion, load_thresholds
from app.identity.actors import Actor
from app.schools.requirements import regions_of
from app.vocabulary import Role

Count = Annotated[int, Field(ge=0, le=100_000)]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$", max_length=16)]
Language = Annotated[str, StringConstraints(max_length=5)]
RegionCode = Annotated[str, StringConstraints(max_length=10)]


class DirectoryPackOut(OutputModel):
    """`version` is another whenever an entry is. `next_check_by`: the first day by which an entry wants to be checked;
    `overdue`: of how many that day is past."""

    version: Digest
    entries: Count
    next_check_by: dt.date | None
    overdue: Count


class CardOut(OutputModel):
    """A card on the rules for a country or a state of it."""

    jurisdiction: Jurisdiction
    reviewed_on: dt.date
    review_by: dt.date
    overdue: bool


class ThresholdPackOut(OutputModel):
    """When somebody may be told more than was agreed. `DEFAULT` stands where a place has no text of its own."""

    jurisdiction: Jurisdiction
    version: ThresholdVersion
    check: Check


class CountryOut(OutputModel):
    """What a school of this country gets, and the regions that it can be in."""

    country: Annotated[str, StringConstraints(max_length=2)]
    regions: Annotated[list[RegionCode], Field(max_length=100)]
    directory: DirectoryPackOut
    obligations_cards: Annotated[list[CardOut], Field(max_length=100)]
    thresholds: Annotated[list[ThresholdPackOut], Field(max_length=100)]


class GuidancePackOut(OutputModel):
    """The texts of a language. `reviewed_on`: the newest review; `review_by`: the first that is due."""

    language: Language
    version: Digest
    pieces: Count
    reviewed_on: dt.date
    review_by: dt.date
    overdue: Count


class PacksOut(OutputModel):
    """All that is shipped, by country and by language."""

    countries: Annotated[list[CountryOut], Field(max_length=100)]
    guidance: Annotated[list[GuidancePackOut], Field(max_length=50)]


def shipped(actor: Actor, *, today: dt.date) -> PacksOut:
    actor.require(Role.PLATFORM_OPERATOR)
    library = load_library()
    return PacksOut(
        countries=[_country(code, library.packs.values(), today) for code in packs.countries()],
        guidance=[_guidance(language, pack, today) for language, pack in sorted(library.packs.items())],
    )


def _country(code: str, guidance: Iterable[ContentPack], today: dt.date) -> CountryOut:
    cards = {card.id: card for pack in guidance for card in pack.obligations if _is_of(card.jurisdiction, code)}
    texts = load_thresholds().values()
    return CountryOut(
        country=code,
        regions=list(regions_of(code)),
        directory=_directory(code, today),
        obligations_cards=[
            CardOut(
                jurisdiction=card.jurisdiction,
                reviewed_on=card.reviewed_on,
                review_by=card.review_by,
                overdue=is_overdue(card, today),
            )
            for card in cards.values()
        ],
        thresholds=[
            ThresholdPackOut(jurisdiction=text.jurisdiction, version=text.version, check=text.check)
            for text in texts
            if text.jurisdiction == DEFAULT or _is_of(text.jurisdiction, code)
        ],
    )


def _is_of(jurisdiction: str, country: str) -> bool:
    return jurisdiction.partition("-")[0] == country


def _directory(code: str, today: dt.date) -> DirectoryPackOut:
    found = bases(code).values()
    days = [base.entry.verify_by for base in found if base.entry.verify_by is not None]
    return DirectoryPackOut(
        version=_digest(f"{base.entry.id} {base.version}" for base in found),
        entries=len(found),
        next_check_by=min(days, default=None),
        overdue=sum(overdue(base.entry, today=today) for base in found),
    )


def _guidance(language: str, pack: ContentPack, today: dt.date) -> GuidancePackOut:
    pieces = list(pack.pieces.values())
    return GuidancePackOut(
        language=language,
        version=_digest(piece.model_dump_json() for piece in pieces),
        pieces=len(pieces),
        reviewed_on=max(piece.reviewed_on for piece in pieces),
        review_by=min(piece.review_by for piece in pieces),
        overdue=sum(is_overdue(piece, today) for piece in pieces),
    )


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
