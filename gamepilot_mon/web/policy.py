"""The one table of who may do what over HTTP; what it does not name is refused.

`public` needs no credential. The live transports ask may() about each of their messages.
"""

import logging
from typing import Literal

from flask import Flask, abort, request

from gamepilot_mon import audit
from gamepilot_mon.auth.principals import Principal, permits
from gamepilot_mon.clock import utcnow
from gamepilot_mon.settings import Settings
from gamepilot_mon.web import last_used
from gamepilot_mon.web.signed_in import current_principal

log = logging.getLogger(__name__)

Required = Literal["public", "ingest", "viewer", "operator", "admin"]

POLICY: dict[str, Required] = {
    "static": "public",
    "sign_in.page": "public",
    "sign_in.submit": "public",
    "sign_in.link": "public",
    "sign_in.sign_out": "public",
    "account.password": "viewer",
    "account.set_password": "viewer",
    "account.page": "viewer",
    "account.end_sessions": "viewer",
    "two_factor.page": "viewer",
    "two_factor.change": "viewer",
    "sign_in_code.page": "public",
    "sign_in_code.submit": "public",
    "users.list_users": "admin",
    "users.add_user": "admin",
    "users.change_user": "admin",
    "users.make_sign_in_link": "admin",
    "users.reset_two_factor": "admin",
    "tokens.list_tokens": "admin",
    "tokens.create_token": "admin",
    "tokens.revoke_token": "admin",
    "sessions.list_sessions": "viewer",  # one's own; an admin everybody's
    "sessions.end_session": "viewer",
    "audit.list_entries": "admin",
    "people_pages.listing": "admin",
    "people_pages.add": "admin",
    "people_pages.person": "admin",
    "people_pages.change_person": "admin",
    "people_pages.token_listing": "admin",
    "people_pages.change_tokens": "admin",
    "people_pages.session_listing": "admin",
    "people_pages.end_session": "admin",
    "config_pages.versions": "viewer",
    "config_pages.restore_page": "admin",
    "config_pages.restore": "admin",
    "config_pages.rule_versions": "viewer",
    "config_pages.restore_rule": "admin",
    "audit_page.page": "admin",
    "health.healthz": "public",
    "health.readyz": "public",
    "metrics.metrics": "viewer",
    "ping.ping": "public",
    "ping.ping_start": "public",
    "ping.ping_fail": "public",
    "ping.ping_exit_code": "public",
    "events.post_events": "ingest",
    "otlp.traces": "ingest",
    "otlp.metrics": "ingest",
    "otlp.log_records": "ingest",
    "sentry.envelope": "ingest",
    "sentry.store_event": "ingest",
    "overview.page": "viewer",
    "search_page.page": "viewer",
    "language.choose": "public",
    "channel_pages.listing": "viewer",
    "channel_pages.test": "operator",
    "channel_pages.new": "admin",
    "channel_pages.add": "admin",
    "channel_pages.edit": "viewer",
    "channel_pages.save": "admin",
    "channel_pages.delete": "admin",
    "broadcast_page.page": "viewer",
    "broadcast_page.send": "operator",
    "check_pages.listing": "viewer",
    "check_pages.detail": "viewer",
    "check_pages.new": "admin",
    "check_pages.add": "admin",
    "check_pages.set_parent": "admin",
    "check_pages.pause": "admin",
    "check_pages.resume": "admin",
    "check_pages.ask_delete": "admin",
    "check_pages.delete": "admin",
    "clients_page.page": "viewer",
    "loadtest_pages.listing": "viewer",
    "loadtest_pages.report": "viewer",
    "system_page.page": "viewer",
    "overview.send_test": "operator",
    "error_pages.listing": "viewer",
    "error_pages.detail": "viewer",
    "error_pages.decide": "operator",
    "error_pages.decide_one": "operator",
    "error_pages.undo": "operator",
    "mood_persona_page.page": "viewer",
    "live.websocket": "viewer",
    "live.plain": "viewer",
    "live.stream": "viewer",
    "socketio.polling": "public",  # a browser's cookie or the first packet says who it is
    "socketio.websocket": "public",
    "realtime.status": "viewer",
    "realtime.alerts_test": "operator",
    "realtime.alerts_custom": "operator",
    "realtime.get_config": "viewer",
    "realtime.put_config": "admin",
    "realtime.clients": "viewer",
    "realtime.post_broadcast": "operator",
    "alerts.list_alerts": "viewer",
    "alert_history.analytics": "viewer",
    "alert_history.as_csv": "viewer",
    "alert_history.as_json": "viewer",
    "alerts.get_alert": "viewer",
    "alerts.resolve": "operator",
    "alerts.why_told": "viewer",
    "alerts.add_note": "operator",
    "alerts.acknowledge": "operator",
    "alerts.unacknowledge": "operator",
    "alert_pages.inbox": "viewer",
    "alert_pages.detail": "viewer",
    "alert_pages.history": "viewer",
    "alert_pages.acknowledge": "operator",
    "alert_pages.give_back": "operator",
    "alert_pages.silence": "operator",
    "alert_pages.add_note": "operator",
    "alert_pages.resolve": "operator",
    "alert_pages.acknowledge_many": "operator",
    "alert_pages.give_back_many": "operator",
    "alert_pages.silence_many": "operator",
    "alert_pages.undo": "operator",
    "incident_pages.listing": "viewer",
    "incident_pages.detail": "viewer",
    "incident_pages.acknowledge": "operator",
    "incident_pages.add_note": "operator",
    "incidents.list_incidents": "viewer",
    "incidents.get_incident": "viewer",
    "incidents.acknowledge": "operator",
    "incidents.add_note": "operator",
    "acknowledge_link.page": "public",  # the signed link is the credential
    "acknowledge_link.acknowledge": "public",
    "broadcasts.list_broadcasts": "viewer",
    "silences.list_silences": "viewer",
    "silences.add_silence": "operator",
    "silences.expire_silence": "operator",
    "maintenance.list_windows": "viewer",
    "maintenance.add_window": "operator",
    "maintenance.expire_window": "operator",
    "deliveries.list_deliveries": "viewer",
    "deliveries.list_channels": "viewer",
    "push.subscriptions": "viewer",
    "push.subscribe": "viewer",
    "push.unsubscribe": "viewer",
    "installed.service_worker": "public",
    "installed.offline": "public",
    "checks.list_checks": "viewer",
    "checks.add_check": "admin",
    "checks.set_parent": "admin",
    "checks.delete_check": "admin",
    "config_versions.list_versions": "viewer",
    "config_versions.restore": "admin",
    "errors.list_errors": "viewer",
    "errors.get_error": "viewer",
    "errors.resolve": "operator",
    "errors.reopen": "operator",
    "errors.ignore": "operator",
    "moods.list_moods": "viewer",
    "moods.transitions": "viewer",
    "moods.funnel": "viewer",
    "moods.rhythm": "viewer",
    "moods.actions": "viewer",
    "moods.active_users": "viewer",
    "moods.learning": "viewer",
    "user_data.erase": "admin",
    "user_data.list_erasures": "admin",
    "timelines.timeline": "viewer",
    "timelines.metric_names": "viewer",
    "annotations.list_annotations": "viewer",
    "performance_page.page": "viewer",
    "performance_page.operation": "viewer",
    "operations.list_operations": "viewer",
    "operations.list_regressions": "viewer",
    "operations.list_queries": "viewer",
    "event_log.list_events": "viewer",
    "uptime.uptime_of": "viewer",
    "storage.of_store": "viewer",
    "rules.list_rules": "viewer",
    "rules.get_rule": "viewer",
    "rules.add_rule": "admin",
    "rules.put_rule": "admin",
    "rules.delete_rule": "admin",
    "rules.restore_rule": "admin",
    "rules.why_not_then": "viewer",
    "rules.noise": "viewer",
    "rules.backtest_rule": "viewer",
    "rule_pages.listing": "viewer",
    "rule_pages.add": "admin",
    "rule_pages.create": "admin",
    "rule_pages.preview": "viewer",  # stores nothing
    "rule_pages.edit": "viewer",
    "rule_pages.save": "admin",
    "rule_pages.enable": "admin",
    "rule_pages.delete": "admin",
    "rule_pages.restore": "admin",
    "maintenance_page.page": "viewer",
    "maintenance_page.preview": "operator",
    "maintenance_page.add_silence": "operator",
    "maintenance_page.add_window": "operator",
    "maintenance_page.end_silence": "operator",
    "maintenance_page.end_window": "operator",
    "documentation.openapi": "public",
    "documentation.page": "public",
}

# What live clients say, by the kind of message, over WebSocket and Socket.IO.
MESSAGES: dict[str, Required] = {
    "connect": "viewer",
    "subscribe": "viewer",
    "unsubscribe": "viewer",
    "request": "viewer",
    "ping": "viewer",
}


def may_say(principal: Principal, kind: str) -> bool:
    required = MESSAGES.get(kind)
    return required is not None and may(principal, required)


def may(principal: Principal | None, required: Required) -> bool:
    if required == "public":
        return True
    return principal is not None and permits(principal.role, required)


def init(app: Flask, settings: Settings) -> None:
    app.before_request(_enforce)


def _enforce() -> None:
    audit.act_as(audit.NOBODY)
    if request.endpoint is None:
        return  # no such route, or not with this method: 404 and 405 come later
    required = POLICY.get(request.endpoint)
    if required is None:
        log.error("the endpoint %s is not in the policy table, so it is refused", request.endpoint)
        abort(403)
    if required == "public":
        return
    principal = current_principal()
    if principal is None:
        abort(401)
    audit.act_as(audit.Actor(principal.name, principal.kind))
    last_used.note(principal, utcnow())
    if not may(principal, required):
        abort(403, description=f"This needs the role {required}; yours is {principal.role}.")
