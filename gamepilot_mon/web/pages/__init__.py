"""The pages for people: one module a page, all inside the shell."""

from gamepilot_mon.web.pages import (
    alert_actions,
    alert_history_page,
    alert_pages,
    audit,
    broadcast_page,
    channel_pages,
    check_forms,
    check_pages,
    clients_page,
    config,
    error_pages,
    incident_pages,
    loadtest_pages,
    maintenance_page,
    mood_persona_page,
    overview,
    people,
    performance_page,
    rule_pages,
    search_page,
    sessions,
    system_page,
    tokens,
)

# Modules that add routes to the blueprint of another are there once they are imported.
PARTS = (alert_actions, alert_history_page, check_forms, sessions, tokens)

BLUEPRINTS = (
    overview.blueprint,
    alert_pages.blueprint,
    incident_pages.blueprint,
    check_pages.blueprint,
    error_pages.blueprint,
    performance_page.blueprint,
    mood_persona_page.blueprint,
    rule_pages.blueprint,
    channel_pages.blueprint,
    maintenance_page.blueprint,
    broadcast_page.blueprint,
    clients_page.blueprint,
    system_page.blueprint,
    loadtest_pages.blueprint,
    config.blueprint,
    people.blueprint,
    audit.blueprint,
    search_page.blueprint,
)
