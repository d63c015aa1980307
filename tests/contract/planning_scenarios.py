"""Rosters that change, and shifts that change hands, with the bodies that the document shows (J6 to J8)."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

import httpx
from held import Held, example

from app.routers.openapi.example_duty import MIRA, ROSTER_ID, TOMAS
from app.vocabulary import Role
from tests.planning.scene import service
from tests.support.world import Someone, World

# When the examples were made: five days before the roster's first shift.
NOW = dt.datetime(2027, 3, 10, 11, 0, tzinfo=dt.UTC)
WINDOW = {"from": "2027-03-08T00:00:00Z", "to": "2027-04-05T00:00:00Z"}
SOON = {"start": "2027-03-10T11:05:00Z", "end": "2027-03-10T11:10:00Z"}
STALE = {"If-Match": '"old"'}


@dataclass
class Planned:
    """The examples' roster: the week of 22 March 2027 is Tomas', the next Mira's. Noor has every week of another."""

    held: Held
    world: World
    lee: Someone
    mira: Someone
    tomas: Someone
    noor: Someone
    ruth: Someone
    roster: str = ""
    nights: str = ""

    @property
    def at(self) -> dict[str, str]:
        return {"roster_id": self.roster}

    def example(self, name: str, of: str | None = None) -> Any:
        """A body of the document, of the people and the roster that there are here."""
        text = json.dumps(example(name, of=of))
        names = {
            MIRA: str(self.mira.id),
            TOMAS: str(self.tomas.id),
            ROSTER_ID: self.roster,
            "backup-adviser@harbour.example": self.tomas.login,
            "adviser@harbour.example": self.ruth.login,
        }
        for shown, real in names.items():
            text = text.replace(shown, real)
        return json.loads(text)

    async def read(self, name: str, who: Someone, at: dict[str, str] | None = None, **params: str) -> Any:
        """What is shown, and that it is shown once to who has it."""
        shown = await self.held(name, who, at=at, params=params)
        known = {"If-None-Match": shown.headers["ETag"]}
        assert (await self.held(name, who, at=at, params=params, headers=known)).status_code == 304
        return shown.json()

    async def keyed(self, name: str, who: Someone, body: Any, at: dict[str, str] | None = None) -> httpx.Response:
        assert (await self.held(name, who, at=at, json=body)).status_code == 400
        return await self.held(name, who, at=at, json=body, headers=World.once())

    async def edit(self, name: str, body: Any = None, **more: str) -> httpx.Response:
        """A change of the roster, also without its version and with an old one."""
        how = {} if body is None else {"json": body}
        at = self.at | more
        assert (await self.held(name, self.lee, at=at, **how)).status_code == 428
        assert (await self.held(name, self.lee, at=at, headers=STALE, **how)).status_code == 412
        return await self.held.versioned(name, self.lee, "getRoster", at=at, **how)

    async def later(self) -> None:
        self.world.time.advance(minutes=15)
        await self.world.settle()


