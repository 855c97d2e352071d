"""Sentry's protocol: envelopes of items, of which events and transactions become events of ours. Pure."""
