"""The load test: many live clients against a running monitor, and a report of what they saw."""
