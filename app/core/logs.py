"""Logs as JSON lines on standard output. Each field is chosen: never a header, an address, a path or a body."""

from __future__ import annotations

import contextlib
import logging
import sys
from typing import TextIO

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
    handler.setFormatter(_Short())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
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
        parts = [record.levelname, record.name]
        if record.name == "uvicorn.error":
            parts.append(_without_traceback(record.getMessage()))
        if record.exc_info and record.exc_info[0] is not None:
            parts.append(record.exc_info[0].__name__)
        return " ".join(parts)


def _without_traceback(text: str) -> str:
    if not text.startswith("Traceback"):
        return text.strip()
    lines = text.strip().splitlines()
    places = [line.strip() for line in lines if line.startswith("  File ")]
    return f"{lines[-1].partition(':')[0]} in {places[-1] if places else 'the server'}"