def refused(answer: httpx.Response, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (409, code), answer.text


async def planning(held: Held, world: World) -> None:
    world.time.set(NOW)
    await world.entry(service("au-example-line", hours="24/7"))
    lee = await world.person(Role.COORDINATOR, alias="Lee", paged=True)
    advisers = [await world.person(Role.ADVISER, alias=name, paged=True) for name in ("Mira", "Tomas", "Noor", "Ruth")]
    it = Planned(held, world, lee, *advisers)
    await two_rosters(it)
    await what_may_be_changed(it)
    await versions(it)
    await overrides(it)
    await imports(it)
    await gaps(it)
    await posts(it)
    await absences(it)
    await offers(it)
    await swaps(it)
    await views(it)
    await what_is_over(it)
    await departures(it)


async def two_rosters(it: Planned) -> None:
    body = it.example("createRoster")
    body["roster"]["line"] = "academic_advice"
    it.roster = (await it.keyed("createRoster", it.lee, body)).json()["id"]
    body["roster"] |= {"name": "Nights"}
    body["roster"]["layers"][0]["rotation"]["participants"] = [str(it.noor.id)]
    it.nights = (await it.keyed("createRoster", it.lee, body)).json()["id"]


async def what_may_be_changed(it: Planned) -> None:
    for of in ("inTheirHours", "rename"):
        assert (await it.edit("updateRoster", it.example("updateRoster", of))).status_code == 200
    refused(await it.edit("updateRoster", {"name": "Nights"}), "roster_exists")
    await it.edit("updateRoster", {"expects": "always"})
    await it.read("getRosterRules", it.lee)
    rules = it.example("updateRosterRules")
    assert (await it.held("updateRosterRules", it.lee, json=rules)).status_code == 428
    assert (await it.held("updateRosterRules", it.lee, json=rules, headers=STALE)).status_code == 412
    changed = await it.held.versioned("updateRosterRules", it.lee, "getRosterRules", at={}, json=rules)
    assert changed.json()["peer_support"] == rules["peer_support"]


async def versions(it: Planned) -> None:
    body = it.example("createRosterVersion")
    looked = await it.held("previewRosterVersion", it.lee, at=it.at, json=body)
    made = await it.edit("createRosterVersion", body)
    assert made.json()["change"] == looked.json()
    first, second = (await it.read("listRosterVersions", it.mira, it.at))["items"]
    await it.read("getRosterVersion", it.mira, it.at | {"version_id": second["id"]})
    assert (await it.edit("deleteRosterVersion", version_id=second["id"])).status_code == 204
    refused(await it.edit("deleteRosterVersion", version_id=first["id"]), "version_begun")


async def overrides(it: Planned) -> None:
    for of in ("somebodyElse", "nobody"):
        body = it.example("createRosterOverride", of)
        looked = await it.held("previewRosterOverride", it.lee, at=it.at, json=body)
        made = await it.edit("createRosterOverride", body)
        assert (made.status_code, made.json()["change"]) == (201, looked.json())
    refused(await it.edit("createRosterOverride", body), "changes_nothing")
    booked = {"person": str(it.noor.id), "start": "2027-03-22T00:00Z", "end": "2027-03-22T08:00Z"}
    refused(await it.edit("createRosterOverride", booked), "rules_broken")
    evening, _ = (await it.read("listRosterOverrides", it.mira, it.at))["items"]
    await it.read("getRosterOverride", it.mira, it.at | {"override_id": evening["id"]})
    assert (await it.edit("deleteRosterOverride", override_id=evening["id"])).status_code == 204


async def imports(it: Planned) -> None:
    body = it.example("importRosterOverrides")
    looked = await it.held("previewRosterImport", it.lee, at=it.at, json=body)
    done = await it.edit("importRosterOverrides", body)
    assert done.json() == looked.json() | {"stored": True}
    booked = body | {"csv": f"person,start,end\n{it.noor.login},2027-03-30T09:00,2027-03-30T12:00\n"}
    refused(await it.edit("importRosterOverrides", booked), "rules_broken")


async def gaps(it: Planned) -> None:
    found = (await it.read("listGaps", it.lee, it.at, state="open"))["items"]
    at = {"gap_id": next(gap["id"] for gap in found if gap["start"] == "2027-03-24T22:00:00Z")}
    await it.read("getGap", it.lee, at)
    for name, how, done in (
        ("putExternalCover", {"json": it.example("putExternalCover")}, 200),
        ("deleteExternalCover", {}, 204),
    ):
        assert (await it.held(name, it.lee, at=at, **how)).status_code == 428
        assert (await it.held(name, it.lee, at=at, headers=STALE, **how)).status_code == 412
        assert (await it.held.versioned(name, it.lee, "getGap", at=at, **how)).status_code == done


async def posts(it: Planned) -> None:
    at, body = {"post": "programme_lead"}, it.example("putPost", "filled")
    assert (await it.held("putPost", it.lee, at=at, json=body)).status_code == 201
    assert [each["code"] for each in (await it.read("listPosts", it.lee))["items"]] == ["programme_lead"]
    empty = it.example("putPost", "withoutHolder")
    for name, how, done in (("putPost", {"json": empty}, 200), ("deletePost", {}, 204)):
        assert (await it.held(name, it.lee, at=at, **how)).status_code == 428
        assert (await it.held(name, it.lee, at=at, headers=STALE, **how)).status_code == 412
        assert (await it.held.versioned(name, it.lee, "getPost", at=at, **how)).status_code == done


async def absences(it: Planned) -> None:
    for of in ("exams", "untilIAmBack"):
        made = await it.keyed("createAbsence", it.tomas, it.example("createAbsence", of))
        at = {"absence_id": made.json()["id"]}
        await it.read("getAbsence", it.tomas, at)
        longer = it.example("updateAbsence")
        assert (await it.held("updateAbsence", it.tomas, at=at, json=longer)).status_code == 428
        assert (await it.held("updateAbsence", it.tomas, at=at, json=longer, headers=STALE)).status_code == 412
        changed = await it.held.versioned("updateAbsence", it.tomas, "getAbsence", at=at, json=longer)
        assert changed.json()["end"] == longer["end"]
        assert len((await it.read("listAbsences", it.tomas))["items"]) == 1
        assert (await it.held("deleteAbsence", it.tomas, at=at)).status_code == 428
        assert (await it.held("deleteAbsence", it.tomas, at=at, headers=STALE)).status_code == 412
        assert (await it.held.versioned("deleteAbsence", it.tomas, "getAbsence", at=at)).status_code == 204


async def offers(it: Planned) -> None:
    body = it.example("createShiftOffer", "wholeShift")
    refused(await it.keyed("createShiftOffer", it.mira, body), "not_your_shift")
    made = await it.keyed("createShiftOffer", it.tomas, body)
    refused(await it.keyed("createShiftOffer", it.tomas, body), "already_offered")
    at = {"offer_id": made.json()["id"]}
    await it.read("getShiftOffer", it.mira, at)
    assert len((await it.read("listShiftOffers", it.mira, state="open"))["items"]) == 1
    for who, code in ((it.lee, "not_on_this_line"), (it.noor, "rules_broken")):
        refused(await it.held("takeShiftOffer", who, at=at), code)
    assert (await it.held("takeShiftOffer", it.mira, at=at)).status_code == 200
    refused(await it.held("takeShiftOffer", it.ruth, at=at), "offer_not_open")
    refused(await it.held("handBackShiftOffer", it.ruth, at=at), "offer_not_open")
    refused(await it.held("withdrawShiftOffer", it.tomas, at=at), "offer_not_open")
    assert (await it.held("handBackShiftOffer", it.mira, at=at)).status_code == 200
    refused(await it.held("withdrawShiftOffer", it.mira, at=at), "not_your_offer")
    assert (await it.held("withdrawShiftOffer", it.tomas, at=at)).json()["state"] == "withdrawn"
    evening = await it.keyed("createShiftOffer", it.tomas, it.example("createShiftOffer", "oneEvening"))
    await it.held("withdrawShiftOffer", it.lee, at={"offer_id": evening.json()["id"]})

    nobodys = it.example("createShiftOffer", "timeThatNobodyHas")
    covered = nobodys | {"start": "2027-03-23T00:00Z", "end": "2027-03-23T08:00Z"}
    refused(await it.keyed("createShiftOffer", it.lee, covered), "no_gap")
    made = await it.keyed("createShiftOffer", it.lee, nobodys)
    assert (await it.held("takeShiftOffer", it.ruth, at={"offer_id": made.json()["id"]})).status_code == 200
    gap = (await it.read("listGaps", it.lee, it.at, state="covered"))["items"][0]
    for name, how in (("putExternalCover", {"json": it.example("putExternalCover")}), ("deleteExternalCover", {})):
        refused(await it.held.versioned(name, it.lee, "getGap", at={"gap_id": gap["id"]}, **how), "gap_closed")


async def swaps(it: Planned) -> None:
    body = it.example("createSwap")
    refused(await it.keyed("createSwap", it.ruth, body), "not_your_shift")
    refused(await it.keyed("createSwap", it.tomas, body | {"other": str(it.ruth.id)}), "not_their_shift")
    hers = {"roster_id": it.nights, "shift": body["get"]["shift"]}
    refused(await it.keyed("createSwap", it.tomas, body | {"other": str(it.noor.id), "get": hers}), "rules_broken")
    for answer, late in (("declineSwap", "acceptSwap"), ("acceptSwap", "declineSwap")):
        made = await it.keyed("createSwap", it.tomas, body)
        at = {"swap_id": made.json()["id"]}
        assert (await it.held("acceptSwap", it.tomas, at=at)).status_code == 403
        assert (await it.held(answer, it.mira, at=at)).status_code == 200
        refused(await it.held(late, it.mira, at=at), "swap_not_open")
        await it.read("getSwap", it.tomas, at)
    assert len((await it.read("listSwaps", it.mira))["items"]) == 2


async def views(it: Planned) -> None:
    await it.read("getCoverage", it.lee, **WINDOW)
    await it.read("getSchoolReadiness", it.lee)
    await it.read("listPersonShifts", it.lee, {"person_id": str(it.tomas.id)}, **WINDOW)
    [shift, *_] = (await it.read("listMyShifts", it.mira, **WINDOW))["items"]
    assert shift["roster_id"] == it.roster
    feed = await it.held("createCalendarFeed", it.mira, json=it.example("createCalendarFeed", "roster"))
    assert feed.status_code == 201


async def what_is_over(it: Planned) -> None:
    """Five minutes of each, and then it is too late."""
    made = await it.keyed("createShiftOffer", it.lee, SOON | {"roster_id": it.roster})
    offer = {"offer_id": made.json()["id"]}
    await it.held("takeShiftOffer", it.ruth, at=offer)
    override = (await it.edit("createRosterOverride", SOON | {"person": str(it.mira.id)})).json()["id"]
    away = await it.keyed("createAbsence", it.tomas, SOON | {"kind": "leave"})
    absence = {"absence_id": away.json()["id"]}
    await it.later()
    refused(await it.held("handBackShiftOffer", it.ruth, at=offer), "offer_over")
    refused(await it.edit("deleteRosterOverride", override_id=override), "override_over")
    for name, how in (("updateAbsence", {"json": it.example("updateAbsence")}), ("deleteAbsence", {})):
        refused(await it.held.versioned(name, it.tomas, "getAbsence", at=absence, **how), "absence_over")


async def departures(it: Planned) -> None:
    tomas, ruth = {"person_id": str(it.tomas.id)}, {"person_id": str(it.ruth.id)}
    refused(await it.keyed("createDeparture", it.lee, {}, at=tomas), "has_cover")
    body = it.example("createDeparture", "toSomebody")
    booked = body | {"reassign_to": str(it.noor.id)}
    refused(await it.keyed("createDeparture", it.lee, booked, at=tomas), "rules_broken")
    left = await it.keyed("createDeparture", it.lee, it.example("createDeparture", "toTheNext"), at=tomas)
    assert left.status_code == 201
    assert (await it.keyed("createDeparture", it.lee, body, at=ruth)).json()["cover"]
