"""The configuration that can change while running: defaults from the settings, overridden by stored versions.

The document is camelCase JSON outside and a frozen model inside. An override holds only the leaves
that differ from the settings, so a changed environment still reaches everything that nobody overrode.
"""

from gamepilot_mon.runtime_config.model import RuntimeConfig, Thresholds
from gamepilot_mon.runtime_config.origins import WELL_KNOWN, defaults
from gamepilot_mon.runtime_config.parsing import Absent, Problem, well_known
from gamepilot_mon.runtime_config.stored import (
    Stored,
    VersionMismatch,
    as_of,
    change,
    changed_at,
    current,
    roll_back,
    tried,
)

__all__ = [
    "WELL_KNOWN", "Absent", "Problem", "RuntimeConfig", "Stored", "Thresholds", "VersionMismatch", "as_of",
    "change", "changed_at", "current", "defaults", "roll_back", "tried", "well_known",
]  # fmt: skip
