"""Copies of the whole database, sealed, and the way back (docs/backup.md). Of the master keys there is none in them."""
