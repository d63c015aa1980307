"""How the product runs: one process, or a group of them behind one socket, and how each of them ends.

See docs/operations.md, and docs/decisions/0051-one-socket-many-processes.md.
"""
