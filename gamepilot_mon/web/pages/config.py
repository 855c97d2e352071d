"""/config-versions: who changed the configuration and the rules, how, and back again."""

from typing import Any

from flask import Blueprint, abort, redirect, request
from werkzeug.wrappers import Response

from gamepilot_mon import audit, runtime_config, stored_rules
from gamepilot_mon.clock import iso, utcnow
from gamepilot_mon.models import ConfigVersion, RuleVersion, StoredRule
from gamepilot_mon.rule_spec import Refused
from gamepilot_mon.runtime_config import Problem, comparing
from gamepilot_mon.settings import Settings
from gamepilot_mon.stored_rules import Gone
from gamepilot_mon.web import store
from gamepilot_mon.web.newest_first import Page, following, rows_of
from gamepilot_mon.web.pages import shell

blueprint = Blueprint("config_pages", __name__, url_prefix="/config-versions")

PAGE = 50
LONGEST_REASON = 300


@blueprint.get("")
def versions() -> str:
    """The versions, and the difference of two of them: by default what the newest one changed."""
    chosen = _number("from"), _number("to")
    return shell.render("config/versions.html", _versions, shell.settings(), _page(), *chosen)


@blueprint.get("/<int:version>/restore")
def restore_page(version: int) -> str:
    """What going back would change, and the button."""
    return shell.render("config/restore.html", _going_back, shell.settings(), version, error=None)


@blueprint.post("/<int:version>/restore")
def restore(version: int) -> Response | tuple[str, int]:
    settings, reason = shell.settings(), request.form.get("reason", "").strip()[:LONGEST_REASON]
    why = f"back to version {version}" + (f": {reason}" if reason else "")
    try:
        store.write(runtime_config.roll_back, settings, version, audit.actor().name, utcnow(), why)
    except LookupError:
        abort(404)
    except Problem as problem:
        error = "; ".join(f"{pointer}: {detail}" for pointer, detail in problem.errors)
        return shell.render("config/restore.html", _going_back, settings, version, error=error), 422
    return redirect("/config-versions", 303)


@blueprint.get("/rules")
def rule_versions() -> str:
    return shell.render("config/rules.html", _rule_versions, _page(), error=None)


@blueprint.post("/rules")
def restore_rule() -> Response | tuple[str, int]:
    name, version = request.form.get("name", ""), request.form.get("version", "")
    if not version.isdecimal():
        abort(400)
    try:
        store.write(stored_rules.restore, name, int(version[:18]), audit.actor().name, utcnow())
    except KeyError:
        abort(404)
    except (Gone, Refused):
        error = "That version is no rule that can be put in force again."
        return shell.render("config/rules.html", _rule_versions, _page(), error=error), 422
    return redirect("/config-versions/rules", 303)


def _versions(settings: Settings, page: Page, since: int | None, until: int | None) -> dict[str, Any]:
    rows = rows_of(ConfigVersion, page)
    newest = runtime_config.current(settings).version
    until = newest if until is None else until
    since = ConfigVersion.before(until) if since is None else since
    return {
        "versions": [_document(row) for row in rows],
        "following": following([row.id for row in rows], page),
        "newest": newest, "since": since, "until": until,
        "difference": _difference(settings, since, until),
    }  # fmt: skip


def _going_back(settings: Settings, version: int) -> dict[str, Any]:
    newest = runtime_config.current(settings).version
    row = ConfigVersion.get_or_none(ConfigVersion.id == version)
    return {
        "version": _document(row) if row else {"id": 0, "author": None, "at": None},
        "newest": newest,
        "difference": _difference(settings, newest, version),
    }


def _difference(settings: Settings, since: int, until: int) -> list[comparing.Line]:
    try:
        return comparing.compare(
            comparing.document_of(settings, since), comparing.document_of(settings, until)
        )
    except LookupError:
        abort(404)


def _rule_versions(page: Page) -> dict[str, Any]:
    rows = rows_of(RuleVersion, page)
    standing = {row.version for row in StoredRule.ordered()}
    return {
        "versions": [_rule_document(row, standing) for row in rows],
        "following": following([row.id for row in rows], page),
    }


def _document(row: ConfigVersion) -> dict[str, Any]:
    return {
        "id": row.id, "author": row.author, "at": iso(row.created_at), "reason": row.reason,
        "changed": [each["pointer"].strip("/").replace("/", ".") for each in row.diff],
    }  # fmt: skip


def _rule_document(row: RuleVersion, standing: set[int]) -> dict[str, Any]:
    return {
        "id": row.id, "author": row.author, "at": iso(row.created_at), "name": row.name,
        "did": "removed" if row.new is None else "changed" if row.old else "added",
        "in_force": row.id in standing, "lines": comparing.lines(row.old, row.new),
    }  # fmt: skip


def _page() -> Page:
    return Page(before=_number("before") or None, limit=PAGE)


def _number(name: str) -> int | None:
    text = request.args.get(name, "")
    return int(text[:18]) if text.isdecimal() else None
