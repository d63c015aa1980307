"""What is kept for how long, what must not be erased, and the runs that erase the rest (domain, 3.5)."""
