"""Column shapes shared by the tables, the same on SQLite and PostgreSQL."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlmodel import SQLModel

# Names of constraints are the same on both databases, so that migrations and error handling can name them.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def json_column(*, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=nullable)


def enum_column(
    kind: type[StrEnum], name: str, *, nullable: bool = False, default: StrEnum | None = None
) -> sa.Column[Any]:
    """Text with a CHECK: a native PostgreSQL enum would need DDL for each new member, and holds member names.

    `default`: what rows have that were there before the column.
    """
    shape = sa.Enum(
        kind,
        name=name,
        native_enum=False,
        length=40,
        create_constraint=True,
        values_callable=lambda members: [member.value for member in members],
    )
    return sa.Column(shape, nullable=nullable, server_default=None if default is None else default.value)


def bytes_column(*, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(sa.LargeBinary, nullable=nullable)
