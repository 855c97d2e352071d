"""Which versions of which services sent something. Pure."""

from collections.abc import Iterable

from gamepilot_mon.sources import plain
from gamepilot_mon.sources.otlp.records import LogRecord, Point, Resource, Span
from gamepilot_mon.sources.releases import Version


def seen(records: Iterable[Span | Point | LogRecord]) -> set[Version]:
    resources = {id(record.resource): record.resource for record in records}
    return {version for resource in resources.values() if (version := _version(resource))}


def _version(resource: Resource) -> Version | None:
    said = resource.attributes
    number = plain.name(said.get("service.version"))
    where = plain.first_name(said.get("deployment.environment.name"), said.get("deployment.environment"))
    return Version(plain.name(resource.service) or "", number, where or "") if number else None
