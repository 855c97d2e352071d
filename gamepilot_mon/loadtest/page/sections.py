"""What the page tells, a function a section. `report` is what report.build() makes."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gamepilot_mon.loadtest.page import chart
from gamepilot_mon.loadtest.page.chart import Line
from gamepilot_mon.loadtest.page.table import Row, megabytes, percent, table, written

Stage = Mapping[str, Any]

SETTINGS = {
    "stages": "clients, by stage",
    "transports": "transports and their shares",
    "holdS": "seconds that a stage is held",
    "itemsPerS": "items a second",
    "itemBytes": "bytes of padding in an item",
    "storm": "items at once in the middle of a stage",
    "cutsPerMinute": "share of the connections that breaks in a minute",
    "stuckShare": "share that stops reading in a stage",
    "reportsEvents": "users report events",
}


def cards(report: Mapping[str, Any]) -> str:
    """The answers in short; the last stage's where they differ by stage."""
    faults = lost(report["totals"]), report["totals"]["duplicates"], report["totals"]["outOfOrder"]
    verdict = "good" if report["intact"] else "bad"
    capacity = report["capacity"]
    shown = [
        _card(_unit("≥ " if capacity["atLeast"] else "≈ ", capacity["clients"], ""), "clients carried"),
        *(_stage_cards(report["stages"][-1]) if report["stages"] else ()),
        _card(" · ".join(map(written, faults)), "lost · twice · out of order", verdict),
    ]
    return f'<div class="cards">{"".join(shown)}</div>'


def lost(totals: Mapping[str, int]) -> int:
    return totals["missing"] + totals["neverSeen"]


def _stage_cards(stage: Stage) -> tuple[str, ...]:
    times, among = stage["latencyMs"]["all"], f"{stage['connected']:,} clients"
    return (
        _card(f"{written(times['p50'])} · {written(times['p99'])}", f"ms, p50 · p99 at {among}"),
        _card(_unit("", percent(stage["server"]["cpuShare"]), " %"), f"of a core, the server at {among}"),
        _card(_unit("", megabytes(stage["server"]["rss"]), " MB"), f"the server at {among}"),
    )


def _card(text: str, about: str, kind: str = "") -> str:
    return f'<div class="card"><b class="{kind}">{text}</b><span>{about}</span></div>'


def _unit(before: str, value: float | None, after: str) -> str:
    return "–" if value is None else f"{before}{written(value)}{after}"


def charts(report: Mapping[str, Any]) -> str:
    stages = report["stages"]
    marks = (("p99", "--mark"), ("p95", "--mid"), ("p50", "--soft"))
    delays = [
        Line(name, colour, _points((stage["connected"], stage["latencyMs"]["all"][name]) for stage in stages))
        for name, colour in marks
    ]
    shares = _points((stage["connected"], percent(stage["server"]["cpuShare"])) for stage in stages)
    sizes = _points((stage["connected"], megabytes(stage["server"]["rss"])) for stage in stages)
    drawn = (
        chart.draw("Delay, ms", delays, limit=report["capacity"]["targetMs"], width=400),
        chart.draw("The server, % of a core", [Line("server", "--mark", shares)], width=280),
        chart.draw("The server, MB", [Line("server", "--mark", sizes)], width=280),
    )
    return f'<div class="charts">{"".join(drawn)}</div>'


def _points(pairs: Iterable[tuple[int, float | None]]) -> tuple[tuple[float, float], ...]:
    return tuple((clients, value) for clients, value in pairs if value is not None)


def delays(stages: Sequence[Stage]) -> str:
    heads = (
        "clients", "transport", "items read", "p50", "p95", "p99", "max",
        "in the storm", "p50", "p95", "p99", "max",
    )  # fmt: skip
    return table(heads, [row for stage in stages for row in _delays_of(stage)], words=2)


def _delays_of(stage: Stage) -> Iterable[Row]:
    for name in {**stage["latencyMs"], **stage["stormMs"]}:
        part = name != "all"
        times = (_times(stage[which].get(name)) for which in ("latencyMs", "stormMs"))
        clients = "" if part else written(stage["connected"])
        yield Row((clients, name, *(cell for cells in times for cell in cells)), part=part)


