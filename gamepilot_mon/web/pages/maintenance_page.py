"""/maintenance: silences and maintenance windows in one place: what is muted, when, by whom and why."""

from http import HTTPStatus

from flask import Response, abort, redirect, request, url_for
from flask_openapi import APIBlueprint
from pydantic import BaseModel, Field

from gamepilot_mon import maintenance, silences
from gamepilot_mon.clock import parse_iso, utcnow
from gamepilot_mon.web import store
from gamepilot_mon.web.pages import mute_drafts, mute_view, shell
from gamepilot_mon.web.pages.asked import asked
from gamepilot_mon.web.pages.mute_drafts import Draft, Kind
from gamepilot_mon.web.pages.mute_view import View
from gamepilot_mon.web.signed_in import author

blueprint = APIBlueprint("maintenance_page", __name__, url_prefix="/maintenance")

Answer = tuple[str, int] | Response


class Numbered(BaseModel):
    id: int = Field(ge=1, le=2**62)


@blueprint.get("", doc_ui=False)
def page() -> Answer:
    """With `form` the address may say what is filled in already, such as the matchers of an alert."""
    view = asked(View, request.args)
    draft = mute_drafts.blank(view.form, request.args) if view.form else None
    return _page(view, draft)


@blueprint.post("/preview", doc_ui=False)
def preview() -> Answer:
    """The page with what is written, and what that would mute; nothing is stored."""
    return _page(asked(View, request.form), _written())


@blueprint.post("/silences", doc_ui=False)
def add_silence() -> Answer:
    now = utcnow()
    draft = mute_drafts.written("silence", request.form, now)
    if draft.silence is None or draft.errors:
        return _page(asked(View, {**request.form, "form": "silence"}), draft)
    wanted = draft.silence
    matchers = [condition.matcher() for condition in wanted.matchers]
    store.write(silences.add, matchers, now, now + wanted.forMs, author(), wanted.reason, now)
    return _to("silenced")


@blueprint.post("/windows", doc_ui=False)
def add_window() -> Answer:
    now = utcnow()
    draft = mute_drafts.written("window", request.form, now)
    if draft.window is None or draft.errors:
        return _page(asked(View, {**request.form, "form": "window"}), draft)
    wanted = draft.window
    store.write(
        maintenance.add, [condition.matcher() for condition in wanted.matchers],
        parse_iso(wanted.startsAt) if wanted.startsAt else now, parse_iso(wanted.endsAt) if wanted.endsAt else None,
        wanted.forMs, author(), wanted.reason, now, cron=wanted.cron, zone=wanted.zone,
    )  # fmt: skip
    return _to("planned")


@blueprint.post("/silences/<int:id>/end", doc_ui=False)
def end_silence(path: Numbered) -> Answer:
    if not store.write(silences.expire, path.id, utcnow()):
        abort(404)
    return _to("ended")


@blueprint.post("/windows/<int:id>/end", doc_ui=False)
def end_window(path: Numbered) -> Answer:
    if not store.write(maintenance.expire, path.id, utcnow()):
        abort(404)
    return _to("ended")


def _written() -> Draft:
    kind: Kind = "window" if request.form.get("form") == "window" else "silence"
    return mute_drafts.written(kind, request.form, utcnow())


def _page(view: View, draft: Draft | None) -> Answer:
    done = request.args.get("done", "") if request.method == "GET" else ""
    text = shell.render("maintenance/page.html", mute_view.build, view, draft, utcnow(), done=done)
    return text, HTTPStatus.UNPROCESSABLE_ENTITY if draft and draft.errors else HTTPStatus.OK


def _to(done: str) -> Response:
    return redirect(url_for("maintenance_page.page", done=done), HTTPStatus.SEE_OTHER)  # type: ignore[return-value]
