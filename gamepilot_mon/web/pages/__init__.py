"""The pages for people: one module a page, all inside the shell."""

from gamepilot_mon.web.pages import audit, config, overview, people, sessions, tokens

BLUEPRINTS = (
    overview.blueprint,
    people.blueprint,
    config.blueprint,
    audit.blueprint,
)

__all__ = ["BLUEPRINTS", "sessions", "tokens"]  # these two add routes to those of people
