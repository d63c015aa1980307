"""A school brings its directory in from its own systems, and takes it out again (J10)."""

from __future__ import annotations

import unicodedata
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keeping import BASE, COUNSELLING, Keeper, keeper

from app.core import tables
from app.directory import csv_table
from tests.support.world import World

ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"])
IMPORTS, EXPORT = f"{BASE}/directory/imports", f"{BASE}/directory/export"
CSV = {"Content-Type": "text/csv; charset=utf-8"}


def entry(number: int, **changes: Any) -> dict[str, Any]:
    given = {"id": f"own-{number}", "external_id": f"E{number}", "name": f"Service {number}", "verify_by": "2027-01-01"}
    return COUNSELLING | given | {"phone_display": f"02 5550 {number:04}"} | changes


async def bring(it: Keeper, body: Any, *, etag: str | None = None, **query: Any) -> httpx.Response:
    """Store it, with the ETag of the export as it is now or with `etag`; `dry_run` is a query as any other."""
    if etag is None:
        etag = (await it.world.http.get(EXPORT, headers=it.person.headers)).headers["ETag"]
    headers = it.person.headers | ({"If-Match": etag} if etag else {})
    if isinstance(body, bytes):
        return await it.world.http.post(IMPORTS, headers=headers | CSV, content=body, params=query)
    return await it.world.http.post(IMPORTS, headers=headers, json={"entries": body}, params=query)


async def test_a_file_is_looked_at_then_stored_and_the_same_file_changes_nothing(world: World) -> None:
    """J10: dry run, diff, commit with If-Match, by external id."""
    it = await keeper(world)
    file = [entry(1), entry(2), entry(3)]
    dry = (await bring(it, file, etag="", dry_run=True)).json()
    assert (dry["stored"], dry["added"]) == (False, ["own-1", "own-2", "own-3"])
    assert (await bring(it, file, etag="")).status_code == 428
    stored = await bring(it, file, etag=dry["etag"])
    assert (stored.status_code, stored.json()["added"]) == (200, dry["added"]), stored.text
    assert (await bring(it, file, etag=dry["etag"])).status_code == 412
    again = (await bring(it, file, etag=stored.json()["etag"])).json()
    assert (again["added"], again["changed"], again["removed"], again["unchanged"]) == ([], [], [], 3)
    assert again["etag"] == stored.json()["etag"]
    changed = (await bring(it, [entry(2, cost="a fee", pinned=True)])).json()
    assert changed["changed"] == [{"id": "own-2", "fields": ["cost", "pinned"]}]
    assert (await it.entry("own-1")).status_code == 200
    assert (await it.entry("own-2")).json()["version"] == 2


@ON_SQLITE
async def test_every_fault_is_told_with_its_row_and_nothing_is_stored(world: World) -> None:
    """J10: duplicates, malformed numbers and hours, national ids, unknown fields."""
    it = await keeper(world)
    file = [
        entry(1),
        entry(2, external_id="E1"),
        entry(1),
        entry(3, phone_display="02 5550 1"),
        entry(4, hours="now and then"),
        entry(5, id="au-lifeline"),
        entry(6, id="own-6b"),
    ]
    assert (await bring(it, [entry(6)])).status_code == 200
    answer = await bring(it, file)
    told = {(each["pointer"], each["code"]) for each in answer.json()["errors"]}
    assert answer.status_code == 422
    assert told >= {
        ("#/entries/1/external_id", "duplicate_external_id"),
        ("#/entries/2/id", "duplicate_id"),
        ("#/entries/3/phone_dial", "invalid_number"),
        ("#/entries/4/hours", "invalid_hours"),
        ("#/entries/5/id", "national_entry"),
        ("#/entries/6/id", "id_changed"),
    }
    assert (await it.entry("own-1")).status_code == 404
    dry = (await bring(it, file, mode="replace", dry_run=True)).json()
    assert {(each["pointer"], each["code"]) for each in dry["errors"]} == told
    assert (dry["added"], dry["removed"], dry["stored"]) == (["own-1"], [], False)
    unknown = await bring(it, [entry(1) | {"colour": "red"}])
    assert unknown.json()["errors"][0] | {"detail": ""} == {
        "pointer": "#/entries/0/colour",
        "code": "unknown_field",
        "detail": "",
    }


@ON_SQLITE
async def test_a_table_comes_as_spreadsheets_write_it(world: World) -> None:
    """J10: byte order mark, CRLF, quoted cells, macrons and names of places in one spelling, formulas as text."""
    it = await keeper(world)
    name = unicodedata.normalize("NFD", "Ngā Pou, Woiwurrung biik")
    fields = entry(1, name=name, what_it_is='Says "hello",\nand listens', notes="'=1+1")
    table = "\ufeff" + csv_table.write([fields])
    assert "''=1+1" in table
    stored = await bring(it, table.encode())
    assert (stored.status_code, stored.json()["added"]) == (200, ["own-1"]), stored.text
    kept = (await it.entry("own-1")).json()["entry"]
    assert kept["name"] == unicodedata.normalize("NFC", name)
    assert (kept["what_it_is"], kept["notes"]) == ('Says "hello",\nand listens', "'=1+1")
    wrong = await bring(it, table.replace("Mo-Fr", "Mo-Fry").encode())
    assert wrong.json()["errors"][0]["pointer"] == "#/csv/1/hours"
    # The second is one that UTF-8 can be read from all the same: each second byte is nothing.
    for strange in ("id,name\n1,Ngā".encode("utf-16"), "id,name\n1,Nga".encode("utf-16-le"), b"id,name\n1,Caf\xe9"):
        refused = (await bring(it, strange)).json()
        assert (refused["status"], refused["code"]) == (422, "validation_failed")
        fault = {"pointer": "#/csv", "code": "csv_encoding", "detail": "The table is not text in UTF-8."}
        assert refused["errors"] == [fault]
    for kind in ("text/plain", "text/csv; charset=latin1"):
        sent = await world.http.post(
            IMPORTS, headers=it.person.headers | {"Content-Type": kind}, content=table.encode()
        )
        assert (sent.status_code, sent.json()["code"]) == (415, "unsupported_media_type")
        assert sent.json()["detail"] == "Please send application/json or text/csv, in UTF-8."


