"""Ratios measured in one run against real server processes: see README.md."""
