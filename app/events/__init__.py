"""What happens, told to those outside: event types with their payload schemas, and the outbox they are written to."""
