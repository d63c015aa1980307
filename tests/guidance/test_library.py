"""Content in several languages, and what a school says over it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from app.guidance.content import Audience
from app.guidance.content_pack import languages, load_content
from app.guidance.library import ContentOrigin, ContentTrouble, Library, Local, load_library, merged, resolve
from app.guidance.shelf import PUBLIC, make_view
from app.guidance.sorts import Sort
from app.packs import PackError
from tests.guidance.made_up import PSEUDO, article, card, library, module, put, put_pseudo, scenario, script, whole

EVERYBODY = frozenset(Audience)
TODAY = dt.date(2026, 6, 1)


def local(sort: Sort, piece_id: str, fields: dict[str, Any] | None = None, **how: Any) -> Local:
    given = {"language": "en", "own": False, "hidden": fields is None} | how
    return Local(sort=sort, piece_id=piece_id, fields=fields or {}, **given)


def ids(made: Library, *said: Local, audiences: frozenset[Audience] = EVERYBODY, region: str = "VIC") -> set[str]:
    view = make_view(made, said, place=("AU", region), language="en", audiences=audiences, today=TODAY)
    return {each.id for pieces in view.shown.values() for each in pieces}


def test_the_shipped_content_loads_whole() -> None:
    pack = load_content()
    assert languages() == ("en",)
    assert min(map(len, (pack.articles, pack.scripts, pack.obligations, pack.action_plans, pack.role_cards))) >= 3
    assert len(pack.scenarios) >= 6
    assert {each.code for each in pack.training} == {"mental_health_responses", "reaching_isolated_students"}


@pytest.mark.parametrize(
    ("files", "at_fault"),
    [
        ({"articles": [article("nothing")]}, "translates nothing"),
        ({"articles": [article("a-script")]}, "translates nothing"),
        ({"articles": [article(audience="staff")]}, "another audience"),
        ({"articles": [article(kind="careers")]}, "another kind"),
        ({"articles": [article(see_also=["nowhere"])]}, "nowhere, which is not there"),
        ({"articles": [article(title="")]}, "0.title"),
        ({"scripts": [script(), script()]}, "stand twice"),
    ],
)
def test_a_translation_is_of_what_there_is_and_for_whom_it_is(tmp_path: Path, files: Any, at_fault: str) -> None:
    library(tmp_path)
    put(tmp_path, "de", files)
    with pytest.raises(PackError, match=at_fault):
        load_content("de", folder=tmp_path)


@pytest.mark.parametrize(
    ("files", "at_fault"),
    [
        ({"articles": [article(sources=[])]}, "0.sources"),
        ({"articles": [article(see_also=["nowhere"])]}, "nowhere, which is not there"),
        ({"training": [module(exercises=[*module()["exercises"][:1], *module()["exercises"][2:]])]}, "at least 3"),
        ({"scripts": [script("an-article")]}, "stand twice"),
    ],
)
def test_content_that_does_not_hold_together_is_refused(tmp_path: Path, files: Any, at_fault: str) -> None:
    with pytest.raises(PackError, match=at_fault):
        library(tmp_path, **files)


@pytest.mark.parametrize("name", ["scripts", "notices"])
def test_english_is_whole_or_is_refused(tmp_path: Path, name: str) -> None:
    put(tmp_path, "en", {each: pieces for each, pieces in whole().items() if each != name})
    with pytest.raises(PackError, match=f"en/{name}.yaml"):
        load_library(tmp_path)


def test_a_piece_that_is_not_translated_is_given_in_english_and_says_so(tmp_path: Path) -> None:
    """M8, with everything that is shipped, in a language that only tests speak."""
    left_out = {load_content().articles[0].id, load_content().scripts[0].id}
    put_pseudo(tmp_path, without=left_out)
    made = load_library(tmp_path)
    assert made.languages == ("en", PSEUDO)
    view = make_view(made, (), place=("AU", "NSW"), language=PSEUDO, audiences=EVERYBODY, today=TODAY)
    shown: list[Any] = [each for pieces in view.shown.values() for each in pieces]
    assert {each.id for each in shown if each.language == "en"} == left_out
    assert all(each.title.startswith("[") == (each.language == PSEUDO) for each in shown)
    english = make_view(made, (), place=("AU", "NSW"), language="en", audiences=EVERYBODY, today=TODAY)
    assert [each.id for each in shown] == [each.id for pieces in english.shown.values() for each in pieces]


def test_who_is_not_meant_sees_nothing_of_it_and_no_way_to_it(tmp_path: Path) -> None:
    """D02: what is for supporters and staff is in no public answer, not even as a reference."""
    files = {
        "articles": [article(see_also=["for-staff", "a-script"]), article("for-staff", audience="staff")],
        "scripts": [script(next_step="for-supporters"), script("for-supporters", audience="formal_supporters")],
    }
    made = library(tmp_path, **files)
    assert not ids(made, audiences=PUBLIC) & {"for-staff", "for-supporters", "a-module"}
    view = make_view(made, (), place=("AU", "VIC"), language="en", audiences=PUBLIC, today=TODAY)
    [shown], [words] = view.shown[Sort.ARTICLE], view.shown[Sort.SCRIPT]
    assert (shown.see_also, words.next_step) == (("a-script",), None)  # type: ignore[attr-defined]  # of that sort
    assert {"for-staff", "for-supporters", "a-module"} <= ids(made)


def test_the_rules_of_another_state_are_not_a_schools(tmp_path: Path) -> None:
    cards = [card(), card("of-vic", jurisdiction="AU-VIC"), card("of-nsw", jurisdiction="AU-NSW")]
    made = library(tmp_path, obligations=[*cards, card("of-nz", jurisdiction="NZ")])
    for region, other in (("VIC", "of-nsw"), ("NSW", "of-vic")):
        found = ids(made, region=region)
        assert {"a-card", f"of-{region.lower()}"} <= found
        assert not found & {other, "of-nz"}


def test_a_school_changes_adds_and_hides(tmp_path: Path) -> None:
    made = library(tmp_path)
    said = [
        local(Sort.ARTICLE, "an-article", {"summary": "Here it is otherwise.", "options": None}),
        local(Sort.SCRIPT, "of-ours", script("of-ours"), own=True),
        local(Sort.ACTION_PLAN, "a-plan"),
    ]
    found = {each.piece.id: each for each in resolve(made, said, language="en").placed}
    assert found["an-article"].piece.summary == "Here it is otherwise."  # type: ignore[attr-defined]  # of that sort
    assert found["an-article"].piece.title == "About an-article"
    assert [found[name].origin for name in ("an-article", "of-ours", "a-script")] == [
        ContentOrigin.CHANGED,
        ContentOrigin.OWN,
        ContentOrigin.SHIPPED,
    ]
    assert "a-plan" not in found
    # Hidden from whatever refers to it as well.
    referring = library(tmp_path / "other", articles=[article(see_also=["a-plan"])])
    view = make_view(referring, said[2:], place=("AU", "VIC"), language="en", audiences=EVERYBODY, today=TODAY)
    assert view.shown[Sort.ARTICLE][0].see_also == ()  # type: ignore[attr-defined]  # of that sort


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (local(Sort.ARTICLE, "gone-by-now", {"summary": "Ours."}), ContentTrouble.BASE_GONE),
        (local(Sort.SCRIPT, "an-article", {"text": "Ours."}), ContentTrouble.BASE_GONE),
        (local(Sort.ARTICLE, "an-article", {"sections": None}), ContentTrouble.DOES_NOT_FIT),
        (local(Sort.ARTICLE, "an-article", {"mood": "low"}), ContentTrouble.DOES_NOT_FIT),
        (local(Sort.ARTICLE, "an-article", article(), own=True), ContentTrouble.ID_TAKEN),
        (local(Sort.ARTICLE, "ours", {"title": "Half a piece"}, own=True), ContentTrouble.DOES_NOT_FIT),
        (local(Sort.ARTICLE, "emergencies"), ContentTrouble.NOT_TO_BE_HIDDEN),
    ],
)
def test_what_does_not_count_any_more_leaves_what_was_shipped(tmp_path: Path, said: Local, why: ContentTrouble) -> None:
    made = library(tmp_path, articles=[article(), article("emergencies", kind="red_flags_and_emergencies")])
    resolved = resolve(made, [said], language="en")
    assert resolved.broken == {said.piece_id: why}
    assert resolved.placed == resolve(made, [], language="en").placed


def test_a_merge_patch_is_one_of_rfc_7396() -> None:
    """Its own test cases, appendix A."""
    for target, patch, result in (
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ):
        assert merged(target, patch) == result


def test_an_overdue_review_is_shown_with_a_warning_from_the_day_after(tmp_path: Path) -> None:
    """D05, J18. And whoever shows what speaks of suicide puts help beside it (domain, 3.1)."""
    said = [{"heading": "Ask", "points": ["Ask about suicide directly."]}]
    made = library(tmp_path, articles=[article(), article("asking", sections=said)])

    def shown(day: dt.date) -> dict[str, Any]:
        view = make_view(made, (), place=("AU", "VIC"), language="en", audiences=PUBLIC, today=day)
        return {each.id: each for each in view.shown[Sort.ARTICLE]}

    due = dt.date(2027, 1, 5)
    on_the_day, after = shown(due), shown(due + dt.timedelta(days=1))
    assert (on_the_day["an-article"].review_overdue, on_the_day["an-article"].warning) == (False, None)
    assert (after["an-article"].review_overdue, after["an-article"].warning) == (True, "Look again.")
    assert [each.needs_help_beside for each in after.values()] == [False, True]


def test_a_conversation_keeps_its_steps(tmp_path: Path) -> None:
    made = library(tmp_path, scenarios=[scenario(), scenario("second")])
    view = make_view(made, (), place=("AU", "VIC"), language="en", audiences=PUBLIC, today=TODAY)
    assert [len(each.steps) for each in view.shown[Sort.SCENARIO]] == [3, 3]  # type: ignore[attr-defined]  # of that sort
