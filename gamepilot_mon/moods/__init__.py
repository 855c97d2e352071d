"""Moods: what players feel and do over time, what follows from it, and whether recommendations lead to games."""
