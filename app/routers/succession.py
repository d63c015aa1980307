"""Succession: what is to be expected of a programme."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from app.programme import forecast
from app.programme.forecast_schemas import ForecastOut
from app.routers import replies
from app.routers.callers import Planner, SchoolPath
from app.routers.docs import problems

router = APIRouter(prefix="/v1", tags=["succession"])
READ = problems(not_modified=True)


@router.get(
    "/schools/{school}/succession/forecast",
    summary="The programme term by term",
    response_model=ForecastOut,
    responses=READ,
)
async def get_succession_forecast(school: SchoolPath, request: Request, caller: Planner) -> Response:
    """Who will be there at the end of each of the next four terms, what is covered then, and which posts and sponsors
    end. By what is known: nothing is assumed of those who have not said until when they stay."""
    return replies.shown(request, await caller.read(forecast.forecast))
