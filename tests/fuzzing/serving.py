"""`peerline serve`, but that wrong receipts and codes make nobody wait: a program that guesses would wait for hours."""

from __future__ import annotations

from app import cli
from app.core.ratelimit import Slowdown

if __name__ == "__main__":
    Slowdown.LONGEST_SECONDS = 0.0
    cli.main()
