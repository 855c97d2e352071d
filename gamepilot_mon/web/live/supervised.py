"""Greenlets that must not die: one that fails is started again, and the same failure is logged once."""

import logging
from collections.abc import Callable

import gevent

log = logging.getLogger(__name__)

PAUSE_S = 0.5


def spawn(name: str, run: Callable[[], None]) -> gevent.Greenlet:
    return gevent.spawn(_keep_running, name, run)


def _keep_running(name: str, run: Callable[[], None]) -> None:
    told = ""
    while True:
        try:
            run()
        except Exception as error:
            if repr(error) != told:
                log.exception("%s failed and is started again", name)
            told = repr(error)
        gevent.sleep(PAUSE_S)
