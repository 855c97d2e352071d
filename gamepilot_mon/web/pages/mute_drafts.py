"""Drafts of a silence and of a maintenance window: as they are written, what they mean, or what is wrong where."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from pydantic import ValidationError

from gamepilot_mon import maintenance, mutes
from gamepilot_mon.clock import iso, parse_duration, parse_iso, time_zone
from gamepilot_mon.mutes import Matcher
from gamepilot_mon.web.maintenance import NewMaintenance
from gamepilot_mon.web.pages import fields
from gamepilot_mon.web.pages.fields import Field
from gamepilot_mon.web.silences import NewSilence

Kind = Literal["silence", "window"]

MATCHERS = "One condition a line on type, severity or a label, such as operation=payment; all must match."
ZONE = Field("zone", "Time zone", hint="An IANA name such as Europe/Berlin.", suggestions="zones")
REASON = Field("reason", "Reason", hint="Everybody who wonders why it is quiet reads this.", wide=True)

SILENCE = (
    Field("matchers", "Alerts that are muted", "lines", MATCHERS, wide=True),
    Field("for", "For", hint="Such as 30m, 2h or 1d."),
    Field("until", "Or until", "moment"),
    ZONE,
    REASON,
)
WINDOW = (
    Field("matchers", "Alerts that are muted", "lines", MATCHERS + " None mutes every alert.", wide=True),
    Field("starts", "Begins", "moment", "Now when empty. What repeats does so from then on."),
    Field("for", "Lasts", hint="Such as 2h, each time."),
    ZONE,
    Field(
        "cron",
        "Repeats",
        hint="Empty: once. Else minute hour day month weekday: 0 3 * * 0 is Sundays at three.",
    ),
    Field("ends", "Repeats until", "moment", "For ever when empty."),
    REASON,
)
FIELDS: dict[Kind, tuple[Field, ...]] = {"silence": SILENCE, "window": WINDOW}

# By the member of the API's document: the input.
PLACES = {"matchers": "matchers", "forMs": "for", "reason": "reason", "startsAt": "starts", "endsAt": "ends",
          "cron": "cron", "zone": "zone"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Draft:
    """`values` and `errors` are by the name of the input. `matchers` are there as soon as they make sense."""

    kind: Kind
    values: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)
    matchers: list[Matcher] | None = None
    silence: NewSilence | None = None
    window: NewMaintenance | None = None

    @property
    def fields(self) -> tuple[Field, ...]:
        return FIELDS[self.kind]


def blank(kind: Kind, given: Mapping[str, str]) -> Draft:
    """`given` are the members that the address says already, such as the matchers of an alert."""
    values = {"for": "2h", "zone": "UTC"} | {
        name: text for name, text in given.items() if name in _names(kind)
    }
    matchers, wrong = _matchers(values.get("matchers", ""))
    return Draft(
        kind, {name: values.get(name, "") for name in _names(kind)}, matchers=None if wrong else matchers
    )


def _names(kind: Kind) -> list[str]:
    return [each.name for each in FIELDS[kind]]


def written(kind: Kind, form: Mapping[str, str], now: int) -> Draft:
    values = fields.written(form, _names(kind))
    matchers, wrong = _matchers(values["matchers"])
    document: dict[str, Any] = {
        "matchers": [{"name": m.name, "operator": m.operator, "value": m.value} for m in matchers],
        "reason": values["reason"].strip(),
    }
    moments, more = _moments(values, now)
    wrong |= more
    held = None if "matchers" in wrong else matchers
    if kind == "silence":
        return _silence(values, document, moments, wrong, held, now)
    return _window(values, document, moments, wrong, held, now)


def _matchers(text: str) -> tuple[list[Matcher], dict[str, str]]:
    found = []
    for number, line in enumerate(fields.lines(text), start=1):
        try:
            found.append(mutes.parse(line))
        except ValueError as error:
            return found, {"matchers": f"line {number}: {error}"}
    return found, {}


def _moments(values: Mapping[str, str], now: int) -> tuple[dict[str, int], dict[str, str]]:
    """The moments and the duration in ms, of those that are written."""
    found: dict[str, int] = {}
    wrong: dict[str, str] = {}
    for name, text in ((name, values.get(name, "").strip()) for name in ("for", "until", "starts", "ends")):
        try:
            if text:
                found[name] = parse_duration(text) if name == "for" else moment(text, values["zone"].strip())
        except ValueError as error:
            wrong[name if "time zone" not in str(error) else "zone"] = str(error)
    if found.get("until", now + 1) <= now:
        wrong["until"] = "has passed already"
    return found, wrong


def moment(text: str, zone: str) -> int:
    """`2026-11-28T14:00` on the wall clock of the zone, epoch ms. Raises ValueError."""
    parse_iso(text)  # says what is wrong with it
    there = datetime.fromisoformat(text)
    if there.tzinfo is None:
        there = there.replace(tzinfo=time_zone(zone or "UTC"))
    return int(there.timestamp() * 1000)


def _silence(
    values: dict[str, str], document: dict[str, Any], moments: dict[str, int], wrong: dict[str, str],
    matchers: list[Matcher] | None, now: int,
) -> Draft:  # fmt: skip
    """`until` counts before `for`."""
    if "until" in moments:
        document["forMs"] = moments["until"] - now
    elif "for" in moments:
        document["forMs"] = moments["for"]
    elif "for" not in wrong:
        wrong = {"for": "say for how long, or until when", **wrong}
    try:
        found = NewSilence.model_validate(document)
    except ValidationError as error:
        where = {**PLACES, "forMs": "until" if "until" in moments else "for"}
        return Draft("silence", values, {**_placed(error, where), **wrong}, matchers)
    return Draft("silence", values, wrong, matchers, silence=None if wrong else found)


def _window(
    values: dict[str, str], document: dict[str, Any], moments: dict[str, int], wrong: dict[str, str],
    matchers: list[Matcher] | None, now: int,
) -> Draft:  # fmt: skip
    cron = " ".join(values["cron"].split())
    if "for" in moments:
        document["forMs"] = moments["for"]
    if "starts" in moments:
        document["startsAt"] = iso(moments["starts"])
    if cron:
        document |= {"cron": cron, "zone": values["zone"].strip() or "UTC"}
        if "ends" in moments:
            document["endsAt"] = iso(moments["ends"])
    elif "ends" in moments:
        wrong = {"ends": "goes with what repeats; once it lasts as long as is said", **wrong}
    try:
        found = NewMaintenance.model_validate(document)
    except ValidationError as error:
        return Draft("window", values, {**_placed(error, PLACES), **wrong}, matchers)
    starts = moments.get("starts", now)
    try:
        maintenance.check_runs(starts, moments.get("ends") if cron else starts + found.forMs, now)
    except ValueError as error:
        wrong = {"ends" if cron else "starts": str(error), **wrong}
    return Draft("window", values, wrong, matchers, window=None if wrong else found)


def _placed(error: ValidationError, places: Mapping[str, str]) -> dict[str, str]:
    """By the input; what no member is to blame for is about the repetition."""
    found: dict[str, str] = {}
    for each in error.errors(include_url=False, include_input=False, include_context=False):
        place = places.get(str(each["loc"][0]), "") if each["loc"] else "cron"
        text = "is needed" if each["type"] in ("missing", "string_too_short") else str(each["msg"])
        found.setdefault(place, _said(each, text).removeprefix("Value error, "))
    return found


def _said(each: Any, text: str) -> str:
    if each["loc"] and each["loc"][0] == "forMs" and each["type"].endswith("_equal"):
        return "must be at least 1m" if each["type"] == "greater_than_equal" else "is too long"
    if each["loc"] and each["loc"][0] == "matchers" and each["type"] == "too_short":
        return "say which: at least one condition"
    return text
