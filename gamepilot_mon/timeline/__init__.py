"""Timelines: a figure over time, in steps on the clock of a zone, read from the tier that fits."""
