"""A stand-in for a mail server, with faults on order."""

import asyncio
import ssl
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from gamepilot_mon import clock
from gamepilot_mon.catchers.inbox import Inbox

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class CaughtMail:
    sender: str
    recipients: tuple[str, ...]
    """of the envelope, without those refused"""
    message: EmailMessage
    raw: bytes
    tls: bool
    user: str | None
    received_at: int


class Fault(Protocol):
    """How the server treats one mail; `None` leaves a step as it is."""

    @property
    def accepted(self) -> bool:
        """The mail counts as taken."""

    def at_recipient(self, address: str) -> str | None: ...

    async def after_data(self, server: SMTP) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Refuse:
    """An answer such as 550 to the recipients named, or to every one."""

    reply: str = "550 5.1.1 no such user"
    recipients: frozenset[str] = frozenset()

    @property
    def accepted(self) -> bool:
        return bool(self.recipients)

    def at_recipient(self, address: str) -> str | None:
        return self.reply if not self.recipients or address in self.recipients else None

    async def after_data(self, server: SMTP) -> str | None:
        return None


def greylist() -> Refuse:
    return Refuse("451 4.7.1 greylisted, come back later")


@dataclass(frozen=True, slots=True)
class AnswerData:
    """An answer to the whole mail, such as 552."""

    reply: str
    accepted: bool = False

    def at_recipient(self, address: str) -> str | None:
        return None

    async def after_data(self, server: SMTP) -> str | None:
        return self.reply


@dataclass(frozen=True, slots=True)
class CutAfterData:
    """Takes the mail and resets the connection instead of saying so."""

    accepted: bool = True

    def at_recipient(self, address: str) -> str | None:
        return None

    async def after_data(self, server: SMTP) -> str | None:
        _transport(server).abort()
        return None


@dataclass(frozen=True, slots=True)
class DripAfterData:
    """Takes the mail and sends its answer a byte at a time, for ever."""

    every_ms: int = 50
    accepted: bool = True

    def at_recipient(self, address: str) -> str | None:
        return None

    async def after_data(self, server: SMTP) -> str | None:
        transport = _transport(server)
        while not transport.is_closing():
            transport.write(b"2")
            await asyncio.sleep(self.every_ms / 1000)
        return None


class SmtpCatcher:
    """`with SmtpCatcher() as smtp:` listens on `smtp.host` and `smtp.port`. `users` are name to password;
    `tls` offers STARTTLS, or TLS from the first byte with `tls_from_start`. Faults given to `fail_next` are
    used up one a mail."""

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        on_message: Callable[[CaughtMail], None] | None = None,
        tls: ssl.SSLContext | None = None,
        tls_from_start: bool = False,
        users: Mapping[str, str] | None = None,
    ) -> None:
        self.inbox: Inbox[CaughtMail] = Inbox(on_message)
        self.faults: deque[Fault] = deque()
        self.host = host
        self.users = users
        self._port = port
        self._tls = tls
        self._tls_from_start = tls_from_start
        self._controller: _Controller | None = None

    @property
    def messages(self) -> list[CaughtMail]:
        return self.inbox.messages

    @property
    def port(self) -> int:
        controller = self._running()
        assert isinstance(controller.server, asyncio.Server)
        return int(controller.server.sockets[0].getsockname()[1])

    def fail_next(self, *faults: Fault) -> None:
        self.faults.extend(faults)

    def wait_for(self, predicate: Callable[[list[CaughtMail]], Answer], timeout: float = 5.0) -> Answer:
        return self.inbox.wait_for(predicate, timeout)

    def start(self) -> Self:
        options: dict[str, Any] = {"hostname": self.host, "port": self._port}
        if self._tls and self._tls_from_start:
            options["ssl_context"] = self._tls
        elif self._tls:
            options |= {"tls_context": self._tls, "require_starttls": True}
        if self.users is not None:
            options |= {"authenticator": self._authenticate, "auth_require_tls": False}
        controller = _Controller(_Handler(self), server_hostname="catcher.invalid", **options)
        controller.start()
        self._controller = controller
        return self

    def stop(self) -> None:
        controller, self._controller = self._running(), None
        controller.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _running(self) -> "_Controller":
        if self._controller is None:
            raise RuntimeError("the SMTP catcher is not running")
        return self._controller

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        name, password = data.login.decode(), data.password.decode()
        known = self.users is not None and self.users.get(name) == password
        return AuthResult(success=known, handled=False, auth_data=name if known else None)


class _Controller(Controller):
    def _trigger_server(self) -> None:
        """The library connects to itself here to see whether it can build its handler; with port 0 it does
        not know where, and ours needs no such proof."""
        self._factory_invoked.set()
        self.smtpd = SMTP(self.handler, **self.SMTP_kwargs)


class _Handler:
    def __init__(self, catcher: SmtpCatcher) -> None:
        self._catcher = catcher

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._catcher.users is not None and not session.authenticated:
            return "530 5.7.0 authentication required"
        faults = self._catcher.faults
        envelope.fault = faults.popleft() if faults else None  # type: ignore[attr-defined]
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        fault = _fault_of(envelope)
        reply = fault.at_recipient(address) if fault else None
        if reply is None:
            envelope.rcpt_tos.append(address)
        return reply or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        fault = _fault_of(envelope)
        if fault is None or fault.accepted:
            self._catcher.inbox.add(_caught(server, session, envelope))
        reply = await fault.after_data(server) if fault else None
        return reply or "250 OK: caught"


def _transport(server: SMTP) -> asyncio.Transport:
    assert isinstance(server.transport, asyncio.Transport)
    return server.transport


def _fault_of(envelope: Envelope) -> Fault | None:
    fault: Fault | None = getattr(envelope, "fault", None)
    return fault


def _caught(server: SMTP, session: Session, envelope: Envelope) -> CaughtMail:
    raw = bytes(envelope.original_content or b"")
    message = message_from_bytes(raw, policy=policy.default)
    return CaughtMail(
        sender=envelope.mail_from or "",
        recipients=tuple(envelope.rcpt_tos),
        message=message,
        raw=raw,
        tls=_transport(server).get_extra_info("sslcontext") is not None,
        user=session.auth_data if session.authenticated else None,
        received_at=clock.utcnow(),
    )
