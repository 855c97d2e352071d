"""/load-tests: what `gamepilot-mon loadtest --save` kept, and a page for each report."""

from typing import Any

from flask import Blueprint, abort
from markupsafe import Markup

from gamepilot_mon import loadtest_reports
from gamepilot_mon.loadtest.page import sections
from gamepilot_mon.loadtest_reports import Report
from gamepilot_mon.settings import Settings
from gamepilot_mon.web.pages import shell

blueprint = Blueprint("loadtest_pages", __name__)


@blueprint.get("/load-tests")
def listing() -> str:
    return shell.render("loadtests/list.html", _list, shell.settings())


@blueprint.get("/load-tests/<name>")
def report(name: str) -> str:
    return shell.render("loadtests/report.html", _report, shell.settings(), name)


def _list(settings: Settings) -> dict[str, Any]:
    return {"reports": loadtest_reports.listing(settings.state_dir)}


def _report(settings: Settings, name: str) -> dict[str, Any]:
    found = loadtest_reports.find(settings.state_dir, name)
    if found is None:
        abort(404)
    try:
        return {"name": name, "report": found, **_sections(found)}
    except (KeyError, TypeError, AttributeError, IndexError, ValueError):
        abort(404, description="This file is no report that this version can show.")


def _sections(found: Report) -> dict[str, Markup]:
    """As the file of `--report` has them; every text in there is escaped already."""
    stages = found["stages"]
    made = {
        "cards": sections.cards(found),
        "charts": sections.charts(found),
        "delays": sections.delays(stages),
        "losses": sections.losses(found),
        "connections": sections.connections(stages),
        "server": sections.server(stages),
        "users": sections.users(found),
        "requests": sections.requests(found["requests"]),
        "plan": sections.plan(found["plan"]),
    }
    return {name: Markup(text) for name, text in made.items()}
