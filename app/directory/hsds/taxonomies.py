"""The lists of terms by which services are sorted: those that the directory has anyway, with a word on each.

Their codes are values of the enums in app/directory/entries.py; tests/directory/test_hsds.py sees to it that each value
has its term. Ids depend on the codes alone, and are the same in every deployment.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

from app.directory.entries import Channel, Community, ForWhom, RunBy, Sharing, SideList, Tier, Verification
from app.directory.hsds import ids
from app.directory.hsds.shapes import HsdsTaxonomy, HsdsTaxonomyTerm

VERSION = "1"
INDEPENDENT, NOT_INDEPENDENT = "independent", "not_independent"


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of terms. `terms`: by code, what each is called and what it means."""

    code: str
    name: str
    description: str
    terms: dict[str, tuple[str, str]]


TIER = Listed(
    "tier",
    "Kind of help",
    "What kind of help a service is. Not a ladder: people start where it fits.",
    {
        Tier.EMERGENCY: ("Emergency", "Ambulance, fire service and police, when somebody is in danger now."),
        Tier.CRISIS: ("Crisis", "Somebody to talk to at once, when it cannot wait."),
        Tier.SPECIALIST: ("Specialist", "Mental health services, for what needs more than a first contact."),
        Tier.PRIMARY_CARE: ("Primary care", "Doctors, counselling and advice, and ways to find them."),
        Tier.SCHOOL_SUPPORT: ("School support", "People whom the school or the university employs to help students."),
        Tier.TRAINED_PEER: ("Trained peer", "People in the same situation, with training for it."),
        Tier.PEER: ("Peer", "Fellow students."),
    },
)
SIDE_LIST = Listed(
    "side_list",
    "Beside the help",
    "Services that are no help by themselves, and make other help easier to reach or to hold to account.",
    {
        SideList.ACCESS: ("Access", "Ways to be understood: relay services and interpreters."),
        SideList.RIGHTS: ("Rights", "Ways to be heard: complaints, ombudsmen and legal advice."),
    },
)
RUN_BY = Listed(
    "run_by",
    "Run by",
    "What sort of organization runs a service.",
    {
        RunBy.STUDENT_SOCIETY: ("Student society", "Students themselves."),
        RunBy.SCHOOL: ("School", "A school, such as a medical school."),
        RunBy.UNIVERSITY: ("University", "A university."),
        RunBy.HEALTH_SERVICE: ("Health service", "A public health service."),
        RunBy.INDEPENDENT: ("Independent", "An organization that belongs to none of the others, such as a charity."),
        RunBy.GOVERNMENT: ("Government", "A government, or somebody on its behalf."),
    },
)
INDEPENDENCE = Listed(
    "independence",
    "Independence from the school",
    "Whether a service is apart from the school that its callers study at.",
    {
        INDEPENDENT: ("Independent of the school", "The school neither runs it nor decides on it."),
        NOT_INDEPENDENT: ("Not independent of the school", "The school runs it, or decides on it."),
    },
)
FOR_WHOM = Listed(
    "for_whom",
    "For whom",
    "On whose account somebody can turn to a service.",
    {
        ForWhom.SELF: ("For oneself", "Whoever needs help can turn to it."),
        ForWhom.WORRIED_ABOUT_SOMEONE: ("Worried about somebody", "Whoever is worried about somebody can turn to it."),
        ForWhom.SUPPORTER: ("For supporters", "Whoever supports somebody can turn to it for their own sake."),
        ForWhom.BEREAVED: ("Bereaved", "Whoever has lost somebody can turn to it."),
    },
)
COMMUNITY = Listed(
    "community",
    "Community",
    "Communities that a service is run for, or that it says it is safe for. Nobody is asked whether they belong to it.",
    {
        Community.FIRST_NATIONS: ("First Nations", "Aboriginal and Torres Strait Islander people."),
        Community.LGBTIQ: ("LGBTIQ+", "Lesbian, gay, bisexual, trans, intersex and queer people."),
        Community.MEN: ("Men", "Men."),
    },
)
CHANNEL = Listed(
    "channel",
    "How it is reached",
    "The ways in which somebody can get in touch with a service.",
    {
        Channel.PHONE: ("Phone", "By calling."),
        Channel.SMS: ("Text message", "By text message."),
        Channel.ONLINE_CHAT: ("Online chat", "By typing, with a person who answers."),
        Channel.IN_PERSON: ("In person", "By going there."),
        Channel.VIDEO: ("Video", "By video call."),
        Channel.WEB: ("Web", "On its web pages."),
    },
)
SHARING = Listed(
    "sharing_with_school",
    "What the school learns",
    "Whether the school is told who has turned to a service.",
    {
        Sharing.NEVER: ("Never", "The school is told nothing."),
        Sharing.WITH_CONSENT: ("With consent", "The school is told if whoever turned to it agrees."),
        Sharing.SERIOUS_THREAT_ONLY: ("Serious threat only", "The school may be told when a life is in danger."),
        Sharing.ROUTINELY: ("Routinely", "The school is told as a matter of course."),
        Sharing.UNKNOWN: ("Not known", "Nobody has confirmed what the school is told. This is not a no: ask first."),
    },
)
VERIFICATION = Listed(
    "verification",
    "How well checked",
    "How well the facts about a service were checked. What two sources disagree about is not published.",
    {
        Verification.VERIFIED: ("Checked", "Checked with the service, or with a public page of its own."),
        Verification.VERIFIED_OLD: ("Checked long ago", "The source is years old."),
        Verification.PARTLY_VERIFIED: ("Partly checked", "Some of it could not be checked."),
        Verification.SECONDARY_ONLY: ("From others' lists", "Taken from lists made by others, not from the service."),
    },
)
ALL = (TIER, SIDE_LIST, RUN_BY, INDEPENDENCE, FOR_WHOM, COMMUNITY, CHANNEL, SHARING, VERIFICATION)


@functools.cache
def taxonomy_id(listed: str) -> str:
    return ids.of("taxonomy", listed)


@functools.cache
def term_id(listed: str, code: str) -> str:
    return ids.of("taxonomy", listed, code)


@functools.cache
def taxonomies() -> tuple[HsdsTaxonomy, ...]:
    return tuple(
        {
            "id": taxonomy_id(listed.code),
            "name": listed.name,
            "description": listed.description,
            "version": VERSION,
        }
        for listed in ALL
    )


@functools.cache
def terms() -> dict[str, HsdsTaxonomyTerm]:
    """Every term by its id."""
    return {term["id"]: term for term in _terms()}


def _terms() -> Iterator[HsdsTaxonomyTerm]:
    for listed in ALL:
        for code, (name, description) in listed.terms.items():
            yield {
                "id": term_id(listed.code, code),
                "code": str(code),
                "name": name,
                "description": description,
                "taxonomy": listed.name,
                "language": "en",
                "taxonomy_id": taxonomy_id(listed.code),
            }
