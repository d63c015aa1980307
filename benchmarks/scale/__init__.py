"""Size: a deployment of a thousand schools, what it costs to store, to ask and to keep running."""
