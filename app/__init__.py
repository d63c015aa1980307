"""Peerline: the backend of a peer-care programme."""

__version__ = "0.1.0"
