"""The shipped directory, and what its loader refuses. Checks over real entries compare shapes, never numbers."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from app.directory.entries import TIER_RANK, TRUST_RANK, UNPUBLISHED, RunBy, SideList, Tier, Verification
from app.directory.fields import entry_from_fields
from app.directory.pack import COLUMNS, load_pack, parse_pack, published
from app.packs import PackError, read_pack

REPOSITORY = Path(__file__).resolve().parents[2]
FILE = "directory/au.csv"
EVERY_ROW = parse_pack(read_pack(FILE), country="AU", file=FILE)

ROW = {
    "id": "plain-line",
    "name": "Plain line",
    "tier": "crisis",
    "what_it_is": "Somebody to talk to",
    "who_for": "Anyone",
    "for": "self;worried_about_someone",
    "independent": "yes",
    "run_by": "independent",
    "shares_information_with_school": "unknown",
    "channels": "phone",
    "phone_display": "02 5550 0101",
    "phone_dial": "+61255500101",
    "hours_text": "Any time",
    "hours": "24/7",
    "cost": "free",
    "verification": "verified",
    "source_1": "https://source.invalid/",
    "source_1_date": "2026-01",
}


def pack(*rows: dict[str, str]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def test_a_good_row_is_read_as_it_stands() -> None:
    second = {"source_2": "a list", "source_2_date": "2026-03-04", "regions": "NT;SA", "medical_students": "yes"}
    (line,) = parse_pack(pack(ROW | second), country="AU", file="test.csv")
    assert (line.tier, line.run_by, line.regions) == (Tier.CRISIS, RunBy.INDEPENDENT, ("NT", "SA"))
    assert (line.for_medical_students, line.always_open, line.time_zone) == (True, True, None)
    assert [source.date for source in line.sources] == ["2026-01", "2026-03-04"]
    assert line.verified_on == "2026-03-04"


@pytest.mark.parametrize(
    ("column", "changes"),
    [
        ("tier", {"tier": "hotline"}),
        ("side_list", {"tier": ""}),
        ("side_list", {"side_list": "access"}),
        ("id", {"id": "Plain Line"}),
        ("name", {"name": ""}),
        ("phone_dial", {"phone_dial": "02 5550 0101"}),
        ("phone_dial", {"phone_dial": "1300PLAINS", "phone_display": "1300 PLAINS"}),
        ("phone_dial", {"phone_display": "02 5550 0102"}),
        ("phone_dial", {"phone_display": "1"}),
        ("phone_dial", {"phone_dial": ""}),
        ("sms", {"sms": "text us"}),
        ("web", {"web": "http://line.invalid/"}),
        ("hours", {"hours": "weekdays"}),
        ("zone", {"hours": "Mo-Fr 09:00-17:00"}),
        ("zone", {"hours": "Mo-Fr 09:00-17:00", "zone": "Australia/Atlantis"}),
        ("zone", {"zone": "Australia/Sydney"}),
        ("for", {"for": "everyone"}),
        ("topics", {"topics": "sadness"}),
        ("max_age", {"max_age": "twenty-five"}),
        ("independent", {"independent": "perhaps"}),
        ("verification", {"verification": ""}),
        ("source_1", {"source_1": "", "source_1_date": ""}),
        ("source_1", {"source_1": ""}),
        ("source_1_date", {"source_1_date": "last year"}),
        ("source_2_date", {"source_2": "a list"}),
    ],
)
def test_a_fault_is_named_by_file_row_and_column(column: str, changes: dict[str, str]) -> None:
    with pytest.raises(PackError) as caught:
        parse_pack(pack(ROW, ROW | {"id": "second"} | changes), country="AU", file="test.csv")
    assert (caught.value.file, caught.value.row, caught.value.column) == ("test.csv", 3, column)
    assert str(caught.value).startswith(f"test.csv, row 3, column {column}: ")


def test_an_entry_that_cannot_be_reached_is_refused() -> None:
    with pytest.raises(PackError, match="no way to reach it"):
        parse_pack(pack(ROW | {"phone_display": "", "phone_dial": ""}), country="AU", file="test.csv")


def test_an_id_stands_once() -> None:
    with pytest.raises(PackError) as caught:
        parse_pack(pack(ROW, ROW), country="AU", file="test.csv")
    assert (caught.value.row, caught.value.column) == (3, "id")


@pytest.mark.parametrize("text", ["", "id,name\n", pack(ROW) + "one,cell\n", pack(ROW) + '"no end'])
def test_what_is_no_pack_is_refused(text: str) -> None:
    with pytest.raises(PackError):
        parse_pack(text, country="AU", file="test.csv")


@pytest.mark.parametrize("country", ["XX", "..", "AUS", "../directory/au"])
def test_a_country_without_a_pack_is_an_error(country: str) -> None:
    with pytest.raises(PackError):
        load_pack(country)


def test_a_school_writes_its_own_entries_with_the_same_fields() -> None:
    fields = {
        **{name: value for name, value in ROW.items() if not name.startswith("source_")},
        "for": ["self"],
        "channels": ["in_person"],
        "independent": False,
        "run_by": "university",
        "site_ids": ["site-1"],
        "sources": [{"url_or_text": "the service itself", "date": "2026-02"}],
    }
    assert entry_from_fields(fields, country="AU", file="own entry").site_ids == ("site-1",)
    with pytest.raises(PackError, match="own entry, column colour"):
        entry_from_fields(fields | {"colour": "blue"}, country="AU", file="own entry")


@pytest.mark.parametrize(
    ("verification", "expected"),
    [
        ("verified", "2026-01"),
        ("verified_old", "2026-01, an old source: please check"),
        ("partly_verified", "2026-01, only partly checked"),
        ("secondary_only", "2026-01, from a list made by others, not checked with the service"),
    ],
)
def test_what_was_not_checked_is_said(verification: str, expected: str) -> None:
    (line,) = parse_pack(pack(ROW | {"verification": verification}), country="AU", file="test.csv")
    assert line.verified_on == expected


def test_what_cannot_be_trusted_is_kept_and_not_shown() -> None:
    held_back = {line.id for line in EVERY_ROW if line.verification in UNPUBLISHED}
    shown = {line.id for line in load_pack()}
    assert held_back
    assert shown.isdisjoint(held_back)
    assert shown | held_back == {line.id for line in EVERY_ROW}


def test_a_number_that_no_source_has_is_not_even_in_the_file() -> None:
    guessed = [line for line in EVERY_ROW if line.verification is Verification.NUMBER_UNVERIFIED]
    assert guessed
    assert not any(line.phone_dial or line.phone_display or line.sms for line in guessed)


def test_every_published_row_has_a_source_and_a_date() -> None:
    for line in load_pack():
        assert line.sources, line.id
        assert all(source.url_or_text and source.date for source in line.sources), line.id
        assert line.verified_on or line.verification is Verification.VERIFIED, line.id


def test_the_order_is_of_tiers_and_then_of_trust() -> None:
    order = [(TIER_RANK[line.tier], TRUST_RANK[line.verification]) for line in load_pack()]
    assert order == sorted(order)
    assert load_pack() == published(EVERY_ROW)
    assert load_pack() is load_pack("au")


def test_the_one_emergency_entry_can_be_dialled_from_any_phone() -> None:
    (line,) = [line for line in load_pack() if line.tier is Tier.EMERGENCY]
    assert (line.regions, line.always_open, len(line.phone_dial or "")) == ((), True, 3)
    assert "TTY" not in line.name + line.who_for


def test_the_teletypewriter_number_is_an_access_entry() -> None:
    (line,) = [line for line in load_pack() if "TTY" in line.name]
    assert (line.side_list, line.tier, len(line.phone_dial or "")) == (SideList.ACCESS, None, 3)


def test_a_youth_line_ends_at_twenty_five() -> None:
    youth = [line for line in load_pack() if line.min_age is not None and line.min_age < 15]
    assert youth
    assert {line.max_age for line in youth} == {25}


def test_no_real_number_is_written_in_these_tests_or_in_the_texts() -> None:
    numbers = {n for line in EVERY_ROW for n in (line.phone_dial, line.phone_display, line.sms) if n and len(n) > 3}
    numbers |= {re.sub(r"\D", "", number) for number in numbers}
    texts = [*REPOSITORY.glob("tests/directory/*.py"), *REPOSITORY.glob("tests/guidance/*.py")]
    texts += REPOSITORY.glob("app/packs/guidance/*.yaml")
    found = {(str(file), number) for file in texts for number in numbers if number in file.read_text()}
    assert found == set()


def test_the_packs_load_from_an_archive(tmp_path: Path) -> None:
    archive = tmp_path / "peerline.zip"
    with zipfile.ZipFile(archive, "w") as bundle:
        for name in ("__init__.py", "vocabulary", "core", "directory", "guidance", "packs"):
            start = REPOSITORY / "app" / name
            for file in [start] if start.is_file() else sorted(start.rglob("*.*")):
                if "__pycache__" not in file.parts:
                    bundle.write(file, file.relative_to(REPOSITORY))
    script = (
        f"import sys; sys.path.insert(0, {str(archive)!r})\n"
        "import app.directory.pack as directory, app.guidance.pack as guidance\n"
        "print(directory.__file__, len(directory.load_pack()), guidance.load_guidance().language)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(archive / "app/directory/pack.py"), str(len(load_pack())), "en"]
