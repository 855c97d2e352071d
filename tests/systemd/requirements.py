"""What booting a machine needs, and why it may be impossible here."""

import os
import shutil
import subprocess

TOOLS = {
    "debootstrap": "debootstrap",
    "systemd-nspawn": "systemd-container",
    "nsenter": "util-linux",
    "setpriv": "util-linux",
    "unshare": "util-linux",
    "git": "git",
}
APT_S = 300


def missing() -> str | None:
    """Why no machine can be booted here, or None. In CI, or with SETUP=1, root installs the tools."""
    if os.geteuid() != 0:
        return "needs root: sudo make test-systemd"
    packages = missing_packages()
    if packages and (in_ci() or os.environ.get("SETUP") == "1"):
        apt_install(packages)
        packages = missing_packages()
    if packages:
        wanted = " ".join(packages)
        return f"needs {wanted}: apt-get install {wanted}, or SETUP=1 make test-systemd"
    if not may_mount():
        return "this root may not mount, as in a container without that privilege"
    return None


def may_mount() -> bool:
    attempt = ["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"]
    return subprocess.run(attempt, timeout=10, capture_output=True).returncode == 0


def in_ci() -> bool:
    return os.environ.get("CI") == "true"


def missing_packages() -> list[str]:
    return sorted({package for tool, package in TOOLS.items() if shutil.which(tool) is None})


def apt_install(packages: list[str]) -> None:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-q"], ["apt-get", "install", "-q", "-y", *packages]):
        subprocess.run(command, check=True, timeout=APT_S, env=environment, stdin=subprocess.DEVNULL)
