"""What an editor could write past the lists of words, and cannot now (domain, 3.1)."""

from __future__ import annotations

import pytest

from app.guidance.content import RoleCard
from app.guidance.content_pack import load_content
from app.guidance.role_cards import READ_BY
from app.guidance.sorts import may_be_hidden
from app.guidance.wording import digest_of, mentions_suicide, names_a_method, suggestions
from app.vocabulary import Role


@pytest.mark.parametrize(
    "text", ["She wanted to die.", "They hurt themselves.", "He spoke of ending it all.", "to wish you were dead"]
)
def test_it_speaks_of_it_although_it_does_not_name_it(text: str) -> None:
    assert mentions_suicide(text)


@pytest.mark.parametrize("text", ["a zebra", "A ZÉBRA", "ze\u00adbra", "ze\u200bbra", "ｚｅｂｒａ", "ze-bra"])
def test_accents_hyphens_and_signs_that_nobody_sees_hide_no_word(text: str) -> None:
    found = names_a_method(f"Of {text}, they said.", methods={digest_of("zebra")})
    assert found is not None
    assert text.endswith(f"Of {text}, they said."[found[0] : found[1]])


@pytest.mark.parametrize(
    "text", ["He might be bipolar.", "It sounds like PTSD.", "Keep it secret.", "Tell nobody.", "Call 1800 975 711."]
)
def test_an_editor_is_told(text: str) -> None:
    assert suggestions(text)


def test_what_every_supporter_has_is_hidden_nowhere() -> None:
    pack = load_content()
    assert not any(may_be_hidden(each) for each in pack.training)
    assert [each.role for each in pack.role_cards if not may_be_hidden(each)] == [Role.SUPPORTER]
    card = next(each for each in pack.role_cards if each.role is Role.SUPPORTER)
    assert isinstance(card, RoleCard)
    assert card.audience in READ_BY[Role.SUPPORTER]
