"""Logs: one line a record on stderr, as text or JSON."""

import logging
import sys
from typing import TYPE_CHECKING

import msgspec

from gamepilot_mon.clock import iso

if TYPE_CHECKING:
    from gamepilot_mon.settings import Settings


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": iso(int(record.created * 1000)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        return msgspec.json.encode(entry).decode()


def configure(settings: "Settings") -> None:
    handler = logging.StreamHandler(sys.stderr)
    text = logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    handler.setFormatter(JsonFormatter() if settings.log_format == "json" else text)
    logging.basicConfig(handlers=[handler], level=settings.log_level.upper(), force=True)
    # What urllib3 says at debug level has the webhooks' addresses in it, which are secrets.
    for chatty in ("schedule", "mail.log", "peewee.migrations", "urllib3"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
