"""What comes back at once: options, the least exposing first, something for oneself, and that friends stay friends."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.guidance.answers import (
    MOST_PARTICULAR,
    GuidanceItemOut,
    continue_as_friend,
    for_you,
    nobody_has_answered,
    privacy_statement,
    status_text,
    what_you_can_do,
)
from app.guidance.pack import load_guidance
from app.guidance.signs import RED_FLAG_SIGNS, AboutWhom, ConcernType, Priority, Relationship, Sign, is_urgent
from app.vocabulary import ReportStatus

EXPOSURE = {item.id: item.exposure for item in load_guidance().what_you_can_do}
FOR_AN_EMERGENCY = {item.id for item in load_guidance().what_you_can_do if item.when.urgent}

WORRIES = {
    "signs": st.lists(st.sampled_from(Sign), max_size=6),
    "priority": st.sampled_from(Priority),
    "about_whom": st.sampled_from(AboutWhom),
    "relationship": st.sampled_from(Relationship),
}


def ids(items: list[GuidanceItemOut]) -> list[str]:
    return [item.id for item in items]


@given(**WORRIES)
def test_there_is_always_a_choice_and_who_will_know(signs: Collection[Sign], **rest: Any) -> None:
    options = what_you_can_do(signs, **rest)
    assert 2 <= len(options) <= 12
    assert len(set(ids(options))) == len(options)
    assert all(item.title and item.text and item.who_will_know for item in options)


@given(**WORRIES)
def test_of_sexual_or_gender_based_harm_the_people_for_it_are_always_named(
    signs: Collection[Sign], **rest: Any
) -> None:
    """J21: whatever else was ticked, in one shape for oneself and for somebody else; and not where it was not."""
    harm = [ConcernType.SEXUAL_OR_GENDER_BASED_HARM]
    named = [item for item in what_you_can_do(signs, concern_types=harm, **rest) if item.id.startswith("people-for-")]
    assert [item.who_will_know for item in named] == ["The people you choose to call."]
    assert "Nothing that you send here is passed on to them." in named[0].text
    assert not [item for item in what_you_can_do(signs, **rest) if item.id.startswith("people-for-")]


@given(**WORRIES)
def test_after_what_is_urgent_the_least_exposing_comes_first(signs: Collection[Sign], **rest: Any) -> None:
    options = ids(what_you_can_do(signs, **rest))
    at_once = [name for name in options if name in FOR_AN_EMERGENCY]
    assert options[: len(at_once)] == at_once
    assert bool(at_once) == is_urgent(signs, rest["priority"])
    exposures = [EXPOSURE[name] for name in options[len(at_once) :]]
    assert exposures == sorted(exposures)


@pytest.mark.parametrize("sign", Sign)
@pytest.mark.parametrize("about_whom", AboutWhom)
def test_every_sign_alone_leaves_a_choice(sign: Sign, about_whom: AboutWhom) -> None:
    assert len(what_you_can_do([sign], priority=Priority.SOON, about_whom=about_whom)) >= 2


@pytest.mark.parametrize("sign", sorted(RED_FLAG_SIGNS))
@pytest.mark.parametrize("about_whom", [AboutWhom.SOMEONE_ELSE, AboutWhom.PREFER_NOT_TO_SAY])
def test_the_first_words_for_a_red_flag(sign: Sign, about_whom: AboutWhom) -> None:
    options = what_you_can_do([Sign.TEARFUL, sign], priority=Priority.WHEN_YOU_CAN, about_whom=about_whom)
    assert ids(options)[:4] == ["stay-with-them", "ask-directly", "not-a-secret", "call-together"]
    assert "does not put the thought there" in options[1].text
    assert options[2].title == "You do not have to keep this secret"


def test_an_urgent_answer_sends_nobody_out_for_lunch() -> None:
    usual = set(ids(what_you_can_do([Sign.OTHER], priority=Priority.SOON)))
    urgent = set(ids(what_you_can_do([Sign.OTHER], priority=Priority.NOW)))
    assert {"ordinary-message", "say-what-you-noticed"} <= usual - urgent


def test_many_signs_do_not_make_a_long_page() -> None:
    none, every = (what_you_can_do(signs, priority=Priority.SOON) for signs in ([], set(Sign) - RED_FLAG_SIGNS))
    assert len(every) == len(none) + MOST_PARTICULAR


def test_somebody_who_barely_knows_them_gets_a_light_way() -> None:
    light = what_you_can_do([], priority=Priority.SOON, relationship=Relationship.BARELY_KNOW_THEM)
    assert "no-need-to-be-close" in ids(light)


@given(**WORRIES)
def test_help_for_oneself_is_there_and_does_not_ask_who_it_is_about(signs: Collection[Sign], **rest: Any) -> None:
    items = for_you(signs, **rest)
    assert items
    for about_whom in AboutWhom:
        assert for_you(signs, **{**rest, "about_whom": about_whom}) == items


@given(**{**WORRIES, "about_whom": st.just(AboutWhom.ME)})
def test_ones_own_worry_gets_as_many_options_as_a_friends(signs: Collection[Sign], **rest: Any) -> None:
    mine = what_you_can_do(signs, **rest)
    urgent = is_urgent(signs, rest["priority"])
    assert len(set(ids(mine)) & FOR_AN_EMERGENCY) == (4 if urgent else 0)
    assert len(mine) >= 5


def test_a_friend_stays_a_friend() -> None:
    calm = continue_as_friend([], priority=Priority.SOON)
    urgent = continue_as_friend([Sign.HURT_THEMSELVES], priority=Priority.SOON)
    own = continue_as_friend([], priority=Priority.SOON, about_whom=AboutWhom.ME)
    assert len({calm, urgent, own}) == 3
    assert "adds people" in urgent
    assert "nobody takes your place" in calm


def test_every_status_has_plain_words() -> None:
    texts = [status_text(status) for status in ReportStatus]
    assert len(set(texts)) == len(ReportStatus)
    # That nobody has opened it yet is said of what nobody has opened, and of nothing else.
    assert status_text(ReportStatus.RECEIVED, opened=True) not in texts
    assert [status_text(status, opened=True) for status in ReportStatus][1:] == texts[1:]


def test_when_nobody_answered_it_says_so_and_whom_to_call() -> None:
    assert nobody_has_answered().startswith("Nobody from the programme has been able to answer.")
    assert "call" in nobody_has_answered()


def test_the_privacy_statement_says_what_the_software_does() -> None:
    statement = privacy_statement()
    assert statement.version == "2026-3"
    parts = {name: " ".join(lines) for name, lines in statement.model_dump().items() if isinstance(lines, list)}
    assert "encrypted" in parts["what_is_stored"]
    assert "No account, no network address, and nothing about your phone" in parts["what_is_stored"]
    assert "advice only" in parts["what_is_stored"]
    assert "the hour alone" in parts["what_is_stored"]
    assert "90 days after you last used it" in parts["how_long"]
    assert "only key" in parts["limits"]
    assert "not promise secrecy about a danger to life" in parts["limits"]
    assert "regulator" in parts["what_never_happens"]
