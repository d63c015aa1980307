"""The demo schools: every role there is, made once, and only where nobody else can reach them (B12, J11)."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select
from typer.testing import CliRunner

from app import startup
from app.cli import cli, main
from app.demo.people import HARBOUR, OPERATOR, PASSWORD, RIDGE
from app.demo.seed import seed
from app.models import Person, RoleGrant, Roster, School
from app.settings import Settings, UnsafeSettings
from app.vocabulary import Level, Role, RosterLine
from tests.reports.harbour import one_database
from tests.support.server import environment
from tests.support.world import World


async def planted(world: World) -> bool:
    return await world.write(lambda session: seed(session, password_hash="none"))


async def roles_of(world: World) -> dict[str | None, set[Role]]:
    """The roles that are held, school by school."""

    def look(session: Session) -> dict[str | None, set[Role]]:
        found: dict[str | None, set[Role]] = defaultdict(set)
        statement = (
            select(School.slug, RoleGrant.role)
            .select_from(Person)
            .join(RoleGrant, col(RoleGrant.person_id) == col(Person.id))
            .outerjoin(School, col(School.id) == col(Person.school_id))
        )
        for slug, role in session.exec(statement):
            found[slug].add(Role(role))
        return dict(found)

    return await world.db.read(look)


async def contents(world: World) -> dict[str, list[str]]:
    """Every row of every table."""

    def look(session: Session) -> dict[str, list[str]]:
        connection = session.connection()
        tables = sa.inspect(connection).get_table_names()
        return {table: sorted(map(repr, connection.exec_driver_sql(f'SELECT * FROM "{table}"'))) for table in tables}

    return await world.db.read(look)


@one_database
async def test_harbour_has_every_role_and_ridge_its_six(world: World) -> None:
    assert await planted(world) is True
    roles = await roles_of(world)
    assert roles["harbour"] == set(Role) - {Role.PLATFORM_OPERATOR}
    assert roles["ridge"] == {
        Role.COORDINATOR,
        Role.TRIAGER,
        Role.SPONSOR,
        Role.SCHOOL_IT,
        Role.EVALUATOR,
        Role.PRIVACY_OFFICER,
    }
    assert roles[None] == {Role.PLATFORM_OPERATOR}
    assert len(RIDGE) == 6
    schools = await world.db.read(lambda session: list(session.exec(select(School))))
    contrast = {school.slug: (school.region, school.program_type, school.years, school.demo) for school in schools}
    assert contrast == {
        "harbour": ("VIC", "graduate_entry", 4, True),
        "ridge": ("NSW", "undergraduate_entry", 5, True),
    }


async def test_seeding_twice_changes_nothing(world: World) -> None:
    assert await planted(world) is True
    before = await contents(world)
    assert await planted(world) is False
    assert await contents(world) == before


@one_database
async def test_harbour_can_be_asked_day_and_night_and_ridge_has_no_line_of_its_own(world: World) -> None:
    await planted(world)
    await world.settle()  # the pings find no demo receiver here: nobody is reachable yet

    def lines(session: Session) -> set[tuple[str, str, str]]:
        rows = session.exec(select(School.slug, Roster.line, Roster.level).join(Roster))
        return {(slug, RosterLine(line), Level(level)) for slug, line, level in rows}

    assert await world.db.read(lines) == {
        ("harbour", "clinical_advice", "primary"),
        ("harbour", "clinical_advice", "backup"),
        ("harbour", "academic_advice", "primary"),
        ("harbour", "triage", "primary"),
        ("harbour", "peer_support", "primary"),
        ("ridge", "triage", "primary"),
    }
    for slug in ("harbour", "ridge"):
        coverage = (await world.http.get(f"/v1/schools/{slug}/coverage/now")).json()["lines"]
        assert not any(line["staffed"] for line in coverage)
        assert (await world.report("tearful", school=slug)).status_code == 201


@one_database
async def test_the_demos_own_entries_are_marked_as_made_up(world: World) -> None:
    await planted(world)
    help_now = (await world.http.get("/v1/schools/harbour/help-now")).json()
    own = [entry for entry in help_now["emergency"] if entry["id"].startswith("harbour-")]
    assert [("demo" in entry["name"], entry["phone_dial"]) for entry in own] == [(True, None)]


@one_database
async def test_the_demo_schools_say_who_they_are_and_harbour_tells_a_story_that_is_marked_as_made_up(
    world: World,
) -> None:
    await planted(world)
    for slug in ("harbour", "ridge"):
        profile = (await world.http.get(f"/v1/schools/{slug}/profile")).json()
        assert all("demo" in each["title"] for each in (*profile["sponsors"], *profile["policy_documents"]))
        assert [each["review_overdue"] for each in profile["policy_documents"]] == [False, False]
        assert {each["url"].split("/")[2] for each in profile["policy_documents"]} == {f"{slug}.example.edu"}
    [story] = (await world.http.get("/v1/schools/harbour/stories")).json()["items"]
    assert all("made up" in story[name].lower() for name in ("title", "text"))
    assert (await world.http.get("/v1/schools/ridge/stories")).json()["items"] == []


def test_names_and_logins_are_invented_and_unique() -> None:
    people = (*HARBOUR, *RIDGE, OPERATOR)
    assert len({person.login for person in people}) == len(people)
    assert len({person.alias for person in people}) == len(people)
    assert all(person.login.endswith(".example") for person in people)
    assert len({person.secret for person in people}) == len(people)


OUTSIDE = [
    pytest.param({"PEERLINE_HOST": "0.0.0.0"}, id="open to the network"),
    pytest.param(
        {"PEERLINE_ENVIRONMENT": "production", "PEERLINE_PUBLIC_BASE_URL": "https://peerline.example"}, id="production"
    ),
]


@pytest.mark.parametrize("outside", OUTSIDE)
def test_the_demo_is_not_made_where_others_could_reach_it(tmp_path: Path, outside: dict[str, str]) -> None:
    """Its passwords are public."""
    env = environment(data_dir=tmp_path, env={"PEERLINE_PASSWORD_COST": "recommended"} | outside)
    refused = CliRunner().invoke(cli, ["demo", "seed"], env=env)
    assert isinstance(refused.exception, UnsafeSettings), refused.output
    assert "loopback" in str(refused.exception)
    assert PASSWORD not in refused.output + str(refused.exception)
    assert list(tmp_path.iterdir()) == []


@one_database
@pytest.mark.parametrize("outside", OUTSIDE)
async def test_a_database_with_the_demo_in_it_is_not_served_where_others_could_reach_it(
    world: World, outside: dict[str, str]
) -> None:
    names = {name.removeprefix("PEERLINE_").lower(): value for name, value in outside.items()}
    settings = Settings(**world.settings.model_dump() | names)
    startup.check(settings, world.db)
    await planted(world)
    with pytest.raises(UnsafeSettings, match="demo"):
        startup.check(settings, world.db)
    startup.check(world.settings, world.db)


def test_the_command_ends_with_the_status_for_unsafe_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in environment(data_dir=tmp_path, env={"PEERLINE_HOST": "0.0.0.0"}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.argv", ["peerline", "demo", "seed"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    printed = capsys.readouterr()
    assert (printed.out, len(printed.err.splitlines())) == ("", 1)
