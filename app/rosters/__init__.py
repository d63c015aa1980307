"""Rosters: who is on call when, and when nobody is."""
