"""The web process runs under gevent, where sockets, threads and timers are gevent's. A process of its own
shows that both channels work there and hold nobody else up."""

import json
import subprocess
import sys

from gamepilot_mon.catchers.slack import Drip, SlackCatcher
from gamepilot_mon.catchers.smtp import SmtpCatcher

PROGRAM = """
from gevent import monkey
monkey.patch_all()
import json, sys, time
import gevent
from gamepilot_mon.channels import DeliveryError
from gamepilot_mon.channels import email, slack
from tests.channels.messages import message
url, port = sys.argv[1], int(sys.argv[2])
ticks = []
def tick():
    while True:
        ticks.append(time.monotonic())
        gevent.sleep(0.01)
ticker = gevent.spawn(tick)
dripped = ""
try:
    slack.send(slack.SlackConfig(url, "#alerts", trusted=True, deadline_ms=700), message())
except DeliveryError as error:
    dripped = error.uncertain
during = len(ticks)
hook = slack.send(slack.SlackConfig(url, "#alerts", trusted=True), message())
mail = email.send(
    email.EmailConfig("127.0.0.1", port, False, None, None, "a@b.dev", ("c@d.dev",), trusted=True), message()
)
ticker.kill()
print(json.dumps({"dripped": dripped, "slack": hook.detail, "email": mail.detail, "ticks": during}))
"""


def test_it_works_under_gevent_without_holding_up_the_loop() -> None:
    with SlackCatcher() as slack, SmtpCatcher() as smtp:
        slack.fail_next(Drip())
        run = subprocess.run(
            [sys.executable, "-c", PROGRAM, slack.url, str(smtp.port)],
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert run.returncode == 0, run.stderr
        assert len(smtp.messages) == 1
    told = json.loads(run.stdout)
    assert (told["dripped"], told["slack"], told["email"]) == (True, "200 ok", "250 OK: caught")
    assert told["ticks"] > 5  # of some 70 while the answer dripped; a loop that is held up has one
