"""The one writer of an SQLite database: a thread with a connection. Who waits together is committed together.

Each transaction is a savepoint of its own, unless it waited alone: one that fails leaves no trace and does not touch
its neighbours. The commit, and with it the wait for the disk, is shared; nobody is answered before it. When SQLite
itself fails (disk full, read-only), nothing of the group is stored and everyone in it is told so.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm.session import JoinTransactionMode
from sqlmodel import Session

from app.core.lanes import Lanes

# More than this in one commit would make the first of them wait for no gain.
LARGEST_GROUP = 32


@dataclass(frozen=True, slots=True)
class Job:
    work: Callable[[Session], Any]
    future: Future[Any]


@dataclass(frozen=True, slots=True)
class Done:
    job: Job
    result: Any
    wake: bool


class WriterEnded(Exception):
    """The thread that writes has ended: nothing is taken any more."""


class SqliteWriter:
    """`check` runs before each group and after its commit, and raises when what was written could be lost.

    `wake` must not raise: what it tells of is stored already.
    """

    def __init__(
        self,
        engine: sa.Engine,
        *,
        info: dict[str, Any],
        check: Callable[[], None],
        wake: Callable[[], None],
        translate: Callable[[BaseException], BaseException],
    ) -> None:
        self._engine, self._info = engine, info
        self._check, self._wake, self._translate = check, wake, translate
        self._waiting: Lanes[Job] = Lanes()
        # Nothing is put into the queue once it has ended: it would wait there for ever.
        self._ended = False
        self._ending = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="db-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[Session], Any], *, first: bool = False) -> Future[Any]:
        """Run `work` in a transaction, those that go `first` before others.

        Raises WriterEnded, at once, when nobody would do it.
        """
        job = Job(work, Future())
        with self._ending:
            if self._ended or not self._thread.is_alive():
                raise WriterEnded
            self._waiting.put(job, first=first)
        return job.future

    def close(self) -> None:
        """Finish what waits, then end."""
        with self._ending:
            self._ended = True
            self._waiting.end()
        self._thread.join()

    def _run(self) -> None:
        while (job := self._waiting.take()) is not None:
            group = [job]
            ending = False
            while len(group) < LARGEST_GROUP and not self._waiting.empty():
                more = self._waiting.take()
                if more is None:
                    ending = True
                    break
                group.append(more)
            try:
                self._commit(group)
            except BaseException as exc:
                # A fault of this file. Without this thread nothing is ever stored again: it goes on.
                for job in group:
                    _fail(job, exc)
            if ending:
                return

    def _commit(self, group: list[Job]) -> None:
        done: list[Done] = []
        try:
            self._check()
            with self._engine.connect() as connection, connection.begin():
                for job in group:
                    self._do(connection, job, done, alone=len(group) == 1)
            self._check()
        except BaseException as exc:
            # Nothing of the group is stored. Those that had failed by themselves already have their answer.
            failure = self._translate(exc)
            for job in group:
                _fail(job, failure)
            return
        for finished in done:
            finished.job.future.set_result(finished.result)
        if any(finished.wake for finished in done):
            self._wake()

    def _do(self, connection: sa.Connection, job: Job, done: list[Done], *, alone: bool) -> None:
        """One transaction of the group. Raises only when the whole group is lost."""
        if not job.future.set_running_or_notify_cancel():
            return
        mode: JoinTransactionMode = "rollback_only" if alone else "create_savepoint"
        session = Session(connection, join_transaction_mode=mode, expire_on_commit=False, info=dict(self._info))
        try:
            with session:
                result = job.work(session)
                session.commit()
                wake = bool(session.info.get("wake"))
        except sa.exc.OperationalError:
            # SQLite may have rolled everything back by itself: go no further, commit nothing.
            raise
        except BaseException as exc:
            if alone:
                connection.rollback()
            job.future.set_exception(self._translate(exc))
        else:
            done.append(Done(job, result, wake))


def _fail(job: Job, failure: BaseException) -> None:
    """Tell whoever waits, unless they have their answer or have gone."""
    with contextlib.suppress(InvalidStateError):
        job.future.set_exception(failure)
