import json
from collections.abc import Iterator

import pytest
from pytest_httpserver import HTTPServer

from tests.systemd.installation import (
    CHECKOUT,
    DAEMON,
    INSTALL_S,
    SERVICES,
    SETTINGS,
    TARGET,
    WEB,
    Installation,
    make_install,
)
from tests.systemd.machine import Machine
from tests.systemd.waiting import wait_until

pytestmark = pytest.mark.systemd

BACK_S = 5
SLACK_S = 10
EXPOSURE_MAX = 2.5


def install(machine: Machine, **settings: str) -> tuple[int, list[str]]:
    done = machine.run("/bin/sh", f"{CHECKOUT}/systemd/install.sh", timeout_s=INSTALL_S, **settings)
    return done.returncode, done.stdout.splitlines()


def test_it_refuses_anyone_but_root(machine: Machine) -> None:
    done = machine.run("setpriv", "--reuid=nobody", "--clear-groups", f"{CHECKOUT}/systemd/install.sh")
    assert (done.returncode, done.stdout) == (
        1,
        "install: this changes the machine and must run as root: sudo make install\n",
    )


def test_it_refuses_an_old_python(machine: Machine) -> None:
    old = machine.path("/usr/local/bin/old-python")
    old.write_text('#!/bin/sh\n[ "$1" = -V ] && echo Python 3.9.2 && exit\nexit 1\n')
    old.chmod(0o755)
    status, lines = install(machine, PYTHON="/usr/local/bin/old-python")
    assert status == 1
    assert lines == [
        "install: Python 3.11 or newer is needed, found: Python 3.9.2; set PYTHON=/path/to/python3"
    ]


def test_it_names_the_package_that_makes_venvs(machine: Machine) -> None:
    ensurepip = machine.path("/usr/lib/python3.11/ensurepip")
    hidden = ensurepip.rename(ensurepip.with_name("ensurepip.hidden"))
    try:
        status, lines = install(machine)
    finally:
        hidden.rename(ensurepip)
    assert status == 1
    assert [line.rpartition(": ")[2] for line in lines] == ["apt install python3.11-venv"]


def test_its_units_are_free_of_mistakes(installation: Installation) -> None:
    assert installation.machine.ask("systemd-analyze", "verify", TARGET, *SERVICES) == ""


@pytest.mark.parametrize("unit", SERVICES)
def test_a_service_is_shut_in(installation: Installation, unit: str) -> None:
    verdict = installation.machine.ask("systemd-analyze", "security", "--no-pager", unit).splitlines()[-1]
    assert float(verdict.split(":")[1].split()[0]) <= EXPOSURE_MAX, verdict


def test_it_starts_at_boot_and_by_one_name(running: Installation) -> None:
    assert [running.state(unit) for unit in SERVICES] == [("active", "success")] * 2
    assert running.machine.ask("systemctl", "is-enabled", TARGET) == "enabled"


def test_nobody_else_reads_its_secrets(running: Installation) -> None:
    listing = running.machine.ask(
        "stat", "-c", "%a %U:%G", SETTINGS, "/etc/gamepilot-mon", "/var/lib/gamepilot-mon"
    )
    assert listing.splitlines() == [
        "640 root:gamepilot-mon",
        "750 root:gamepilot-mon",
        "700 gamepilot-mon:gamepilot-mon",
    ]
    assert running.machine.ask("find", "/var/lib/gamepilot-mon", "-type", "f", "-perm", "/077") == ""


def test_an_operator_reaches_slack(running: Installation, slack: HTTPServer) -> None:
    answer = running.send_alert(running.token("operator"), "the new version is out")
    assert answer.status_code == 200, answer.text
    wait_until(
        lambda: any("the new version is out" in request.get_data(as_text=True) for request, _ in slack.log),
        within_s=SLACK_S,
        what="the alert is at Slack",
    )


@pytest.mark.parametrize("unit", SERVICES)
def test_a_killed_service_is_back_within_five_seconds(running: Installation, unit: str) -> None:
    killed = running.main_pid(unit)
    running.machine.signal(killed, "KILL")
    wait_until(
        lambda: running.main_pid(unit) not in (0, killed) and running.is_ready(),
        within_s=BACK_S,
        what=f"{unit} is back",
    )


@pytest.fixture
def impatient(installation: Installation) -> Iterator[Installation]:
    """The installed daemon, but with a watchdog that this test can wait for."""
    override = installation.machine.path(f"/etc/systemd/system/{DAEMON}.d/impatient.conf")
    override.parent.mkdir()
    override.write_text("[Service]\nWatchdogSec=3\nTimeoutAbortSec=1\n")
    installation.machine.ask("systemctl", "daemon-reload")
    installation.stop()
    installation.start()
    yield installation
    override.unlink()
    override.parent.rmdir()
    installation.machine.ask("systemctl", "daemon-reload")
    installation.stop()


