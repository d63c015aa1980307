"""Anonymous "I'm worried about a peer" reports: help in the answer, a receipt to come back with, a dialogue."""
