"""What may stand in a school's words: their review, their fields, what they refer to, and which words they use."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError
from sqlmodel import Session

from app.core import clock
from app.core.problems import Conflict, InvalidRequest, NotFound, Problem
from app.guidance import wording
from app.guidance.content import Piece
from app.guidance.library import Library, piece_of, resolve
from app.guidance.override_schemas import ContentOverridePut, WordingCheck, WordingResult, WordingSuggestion
from app.guidance.shelf import jurisdictions_of, locals_of, school_language
from app.guidance.sorts import FIXED, OWN, Sort, may_be_hidden, references, sort_of
from app.models import School
from app.schools import service as schools

MOST_SUGGESTIONS = 200
# As in /guidance/changes.
RESERVED = frozenset({"changes"})
# Nothing on a school's page is looked at less often than this.
LONGEST_REVIEW = dt.timedelta(days=2 * 366)


class NamesAMethod(Problem):
    """The one thing that is refused for its words (domain, 3.1)."""

    code, status, title = "names_a_method", 422, "This names a method"
    default_detail = "Texts that students read name no method of suicide or self-harm. Nothing was stored."


class IdTaken(Conflict):
    code, title = "id_taken", "Another piece has this id"


def fields_of(
    session: Session,
    library: Library,
    school: School,
    sort: Sort,
    piece_id: str,
    body: ContentOverridePut,
    *,
    base: Piece | None,
) -> dict[str, Any]:
    """The fields that are stored.

    Raises NotFound for changes of a piece that is not shipped, InvalidRequest, IdTaken, NamesAMethod.
    """
    _check_review(body, school)
    if body.language is not None and body.language not in library.languages:
        raise _refused("#/language", "unknown_language", "Nothing is shipped in this language.")
    if body.own is None:
        if base is None or sort_of(base) is not sort:
            raise NotFound
        if body.hidden_reason is not None:
            if not may_be_hidden(base):
                detail = "This is shown at every school: its words can be changed."
                raise _refused("#/hidden_reason", "not_to_be_hidden", detail)
            return {}
        where, given = "changes", dict(body.changes or {})
        if fixed := sorted(FIXED[sort] & set(given)):
            detail = "By this a piece is found, or it is decided who reads it: it stays as it was shipped."
            raise InvalidRequest(errors=[_fault(f"#/changes/{name}", "fixed", detail) for name in fixed])
    else:
        if sort not in OWN:
            raise _refused(
                "#/own", "not_to_be_added", "Scenarios and training are shipped; their words can be changed."
            )
        if base is not None:
            raise IdTaken("A shipped piece has this id: say what you change of it.")
        where, given = "own", dict(body.own)
        if piece_id in RESERVED:
            raise IdTaken("The address of a list has this id.")
        if given.get("jurisdiction") not in (None, *jurisdictions_of(school.country, school.region)):
            detail = "A card of another state would be shown to nobody here."
            raise _refused("#/own/jurisdiction", "other_jurisdiction", detail)
        if given.get("id", piece_id) != piece_id:
            raise _refused("#/own/id", "other_id", "The id stands in the address.")
        given["id"] = piece_id
    given |= {"reviewed_on": body.reviewed_on.isoformat(), "review_by": body.review_by.isoformat()}
    try:
        piece = piece_of(sort, given, base=None if body.own is not None else base)
    except ValidationError as exc:
        raise InvalidRequest(errors=list(_faults(exc, where))) from exc
    _check_words(given, where)
    kept = () if base is None else references(base)
    _check_references(session, library, school, piece, where, kept=kept)
    return given


def _check_review(body: ContentOverridePut, school: School) -> None:
    today = clock.now().astimezone(schools.zone_of(school)).date()
    if body.reviewed_on > today:
        raise _refused("#/reviewed_on", "in_the_future", "A review is on a day that has come.")
    if body.review_by > today + LONGEST_REVIEW:
        raise _refused("#/review_by", "too_late", "Look at it again within two years.")


def _check_words(given: Mapping[str, Any], where: str) -> None:
    # What is called by a name that says how is shown with it.
    beside = ("id", "sources")
    named = [(f"#/{where}/{name}", text) for name in beside for text in wording.texts_of(given.get(name))]
    for pointer, text in (*_texts(given, f"#/{where}"), *named):
        if wording.names_a_method(text) is not None:
            detail = "This names a method of suicide or self-harm."
            raise NamesAMethod(errors=[_fault(pointer, "names_a_method", detail)])


def _check_references(
    session: Session, library: Library, school: School, piece: Piece, where: str, *, kept: Iterable[str]
) -> None:
    """`kept`: what the shipped piece refers to, whether the school shows it or not."""
    others = [local for local in locals_of(session, school.id) if local.piece_id != piece.id]
    there = {each.piece.id for each in resolve(library, others, language=school_language(school, library)).placed}
    if missing := sorted(set(references(piece)) - there - {piece.id, *kept}):
        detail = "It refers to a piece that the school does not show."
        raise _refused(f"#/{where}", "unknown_reference", f"{detail} There are {len(missing)} such references.")


def check_wording(body: WordingCheck) -> WordingResult:
    """What could be said better in a text that somebody is writing."""
    found = suggestions_in(body.text, None)[:MOST_SUGGESTIONS]
    return WordingResult(suggestions=found, needs_help_beside=wording.mentions_suicide(body.text))


def suggestions_of(body: ContentOverridePut) -> list[WordingSuggestion]:
    """What could be said better in what was sent."""
    given = {name: value for name, value in (("changes", body.changes), ("own", body.own)) if value is not None}
    found = [each for name, value in given.items() for each in suggestions_in(value, f"#/{name}")]
    return found[:MOST_SUGGESTIONS]


def suggestions_in(value: Any, pointer: str | None) -> list[WordingSuggestion]:
    """What could be said better in a text, or in the texts of a JSON value, each with where it stands."""
    texts = [(None, value)] if pointer is None else list(_texts(value, pointer))
    return [
        WordingSuggestion(
            pointer=where,
            start=each.start,
            end=each.end,
            found=each.found[:200],
            suggestion=each.suggestion,
            why=each.why,
        )
        for where, text in texts
        for each in wording.suggestions(text)
    ]


def _texts(value: Any, pointer: str) -> Iterable[tuple[str, str]]:
    """The prose in a JSON value, each with its pointer. Sources are quoted as they are called."""
    if isinstance(value, str):
        yield pointer, value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            if name not in ("sources", "id", "see_also", "next_step"):
                yield from _texts(inner, f"{pointer}/{_escaped(str(name))}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _texts(inner, f"{pointer}/{number}")


def _escaped(name: str) -> str:
    """RFC 6901, 3; nothing that a caller made up comes back (contract E5)."""
    return name if re.fullmatch(r"[a-z_]{1,40}", name) else "?"


def _faults(exc: ValidationError, where: str) -> Iterable[dict[str, str]]:
    for each in exc.errors(include_url=False, include_input=False, include_context=False)[:50]:
        pointer = "/".join(["#", where, *(_escaped(p) if isinstance(p, str) else str(p) for p in each["loc"])])
        unknown = each["type"] == "extra_forbidden"
        detail = "This field is not known here." if unknown else each["msg"]
        yield _fault(pointer, "unknown_field" if unknown else each["type"], detail[:300])


def _refused(pointer: str, code: str, detail: str) -> InvalidRequest:
    return InvalidRequest(errors=[_fault(pointer, code, detail)])


def _fault(pointer: str, code: str, detail: str) -> dict[str, str]:
    return {"pointer": pointer, "code": code, "detail": detail}
