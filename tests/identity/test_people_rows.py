"""What a file of people asks for, row by row: values in, values out."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from app.core import tables
from app.core.problems import InvalidRequest
from app.identity.people_import_schemas import PeopleImport
from app.identity.people_rows import Known, Plan, plan, read
from app.vocabulary import Role

IMPORTER = uuid.uuid4()


def known(
    external_id: str | None, *roles: Role, gone: bool | None = None, alias_stays: bool = False, **other: Any
) -> Known:
    login = other.pop("login", f"{external_id}@harbour.example".lower())
    values = {"id": uuid.uuid4(), "alias": "Kai", "login": login} | other
    return Known(external_id=external_id, roles=frozenset(roles), gone=gone, alias_stays=alias_stays, **values)


def planned(csv: str, *people: Known, replace: bool = False, elsewhere: frozenset[str] = frozenset()) -> Plan:
    rows = read(PeopleImport(csv=csv))
    return plan(rows, people, elsewhere=elsewhere, importer=IMPORTER, replace=replace)


def faults(found: Plan) -> set[tuple[str, str]]:
    return {(each["pointer"], each["code"]) for each in found.faults}


def test_a_table_of_a_spreadsheet_is_read_as_it_was_meant() -> None:
    """J10: byte order mark, CRLF, quotes with commas, macrons in either spelling, cells written against formulas."""
    table = (
        "\ufeffExternal_ID, login,alias,roles,active\r\n"
        '"A-1, old",MERE@harbour.example,"Mere ""Te Aō"" Māori",student;evaluator,yes\r\n'
        "\r\n"
        "'=A-2,kai@harbour.example,'-Kai,none,TRUE\r\n"
        "A-3,noor@harbour.example,Noor,,\r\n"
    )
    found = planned(table)
    assert (found.rows, found.faults) == (3, [])
    one, two, three = found.added
    assert (one.external_id, one.login, one.alias) == ("A-1, old", "mere@harbour.example", 'Mere "Te Aō" Māori')
    assert set(one.roles or ()) == {Role.STUDENT, Role.EVALUATOR}
    assert (two.external_id, two.alias, two.roles) == ("=A-2", "-Kai", [])
    assert three.roles is None
    assert tables.harmless(two.external_id) == "'=A-2"


@pytest.mark.parametrize(
    ("table", "code"),
    [
        ("\ufeff", "csv_empty"),
        ("external_id,password\nA,x", "csv_header"),
        ("external_id,external_id\nA,B", "csv_header"),
        ("external_id,login\nA", "csv_columns"),
        ('external_id\n"A', "csv_malformed"),
        ("external_id\n" + "A\n" * 10_001, "csv_rows"),
    ],
)
def test_what_is_no_table_is_refused_as_a_whole(table: str, code: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        planned(table)
    assert refused.value.errors[0]["code"] == code


def test_every_fault_is_told_with_its_row_and_column() -> None:
    """J10: all of them, not the first; and who is new needs a login and an alias."""
    it, adviser = known("IT-1", Role.SCHOOL_IT, id=IMPORTER), known("AD-1", Role.ADVISER)
    found = planned(
        "external_id,login,alias,roles,active\n"
        ",x@harbour.example,X,,\n"
        "B,no blanks@harbour.example,B,,\n"
        "C,c@harbour.example,,dean,\n"
        "D,d@harbour.example,D,adviser;student,\n"
        "AD-1,,,adviser,\n"
        "E,d@harbour.example,E,,perhaps\n"
        "F,,F,,\n"
        "F,f@harbour.example,F,,\n"
        "G,taken@harbour.example,G,,\n"
        "H,ad-1@harbour.example,H,coordinator,\n"
        "IT-1,,,none,\n"
        "AD-1,it-1@harbour.example,,,\n",
        it,
        adviser,
        elsewhere=frozenset({"taken@harbour.example"}),
    )
    assert faults(found) == {
        ("#/csv/1/external_id", "required"),
        ("#/csv/2/login", "string_pattern_mismatch"),
        ("#/csv/3/roles/0", "enum"),
        ("#/csv/4/roles", "role_not_given_here"),
        ("#/csv/5/roles", "role_not_given_here"),
        ("#/csv/6/active", "bool_parsing"),
        ("#/csv/7/login", "required"),
        ("#/csv/8/external_id", "duplicate_external_id"),
        ("#/csv/9/login", "login_taken"),
        ("#/csv/10/login", "login_taken"),
        ("#/csv/10/roles", "role_not_given_here"),
        ("#/csv/11/external_id", "own_row"),
        ("#/csv/12/external_id", "duplicate_external_id"),
        ("#/csv/12/login", "login_taken"),
    }
    said = {each["pointer"]: each["detail"] for each in found.faults}
    assert "keeps it" in said["#/csv/5/roles"]
    assert not any("AD-1" in each["detail"] or "dean" in each["detail"] for each in found.faults)


def test_who_is_there_already_is_told_by_external_id_or_linked_by_login() -> None:
    """And what a row does not say stays."""
    kai = known("K", Role.STUDENT, login="kai@harbour.example")
    unlinked = known(None, Role.SUPPORTER, login="wren@harbour.example", alias="Wren")
    found = planned("external_id,login,alias,roles\nK,,,\nW,Wren@harbour.example,,\n", kai, unlinked)
    assert (found.unchanged, [(each.external_id, each.fields) for each in found.changed]) == (
        1,
        [("W", ["external_id"])],
    )
    changed = planned("external_id,login,roles\nK,kai.new@harbour.example,evaluator\n", kai).changed[0]
    assert (changed.login, changed.roles, changed.fields) == (
        "kai.new@harbour.example",
        frozenset({Role.EVALUATOR}),
        ["login", "roles"],
    )


def test_what_people_sign_in_by_is_left_alone_where_school_it_has_no_say() -> None:
    """Contract 1.2: a file could otherwise take over somebody who reads cases; it is said what was left."""
    mira = known("M", Role.ADVISER, Role.STUDENT, login="mira@harbour.example", alias="Mira")
    found = planned("external_id,login,alias,roles\nM,other@harbour.example,Dr M. Chen,none\n", mira)
    assert found.kept == {"M": ["alias", "login"]}
    [wanted] = found.changed
    assert (wanted.fields, wanted.login, wanted.alias, wanted.roles) == (["roles"], None, None, frozenset())
    had_been = known("T", Role.STUDENT, alias="Noor", alias_stays=True)
    found = planned("external_id,login,alias\nT,other@harbour.example,Zed\n", had_been)
    assert (found.kept, [each.fields for each in found.changed]) == ({"T": ["alias"]}, [["login"]])


def test_a_replacing_file_ends_the_access_of_imported_people_alone() -> None:
    kai, noor = known("K", Role.STUDENT), known("N", Role.STUDENT)
    others = (known(None, Role.COORDINATOR, login="lee@harbour.example"), known("G", gone=True), known("L", gone=False))
    assert [each.external_id for each in planned("external_id\nK\n", kai, noor, *others, replace=True).leaving] == ["N"]
    assert planned("external_id\nK\n", kai, noor, *others).leaving == []
    # With a fault nobody can say who is in the file.
    assert planned("external_id,active\nK,perhaps\n", kai, noor, *others, replace=True).leaving == []


def test_who_left_by_a_file_comes_back_by_one_and_nobody_else_does() -> None:
    by_file, by_hand = known("F", gone=True), known("H", gone=False)
    found = planned("external_id,active\nF,yes\nH,yes\n", by_file, by_hand)
    assert ([each.external_id for each in found.changed if each.returns], found.stay_away) == (["F"], ["H"])
    still = planned("external_id,active\nF,no\nH,no\nNever here,no\n", by_file, by_hand)
    assert (still.unchanged, still.changed, still.leaving, still.faults) == (3, [], [], [])
