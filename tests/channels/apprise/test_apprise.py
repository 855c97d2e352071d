import json
import subprocess
import sys
from ipaddress import ip_network

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from gamepilot_mon.catchers.slack import Hang, SlackCatcher, Status, rate_limited
from gamepilot_mon.channels import DeliveryError
from gamepilot_mon.channels.apprise import AppriseConfig, send
from gamepilot_mon.channels.apprise.guard import guarded
from tests.channels.messages import message

HERE = (ip_network("127.0.0.0/8"),)


def config(server: SlackCatcher, **more: object) -> AppriseConfig:
    return AppriseConfig(server.url.replace("http://", "json://"), allowed=HERE, **more)  # type: ignore[arg-type]


def refused(config: AppriseConfig) -> DeliveryError:
    with pytest.raises(DeliveryError) as error:
        send(config, message())
    return error.value


def test_it_sends_through_a_service_of_apprises() -> None:
    with SlackCatcher() as server:
        assert send(config(server), message(labels={"operation": "payment"})).detail == "taken by JSON"
        [post] = server.messages
    assert (post.payload["title"], post.payload["type"]) == ("🚨 CRITICAL Alert: error_rate", "failure")
    said = post.payload["message"].splitlines()
    assert said[0] == "High error rate: 150 errors in last 24h"
    assert "Value: 150" in said and "operation: payment" in said
    assert said[-1] == f"Notification {message().notification_id}"


@pytest.mark.parametrize(
    ("changes", "type_", "words"),
    [
        ({"severity": "warning"}, "warning", "WARNING"),
        ({"severity": "info"}, "info", "INFO"),
        ({"change": "resolved", "status": "resolved"}, "success", "RESOLVED"),
        ({"resend": True}, "failure", "Sent again"),
    ],
)
def test_it_tells_the_state_and_a_resend(changes: dict[str, object], type_: str, words: str) -> None:
    with SlackCatcher() as server:
        send(config(server), message(**changes))
        [post] = server.messages
    assert post.payload["type"] == type_ and words in post.payload["title"] + post.payload["message"]


OUTCOMES = [
    (Status(500), False, False),
    (rate_limited(), False, False),
    (Status(404), True, False),
    (Status(302), True, False),
]


@pytest.mark.parametrize(("fault", "permanent", "uncertain"), OUTCOMES, ids=lambda value: str(value))
def test_it_judges_by_the_status(fault: Status, permanent: bool, uncertain: bool) -> None:
    with SlackCatcher() as server:
        server.fail_next(fault)
        error = refused(config(server))
    assert (error.permanent, error.uncertain) == (permanent, uncertain)
    assert f"error={fault.code}" in error.detail


def test_it_gives_up_on_silence_and_calls_that_uncertain() -> None:
    with SlackCatcher() as server:
        server.fail_next(Hang())
        error = refused(config(server, deadline_ms=500))
    assert error.uncertain and "within 0.5 s" in error.detail


def test_it_follows_no_redirect(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/hook").respond_with_response(
        Response(status=302, headers={"Location": "/other"})
    )
    error = refused(AppriseConfig(httpserver.url_for("/hook").replace("http://", "json://"), HERE))
    assert error.permanent and len(httpserver.log) == 1


def test_it_refuses_what_apprise_does_not_know() -> None:
    error = refused(AppriseConfig("pigeon://loft/a-secret-part"))
    assert error.permanent and "secret" not in error.detail


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "169.254.169.254", "10.0.0.1", "[::1]"])
def test_it_reaches_no_private_address(host: str) -> None:
    error = refused(AppriseConfig(f"json://{host}:9/a-secret-part"))
    assert error.permanent and "GAMEPILOT_MON_SSRF_ALLOW" in error.detail and "secret" not in error.detail


# rsyslog leaves its socket to the garbage collector when sending fails.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    "url", ["syslog://", "mailto://a:b@127.0.0.1:9?to=c@d.example", "rsyslog://127.0.0.1"]
)
def test_other_services_do_not_get_around_the_guard(url: str) -> None:
    assert refused(AppriseConfig(url)).permanent


def test_a_guarded_thread_starts_no_program() -> None:
    with guarded(()) as guard, pytest.raises(Exception, match="starts a program"):
        subprocess.run(["/bin/true"], check=True)
    assert guard.refused == "it starts a program"
    subprocess.run(["/bin/true"], check=True)


def test_the_url_is_in_no_repr_and_no_error() -> None:
    with SlackCatcher() as server:
        server.fail_next(Status(500, "echo a-secret-part"))
        secret = AppriseConfig(server.url.replace("http://", "json://") + "?+X-Key=a-secret-part", HERE)
        error = refused(secret)
    assert "secret" not in repr(secret) + str(error) + error.detail


PROGRAM = """
from gevent import monkey
monkey.patch_all()
import json, logging, sys
logging.basicConfig(level=logging.DEBUG)
logging.getLogger("urllib3").setLevel(logging.WARNING)
from ipaddress import ip_network
from gamepilot_mon.channels import DeliveryError, apprise
from tests.channels.messages import message
allowed = (ip_network("127.0.0.0/8"),)
said = apprise.send(apprise.AppriseConfig(sys.argv[1], allowed), message()).detail
try:
    apprise.send(apprise.AppriseConfig(sys.argv[1]), message())
except DeliveryError as error:
    print(json.dumps([said, error.detail]))
"""


def test_it_works_is_guarded_and_logs_no_url_under_gevent() -> None:
    with SlackCatcher() as server:
        url = server.url.replace("http://", "json://") + "?+X-Key=a-secret-part"
        run = subprocess.run([sys.executable, "-c", PROGRAM, url], capture_output=True, text=True, timeout=60)
        assert run.returncode == 0, run.stderr
        assert len(server.messages) == 1 and "a-secret-part" not in run.stderr
    said, error = json.loads(run.stdout)
    assert said == "taken by JSON" and "the machine itself" in error
