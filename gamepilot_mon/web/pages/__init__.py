"""The pages for people: one module a page, all inside the shell."""

from gamepilot_mon.web.pages import broadcast_page, channel_pages, overview, search_page

BLUEPRINTS = (
    overview.blueprint,
    search_page.blueprint,
    channel_pages.blueprint,
    broadcast_page.blueprint,
from gamepilot_mon.web.pages import alert_actions, alert_history_page, alert_pages, overview

# What a blueprint's other modules add to it is there once they are imported.
PARTS = (alert_actions, alert_history_page)

BLUEPRINTS = (
    overview.blueprint,
    alert_pages.blueprint,
from gamepilot_mon.web.pages import (
    check_forms,
    check_pages,
    clients_page,
    loadtest_pages,
    overview,
    system_page,
)

# check_forms adds its routes to the blueprint of check_pages.
__all__ = ["BLUEPRINTS", "check_forms"]
BLUEPRINTS = (
    overview.blueprint,
    check_pages.blueprint,
    clients_page.blueprint,
    loadtest_pages.blueprint,
    system_page.blueprint,
from gamepilot_mon.web.pages import overview, performance_page

BLUEPRINTS = (
    overview.blueprint,
    performance_page.blueprint,
from gamepilot_mon.web.pages import error_pages, mood_persona_page, overview

BLUEPRINTS = (
    overview.blueprint,
    error_pages.blueprint,
    mood_persona_page.blueprint,
from gamepilot_mon.web.pages import overview, rule_pages

BLUEPRINTS = (
    overview.blueprint,
    rule_pages.blueprint,
)
