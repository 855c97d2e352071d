"""The pages for people: one module a page, all inside the shell."""

from gamepilot_mon.web.pages import overview, search_page

BLUEPRINTS = (
    overview.blueprint,
    search_page.blueprint,
)
