"""Key figures: a value, what it was at the earlier time, and whether that is better or worse. Pure."""

from dataclasses import dataclass
from typing import Literal

Better = Literal["higher", "lower", "neither"]
STEADY = 0.05  # a change of less says nothing; of a ratio, half a percentage point
STEADY_RATIO = 0.005


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """`format` is one of templates/macros/value.html; `chart` the id of the chart that shows it over time."""

    label: str
    format: str
    value: float | None
    then: float | None
    better: Better
    chart: str

    @property
    def change(self) -> float | None:
        """Of a ratio the difference, else the share of what it was; None when one is missing or it was 0."""
        if self.value is None or self.then is None:
            return None
        if self.format == "ratio":
            return self.value - self.then
        if not self.then:
            return None if self.value else 0.0
        return self.value / self.then - 1

    @property
    def verdict(self) -> str | None:
        """better | worse | changed | steady; None when there is nothing to compare with."""
        if self.value is None or self.then is None:
            return None
        if self.change is None:
            return self._towards(up=True)
        if abs(self.change) < (STEADY_RATIO if self.format == "ratio" else STEADY):
            return "steady"
        return self._towards(up=self.change > 0)

    def _towards(self, *, up: bool) -> str:
        if self.better == "neither":
            return "changed"
        return "better" if up == (self.better == "higher") else "worse"
