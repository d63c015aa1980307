"""Escalations: whoever is on call is paged and must acknowledge, or the next one is; the end is never silent."""
