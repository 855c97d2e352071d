"""One message through one of Apprise's services. Apprise says whether it worked; why not it only logs."""

import logging
import re
import threading

import apprise
from apprise import NotifyBase, NotifyType
from apprise.common import OverflowMode

from gamepilot_mon.channels import DETAIL_MAX, DeliveryError, Message, Receipt, wording
from gamepilot_mon.channels.apprise.config import AppriseConfig
from gamepilot_mon.channels.apprise.guard import guarded
from gamepilot_mon.channels.clean import clean, one_line, shorten
from gamepilot_mon.channels.posting import WORTH_RETRYING

TEXT_MAX = 10_000
_TYPES = {
    "critical": NotifyType.FAILURE, "warning": NotifyType.WARNING, "info": NotifyType.INFO,
    "resolved": NotifyType.SUCCESS,
}  # fmt: skip
_STATUS = re.compile(r"error=(\d{3})")


class _Said(logging.Handler):
    """What Apprise logs of one message, which is in a thread of its own."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []
        self.thread: int | None = None

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self.thread:
            self.lines.append(record.getMessage())


def send(config: AppriseConfig, message: Message) -> Receipt:
    outcome: list[Receipt | DeliveryError] = []
    sending = threading.Thread(
        target=lambda: outcome.append(_sent(config, message)), name="apprise", daemon=True
    )
    sending.start()
    # Its services have time limits for single reads only, so one that drips is left behind.
    sending.join(config.deadline_ms / 1000)
    if not outcome:
        limit_s = config.deadline_ms / 1000
        raise DeliveryError(f"The service gave no answer within {limit_s:g} s.", uncertain=True)
    if isinstance(outcome[0], DeliveryError):
        raise outcome[0]
    return outcome[0]


def _sent(config: AppriseConfig, message: Message) -> Receipt | DeliveryError:
    log, said = logging.getLogger("apprise"), _Said()
    log.propagate = False  # what it says is in the outcome, and may name the URL
    log.addHandler(said)
    said.thread = threading.get_ident()
    try:
        with guarded(config.allowed) as guard:
            outcome = _outcome(config, message, said.lines)
    finally:
        log.removeHandler(said)
    if guard.refused and isinstance(outcome, DeliveryError):
        return DeliveryError(f"The service was stopped: {guard.refused}.", permanent=True)
    return outcome


def _outcome(config: AppriseConfig, message: Message, said: list[str]) -> Receipt | DeliveryError:
    try:
        return _judge(config, *_notify(config, message), said)
    except Exception as error:  # a service's own bug; its text may have the URL in it
        return DeliveryError(f"{type(error).__name__} in the service", uncertain=True)


def _notify(config: AppriseConfig, message: Message) -> tuple[NotifyBase | None, bool]:
    asset = apprise.AppriseAsset(
        app_id="gamepilot-mon", app_desc="GamePilot Monitor", http_redirects=False, storage_mode="memory"
    )
    service = apprise.Apprise.instantiate(config.url, asset=asset)
    if service is None:
        return None, False
    service.overflow_mode = OverflowMode.TRUNCATE
    title = f"{wording.title(message)}: {one_line(message.type, 120)}"
    took = service.notify(body=body(message), title=title, notify_type=_TYPES[wording.state(message)])
    return service, bool(took)


def body(message: Message) -> str:
    facts = [
        ("Value", wording.measure(message.type, message.value)),
        ("Threshold", wording.measure(message.type, message.threshold)),
        ("Time", wording.moment(message.timestamp)),
        *wording.extras(message),
    ]
    lines = [shorten(clean(message.text), TEXT_MAX), *wording.notes(message)]
    lines += [f"{name}: {value}" for name, value in facts if value != wording.ABSENT]
    link = wording.safe_url(message.url)
    return "\n".join([*lines, *([link] if link else []), f"Notification {message.notification_id}"])


def _judge(
    config: AppriseConfig, service: NotifyBase | None, took: bool, said: list[str]
) -> Receipt | DeliveryError:
    if service is None:
        return DeliveryError("Apprise knows no service for this URL.", permanent=True)
    name = one_line(str(service.service_name), 60)
    if took:
        return Receipt(f"taken by {name}")
    why = _redacted(config, one_line(" ".join(said) or "it does not say why", DETAIL_MAX))
    status = _STATUS.search(why)
    permanent = status is not None and _is_final(int(status[1]))
    # Without a status nobody knows how far it came.
    return DeliveryError(f"{name} did not take it: {why}", permanent=permanent, uncertain=status is None)


def _is_final(status: int) -> bool:
    return 300 <= status < 500 and status not in WORTH_RETRYING


def _redacted(config: AppriseConfig, text: str) -> str:
    pieces = [piece for piece in re.split(r"[/:@?&=]", config.url) if len(piece) >= 6]
    for secret in sorted([config.url, *pieces], key=len)[::-1]:
        text = text.replace(secret, "***")
    return text
