"""That somebody has paused is in no answer, event or file for anybody whom it does not concern (J8; STUDY D10).

The same story is told of two schools at the same instants, which differ in nothing else; then everything that others
can read of them, and all that they were sent, is compared byte by byte.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from app.core import clock
from app.vocabulary import Role, RosterLine
from tests.planning.scene import Scene, one_database
from tests.programme.test_pausing import pause, resume
from tests.reports.harbour import documented
from tests.support.world import Someone, World
from tests.test_access import STAFF

MONDAY = dt.datetime(2027, 3, 1, 0, 0, tzinfo=dt.UTC)
# Of as many letters, and of nothing else that is said anywhere.
TWINS = ("wattlebrook", "fernhollows")
WINDOW = {"from": "2027-02-20T00:00:00Z", "to": "2027-03-20T00:00:00Z"}
# Ids, and what is drawn or sealed anew each time.
CHANCE = re.compile(
    r"[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}|person-\d+|hook-\d+|(?<=_cursor\":\")[^\"]+|(?<=_token\":\")[^\"]+|(?<=cursor=)[^\"&>]+"
)
# What is written for readers, and has no row of anybody's in it; and what is one's own in an order of chance.
KEPT_WORDS = {
    *("hsds", "directory", "guidance", "help-now", "role-cards", "scripts", "supporter-guidance", "training-modules"),
    *("practice-scenarios", "obligations-cards", "action-plan-templates", "content", "openapi.json", "docs"),
    *("privacy-statement", "confidentiality-threshold", "languages", "training", "agreements"),
}
LOOKING = {
    "Okafor": Role.SPONSOR,
    "Eva": Role.EVALUATOR,
    "Ana": Role.SUPPORTER,
    "Mira": Role.ADVISER,
    "Sam": Role.SCHOOL_IT,
}


@dataclass
class Twin:
    """A school with everybody who may look, Wren, and a roster."""

    slug: str
    wren: Someone
    looking: list[Someone]
    roster: str


async def twin(world: World, slug: str, *, on_call: bool) -> Twin:
    await world.school(slug)
    wren = await world.person(Role.SUPPORTER, school=slug, alias="Wren", paged=True)
    looking = [await world.person(role, school=slug, alias=name, paged=True) for name, role in LOOKING.items()]
    await world.on_call(looking[3])
    roster = await world.on_call(wren if on_call else looking[2], line=RosterLine.PEER_SUPPORT)
    return Twin(slug, wren, looking, str(roster))


def readable() -> list[tuple[str, dict[str, str]]]:
    """Every GET whose path is of a school, of a roster, or of nothing; with a window where it takes one."""
    found = []
    for path, methods in documented()["paths"].items():
        if "get" not in methods or set(re.findall(r"{(\w+)}", path)) - {"school", "roster_id"}:
            continue
        if KEPT_WORDS.intersection(path.split("/")):
            continue
        names = {each["name"] for each in methods["get"].get("parameters", [])}
        found.append((path, WINDOW if "from" in names else {}))
    return found


async def everything(world: World, school: Twin) -> dict[str, tuple[int, str]]:
    """What those who may look are answered, and were sent, less ids and what is drawn by chance."""

    def plain(text: str) -> str:
        for name in (school.slug, school.slug.title()):
            text = text.replace(name, "SCHOOL")
        return CHANCE.sub("CHANCE", text)

    found: dict[str, tuple[int, str]] = {}
    for path, query in readable():
        at = path.format(school=school.slug, roster_id=school.roster)
        allowed = STAFF.get(f"GET {path}", "").split()
        who_may = [who for who in school.looking if LOOKING[who.alias] in allowed]
        for who in who_may or [None]:
            answer = await world.http.get(at, params=query, headers=None if who is None else who.headers)
            told = plain(answer.text) if answer.status_code == 200 else ""
            found[f"{path} {who.alias if who else 'anyone'}"] = (answer.status_code, told)
    for who in school.looking:
        sent = sorted(plain(each.body.decode()) for each in world.receiver.requests(who.hook))
        found[f"sent to {who.alias}"] = (len(sent), "\n".join(sent))
    return found


def differences(one: dict[str, tuple[int, str]], other: dict[str, tuple[int, str]]) -> list[tuple[str, str, str]]:
    """Where, and the first words that differ."""
    found = []
    for key in sorted(one.keys() | other.keys()):
        texts = [f"{each[0]} {each[1]}" for each in (one[key], other[key])]
        if texts[0] != texts[1]:
            place = next((n for n, (a, b) in enumerate(zip(*texts, strict=False)) if a != b), 0)
            found.append((key, *(text[max(place - 40, 0) : place + 80] for text in texts)))
    return found


async def leave(world: World, school: Twin) -> Callable[[], Awaitable[Any]]:
    """The same time away, for a reason that is no pause; gives what ends it."""
    base = f"/v1/schools/{school.slug}/absences"
    start = clock.now().replace(second=0, microsecond=0).isoformat()
    made = await world.http.post(
        base, headers=school.wren.headers | world.once(), json={"kind": "leave", "start": start}
    )
    assert made.status_code == 201, made.text
    path = f"{base}/{made.json()['id']}"
    return lambda: world.http.delete(path, headers=school.wren.headers | {"If-Match": "*"})


@pytest.mark.parametrize("on_call", [False, True], ids=["with nothing to release", "with shifts"])
@one_database
async def test_a_school_where_somebody_paused_reads_like_one_where_nobody_did(world: World, on_call: bool) -> None:
    """With shifts there is a gap, whyever somebody is away: then the other school has somebody on leave."""
    moment, real = [MONDAY], clock.now
    clock.now = lambda: moment[0]
    try:
        one, other = [await twin(world, slug, on_call=on_call) for slug in TWINS]
        await world.settle()
        moment[0] += dt.timedelta(hours=1)
        made = await pause(world, one.wren, reason="own_wellbeing", share_reason=True)
        assert made.status_code == 201, made.text
        back = await leave(world, other) if on_call else None
        await world.settle()
        during = [await everything(world, each) for each in (one, other)]
        assert differences(*during) == []
        moment[0] += dt.timedelta(days=1)
        assert (await resume(world, one.wren))["paused"] is False
        if back is not None:
            assert (await back()).status_code == 204
        await world.settle()
        after = [await everything(world, each) for each in (one, other)]
        assert differences(*after) == []
    finally:
        clock.now = real
    # There is something to compare, and the gap that a pause leaves is in it.
    assert len([each for each in after[0].values() if each[0] == 200]) > 50
    gaps = [text for key, (_, text) in during[0].items() if "{roster_id}/gaps" in key]
    assert any("unfilled" in text for text in gaps) is on_call


@one_database
async def test_what_is_over_is_in_no_list_that_a_coordinator_could_keep(world: World) -> None:
    """Neither a pause nor leave, now or after it is forgotten that it was one; what was on call stays as it was."""
    scene = await Scene.set_up(world)
    lee, noor = scene.coordinator, scene.c
    ids = []
    for kind, who, day in (("paused", scene.b, 9), ("leave", noor, 16)):
        body = {"kind": kind, "start": f"2027-03-{day:02}T00:00Z", "end": f"2027-03-{day + 1:02}T00:00Z"}
        ids.append((await scene.post("absences", body, by=who, key=True)).json()["id"])

    async def listed(who: Someone) -> list[str]:
        return [each["kind"] for each in (await scene.get("absences", by=who)).json()["items"]]

    async def causes() -> list[str]:
        window = {"from": "2027-03-08T00:00Z", "to": "2027-03-20T00:00Z"}
        [roster] = (await scene.get("coverage", by=lee, **window)).json()["rosters"]
        [*gaps] = (await scene.get(f"rosters/{scene.roster}/gaps", by=lee)).json()["items"]
        assert [each["cause"] for each in gaps] == [each["cause"] for each in roster["gaps"]]
        return [each["cause"] for each in gaps]

    async def past() -> Any:
        on_call = await scene.shifts("2027-03-08T00:00Z", "2027-03-20T00:00Z")
        load = await scene.get("rosters/load", **{"from": "2027-03-08T00:00Z", "to": "2027-03-20T00:00Z"})
        return on_call, load.json()

    assert (await listed(lee), await causes()) == (["paused", "leave"], ["paused", "leave"])
    # Before anybody has looked at the roster again, and after.
    world.time.set(dt.datetime(2027, 3, 11, tzinfo=dt.UTC))
    assert (await listed(lee), await causes()) == (["leave"], ["unfilled", "leave"])
    await world.settle()
    assert (await listed(lee), await causes()) == (["leave"], ["unfilled", "leave"])
    world.time.set(dt.datetime(2027, 3, 20, tzinfo=dt.UTC))
    await world.settle()
    seen = await past()
    for _ in range(2):
        assert (await listed(lee), await causes()) == ([], ["unfilled", "unfilled"])
        assert {(await scene.get(f"absences/{each}", by=lee)).status_code for each in ids} == {404}
        assert await past() == seen
        world.time.advance(days=29)
        await world.settle()
    # For those whose it was it is there, and no more a pause.
    assert (await listed(scene.b), await listed(noor)) == (["leave"], ["leave"])
