"""Benchmarks: `make bench`, or one of them by `python -m bench.<name>`."""
