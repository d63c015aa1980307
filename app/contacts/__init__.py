"""A supporter's contact with somebody: what they are told of it, their answer, and its end (STUDY D06; domain, 2.1)."""
