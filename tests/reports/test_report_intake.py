"""What a report may hold, what its answer holds, and that nothing stands in the way of one (J1, J2; contract 1.4)."""

from __future__ import annotations

from typing import Any

from harbour import REPORTS, cast, listed, one_database, rows, the_report, the_row

from app.guidance.answers import privacy_statement
from app.guidance.signs import (
    AboutRole,
    AboutWhom,
    Certainty,
    ConcernType,
    HelpSoFar,
    PeerKnows,
    Priority,
    Relationship,
    Sign,
    Wants,
    WhenNoticed,
)
from app.models import Report
from app.vocabulary import Role
from tests.support.world import World

CANARY = "CANARY-5f1c-heron"
SITE = "4f9d0f5e-8d53-4c0e-9c5d-0f2f7f1f3a10"


async def test_the_signs_alone_make_a_report_and_the_rest_has_defaults(world: World) -> None:
    """B02, B04: one required field, and a feeling is enough."""
    people = await cast(world)
    made = await world.report("just_a_feeling")
    assert made.status_code == 201, made.text

    seen = await the_report(world, people.triager)
    defaults = {"about_whom": "prefer_not_to_say", "priority_stated": "soon", "wants": "advice_only"}
    unsaid = ("relationship", "narrative", "when_noticed", "certainty", "peer_knows", "with_them_now", "site_id")
    assert {name: seen[name] for name in defaults} == defaults
    assert {name: seen[name] for name in unsaid} == dict.fromkeys(unsaid)
    assert (seen["help_so_far"], seen["concern_types"]) == ([], [])
    assert (seen["identity_given"], seen["needs_person_check"], seen["state"]) == (False, False, "new")
    row = await the_row(world, Report)
    assert (row.about_role, row.independent) == (AboutRole.STUDENT, False)


@one_database
async def test_without_a_sign_there_is_no_report(world: World) -> None:
    await world.school()
    without: list[dict[str, Any]] = [{}, {"signs": []}, {"signs": None}, {"signs": "tearful"}, {"signs": ["sad"]}]
    for body in without:
        refused = await world.http.post(REPORTS, json=body)
        assert refused.status_code == 422, body
        assert {error["pointer"].partition("#/signs")[0] for error in refused.json()["errors"]} == {""}
        assert refused.json()["help"]
    assert await rows(world, Report) == []


OPTIONAL: list[tuple[str, list[Any], Any]] = [
    # The field, every value that it may have, and one that it may not.
    ("about_whom", list(AboutWhom), CANARY),
    ("priority", list(Priority), CANARY),
    ("wants", list(Wants), CANARY),
    ("relationship", [None, *Relationship], CANARY),
    ("narrative", [None, "", "   ", "She has stopped coming.", "ä" * 2000], "ä" * 2001),
    ("about_person", [None, "", "Somebody", "x" * 300], "x" * 301),
    ("open_only_if_life_at_risk", [True, False], CANARY),
    ("avoid_site_ids", [[], [SITE]], [CANARY]),
    ("keep_from", [[], ["Mira"], ["coordinator"]], [CANARY]),
    ("about_role", list(AboutRole), CANARY),
    ("help_so_far", [[], list(HelpSoFar)], [CANARY]),
    ("when_noticed", [None, *WhenNoticed], CANARY),
    ("certainty", [None, *Certainty], CANARY),
    ("concern_types", [[], list(ConcernType)], [CANARY]),
    ("peer_knows", [None, *PeerKnows], CANARY),
    ("with_them_now", [None, True, False], CANARY),
    ("site_id", [None, SITE], CANARY),
    ("privacy_statement_version", [None, "2026-1"], "x" * 41),
    ("challenge_solution", [None, "", "anything"], "x" * 4001),
]


@one_database
async def test_each_optional_field_is_taken_alone_and_a_wrong_value_is_pointed_at_but_not_repeated(
    world: World,
) -> None:
    await cast(world)
    for field, values, wrong in OPTIONAL:
        for value in values:
            made = await world.report("tearful", **{field: value})
            assert made.status_code == 201, (field, value, made.text)
        refused = await world.report("tearful", **{field: wrong})
        assert refused.status_code == 422, (field, wrong)
        assert refused.json()["errors"][0]["pointer"].startswith(f"#/{field}")
        assert refused.json()["help"]
        assert CANARY not in refused.text


@one_database
async def test_what_was_ticked_reaches_the_reader_as_it_was_ticked(world: World) -> None:
    people = await cast(world)
    told = {
        "about_whom": "someone_else",
        "wants": "help_connecting_to_a_service",
        "relationship": "same_placement",
        "narrative": "He sits alone on the train.\nEvery day.",
        "help_so_far": ["sent_a_message", "talked_in_person"],
        "when_noticed": "past_week",
        "certainty": "fairly_sure",
        "concern_types": ["placement_isolation", "isolation"],
        "peer_knows": "does_not_know",
        "with_them_now": False,
        "site_id": SITE,
    }
    made = await world.report("isolated", "tearful", priority="when_you_can", **told)
    assert made.status_code == 201, made.text
    seen = await the_report(world, people.triager)
    assert {name: seen[name] for name in told} == told
    assert (seen["signs"], seen["priority_stated"]) == (["isolated", "tearful"], "when_you_can")


