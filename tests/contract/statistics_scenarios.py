"""Statistics, held against the OpenAPI document. The last scenario: it goes on to another year."""

from __future__ import annotations

import datetime as dt

from held import Held, example

from app.core import clock
from app.evaluation import closing
from app.schools import service as schools
from app.vocabulary import Role
from tests.support.world import World

TABLE = ("getStatistics", "exportStatistics", "getStatisticsChart")


async def statistics(held: Held, world: World) -> None:
    evaluator, officer = await world.person(Role.EVALUATOR), await world.person(Role.PRIVACY_OFFICER)
    listed = await held("getStatisticsPeriods", evaluator)
    assert (
        await held("getStatisticsPeriods", evaluator, headers={"If-None-Match": listed.headers["ETag"]})
    ).status_code == 304
    year = listed.json()["periods"][0]["period"]
    table = {"period": year, "by": "relationship"}
    for name in TABLE:
        assert (await held(name, evaluator, params=table)).status_code == 409
        assert (await held(name, evaluator, params=table | {"by": "narrative"})).status_code == 422
        assert (await held(name, evaluator, params=table | {"period": "1999"})).status_code == 404
    for which in ("byTerms", "byYears"):
        body = example("putStatisticsRules", of=which)
        done = await held.versioned("putStatisticsRules", officer, "getStatisticsRules", at={}, json=body)
        assert done.status_code == 200, done.text
    assert (await held("putStatisticsRules", officer, json=body)).status_code == 428
    world.time.set(dt.datetime(int(year) + 1, 2, 10, tzinfo=dt.UTC))

    await world.write(
        lambda s: [
            closing.close(s, school, period, now=clock.now())
            for school in [schools.find(s, "harbour")]
            for period in closing.due(s, school, now=clock.now())
        ]
    )
    for name in TABLE:
        shown = await held(name, evaluator, params=table)
        assert shown.status_code == 200, shown.text
        known = {"If-None-Match": shown.headers["ETag"]}
        assert (await held(name, evaluator, params=table, headers=known)).status_code == 304
    open_ = await held("getTransparency")
    assert (await held("getTransparency", headers={"If-None-Match": open_.headers["ETag"]})).status_code == 304
    assert open_.json()["periods"][0]["period"] == year
