"""What `peerline serve` and `peerline worker` do: one process, or what each process of a group does."""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app import GARBAGE_IS_LOOKED_FOR_AFTER, startup
from app.command import fail, open_db
from app.core.db import Database
from app.core.listening import listen
from app.guidance.library import load_library
from app.kinds import RECURRING, urgent_kinds
from app.metrics import listener
from app.serving import api, memory
from app.serving.children import Part, Run
from app.serving.group import Group
from app.settings import Settings, UnsafeSettings, from_environment
from app.worker import Watch, Worker

# Makes the application; given, because to read its code takes two seconds, which other commands do without.
CreateApp = Callable[..., Any]
LOOK_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Plan:
    """How many processes; `work_beside`: those of the API do due work too."""

    processes: int
    workers: int
    work_beside: bool

    @property
    def several(self) -> bool:
        return self.processes > 1 or self.workers > 0


def require_several(plan: Plan, settings: Settings) -> None:
    """Raise UnsafeSettings when the database is not one that several processes can share."""
    if plan.several and settings.is_sqlite:
        raise UnsafeSettings(
            "--processes and --workers are for PostgreSQL: the embedded SQLite file has one writer, and one process "
            "that does everything. Give PEERLINE_DATABASE_URL, or leave both out."
        )


def _require_ports_for_metrics(plan: Plan, settings: Settings) -> None:
    """Raise UnsafeSettings where a process of the group would have no port of its own, and so never begin."""
    first, number = settings.metrics_port, plan.processes + plan.workers
    last = first + number - 1
    if not first or not plan.several or (last <= 65_535 and not first <= settings.port <= last):
        return
    why = "beyond the last port there is" if last > 65_535 else "PEERLINE_PORT is one of them"
    raise UnsafeSettings(
        f"PEERLINE_METRICS_PORT is that of the first of {number} processes, and the others have the ports after it, up "
        f"to {last}: {why}."
    )


def serve(plan: Plan, settings: Settings, *, create_app: CreateApp) -> int:
    """Serve until told to end. Gives the exit code; raises what app/exits.py explains before anything is served."""
    _require_ports_for_metrics(plan, settings)
    db = open_db(settings)
    try:
        startup.check(settings, db)
        sockets = listen(settings.host, settings.port, settings="PEERLINE_PORT (or PEERLINE_HOST)")
        if not plan.several:
            _api(create_app, settings, db, sockets=sockets, with_worker=plan.work_beside)
            return 0
    finally:
        db.close()
    # Read once, and shared by all that are forked: routes, and what is shipped to be read. With the database that is
    # closed, because one that is open has threads.
    create_app(settings, db, with_worker=False)
    load_library()
    keep_what_is_loaded()
    wanted = {Part.API: plan.processes, Part.WORKER: plan.workers}

    def run(part: Part, number: int) -> Run:
        return lambda ready: _be(part, number, plan, sockets, create_app=create_app, ready=ready)

    return Group(wanted, run=run, sockets=sockets, drain_seconds=settings.drain_seconds).run_group()


def work(settings: Settings, db: Database, *, ready: Callable[[], None] = lambda: None) -> None:
    """Do due work until told to end."""
    startup.check(settings, db)
    keep_what_is_loaded()
    memory.give_back_now_and_then()
    asyncio.run(_work(db, settings, ready=ready))


def settings_of_process(number: int) -> Settings:
    """Of one process of a group: each tells of itself alone, at a port of its own. Raises UnsafeSettings."""
    settings = from_environment()
    if not settings.metrics_port:
        return settings
    return from_environment(metrics_port=settings.metrics_port + number)


def keep_what_is_loaded() -> None:
    """Code and routes are no garbage: each full collection that looks through them stops everything for a while."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_IS_LOOKED_FOR_AFTER)


def _be(
    part: Part,
    number: int,
    plan: Plan,
    sockets: list[socket.socket],
    *,
    create_app: CreateApp,
    ready: Callable[[], None],
) -> None:
    """One process of the group. The settings are read anew: what stands in files may be other than it was."""
    settings = settings_of_process(number)
    db = open_db(settings)
    try:
        if part is Part.WORKER:
            for one in sockets:
                one.close()
            work(settings, db, ready=ready)
        else:
            startup.check(settings, db)
            _api(create_app, settings, db, sockets=sockets, with_worker=plan.work_beside, ready=ready)
    finally:
        db.close()


def _api(
    create_app: CreateApp,
    settings: Settings,
    db: Database,
    *,
    sockets: list[socket.socket],
    with_worker: bool,
    ready: Callable[[], None] = lambda: None,
) -> None:
    app = create_app(settings, db, with_worker=with_worker)
    keep_what_is_loaded()
    memory.give_back_now_and_then()
    with listener.serve(
        settings,
        db,
        urgent=urgent_kinds(),
        recurring=RECURRING,
        requests=getattr(app.state, "requests", None),
        lanes=lambda: app.state.runtime.watch.lanes if app.state.runtime.watch is not None else None,
    ):
        started = api.run(app, settings, sockets=sockets, on_started=ready)
    if not started:
        fail(f"The service did not start at {settings.local_url}. The lines above say why.", 1)


async def _work(db: Database, settings: Settings, *, ready: Callable[[], None]) -> None:
    watch = Watch(lambda: Worker(db, settings))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, watch.stop)
    saying = asyncio.create_task(_say(watch, ready))
    with listener.serve(settings, db, urgent=urgent_kinds(), recurring=RECURRING, lanes=lambda: watch.lanes):
        await watch.run()
    saying.cancel()


async def _say(watch: Watch, ready: Callable[[], None]) -> None:
    """That it works, when it does: until then the one that it replaces goes on."""
    while not watch.at_work:
        await asyncio.sleep(LOOK_SECONDS)
    ready()
