"""Tenants: what each school decided for itself, its calendar, its keys."""
