"""Signed webhooks (Standard Webhooks 1.0.0): endpoints, secrets, delivery, retry."""
