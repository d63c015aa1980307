"""Stories that people tell of themselves: told, reviewed, published, and taken back by whoever told them."""
