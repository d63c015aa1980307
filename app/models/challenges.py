"""Challenges that have been used, until they expire."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlmodel import Field, SQLModel


class SpentChallenge(SQLModel, table=True):
    """Work that was shown for a report, and counts for no second one. It refers to nothing.

    `forget_after` is a whole hour, after the challenge itself has expired: the row must not tell when a report came.
    """

    __tablename__ = "spent_challenges"
    __table_args__ = ({"sqlite_with_rowid": False},)

    challenge_hash: bytes = Field(sa_column=sa.Column(sa.LargeBinary, primary_key=True))
    forget_after: dt.datetime = Field(index=True)
