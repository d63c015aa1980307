"""What a person is told when they share a worry: options for the other, something for themselves, and that they go on.

Pure selection over the texts. Options, not instructions (STUDY E13), the least exposing first (I06), and the same shape
for one's own worry and for a friend's (D13).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from app.guidance.pack import (
    GuidanceItemOut,
    GuidancePack,
    Item,
    PrivacyStatementOut,
    load_guidance,
)
from app.guidance.signs import AboutWhom, ConcernType, Priority, Relationship, Sign, is_urgent
from app.vocabulary import ConfidentialityBasis, RelayPurpose, ReportStatus, WhoIsMet

# A person in distress does not read a long page: of what fits certain signs or relationships only the first few.
MOST_PARTICULAR = 3


def what_you_can_do(
    signs: Collection[Sign],
    *,
    priority: Priority,
    concern_types: Collection[ConcernType] = (),
    about_whom: AboutWhom = AboutWhom.PREFER_NOT_TO_SAY,
    relationship: Relationship = Relationship.PREFER_NOT_TO_SAY,
    pack: GuidancePack | None = None,
) -> list[GuidanceItemOut]:
    """At least two options for every input. When it is urgent those for that come first, then the least exposing.

    What is for a concern that was ticked is always among them.
    """
    texts = pack or load_guidance()
    at_once, particular, general = list[Item](), list[Item](), list[Item]()
    for item in texts.options_in[is_urgent(signs, priority), about_whom, relationship]:
        when = item.when
        if (not when.signs or not when.signs.isdisjoint(signs)) and (
            not when.concerns or not when.concerns.isdisjoint(concern_types)
        ):
            (at_once if when.urgent else particular if when.signs or when.relationship else general).append(item)
    return _shown([*at_once, *sorted([*particular[:MOST_PARTICULAR], *general], key=_exposure)])


def for_you(
    signs: Collection[Sign],
    *,
    priority: Priority,
    about_whom: AboutWhom = AboutWhom.PREFER_NOT_TO_SAY,
    relationship: Relationship = Relationship.PREFER_NOT_TO_SAY,
    pack: GuidancePack | None = None,
) -> list[GuidanceItemOut]:
    """Looking after yourself: never empty, whoever the worry is about."""
    items = (pack or load_guidance()).for_you_in[is_urgent(signs, priority), about_whom, relationship]
    return _shown(item for item in items if not item.when.signs or not item.when.signs.isdisjoint(signs))


def continue_as_friend(
    signs: Collection[Sign],
    *,
    priority: Priority,
    about_whom: AboutWhom = AboutWhom.PREFER_NOT_TO_SAY,
    pack: GuidancePack | None = None,
) -> str:
    """That help adds people and never takes the friend's part away (STUDY I12)."""
    texts = (pack or load_guidance()).continue_as_friend
    if about_whom == AboutWhom.ME:
        return texts.about_me
    return texts.urgent if is_urgent(signs, priority) else texts.not_urgent


def status_text(status: ReportStatus, *, opened: bool = False, pack: GuidancePack | None = None) -> str:
    """Where a worry stands, in plain words. `opened`: somebody has read it, whether or not they still can."""
    texts = pack or load_guidance()
    return texts.waits_for_another if opened and status is ReportStatus.RECEIVED else texts.status_texts[status]


def what_a_summary_is_for(purpose: RelayPurpose, who: WhoIsMet, *, pack: GuidancePack | None = None) -> str:
    """Who would read what is passed on, and to what end, in plain words."""
    return (pack or load_guidance()).what_a_summary_is_for[purpose][who]


def nobody_has_answered(*, pack: GuidancePack | None = None) -> str:
    """What is said when every level was asked and nobody came (journey J6)."""
    return (pack or load_guidance()).nobody_has_answered


def taken_back(*, pack: GuidancePack | None = None) -> str:
    """What is said instead of a promise, of what was taken back."""
    return (pack or load_guidance()).withdrawal.taken_back


def decision_text(
    basis: ConfidentialityBasis, *, alone: bool, opens_identity: bool, pack: GuidancePack | None = None
) -> str:
    """That somebody was told more than was agreed, in general words: never whom, and never what (STUDY I05)."""
    texts = (pack or load_guidance()).decisions
    said = [texts.bases[basis], texts.alone if alone else texts.by_two]
    return " ".join([*said, *([texts.identity] if opens_identity else ()), texts.your_part])


def privacy_statement(*, pack: GuidancePack | None = None) -> PrivacyStatementOut:
    """The current statement, with its version."""
    return (pack or load_guidance()).privacy_statement


def _exposure(item: Item) -> int:
    return item.exposure


def _shown(items: Iterable[Item]) -> list[GuidanceItemOut]:
    return [item.shown for item in items]
