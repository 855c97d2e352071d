"""Rollups: fold raw events into buckets of four widths, and read a window of them.

Of every series there are buckets of 10 s for two hours, of a minute for 48 hours, of five minutes for 30 days and of
an hour for 400 days.
"""

from gamepilot_mon.rollups.facts import TOTALLED
from gamepilot_mon.rollups.folding import CURSOR, Folder, fold, pending
from gamepilot_mon.rollups.moving import move
from gamepilot_mon.rollups.pruning import prune
from gamepilot_mon.rollups.reading import (
    buckets,
    by_label,
    each,
    hourly,
    newest,
    over,
    over_by_label,
    seen,
    sketched,
    sketches,
    summed,
    sums,
    window,
)
from gamepilot_mon.rollups.series import Labels
from gamepilot_mon.rollups.tiers import (
    FINE,
    FIVE,
    HOUR,
    KEPT_MS,
    MINUTE,
    WIDTHS,
    Part,
    Parts,
    between,
    past_spans,
    spans,
)

__all__ = [
    "CURSOR",
    "FINE",
    "FIVE",
    "HOUR",
    "KEPT_MS",
    "MINUTE",
    "TOTALLED",
    "WIDTHS",
    "Folder",
    "Labels",
    "Part",
    "Parts",
    "between",
    "buckets",
    "by_label",
    "each",
    "fold",
    "hourly",
    "move",
    "newest",
    "over",
    "over_by_label",
    "past_spans",
    "pending",
    "prune",
    "seen",
    "sketched",
    "sketches",
    "spans",
    "summed",
    "sums",
    "window",
]
