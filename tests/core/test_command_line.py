"""Ordinary mistakes at the command line: a sentence that helps, an exit code, no traceback, nothing secret."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.core.db import Database
from tests.support.server import call_cli, run_cli

SCHOOL = ("create-school", "seaside", "Seaside", "--region", "VIC", "--time-zone", "Australia/Melbourne")
PERSON = ("create-person", "Lee@seaside.example", "Lee", "--role", "coordinator", "--school", "seaside")
NEWCOMER = ("create-person", "ines@seaside.example", "Ines", "--role", "supporter", "--school", "seaside")
PASSWORD = "a long phrase that somebody remembers"
AS_SPONSOR = ("--role", "sponsor", "--school", "seaside", "--password", PASSWORD)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A deployment with a school and a person."""
    folder = tmp_path_factory.mktemp("deployment")
    for command in (("migrate",), SCHOOL, (*PERSON, "--password", PASSWORD)):
        done = call_cli(*command, data_dir=folder)
        assert done.returncode == 0, done.stderr
    return folder


def refused(
    *command: str, code: int, data_dir: Path | None = None, env: Mapping[str, str] | None = None, stdin: str = ""
) -> str:
    """What it says on standard error, which is all that it says."""
    run = run_cli if command[0] == "serve" else call_cli
    done = run(*command, data_dir=data_dir, env=env, stdin=stdin)
    assert (done.returncode, done.stdout) == (code, ""), done.stderr
    for unwanted in ("Traceback", 'File "', "argon2", PASSWORD):
        assert unwanted not in done.stderr
    assert len(done.stderr) < 400
    return done.stderr


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (SCHOOL, "There is a school seaside already."),
        ((*PERSON, "--password", PASSWORD), "There is somebody with the login Lee@seaside.example already."),
        ((*PERSON[:-1], "nowhere", "--password", PASSWORD), "There is no school nowhere."),
        (("create-person", "a", "Ann", *AS_SPONSOR), "A login has 3 to 200 characters"),
        (("create-person", "x" * 201, "Ann", *AS_SPONSOR), "A login has 3 to 200 characters"),
        (("create-person", "ann lee@seaside.example", "Ann", *AS_SPONSOR), "A login has 3 to 200 characters"),
        (("create-person", "ann@seaside.example", " ", *AS_SPONSOR), "An alias has 1 to 80 characters."),
        (("create-person", "ann@seaside.example", "x" * 81, *AS_SPONSOR), "An alias has 1 to 80 characters."),
        ((*PERSON, "--role", "platform_operator", "--password", PASSWORD), "A platform operator has no school"),
        (("end-operator", "Lee@seaside.example"), "There is no platform operator Lee@seaside.example."),
        ((*PERSON, "--role", "evaluator", "--password", PASSWORD), "Whoever coordinates a programme does not evaluate"),
        ((*NEWCOMER, "--password", "fourteen chars"), "A password has at least 15 characters."),
        ((*NEWCOMER, "--password", "Ines at Seaside 2026"), "It is mostly your login, your name, your school"),
        (("create-school", "reef", "Reef", "--region", "QLD", "--time-zone", "Mars/Base"), "no time zone Mars/Base"),
        (("create-school", "reef", "Reef", "--region", "QLD", "--time-zone", "../x"), "no time zone ../x"),
        (("create-school", "reef", "Reef", "--region", "QLD", "--time-zone", "Australia"), "no time zone Australia"),
    ],
)
def test_what_cannot_be_made_is_refused(data_dir: Path, command: tuple[str, ...], says: str) -> None:
    assert says in refused(*command, code=1, data_dir=data_dir)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("PORT", "abc", "PEERLINE_PORT: Input should be a valid integer"),
        ("PORT", "70000", "PEERLINE_PORT: Input should be less than or equal to 65535"),
        ("DATABASE_URL", "mysql://u:CANARY@h/d", "must begin with postgresql:// or sqlite:///"),
        ("DATABASE_URL", "postgresql://u:CANARY@h:port/d", "PEERLINE_DATABASE_URL is no address of a database"),
        ("DATABASE_URL", "sqlite:///x?CANARY=1", "PEERLINE_DATABASE_URL for SQLite is"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_and_not_repeated(name: str, value: str, says: str) -> None:
    said = refused("serve", code=2, env={f"PEERLINE_{name}": value})
    assert says in said
    assert "CANARY" not in said


@pytest.mark.parametrize("keys", [{}, {"PEERLINE_MASTER_KEYS": ""}], ids=["keys given", "keys of its own"])
def test_a_data_folder_that_cannot_be_made(tmp_path: Path, keys: dict[str, str]) -> None:
    (tmp_path / "file").touch()
    assert "PEERLINE_DATA_DIR" in refused("migrate", code=2, data_dir=tmp_path / "file" / "data", env=keys)


def test_an_unknown_option_of_the_database_is_not_repeated() -> None:
    env = {"PEERLINE_DATABASE_URL": "postgresql://u:CANARY@127.0.0.1:1/d?canary=CANARY"}
    assert "CANARY" not in refused("migrate", code=4, env=env)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "peerline.sqlite3").write_text("My shopping list. " * 100)
    for command in (("migrate",), ("check", "--quiet")):
        assert "file is not a database" in refused(*command, code=4, data_dir=tmp_path)


