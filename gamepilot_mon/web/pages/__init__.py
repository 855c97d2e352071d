"""The pages for people: one module a page, all inside the shell."""

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
)
