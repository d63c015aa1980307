"""Who to turn to: the national pack, a school's own entries, opening hours, and which of them to show first."""
