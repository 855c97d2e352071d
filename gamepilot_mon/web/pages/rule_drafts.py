"""Drafts: a rule as somebody writes it into the form, the rule that it means, or what is wrong at which field."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic.alias_generators import to_camel

from gamepilot_mon import measures, rule_spec, runtime_config, stored_rules
from gamepilot_mon.queries import Watch
from gamepilot_mon.rule_spec import Refused, Spec
from gamepilot_mon.runtime_config import Problem, RuntimeConfig
from gamepilot_mon.settings import Settings
from gamepilot_mon.web.pages import fields, rule_fields
from gamepilot_mon.web.pages.rule_fields import PACE, ROWS_MOST, Sections

LISTS = ("matchers",)
NONE_WHEN_EMPTY = frozenset({"warning", "critical"})  # what is left out has a default in some kinds
BLANK_ROWS = 2


@dataclass(frozen=True, slots=True)
class Draft:
    """`values` and `errors` are by the name of the input; "" for what belongs to none. `name` is None for a new rule.

    `spec` is there when a stored rule holds, `partial` is what a built-in one changes in the configuration.
    """

    kind: str
    name: str | None
    values: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)
    spec: Spec | None = None
    partial: dict[str, Any] | None = None
    watch: Watch | None = None

    @property
    def sections(self) -> Sections:
        if self.kind == "built_in":
            return rule_fields.built_in(self.name or "")
        return rule_fields.KINDS[self.kind]

    @property
    def rows(self) -> range:
        """The numbers of the pairs of windows to show: those that say something, and room for more."""
        said = [
            n for n in range(ROWS_MOST) if any(self.values.get(f"windows-{n}-{part}") for part in PACE[:3])
        ]
        return range(min(ROWS_MOST, (max(said) + 1 if said else 0) + BLANK_ROWS))


def blank(kind: str, known: Mapping[str, str]) -> Draft:
    """A new rule with its defaults, and what is `known` of it already."""
    empty = _defaults(kind)
    return Draft(kind, None, {**empty, **{name: text for name, text in known.items() if name in empty}})


def _defaults(kind: str) -> dict[str, str]:
    model = rule_spec.KINDS[kind]
    given = {
        info.alias or name: info.get_default(call_default_factory=True)
        for name, info in model.model_fields.items()
        if not info.is_required()
    }
    names = [each.name for each in rule_fields.fields_of(rule_fields.KINDS[kind])]
    return {"name": "", **_texts(dict.fromkeys(names) | _plain(given))}


def _plain(members: dict[str, Any]) -> dict[str, Any]:
    paces = members.get("windows")
    return {**members, "windows": [each.model_dump() for each in paces]} if paces else members


def of_stored(name: str, spec: Spec) -> Draft:
    return Draft(spec.kind, name, _texts(rule_spec.whole(spec)), spec=spec, watch=spec.watch(name))


def of_built_in(name: str, config: RuntimeConfig, spans: tuple[int, int]) -> Draft:
    rule = measures.rules(config)[name]
    values = _texts({
        "warning": rule.warning, "critical": rule.critical, "minSamples": config.min_samples,
        "responseTimeStatistic": config.response_time_statistic,
    })  # fmt: skip
    return Draft("built_in", name, values, watch=_watch_of(name, config, spans))


def _watch_of(name: str, config: RuntimeConfig, spans: tuple[int, int]) -> Watch | None:
    return next((each for each in measures.watches(config, spans) if each.rule.type == name), None)


def _texts(document: Mapping[str, Any]) -> dict[str, str]:
    found = {
        name: fields.text_of(value) for name, value in document.items() if name not in ("windows", "kind")
    }
    if "by" in document:
        found["by"] = ", ".join(document["by"] or [])
    if "windows" in document:
        found["windows"] = ""
    for number, pace in enumerate(document["windows"] if isinstance(document.get("windows"), list) else []):
        found |= {f"windows-{number}-{part}": fields.text_of(pace[part]) for part in PACE}
    return found


def written(kind: str, name: str | None, form: Mapping[str, str]) -> Draft:
    """A stored rule as the form says it. `name`: of the one that is changed."""
    names = ["name", *(each.name for each in rule_fields.fields_of(rule_fields.KINDS[kind]))]
    rows = [f"windows-{n}-{part}" for n in range(ROWS_MOST) for part in PACE] if kind == "burn_rate" else []
    values = fields.written(form, names + rows)
    wrong = {**_wrong_name(name, values), **dict(_wrong_labels(values))}
    try:
        spec = rule_spec.parse(_document(kind, values))
    except Refused as error:
        return Draft(kind, name, values, {**_placed(error.errors, values), **wrong})
    return Draft(kind, name, values, wrong, spec, watch=spec.watch(name or values["name"].strip() or "new"))


def _wrong_name(name: str | None, values: Mapping[str, str]) -> dict[str, str]:
    """Of a new rule."""
    try:
        if name is None:
            stored_rules.require_free(values["name"].strip())
    except Refused as error:
        return {"name": error.errors[0][1]}
    return {}


def _wrong_labels(values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(fields.lines(values["labels"]), start=1):
        if "=" not in line:
            yield "labels", f"line {number} must look like name=value"


def _document(kind: str, values: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {"kind": kind, "enabled": bool(values["enabled"])}
    for each in rule_fields.fields_of(rule_fields.KINDS[kind]):
        text = values[each.name].strip()
        if each.kind == "check":
            continue
        if text:
            found[each.name] = _member(each, text)
        elif each.name in NONE_WHEN_EMPTY:
            found[each.name] = None
    if kind == "burn_rate" and (rows := _rows(values)):
        found["windows"] = [_pace(values, number) for number in rows]
    return found


def _member(each: fields.Field, text: str) -> Any:
    if each.name in LISTS:
        return fields.lines(text)
    if each.name == "by":
        return text.replace(",", " ").split()
    if each.name == "labels":
        return {
            name.strip(): value.strip()
            for name, equals, value in (line.partition("=") for line in fields.lines(text)) if equals
        }  # fmt: skip
    return fields.number(text) if each.kind == "number" else text


def _rows(values: Mapping[str, str]) -> list[int]:
    return [n for n in range(ROWS_MOST) if any(values[f"windows-{n}-{part}"].strip() for part in PACE[:3])]


def _pace(values: Mapping[str, str], number: int) -> dict[str, Any]:
    said = {part: values[f"windows-{number}-{part}"].strip() for part in PACE}
    found: dict[str, Any] = {part: text for part, text in said.items() if text}
    if "factor" in found:
        found["factor"] = fields.number(found["factor"])
    return found


def _placed(errors: list[tuple[str, str]], values: Mapping[str, str]) -> dict[str, str]:
    """The errors by the input that each belongs to, the first of each."""
    found: dict[str, str] = {}
    for pointer, text in errors:
        found.setdefault(*_place(pointer.split("/")[1:], text, values))
    return found


def _place(parts: list[str], text: str, values: Mapping[str, str]) -> tuple[str, str]:
    if not parts:
        return "", text
    if parts[0] == "windows":
        rows = _rows(values)
        number = rows[int(parts[1])] if len(parts) > 1 else 0
        return f"windows-{number}-{parts[2] if len(parts) > 2 else 'long'}", text
    if parts[0] in values:
        line = f"line {int(parts[1]) + 1}: " if parts[0] in LISTS and len(parts) > 1 else ""
        return parts[0], line + text
    return "", f"{parts[0]}: {text}"


def written_built_in(
    settings: Settings, name: str, form: Mapping[str, str], spans: tuple[int, int]
) -> Draft:  # fmt: skip
    """Reads the configuration that the change would be merged into."""
    names = [each.name for each in rule_fields.fields_of(rule_fields.built_in(name))]
    values = fields.written(form, names)
    partial = _partial(name, values)
    try:
        config = runtime_config.tried(settings, partial)
    except Problem as error:
        return Draft("built_in", name, values, dict(_placed_built_in(error.errors, values)))
    return Draft("built_in", name, values, partial=partial, watch=_watch_of(name, config, spans))


def _partial(name: str, values: Mapping[str, str]) -> dict[str, Any]:
    rungs = {rung: fields.number(values[rung].strip()) for rung in ("warning", "critical") if rung in values}
    found: dict[str, Any] = {"thresholds": {to_camel(name): rungs}}
    if "minSamples" in values:
        found["minSamples"] = fields.number(values["minSamples"].strip())
    if "responseTimeStatistic" in values:
        found["responseTimeStatistic"] = values["responseTimeStatistic"]
    return found


def pointers(name: str) -> frozenset[str]:
    """Where in the configuration a built-in rule is."""
    places = {
        "warning": f"/thresholds/{to_camel(name)}/warning",
        "critical": f"/thresholds/{to_camel(name)}/critical",
    }
    names = [each.name for each in rule_fields.fields_of(rule_fields.built_in(name))]
    return frozenset(places.get(each, f"/{each}") for each in names)


def partial_of(name: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """The part of the configuration that is a built-in rule."""
    names = [each.name for each in rule_fields.fields_of(rule_fields.built_in(name))]
    found: dict[str, Any] = {each: document[each] for each in names if each in document}
    return {**found, "thresholds": {to_camel(name): document["thresholds"][to_camel(name)]}}


def _placed_built_in(
    errors: list[tuple[str, str]], values: Mapping[str, str]
) -> Iterator[tuple[str, str]]:  # fmt: skip
    for pointer, text in errors:
        last = pointer.rpartition("/")[2]
        if last in values:
            yield last, text
        elif pointer.startswith("/thresholds"):
            yield "critical", text
        else:
            yield "", f"{pointer}: {text}"
