"""Logs as JSON lines on standard output. Each field is chosen: never a header, an address, a path or a body.

docs/monitoring.md lists every event and its fields. What libraries say and what Python prints of an exception that
nobody caught becomes such a line too, without its text: one JSON object a line, whatever happens.
"""

from __future__ import annotations

import contextlib
import json
import logging
import sys
import threading
import traceback
from types import TracebackType
from typing import Any, TextIO

import structlog


def configure(*, pretty: bool) -> None:
    """`pretty` is for a terminal. Uvicorn's access log stays off: it writes addresses, paths and queries."""
    renderer = structlog.dev.ConsoleRenderer(colors=False) if pretty else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(file=_Losable(sys.stdout)),  # type: ignore[arg-type]  # it only writes and flushes
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_Short() if pretty else _Json())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.captureWarnings(True)
    _say_no_texts()
    # Libraries log addresses and URLs at INFO.
    for name in ("httpx", "httpcore", "uvicorn.access", "sqlalchemy", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)


class _Losable:
    """Where a line may be lost: a full disk, or a reader that is gone, must not end what the line is about.

    What libraries say goes through `logging`, whose handler catches that itself.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._file.write(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._file.flush()


class _Short(logging.Formatter):
    """What a library warns of: by its name, for its texts may quote anything. Only the server says why it cannot run,
    and of an exception never more than its kind and place."""

    def format(self, record: logging.LogRecord) -> str:
        fields = _fields(record)
        return " ".join(
            [record.levelname, record.name, *(fields[name] for name in ("text", "error") if name in fields)]
        )


class _Json(logging.Formatter):
    """The same as one JSON object a line, with the fields that our own lines have."""

    def format(self, record: logging.LogRecord) -> str:
        at = structlog.processors.TimeStamper(fmt="iso", utc=True)(None, "", {})["timestamp"]
        fields = {"event": "library", "logger": record.name} | _fields(record)
        return json.dumps(fields | {"level": record.levelname.lower(), "timestamp": at}, ensure_ascii=False)


def _fields(record: logging.LogRecord) -> dict[str, str]:
    fields = {}
    if record.name == "uvicorn.error":
        fields["text"] = _without_traceback(record.getMessage())
    if record.exc_info and record.exc_info[0] is not None:
        fields["error"] = record.exc_info[0].__name__
    return fields


def places_of(trace: TracebackType | None) -> list[str]:
    """The last twelve calls of an exception: file, line and function, and nothing that they were given."""
    frames = traceback.extract_tb(trace)[-12:]
    return [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in frames]


def _say_no_texts() -> None:
    """Python prints the text of what nobody caught, and it may quote what somebody wrote."""
    log = structlog.get_logger("peerline")

    def ended(kind: type[BaseException], _exc: BaseException, trace: TracebackType | None) -> None:
        log.critical("process.crashed", error=kind.__name__, where=places_of(trace))

    def thread_ended(args: threading.ExceptHookArgs) -> None:
        if args.exc_type is not SystemExit:
            log.error("process.thread_crashed", error=args.exc_type.__name__, where=places_of(args.exc_traceback))

    def lost(args: Any) -> None:
        log.error("process.exception_lost", error=args.exc_type.__name__, where=places_of(args.exc_traceback))

    sys.excepthook, threading.excepthook, sys.unraisablehook = ended, thread_ended, lost


def _without_traceback(text: str) -> str:
    if not text.startswith("Traceback"):
        return text.strip()
    lines = text.strip().splitlines()
    places = [line.strip() for line in lines if line.startswith("  File ")]
    return f"{lines[-1].partition(':')[0]} in {places[-1] if places else 'the server'}"
