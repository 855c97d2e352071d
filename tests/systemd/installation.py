"""GamePilot Monitor as installed in the machine, seen as its administrator sees it."""

import re
from dataclasses import dataclass

import requests

from tests.systemd.machine import Machine
from tests.systemd.waiting import wait_until

CHECKOUT = "/usr/src/gamepilot-mon"
TARGET = "gamepilot-mon.target"
WEB = "gamepilot-mon-web.service"
DAEMON = "gamepilot-mon-daemon.service"
SERVICES = (WEB, DAEMON)
SETTINGS = "/etc/gamepilot-mon/env"
INSTALL_S = 600
START_S = 30


def make_install(machine: Machine) -> None:
    machine.ask("make", "-C", CHECKOUT, "install", timeout_s=INSTALL_S)


@dataclass
class Installation:
    machine: Machine
    url: str

    def set(self, **settings: str) -> None:
        """Change the env file as an editor would: other lines stay, and so do its owner and mode."""
        file = self.machine.path(SETTINGS)
        lines = [line for line in file.read_text().splitlines() if line.partition("=")[0] not in settings]
        file.write_text("\n".join([*lines, *(f"{name}={value}" for name, value in settings.items())]) + "\n")

    def unset(self, name: str) -> None:
        file = self.machine.path(SETTINGS)
        file.write_text(re.sub(rf"^{name}=.*\n", "", file.read_text(), flags=re.MULTILINE))

    def start(self) -> None:
        self.machine.ask("systemctl", "start", TARGET)
        wait_until(self.is_ready, within_s=START_S, what="/healthz and /readyz answer 200")

    def stop(self) -> None:
        self.machine.ask("systemctl", "stop", TARGET)

    def is_ready(self) -> bool:
        return self.answers("/healthz") and self.answers("/readyz")

    def answers(self, path: str) -> bool:
        try:
            return requests.get(self.url + path, timeout=2).status_code == 200
        except requests.RequestException:
            return False

    def main_pid(self, unit: str) -> int:
        return int(self.machine.show(unit, "MainPID"))

    def state(self, unit: str) -> tuple[str, str]:
        """(ActiveState, Result): ("active", "success") is a service that runs well."""
        return self.machine.show(unit, "ActiveState"), self.machine.show(unit, "Result")

    def token(self, role: str) -> str:
        return self.machine.ask("gamepilot-mon", "token", "create", "--role", role)

    def send_alert(self, token: str, message: str) -> requests.Response:
        return requests.post(
            f"{self.url}/api/realtime/alerts/custom",
            json={"type": "deployment", "severity": "critical", "message": message},
            headers={"Authorization": f"Bearer {token}"},
            timeout=10,
        )

    def journal(self, *units: str) -> str:
        chosen = [f"--unit={unit}" for unit in units or SERVICES]
        return self.machine.run("journalctl", "--no-pager", "--output=cat", "--lines=60", *chosen).stdout
