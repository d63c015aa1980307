"""What a school says of itself, and the policies that its programme goes by (STUDY D15)."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from app.core.ids import new_id
from app.models.columns import enum_column, json_column
from app.vocabulary import DocumentOwner


class SchoolProfile(SQLModel, table=True):
    """What a school has written about itself, as one document (schools/profile_schemas.py). One row for each school."""

    __tablename__ = "school_profiles"

    school_id: uuid.UUID = Field(foreign_key="schools.id", primary_key=True)
    profile: dict[str, Any] = Field(sa_column=json_column())
    version: int = Field(default=1)
    updated_at: dt.datetime


class PolicyDocument(SQLModel, table=True):
    """A policy or procedure, by its address. `told_overdue` is the date of review that was told to be past."""

    __tablename__ = "policy_documents"
    __table_args__ = (sa.UniqueConstraint("school_id", "code"), sa.Index(None, "review_by"))

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    school_id: uuid.UUID = Field(foreign_key="schools.id")
    code: str = Field(max_length=40)
    owner: DocumentOwner = Field(sa_column=enum_column(DocumentOwner, "document_owner"))
    title: str = Field(max_length=200)
    url: str = Field(max_length=500)
    # As its owner counts them.
    document_version: str = Field(max_length=40)
    review_by: dt.date
    told_overdue: dt.date | None = None
    version: int = Field(default=1)
    created_at: dt.datetime
    updated_at: dt.datetime
