"""/channels: how each channel is doing, setting one up, trying it, and what went through it."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from flask import Response, abort, redirect, request
from flask_openapi import APIBlueprint
from pydantic import BaseModel, Field

from gamepilot_mon import channels, destinations, ledger, runtime_config
from gamepilot_mon.channels import options_of
from gamepilot_mon.clock import utcnow
from gamepilot_mon.ledger import Wanted
from gamepilot_mon.runtime_config import WELL_KNOWN, Problem, Stored, VersionMismatch
from gamepilot_mon.runtime_config.parsing import place_of
from gamepilot_mon.settings import Settings
from gamepilot_mon.web import channel_trial, store
from gamepilot_mon.web.pages import channel_form, shell
from gamepilot_mon.web.signed_in import author

blueprint = APIBlueprint("channel_pages", __name__, url_prefix="/channels")

SHOWN = 30  # notifications a page
Errors = dict[str, str]  # by member; "" is the whole form


class ChannelName(BaseModel):
    name: str = Field(max_length=40)


class LedgerPage(BaseModel):
    before: int | None = Field(default=None, ge=1, le=2**62)


class NewOne(BaseModel):
    kind: str = Field(default="", max_length=40)


@blueprint.get("", doc_ui=False)
def listing() -> str:
    """All that is set up, and the kinds of which there can be more."""
    return _listing()


@blueprint.post("/<string:name>/test", doc_ui=False)
def test(path: ChannelName) -> str:
    """A test message now; the page then says what the provider answered."""
    settings = shell.settings()
    stored = store.read(runtime_config.current, settings)
    one = [each for each in destinations.every(settings, stored.config) if each.name == path.name]
    if not one:
        abort(404, description="There is no such channel, or it lacks what it needs.")
    tried = channel_trial.send_through(one, settings, author())
    return _listing(tested={name: asdict(result) for name, result in tried.items()})


@blueprint.get("/new", doc_ui=False)
def new(query: NewOne) -> str:
    """What a further channel of a kind needs."""
    return _form("", _known_kind(query.kind), {}, {})


@blueprint.post("/new", doc_ui=False)
def add(query: NewOne) -> Response | tuple[str, int]:
    kind = _known_kind(query.kind)
    name = request.form.get("name", "").strip()
    if not name:
        return _form("", kind, request.form, {"name": "A name is needed."}), 422
    if name in store.read(runtime_config.current, shell.settings()).config.channels:
        return _form("", kind, request.form, {"name": "There is a channel of that name."}), 409
    return _save("", name, kind, {"kind": kind})


@blueprint.get("/<string:name>", doc_ui=False)
def edit(path: ChannelName, query: LedgerPage) -> str:
    """Its settings, and every message that went through it."""
    return _form(path.name, _kind_of(path.name), {}, {}, query.before)


@blueprint.post("/<string:name>", doc_ui=False)
def save(path: ChannelName) -> Response | tuple[str, int]:
    return _save(path.name, path.name, _kind_of(path.name), {})


@blueprint.post("/<string:name>/delete", doc_ui=False)
def delete(path: ChannelName) -> Response | tuple[str, int]:
    """A further channel goes; one of the environment can only be switched off."""
    kind = _kind_of(path.name)
    if path.name in WELL_KNOWN:
        abort(
            409, description="This channel belongs to the environment; it can be switched off, not deleted."
        )
    if request.form.get("sure") != path.name:
        return _form(path.name, kind, {}, {"sure": "Type the channel's name to delete it."}), 422
    errors = _stored({"channels": {path.name: None}}, None)
    if errors:
        return _form(path.name, kind, {}, errors), 422
    return redirect("/channels", 303)  # type: ignore[return-value]


def _save(shown: str, name: str, kind: str, first: dict[str, Any]) -> Response | tuple[str, int]:
    """Store what the form changes; `shown` is the name on the page, "" for a new channel."""
    current = store.read(runtime_config.current, shell.settings())
    try:
        change = channel_form.change(_inputs(current, shown, kind), request.form)
    except channel_form.Refused as error:
        return _form(shown, kind, request.form, dict(error.errors)), 422
    wanted = {**first, **change, **_beside(current, shown)}
    errors = _stored(_placed(name, wanted), request.form.get("version", type=int))
    if errors:
        return _form(shown, kind, request.form, errors), 422
    return redirect(f"/channels/{name}", 303)  # type: ignore[return-value]


def _beside(current: Stored, shown: str) -> dict[str, Any]:
    """Switched on or off, and who stands in, where the form changes them."""
    was = current.config.channels.get(shown)
    wanted = {"enabled": "enabled" in request.form, "failover": request.form.get("failover") or None}
    if was is None:
        return {name: value for name, value in wanted.items() if value is not None}
    return {name: value for name, value in wanted.items() if value != getattr(was, name)}


def _placed(name: str, change: Mapping[str, Any]) -> dict[str, Any]:
    document: Any = dict(change)
    for part in reversed(place_of(name)):
        document = {part: document}
    found: dict[str, Any] = document
    return found


def _stored(change: dict[str, Any], version: int | None) -> Errors:
    """What is wrong, by the member that it is about; nothing when it is stored."""
    versions = None if version is None else {version}
    try:
        store.write(runtime_config.change, shell.settings(), change, author(), utcnow(), versions)
    except VersionMismatch as error:
        return {
            "": f"Somebody else changed the configuration meanwhile: {error}. Look at it, then save again."
        }
    except Problem as error:
        return {_member(pointer): detail for pointer, detail in reversed(error.errors)}
    return {}


def _member(pointer: str) -> str:
    """/slack/webhookUrl and /channels/ops/to/0 are about webhookUrl and to; /channels/ops is about the name."""
    parts = pointer.strip("/").split("/")
    if parts[0] == "channels":
        return parts[2] if len(parts) > 2 else "name"
    return parts[1] if len(parts) > 1 else ""


def _inputs(current: Stored, name: str, kind: str) -> list[channel_form.Input]:
    one = current.config.channels.get(name)
    document = one.model_dump(by_alias=True, mode="json") if one else {}
    return channel_form.inputs(options_of(channels.installed()[kind]), document)


def _form(name: str, kind: str, form: Mapping[str, str], errors: Errors, before: int | None = None) -> str:
    return shell.render(
        "channels/form.html", _one, shell.settings(), name, kind, form, errors, before, utcnow()
    )


def _one(
    settings: Settings,
    name: str,
    kind: str,
    form: Mapping[str, str],
    errors: Errors,
    before: int | None,
    now: int,
) -> dict[str, Any]:
    current = runtime_config.current(settings)
    shown = _inputs(current, name, kind)
    rows = ledger.deliveries(Wanted(channel=name, before=before, limit=SHOWN)) if name else []
    one = current.config.channels.get(name)
    return {
        "name": name,
        "typed_name": form.get("name", ""),
        "kind": kind,
        "version": current.version,
        "inputs": channel_form.with_errors(channel_form.typed(shown, form), errors),
        "enabled": "enabled" in form if form else one is None or one.enabled,
        "failover": form.get("failover", one.failover if one else None) or "",
        "others": [each for each in current.config.channels if each != name],
        "is_further": bool(name) and name not in WELL_KNOWN,
        "errors": errors,
        "condition": ledger.conditions([name], now)[name] if name else None,
        "rows": rows,
        "following": rows[-1]["id"] if len(rows) == SHOWN else None,
    }


def _listing(tested: Mapping[str, Any] | None = None) -> str:
    return shell.render("channels/page.html", _all, shell.settings(), utcnow(), tested=tested or {})


def _all(settings: Settings, now: int) -> dict[str, Any]:
    config = runtime_config.current(settings).config
    standbys, conditions = destinations.standbys(config), ledger.conditions(config.channels, now)
    return {
        "rows": [
            {
                "name": name,
                "kind": each.kind,
                "enabled": each.enabled,
                "standby": name in standbys,
                "failover": each.failover,
                "lacks": each.lacks(),
                "missing": each.missing(),
                "is_set_up": not each.needs(),
                **conditions[name],
            }
            for name, each in config.channels.items()
        ],
        "kinds_installed": sorted(channels.installed()),
    }


def _kind_of(name: str) -> str:
    config = store.read(runtime_config.current, shell.settings()).config
    if name not in config.channels:
        abort(404)
    return config.channels[name].kind


def _known_kind(kind: str) -> str:
    if kind not in channels.installed():
        abort(404, description="There is no such kind of channel.")
    return kind
