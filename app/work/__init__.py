"""Due work: a table of deadlines in the application's own database, and the engine that does what is due.

Rows are written in the transaction of what they follow from, so neither exists without the other. See
docs/architecture.md, "Work that happens later".
"""
