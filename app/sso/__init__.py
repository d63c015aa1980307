"""The school's own sign-in: OpenID Connect providers, their keys, and what their ID tokens are exchanged for."""
