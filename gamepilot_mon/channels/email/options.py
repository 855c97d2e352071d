from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field

from gamepilot_mon.channels.email.config import EmailConfig
from gamepilot_mon.channels.options import Given, Options
from gamepilot_mon.part import Address, Line
from gamepilot_mon.settings.addresses import is_loopback
from gamepilot_mon.settings.contradictions import TLS_PORT

HOST = ("smtpHost", "smtpPort", "smtpSecure", "from")
LOGIN = ("smtpUser", "smtpPass")


class EmailOptions(Options):
    needed = ("to",)

    smtp_host: Line
    smtp_port: Annotated[int, Field(ge=1, le=65535)]
    smtp_secure: bool
    smtp_user: Line | None
    smtp_pass: Annotated[str, Field(max_length=1000)] | None = Field(repr=False)
    sender: Address = Field(alias="from")
    to: Annotated[list[Address], Field(max_length=50)] = []

    @classmethod
    def completed(cls, own: Mapping[str, Any], main: Mapping[str, Any]) -> dict[str, Any]:
        """The mail host is the main one's unless the channel has its own; the login goes to no other host."""
        same = own.get("smtpHost", main["smtpHost"]) == main["smtpHost"]
        login = {name: main[name] if same else None for name in LOGIN}
        return {**{name: main[name] for name in HOST}, **login, **own}

    def contradictions(self, *, allow_plain: bool) -> Iterator[tuple[str, str]]:
        if self.smtp_secure:
            return
        if self.smtp_port == TLS_PORT:
            yield "smtpSecure", "is false while the port is 465, where servers expect TLS"
        if self.enabled and not allow_plain and not is_loopback(self.smtp_host):
            yield "smtpSecure", "is false while the host is another machine, so mail would travel unencrypted"

    def config(self, given: Given) -> EmailConfig:
        own = given.own.smtp_host if isinstance(given.own, EmailOptions) else None
        return EmailConfig(
            host=self.smtp_host, port=self.smtp_port, secure=self.smtp_secure, user=self.smtp_user,
            password=self.smtp_pass, sender=self.sender, recipients=tuple(self.to),
            allow_plain=given.allow_plain, allowed=given.allowed, trusted=self.smtp_host == own,
        )  # fmt: skip
