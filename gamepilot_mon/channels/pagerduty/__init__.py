"""PagerDuty by its Events API v2: one incident an alert, opened, updated, acknowledged and resolved by it."""

from gamepilot_mon.channels import Message, Receipt, Traits
from gamepilot_mon.channels.pagerduty.config import PagerDutyConfig
from gamepilot_mon.channels.pagerduty.options import PagerDutyOptions as Options
from gamepilot_mon.pace import Pace

__all__ = ["Options", "PagerDutyConfig", "kind", "prepare", "send", "traits"]

kind = "pagerduty"
# Incidents are kept by key, so each alert must arrive; 120 events a minute is what one key may send.
traits = Traits(pace=Pace(every_ms=500, burst=10), summarises=False)


def prepare() -> None:
    """Load what sending takes; where nothing is sent, nothing is loaded."""
    from gamepilot_mon.channels.pagerduty import enqueue  # noqa: F401


def send(config: PagerDutyConfig, message: Message) -> Receipt:
    # Imported with the first message: requests takes 8 MB that an idle process does not need.
    from gamepilot_mon.channels.pagerduty import enqueue

    return enqueue.send(config, message)
