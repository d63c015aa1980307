"""Peerline: the backend of a peer-care programme."""

import datetime as dt
import gc

__version__ = "0.1.0"
# The day of that version. What is shipped with it is in time for review on that day; later it says itself that it is
# not. Both are changed together.
RELEASED_ON = dt.date(2026, 11, 26)

# Reading the code makes a million objects and next to no garbage: to look for it meanwhile, some 1,500 times, was an
# eighth of a start. For what is served then `keep_what_is_loaded` puts back Python's own; a command ends soon.
GARBAGE_IS_LOOKED_FOR_AFTER = gc.get_threshold()
gc.set_threshold(50_000)
