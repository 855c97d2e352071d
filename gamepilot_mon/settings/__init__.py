"""Typed, frozen settings; the only reader of the environment."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple, Self

from pydantic import PrivateAttr, ValidationError

from gamepilot_mon.settings import environment
from gamepilot_mon.settings.addresses import bind_parts
from gamepilot_mon.settings.contradictions import Contradiction, contradictions
from gamepilot_mon.settings.environment import Source
from gamepilot_mon.settings.fields import Fields, setting_of, variable_name
from gamepilot_mon.settings.text import shown, written

__all__ = [
    "Contradiction",
    "Described",
    "Documented",
    "Settings",
    "SettingsError",
    "Source",
    "contradictions",
]


class SettingsError(Exception):
    """Everything that is wrong, each as `NAME: what is wrong and what would be right`, free of secrets."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Described(NamedTuple):
    name: str
    attribute: str
    text: str
    source: Source


class Documented(NamedTuple):
    name: str
    default: str
    meaning: str


class Settings(Fields):
    """Made by from_env(); a value given to the constructor counts as coming from the environment."""

    _sources: dict[str, Source] = PrivateAttr(default_factory=dict)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None, dotenv: Path | None = Path(".env")) -> Self:
        """Reads `environ` (None: os.environ) and the .env file; SettingsError names every problem at once."""
        attributes = {variable_name(attribute): attribute for attribute in cls.model_fields}
        found = environment.find(_variables(), os.environ if environ is None else environ, dotenv)
        texts = {attributes[name]: text for name, text in found.texts.items()}
        settings, malformed = cls._parsed(texts)
        doubtful = malformed.keys() | {attributes[name] for name in found.unreadable}
        problems = [*found.problems, *malformed.values(), *_contradictions_outside(doubtful, settings)]
        if problems:
            raise SettingsError(problems)
        settings._sources.update({attributes[name]: source for name, source in found.sources.items()})
        return settings

    @classmethod
    def _parsed(cls, texts: dict[str, str]) -> tuple[Self, dict[str, str]]:
        """The settings with defaults in place of malformed texts, and the problem of each of those."""
        try:
            return cls.model_validate(texts), {}
        except ValidationError as error:
            malformed = _problems_by_attribute(error)
        sound = {attribute: text for attribute, text in texts.items() if attribute not in malformed}
        return cls.model_validate(sound), malformed

    @classmethod
    def documented(cls) -> list[Documented]:
        return [
            Documented(
                variable_name(attribute), written(attribute, field.default), setting_of(attribute).meaning
            )
            for attribute, field in cls.model_fields.items()
        ]

    def source(self, attribute: str) -> Source:
        given: Source = "environment" if attribute in self.model_fields_set else "default"
        return self._sources.get(attribute, given)

    def describe(self) -> list[Described]:
        """Every setting as text; secrets and credentials in URLs are masked, empty means not set."""
        return [
            Described(variable_name(attribute), attribute, self._shown(attribute), self.source(attribute))
            for attribute in type(self).model_fields
        ]

    def to_environ(self, inherited: Mapping[str, str] | None = None) -> dict[str, str]:
        """The environment, secrets in clear, that gives a child process exactly these settings.

        `inherited` is what else it gets: every variable in there that is a setting is replaced or left out.
        """
        ours = {name for variable in _variables() for name in (variable.name, variable.file_name)}
        kept = {name: text for name, text in (inherited or {}).items() if name not in ours}
        texts = {variable_name(attribute): written(attribute, value) for attribute, value in self}
        return kept | {name: text for name, text in texts.items() if text}

    @property
    def state_dir(self) -> Path:
        """Folder of the store."""
        return Path(self.database_url.removeprefix("sqlite:///")).parent

    @property
    def bind_address(self) -> tuple[str, int]:
        """Host without brackets, and port."""
        return bind_parts(self.bind)

    def _shown(self, attribute: str) -> str:
        return shown(attribute, getattr(self, attribute), secret=setting_of(attribute).secret)

    def __repr_args__(self) -> Iterable[tuple[str, str]]:
        return [(attribute, self._shown(attribute)) for attribute in type(self).model_fields]


def _variables() -> list[environment.Variable]:
    marks = [setting_of(attribute) for attribute in Fields.model_fields]
    return [environment.Variable(mark.name, mark.may_be_file) for mark in marks]


def _problems_by_attribute(error: ValidationError) -> dict[str, str]:
    problems: dict[str, str] = {}
    for detail in error.errors(include_url=False, include_input=False):
        attribute = str(detail["loc"][0])
        reason = detail.get("ctx", {}).get("error", detail["msg"])
        problems.setdefault(attribute, f"{variable_name(attribute)}: {reason}")
    return problems


def _contradictions_outside(doubtful: set[str], settings: Fields) -> list[str]:
    """Contradictions among sound values only: a malformed one is reported once, not also for its default."""
    return [str(found) for found in contradictions(settings) if doubtful.isdisjoint(found.attributes)]