def _times(times: Mapping[str, Any] | None) -> tuple[Any, ...]:
    return (
        (None,) * 5 if times is None else tuple(times[name] for name in ("count", "p50", "p95", "p99", "max"))
    )


def losses(report: Mapping[str, Any]) -> str:
    totals = report["totals"]
    heads = ("clients", "items read", "lost", "twice", "out of order", "gaps told")
    rows = [
        Row((
            stage["connected"], stage["received"]["all"], stage["missing"], stage["duplicates"],
            stage["outOfOrder"], stage["gaps"],
        ))
        for stage in report["stages"]
    ]  # fmt: skip
    verdict = (
        '<p class="good">Nothing was lost, doubled or out of order.</p>' if report["intact"]
        else '<p class="bad">Something was lost, doubled or out of order.</p>'
    )  # fmt: skip
    published = (
        f'<p class="soft">{totals["published"]:,} items were published, of which nobody had '
        f"{totals['neverSeen']:,}. What a client lacks is judged by the ids that others had of its topics.</p>"
    )
    return verdict + table(heads, rows) + published


def connections(stages: Sequence[Stage]) -> str:
    heads = (
        "clients", "connected", "connects/s", "p50 ms", "p99 ms", "cut", "ended by server", "came back",
        "stuck readers", "refused", "failed",
    )  # fmt: skip
    rows = [
        Row((
            stage["clients"], stage["connected"], stage["connectsPerS"], stage["connectMs"]["all"]["p50"],
            stage["connectMs"]["all"]["p99"], stage["cuts"], stage["endedByServer"], stage["returned"],
            stage["stuckReaders"], sum(stage["refused"].values()), sum(stage["failedConnects"].values()),
        ))
        for stage in stages
    ]  # fmt: skip
    return table(heads, rows)


def server(stages: Sequence[Stage]) -> str:
    if all(stage["server"]["rss"] is None for stage in stages):
        return '<p class="soft">Its processes are not on this machine, or not ours to look at.</p>'
    heads = ("clients", "CPU seconds", "% of a core", "MB", "the load test, % of a core")
    rows = [
        Row((
            stage["connected"], stage["server"]["cpuS"], percent(stage["server"]["cpuShare"]),
            megabytes(stage["server"]["rss"]), percent(stage["clientCpuShare"]),
        ))
        for stage in stages
    ]  # fmt: skip
    note = '<p class="soft">While a stage is held. The load test takes its share of the same cores.</p>'
    return table(heads, rows) + note


def users(report: Mapping[str, Any]) -> str:
    """How many of each kind, by transport, in the largest stage that was asked for."""
    transports = list(report["plan"]["transports"])
    rows = [
        Row((
            entry["name"], ", ".join(entry["topics"]) or "what all get", f"{entry['share']:.0%}", entry["clients"],
            *(entry["transports"].get(name, 0) for name in transports),
        ))
        for entry in report["users"]
    ]  # fmt: skip
    return table(("users", "watch", "share", "clients", *transports), rows, words=2)


def requests(requests: Mapping[str, Any]) -> str:
    rows = [
        Row((
            name, ", ".join(f"{count} × {code}" for code, count in entry["statuses"].items()), entry["done"],
            entry["ms"]["p50"], entry["ms"]["p99"],
        ))
        for name, entry in requests.items()
    ]  # fmt: skip
    return table(("what", "answers", "done", "p50 ms", "p99 ms"), rows, words=2)


def plan(plan: Mapping[str, Any]) -> str:
    rows = [Row((words, _words(plan[name]))) for name, words in SETTINGS.items()]
    return table(("setting", "value"), rows, words=2)


def _words(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case dict():
            return ", ".join(f"{name} {_words(part)}" for name, part in value.items())
        case list():
            return ", ".join(map(_words, value))
        case float():
            return f"{value:g}"
    return written(value)