def test_a_database_of_a_newer_version_is_not_one_that_is_behind(data_dir: Path, tmp_path: Path) -> None:
    """`peerline migrate` could not help, and does not say that it could."""
    with (
        closing(sqlite3.connect(data_dir / "peerline.sqlite3")) as source,
        closing(sqlite3.connect(tmp_path / "peerline.sqlite3")) as database,
    ):
        source.backup(database)
        database.execute("UPDATE alembic_version SET version_num = '9999_later', runs_code_from = '9998'")
        database.commit()
    for command in (("migrate",), ("check", "--quiet"), ("serve",)):
        said = refused(*command, code=3, data_dir=tmp_path)
        assert "newer version of Peerline, to 9999_later" in said
        assert "peerline migrate" not in said


def test_an_error_of_the_database_that_nobody_expected_repeats_nothing(data_dir: Path) -> None:
    """Its parameters hold texts, and hashes of passwords."""
    db = Database(f"sqlite:///{data_dir / 'peerline.sqlite3'}")
    twice = "INSERT INTO alembic_version (version_num) VALUES (?), (?)"
    with pytest.raises(sa.exc.IntegrityError) as failure:
        db.write_now(lambda session: session.connection().exec_driver_sql(twice, ("CANARY", "CANARY")))
    db.close()
    assert "CANARY" not in str(failure.value)


def test_what_the_command_line_makes_is_in_the_audit_log(data_dir: Path) -> None:
    done = call_cli("audit", "export", "seaside", data_dir=data_dir)
    assert done.returncode == 0, done.stderr
    for action in ("school.created", "person.made", "role_grant.made"):
        assert done.stdout.count(f'"{action}"') == 1, action


def test_what_is_kept_is_for_whoever_runs_it_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    assert call_cli("migrate", data_dir=folder).returncode == 0
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {each.name: stat.S_IMODE(each.stat().st_mode) & 0o077 for each in folder.iterdir() if each.is_file()} == {
        each.name: 0 for each in folder.iterdir() if each.is_file()
    }
    assert (folder / "peerline.sqlite3").exists()


def test_a_login_is_taken_without_the_blanks_around_it_and_an_operator_can_be_shut_out(data_dir: Path) -> None:
    operator = ("create-person", " Olu@peerline.example ", "Olu", "--role", "platform_operator", "--password", PASSWORD)
    assert call_cli(*operator, data_dir=data_dir).returncode == 0

    def standing() -> tuple[bool, int, int]:
        with closing(sqlite3.connect(data_dir / "peerline.sqlite3")) as database:
            [found] = database.execute(
                "SELECT active, token_epoch, (SELECT count(*) FROM role_grants WHERE person_id = people.id"
                " AND ended_at IS NULL) FROM people WHERE login = 'olu@peerline.example'"
            )
            return bool(found[0]), found[1], found[2]

    active, epoch, grants = standing()
    assert (active, grants) == (True, 1)
    for _ in range(2):
        done = call_cli("end-operator", "OLU@peerline.example", data_dir=data_dir)
        assert (done.returncode, done.stderr) == (0, "")
    assert standing() == (False, epoch + 1, 0)


def test_a_draft_says_in_words_what_keeps_it_from_being_opened(data_dir: Path) -> None:
    """And its first people join by links, which are shown this once."""
    first = ("--coordinator", "dana@reef.example Dana", "--sponsor", "bell@reef.example Bell")
    made = call_cli(
        "create-school",
        "reef",
        "Reef",
        "--region",
        "QLD",
        "--time-zone",
        "Australia/Brisbane",
        *first,
        data_dir=data_dir,
    )
    assert made.returncode == 0, made.stderr
    assert [line.partition(",")[0] for line in made.stdout.splitlines()[1:]] == ["Dana", "Bell"]
    assert made.stdout.count("/join#ptl_") == 2
    not_yet = call_cli("activate-school", "reef", data_dir=data_dir)
    assert (not_yet.returncode, not_yet.stdout) == (1, "")
    text = not_yet.stderr
    assert "- report_readers: Give somebody the role `triager`" in text
    assert "- retention_policy: A privacy officer decides" in text
    assert refused("activate-school", "nowhere", code=1, data_dir=data_dir) == "There is no school nowhere.\n"
    listed = call_cli("schools", data_dir=data_dir).stdout.splitlines()
    assert ["reef", "draft"] in [line.split("\t")[:2] for line in listed]
