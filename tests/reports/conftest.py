"""What the tests of reports share beside the world."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from australia import ZONES, Schools, new_school, new_triager
from sqlmodel import Session

from app import startup
from app.core.crypto import KeyRing
from app.settings import Settings
from tests.support.server import master_keys

KEYS = master_keys("australia")


@pytest.fixture(scope="session")
def australia(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Schools]:
    file = tmp_path_factory.mktemp("australia") / "peerline.sqlite3"
    shutil.copy(migrated_sqlite, file)
    # The deployment's keys are another ring's; a school's own are made here.
    db = startup.open_database(Settings(data_dir=file.parent, master_keys=KEYS), KeyRing.parse(KEYS))

    def make(session: Session) -> None:
        for region, zone in ZONES.items():
            school = new_school(session, region.lower(), region=region, zone=zone)
            new_triager(session, school)

    db.write_now(make)
    yield Schools(db)
    db.close()
