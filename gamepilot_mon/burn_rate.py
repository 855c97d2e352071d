"""Burn rate: how many times faster than its objective allows a service spends its error budget. Pure.

burn = (bad / total) / (1 - objective); 1 spends exactly the whole budget in the period of the objective. An alert at
14.4 over an hour means that 2 % of a 30-day budget went in that hour, 6 over six hours 5 %, 1 over three days 10 %;
the short window, a twelfth of the long one, ends the alert soon after the trouble has.

Source: The Site Reliability Workbook (Beyer et al., O'Reilly 2018), chapter 5 "Alerting on SLOs", section
"Multiwindow, Multi-Burn-Rate Alerts" and its table of recommended parameters for an SLO of 99.9 %.
"""

from gamepilot_mon.clock import DAY_MS, HOUR_MS, MINUTE_MS
from gamepilot_mon.rules import Pair

RECOMMENDED = (
    Pair(HOUR_MS, 5 * MINUTE_MS, 14.4, "critical"),
    Pair(6 * HOUR_MS, 30 * MINUTE_MS, 6.0, "critical"),
    Pair(3 * DAY_MS, 6 * HOUR_MS, 1.0, "warning"),
)


def budget(objective: float) -> float:
    """The share that may be bad: 0.999 -> 0.001."""
    return 1 - objective


def spans(pairs: tuple[Pair, ...]) -> tuple[int, ...]:
    """The windows that the pairs look at, each once, the shortest first."""
    return tuple(sorted({span for pair in pairs for span in (pair.long_ms, pair.short_ms)}))
