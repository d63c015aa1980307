"""Case advice on demand: a supporter asks, whoever is on duty is paged, and answers (STUDY T10, D11)."""
