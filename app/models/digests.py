"""Digests: what a coordinator should look at in a week, as it stood when the week began."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.core.ids import new_id
from app.models.columns import json_column


class Digest(SQLModel, table=True):
    """Made once for each week, and never changed: what was told then is a fact. `week` is its Monday there.

    `found` holds no text of anybody and no figure about reports (programme/digests.py).
    """

    __tablename__ = "digests"
    __table_args__ = (sa.UniqueConstraint("school_id", "week"),)

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id")
    week: dt.date
    found: dict[str, Any] = Field(sa_column=json_column())
    made_at: dt.datetime