@ON_SQLITE
async def test_what_is_taken_out_comes_in_again_unchanged(world: World) -> None:
    """J10: as objects and as a table; cells that a spreadsheet would run are made harmless and read as they were."""
    it = await keeper(world)
    site = await world.site()
    file = [
        entry(1, name="=HYPERLINK(1)", latitude=-37.8, longitude=144.9, site_ids=[str(site)], position=2),
        entry(
            2, hours=None, zone=None, hours_text="Ask", regions=["VIC"], topics=["tearful", "isolation"], pinned=True
        ),
        entry(3, sources=[{"url_or_text": f"+{n}", "date": "undated"} for n in range(4)], languages=["en", "mi"]),
    ]
    assert (await bring(it, file)).status_code == 200
    json_ = await world.http.get(EXPORT, headers=it.person.headers)
    table = await world.http.get(EXPORT, headers=it.person.headers | {"Accept": "text/csv"})
    assert table.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "'=HYPERLINK(1)" in table.text
    assert all(
        not cell.startswith(("=", "+", "-", "@")) for line in table.text.splitlines() for cell in line.split(",")
    )
    for answer, body in ((json_, json_.json()["entries"]), (table, table.content)):
        known = await world.http.get(EXPORT, headers=it.person.headers | {"If-None-Match": answer.headers["ETag"]})
        assert known.status_code == (304 if answer is json_ else 200)
        again = await bring(it, body, etag=answer.headers["ETag"], mode="replace")
        assert again.status_code == 200, again.text
        assert (again.json()["unchanged"], again.json()["changed"], again.json()["removed"]) == (3, [], [])


@ON_SQLITE
async def test_leaving_out_removes_only_when_asked_to_and_never_what_saves_lives(world: World) -> None:
    """J10: `replace` needs a word for many, and leaves two at any hour and an emergency entry."""
    it = await keeper(world)
    night = {"tier": "crisis", "hours": "24/7", "zone": None}
    assert (
        await bring(it, [*(entry(n) for n in range(1, 8)), entry(8, **night), entry(9, **night)])
    ).status_code == 200
    for line in ("au-lifeline", "au-scbs", "au-beyondblue", "au-vic-suicideline"):
        assert (await it.do("POST", line, {"reason": "Ours"}, action="hide")).status_code == 200
    merged = (await bring(it, [entry(1)])).json()
    assert (merged["removed"], merged["unchanged"]) == ([], 1)
    unsafe = await bring(it, [entry(n) for n in range(1, 8)], mode="replace")
    assert (unsafe.status_code, unsafe.json()["code"]) == (409, "last_crisis_entry")
    assert (await bring(it, [entry(n) for n in range(1, 8)], mode="replace", dry_run=True)).status_code == 409
    few = [entry(8, **night), entry(9, **night)]
    asked = await bring(it, few, mode="replace")
    assert (asked.status_code, asked.json()["code"]) == (409, "confirm_removals")
    assert (await bring(it, few, mode="replace", dry_run=True)).json()["removals_to_confirm"] == 7
    gone = await bring(it, few, mode="replace", confirm_removals=7)
    assert gone.json()["removed"] == [f"own-{n}" for n in range(1, 8)]
    assert (await it.entry("own-1")).status_code == 404


@given(st.text(alphabet="'=+-@\t\r\n ,;\"abc", max_size=8))
def test_a_cell_is_read_as_it_was_written_and_begins_no_formula(text: str) -> None:
    cell = text.strip()
    table = csv_table.write([{"id": "own-1", "notes": cell}])
    [(_, row)] = csv_table.read(table)
    assert row.get("notes", "") == cell
    assert not tables.harmless(cell).startswith(("=", "+", "-", "@", "\t", "\r"))


@ON_SQLITE
async def test_two_thousand_rows_come_at_once_and_no_more_bytes_than_are_said(world: World) -> None:
    it = await keeper(world)
    rows = [entry(number, notes="n" * 200) for number in range(1, 2001)]
    dry = await bring(it, csv_table.write(rows).encode(), dry_run=True)
    assert (dry.status_code, len(dry.json()["added"]), dry.json()["errors"]) == (200, 2000, [])
    assert (await bring(it, b"id,name\n" + b"x" * 1_600_000, dry_run=True)).status_code == 413
    elsewhere = await world.http.post("/v1/schools/harbour/reports", content=b"x" * 300_000)
    assert elsewhere.status_code == 413
