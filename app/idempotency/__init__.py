"""Retries that have one effect: the Idempotency-Key header (draft-ietf-httpapi-idempotency-key-header-07)."""
