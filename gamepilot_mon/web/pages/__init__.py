"""The pages for people: one module a page, all inside the shell."""

from gamepilot_mon.web.pages import check_forms, check_pages, overview

# check_forms adds its routes to the blueprint of check_pages.
__all__ = ["BLUEPRINTS", "check_forms"]
BLUEPRINTS = (overview.blueprint, check_pages.blueprint)
