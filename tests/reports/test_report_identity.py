"""Who a worry is about: kept only as far as the reporter asked, and opened by nobody who merely reads (STUDY I04)."""

from __future__ import annotations

import pytest
from harbour import REPORTS, cast, listed, my_pages, one_database, rows, the_row

from app.core import crypto
from app.core.crypto import CannotOpen
from app.guidance.signs import Wants
from app.models import Report
from app.reports.intake import text_place
from app.vault import service as vault
from tests.support.world import World

NAME = "Zephyrine Quill"
KEEPING = sorted(set(Wants) - {Wants.ADVICE_ONLY})


async def opened_with(world: World, report: Report, purpose: str) -> str:
    """The identity in the row, opened with the school's key for `purpose`. Raises CannotOpen."""
    sealed = report.identity_sealed
    assert sealed is not None
    assert NAME.encode() not in sealed

    def unseal(session: vault.Session) -> str:
        key = vault.data_key(session, owner=str(report.school_id), purpose=purpose)
        return crypto.unseal(key, sealed, text_place(report.id, "identity_sealed")).decode()

    return await world.db.read(unseal)


async def test_advice_only_keeps_no_identity_even_when_one_is_given(world: World) -> None:
    people = await cast(world)
    made = await world.report("tearful", about_person=NAME)
    assert (made.status_code, made.json()["identity_kept"]) == (201, False)
    row = await the_row(world, Report)
    assert (row.wants, row.identity_sealed, row.identity_purpose) == ("advice_only", None, None)
    assert NAME not in str(row.model_dump())
    [report] = await listed(world, people.triager)
    seen = await world.http.get(f"{REPORTS}/{report['id']}", headers=people.triager.headers)
    assert seen.json()["identity_given"] is False


@one_database
async def test_an_identity_given_for_help_is_sealed_with_the_schools_key(world: World) -> None:
    await world.school()
    for wants in KEEPING:
        made = await world.report("tearful", about_person=NAME, wants=wants)
        assert (made.status_code, made.json()["identity_kept"]) == (201, True), wants
    reports = await rows(world, Report)
    assert sorted(row.wants for row in reports) == KEEPING
    for row in reports:
        assert (row.identity_purpose, await opened_with(world, row, vault.CONTENT)) == (vault.CONTENT, NAME)
        with pytest.raises(CannotOpen):
            await opened_with(world, row, vault.LIFE_AT_RISK)


@one_database
@pytest.mark.parametrize("wants", [Wants.ADVICE_ONLY, Wants.OFFER_OF_SUPPORT_TO_PEER])
async def test_an_identity_for_life_at_risk_is_sealed_under_a_key_that_readers_do_not_use(
    world: World, wants: Wants
) -> None:
    await world.school()
    made = await world.report("tearful", about_person=NAME, wants=wants, open_only_if_life_at_risk=True)
    assert (made.status_code, made.json()["identity_kept"]) == (201, True)
    row = await the_row(world, Report)
    assert (row.identity_purpose, await opened_with(world, row, vault.LIFE_AT_RISK)) == (vault.LIFE_AT_RISK, NAME)
    with pytest.raises(CannotOpen):
        await opened_with(world, row, vault.CONTENT)


@one_database
async def test_a_sealed_text_opens_only_in_the_row_and_column_it_was_sealed_for(world: World) -> None:
    """Whoever may write to the database cannot have one report's text shown as another's."""
    await world.school()
    await world.report("tearful", about_person=NAME, wants="not_sure", narrative="On the train.")
    row = await the_row(world, Report)
    assert row.identity_sealed is not None
    row.narrative_sealed = row.identity_sealed
    with pytest.raises(CannotOpen):
        await world.db.read(
            lambda session: vault.unseal(
                session,
                row.narrative_sealed or b"",
                school_id=row.school_id,
                place=text_place(row.id, "narrative_sealed"),
            )
        )


@one_database
@pytest.mark.parametrize("sealed", [True, False])
async def test_no_reader_is_shown_an_identity(world: World, sealed: bool) -> None:
    """Neither the triager's list, item and thread nor the adviser's brief holds it."""
    people = await cast(world)
    await world.report(
        "said_thoughts_of_suicide",
        about_person=NAME,
        wants="offer_of_support_to_peer",
        open_only_if_life_at_risk=sealed,
        narrative="He told me.",
    )
    [page] = await my_pages(world, people.adviser)
    [report] = await listed(world, people.triager)
    item = f"{REPORTS}/{report['id']}"
    for person, url in (
        (people.triager, REPORTS),
        (people.triager, item),
        (people.triager, f"{item}/messages"),
        (people.adviser, f"/v1/pages/{page['id']}"),
        (people.adviser, "/v1/me/pages"),
    ):
        shown = await world.http.get(url, headers=person.headers)
        assert shown.status_code == 200, url
        assert NAME not in shown.text, url
    assert (await world.http.get(item, headers=people.triager.headers)).json()["identity_given"] is True
    await world.settle()
    assert all(NAME.encode() not in request.body for request in world.receiver.requests())
