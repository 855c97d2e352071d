"""A booted Debian with its own systemd, in a container that shares this machine's network."""

import contextlib
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.systemd import cgroups
from tests.systemd.waiting import wait_until

BOOT_S = 60
POWEROFF_S = 20
# With --keep-unit, systemd-nspawn leaves it to its caller to boot again.
REBOOT_STATUS = 133
ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LANG": "C.UTF-8",
    "SYSTEMD_PAGER": "",
}


@dataclass
class Machine:
    """`boot` is the command that boots it and runs for as long as it is up; `log` takes its console."""

    boot: list[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    nspawn: subprocess.Popen[bytes] | None = None

    def power_on(self) -> None:
        with self.log.open("ab") as console:
            self.nspawn = subprocess.Popen(
                self.boot, stdin=subprocess.DEVNULL, stdout=console, stderr=console
            )
        wait_until(self.is_up, within_s=BOOT_S, what="the container has booted")

    def power_off(self) -> None:
        if self.nspawn is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.run("systemctl", "poweroff", timeout_s=POWEROFF_S)
            self.nspawn.wait(POWEROFF_S)
        self.nspawn.kill()
        self.nspawn.wait()
        cgroups.remove_left_behind()

    def reboot(self) -> None:
        assert self.nspawn
        self.run("systemctl", "reboot")
        status = self.nspawn.wait(POWEROFF_S)
        assert status == REBOOT_STATUS, f"systemd-nspawn ended with status {status}"
        self.power_on()

    @property
    def leader(self) -> int:
        """The pid, on this machine, of the container's pid 1; 0 while there is none."""
        assert self.nspawn
        nspawn = only_child(self.nspawn.pid)
        return only_child(nspawn) if nspawn else 0

    def is_up(self) -> bool:
        assert self.nspawn
        if self.nspawn.poll() is not None:
            console = self.log.read_text(errors="replace")
            raise AssertionError(f"systemd-nspawn ended with status {self.nspawn.returncode}\n{console}")
        if not self.leader:
            return False
        return self.run("systemctl", "is-system-running").stdout.strip() in ("running", "degraded")

    def run(self, *command: str, timeout_s: float = 60, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run as root in the container; stdout and stderr are both in `stdout`."""
        enter = ["nsenter", "--target", str(self.leader), "--mount", "--uts", "--ipc", "--pid", "--"]
        return subprocess.run(
            [*enter, *command],
            env={**ENVIRONMENT, **self.environment, **settings},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout_s,
        )

    def ask(self, *command: str, timeout_s: float = 60, **settings: str) -> str:
        """Run a command that must succeed and return what it printed."""
        done = self.run(*command, timeout_s=timeout_s, **settings)
        assert done.returncode == 0, f"{' '.join(command)} -> {done.returncode}\n{done.stdout}"
        return done.stdout.strip()

    def signal(self, pid: int, name: str) -> None:
        self.ask("sh", "-c", f"kill -s {name} {pid}")

    def path(self, inside: str) -> Path:
        return Path(f"/proc/{self.leader}/root") / inside.lstrip("/")

    def show(self, unit: str, name: str) -> str:
        return self.ask("systemctl", "show", unit, "--property", name, "--value")

    def processes_of(self, user: str) -> list[str]:
        listing = self.run("sh", "-c", f"find /proc -maxdepth 1 -user {user} -name '[0-9]*' 2>/dev/null")
        return listing.stdout.split()


@contextlib.contextmanager
def booted(tree: Path, *, readable: list[Path], folders: Mapping[str, Path], log: Path) -> Iterator[Machine]:
    """Boot `tree`, showing it our `readable` paths; `folders` maps places there to folders of ours."""
    binds = [f"--bind-ro={path}" for path in readable]
    binds += [f"--bind={ours}:{theirs}" for theirs, ours in folders.items()]
    # Should this process be killed, the kernel kills unshare, then nspawn, which is the first process of its
    # own namespace, and so everything in the container. The mounts end with theirs.
    command = ["setpriv", "--pdeathsig", "KILL", "unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
    # --register=no and --keep-unit: no systemd is needed on this machine.
    command += ["systemd-nspawn", "--register=no", "--keep-unit", "--quiet", "--machine=gamepilot-mon-test"]
    command += ["--resolv-conf=replace-host", "--console=pipe", *binds]
    machine = Machine([*command, f"--directory={tree}", "--boot"], log)
    try:
        machine.power_on()
        yield machine
    finally:
        machine.power_off()


def only_child(pid: int) -> int:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except FileNotFoundError:
        return 0
    return int(children[0]) if children else 0
