"""What templates say by a value rather than by a text of their own: states, labels, what is wrong."""

from collections.abc import Iterator
from http import HTTPStatus

from jinja2 import Environment

from gamepilot_mon import audit, rules
from gamepilot_mon.auth import principals, users
from gamepilot_mon.clock import iso
from gamepilot_mon.web import acknowledge_link, problems, sign_in, sign_in_code, two_factor
from gamepilot_mon.web.pages import (
    broadcast_page,
    error_pages,
    evidence,
    incident_pages,
    mute_drafts,
    performance_charts,
    performance_page,
    rule_fields,
    search_page,
    span,
    system_page,
)  # fmt: skip
from gamepilot_mon.web.pages.fields import Field
from gamepilot_mon.web.pages.navigation import GROUPS
from gamepilot_mon.web.users import LAST_ADMIN

NOW = 1_790_000_000_000
ALERT_STATES = {"firing", "acknowledged", "resolved"}  # as the overview says them in the middle of a line
OUTCOMES = {"Sent", "Dead", "Pending", "Sending", "Bundled", "Dropped"}  # of a delivery
BUILT_IN = ("error_rate", "success_rate", "response_time", "slow_queries")  # those with fields


def names(environment: Environment) -> set[str]:
    """`environment` knows the templates and what they import."""
    return {
        *ALERT_STATES, *OUTCOMES, *system_page.WORDS.values(), *_states(environment),
        *_people(), *_places(), *_audited(), *_charts(), *_fields(),
    }  # fmt: skip


def _states(environment: Environment) -> Iterator[str]:
    shapes = environment.get_template("macros/badge.html").module.shapes  # type: ignore[attr-defined]
    return (state.capitalize() for state in shapes)


def _people() -> Iterator[str]:
    yield from (role.capitalize() for role in principals.ROLES)
    yield users.NAME_RULE
    yield from evidence.NAMES.values()


def _places() -> Iterator[str]:
    for group in GROUPS:
        yield from (group.label, *(entry.label for entry in group.entries))
    yield from (label for label, _ in search_page.PLACES.values())


def _audited() -> Iterator[str]:
    for action, said in audit.ACTIONS.items():
        noun, deed = action.split(".")
        yield from (said, noun.replace("_", " ").capitalize(), deed.replace("_", " "))


def _charts() -> Iterator[str]:
    yield from performance_charts.TITLES.values()
    yield from performance_charts.LABELS.values()
    yield from performance_charts.PERCENTILES
    yield from (figure.label for figure in (*performance_page.of_all({}, {}), *performance_page.of_one({})))


def _fields() -> Iterator[str]:
    yield from (*rules.SIDES.values(), *rule_fields.NAMED.values(), *rule_fields.SAID_OF_KINDS.values())
    for sections in (*rule_fields.KINDS.values(), *map(rule_fields.built_in, BUILT_IN)):
        for title, fields in sections:
            yield title
            yield from _of(fields)
    for fields in mute_drafts.FIELDS.values():
        yield from _of(fields)


def _of(fields: tuple[Field, ...]) -> Iterator[str]:
    for field in fields:
        yield field.label
        yield from (text for text in (field.hint, *(label for _, label in field.options)) if text)


def wrong() -> Iterator[str]:
    """What is said to be wrong, with values in it."""
    yield from (HTTPStatus(status).phrase for status in problems.DETAILS)
    yield from problems.DETAILS.values()
    for said in ("NOT_VALID", "EXPIRED", "WITHDRAWN", "NOT_KEPT"):
        yield from getattr(acknowledge_link, said)
    yield from (acknowledge_link.RESOLVED, sign_in.WRONG, sign_in_code.WRONG, sign_in_code.UNREADABLE)
    yield from (two_factor.WRONG, LAST_ADMIN, error_pages.NOTHING_CHOSEN)
    yield from (incident_pages.UNKNOWN, incident_pages.IS_OVER)
    for most in (broadcast_page.LONGEST, error_pages.NOTE_MAX, error_pages.VERSION_MAX):
        yield f"At most {most} characters."
    for asked in _bad_spans():
        yield from span.picked(asked, NOW).problems.values()


def _bad_spans() -> Iterator[dict[str, str]]:
    yield {"compare": "x", "span": "x"}
    yield {"from": "x", "to": "2026-02-30"}
    yield {"to": iso(NOW)}
    yield {"from": iso(NOW), "to": iso(NOW)}
    yield {"from": iso(0)}
