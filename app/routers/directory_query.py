"""What can be asked of the list of a directory, as a query."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query

from app.core.schemas import ZoneName
from app.directory.entries import Channel, Community, CostKind, ForWhom, LanguageTag, NamedSite, RunBy, SideList, Tier
from app.directory.listing import Filters
from app.directory.shapes import MOST_AVOIDED, Kilometres

Words = Annotated[
    str | None,
    Query(min_length=1, max_length=100, description="Words of its name, of what it is, or of whom it is for."),
]
AvoidSites = Annotated[
    list[NamedSite] | None,
    Query(max_length=MOST_AVOIDED, description="Places to avoid: what belongs to them comes last, and says so."),
]

NearSite = Annotated[
    NamedSite | None,
    Query(description="A site of the school: distances are told from it, and services of its region are listed too."),
]


def filters(
    tier: Annotated[Tier | None, Query(description="One kind of help.")] = None,
    side_list: Annotated[SideList | None, Query(description="What is no help by itself.")] = None,
    open_now: Annotated[bool, Query(description="Only what is open now; what nobody knows of is not.")] = False,
    independent: Annotated[bool | None, Query(description="Independent of the school, or its own.")] = None,
    for_whom: Annotated[ForWhom | None, Query(alias="for", description="Whom it answers.")] = None,
    channel: Annotated[Channel | None, Query(description="How it is reached.")] = None,
    language: Annotated[LanguageTag | None, Query(description="What is spoken there (BCP 47).")] = None,
    community: Annotated[Community | None, Query(description="Run for them, or safe for them.")] = None,
    cost: Annotated[CostKind | None, Query(description="What it costs.")] = None,
    run_by: Annotated[RunBy | None, Query(description="Who runs it.")] = None,
    q: Words = None,
    avoid_site_ids: AvoidSites = None,
    near_site_id: NearSite = None,
    within_km: Annotated[Kilometres | None, Query(description="At most so far from that site.")] = None,
    zone: Annotated[ZoneName | None, Query(description="The caller's own time zone.")] = None,
) -> Filters:
    return Filters(
        tier=tier,
        side_list=side_list,
        open_now=open_now,
        independent=independent,
        for_whom=for_whom,
        channel=channel,
        language=language,
        community=community,
        cost=cost,
        run_by=run_by,
        q=q,
        avoid_site_ids=frozenset(avoid_site_ids or ()),
        near_site_id=near_site_id,
        within_km=within_km,
        zone=zone,
    )


FiltersOf = Annotated[Filters, Depends(filters)]
