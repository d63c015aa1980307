"""Whether a school's directory holds: who must be in it, and whether somebody has looked in time."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field, StringConstraints
from sqlmodel import Session

from app.directory import catalogue, review
from app.directory.safety import RULES
from app.models import School
from app.readiness.checks import Check, found
from app.schools import service as schools


class DirectoryMinimumCheck(Check):
    """By the school's own words on its directory: an emergency entry, a crisis line, and two more that anyone can call
    at any hour. Where one is missing, readers get what the country says instead. `missing`: the codes of those rules.
    """

    code: Literal["directory_minimum"]
    missing: Annotated[list[Annotated[str, StringConstraints(max_length=60)]], Field(max_length=10)]


class DirectoryChecked(Check):
    """Every entry that readers get was checked in time. `overdue`: how many were not."""

    code: Literal["directory_checked"]
    overdue: Annotated[int, Field(ge=0, le=1_000_000)]


def minimum(session: Session, school: School) -> DirectoryMinimumCheck:
    counts = catalogue.catalogue_of(session, school).directory.counts
    missing = [rule.code for rule in RULES if counts[rule.code] < rule.fewest]
    do = (
        "Show the entries again that the school hides, or add its own (`directory/entries`), until these rules are met."
    )
    return DirectoryMinimumCheck(code="directory_minimum", missing=missing, **found(not missing, otherwise=do))


def checked(session: Session, school: School, *, now: dt.datetime) -> DirectoryChecked:
    overdue = len(review.overdue_of(session, school, today=schools.today(school, now=now)))
    do = "Call or look up what is overdue (`directory/review-tasks`), and say so on each entry, or update Peerline."
    return DirectoryChecked(code="directory_checked", overdue=overdue, **found(not overdue, otherwise=do))
