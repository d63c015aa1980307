"""Lists in pages: an opaque, sealed cursor over (created_at, id), stable while rows come and go (contract P1 to P7)."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

import sqlalchemy as sa
from pydantic import Field, StringConstraints

from app.core import crypto
from app.core.hours import HourOf
from app.core.problems import InvalidCursor
from app.core.schemas import OutputModel

T = TypeVar("T")
Row = TypeVar("Row")

Cursor = Annotated[str, StringConstraints(min_length=1, max_length=400)]


class Page(OutputModel, Generic[T]):
    """One page. `next_cursor` is null only at the end."""

    items: Annotated[list[T], Field(max_length=100)]
    next_cursor: Cursor | None


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page is asked for, and the key that seals cursors. `scope` binds a cursor to its list and caller."""

    limit: int
    cursor: str | None
    key: bytes
    scope: str

    def after(self) -> tuple[dt.datetime, uuid.UUID] | None:
        """The place to go on from. Raises InvalidCursor for one that was changed or given for another list."""
        if self.cursor is None:
            return None
        try:
            at, row_id = self._open(self.cursor)
            return dt.datetime.fromisoformat(at), uuid.UUID(row_id)
        except (ValueError, TypeError, AttributeError) as exc:
            raise InvalidCursor from exc

    def after_ranked(self) -> tuple[int, dt.datetime, uuid.UUID] | None:
        """As `after`, in a list where a rank comes before the time. Raises InvalidCursor."""
        if self.cursor is None:
            return None
        try:
            rank, at, row_id = self._open(self.cursor)
            return int(rank), dt.datetime.fromisoformat(at), uuid.UUID(row_id)
        except (ValueError, TypeError, AttributeError) as exc:
            raise InvalidCursor from exc

    def cursor_at_ranked(self, rank: int, at: dt.datetime, row_id: uuid.UUID) -> str:
        return self._sealed([rank, at.isoformat(), str(row_id)])

    def cursor_at(self, at: dt.datetime, row_id: uuid.UUID) -> str:
        """Sealed, not only signed: the time inside is exact, and people see hours (design, 3)."""
        return self._sealed([at.isoformat(), str(row_id)])

    def after_position(self) -> int | None:
        """The position to go on from, in a list that is ordered by one. Raises InvalidCursor."""
        if self.cursor is None:
            return None
        position = self._open(self.cursor)
        if not isinstance(position, int):
            raise InvalidCursor
        return position

    def cursor_at_position(self, position: int) -> str:
        return self._sealed(position)

    def after_place(self) -> list[Any] | None:
        """The values to go on from, in a list that is sorted by several. Raises InvalidCursor."""
        if self.cursor is None:
            return None
        place = self._open(self.cursor)
        if not isinstance(place, list):
            raise InvalidCursor
        return place

    def cursor_at_place(self, place: Sequence[int | str]) -> str:
        """For some 200 characters at the most: a cursor has no room for more."""
        return self._sealed(list(place))

    def after_names(self) -> list[str] | None:
        """As `after_place`, where all of them are texts. Raises InvalidCursor."""
        names = self.after_place()
        if names is not None and not all(isinstance(name, str) for name in names):
            raise InvalidCursor
        return names

    def cursor_at_names(self, names: Sequence[str]) -> str:
        return self.cursor_at_place(names)

    def after_rows(self) -> list[uuid.UUID]:
        """What was shown already, in a short list whose rows can be moved about. Raises InvalidCursor."""
        if self.cursor is None:
            return []
        try:
            return [uuid.UUID(bytes=crypto.decode_b64(part)) for part in self._open(self.cursor).split()]
        except (ValueError, TypeError, AttributeError) as exc:
            raise InvalidCursor from exc

    def cursor_after_rows(self, row_ids: Sequence[uuid.UUID]) -> str:
        """For ten rows at the most: a cursor has no room for more."""
        return self._sealed(" ".join(crypto.encode_b64(row_id.bytes) for row_id in row_ids))

    def _sealed(self, place: object) -> str:
        """The same for the same place, or no list with a next page would ever have the same ETag twice."""
        return crypto.encode_b64(crypto.seal_alike(self.key, json.dumps(place).encode(), self._place()))

    def _open(self, cursor: str) -> Any:
        try:
            sealed = crypto.decode_b64(cursor)
            # A base64 text has several spellings of its last character; only ours is accepted.
            if crypto.encode_b64(sealed) != cursor:
                raise InvalidCursor
            return json.loads(crypto.unseal(self.key, sealed, self._place()))
        except (ValueError, crypto.CannotOpen) as exc:
            raise InvalidCursor from exc

    def _place(self) -> crypto.Place:
        return crypto.Place(table="cursor", row=self.scope, column="")

    def slice(self, statement: Any, *, at: Any, row_id: Any, newest_first: bool = False) -> Any:
        """The statement, cut to this page and one row more, ordered by time and id."""
        return slice_after(statement, self.after(), self.limit + 1, at=at, row_id=row_id, newest_first=newest_first)

    def read_ranked(
        self,
        read: Callable[[Any], Iterable[Row]],
        statement: Any,
        *,
        rank: Any,
        at: Any,
        row_id: Any,
        one_rank: bool = False,
    ) -> list[Row]:
        """The rows of this page and one more, the lowest rank first, within a rank ordered by time and id.

        `one_rank`: the statement selects those of a single rank. `read` runs a statement in one session: one for what
        the cursor's rank has left, and where that is not enough, one for the ranks after it. SQLite does not find the
        place of three values in an index of which the second is an expression.
        """
        most, place, rows = self.limit + 1, self.after_ranked(), list[Row]()
        if place is not None:
            left = slice_after(statement.where(rank == place[0]), place[1:], most, at=at, row_id=row_id)
            rows = list(read(left))
            if one_rank or len(rows) >= most:
                return rows
            statement = statement.where(rank > place[0])
        # A whole page of them: somebody may have changed the rank of one that was read just now, and it comes once.
        known = {id(row) for row in rows}
        more = (row for row in read(statement.order_by(rank, at, row_id).limit(most)) if id(row) not in known)
        return [*rows, *more][:most]

    def page(
        self, rows: Sequence[Row], *, place: Callable[[Row], tuple[dt.datetime, uuid.UUID]]
    ) -> tuple[Sequence[Row], str | None]:
        """The rows of this page and the cursor to the next, from what `slice` selected."""
        if len(rows) <= self.limit:
            return rows, None
        shown = rows[: self.limit]
        return shown, self.cursor_at(*place(shown[-1]))

    def page_ranked(
        self, rows: Sequence[Row], *, place: Callable[[Row], tuple[int, dt.datetime, uuid.UUID]]
    ) -> tuple[Sequence[Row], str | None]:
        """As `page`, of what `read_ranked` found."""
        if len(rows) <= self.limit:
            return rows, None
        shown = rows[: self.limit]
        return shown, self.cursor_at_ranked(*place(shown[-1]))


def slice_after(
    statement: Any,
    place: tuple[dt.datetime, uuid.UUID] | None,
    most: int,
    *,
    at: Any,
    row_id: Any,
    newest_first: bool = False,
) -> Any:
    """The first rows of a statement after a place, ordered by time and id."""
    pair = sa.tuple_(at, row_id)
    if place is not None:
        # The values carry the columns' own types, so that each database compares them as it stores them.
        time, last = sa.literal(place[0], at.type), sa.literal(place[1], row_id.type)
        start = sa.tuple_(time, last)
        statement = statement.where(pair < start if newest_first else pair > start)
        if isinstance(at, HourOf):
            # The same once more: SQLite finds the place of a pair in an index only if it begins with a column.
            statement = statement.where(at <= time if newest_first else at >= time)
    order = (at.desc(), row_id.desc()) if newest_first else (at, row_id)
    return statement.order_by(*order).limit(most)
