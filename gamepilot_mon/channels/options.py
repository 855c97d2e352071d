"""Options: what can be set of a channel while running. Each kind of channel has a model of its own.

A member that is kept out of the repr is a secret: the API shows it as *** and takes *** as "unchanged".
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

from pydantic import model_validator

from gamepilot_mon.outbound import Network
from gamepilot_mon.part import Part, holding


class Options(Part):
    """What every channel has. A channel that needs nothing else may do without a model of its own."""

    kind: str
    enabled: bool = True
    failover: str | None = None

    needed: ClassVar[tuple[str, ...]] = ()
    """the members that it cannot work without, by their names in the document"""

    @classmethod
    def secrets(cls) -> frozenset[str]:
        """The members that nobody is shown, by their names in the document."""
        return frozenset(field.alias or name for name, field in cls.model_fields.items() if not field.repr)

    @classmethod
    def completed(cls, own: Mapping[str, Any], main: Mapping[str, Any]) -> dict[str, Any]:
        """The document `own` of a further channel with what it takes from `main`, the one named as its kind."""
        return dict(own)

    def missing(self) -> tuple[str, ...]:
        """The members that it cannot work without and that are empty."""
        document = self.model_dump(by_alias=True)
        return tuple(member for member in self.needed if not document[member])

    def lacks(self) -> str | None:
        """What else it cannot work without and does not have, in words: something that is no member."""
        return None

    def contradictions(self, *, allow_plain: bool) -> Iterator[tuple[str, str]]:
        """(member, what is wrong) of values that are right one by one. `allow_plain`: unencrypted mail is meant."""
        return iter(())

    def needs(self) -> str | None:
        """All of that on one line; None when it is set up."""
        return ", ".join(filter(None, (self.lacks(), *self.missing()))) or None

    def config(self, given: "Given") -> Any:
        """What `send` is called with."""
        return self

    @model_validator(mode="after")
    def complete(self) -> Self:
        return holding(self, not (self.enabled and self.lacks()), f"enabled needs {self.lacks()}")


@dataclass(frozen=True, slots=True)
class Given:
    """What the environment has to say. A host that it names may be a private one; one that is set while running
    must pass the address guard."""

    allowed: tuple[Network, ...] = ()
    """private networks that may be reached"""
    allow_plain: bool = False
    """mail to other machines without encryption"""
    own: Options | None = None
    """the channel of this kind as the environment alone sets it up"""
    contact: str = "mailto:alerts@gamepilot.dev"
    """whom a provider may write to about our messages: a mailto: or https: address"""


def same_host(own: str | None, url: str) -> bool:
    return own is not None and urlsplit(own).netloc == urlsplit(url).netloc
