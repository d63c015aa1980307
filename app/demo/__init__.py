"""The demo: two schools, people with known passwords, a receiver of webhooks, and a journey that plays itself.

Refused anywhere but on a loopback address in development.
"""
