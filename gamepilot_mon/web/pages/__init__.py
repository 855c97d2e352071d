"""The pages for people: one module a page, all inside the shell."""

from gamepilot_mon.web.pages import broadcast_page, channel_pages, overview, search_page

BLUEPRINTS = (
    overview.blueprint,
    search_page.blueprint,
    channel_pages.blueprint,
    broadcast_page.blueprint,
)
