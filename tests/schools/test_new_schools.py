"""A school that could not be served is not made, and one that is there in spite of that stops nobody else."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlmodel import Session, select

from app.main import create_app
from app.models import LocalEntry, School
from app.schools import requirements
from app.schools import service as schools
from app.schools.policies import SchoolPolicies
from app.schools.requirements import SchoolRefused
from tests.support.server import call_cli
from tests.support.world import World

GOOD: dict[str, Any] = {
    "slug": "seaside",
    "name": "Seaside Medical School",
    "country": "AU",
    "region": "VIC",
    "time_zone": "Australia/Melbourne",
    "program_type": "graduate_entry",
    "years": 4,
}


async def make(world: World, **changes: Any) -> None:
    def work(session: Session) -> None:
        schools.create(session, **GOOD | changes, features={}, policies=SchoolPolicies())

    await world.write(work)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        *(
            ({"slug": slug}, "slug")
            for slug in ("Seaside", "s", "", "sea side", "-sea", "sea-", "1sea", "s" * 41, "sä")
        ),
        ({"name": ""}, "name"),
        ({"name": "n" * 201}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"country": "GB"}, "AU"),
        ({"country": "au"}, "AU"),
        ({"country": "Australia"}, "AU"),
        ({"region": "Victoria"}, "VIC"),
        ({"region": ""}, "VIC"),
        ({"region": "CA"}, "VIC"),
        ({"time_zone": "Melbourne"}, "Australia/Melbourne"),
        ({"time_zone": "../../etc/passwd"}, "IANA"),
        ({"program_type": "p" * 41}, "program type"),
        ({"years": 0}, "years"),
    ],
)
def test_a_school_that_could_not_be_served_is_refused_in_words(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(SchoolRefused, match=says):
        requirements.check(**GOOD | changes)


async def test_nothing_is_stored_of_a_school_that_is_refused(world: World) -> None:
    with pytest.raises(SchoolRefused):
        await make(world, country="GB")
    assert await world.db.read(lambda session: session.exec(select(School.slug)).all()) == []


async def test_a_slug_is_given_once(world: World) -> None:
    await make(world)
    with pytest.raises(SchoolRefused, match="already"):
        await make(world, name="Another")


def test_the_command_says_what_to_change(tmp_path: Path) -> None:
    assert call_cli("migrate", data_dir=tmp_path).returncode == 0
    where = ["--region", "VIC", "--time-zone", "Australia/Melbourne"]
    refused = call_cli("create-school", "seaside", "Seaside", *where, "--country", "GB", data_dir=tmp_path)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == "There is a directory of services for AU only.\n"


@pytest.mark.parametrize(
    ("spoilt", "logged"),
    [
        ({"slug": "Ridge"}, "directory.school_without_help"),
        ({"country": "GB"}, "directory.school_without_help"),
        ({"entry": {"id": "nonsense"}}, "directory.broken_row"),
    ],
    ids=["slug", "country", "entry"],
)
async def test_a_school_that_is_there_in_spite_of_that_does_not_stop_the_others(
    world: World, spoilt: dict[str, Any], logged: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await world.school("ridge")
    await world.school("harbour")

    def spoil(session: Session) -> None:
        ridge = schools.find(session, "ridge")
        if "entry" in spoilt:
            session.add(LocalEntry(school_id=ridge.id, entry_id=f"nonsense-{uuid.uuid4()}", entry=spoilt["entry"]))
            return
        for field, value in spoilt.items():
            setattr(ridge, field, value)
        session.add(ridge)

    await world.write(spoil)
    app = create_app(world.settings, world.db, with_worker=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://peerline.test") as http,
    ):
        helped = await http.get("/v1/schools/harbour/help-now")
    assert (helped.status_code, helped.json()["school"]) == (200, "harbour")
    assert logged in capsys.readouterr().out
