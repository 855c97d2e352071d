"""The pages for people: one module a page, all inside the shell."""

from gamepilot_mon.web.pages import overview, performance_page

BLUEPRINTS = (
    overview.blueprint,
    performance_page.blueprint,
)
