"""How far this host's clock is from the database's. Due times and leases are by the clocks of the processes.

A process that is ahead takes over work that another still has in hand, and pages the next person early; one that is
behind pages late. Hosts must keep time together (docs/architecture.md); this says when they do not.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlmodel import Session

from app.core import clock

# Far less than a lease has to spare (LEASE in queue.py), far more than a host that keeps time is ever off.
MOST = dt.timedelta(seconds=2)


def skew(session: Session) -> dt.timedelta:
    """This clock minus the database's, to half of the time that asking took. On SQLite one host has one clock."""
    if session.get_bind().dialect.name != "postgresql":
        return dt.timedelta()
    connection = session.connection()
    before = clock.now()
    theirs: dt.datetime = connection.execute(sa.text("SELECT clock_timestamp()")).scalar_one()
    return before + (clock.now() - before) / 2 - theirs


def is_right(session: Session) -> bool:
    """Whether this clock may judge what other hosts have written: it agrees with the database's."""
    return abs(skew(session)) <= MOST


def warning(session: Session) -> str | None:
    """What to tell an operator whose clocks differ; None when they do not."""
    seconds = skew(session).total_seconds()
    if abs(seconds) <= MOST.total_seconds():
        return None
    return (
        f"The clock of this host is {abs(seconds):.1f} s {'ahead of' if seconds > 0 else 'behind'} the database's. "
        "Pages and their deadlines go by it: let both keep time by NTP."
    )
