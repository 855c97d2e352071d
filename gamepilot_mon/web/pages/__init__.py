"""The pages for people: one module a page, all inside the shell."""

from gamepilot_mon.web.pages import maintenance_page, overview, rule_pages

BLUEPRINTS = (
    overview.blueprint,
    rule_pages.blueprint,
    maintenance_page.blueprint,
)
