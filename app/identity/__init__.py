"""Who is calling: people, passwords, access tokens, refresh families, roles."""