@one_database
async def test_a_field_that_nobody_knows_is_refused_and_not_dropped_in_silence(world: World) -> None:
    """A misspelt `keep_from` must not leave the report with the person it was kept from."""
    await cast(world)
    for body in ({"keep_form": ["Mira"]}, {"student_id": CANARY}, {CANARY: "x"}):
        refused = await world.report("tearful", **body)
        assert refused.status_code == 422
        assert [error["code"] for error in refused.json()["errors"]] == ["unknown_field"]
        assert CANARY not in refused.text
    assert await rows(world, Report) == []


MEMBERS = {
    "receipt",
    "help_now",
    "what_you_can_do",
    "for_you",
    "expect",
    "continue_as_friend",
    "identity_kept",
    "links",
}


def shape(value: Any) -> Any:
    """The names in a JSON value: leaves, null or not, are one; the members of a list are all of one shape."""
    if isinstance(value, dict):
        return {name: shape(member) for name, member in value.items()}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        shapes = [shape(member) for member in value]
        assert all(each == shapes[0] for each in shapes)
        return [shapes[0]]
    return ...


@one_database
async def test_the_answer_has_the_same_members_whoever_it_is_about_and_however_urgent(world: World) -> None:
    """J1: nobody who looks over a shoulder can tell one's own worry from a friend's by what the answer has."""
    await cast(world)
    bodies: list[tuple[list[str], dict[str, Any]]] = [
        (["just_a_feeling"], {}),
        (["tearful"], {"about_whom": "someone_else"}),
        (["tearful"], {"about_whom": "me"}),
        (["said_thoughts_of_suicide"], {"about_whom": "someone_else"}),
        (["said_thoughts_of_suicide"], {"about_whom": "me", "priority": "now"}),
        (["other"], {"priority": "now"}),
        (["unsafe_right_now"], {"about_role": "not_sure"}),
        (["tearful"], {"keep_from": ["triager"]}),
        (["tearful"], {"about_person": "Somebody", "wants": "offer_of_support_to_peer"}),
        ([str(sign) for sign in Sign], {"avoid_site_ids": [SITE], "concern_types": list(ConcernType)}),
    ]
    answers = []
    for signs, fields in bodies:
        made = await world.report(*signs, **fields)
        assert (made.status_code, "location" in made.headers) == (201, False), made.text
        answers.append(made.json())

    assert {frozenset(answer) for answer in answers} == {frozenset(MEMBERS)}
    assert {frozenset(answer["expect"]) for answer in answers} == {
        frozenset({"staffed_now", "read_by", "read_by_local", "basis", "fallback"})
    }
    assert {str(answer["links"]) for answer in answers} == {"{'session': '/v1/receipts/session'}"}
    assert len({str(shape(answer)) for answer in answers}) == 1
    for answer in answers:
        for name in ("help_now", "what_you_can_do", "for_you", "continue_as_friend"):
            assert answer[name], name
        assert answer["expect"]["fallback"]


@one_database
async def test_a_report_for_now_is_taken_with_everything_else_left_blank(world: World) -> None:
    """J2: no optional field and no missing word can hold up a report that needs somebody now."""
    people = await cast(world)
    blank = {
        "narrative": "",
        "about_person": "",
        "relationship": None,
        "avoid_site_ids": [],
        "keep_from": [],
        "help_so_far": [],
        "when_noticed": None,
        "certainty": None,
        "concern_types": [],
        "peer_knows": None,
        "with_them_now": None,
        "site_id": None,
        "privacy_statement_version": "",
        "challenge_solution": "",
    }
    made = await world.report("other", priority="now", **blank)
    assert made.status_code == 201, made.text
    assert made.json()["identity_kept"] is False
    seen = await the_report(world, people.triager)
    assert (seen["narrative"], seen["identity_given"]) == (None, False)


@one_database
async def test_an_old_privacy_statement_does_not_stop_anybody(world: World) -> None:
    await cast(world)
    for fields in ({}, {"priority": "now"}):
        made = await world.report("tearful", privacy_statement_version="1999-1", **fields)
        assert made.status_code == 201, made.text
    assert privacy_statement().version != "1999-1"
    assert {row.statement_version for row in await rows(world, Report)} == {"1999-1"}


@one_database
async def test_a_school_that_is_not_there_gets_the_countrys_help_and_no_list_of_schools(world: World) -> None:
    await world.school()
    await world.school("ridge", region="NSW", zone="Australia/Sydney")
    country = world.app.state.runtime.help.country.members
    for path in ("reports", "help-now", "privacy-statement", "readers", "coverage/now"):
        url = f"/v1/schools/nowhere/{path}"
        missing = await (world.http.get(url) if path != "reports" else world.http.post(url, json={"signs": ["other"]}))
        assert missing.status_code == 404, path
        assert missing.headers["content-type"] == "application/problem+json"
        assert missing.json()["help"] == country
        assert not {"harbour", "ridge"} & set(missing.text.lower().split('"'))
        assert "medical school" not in missing.text.lower()
    assert await rows(world, Report) == []


@one_database
async def test_a_report_is_in_no_list_of_those_who_do_not_read_reports(world: World) -> None:
    """Only triagers list, and independent handlers what they have in hand; every other role is told so."""
    people = await cast(world)
    await world.report("tearful")
    assert await listed(world, people.handler) == []
    for role in set(Role) - {Role.TRIAGER, Role.INDEPENDENT_HANDLER, Role.PLATFORM_OPERATOR}:
        other = await world.person(role)
        refused = await world.http.get(REPORTS, headers=other.headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden"), role
    assert len(await listed(world, people.triager)) == 1
