"""What an operator may know of a running service, and nothing by which a report could be noticed (decision 50)."""
