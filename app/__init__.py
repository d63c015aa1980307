"""Peerline: the backend of a peer-care programme."""

import datetime as dt

__version__ = "0.1.0"
# The day of that version. What is shipped with it is in time for review on that day; later it says itself that it is
# not. Both are changed together.
RELEASED_ON = dt.date(2026, 11, 26)
