"""Logs as JSON lines on standard output. Each field is chosen: never a header, an address, a path or a body."""

from __future__ import annotations

import logging
import sys

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
        logger_factory=structlog.PrintLoggerFactory(file=sys.stdout),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stdout, format="%(levelname)s %(name)s")
    # Libraries log addresses and URLs at INFO.
    for name in ("httpx", "httpcore", "uvicorn.access", "sqlalchemy", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
