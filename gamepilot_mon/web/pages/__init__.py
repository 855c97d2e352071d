"""The pages for people: one module a page, all inside the shell."""

from gamepilot_mon.web.pages import error_pages, mood_persona_page, overview

BLUEPRINTS = (
    overview.blueprint,
    error_pages.blueprint,
    mood_persona_page.blueprint,
)
