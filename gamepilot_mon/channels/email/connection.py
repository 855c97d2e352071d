"""Flask-Mail over a connection that verifies certificates, keeps time limits and dials checked addresses."""

import smtplib
import socket
import ssl
from types import TracebackType
from typing import Any

import flask_mail
from flask import Flask

from gamepilot_mon.channels.email.config import EmailConfig
from gamepilot_mon.outbound import Dialer, tls_context

QUIT_MS = 2_000
"""the message is with the server by then; its good-bye is not worth a long wait"""


class AlertMailer(flask_mail.Mail):
    """Flask-Mail reads its settings from an application; this one exists for nothing else."""

    def __init__(self, config: EmailConfig, dialer: Dialer) -> None:
        self.connection: SafeConnection | None = None
        self.answer = ""
        """the server's answer to the message itself"""
        self.refused: dict[str, tuple[int, bytes]] = {}
        """recipients that the server refused while it took others"""
        self.dialer = dialer
        self.settings = config
        super().__init__(_application(config))

    def connect(self) -> "SafeConnection":
        return SafeConnection(self)


def _application(config: EmailConfig) -> Flask:
    app = Flask("gamepilot_mon.channels.email", static_folder=None)
    app.config.update(
        MAIL_SERVER=config.host,
        MAIL_PORT=config.port,
        MAIL_USE_SSL=config.tls_from_start,
        MAIL_USE_TLS=config.starttls,
        MAIL_USERNAME=config.user,
        MAIL_PASSWORD=config.password,
        MAIL_DEFAULT_SENDER=config.sender,
        MAIL_SUPPRESS_SEND=False,
    )
    return app


class SafeConnection(flask_mail.Connection):
    def __init__(self, mailer: AlertMailer) -> None:
        super().__init__(mailer)
        self.mailer = mailer

    def configure_host(self) -> smtplib.SMTP:
        config = self.mailer.settings
        tls = tls_context(config.cafile) if config.secure else None
        host = _PinnedTLS(self.mailer, tls) if config.tls_from_start else _Pinned(self.mailer)
        try:
            host.open()
            if config.starttls:
                host.starttls(context=tls)
            if config.user and config.password:
                host.login(config.user, config.password)
        except BaseException:
            host.close()
            raise
        return host

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Flask-Mail says QUIT in any case; on a broken connection that hides the error that broke it, and
        after an accepted message it would make a failure of a success."""
        if self.host is None:
            return
        if exc_type is None:
            _say_goodbye(self.host)
        self.host.close()


class _Pinned(smtplib.SMTP):
    """`open` connects; the address comes from the dialer, the name stays for the certificate."""

    def __init__(self, mailer: AlertMailer, **kwargs: Any) -> None:
        self._mailer = mailer
        self._in_data = False
        self._answer_s = mailer.settings.answer_ms / 1000
        super().__init__(local_hostname=_local_name(), timeout=self._answer_s, **kwargs)

    def open(self) -> None:
        config = self._mailer.settings
        self._host = config.host
        code, words = self.connect(config.host, config.port)
        if code != 220:
            raise smtplib.SMTPConnectError(code, words)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        connection = self._mailer.dialer.dial(host, port)
        connection.settimeout(timeout)
        return connection

    def sendmail(self, *args: Any, **kwargs: Any) -> dict[str, tuple[int, bytes]]:
        self._mailer.refused = super().sendmail(*args, **kwargs)
        return self._mailer.refused

    def data(self, msg: Any) -> tuple[int, bytes]:
        self._in_data = True
        try:
            code, words = super().data(msg)
        finally:
            self._in_data = False
        if self._mailer.dialer.deadline.expired or not (code == 250 or 400 <= code < 600):
            raise smtplib.SMTPServerDisconnected("the answer to the mail was cut short")
        self._mailer.dialer.request_sent = False  # answered: from here on nothing is uncertain
        self._mailer.answer = f"{code} {words.decode('utf-8', 'replace')}"
        return code, words

    def send(self, s: Any) -> None:
        super().send(s)
        if self._in_data and s.endswith(b"\r\n.\r\n" if isinstance(s, bytes) else "\r\n.\r\n"):
            self._mailer.dialer.request_sent = True


class _PinnedTLS(_Pinned, smtplib.SMTP_SSL):
    def __init__(self, mailer: AlertMailer, tls: ssl.SSLContext | None) -> None:
        super().__init__(mailer, context=tls)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return self.context.wrap_socket(super()._get_socket(host, port, timeout), server_hostname=host)


def _local_name() -> str:
    """What we call ourselves in EHLO. smtplib would ask the DNS for it, without a time limit."""
    name = socket.gethostname()
    return name if "." in name and name.isascii() else "[127.0.0.1]"


def _say_goodbye(host: smtplib.SMTP) -> None:
    try:
        if host.sock is not None:
            host.sock.settimeout(QUIT_MS / 1000)
        host.quit()
    except OSError:  # smtplib's own errors are OSErrors too
        return
