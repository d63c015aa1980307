"""Supporters: where each stands in the programme, and what they may be given (STUDY T07 to T09, D10)."""
