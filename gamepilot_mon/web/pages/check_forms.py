"""/checks: what an admin changes there. A form answers with a redirect, or with itself and the error at the field."""

from collections.abc import Callable
from typing import Any

from flask import abort, redirect, request, url_for
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from werkzeug.wrappers import Response

from gamepilot_mon import own_checks
from gamepilot_mon.clock import format_duration, parse_duration, utcnow
from gamepilot_mon.models import Check
from gamepilot_mon.own_checks import NewCheck, Refused
from gamepilot_mon.web import store
from gamepilot_mon.web.pages import check_pages, shell
from gamepilot_mon.web.pages.check_pages import ID_MOST
from gamepilot_mon.web.pages.check_pages import blueprint as blueprint

KINDS = ("heartbeat", "http")
DURATIONS = {"intervalMs": "interval", "graceMs": "grace"}  # member of the API: field of the form
DEFAULTS = {"interval": "5m", "grace": "1m"}
Answer = Response | str | tuple[str, int]


@blueprint.get("/checks/new")
def new() -> str:
    kind = request.args.get("kind", "")
    return _form({**DEFAULTS, "kind": kind if kind in KINDS else KINDS[0]}, {})


@blueprint.post("/checks/new")
def add() -> Answer:
    asked = {name: text.strip() for name, text in request.form.items()}
    if asked.get("kind") not in KINDS:
        asked["kind"] = KINDS[0]
    wanted, problems = parsed(asked)
    if wanted is None:
        return _form(asked, problems), 422
    try:
        check = store.write(own_checks.add, wanted, utcnow())
    except Refused as error:
        return _form(asked, {error.field: f"{error.detail}"}), 422
    return redirect(url_for("check_pages.detail", id=check.id), 303)


@blueprint.post("/checks/<int:id>/parent")
def set_parent(id: int) -> Answer:
    name = request.form.get("parent", "").strip()
    try:
        store.write(own_checks.set_parent, _bounded(id), name or None, utcnow())
    except Refused as error:
        if error.status == 404:
            abort(404)
        return check_pages.page(id, parent=name, problem=error.detail), 422
    return redirect(url_for("check_pages.detail", id=id), 303)


@blueprint.post("/checks/<int:id>/pause")
def pause(id: int) -> Answer:
    return _changed(id, own_checks.pause)


@blueprint.post("/checks/<int:id>/resume")
def resume(id: int) -> Answer:
    return _changed(id, own_checks.resume)


def _changed(id: int, change: Callable[[int, int], None]) -> Answer:
    try:
        store.write(change, _bounded(id), utcnow())
    except Refused:
        abort(404)
    return redirect(url_for("check_pages.detail", id=id), 303)


@blueprint.get("/checks/<int:id>/delete")
def ask_delete(id: int) -> str:
    return _delete_page(id)


@blueprint.post("/checks/<int:id>/delete")
def delete(id: int) -> Answer:
    try:
        store.write(own_checks.delete, _bounded(id), utcnow())
    except Refused as error:
        if error.status == 404:
            abort(404)
        return _delete_page(id, error.detail), 422
    return redirect(url_for("check_pages.listing"), 303)


def parsed(asked: dict[str, str]) -> tuple[NewCheck | None, dict[str, str]]:
    """The check that a form asks for, or what is wrong by field."""
    document, problems = _document(asked)
    try:
        wanted = NewCheck(**document)
    except ValidationError as error:
        for each in error.errors(include_url=False, include_input=False):
            field = str(each["loc"][0]) if each["loc"] else "url" if asked["kind"] == "http" else ""
            problems.setdefault(DURATIONS.get(field, field), _said(field, each))
        return None, problems
    return (None, problems) if problems else (wanted, {})


def _said(member: str, error: ErrorDetails) -> str:
    """The bounds of a duration as one writes it, not in milliseconds."""
    bounds = error.get("ctx", {})
    if member in DURATIONS and "ge" in bounds:
        return f"must be at least {format_duration(bounds['ge'])}"
    if member in DURATIONS and "le" in bounds:
        return f"must be at most {format_duration(bounds['le'])}"
    return error["msg"].removeprefix("Value error, ")


def _document(asked: dict[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """As the API takes it; what cannot be read as a duration is a problem here."""
    document: dict[str, Any] = {"name": asked.get("name", ""), "kind": asked["kind"]}
    problems: dict[str, str] = {}
    if asked["kind"] == "http":
        document["url"] = asked.get("url", "")
    if asked.get("dependsOn"):
        document["dependsOn"] = asked["dependsOn"]
    for member, field in DURATIONS.items():
        if field in asked and not (field == "grace" and asked["kind"] == "http"):
            try:
                document[member] = parse_duration(asked[field].replace(" ", ""))
            except ValueError as error:
                problems[field] = str(error)
    return document, problems


def _form(asked: dict[str, str], problems: dict[str, str]) -> str:
    return shell.render("checks/new.html", _nothing, asked=asked, problems=problems, kinds=KINDS)


def _nothing() -> dict[str, Any]:
    return {}


def _delete_page(id: int, problem: str | None = None) -> str:
    return shell.render("checks/delete.html", _deletable, _bounded(id), problem=problem)


def _deletable(id: int) -> dict[str, Any]:
    check = Check.get_or_none(Check.id == id)
    if check is None:
        abort(404)
    children = Check.select().where(Check.depends_on == id).count()
    return {"check": check, "children": children}


def _bounded(id: int) -> int:
    if id >= ID_MOST:
        abort(404)
    return id