def test_a_hung_daemon_is_replaced(impatient: Installation) -> None:
    hung = impatient.main_pid(DAEMON)
    impatient.machine.signal(hung, "STOP")
    wait_until(
        lambda: impatient.main_pid(DAEMON) not in (0, hung) and impatient.is_ready(),
        within_s=15,
        what="a new daemon is ready",
    )


def test_a_reload_keeps_the_web_process(running: Installation) -> None:
    before = running.main_pid(WEB)
    running.machine.ask("systemctl", "reload", WEB)
    wait_until(running.is_ready, within_s=BACK_S, what="ready after a reload")
    assert running.main_pid(WEB) == before


def test_an_upgrade_keeps_settings_and_data_and_restarts_what_runs(running: Installation) -> None:
    token = running.token("operator")
    settings = running.machine.path(SETTINGS).read_text()
    before = [running.main_pid(unit) for unit in SERVICES]
    make_install(running.machine)
    wait_until(running.is_ready, within_s=BACK_S, what="ready after the upgrade")
    assert not set(before) & {running.main_pid(unit) for unit in SERVICES}
    assert running.machine.path(SETTINGS).read_text() == settings
    assert running.send_alert(token, "still known").status_code == 200


def test_an_upgrade_starts_nothing_that_was_stopped(running: Installation) -> None:
    running.stop()
    make_install(running.machine)
    assert [running.state(unit)[0] for unit in SERVICES] == ["inactive", "inactive"]


@pytest.mark.parametrize("unit", SERVICES)
def test_wrong_settings_stop_a_service_and_are_named(running: Installation, unit: str) -> None:
    running.set(ALERT_ERROR_RATE_WARNING="banana")
    try:
        running.machine.run("systemctl", "restart", unit)
        wait_until(
            lambda: running.state(unit) == ("failed", "exit-code"), within_s=BACK_S, what=f"{unit} gave up"
        )
        journal = running.journal(unit)
    finally:
        running.unset("ALERT_ERROR_RATE_WARNING")
    assert running.machine.show(unit, "ExecMainStatus") == "2"
    assert "ALERT_ERROR_RATE_WARNING" in journal


def test_a_stop_is_clean_and_leaves_no_process(running: Installation) -> None:
    running.stop()
    assert [running.state(unit) for unit in SERVICES] == [("inactive", "success")] * 2
    assert running.machine.processes_of("gamepilot-mon") == []


# One assignment a line but for the joined ones; \x20 keeps the blanks at line ends visible here.
HARD_SETTINGS = r"""
# a comment \
GREETING=of the comment's second line
; another
PLAIN=one two  three\x20\x20
HASH=#alerts
LATER=a #b ; c
SINGLE='it is "so" \n'
DOUBLE="say \"hi\" for \$5 \n `x` it's"
JOINED="a b" 'c' d "e"
ESCAPED=back\\slash \"quoted\" tail\\x20
LONG=first \
  second
LINES="one
two"
EMPTY=
  INDENTED = spaced
EQUALS=a=b=c
""".replace("\\x20", " ")
THEIRS = "import json, os; print(json.dumps(dict(os.environ)))"
OURS = """
import json, runpy, sys
command = runpy.run_path("/usr/local/bin/gamepilot-mon")
print(json.dumps(command["parse"](sys.argv[1])))
"""


def test_the_command_reads_settings_as_systemd_does(installation: Installation) -> None:
    file = installation.machine.path("/run/hard-settings")
    file.write_text(HARD_SETTINGS)
    service = ["systemd-run", "--quiet", "--wait", "--pipe", "--property=EnvironmentFile=/run/hard-settings"]
    theirs = json.loads(installation.machine.ask(*service, "python3", "-c", THEIRS))
    ours = json.loads(installation.machine.ask("python3", "-c", OURS, HARD_SETTINGS))
    assert ours == {name: theirs.get(name) for name in ours}
    assert "PLAIN" in ours
    assert not {name for name in theirs if name.isupper() and name in HARD_SETTINGS} - set(ours)


def test_it_comes_back_after_a_reboot(running: Installation) -> None:
    running.machine.reboot()
    wait_until(running.is_ready, within_s=30, what="ready after the reboot")


def test_an_uninstall_keeps_settings_and_data(running: Installation) -> None:
    running.machine.ask("make", "-C", CHECKOUT, "uninstall")
    assert running.machine.processes_of("gamepilot-mon") == []
    assert running.machine.run("systemctl", "cat", WEB).returncode != 0
    assert running.machine.path(SETTINGS).exists()
    assert running.machine.path("/var/lib/gamepilot-mon/gamepilot-mon.db").exists()
    assert not running.machine.path("/opt/gamepilot-mon").exists()


def test_a_purge_leaves_nothing(installation: Installation) -> None:
    installation.machine.ask("make", "-C", CHECKOUT, "uninstall", PURGE="1")
    places = ["/etc", "/opt", "/run/systemd", "/usr/local", "/var/lib"]
    assert installation.machine.ask("find", *places, "-name", "*gamepilot-mon*") == ""
