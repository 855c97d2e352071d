"""The report as one HTML page that loads nothing from anywhere."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

WIDTH, HEIGHT, EDGE = 640, 200, 44

STYLE = """
:root{color-scheme:light dark;--line:#c8ced6;--soft:#5b6470;--mark:#0b6bcb;--bad:#dc3545;--good:#28a745}
@media (prefers-color-scheme:dark){:root{--line:#3a424d;--soft:#9aa5b1;--mark:#6cb2ff}}
body{font:15px/1.5 system-ui,sans-serif;max-width:68rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}
.answer{font-size:1.15rem;border-left:4px solid var(--mark);padding:.4rem .8rem}
.bad{color:var(--bad)}.good{color:var(--good)}.soft{color:var(--soft)}.wide{overflow-x:auto}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{padding:.25rem .6rem;border-bottom:1px solid var(--line);text-align:right}
th:first-child,td:first-child{text-align:left}svg{max-width:100%;height:auto}svg text{fill:var(--soft);font-size:11px}
"""


def render(report: dict[str, Any]) -> str:
    verdict = (
        '<p class="good">Nothing was lost, doubled or out of order.</p>' if report["intact"]
        else '<p class="bad">Something was lost, doubled or out of order.</p>'
    )  # fmt: skip
    ended = "" if report["ended"] == "done" else f'<p class="bad">Ended early: {escape(report["ended"])}.</p>'
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>Load test</title>'
        f"<style>{STYLE}</style></head><body><h1>Load test of {escape(report['target']['url'])}</h1>"
        f'<p class="soft">{report["startedAt"]} to {report["endedAt"]}, {report["machine"]["cores"]} cores, '
        f"{escape(report['machine']['system'])}</p>"
        f'<p class="answer">{escape(report["capacity"]["sentence"])}</p>{verdict}{ended}'
        f"<h2>Delay from publishing to reading</h2>{_chart(report)}"
        f"{_latency(report['stages'], 'latencyMs')}"
        "<h2>The same in a storm</h2>"
        f"{_latency(report['stages'], 'stormMs')}"
        f"<h2>Connections and losses</h2>{_connections(report['stages'])}"
        f"<h2>The server</h2>{_server(report['stages'])}"
        f"<h2>Requests beside the feed</h2>{_requests(report['requests'])}"
        f"<h2>What was asked for</h2>{_plan(report['plan'])}</body></html>\n"
    )


def _table(heads: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    head = "".join(f"<th scope=col>{escape(name)}</th>" for name in heads)
    body = "".join("<tr>" + "".join(f"<td>{_cell(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int | float) else escape(str(value))


def _latency(stages: Sequence[dict[str, Any]], which: str) -> str:
    rows = [
        (stage["connected"], name, times["count"], times["p50"], times["p95"], times["p99"], times["max"])
        for stage in stages
        for name, times in stage[which].items()
    ]
    return _table(("clients", "transport", "items read", "p50 ms", "p95 ms", "p99 ms", "max ms"), rows)


def _connections(stages: Sequence[dict[str, Any]]) -> str:
    heads = (
        "clients", "connected", "connects/s", "p99 connect ms", "cut", "ended by server", "came back", "stuck",
        "lost", "twice", "out of order", "gaps", "refused",
    )  # fmt: skip
    rows = [
        (
            stage["clients"], stage["connected"], stage["connectsPerS"], stage["connectMs"]["all"]["p99"],
            stage["cuts"], stage["endedByServer"], stage["returned"], stage["stuckReaders"], stage["missing"],
            stage["duplicates"], stage["outOfOrder"], stage["gaps"], sum(stage["refused"].values()),
        )
        for stage in stages
    ]  # fmt: skip
    return _table(heads, rows)


def _server(stages: Sequence[dict[str, Any]]) -> str:
    if all(stage["server"]["rss"] is None for stage in stages):
        return '<p class="soft">Its processes are not on this machine, or not ours to look at.</p>'
    rows = [
        (
            stage["connected"], _share(stage["server"]["cpuShare"]), _megabytes(stage["server"]["rss"]),
            _share(stage["clientCpuShare"]),
        )
        for stage in stages
    ]  # fmt: skip
    note = '<p class="soft">The load test runs beside the server and takes its share of the same cores.</p>'
    return _table(("clients", "server % of a core", "server MB", "load test % of a core"), rows) + note


def _requests(requests: dict[str, Any]) -> str:
    rows = [
        (name, entry["done"], ", ".join(f"{count} × {code}" for code, count in entry["statuses"].items()),
         entry["ms"]["p50"], entry["ms"]["p99"])
        for name, entry in requests.items()
    ]  # fmt: skip
    return _table(("what", "done", "answers", "p50 ms", "p99 ms"), rows)


def _plan(plan: dict[str, Any]) -> str:
    return _table(("setting", "value"), [(name, _words(value)) for name, value in plan.items()])


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {part}" for name, part in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _share(value: float | None) -> float | None:
    return None if value is None else round(value * 100, 1)


def _megabytes(value: int | None) -> float | None:
    return None if value is None else round(value / 1e6, 1)


def _chart(report: dict[str, Any]) -> str:
    """p50 and p99 by clients, with the target as a dashed line."""
    stages = [stage for stage in report["stages"] if stage["latencyMs"]["all"]["count"]]
    if not stages:
        return ""
    target = report["capacity"]["targetMs"]
    top = max(target, *(stage["latencyMs"]["all"]["p99"] for stage in stages)) * 1.1
    most = max(stage["connected"] for stage in stages) or 1

    def place(clients: float, ms: float) -> str:
        x = EDGE + clients / most * (WIDTH - 2 * EDGE)
        return f"{x:.1f},{HEIGHT - 24 - ms / top * (HEIGHT - 40):.1f}"

    lines = "".join(
        f'<polyline fill="none" stroke="var({colour})" stroke-width="2" points="'
        + " ".join(place(stage["connected"], stage["latencyMs"]["all"][name]) for stage in stages)
        + '"/>'
        for name, colour in (("p50", "--soft"), ("p99", "--mark"))
    )
    level = place(0, target).split(",")[1]
    marks = "".join(
        f'<text x="{place(stage["connected"], 0).split(",")[0]}" y="{HEIGHT - 6}" text-anchor="middle">'
        f"{stage['connected']:,}</text>"
        for stage in stages
    )
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" role="img" '
        'aria-label="p50 and p99 delay by number of clients">'
        f'<line x1="{EDGE}" x2="{WIDTH - EDGE}" y1="{level}" y2="{level}" stroke="var(--bad)" stroke-dasharray="4 4"/>'
        f'<text x="2" y="{level}">{target:.0f} ms</text>{lines}{marks}</svg>'
        '<p class="soft">Lines: p99 (blue) and p50 (grey) over the number of clients; dashed: the target.</p>'
    )
