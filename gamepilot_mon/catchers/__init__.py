"""Servers that stand in for Slack and for a mail host: they take real messages and can be told to fail."""
