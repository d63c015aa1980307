"""What the tests run against: a real PostgreSQL, a real webhook receiver, and the product as a process of its own."""
