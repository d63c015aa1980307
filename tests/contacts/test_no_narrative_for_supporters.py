"""A supporter's token reaches no word of what a reporter wrote, wherever it is asked (I12; domain, 0.4)."""

from __future__ import annotations

import re

import pytest
from choosing_story import chosen, code_from, opened, supporter

from app.routers.openapi import guards_of
from app.vocabulary import Role
from tests.support.world import World

CANARY = "behind the red kiosk by the river"
IN_A_PATH = re.compile(r"\{(\w+)\}")


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_no_get_of_a_supporter_says_what_a_reporter_wrote(world: World) -> None:
    await world.school()
    wren, _ = await supporter(world, "Wren")
    triager = await world.person(Role.TRIAGER)
    made = await world.report("tearful", narrative=f"She sat {CANARY}.", about_person=f"The one {CANARY}")
    friend = await world.reporter(made.json()["receipt"])
    await world.http.post("/v1/me/report/messages", headers=friend, json={"text": f"Again {CANARY}."})
    await chosen(world, await opened(world, await code_from(world, friend)))
    [report] = (await world.http.get("/v1/schools/harbour/reports", headers=triager.headers)).json()["items"]
    read = await world.http.get(f"/v1/schools/harbour/reports/{report['id']}", headers=triager.headers)
    assert CANARY in read.text
    [contact] = (await world.http.get("/v1/me/contacts", headers=wren.headers)).json()["items"]
    ids = {"school": "harbour", "contact_id": contact["id"]}
    let_in = 0
    for method, path in guards_of(world.app):
        if method != "GET" or path.endswith(("openapi.json", "/docs")):
            continue
        # Whatever else an id is of: that of the report is the worst that they could have.
        place = IN_A_PATH.sub(lambda found: ids.get(found[1], report["id"]), path)
        answer = await world.http.get(place, headers=wren.headers)
        let_in += answer.status_code == 200
        assert CANARY not in answer.text, path
    assert let_in > 40
