"""One mail to one server, and what its answers mean.

A refusal with 5xx is permanent, one with 4xx is not. Trouble with certificates or a missing STARTTLS is not
permanent either: a certificate gets renewed and an attacker goes away, and the alert must still arrive then.
"""

import base64
import re
import smtplib
import ssl
from email.utils import getaddresses

from gamepilot_mon import clock
from gamepilot_mon.channels import DETAIL_MAX, DeliveryError, Message, Receipt
from gamepilot_mon.channels.clean import one_line, shorten
from gamepilot_mon.channels.email.config import EmailConfig
from gamepilot_mon.channels.email.connection import AlertMailer
from gamepilot_mon.channels.email.render import AlertMail, render
from gamepilot_mon.outbound import (
    Address,
    AddressRefused,
    Deadline,
    Dialer,
    Unreachable,
    is_loopback,
    tls_trouble,
)

_ADDRESS = re.compile(r"[!-~]+@[^\s@<>,;:\"()\[\]\\]+")
Refusals = dict[str, tuple[int, bytes]]


def send(config: EmailConfig, message: Message) -> Receipt:
    _check_addresses(config)
    mail = render(config, message, clock.utcnow())
    with Deadline(config.deadline_ms) as deadline:
        dialer = Dialer(
            deadline,
            allowed=config.allowed,
            own_hosts=[(config.host, config.port)] if config.trusted else [],
            connect_ms=config.connect_ms,
            refuse=(lambda address: None) if config.secure or config.allow_plain else _only_loopback,
        )
        outcome = _exchange(AlertMailer(config, dialer), mail)
    # Raised out here so that no traceback chains to a library's error, whose text may hold the login.
    if isinstance(outcome, DeliveryError):
        raise outcome
    return outcome


def _only_loopback(address: Address) -> str | None:
    if is_loopback(address):
        return None
    return "another machine, and without TLS mail goes to this one only (SMTP_SECURE is false)"


def _check_addresses(config: EmailConfig) -> None:
    if not config.recipients:
        raise DeliveryError("No mail was sent: there are no recipients (EMAIL_TO is empty).", permanent=True)
    for address in (config.sender, *config.recipients):
        if not _is_one_address(address):
            shown = one_line(address, 80)
            raise DeliveryError(f"No mail was sent: {shown!r} is not a usable address.", permanent=True)


def _is_one_address(text: str) -> bool:
    found = getaddresses([text])
    return text.isprintable() and len(found) == 1 and bool(_ADDRESS.fullmatch(found[0][1]))


def _exchange(mailer: AlertMailer, mail: AlertMail) -> Receipt | DeliveryError:
    assert mailer.app is not None
    try:
        with mailer.app.app_context():
            mailer.send(mail)
    except AddressRefused as error:
        return DeliveryError(f"The mail server was not contacted: {error}.", permanent=True)
    except UnicodeError:
        return DeliveryError("No mail was sent: an address cannot be written in ASCII.", permanent=True)
    except (OSError, smtplib.SMTPException) as error:
        return _failure(error, mailer)
    return Receipt(_receipt(mailer))


def _receipt(mailer: AlertMailer) -> str:
    refused = _refusals(mailer.refused)
    detail = f"{one_line(mailer.answer)}; refused: {refused}" if refused else one_line(mailer.answer)
    return shorten(redact(detail, mailer.settings), DETAIL_MAX)


def _failure(error: OSError, mailer: AlertMailer) -> DeliveryError:
    server = f"The mail server {mailer.settings.host}"
    if mailer.dialer.request_sent:
        return DeliveryError(
            f"{server} was given the whole mail, but the connection ended before its answer.", uncertain=True
        )
    said = redact(_words(error, mailer), mailer.settings)
    return DeliveryError(f"{server} {said}", permanent=_is_permanent(error))


def _is_permanent(error: OSError) -> bool:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPResponseException) and 500 <= error.smtp_code < 600


def _words(error: OSError, mailer: AlertMailer) -> str:
    """Goes on from `The mail server X …`."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            return f"refused every recipient: {_refusals(error.recipients)}"
        case smtplib.SMTPSenderRefused():
            return f"refused the sender {error.sender}: {_answer(error)}"
        case smtplib.SMTPAuthenticationError():
            return f"did not accept the user name and password: {_answer(error)}"
        case smtplib.SMTPDataError():
            return f"refused the mail: {_answer(error)}"
        case smtplib.SMTPResponseException():
            return f"is not ready for mail: {_answer(error)}"
        case smtplib.SMTPNotSupportedError():
            return f"lacks what is needed: {one_line(str(error))}"
        case ssl.SSLError():
            return f"is not used: {tls_trouble(error)}."
        case Unreachable():
            return f"could not be reached: {error}."
    return _silence(error, mailer)


def _silence(error: OSError, mailer: AlertMailer) -> str:
    config = mailer.settings
    if mailer.dialer.deadline.expired:
        return f"was not done within {config.deadline_ms / 1000:g} s; the mail was not handed over."
    if isinstance(error, TimeoutError) or "timed out" in str(error):
        return f"did not answer within {config.answer_ms / 1000:g} s; the mail was not handed over."
    return "broke the connection before the mail was handed over."


def _answer(error: smtplib.SMTPResponseException) -> str:
    return f"{error.smtp_code} {_text(error.smtp_error)}"


def _refusals(refused: Refusals) -> str:
    return ", ".join(f"{who} ({code} {_text(words)})" for who, (code, words) in sorted(refused.items()))


def _text(words: bytes | str) -> str:
    return one_line(words if isinstance(words, str) else words.decode("utf-8", "replace"), 150)


def redact(text: str, config: EmailConfig) -> str:
    """A server may echo what it was sent: the password as it is, or in the forms that AUTH gives it."""
    if not config.password:
        return text
    forms = [config.password, f"\0{config.user}\0{config.password}"]
    encoded = [base64.b64encode(form.encode("utf-8", "surrogatepass")).decode() for form in forms]
    for secret in (*encoded, config.password):
        text = text.replace(secret, "***")
    return text
