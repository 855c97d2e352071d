"""What the buttons of the alert pages do: to one alert, or to those that were ticked."""

from flask import abort, redirect, request
from werkzeug.wrappers import Response

from gamepilot_mon import alerts, silences, triage
from gamepilot_mon.clock import utcnow
from gamepilot_mon.models import Alert
from gamepilot_mon.settings import Settings
from gamepilot_mon.web import store
from gamepilot_mon.web.pages import alert_forms, deeds, shell
from gamepilot_mon.web.pages.alert_filter import Filter
from gamepilot_mon.web.pages.alert_forms import Acknowledging, Silencing, Wrong
from gamepilot_mon.web.pages.alert_pages import AlertPath, blueprint, show_alert, show_inbox
from gamepilot_mon.web.pages.deeds import Deed
from gamepilot_mon.web.signed_in import author

# Which form of an alert's page an action belongs to.
FORMS = {
    "alert_pages.acknowledge": "acknowledge", "alert_pages.give_back": "acknowledge",
    "alert_pages.silence": "silence", "alert_pages.add_note": "note", "alert_pages.resolve": "resolve",
}  # fmt: skip


@blueprint.errorhandler(Wrong)
def wrong(error: Wrong) -> tuple[str, int]:
    """The page that the form was sent from, with what was said and what is wrong with it at the field."""
    if request.endpoint in FORMS:
        number = (request.view_args or {})["id"]
        return show_alert(number, form=FORMS[request.endpoint], said=request.form, errors=error.errors), 422
    said = {**request.form, "alert": set(request.form.getlist("alert"))}
    return show_inbox(_chosen(), said=said, errors=error.errors), 422


@blueprint.post("/<int:id>/acknowledge", doc_ui=False)
def acknowledge(path: AlertPath) -> Response:
    now = utcnow()
    store.write(_acknowledge, path.id, alert_forms.acknowledging(request.form), author(), now)
    return redirect("/#alerts" if request.form.get("back") == "overview" else f"/alerts/{path.id}", 303)


@blueprint.post("/<int:id>/give-back", doc_ui=False)
def give_back(path: AlertPath) -> Response:
    store.write(triage.give_back, [path.id], utcnow())
    return _to(path.id)


@blueprint.post("/<int:id>/silence", doc_ui=False)
def silence(path: AlertPath) -> Response:
    wanted = alert_forms.silencing(request.form, conditions=True)
    store.write(_silence, path.id, wanted, author(), utcnow())
    return _to(path.id, "#told")


@blueprint.post("/<int:id>/notes", doc_ui=False)
def add_note(path: AlertPath) -> Response:
    store.write(_note, path.id, alert_forms.noting(request.form), author(), utcnow())
    return _to(path.id, "#lifecycle")


@blueprint.post("/<int:id>/resolve", doc_ui=False)
def resolve(path: AlertPath) -> Response:
    store.write(_resolve, shell.settings(), path.id, utcnow())
    return _to(path.id)


@blueprint.post("/acknowledge", doc_ui=False)
def acknowledge_many() -> Response:
    now, ids = utcnow(), _picked()
    wanted = alert_forms.acknowledging(request.form)
    done = store.write(triage.acknowledge, ids, author(), wanted.reason, wanted.until(now), now)
    return _back(_chosen(), Deed("acknowledged", done, len(done), now, len(ids) - len(done)))


@blueprint.post("/give-back", doc_ui=False)
def give_back_many() -> Response:
    now, ids = utcnow(), _picked()
    done = store.write(triage.give_back, ids, now)
    return _back(_chosen(), Deed("given_back", [], len(done), now, len(ids) - len(done)))


@blueprint.post("/silence", doc_ui=False)
def silence_many() -> Response:
    now, ids = utcnow(), _picked()
    wanted = alert_forms.silencing(request.form, conditions=False)
    made = store.write(triage.silence, ids, now + wanted.for_ms, author(), wanted.reason, now)
    return _back(_chosen(), Deed("silenced", made, len(made), now))


@blueprint.post("/undo", doc_ui=False)
def undo() -> Response:
    deed = deeds.read(request.form.get("done"))
    if deed is None or not deed.undoable:
        abort(410, description="This can be undone for ten minutes only; each alert's page has a way back.")
    return _back(_chosen(), Deed("undone", [], store.write(_undo, deed, utcnow())))


def _undo(deed: Deed, now: int) -> int:
    if deed.kind == "silenced":
        return len(triage.lift(deed.ids, now))
    return len(triage.give_back(deed.ids, now, owned_since=deed.at))


def _acknowledge(alert_id: int, wanted: Acknowledging, who: str, now: int) -> None:
    row = _known(alert_id)
    if row.status not in ("firing", "acknowledged"):
        raise Wrong({"": f"This alert is {row.status} already."})
    alerts.acknowledge(row, who, wanted.reason, wanted.until(now), now)


def _silence(alert_id: int, wanted: Silencing, who: str, now: int) -> None:
    _known(alert_id)
    silences.add(wanted.conditions, now, now + wanted.for_ms, who, wanted.reason, now)


def _note(alert_id: int, text: str, who: str, now: int) -> None:
    triage.note(_known(alert_id), who, text, now)


def _resolve(settings: Settings, alert_id: int, now: int) -> None:
    try:
        triage.resolve(settings, _known(alert_id), now)
    except triage.EndsWithItsRule as error:
        raise Wrong({"": str(error)}) from None


def _known(alert_id: int) -> Alert:
    row: Alert | None = Alert.get_or_none(Alert.id == alert_id)
    if row is None:
        abort(404)
    return row


def _picked() -> list[int]:
    return alert_forms.picked(request.form.getlist("alert"))


def _chosen() -> Filter:
    """The view that the form was sent from."""
    said = request.form.items()
    return Filter.of({name.removeprefix("in_"): value for name, value in said if name.startswith("in_")})


def _back(chosen: Filter, deed: Deed) -> Response:
    query = chosen.query()
    return redirect(f"/alerts{query}{'&' if query else '?'}done={deeds.sign(deed)}", 303)


def _to(alert_id: int, where: str = "") -> Response:
    return redirect(f"/alerts/{alert_id}{where}", 303)
