"""Which line a question goes to: by its topic, else the next line that somebody is on (domain, section 5)."""

from __future__ import annotations

import itertools

import pytest
from sqlmodel import Session, col, select

from app.models import WebhookEndpoint
from app.models.webhooks import EndpointHealth
from app.vocabulary import Role, RosterLine, Topic
from tests.reports.harbour import my_pages, one_database
from tests.support.world import Someone, World

ADVICE = "/v1/schools/harbour/advice-requests"
CLINICAL, ACADEMIC, INDEPENDENT = "clinical_advice", "academic_advice", "independent_advice"
# The order in which a line that is not staffed falls to another.
LINES = (CLINICAL, ACADEMIC, INDEPENDENT)
# As the domain has it, topic by topic.
LINE_OF = {
    "thoughts_of_suicide": CLINICAL,
    "cannot_reach_them": CLINICAL,
    "confidentiality_and_limits": CLINICAL,
    "when_to_escalate": CLINICAL,
    "starting_a_conversation": CLINICAL,
    "isolated_student": CLINICAL,
    "referral_options": CLINICAL,
    "looking_after_myself": CLINICAL,
    "study_or_placement_arrangements": ACADEMIC,
    "professional_obligations": ACADEMIC,
    "role_boundaries": ACADEMIC,
    "handing_over_or_pausing": ACADEMIC,
    "conflict_of_interest": INDEPENDENT,
}
TOPIC_OF = {line: topic for topic, line in LINE_OF.items()}


async def three_lines(world: World) -> tuple[Someone, dict[str, Someone]]:
    """A supporter, and one adviser on each line."""
    await world.school()
    supporter = await world.person(Role.SUPPORTER)
    on = {}
    for line in LINES:
        role = Role.INDEPENDENT_HANDLER if line == INDEPENDENT else Role.ADVISER
        on[line] = await world.person(role, alias=line, paged=True)
        await world.on_call(on[line], line=RosterLine(line))
    return supporter, on


async def line_asked(world: World, supporter: Someone, topic: str) -> str:
    body = {"topic": topic, "summary": "What now?"}
    answer = await world.http.post(ADVICE, headers=supporter.headers | world.once(), json=body)
    assert answer.status_code == 201, answer.text
    line: str = answer.json()["line"]
    assert [person["alias"] for person in answer.json()["on_duty"]] == [line]
    return line


@one_database
async def test_every_topic_goes_to_its_line_and_pages_whoever_is_on_it(world: World) -> None:
    assert set(LINE_OF) == set(Topic)
    supporter, on = await three_lines(world)
    for topic, line in LINE_OF.items():
        assert await line_asked(world, supporter, topic) == line, topic
    for line, person in on.items():
        assert len(await my_pages(world, person)) == list(LINE_OF.values()).count(line)


def expected(wanted: str, staffed: frozenset[str]) -> str:
    """The wanted line, else the next of clinical, academic, independent that is staffed, else the wanted one."""
    return next((line for line in (wanted, *LINES) if line in staffed), wanted)


@one_database
@pytest.mark.parametrize("wanted", LINES)
async def test_a_line_that_is_not_staffed_falls_to_the_next_that_is(world: World, wanted: str) -> None:
    """Being on the roster is not enough: staffed means reachable."""
    supporter, on = await three_lines(world)
    for count in range(len(LINES) + 1):
        for chosen in itertools.combinations(LINES, count):
            staffed = frozenset(chosen)
            await only_reachable(world, [on[line] for line in staffed])
            assert await line_asked(world, supporter, TOPIC_OF[wanted]) == expected(wanted, staffed), (wanted, chosen)


async def only_reachable(world: World, people: list[Someone]) -> None:
    """Every endpoint but theirs has failed."""

    def change(session: Session) -> None:
        for endpoint in session.exec(select(WebhookEndpoint).where(col(WebhookEndpoint.person_id).is_not(None))):
            reached = any(endpoint.person_id == person.id for person in people)
            endpoint.health = EndpointHealth.HEALTHY if reached else EndpointHealth.FAILING
            session.add(endpoint)

    await world.write(change)


@one_database
async def test_whoever_asks_staffs_no_line_for_their_own_question(world: World) -> None:
    """A supporter who is on the roster too does not answer themselves: the question goes on to somebody else."""
    await world.school()
    both = await world.person(Role.SUPPORTER, Role.ADVISER, alias=CLINICAL, paged=True)
    colleague = await world.person(Role.ADVISER, alias=ACADEMIC, paged=True)
    await world.on_call(both)
    await world.on_call(colleague, line=RosterLine.ACADEMIC_ADVICE)
    assert await line_asked(world, both, "when_to_escalate") == ACADEMIC
    assert await my_pages(world, both) == []
    assert len(await my_pages(world, colleague)) == 1


@one_database
async def test_without_any_roster_the_coordinator_is_asked(world: World) -> None:
    await world.school()
    supporter = await world.person(Role.SUPPORTER)
    coordinator = await world.person(Role.COORDINATOR, alias="Lee", paged=True)
    body = {"topic": "role_boundaries", "summary": "What now?"}
    answer = await world.http.post(ADVICE, headers=supporter.headers | world.once(), json=body)
    assert answer.json()["on_duty"] == [{"alias": "Lee", "line": ACADEMIC}]
    assert [page["level"] for page in await my_pages(world, coordinator)] == ["coordinator"]
