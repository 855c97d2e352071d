"""The pages for people: one module a page, all inside the shell."""

from gamepilot_mon.web.pages import overview, rule_pages

BLUEPRINTS = (
    overview.blueprint,
    rule_pages.blueprint,
)
