"""/rules: every rule with what it says now; each by a form with a preview of what it would have told."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from flask import Response, abort, redirect, request, url_for
from flask_openapi import APIBlueprint
from pydantic import BaseModel, Field

from gamepilot_mon import measures, runtime_config, stored_rules
from gamepilot_mon.clock import utcnow
from gamepilot_mon.rule_spec import Refused
from gamepilot_mon.runtime_config import Problem
from gamepilot_mon.settings import Settings
from gamepilot_mon.stored_rules import Changed, Gone, Taken
from gamepilot_mon.web import store
from gamepilot_mon.web.pages import rule_drafts, rule_fields, rule_list, rule_page, shell
from gamepilot_mon.web.pages.asked import asked
from gamepilot_mon.web.pages.rule_drafts import Draft
from gamepilot_mon.web.pages.rule_page import View
from gamepilot_mon.web.signed_in import author

blueprint = APIBlueprint("rule_pages", __name__, url_prefix="/rules")

Answer = tuple[str, int] | Response


class Named(BaseModel):
    name: str = Field(max_length=200)


class Removed(BaseModel):
    """The rule that was removed a moment ago, and the version of it that can be put back."""

    removed: str = Field(default="", max_length=80)
    version: int = Field(default=0, ge=0, le=2**62)


@blueprint.get("", doc_ui=False)
def listing() -> str:
    wanted = asked(rule_list.Asked, request.args)
    members = {"kinds": rule_fields.NAMED, "removed": asked(Removed, request.args)}
    return shell.render("rules/listing.html", rule_list.build, shell.settings(), wanted, utcnow(), **members)


@blueprint.get("/new", doc_ui=False)
def add() -> Answer:
    """What the address already says of it is filled in."""
    return _page(rule_drafts.blank(_kind(request.args), request.args))


@blueprint.post("/new", doc_ui=False)
def create() -> Answer:
    return _stored(rule_drafts.written(_kind(request.form), None, request.form), "created")


@blueprint.post("/preview", doc_ui=False)
def preview() -> Answer:
    """The page with what is written, and what that would have told; nothing is stored."""
    name = request.form.get("rule", "")
    if name and store.read(rule_page.find, shell.settings(), name) is None:
        abort(404)
    return _page(_written(name or None))


@blueprint.get("/<string:name>", doc_ui=False)
def edit(path: Named) -> Answer:
    return _page(_found(path.name))


@blueprint.post("/<string:name>", doc_ui=False)
def save(path: Named) -> Answer:
    _found(path.name)
    return _stored(_written(path.name), "saved")


@blueprint.post("/<string:name>/enabled", doc_ui=False)
def enable(path: Named) -> Answer:
    """The switch of the list and of the page."""
    wanted = request.form.get("enabled") == "on"
    try:
        store.write(stored_rules.enable, path.name, wanted, author(), utcnow())
    except KeyError:
        abort(404)
    except Refused as error:
        abort(409, description=f"The rule cannot be switched: {error}")
    return _to(path.name, "on" if wanted else "off") if request.form.get("back") != "list" else _to_list()


@blueprint.post("/<string:name>/delete", doc_ui=False)
def delete(path: Named) -> Answer:
    if path.name in measures.BUILT_IN:
        abort(409, description="A built-in rule cannot be removed.")
    version = store.write(_remove, path.name, author(), utcnow())
    if version is None:
        abort(404)
    return _to_list(removed=path.name, version=version)


def _remove(name: str, author: str, now: int) -> int | None:
    """The version that can be put back."""
    row = stored_rules.get(name)
    return row.version if row and stored_rules.remove(name, author, now) else None


@blueprint.post("/<string:name>/restore", doc_ui=False)
def restore(path: Named) -> Answer:
    """Put it back as it was after one of its versions."""
    number = request.form.get("version", "")
    if not number.isascii() or not number.isdigit() or len(number) > 18:
        abort(404)
    try:
        store.write(_put_back, shell.settings(), path.name, int(number), author(), utcnow())
    except KeyError:
        abort(404)
    except (Gone, Refused, Problem) as error:
        abort(409, description=f"That version cannot be put back: {error}")
    return _to(path.name, "restored")


def _put_back(settings: Settings, name: str, version: int, author: str, now: int) -> None:
    if name not in measures.BUILT_IN:
        stored_rules.restore(name, version, author, now)
        return
    runtime_config.change(settings, rule_page.as_after(settings, name, version), author, now)


def _kind(given: Mapping[str, str]) -> str:
    kind = given.get("kind", "")
    return kind if kind in rule_fields.KINDS else "threshold"


def _found(name: str) -> Draft:
    draft = store.read(rule_page.find, shell.settings(), name)
    if draft is None:
        abort(404)
    return draft


def _written(name: str | None) -> Draft:
    settings = shell.settings()
    if name in measures.BUILT_IN:
        spans = rule_page.spans_of(settings)
        return store.read(rule_drafts.written_built_in, settings, name, request.form, spans)
    return rule_drafts.written(_kind(request.form), name, request.form)


def _stored(draft: Draft, done: str) -> Answer:
    """Store what the form says, or show what is wrong with it."""
    if draft.errors:
        return _page(draft)
    errors = _refused(lambda: _store(draft))
    if errors:
        return _page(
            Draft(draft.kind, draft.name, draft.values, errors, draft.spec, draft.partial, draft.watch)
        )
    return _to(draft.name or draft.values["name"].strip(), done)


def _store(draft: Draft) -> None:
    now = utcnow()
    if draft.partial is not None:
        store.write(runtime_config.change, shell.settings(), draft.partial, author(), now)
    elif draft.spec is not None and draft.name is None:
        store.write(stored_rules.add, draft.values["name"].strip(), draft.spec, author(), now)
    elif draft.spec is not None and draft.name is not None:
        store.write(stored_rules.change, draft.name, draft.spec, _version(), author(), now)


def _version() -> int:
    text = request.form.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0


def _refused(write: Callable[[], None]) -> dict[str, str]:
    """What the store has against it, by field."""
    try:
        write()
    except Taken:
        return {"name": "is taken: there is a rule of that name"}
    except Changed:
        return {"": "Somebody changed this rule in between. Load the page again to see how it is now."}
    except Refused as error:
        return {pointer.strip("/"): text for pointer, text in error.errors}
    except Problem as problem:
        return {"": str(problem)}
    return {}


def _page(draft: Draft) -> Answer:
    view = asked(View, request.form if request.method == "POST" else request.args)
    done = request.args.get("done", "") if request.method == "GET" else ""
    members: dict[str, Any] = {"done": done}
    text = shell.render(
        "rules/page.html", rule_page.build, shell.settings(), draft, view, utcnow(), **members
    )
    return text, HTTPStatus.UNPROCESSABLE_ENTITY if draft.errors else HTTPStatus.OK


def _to(name: str, done: str) -> Response:
    return redirect(url_for("rule_pages.edit", name=name, done=done), HTTPStatus.SEE_OTHER)  # type: ignore[return-value]


def _to_list(**members: Any) -> Response:
    return redirect(url_for("rule_pages.listing", **members), HTTPStatus.SEE_OTHER)  # type: ignore[return-value]
