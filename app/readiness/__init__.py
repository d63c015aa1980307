"""Readiness: what a school must have before people may rely on it."""
