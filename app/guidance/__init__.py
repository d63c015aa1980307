"""What to notice, what to do, what to say: the words that a worried student gets at once (STUDY T01-T03)."""
