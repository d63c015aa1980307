"""What a paged person may read of a report or a request, and what they do with it; nothing else of it."""
