"""Where the giving of a role stands. Everything that asks who holds a role goes by CURRENT.

Time decides in the question itself: no job has to run for a role to begin or to end.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.sql.sqltypes import UTCDateTime

from app.core import clock
from app.models import Person, RoleGrant
from app.vocabulary import GrantEnd, GrantState

# The moment at which a statement with it is run: such statements are built once.
_NOW = sa.bindparam("grants_now", callable_=lambda: clock.now(), type_=UTCDateTime())

_OPEN = col(RoleGrant.ended_at).is_(None)
_WAITS = col(RoleGrant.confirm_by).is_not(None)
_BEGUN = sa.func.coalesce(col(RoleGrant.starts_at), col(RoleGrant.granted_at)) <= _NOW
_RUN_OUT = sa.and_(col(RoleGrant.ends_at).is_not(None), col(RoleGrant.ends_at) <= _NOW)
_UNCONFIRMED = sa.and_(_WAITS, col(RoleGrant.confirm_by) <= _NOW)

# Of a query over grants: those that hold now.
CURRENT = sa.and_(_OPEN, ~_WAITS, _BEGUN, ~_RUN_OUT)
# Those that hold now, or will from some time on.
GIVEN = sa.and_(_OPEN, ~_WAITS, ~_RUN_OUT)
# Those that hold, have held, or will: each until HELD_UNTIL.
EVER_GIVEN = ~_WAITS
HELD_UNTIL = sa.case(
    (
        sa.and_(~_OPEN, sa.or_(col(RoleGrant.ends_at).is_(None), col(RoleGrant.ended_at) < col(RoleGrant.ends_at))),
        col(RoleGrant.ended_at),
    ),
    else_=col(RoleGrant.ends_at),
)
# As well as those that hold now, those that somebody held when they left: of a query over grants and their people.
HELD_OR_LEFT_WITH = sa.or_(
    CURRENT, sa.and_(col(RoleGrant.ended_because) == GrantEnd.LEFT, col(Person.active).is_(False))
)
# Those that hold now, or may come to.
NOT_ENDED = sa.and_(_OPEN, ~_RUN_OUT, ~_UNCONFIRMED)
# Those that hold now, or will by time alone.
HOLDS = sa.and_(_OPEN, ~_WAITS, ~_RUN_OUT)
IN_STATE = {
    GrantState.AWAITING_SECOND_PERSON: sa.and_(_OPEN, _WAITS, ~_UNCONFIRMED, ~_RUN_OUT),
    GrantState.SCHEDULED: sa.and_(_OPEN, ~_WAITS, ~_BEGUN, ~_RUN_OUT),
    GrantState.CURRENT: CURRENT,
    GrantState.ENDED: sa.or_(~_OPEN, _RUN_OUT, _UNCONFIRMED),
}


def end_of(grant: RoleGrant, *, now: dt.datetime) -> tuple[dt.datetime, GrantEnd] | None:
    """When it ended and why, whether or not anybody has written that down; None while it has not."""
    if grant.ended_at is not None:
        return grant.ended_at, grant.ended_because or GrantEnd.ENDED
    ends = [(grant.ends_at, GrantEnd.RAN_OUT), (grant.confirm_by, GrantEnd.NOT_CONFIRMED)]
    passed = [(at, why) for at, why in ends if at is not None and at <= now]
    return min(passed, default=None)


def state_of(grant: RoleGrant, *, now: dt.datetime) -> GrantState:
    if end_of(grant, now=now) is not None:
        return GrantState.ENDED
    if grant.confirm_by is not None:
        return GrantState.AWAITING_SECOND_PERSON
    return GrantState.CURRENT if (grant.starts_at or grant.granted_at) <= now else GrantState.SCHEDULED
