"""The append-only trail of what people of the programme did."""
