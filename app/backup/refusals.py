"""Why a backup is not made, or not used."""

from __future__ import annotations


class BackupRefused(Exception):
    """Nothing was made, or put in place; the text says why, and what to do."""
