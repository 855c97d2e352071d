"""The report as one HTML page that loads nothing from anywhere."""

from html import escape
from typing import Any

from gamepilot_mon.loadtest.page import sections
from gamepilot_mon.loadtest.page.style import STYLE


def render(report: dict[str, Any]) -> str:
    ended = "" if report["ended"] == "done" else f'<p class="bad">Ended early: {escape(report["ended"])}.</p>'
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>Load test</title>'
        f"<style>{STYLE}</style></head><body><h1>Load test of {escape(report['target']['url'])}</h1>"
        f'<p class="soft">{_moment(report["startedAt"])} to {_moment(report["endedAt"])} UTC, '
        f"{report['machine']['cores']} cores, {escape(report['machine']['system'])}</p>"
        f'<p class="answer">{escape(report["capacity"]["sentence"])}</p>{ended}{sections.cards(report)}'
        f"<h2>By the number of clients</h2>{sections.charts(report)}"
        f"<h2>Delay from publishing to reading, ms</h2>{sections.delays(report['stages'])}"
        f"<h2>Losses</h2>{sections.losses(report)}"
        f"<h2>Connections</h2>{sections.connections(report['stages'])}"
        f"<h2>The server</h2>{sections.server(report['stages'])}"
        f"<h2>The users</h2>{sections.users(report)}"
        f"<h2>Requests beside the feed</h2>{sections.requests(report['requests'])}"
        f"<h2>What was asked for</h2>{sections.plan(report['plan'])}</body></html>\n"
    )


def _moment(iso: str) -> str:
    return escape(iso[:19].replace("T", " "))
